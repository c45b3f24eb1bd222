#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The virtual card is a card to those who know cards: OpenSC's tools and module, and cackey, read it,
# log in to it, sign with it, lock it and unblock it behind a real pcscd; and its faults are real.
set -u
. "$(dirname "$0")/../tap.sh"
. tests/support/card.sh

opensc=$(ls /usr/lib/*/opensc-pkcs11.so | head -n 1)
cackey=/usr/lib/pkcs11/libcackey.so
module=$opensc
p11() { timeout 30 pkcs11-tool --module "$module" "$@"; }
says() { grep -qE -- "$1" "$work/out" || { cat "$work/out"; return 1; }; }
# raw APDU…: sent in one session; the status words, one line each.
raw() {
    local words=()
    for apdu; do words+=(--send-apdu "$apdu"); done
    opensc-tool --reader 0 "${words[@]}" >"$work/out" 2>&1
    sed -n 's/.*(SW1=0x\(..\), SW2=0x\(..\)).*/\1\2/p' "$work/out" | tr '\n' ' ' | sed 's/ $//'
}
answers_raw() { # "SW SW…" APDU…
    local want=$1 got
    shift
    got=$(raw "$@")
    echo "status words: $got; wanted: $want"
    [ "$got" = "$want" ]
}
head -c 32 /dev/urandom >"$work/block"
tries=00:20:00:80
login=00:20:00:80:08:31:32:33:34:35:36:FF:FF
hex() { od -An -v -tx1 "$1" | tr -d ' \n' | sed 's/../:&/g'; }
ga() { echo "00:87:$2:$1:26:7c:24:82:00:81:20$(hex "$work/block"):00"; } # SLOT ALGORITHM

# signed NAME ID PIN MECHANISM [OPTION…]: and OpenSSL finds the signature good.
signed() {
    local name=$1 id=$2 pin=$3 mechanism=$4
    shift 4
    rm -f "$work/sig"
    p11 --login --pin "$pin" --sign --mechanism "$mechanism" --id "$id" --input-file "$work/block" \
        --output-file "$work/sig" "$@" || return 1
    openssl x509 -in "$pki/$name.pem" -noout -pubkey >"$work/pub" || return 1
    case $mechanism in
    *SHA256*) openssl dgst -sha256 -verify "$work/pub" -signature "$work/sig" "$work/block" ;;
    *) openssl pkeyutl -verify -pubin -inkey "$work/pub" -sigfile "$work/sig" -in "$work/block" ;;
    esac
}
refuses() { ! "$@"; } # COMMAND…

start_stack rsa p256 p384 mehmet

# ---- what anybody may read ----
listed() {
    p11 --list-slots --list-objects --type cert >"$work/out" 2>&1 && says 'token label *: Ayşe Yılmaz' &&
        says "serial num *: $(cut -c17- "$stack/card/guid")" && says 'pin min/max *: 4/8' &&
        [ "$(grep -c '^ *ID: ' "$work/out")" -eq 4 ]
}
certificate() { # ID NAME: the very octets
    p11 --read-object --type cert --id "$1" --output-file "$work/got" && cmp "$work/got" "$pki/$2.der"
}
check "OpenSC shows the card and its four certificates" listed
while read -r id name; do check "certificate $id is $name" certificate "$id" "$name"; done <<'ROWS'
02 rsa
01 p256
03 p384
05 mehmet
ROWS
check "no PIN was given for that" card_told verifies 0
check "nor a try used" card_told pin 3
check "a key without PIN: refused" answers_raw "6982" "$(ga 9a 11)"
check "printed information without PIN: refused" answers_raw "6982" 00:cb:3f:ff:05:5c:03:5f:c1:09:00
check "what the card does not know" answers_raw "6D00" 00:47:00:9a:05:ac:03:80:01:07
check "and does not hold" answers_raw "6A82" 00:cb:3f:ff:05:5c:03:5f:c1:01:00

# ---- signatures ----
check "RSA-2048 by OpenSC" signed rsa 02 123456 SHA256-RSA-PKCS
check "P-256 by OpenSC" signed p256 01 123456 ECDSA-SHA256 --signature-format openssl
check "P-384 by OpenSC" signed p384 03 123456 ECDSA-SHA256 --signature-format openssl
check "a retired key" signed mehmet 05 123456 ECDSA-SHA256 --signature-format openssl
check "four signatures" card_told signatures 4
module=$cackey
check "RSA-2048 by cackey" signed rsa 0002 123456 RSA-PKCS
check "one more" card_told signatures 5
module=$opensc

# ---- the PIN of the qualified key, for each signature ----
fixtures/card/stack folder "$work/always" "$pki" p256 rsa 9d=p384
check "another card comes in its place" come_in "$work/always"
check "a signature needs the PIN" answers_raw "6982 9000 9000 6982" "$(ga 9c 11)" $login "$(ga 9c 11)" "$(ga 9c 11)"
check "other keys need it once" answers_raw "9000 9000 9000" $login "$(ga 9d 14)" "$(ga 9d 14)"
check "what comes between uses it up" answers_raw "9000 9000 6982" $login "$(ga 9d 14)" "$(ga 9c 11)"
check "an algorithm that is not the key's" answers_raw "9000 6A86" $login "$(ga 9c 14)"
check "logging out" answers_raw "9000 9000 9000 63C3" $login $tries 00:20:FF:80 $tries
check "the key wants it again after that" answers_raw "9000 9000 6982" $login 00:20:FF:80 "$(ga 9d 14)"
check "its signatures are its own" card_told signatures 4

# ---- tries ----
check "the first card again" come_in "$stack/card"
wrong() { # FLAGS…: a wrong PIN, then the token's flags
    p11 --login --pin 654321 --list-objects --type privkey >"$work/out" 2>&1 && return 1
    says 'CKR_PIN_(INCORRECT|LOCKED)' || return 1
    p11 --list-slots >"$work/out" 2>&1
    for flag; do says "$flag" || return 1; done
}
check "all tries" answers_raw "63C3" $tries
check "a wrong PIN" wrong 'PIN initialized'
check "two are left" answers_raw "63C2" $tries
check "the card tells the same" card_told pin 2
check "a right one" signed rsa 02 123456 SHA256-RSA-PKCS
check "gives all back" card_told pin 3
check "wrong" wrong .
check "wrong again" wrong 'final user PIN try'
check "the last one" card_told pin 1
check "tries do not come back with the card" come_out
check "put in again" come_in
check "still one" answers_raw "63C1" $tries
check "wrong for the last time" wrong 'user PIN locked'
check "locked" answers_raw "6983" $tries
check "for the right PIN too" refuses signed rsa 02 123456 SHA256-RSA-PKCS
check "nothing was signed meanwhile" card_told signatures 6

# ---- unblock, change ----
unblock() { # PUK NEW
    pkcs15-tool --reader 0 --unblock-pin --auth-id 01 --puk "$1" --new-pin "$2" >"$work/out" 2>&1
}
change() { # OLD NEW
    pkcs15-tool --reader 0 --change-pin --auth-id 01 --pin "$1" --new-pin "$2" >"$work/out" 2>&1
}
check "a wrong PUK" refuses unblock 87654321 222222
check "uses a try of it" card_told puk 2
check "the PUK" unblock 12345678 222222
check "gives the tries back" card_told pin 3
check "its tries too" card_told puk 3
check "the new PIN signs" signed rsa 02 222222 SHA256-RSA-PKCS
check "change" change 222222 33333333
check "the newer one signs" signed rsa 02 33333333 SHA256-RSA-PKCS
check "with a wrong old one" refuses change 222222 444444
check "which is a try" card_told pin 2
check "a PIN of 4 digits is none" answers_raw "6A80" 00:24:00:80:10:33:33:33:33:33:33:33:33:34:34:34:34:ff:ff:ff:ff
check "and no try" card_told pin 2
check "a PUK three times wrong" answers_raw "63C2 63C1 6983" 00:2c:00:80:10:{30,30,30}:30:30:30:30:30:30:30:34:34:34:34:34:34:ff:ff
check "locked for good" card_told puk 0

# ---- faults ----
# pkcs11-tool tries a second time by C_SignUpdate, and OpenSC twice itself, so it needs many.
faulty() { # WHEN WHAT [N]: no signature by OpenSC is a good one
    local i
    for i in 1 2 3 4; do tell fault "$@" || return 1; done
    ! signed p256 01 123456 ECDSA-SHA256 --signature-format openssl && tell fault off
}
fixtures/card/stack folder "$work/fresh" "$pki" rsa p256
check "a fresh card" come_in "$work/fresh"
for fault in "verify sw 63c1" "sign truncate" "sign length" "sign short" "sign garbage"; do
    # shellcheck disable=SC2086 # words on purpose
    check "$fault" faulty $fault
    check "then all is well" signed p256 01 123456 ECDSA-SHA256 --signature-format openssl
done
check "a status word for a signature" tell fault sign sw 6581
check "comes as it was given, once" answers_raw "9000 6581 9000" $login "$(ga 9a 11)" "$(ga 9a 11)"
before=$(tell tell signatures)
check "out before it signs" faulty sign remove
check "it is out" card_becomes state out
check "and has not signed" card_told signatures "$before"
check "put in again" come_in
check "out while it signs" faulty sign remove-after 150
check "it has not signed" card_told signatures "$before"
check "put in again" come_in
mute() {
    tell fault sign mute || return 1
    signed p256 01 123456 ECDSA-SHA256 --signature-format openssl &
    local tool=$!
    for _ in $(seq 200); do [ "$(grep -c 'GENERAL AUTHENTICATE' "$stack/card.log")" -gt "$1" ] && break; sleep 0.05; done
    sleep 0.5
    kill -0 "$tool" || return 1 # it waits as long as the card is there
    come_out
    wait "$tool"
    [ $? -ne 0 ]
}
check "mute until it is pulled out" mute "$(grep -c 'GENERAL AUTHENTICATE' "$stack/card.log")"
check "which heals it" come_in
slow() {
    local from to
    tell slow 400 || return 1
    from=$(tell tell busy)
    signed p256 01 123456 ECDSA-SHA256 --signature-format openssl || return 1
    to=$(tell tell busy)
    tell slow 0
    echo "$((to - from)) µs"
    [ $((to - from)) -ge 400000 ]
}
check "a slow signature is good, and the card's own time" slow
for words in "fault" "fault sign" "fault sign nonsense" "fault never mute" "fault sign sw" "fault sign sw 10000" \
    "fault sign sw -1" "slow" "slow x" "slow 99999" "tell nothing" "insert /nonexistent" "nonsense" "remove now"; do
    # shellcheck disable=SC2086 # words on purpose
    check "refused: $words" refuses tell $words
done
no_pin_in_log() { ! grep -E '123456|31:?32:?33:?34' "$stack/card.log"; }
check "the log names commands" grep -q '^VERIFY 0080, 8 in' "$stack/card.log"
check "and no PIN" no_pin_in_log

# ---- a full card ----
# shellcheck disable=SC2046 # words on purpose
fixtures/card/stack folder "$work/full" "$pki" $(for _ in 1 2 3 4 5 6 7 8; do echo rsa p256 p384; done)
full() {
    p11 --list-objects --type cert >"$work/out" 2>&1
    [ "$(grep -c '^Certificate Object' "$work/out")" -eq 24 ]
}
check "a full card comes in" come_in "$work/full"
check "with 24 certificates" full
check "its last retired key signs" signed p256 18 123456 ECDSA-SHA256 --signature-format openssl

# ---- pcscd comes and goes; stacks side by side ----
readers() { opensc-tool --list-readers 2>/dev/null | grep -cE "^[0-9]+ +$1"; }
seen() { # N: so many cards are in readers
    for _ in $(seq 200); do [ "$(readers Yes)" -eq "$1" ] && return 0; sleep 0.05; done
    opensc-tool --list-readers
    return 1
}
check "a second card in the second reader" fixtures/card/stack second "$stack" "$pki" mehmet
check "two cards" seen 2
check "pcscd is killed" fixtures/card/stack pcscd "$stack" kill
check "no readers" [ "$(readers .)" = 0 ]
check "and started without any" fixtures/card/stack pcscd "$stack" bare
check "it has none" [ "$(readers .)" = 0 ]
check "not twice" refuses fixtures/card/stack pcscd "$stack" start
check "and stopped" fixtures/card/stack pcscd "$stack" stop
check "and started again" fixtures/card/stack pcscd "$stack" start
check "the cards are still in their readers" seen 2
check "and sign" signed p256 18 123456 ECDSA-SHA256 --signature-format openssl
first=$stack
start_stack mehmet
check "a second stack beside the first" seen 1
other() { p11 --list-slots | grep 'token label *: Mehmet Öztürk'; }
check "has its own card" other
closed() { ! timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/35963'; }
check "vpcd's port is not to be reached from here" closed
left() { # DIR: processes that know of this folder
    local file
    for file in /proc/[0-9]*/cmdline; do
        tr '\0' ' ' 2>/dev/null <"$file" | grep -F "$1/" | grep -v 'stack stop'
    done
}
check "stopping ends one" fixtures/card/stack stop "$first"
check "wholly" [ -z "$(left "$first")" ]
check "and leaves the other" seen 1
check "stopping ends the other" fixtures/card/stack stop "$stack"
check "wholly" [ -z "$(left "$stack")" ]
sound() { ! grep -F Sanitizer "$work"/stack*/card*.log; }
check "no card has ended badly" sound
check "stopped twice is nothing" fixtures/card/stack stop "$stack"
finish
