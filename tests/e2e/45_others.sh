#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Another program uses the same card: it keeps it for itself, holds a transaction, resets it, once or
# all the time. Nobody is told what is not so, no PIN is presented that was not typed for it, nothing
# is signed twice.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
. tests/support/fault.sh
case $O in /*) ;; *) O=$PWD/$O ;; esac
start_stack --attended rsa p256
by() { echo ".signer.certificateId = \"$(openssl dgst -sha256 -r "$pki/$1.der" | cut -d' ' -f1)\""; }
mine=$(by rsa) other=$(by p256)
holder=
cleanup() {
    give_back
    stop_watching
    stop_daemon
    stop_stacks
}

# another HOW: a program takes the card so, until give_back.
mkfifo "$work/silence"
another() {
    : >"$work/held"
    "$O/tests/tool/hold" "Virtual PCD 00 00" "$1" <>"$work/silence" >"$work/held" 2>/dev/null &
    holder=$!
    poll grep -q held "$work/held"
}
give_back() {
    [ -z "$holder" ] || { kill "$holder" && wait "$holder"; } 2>/dev/null
    holder=
}
reset_once() { "$O/tests/tool/hold" "Virtual PCD 00 00" reset </dev/null; }
tried() { # N COMMAND…: so many PINs were presented
    local before
    before=$(tell tell verifies)
    "${@:2}" && card_told verifies $((before + $1))
}

# ---- for itself alone ----
check "a program takes the card for itself" another exclusive
daemon_on --set card_wait_seconds=20 --set module_call_seconds=6
check "an approval" opens "$mine" 'pin 123456'
check "waits, and says for what" becomes waiting-card card-in-use
check "the page reads it too" eval 'ask /v1/readers >/dev/null; jq -e ".readers | any(.state == \"card-in-use\")" "$work/body"'
give_back
check "given back: goes on by itself, signed once" released
cannot() { ! timeout 10 "$O/tests/tool/hold" "Virtual PCD 00 00" exclusive </dev/null; }
check "a dialog is open" eval 'opens "$mine" wait && waiting'
check "who asks for the card now does not get it" cannot
check "the person cancels" eval 'ask "/v1/approvals/$approval" -X DELETE >/dev/null; ended cancelled'
check "the next one works" signs_now

# ---- a transaction ----
check "a dialog is open" eval 'opens "$mine" late "pin 123456" && waiting'
check "a program holds a transaction" another transaction
check "the person gives the PIN" touch "$PINENTRY_USER_DATA/go"
check "the card is waited for" becomes signing
sleep 2 # it takes its time, and is in time
check "nothing was signed" counted 0
give_back
check "the transaction ends: signed once" released
check "a program holds a transaction for longer than a module may take" eval 'opens "$mine" late "pin 123456" && waiting && another transaction'
check "the person gives the PIN" touch "$PINENTRY_USER_DATA/go"
check "module-timeout: nothing was sent to sign" fails_as failed module-timeout
check "nothing was signed" counted 0
give_back
check "the transaction ends, the next one works" signs_now

# ---- a reset ----
for key in "$mine" "$other"; do
    check "a dialog is open" eval 'opens "$key" late "pin 123456" && waiting'
    check "a program resets the card" reset_once
    check "the person gives the PIN" touch "$PINENTRY_USER_DATA/go"
    check "signed once" released
    check "a reset between login and signature" tell fault sign forget
    # The qualified key has a login of its own; both count.
    check "the person is told, and asked again; signed once" eval 'opens "$key" "pin 123456" "pin 123456" && released'
    check "that it was reset" grep -q '^SETERROR Kart sıfırlandı' "$PINENTRY_USER_DATA/log"
    check "each PIN was typed" [ "$(n_told GETPIN)" = 2 ]
done
check "all tries are there" card_told pin 3
stormy() { # whatever comes of it is so
    opens "$1" 'pin 123456' 'pin 123456' 'pin 123456' && wait_final >"$work/state"
    jq -c '[.state, .problem.slug]' "$work/body"
    if grep -qx "done" "$work/state"; then
        released
    elif grep -qx "interrupted" "$work/state"; then
        typed interrupted && { counted 1 || counted 0; }
    else
        jq -e '.problem.slug | IN("card-error", "card-removed", "no-certificate", "pin-wrong")' "$work/body" && counted 0
    fi
}
check "a program resets the card all the time" another storm
for i in 1 2 3; do
    check "$i: signed once or not at all" stormy "$mine"
    check "$i: signed once or not at all" stormy "$other"
done
give_back
check "no wrong PIN was presented" card_told pin 3
check "the storm is over, the next one works" signs_now
check "answered throughout" answered
check "the daemon ends well" stop_daemon
check "without a fault of memory" sound
finish
