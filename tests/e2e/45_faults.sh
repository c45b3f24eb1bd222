#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The card is pulled, the reader goes, pcscd dies, the worker dies: at each step of an approval. The
# page is told what is missing, or a typed error; nothing is signed twice and nothing released that
# was not finished; the daemon answers all the time, and the next approval works.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
. tests/support/fault.sh
pcscd() { fixtures/card/stack pcscd "$stack" "$1"; }
start_stack --attended rsa p256
daemon_on --set card_wait_seconds=60
by() { echo ".signer.certificateId = \"$(openssl dgst -sha256 -r "$pki/$1.der" | cut -d' ' -f1)\""; }
mine=$(by rsa) other=$(by p256)
check "all is well" signs_now

# since TEXT COMMAND…: the command succeeds, and how long that took is told.
since() {
    local what=$1 from=$EPOCHREALTIME
    "${@:2}" || return 1
    awk -v a="$from" -v b="$EPOCHREALTIME" -v what="$what" 'BEGIN { printf "# %s: %.0f ms\n", what, (b - a) * 1000 }' >&3
}
# dialog_open [ANSWER…]: an approval whose dialog is open; these answers come after it.
dialog_open() { opens "$mine" wait "$@" && waiting && becomes waiting-consent; }
# at_sign: the card has begun to sign.
at_sign() { becomes signing && poll counted 1; }

# ---- the card is pulled ----
check "an approval without a card" come_out
check "waits for one" opens "$mine" 'pin 123456'
check "and says so" becomes waiting-card no-card
check "a card is put in" tell insert
check "it goes on by itself" since "from the order to put the card in to the dialog, of which pcscd has its share" becomes done
check "signed once" released

pulled_while_waiting() {
    come_out && opens "$mine" 'pin 123456' && becomes waiting-card no-card && come_in "$work/none" &&
        becomes waiting-card no-certificate && come_out && becomes waiting-card no-card && come_in "$stack/card"
}
fixtures/card/stack folder "$work/none" "$pki" sub
check "another card comes and goes while one is awaited" pulled_while_waiting
check "the right one: signed once" released

check "a dialog is open" dialog_open 'pin 123456'
check "the card is pulled" tell remove
check "the page is told" since "from the order to pull the card to the page" becomes waiting-card no-card
check "the dialog is gone" poll no_dialogs
check "nothing was signed" counted 0
check "the card comes back: asked anew, signed once" eval 'tell insert && released'

check "the person is asked which certificate" eval 'opens . wait "pin 123456" && waiting'
check "the card is pulled" tell remove
check "the page is told" becomes waiting-card no-card
check "the dialog is gone" poll no_dialogs
check "the card comes back: asked anew, signed once" eval 'script ok "pin 123456" && tell insert && released'

# By the qualified key, and by one whose login is another step.
for key in "$mine" "$other"; do
    check "pulled between login and signature" tell fault sign remove
    check "an approval" opens "$key" 'pin 123456'
    check "card-removed" fails_as failed card-removed
    check "nothing was signed" counted 0
    check "the card comes back, the next one works" eval 'come_in && signs_now "$key"'

    check "pulled while it signs" tell fault sign remove-after 100
    check "an approval" opens "$key" 'pin 123456'
    check "card-removed" fails_as failed card-removed
    check "nothing was signed" counted 0
    check "the card comes back, the next one works" eval 'come_in && signs_now "$key"'

    check "pulled when it has signed and not yet answered" tell slow 20000
    check "an approval" opens "$key" 'pin 123456'
    check "the card signs" at_sign
    check "pulled" tell remove
    check "card-removed" since "from the order to pull the card to the end" fails_as failed card-removed
    check "signed once, released never" counted 1
    tell slow 0
    check "the card comes back, the next one works" eval 'come_in && signs_now "$key"'
done
check "answered throughout" answered

# ---- the reader goes ----
daemon_on --set card_wait_seconds=60
bare() { pcscd stop && pcscd bare; }
with_readers() { pcscd stop && pcscd start; }
check "the reader is unplugged" bare
check "an approval" opens "$mine" 'pin 123456'
check "waits for a reader" becomes waiting-card no-reader
check "it is there again: signed once" eval 'with_readers && released'
check "a dialog is open" dialog_open 'pin 123456'
check "the reader is unplugged" bare
check "waits for a reader" becomes waiting-card no-reader
check "the dialog is gone" poll no_dialogs
check "it is there again: asked anew, signed once" eval 'with_readers && released'
tell slow 5000 # as long as it takes the card to see that its reader has gone
check "an approval" opens "$mine" 'pin 123456'
check "the card signs" at_sign
check "the reader is unplugged" bare
reader_gone() { fails_as failed card-removed || fails_as failed card-service; }
check "card-removed, or card-service" reader_gone
check "signed once, released never" counted 1
tell slow 0
check "the reader is there again, the next one works" eval 'with_readers && card_becomes state in && signs_now'

# ---- pcscd is killed ----
back() { pcscd start && card_becomes state in; }
check "pcscd is killed" pcscd kill
no_service() { ask /v1/readers >/dev/null; jq -e '.cardService != "running" and .readers == []' "$work/body"; }
check "the page is told" poll no_service
check "the daemon is well" healthy
check "pcscd comes back, the next one works" eval 'back && signs_now'

check "a card is awaited" eval 'come_out && opens "$mine" "pin 123456" && becomes waiting-card no-card'
check "pcscd is killed" pcscd kill
check "the service is awaited" becomes waiting-card card-service
check "pcscd comes back, without a card" pcscd start
check "the card is awaited" becomes waiting-card no-card
check "it comes: signed once" eval 'tell insert && released'

check "a dialog is open" dialog_open 'pin 123456'
check "pcscd is killed" pcscd kill
check "the service is awaited" becomes waiting-card card-service
check "the dialog is gone" poll no_dialogs
check "pcscd comes back: asked anew, signed once" eval 'pcscd start && released'

tell slow 5000
check "an approval" opens "$mine" 'pin 123456'
check "the card signs" at_sign
check "pcscd is killed" pcscd kill
check "card-service" fails_as failed card-service
check "signed once, released never" counted 1
tell slow 0
check "pcscd comes back, the next one works" eval 'back && signs_now'
check "answered throughout" answered

# ---- the worker is killed ----
daemon_on --set card_wait_seconds=60
kill_workers() { module_workers | xargs kill -9; }
check "a card is awaited" eval 'come_out && opens "$mine" "pin 123456" && becomes waiting-card no-card'
check "the worker is killed" kill_workers
check "the card comes: signed once" eval 'tell insert && released'

check "a dialog is open" dialog_open wait 'pin 123456'
rm -f "$PINENTRY_USER_DATA/waiting"
check "its worker is killed" kill_workers
check "asked anew" waiting
check "the old dialog is gone" eval '[ "$(dialogs | wc -l)" -eq 1 ]'
check "nothing was signed" counted 0
check "that one is killed too" kill_workers
check "module-crashed" fails_as failed module-crashed
check "no dialog is left" poll no_dialogs
check "nothing was signed" counted 0
check "the next one works" signs_now

check "a card that goes mute at the PIN" tell fault verify mute
check "an approval" opens "$mine" 'pin 123456'
check "the person has consented" becomes signing
check "the worker is killed" kill_workers
check "module-crashed: nothing had been sent to sign" fails_as failed module-crashed
check "nothing was signed" counted 0
check "the card is taken out and put back, the next one works" eval 'come_out && come_in && signs_now'

tell slow 20000
check "an approval" opens "$mine" 'pin 123456'
check "the card signs" at_sign
check "the worker is killed" kill_workers
check "interrupted" fails_as interrupted interrupted
check "signed once, released never" counted 1
tell slow 0
check "the card is taken out and put back, the next one works" eval 'come_out && come_in && signs_now'

# ---- the card never answers ----
# inside COMMAND: a worker waits for the card's answer to that one; sets its number. Its successor is younger.
unanswered() { tail -n 1 "$stack/card.log" | grep "^$1 .*, 0 out, 0000$"; }
oldest() { ps -o pid= --sort=start_time -p "$(module_workers | paste -sd,)" | head -n 1 | tr -d ' '; }
inside() { becomes signing && poll unanswered "$1" && inside=$(oldest) && [ -n "$inside" ]; }
daemon_on --set card_wait_seconds=60 --set module_call_seconds=4
for key in "$mine" "$other"; do
    check "a card that goes mute at the PIN" tell fault verify mute
    check "an approval" opens "$key" 'pin 123456'
    check "OpenSC waits for the card" inside VERIFY
    check "module-timeout: nothing had been sent to sign" fails_as failed module-timeout
    check "that worker is ended" poll gone "$inside"
    check "nothing was signed" counted 0
    check "the daemon is well" healthy
    check "the card is taken out and put back, the next one works" eval 'come_out && come_in && signs_now "$key"'

    check "a card that goes mute while it signs" tell fault sign mute
    check "an approval" opens "$key" 'pin 123456'
    check "OpenSC waits for the card" inside "GENERAL AUTHENTICATE"
    check "interrupted" fails_as interrupted interrupted
    check "that worker is ended" poll gone "$inside"
    check "nothing was signed" counted 0
    check "the daemon is well" healthy
    check "the card is taken out and put back, the next one works" eval 'come_out && come_in && signs_now "$key"'
done
check "answered throughout" answered

daemon_on --set card_wait_seconds=60
for command in "verify VERIFY" "sign GENERAL AUTHENTICATE"; do
    check "a card that goes mute" tell fault "${command%% *}" mute
    check "an approval" opens "$mine" 'pin 123456'
    check "OpenSC waits for the card" inside "${command#* }"
    check "it is pulled" tell remove
    check "card-removed" since "from the order to pull the mute card to the end" fails_as failed card-removed
    check "who waited has gone" poll gone "$inside"
    check "nothing was signed" counted 0
    check "the card comes back, the next one works" eval 'come_in && signs_now'
done

# ---- the watcher is killed ----
watched() { [ -n "$(watcher)" ]; }
kill_watcher() { poll watched && kill -9 "$(watcher)"; } # one that is killed often takes its time
check "the watcher is killed" kill_watcher
check "the next one works" signs_now
check "a dialog is open" dialog_open 'pin 123456'
check "the watcher is killed, and the card pulled" eval 'kill_watcher && tell remove'
check "another sees what has happened" becomes waiting-card no-card
check "the card comes back: asked anew, signed once" eval 'tell insert && released'
check "a card is awaited" eval 'come_out && opens "$mine" "pin 123456" && becomes waiting-card no-card'
check "the watcher is killed, and the card put in" eval 'kill_watcher && tell insert'
check "signed once" released
# What the dead watcher told last is older than the card: that must not count against the next one.
tell slow 6000
check "an approval, which nobody watches" opens "$mine" 'pin 123456'
check "the card signs" at_sign
check "a watcher comes meanwhile" poll watched
check "signed once" released
tell slow 3000
check "an approval" opens "$mine" 'pin 123456'
check "the card signs" at_sign
check "the watcher is killed" kill_watcher
check "that disturbs nobody: signed once" released
tell slow 0

check "answered throughout" answered
check "the daemon ends well" stop_daemon
check "without a fault of memory" sound
finish
