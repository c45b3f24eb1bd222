#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The whole way on a card behind a real pcscd: OpenSC and cackey, every key type, the qualified key
# with its own PIN rule. The card itself is the witness of what it was asked for.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
cleanup() {
    stop_daemon
    stop_stacks
}
cackey=/usr/lib/pkcs11/libcackey.so
id_of() { openssl dgst -sha256 -r "$pki/$1.der" | cut -d' ' -f1; }
by() { echo ".signer.certificateId = \"$(id_of "$1")\""; }

# attended_card [OPTION…] NAME…: a card whose PIN a person gives, and a daemon for it.
attended_card() {
    stop_daemon
    start_stack --attended "$@"
    echo "pinentry = $PWD/tests/support/fake-pinentry" >>"$conf"
    sed -i '/^token_uri/d' "$conf" # whatever card there is
    start_daemon "$conf" --set card_wait_seconds=5
}
# asked SIGNATURES VERIFIES COMMAND…: so many operations more on the card, whatever else.
asked() {
    local signatures verifies
    signatures=$(($(tell tell signatures) + $1)) verifies=$(($(tell tell verifies) + $2))
    "${@:3}" && card_told signatures "$signatures" && card_told verifies "$verifies"
}
approved() { # FILTER [ANSWER…]: done, after one dialog an answer, and two verifiers agree
    local filter=$1
    shift
    [ $# -gt 0 ] || set -- 'pin 123456'
    script "$@"
    ends "done" "$filter" && [ "$(n_told GETPIN)" -eq $# ] || return 1
    [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] && cp "$work/body" "$work/signed.xml" || return 1
    LC_ALL=C.UTF-8 "$O/onay" verify --qualified --trust "$pki/trust" "$work/signed.xml" >"$work/out" 2>&1 &&
        grep -q TOTAL-PASSED "$work/out" || { cat "$work/out"; return 1; }
    xmlsec1 --verify --trusted-pem "$pki/root.pem" --untrusted-pem "$pki/sub.pem" \
        --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties \
        --id-attr:Id http://www.w3.org/2000/09/xmldsig#:Object "$work/signed.xml"
}
ended_so() { # STATE SLUG FILTER ANSWER…
    local state=$1 slug=$2 filter=$3
    shift 3
    script "$@"
    ends "$state" "$filter" && typed "$slug"
}
listed() { # NAME REASON…: why that certificate is not usable, nothing when it is
    ask /v1/certificates >/dev/null
    jq -c '.certificates[] | [.id, .subject, .usableReasons]' "$work/body"
    [ "$(jq -r --arg id "$(id_of "$1")" '.certificates[] | select(.id == $id) | .usableReasons | join(" ")' "$work/body")" = "${*:2}" ]
}
alone() { # N: so many certificates in all
    ask /v1/certificates >/dev/null
    [ "$(jq '.certificates | length' "$work/body")" -eq "$1" ]
}

# ---- OpenSC ----
attended_card rsa p256 p384
for name in rsa p256 p384; do check "OpenSC: $name can be used" listed $name; done
check "nothing else is there" alone 3
check "which took no PIN" card_told verifies 0
check "RSA-2048, qualified: PIN for login, and again for the key" asked 1 2 approved "$(by rsa)"
check "P-256" asked 1 1 approved "$(by p256)"
check "P-384" asked 1 1 approved "$(by p384)"
for name in p256 p384; do
    fixtures/card/stack folder "$work/$name" "$pki" $name rsa
    check "a card with $name as the qualified key" come_in "$work/$name"
    check "OpenSC: signs" asked 1 2 approved "$(by $name)"
done
check "a wrong PIN, then the right one" asked 1 3 approved "$(by p384)" 'pin 000000' 'pin 123456'
check "all tries are there" card_told pin 3
# A failed signature OpenSC tries again by itself, for which the qualified key wants the PIN again; the
# module then says that nobody is logged in, and the card that somebody is: it may have signed. Another
# key is asked once or twice, as the answer looks.
most() { # N: no more signatures than that since $before
    echo "$(($(tell tell signatures) - before)) signatures"
    [ $(($(tell tell signatures) - before)) -le "$1" ]
}
for fault in "sw 6581" garbage truncate length short; do
    # shellcheck disable=SC2086 # words on purpose
    tell fault sign $fault
    before=$(tell tell signatures) verifies=$(tell tell verifies)
    check "$fault for a qualified signature: nothing is released" ended_so interrupted interrupted "$(by p384)" 'pin 123456' 'pin 123456'
    check "the person was asked once" [ "$(n_told GETPIN)" = 1 ]
    check "which was a login, and one for the key" card_told verifies $((verifies + 2))
    check "and signed once at most" most 1
    check "then it signs" asked 1 2 approved "$(by p384)"
    # shellcheck disable=SC2086 # words on purpose
    tell fault sign $fault && tell fault sign $fault
    check "$fault for another: nothing is released" ended_so interrupted interrupted "$(by rsa)" 'pin 123456'
    tell fault off
    check "then it signs" asked 1 1 approved "$(by rsa)"
done

# ---- a full card: each key of PIV, each certificate another one ----
siblings="mehmet expired notyet nononrep noqc nonotice revoked eseal etugra weak stranger selfsigned tsa ocsp sub root root2"
# shellcheck disable=SC2086 # words on purpose
attended_card rsa p256 p384 $siblings
check "twenty certificates" alone 20
for name in rsa p256 p384 etugra; do check "$name can be used" listed $name; done
check "sub cannot" listed sub certificate-not-qualified no-key
check "one of the retired keys signs, with a PIN of its own too" asked 1 2 approved "$(by etugra)"

unattended_other() { # the PIN file is for one token; this one is another
    stop_daemon
    start_stack rsa
    start_daemon "$conf"
    ends "done" . && card_told signatures 1 && stop_daemon || return 1
    fixtures/card/stack folder "$work/other" "$pki" rsa
    come_in "$work/other" || return 1
    sed -i '/^token_uri/d' "$conf"
    echo "pinentry = $PWD/tests/support/fake-pinentry" >>"$conf"
    start_daemon "$conf"
    ended_so failed consent-declined . cancel && [ "$(n_told GETPIN)" -eq 1 ] && card_told verifies 0
}
check "the PIN file is not for another card with the same certificate" unattended_other

# ---- cackey: RSA alone, no serial number, one login a signature ----
attended_card --module=$cackey rsa p256
check "cackey: rsa can be used" listed rsa
check "p256 cannot" listed p256 no-key
check "its store of authorities is not a card" alone 2
check "RSA-2048, qualified" asked 1 1 approved .
check "and again" asked 1 1 approved .
check "p256: no PIN is asked, another card is waited for" asked 0 0 ended_so expired no-certificate "$(by p256)"
check "a wrong PIN, then the right one" asked 1 2 approved . 'pin 000000' 'pin 123456'
late() {
    script 'pin 123456'
    request 202 "" . || return 1
    [ "$(ask "/v1/approvals/$approval")" = 200 ] && jq -e '.state == "waiting-card"' "$work/body" || return 1
    come_in && ended "done"
}
check "the card is taken out" come_out
check "without one it waits, and goes on when one comes" asked 1 1 late
check "garbage for a signature" tell fault sign garbage
check "is not released" ended_so interrupted interrupted . 'pin 123456'
check "then it signs" asked 1 1 approved .

stop_daemon
finish
