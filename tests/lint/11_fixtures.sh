#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The test PKI is what fixtures/README.md says: real in form where it should pass, and wrong in just
# one way where it should not. OpenSSL is the judge.
set -u
. "$(dirname "$0")/../tap.sh"
pki=$work/pki

judged() { # NAME WORDS: what `openssl verify` says of it with every CRL
    cat "$pki"/trust/*.pem >"$work/trusted"
    for list in "$pki"/trust/*.crl; do openssl crl -inform der -in "$list"; done >>"$work/trusted"
    openssl verify -crl_check_all -CAfile "$work/trusted" "$pki/$1.pem" 2>&1 | tee "$work/verdict"
    grep -qF "$2" "$work/verdict"
}
subject() { # NAME SUBJECT: word for word, with the string types
    local got
    got=$(openssl x509 -in "$pki/$1.pem" -noout -subject -nameopt utf8,sep_comma_plus,show_type)
    echo "$got"
    [ "$got" = "subject=$2" ]
}
hex() { od -An -v -tx1 "$pki/$1.der" | tr -d ' \n'; }
holds() { # NAME HEX
    hex "$1" | grep -q "$2"
}
lacks() { ! holds "$@"; }
listed_revoked() { # CRL
    local serial
    serial=$(openssl x509 -in "$pki/revoked.pem" -noout -serial | sed 's/.*=//')
    openssl crl -inform der -in "$pki/$1" -noout -text | grep -q "$serial"
}
lists() { # PEM CRL…: roots, sub and these CRLs, for openssl verify
    cat "$pki/root.pem" "$pki/sub.pem"
    for list; do openssl crl -inform der -in "$pki/$list"; done
}
# OpenSSL takes a delta for a full list unless it supports the extended kinds.
by_delta() { # NAME WORDS: judged by base and delta
    lists root.crl sub.crl sub-delta.crl >"$work/trusted"
    openssl verify -crl_check -extended_crl -use_deltas -CAfile "$work/trusted" "$pki/$1.pem" 2>&1 | tee "$work/verdict"
    grep -qF "$2" "$work/verdict"
}
shows() { # NAME WORDS: what openssl x509 prints
    openssl x509 -in "$pki/$1.pem" -noout -text | grep -A1 "$2"
}
lacks_words() { ! shows "$@"; }
addressed() { # NAME URL: every address that is followed starts so
    openssl x509 -in "$pki/$1.pem" -noout -text | grep -o 'URI:.*' >"$work/addresses"
    cat "$work/addresses"
    [ -s "$work/addresses" ] && ! grep -vF "URI:$2/" "$work/addresses"
}
long_serials() { # 16 octets and more
    for name in sub rsa p256 p384 mehmet revoked; do
        [ "$(openssl x509 -in "$pki/$name.pem" -noout -serial | sed 's/.*=//' | tr -d '\n' | wc -c)" -ge 32 ] || return 1
    done
}
fresh() { # a second PKI has other keys
    fixtures/pki/make "$work/second" >/dev/null && ! cmp -s "$pki/rsa.key" "$work/second/rsa.key"
}
token_holds() { # KIND COUNT
    pkcs11-tool --module "$TOKEN_MODULE" --token-label "Test NES" --login --pin 123456 \
        --list-objects --type "$1" >"$work/objects" 2>&1
    cat "$work/objects"
    [ "$(grep -c '^ *ID: ' "$work/objects")" -eq "$2" ]
}
private_pin() { [ "$(stat -c %a "$work/token/pin")" = 600 ]; }

# DER of the extensions, RFC 5280 and the ETSI and Turkish object identifiers
key_usage_nes=0603551d0f0101ff0404030206c0      # digitalSignature, nonRepudiation
key_usage_no_nr=0603551d0f0101ff040403020780    # digitalSignature
no_constraints=0603551d1304023000               # basicConstraints, empty
bmp_notice=1e81b400420075                       # BMPString "Bu…"
notice_oid=06082b06010505070202                 # id-qt-unotice
qc_compliance=3008060604008e460101              # 0.4.0.1862.1.1
qc_law=060b608618013d0001a74e01010c5f           # 2.16.792.1.61.0.1.5070.1.1, bare UTF8String
qc_seal=060b608618013d0001a74e02010c            # 2.16.792.1.61.0.1.5070.2.1
qc_semantics=06082b06010505070b0230080606       # id-qcs-pkixQCSyntax-v2, semanticsId
ayse="C=PRINTABLESTRING:TR,serialNumber=PRINTABLESTRING:10000000146,CN=UTF8STRING:Ayşe Yılmaz"

check "the PKI is made" fixtures/pki/make "$pki"
for name in rsa p256 p384 renewed mehmet etugra eseal nononrep noqc nonotice weak tsa ocsp noeku; do
    check "$name leads to the root" judged "$name" ": OK"
done
check "expired has expired" judged expired "certificate has expired"
check "notyet is not yet valid" judged notyet "certificate is not yet valid"
check "revoked is revoked" judged revoked "certificate revoked"
check "justrevoked is not yet in the full list" judged justrevoked ": OK"
check "but in the delta" by_delta justrevoked "certificate revoked"
check "with which the base still counts" by_delta revoked "certificate revoked"
check "and the others are good" by_delta rsa ": OK"
check "tsa-expired has expired" judged tsa-expired "certificate has expired"
check "ocsp-expired has expired" judged ocsp-expired "certificate has expired"
check "tsa is for time stamps, critically" shows tsa "Extended Key Usage: critical"
check "ocsp need not be checked" shows ocsp "OCSP No Check"
check "noeku is for nothing in particular" lacks_words noeku "Extended Key Usage"
check "stranger leads to no root" judged stranger "unable to get local issuer"
check "selfsigned leads to no root" judged selfsigned "self-signed certificate"
check "the stale list knows the revoked one too" listed_revoked sub-stale.crl

check "rsa: subject" subject rsa "$ayse"
check "mehmet: subject" subject mehmet \
    "C=PRINTABLESTRING:TR,serialNumber=PRINTABLESTRING:12345678950,CN=UTF8STRING:Mehmet Öztürk"
for der in $key_usage_nes $no_constraints $bmp_notice $notice_oid $qc_compliance $qc_law; do
    check "rsa holds $der" holds rsa "$der"
done
check "nononrep has digitalSignature alone" holds nononrep "$key_usage_no_nr"
check "noqc has no statement" lacks noqc 06082b06010505070103
check "nonotice has no notice" lacks nonotice "$notice_oid"
check "eseal is a seal's" holds eseal "$qc_seal"
check "eseal is not a person's" lacks eseal "$qc_law"
check "etugra has the semanticsId" holds etugra "$qc_semantics"
check "etugra has no BMPString" lacks etugra "$bmp_notice"
check "malformed has a BOOLEAN of 01" holds malformed 0603551d0f01010104
check "serial numbers are long" long_serials
check "keys are drawn anew" fresh

(cd "$pki" && sha256sum ./*.key root.pem root2.pem selfsigned.pem) >"$work/before"
cp "$pki/rsa.pem" "$work/rsa-before.pem"
check "issued anew for another address" env PKI_URL=http://127.0.0.1:4711 fixtures/pki/make --again "$pki"
check "the certificates are others" bash -c '! cmp -s "$0" "$1"' "$pki/rsa.pem" "$work/rsa-before.pem"
check "the roots and the keys are not" env -C "$pki" sha256sum --quiet -c "$work/before"
for name in rsa sub tsa; do check "$name names it" addressed "$name" http://127.0.0.1:4711; done
check "rsa still leads to the root" judged rsa ": OK"
check "revoked is revoked again" judged revoked "certificate revoked"
check "there is no again before the first time" bash -c '! fixtures/pki/make --again "$0"' "$work/none"

check "a token is made" fixtures/token/make --attended "$work/token" "$pki" rsa p256 malformed
eval "$(fixtures/token/make "$work/token" "$pki" rsa p256 malformed)"
check "made again it holds each certificate once" token_holds cert 3
check "and the keys that there are" token_holds privkey 2
check "its PIN file is private" private_pin
finish
