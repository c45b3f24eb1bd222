#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A vendor's module that crashes, hangs, lies or changes its mind, beside OpenSC with the person's
# card: the card's approval neither fails nor waits for it. Both are found in p11-kit's
# configuration, the vendor's first. And one card in the hands of two modules.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
. tests/support/fault.sh
case $O in /*) mocks=$O/tests/mock ;; *) mocks=$PWD/$O/tests/mock ;; esac
cackey=/usr/lib/pkcs11/libcackey.so
start_stack --attended rsa
mine=.
sed -i '/^module = /d' "$conf"
export HOME=$work/home
modules=$HOME/.config/pkcs11/modules
mkdir -p "$modules"
export MOCK_CERT=$pki/stranger.der # another card's

# with_module PATH FAULT: the person has installed that one.
with_module() {
    echo "module: $1" >"$modules/vendor.module"
    MOCK_FAULT=$2 daemon_on --set card_wait_seconds=30
}
# takes SECONDS WHAT COMMAND…: it succeeds, and how long it took is told; in more than that: failure.
takes() {
    local most=$1 what=$2 from=$EPOCHREALTIME
    "${@:3}" || return 1
    awk -v a="$from" -v b="$EPOCHREALTIME" -v what="$what" -v most="$most" 'BEGIN {
        printf "# %s: %.0f ms\n", what, (b - a) * 1000; exit b - a > most }' >&3
}
daemon_on
check "OpenSC alone" takes 30 "OpenSC alone, the person's 0.3 s and the file's verification with it" signs_now
check "and again" takes 30 "and again" signs_now
while read -r fault; do
    with_module "$mocks/fault.so" "$fault"
    check "beside $fault: the card signs" takes 10 "beside $fault" signs_now
    check "beside $fault: and again" takes 10 "and again" signs_now
    if [ "${fault#slots-}" != "$fault" ]; then
        check "beside $fault: the card leaves during consent" eval 'opens . wait "pin 123456" && waiting && tell remove && becomes waiting-card'
        check "beside $fault: comes back, signs" eval 'tell insert && released'
    fi
    check "beside $fault: the daemon answered throughout" answered
done <<'ROWS'
load-crash
load-hang
init-crash
init-hang
init-error
slots-segv
slots-loop
slots-hang
slots-error
slots-garbage
slots-change
value-garbage
ROWS

# ---- one card, two modules ----
# cackey is preferred and tells no serial number. It is a vendor's module to us; OpenSC knows the card
# too, and must not touch it while cackey signs.
with_module "$cackey" ""
twice() { # the certificate once, whoever shows it
    ask /v1/certificates >/dev/null
    jq -c '.certificates[] | [.id, .usable, .reader]' "$work/body"
    jq -e '[.certificates[].id] | length == 1' "$work/body"
}
check "cackey and OpenSC on one card: one certificate" poll twice
for i in 1 2 3; do
    verifies=$(tell tell verifies)
    check "$i: signed once" signs_now
    check "$i: with one login" card_told verifies $((verifies + 1))
done
check "a wrong PIN, then the right one" eval 'opens . "pin 000000" "pin 123456" && released'
check "all tries are there" card_told pin 3
check "out and in" eval 'come_out && come_in && signs_now'
check "answered throughout" answered
check "the daemon ends well" stop_daemon
check "without a fault of memory" sound
finish
