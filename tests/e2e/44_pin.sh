#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PIN honesty on a card: how many tries are left is shown before typing, by the card's own count; what
# is typed reaches the card once; a locked PIN is explained and unblocked; onay pin does so by its own
# dialogs.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
cleanup() {
    stop_daemon
    stop_stacks
}
export LC_ALL=C.UTF-8
start_stack --attended rsa p256
echo "pinentry = $PWD/tests/support/fake-pinentry" >>"$conf"
start_daemon "$conf"
onay=$PWD/$O/onay
case $O in /*) onay=$O/onay ;; esac
shown() { told_dialog SETDESC | sed 's/%0A/\n/g'; }
told_dialog() { sed -n "s/^$1\( \|\$\)//p" "$PINENTRY_USER_DATA/log"; }
n_told() { told_dialog "$1" | wc -l; }
id=$(openssl dgst -sha256 -r "$pki/rsa.der" | cut -d' ' -f1)
mine=".signer.certificateId = \"$id\""

# verifies N COMMAND…: the card was given that many PINs or PUKs, whatever else.
verifies() {
    local before
    before=$(tell tell verifies)
    "${@:2}" || return 1
    echo "verifies: $(($(tell tell verifies) - before)), wanted $1"
    [ $(($(tell tell verifies) - before)) -eq "$1" ]
}
# certificate FILTER: of the signer's certificate, as the daemon tells it now. The first listing may be
# that of a warm start.
certificate() {
    [ "$(ask /v1/certificates)" = 200 ] || return 1
    jq -c "[.certificates[] | select(.id == \"$id\") | {pinTriesLeft, pinTries}]" "$work/body"
    jq -e "any(.certificates[]; .id == \"$id\" and ($1))" "$work/body"
}
becomes_so() { poll certificate "$1"; }
# said FILTER: the approval's signer, when it has ended.
said() { jq -c .signer "$work/body" && jq -e ".signer | $1" "$work/body"; }
ends_so() { # STATE SLUG: the good request ends so; SLUG "" for done
    request 202 "" "$mine" && ended "$1" && { [ -z "$2" ] || jq -e ".problem.slug == \"$2\"" "$work/body"; }
}

# ---- shown before anything is typed ----
check "three tries are left, says the card" becomes_so '.pinTriesLeft == "ok" and .pinTries == 3'
shows_tries() { "$onay" certs >"$work/out" 2>&1; cat "$work/out"; grep -qF ", kalan deneme: 3" "$work/out"; }
check "onay certs shows them" shows_tries
right_pin() { script "pin 123456" && ends_so "done" ""; }
check "a key that wants the PIN for each signature: one dialog, one PIN typed" verifies 2 right_pin
one_dialog() { [ "$(n_told GETPIN)" = 1 ] && [ "$(n_told CONFIRM)" = 0 ] && shown | grep -qx "Kalan deneme: 3"; }
check "that showed three tries" one_dialog
check "one signature" told signatures 1
tries_raw() { opensc-tool --reader 0 --send-apdu 00:a4:04:00:09:a0:00:00:03:08:00:00:10:00 --send-apdu 00:20:00:80 2>&1 | tail -n 2; }
forgotten() { poll eval 'tries_raw | grep -q SW1=0x63'; }
check "afterwards the card has forgotten the PIN" forgotten

# ---- a wrong PIN ----
wrong_once() { script 'pin 999999' cancel && ends_so failed pin-wrong; }
check "wrong, then cancelled: one try" verifies 1 wrong_once
check "the answer tells how many are left" said '.pinTriesLeft == "low" and .pinTries == 2'
counted_down() { [ "$(shown | grep -x 'Kalan deneme: .' | tr -d '\n')" = "Kalan deneme: 3Kalan deneme: 2" ]; }
check "each dialog told its own number" counted_down
check "and what it means" grep -qx "SETERROR PIN yanlış. Az deneme hakkı kaldı." "$PINENTRY_USER_DATA/log"
check "so do the certificates" becomes_so '.pinTriesLeft == "low" and .pinTries == 2'
wrong_again() { script 'pin 999999' cancel && ends_so failed pin-wrong; }
check "wrong again: the last try must be confirmed, and is not" verifies 1 wrong_again
warned() { shown | grep -q 'Bu son PIN denemesi' && [ "$(n_told GETPIN)" = 1 ] && [ "$(n_told CONFIRM)" = 1 ]; }
check "by a dialog of its own, and no PIN was asked for" warned
check "one is left" becomes_so '.pinTriesLeft == "final" and .pinTries == 1'
last_try() { script ok 'pin 123456' && ends_so "done" ""; }
check "the right PIN at the last try" verifies 2 last_try
check "three are left again" becomes_so '.pinTriesLeft == "ok" and .pinTries == 3'

# ---- the card forgets the login ----
# As after a reset by another program.
forgets() { script 'pin 123456' 'pin 123456' && tell fault sign forget && ends_so "done" ""; }
signatures=$(tell tell signatures)
check "the card forgets the login: asked again, done" forgets
check "one signature" told signatures $((signatures + 1))
check "and told why" grep -q '^SETERROR Kart sıfırlandı' "$PINENTRY_USER_DATA/log"
typed_twice() { [ "$(n_told GETPIN)" = 2 ]; }
check "no second login by itself" typed_twice

# ---- locked ----
lock_it() { script 'pin 999991' 'pin 999992' ok 'pin 999993' ok && ends_so failed pin-locked; }
check "three wrong PINs lock the card" verifies 3 lock_it
check "the answer says so" said '.pinTriesLeft == "locked" and .pinTries == 0'
explained() { shown | grep -q 'onay pin unblock' && shown | grep -q 'Kamu SM'; }
check "the person is told what to do" explained
check "the certificates say so" becomes_so '.pinTriesLeft == "locked" and .pinTries == 0 and .usable == false'
refused_now() { script && request 202 "" "$mine" && ended failed && jq -e '.problem.slug == "pin-locked"' "$work/body"; }
check "and no PIN is asked for any more" verifies 0 refused_now
stop_daemon

# ---- onay pin ----
# pin CODE WORDS…: onay pin ends with that code.
pin() {
    local code=$1 got
    shift
    timeout 60 "$onay" pin "$@" --config "$conf" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    cat "$work/out" "$work/err"
    echo "ended with $got, wanted $code"
    [ "$got" -eq "$code" ]
}
says() { cat "$work/out" "$work/err"; grep -qF -- "$1" "$work/out" "$work/err"; }
scripted() { # ANSWERS… -- COMMAND…
    local answers=()
    while [ "$1" != -- ]; do answers+=("$1"); shift; done
    script "${answers[@]}"
    "${@:2}"
}
new=(24681357 24681357)

check "no task: usage" pin 64
check "an unknown one: usage" pin 64 forget
check "two: usage" pin 64 change unblock
check "not an id: usage" pin 64 change --certificate 12
check "change, locked: explained" scripted ok -- pin 1 change
check "named" says "(pin-locked)"
check "unblock, OpenSC as it comes: not supported" scripted "pin 12345678" "pin ${new[0]}" "pin ${new[1]}" -- verifies 0 pin 1 unblock
check "named, with what to do" says "(not-supported): Kartı üreticisinin aracıyla yönetin"
check "no try of the PUK was lost" told puk 3

cat >"$work/opensc.conf" <<'CONF'
app default { framework pkcs15 { } }
app opensc-pkcs11 { pkcs11 { user_pin_unblock_style = set_pin_in_unlogged_session; } }
CONF
export OPENSC_CONF=$work/opensc.conf
check "a wrong PUK, asked again, cancelled" scripted "pin 87654321" "pin ${new[0]}" "pin ${new[1]}" cancel -- pin 1 unblock
check "named" says "(puk-wrong)"
check "one try of the PUK" told puk 2
check "the person was told" grep -qx "SETERROR PUK yanlış." "$PINENTRY_USER_DATA/log"
check "the PUK and a new PIN" scripted "pin 12345678" "pin ${new[0]}" "pin ${new[1]}" -- pin 0 unblock
check "said" says "yeni PIN belirlendi"
check "three tries again" told pin 3
which_card() { shown | grep -q '^Kart: Ayşe Yılmaz' && shown | grep -q '^Okuyucu: Virtual PCD 00 00' && shown | grep -q '^Sertifika: Ayşe Yılmaz (100\*\*\*\*\*\*46)'; }
check "the dialogs said which card" which_card
check "unblock, not locked: no try of anything" scripted "pin 12345678" "pin 13579246" "pin 13579246" -- verifies 0 pin 1 unblock
check "named" says "(pin-not-locked)"
check "the PUK's tries" told puk 3

check "change, the old PIN wrong, cancelled" scripted "pin 123456" "pin 135792" "pin 135792" cancel -- verifies 1 pin 1 change
check "named" says "(pin-wrong)"
check "two tries are left" told pin 2
counts() { says "kalan deneme: 3" && says "kalan deneme: 2" && shown | grep -qx 'Kalan deneme: 2'; }
check "the command and the dialogs counted" counts
check "two new PINs that differ, then the same" scripted "pin ${new[0]}" "pin 135792" "pin 135793" "pin 135790" "pin 135790" -- pin 0 change
check "said" says "PIN değiştirildi"
check "three tries" told pin 3
check "too short and too long: no try" scripted "pin 123" "pin 123456789" "pin 135790" "pin 1" "pin 246810" "pin 246810" -- pin 0 change
limits() { [ "$(grep -c '^SETERROR PIN 4 ile 8 karakter' "$PINENTRY_USER_DATA/log")" = 3 ]; }
check "the person was told the limits" limits
for given in "" "pin 246810" "pin 246810|pin 111222"; do
    IFS='|' read -ra answers <<<"$given"
    check "cancelled after ${#answers[@]} answers" scripted "${answers[@]}" cancel -- verifies 0 pin 1 change
    check "named" says "(consent-declined)"
done
check "in English, by certificate" scripted "pin 246810" "pin 123456" "pin 123456" -- env LC_ALL=en_US.UTF-8 "$onay" pin change --certificate "$id" --config "$conf"
check "another certificate: not on this card" scripted -- pin 1 change --certificate "$(printf '0%.0s' $(seq 64))"
check "named" says "(no-certificate)"
fixtures/card/stack second "$stack" "$pki" mehmet || exit 1
check "two cards: the person says which" scripted no ok "pin 123456" "pin 333444" "pin 333444" -- pin 0 change --token pkcs11:
second=$(shown | sed -n 's/^Kart: //p' | sed -n 2p | tr -d '\n' | jq -sRr @uri)
check "that one has the new PIN: named by its URI" scripted "pin 333444" "pin 123456" "pin 123456" -- pin 0 change --token "pkcs11:token=$second"
check "a card that is not there" scripted "pin 123456" "pin 333444" "pin 333444" -- pin 1 change --token "pkcs11:token=Nobody"
check "named" says "(no-card)"
out() { come_out && scripted "pin 1" -- pin 1 change; }
check "no card" out
check "named" says "(no-card)"

# ---- where no PIN must be ----
nowhere() { ! grep -rlaE -e '24681357|87654321|246810|135790|333444|99999[123]' "$work/daemon.log" "$work/run" "$work/out" "$work/err" "$PINENTRY_USER_DATA/log" "$stack/card.log"; }
check "no PIN or PUK in any log" nowhere
finish
