#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A card that is in its reader and cannot be used yet: mute to its reset, or one that no module of the
# machine knows, until its driver is installed. Page and person are told so, and once it can be used the
# approval goes on.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
. tests/support/fault.sh
start_stack --attended rsa
mine=.
opensc=$TOKEN_MODULE
some_reader_is() { [ "$(ask /v1/readers)" = 200 ] && jq -e --arg s "$1" '.readers | any(.state == $s)' "$work/body"; }
listed() { [ "$(ask /v1/certificates)" = 200 ] && [ "$(jq '.certificates | length' "$work/body")" = "$1" ]; }
reads() { ask "/v1/approvals/$approval" >/dev/null; jq -e --arg t "$1" '.waitingFor.detail | contains($t)' "$work/body"; }

# ---- mute to its reset: upside down, dirty, or worn out ----
daemon_on --set card_wait_seconds=60
mute() { come_out && tell fault reset mute && tell insert && poll some_reader_is card-mute; }
check "a card that does not answer to reset" mute
check "no certificate is shown" eval 'poll listed 0 || { cat "$work/body"; false; }'
check "an approval waits for it: card-mute" eval 'opens "$mine" "pin 123456" && becomes waiting-card card-mute'
check "what to do is said" reads "çipi okuyucuya bakacak biçimde"
check "nobody is asked for a PIN" eval 'no_dialogs && [ "$(n_told GETPIN)" -eq 0 ]'
check "taken out: it waits for a card" eval 'come_out && becomes waiting-card no-card'
check "put in the right way: it goes on by itself, and is signed once" eval 'come_in && released'
check "mute again, while the dialog is open" eval 'opens "$mine" wait "pin 123456" && waiting && mute && becomes waiting-card card-mute && poll no_dialogs'
check "and well again: asked anew, signed once" eval 'come_out && come_in && released'
check "the daemon is well" healthy
check "answered throughout" answered
check "the daemon ends well" stop_daemon

# ---- no module knows it ----
mkdir "$work/tokens"
echo "directories.tokendir = $work/tokens" >"$work/softhsm2.conf"
export SOFTHSM2_CONF=$work/softhsm2.conf
softhsm=$(ls /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so 2>/dev/null | head -n 1)
driver() { ln -sf "$1" "$work/driver.new" && mv -T "$work/driver.new" "$work/driver.so"; }
driver "$softhsm" # which has no card of its own, and sees no reader
sed -i "s,^module = .*,module = $work/driver.so," "$conf"
daemon_on --set card_wait_seconds=60
check "the reader shows the card" poll some_reader_is card-present
check "an approval waits for a module: module-not-found" eval 'opens "$mine" "pin 123456" && becomes waiting-card module-not-found'
check "what to do is said" reads "sürücü"
check "nobody is asked for a PIN" eval 'no_dialogs && [ "$(n_told GETPIN)" -eq 0 ]'
replaced() { driver "$opensc" && module_workers | xargs kill -9; }
check "its driver takes the place of the other" replaced
check "it goes on by itself, and is signed once" released
check "the daemon is well" healthy
check "answered throughout" answered
check "the daemon ends well" stop_daemon

# ---- its driver is installed while it is waited for ----
cackey=$(ls /usr/lib/pkcs11/libcackey.so /usr/lib/*/pkcs11/libcackey.so 2>/dev/null | head -n 1)
echo 'app default { card_drivers = openpgp; }' >"$work/opensc.conf"
export OPENSC_CONF=$work/opensc.conf HOME=$work/home
mkdir -p "$HOME/.config/pkcs11/modules"
sed -i '/^module = /d' "$conf" # whatever the machine has
daemon_on --set card_wait_seconds=60
check "OpenSC does not know the card: an approval waits, module-not-found" eval 'opens "$mine" "pin 123456" && becomes waiting-card module-not-found'
installed() { echo "module: $cackey" >"$HOME/.config/pkcs11/modules/cackey.module"; }
check "its driver is installed" installed
check "which is found: it goes on by itself, and is signed once" released
its_token() { ask /v1/readers >/dev/null && jq -e '[.readers[].token.model | values] == ["CAC Token"]' "$work/body"; }
check "by that driver" its_token
check "the daemon is well" healthy
check "answered throughout" answered
check "the daemon ends well" stop_daemon
check "without a fault of memory" sound
finish
