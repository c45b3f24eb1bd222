#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Certificates and identity, asked over HTTP, on cards behind pkcs11-spy, which is the witness of
# what reached the card: each bad sibling gets its typed problem and no C_Sign; the good ones sign
# in every shape; a request that comes twice signs once.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh

# daemon_for [--attended] NAME…: a card with these certificates, a daemon for it.
daemon_for() {
    stop_daemon
    card_for "$@"
    start_daemon "$conf" --set card_wait_seconds=1
}
id_of() { openssl dgst -sha256 -r "$pki/$1.der" | cut -d' ' -f1; }
by() { echo ".signer.certificateId = \"$(id_of "$1")\""; }
# unasked STATE SLUG FILTER: refused before any PIN is asked for or used.
unasked() {
    local before
    before=$(calls C_Login)
    refused "$@" && [ "$(calls C_Login)" = "$before" ]
}

# ---- a card full of bad siblings ----
siblings="expired notyet nononrep noqc nonotice revoked eseal weak stranger selfsigned mehmet malformed"
# shellcheck disable=SC2086 # words on purpose
daemon_for rsa $siblings
check "the witness sees a good certificate sign" signs "$(by rsa)"
while read -r name slug; do
    check "$name: $slug" unasked failed "$slug" "$(by "$name")"
done <<'ROWS'
expired certificate-expired
notyet certificate-not-yet-valid
nononrep certificate-not-qualified
noqc certificate-not-qualified
nonotice certificate-not-qualified
revoked certificate-revoked
eseal certificate-not-qualified
weak certificate-not-qualified
stranger certificate-untrusted
selfsigned certificate-untrusted
malformed certificate-malformed
mehmet identity-mismatch
ROWS
check "Ayşe's card, Mehmet's application" unasked failed identity-mismatch \
    ".application.applicant.identityNo = \"12345678950\" | $(by rsa)"
check "a certificate that is not there" unasked failed no-certificate '.signer.certificateId = ("ab" * 32)'
check "the listing says why of each" answers 200 "" /v1/certificates
listed() {
    jq -c '.certificates[] | [.subject, .usable, .usableReasons]' "$work/body"
    [ "$(jq -r '.certificates[] | select(.usable) | .id' "$work/body" | sort)" = \
        "$(for name in rsa mehmet eseal; do id_of $name; done | sort)" ] &&
        [ "$(jq -r '.certificates[] | select(.usable | not) | .usableReasons | join("+")' "$work/body" | sort | uniq -c | sed 's/^ *//' | tr '\n' ',')" = \
            "1 certificate-expired,1 certificate-malformed,3 certificate-not-qualified,1 certificate-not-yet-valid,1 certificate-revoked,2 certificate-untrusted,1 key-type," ]
}
check "usable are Ayşe's, Mehmet's and the e-seal" listed
check "alone usable for this person: taken without asking" signs .
no_identity() {
    local before
    before=$(calls C_Sign)
    request 422 invalid-field 'del(.application.applicant.identityNo)' &&
        jq -e '.pointer == "/application/applicant/identityNo"' "$work/body" && [ "$(calls C_Sign)" = "$before" ]
}
check "an undertaking needs an identity number" no_identity
check "another document does not" signs "del(.application.applicant.identityNo) | .documents[1].role = \"other\" | $(by rsa)"

# ---- a request that comes twice ----
key() { request "$1" "$2" "$3" -H 'Idempotency-Key: twice'; }
same() { [ "$(jq -r .id "$work/body")" = "$first" ]; }
before=$(calls C_Sign)
check "a key" key 202 "" .
first=$approval
check "the same request again" key 202 "" .
check "is the same approval" same
signed_once() { ended "done" && [ "$(calls C_Sign)" -eq $((before + 1)) ]; }
check "and signs once" signed_once
check "also when it is done" key 202 "" .
check "it is the same approval" same
check "another request under that key" key 409 idempotency-conflict '.application.orderNo = "SD-781"'
check "which signed nothing" signed_once
at_once() {
    before=$(calls C_Sign)
    local i pids=()
    for i in 1 2 3 4 5 6; do
        curl -qsS -m 60 --unix-socket "$sock" -H 'Content-Type: application/json' -H 'Idempotency-Key: at-once' \
            --data-binary "@$work/good.json" -o "$work/at-once.$i" http://localhost/v1/approvals &
        pids+=($!)
    done
    wait "${pids[@]}"
    cat "$work"/at-once.*
    [ "$(jq -r .id "$work"/at-once.* | sort -u | wc -l)" -eq 1 ] && approval=$(jq -r .id "$work/at-once.1") && signed_once
}
check "six at once are one approval and one signature" at_once

# ---- no certificateId, nothing usable; no card at all ----
daemon_for expired
check "only an expired certificate on the card" unasked failed certificate-expired .
stop_daemon
rm -rf "$work/card/tokens"
mkdir "$work/card/tokens"
start_daemon "$conf" --set card_wait_seconds=1
check "no token" unasked expired no-card .

# ---- several usable certificates: the person chooses; and DELETE while the dialog is open ----
daemon_for --attended rsa p256 p384
script no ok 'pin 123456'
check "the person shows the next and takes it" signs .
chosen() { # the one whose dialog was answered with yes
    local taken
    taken=$(ask /v1/approvals/"$approval" >/dev/null; jq -r .signer.certificateId "$work/body")
    [ "$(n_told CONFIRM)" = 2 ] && [ "$(n_told GETPIN)" = 1 ] &&
        [ "$taken" = "$(ask /v1/certificates >/dev/null; jq -r '.certificates[1].id' "$work/body")" ]
}
check "that certificate signed" chosen
script no no no
check "none of them is a no" unasked failed consent-declined .
script cancel
check "a closed choice is a no" unasked failed consent-declined .
deleted() {
    before=$(calls C_Sign)
    script wait
    request 202 "" "$(by p256)" && waiting && dialogs || return 1
    [ "$(ask "/v1/approvals/$approval")" = 200 ] && jq -e '.state == "waiting-consent"' "$work/body" || return 1
    answers 204 "" "/v1/approvals/$approval" -X DELETE
}
check "DELETE while the dialog is open" deleted
check "cancels it" ended cancelled
check "closes the dialog" poll no_dialogs
check "signs nothing" test "$(calls C_Sign)" = "$before"
script 'pin 123456'
check "and the next is asked and signs" signs "$(by p256)"

# ---- the good ones, in every shape, judged by two verifiers ----
verified() { # NAME PROFILE SHAPE
    local filter extra=()
    filter="$(by "$1") | .signature = {profile: \"$2\", packaging: \"$3\"}"
    [ "$3" = enveloped ] && filter="$filter | .documents |= [.[0]]"
    signs "$filter" || return 1
    [ "$3" = detached ] && extra=(--detached fixtures/sample/basvuru-formu.xml fixtures/sample/taahhutname.txt)
    LC_ALL=C.UTF-8 "$O/onay" verify --qualified --trust "$pki/trust" "$work/signed.xml" "${extra[@]}" >"$work/out" 2>&1 ||
        { cat "$work/out"; return 1; }
    grep -q TOTAL-PASSED "$work/out" && grep -q "$2, $3" "$work/out" || { cat "$work/out"; return 1; }
    xmlsec1 --verify --trusted-pem "$pki/root.pem" --untrusted-pem "$pki/sub.pem" \
        --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties \
        --id-attr:Id http://www.w3.org/2000/09/xmldsig#:Object \
        --url-map:basvuru-formu.xml "$PWD/fixtures/sample/basvuru-formu.xml" \
        --url-map:taahhutname.txt "$PWD/fixtures/sample/taahhutname.txt" \
        "$work/signed.xml" >"$work/out" 2>&1 || { cat "$work/out"; return 1; }
    grep -qx OK "$work/out"
}
daemon_for rsa p256 p384 etugra
check "several usable and nobody there to choose" unasked failed ambiguous-certificate .
for name in rsa p256 p384 etugra; do
    for profile in P1 B-B; do
        for shape in enveloping enveloped detached; do
            check "$name $profile $shape" verified $name $profile $shape
        done
    done
done

stop_daemon
finish
