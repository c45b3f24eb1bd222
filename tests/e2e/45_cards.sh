#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Several cards, persons and approvals: each approval finds the card of its person, two that race for
# one card are served in order, another person's card in the same reader is another signer at once,
# and of a renewed certificate both are offered, the newer first. And a token full of certificates.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
. tests/support/fault.sh
start_stack --attended rsa
mine=.
his='.application.applicant = {identityNo: "12345678950", name: "Mehmet Öztürk"}'
id_of() { openssl dgst -sha256 -r "$pki/$1.der" | cut -d' ' -f1; }
daemon_on --set card_wait_seconds=60
tell2() { fixtures/card/stack tell2 "$stack" "$@"; }
signer_is() { [ "$(ask "/v1/approvals/$approval")" = 200 ] && jq -e --arg id "$(id_of "$1")" '.signer.certificateId == $id' "$work/body"; }
file_is_good() {
    [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] && cp "$work/body" "$work/signed.xml" &&
        LC_ALL=C.UTF-8 "$O/onay" verify --qualified --trust "$pki/trust" "$work/signed.xml"
}
# on FIRST SECOND FILTER NAME ANSWER…: done, signed by that certificate; so many signatures on each card.
on() {
    local one two
    one=$(tell tell signatures) two=$(tell2 tell signatures)
    script "${@:5}"
    ends "done" "$3" && signer_is "$4" && file_is_good || return 1
    echo "$(($(tell tell signatures) - one)), $(($(tell2 tell signatures) - two))"
    [ "$(tell tell signatures)" -eq $((one + $1)) ] && [ "$(tell2 tell signatures)" -eq $((two + $2)) ]
}

# ---- two readers ----
fixtures/card/stack second "$stack" "$pki" mehmet || exit 1
fixtures/card/stack folder "$work/p256" "$pki" p256
listed() { # NAME…: these certificates and no others
    ask /v1/certificates >/dev/null
    jq -c '[.certificates[].subject]' "$work/body"
    [ "$(jq -r '.certificates[].id' "$work/body" | sort)" = "$(for name; do id_of "$name"; done | sort)" ]
}
check "both cards are there" poll listed rsa mehmet
check "Ayşe's application: her card, and nobody is asked which" on 1 0 "$mine" rsa 'pin 123456'
check "Mehmet's: his" on 0 1 "$his" mehmet 'pin 123456'
check "Ayşe's second card in the other reader" tell2 insert "$work/p256"
check "both are hers" poll listed rsa p256
check "she is asked which: the first one" on 1 0 "$mine" rsa ok 'pin 123456'
check "she is asked which: the second one" on 0 1 "$mine" p256 no ok 'pin 123456'
check "she names it: she is not asked" on 0 1 ".signer.certificateId = \"$(id_of p256)\"" p256 'pin 123456'
one_left() {
    opens . wait ok 'pin 123456' && waiting && tell2 remove && poll no_dialogs || return 1
    script 'pin 123456'
    ended "done" && signer_is rsa && counted 1
}
check "one is pulled while she chooses: the other one signs, without a choice" one_left
other_empty() { ask /v1/readers >/dev/null; jq -e '.readers | any(.name == "Virtual PCD 00 01" and .state == "empty")' "$work/body"; }
undisturbed() {
    tell2 insert && poll listed rsa p256 && opens ".signer.certificateId = \"$(id_of rsa)\"" late 'pin 123456' &&
        waiting && tell2 remove && poll other_empty && touch "$PINENTRY_USER_DATA/go" && released
}
check "the other one's leaving disturbs nobody" undisturbed

# ---- two approvals, one card ----
raced() {
    local pids=() i first
    note_card
    script late 'pin 123456' 'pin 123456'
    for i in 1 2; do
        jq -c ".application.orderNo = \"RACE-$i\"" "$work/good.json" >"$work/race$i.json"
        curl -qsS -m 60 --unix-socket "$sock" -o "$work/race$i" -H 'Content-Type: application/json' \
            --data-binary "@$work/race$i.json" http://localhost/v1/approvals &
        pids+=($!)
    done
    wait "${pids[@]}"
    waiting || return 1
    first=$(told SETDESC | grep -o 'RACE-[12]' | sort -u)
    echo "first $first"
    # The other one has not been asked for, nor signed.
    [ "$first" = RACE-1 ] || [ "$first" = RACE-2 ] || return 1
    touch "$PINENTRY_USER_DATA/go"
    for i in 1 2; do
        approval=$(jq -r .id "$work/race$i")
        ended "done" && file_is_good || return 1
    done
    counted 2 && [ "$(told SETDESC | grep -o 'RACE-[12]' | uniq | wc -l)" -eq 2 ]
}
check "two race for one card: one after the other, each signed once" raced

# ---- another card in the same reader ----
fixtures/card/stack folder "$work/mehmet" "$pki" mehmet
swapped() { tell insert "$1" && poll listed "$2"; }
check "Mehmet's card in the place of Ayşe's: her certificate is gone" swapped "$work/mehmet" mehmet
check "he signs" eval 'opens "$his" "pin 123456" && ended "done" && signer_is mehmet && counted 1 && file_is_good'
check "she does not" eval 'opens "$mine" "pin 123456" && fails_as failed identity-mismatch && counted 0 && [ "$(n_told GETPIN)" -eq 0 ]'
check "her card again" swapped "$stack/card" rsa
check "she signs" signs_now
swapped_in_dialog() {
    opens "$mine" wait 'pin 123456' && waiting && tell insert "$work/mehmet" &&
        becomes waiting-card identity-mismatch && poll no_dialogs
}
check "swapped while she is asked: that card is not hers" swapped_in_dialog
check "her card again: asked anew, signed once" eval 'tell insert "$stack/card" && becomes "done" && released'
fixtures/card/stack folder "$work/twin" "$pki" rsa
twin() { # the same certificate on another card, whose PIN is its own affair
    opens "$mine" wait 'pin 123456' && waiting && tell insert "$work/twin" && ended "done" && signer_is rsa && file_is_good &&
        [ "$(n_told GETPIN)" -eq 2 ]
}
check "a second card with the same certificate: asked anew" twin

# ---- renewed ----
fixtures/card/stack folder "$work/renewed" "$pki" p256 renewed
check "a card with the old and the renewed certificate" eval 'tell insert "$work/renewed" && poll listed p256 renewed'
renewed() { # NAME ANSWER…
    script "${@:2}" 'pin 123456'
    note_card
    ends "done" "$mine" && signer_is "$1" && file_is_good && counted 1
}
check "both are offered, the newer first" renewed renewed ok
check "the older one can be chosen" renewed p256 no ok
check "answered throughout" answered
check "the daemon ends well" stop_daemon

# ---- full ----
full=()
for i in $(seq -w 49); do
    openssl req -x509 -new -key "$pki/p256.key" -subj "/C=TR/serialNumber=10000000146/CN=Sertifika $i" -days 100 \
        -outform DER -out "$pki/full$i.der" 2>"$work/openssl" || cat "$work/openssl"
    full+=("full$i")
done
card_for --attended rsa "${full[@]}"
daemon_on
check "a token with fifty certificates" eval 'ask /v1/certificates >/dev/null; [ "$(jq ".certificates | length" "$work/body")" -eq 50 ]'
check "the one that can be used is found, and signs" eval 'script "pin 123456" && signs .'
check "answered throughout" answered
check "the daemon ends well" stop_daemon
check "without a fault of memory" sound
finish
