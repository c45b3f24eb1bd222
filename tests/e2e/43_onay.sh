#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The command: sign, verify and what breaks a signature, inspect, status, certs, token.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/ends.sh
make_card rsa
export XDG_RUNTIME_DIR=$work/run XDG_CONFIG_HOME=$work/config LC_ALL=C.UTF-8
mkdir -p -m 700 "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME/onayd"
cp "$conf" "$XDG_CONFIG_HOME/onayd/onayd.conf"
# The daemon that a command has started is nobody's child: it is who holds the lock of our folder.
started() {
    local lock=$XDG_RUNTIME_DIR/onayd/lock
    [ -e "$lock" ] && awk -v inode=":$(stat -c %i "$lock")\$" '$2 == "FLOCK" && $6 ~ inode { print $5 }' /proc/locks
}
cleanup() { kill $(started) 2>/dev/null; }
case $O in /*) ;; *) O=$PWD/$O ;; esac
onay=$O/onay
form=fixtures/sample/basvuru-formu.xml undertaking=fixtures/sample/taahhutname.txt

verify() { "$onay" verify --trust "$pki/trust" "$@"; }
breaks() { # FILE REASON: TOTAL-FAILED, and names what broke
    ends 1 verify "$1" && says '^(Sonuç|Result): TOTAL-FAILED' && says "\[$2; "
}

# ---- sign and verify ----
sign() { "$onay" sign --identity 10000000146 --output "$work/signed.xml" "$@"; }
check "sign" ends 0 sign --profile P1 --role application-form "$form" --role undertaking "$undertaking"
check "in the command's own words, not the journal's" bash -c '! grep -q "^<[0-9]>" "$0"' "$work/err"
check "verify: TOTAL-PASSED" ends 0 verify "$work/signed.xml"
check "says so" says '^Sonuç: TOTAL-PASSED: imza geçerli$'
check "names the signer, masked" says 'Kimlik no: 100\*{6}46$'
check "in English" ends 0 env LC_ALL=en_US.UTF-8 "$onay" verify --trust "$pki/trust" "$work/signed.xml"
check "says so" says '^Result: TOTAL-PASSED: the signature is valid$'
check "as JSON" ends 0 verify --json "$work/signed.xml"
check "which agrees" jq -es 'length == 1 and .[0].indication == "TOTAL-PASSED" and (.[0].signatures | length == 1) and
    (.[0].signatures[0] | .profile == "P1" and .packaging == "enveloping" and .signer.identityNoMasked == "100******46" and
     (.documents | length == 2 and all(.intact)))' "$work/out"
check "with the folder of the configuration: TOTAL-PASSED" ends 0 "$onay" verify "$work/signed.xml"
mkdir "$work/nobody"
check "trusting nobody: INDETERMINATE" ends 2 "$onay" verify --trust "$work/nobody" "$work/signed.xml"
check "for want of a chain" says '\[no-chain; '
check "with no configuration: INDETERMINATE" ends 2 env XDG_CONFIG_HOME="$work/nobody" "$onay" verify "$work/signed.xml"
check "for want of a chain" says '\[no-chain; '
check "a folder that is not there" ends 66 verify --trust "$work/nothing" "$work/signed.xml"
check "without a CRL: INDETERMINATE" ends 2 "$onay" verify --trust "$pki/trust-no-crl" "$work/signed.xml"
check "for want of revocation information" says '\[no-revocation; '
check "after the certificate's end: INDETERMINATE" ends 2 verify --at 2040-01-01T00:00:00Z "$work/signed.xml"
check "no FILE: usage" ends 64 "$onay" verify
check "unknown option: usage" ends 64 "$onay" verify --nothing "$work/signed.xml"
check "unknown command: usage" ends 64 "$onay" nothing
check "no such file" ends 66 verify "$work/nothing.xml"
check "no such document to sign" ends 66 sign "$work/nothing.xml"
check "another person's number: identity-mismatch" ends 1 sign --identity 12345678950 "$undertaking"
check "named" says identity-mismatch
check "not a kimlik no: usage" ends 64 sign --identity 10000000147 "$undertaking"

# ---- counter-signatures ----
"$O/tests/tool/countersign" "$pki" mehmet "$work/signed.xml" c1 >"$work/c1.xml"
"$O/tests/tool/countersign" "$pki" p256 "$work/c1.xml" c2 c1 >"$work/c2.xml"
check "counter-signatures: TOTAL-PASSED" ends 0 verify "$work/c2.xml"
check "each behind the one it is on" bash -c '[ "$(grep -oE "^ *(İmza|Karşı imza) [0-9.]+" "$0" | tr -d "\n")" = "İmza 1  Karşı imza 1.1    Karşı imza 1.1.1" ]' "$work/out"
check "as JSON" ends 0 verify --json "$work/c2.xml"
check "so too" jq -e '(.signatures | length == 1) and (.signatures[0].counterSignatures | length == 1 and .[0].id == "c1" and
    .[0].packaging == "counter" and (.[0].documents | length == 1 and .[0].intact and .[0].signatureValueOf != "c1") and
    (.[0].counterSignatures | length == 1 and .[0].id == "c2" and .[0].documents[0].signatureValueOf == "c1"))' "$work/out"
check "inspect" ends 0 "$onay" inspect "$work/c2.xml"
check "shows them" says 'Karşı imza 3: B-B, counter'
sed -E 's/(Id="sp-c2">[^+]*)\+03:00/\1+02:00/' "$work/c2.xml" >"$work/changed.xml"
of_changed() { # COUNT: signatures of the file that are TOTAL-PASSED
    ends 1 verify --json "$work/changed.xml" && jq -e "[.. | .indication? // empty] | .[0] == \"TOTAL-FAILED\" and
        (map(select(. == \"TOTAL-PASSED\")) | length == $1)" "$work/out"
}
check "one broken: the file is TOTAL-FAILED" of_changed 2

# ---- one octet changed ----
changed() { # SED-EXPRESSION: of signed.xml, which must change it
    sed -E "$1" "$work/signed.xml" >"$work/changed.xml"
    ! cmp -s "$work/signed.xml" "$work/changed.xml" && [ "$(wc -c <"$work/signed.xml")" = "$(wc -c <"$work/changed.xml")" ]
}
breaks_by() { changed "$1" && breaks "$work/changed.xml" "$2"; }
check "a document: reference-digest" breaks_by 's/(MimeType="application\/xml">)P/\1Q/' reference-digest
names_document() { says 'doc-[0-9a-f]*-0.*DOĞRULANMADI' && says 'doc-[0-9a-f]*-1.*: bütün'; }
check "names which document, and which is whole" names_document
check "SignedProperties: reference-digest" breaks_by 's/(<xades:SigningTime>20)[0-9]/\19/' reference-digest
check "names SignedProperties" says 'sp-[0-9a-f]+|SignedProperties'
check "SignatureValue: signature-value" breaks_by 's/(<ds:SignatureValue [^>]*>.{8})A/\1B/;t;s/(<ds:SignatureValue [^>]*>.{8})./\1A/' signature-value
check "SignedInfo: signature-value" breaks_by '0,/<ds:Reference Id="ref-/s//<ds:Reference Id="rez-/' signature-value
broken_json() { ends 1 verify --json "$work/changed.xml" && jq -e '.indication == "TOTAL-FAILED" and any(.signatures[0].reasons[]; .slug == "signature-value" and (.clause | length > 0))' "$work/out"; }
check "JSON says the same" broken_json

# ---- SignedProperties not covered: the Reference is taken out and the rest signed anew ----
uncovered() {
    sed -E 's/<ds:Reference Type="[^"]*SignedProperties".*<\/ds:Reference>(<ds:Reference Id="ref-[0-9a-f]*-0")/\1/' \
        "$work/signed.xml" >"$work/bare.xml"
    ! cmp -s "$work/signed.xml" "$work/bare.xml" || return 1
    xmllint --xpath '//*[local-name()="SignedInfo"]' "$work/bare.xml" >"$work/si.xml" &&
        xmllint --c14n "$work/si.xml" >"$work/si.c14n" || return 1
    local value
    value=$(openssl dgst -sha256 -sign "$pki/rsa.key" "$work/si.c14n" | base64 -w0)
    tr -d '\n' <"$work/bare.xml" | sed -E "s#(<ds:SignatureValue [^>]*>)[^<]*#\1$value#; s#\?><#?>\n<#" >"$work/uncovered.xml"
    xmlsec1 --verify --trusted-pem "$pki/root.pem" --untrusted-pem "$pki/sub.pem" \
        --id-attr:Id http://www.w3.org/2000/09/xmldsig#:Object "$work/uncovered.xml" # else it proves nothing
}
check "SignedProperties uncovered, and good XMLDSig for xmlsec1" uncovered
check "is signed-properties-not-covered" breaks "$work/uncovered.xml" signed-properties-not-covered

# ---- detached ----
check "sign detached" ends 0 sign --profile B-B --packaging detached "$form" "$undertaking"
check "with its documents: TOTAL-PASSED" ends 0 verify "$work/signed.xml" --detached "$form" "$undertaking"
check "without: INDETERMINATE" ends 2 verify "$work/signed.xml"
check "named" says '\[signed-data-not-found; '
mkdir "$work/other"
sed 's/Taahh/taahh/; s/SD-780/SD-781/' "$undertaking" >"$work/other/taahhutname.txt"
other() { ends 1 verify "$work/signed.xml" --detached "$form" "$work/other/taahhutname.txt" && says '\[reference-digest; ' && says 'taahhutname.txt.*DOĞRULANMADI'; }
check "with another document of that name: TOTAL-FAILED, named" other

# ---- what was verified is what is written ----
extracted() { # DOCUMENT…: the folder holds these, octet by octet, and no more
    [ "$(find "$work/data" -type f | wc -l)" = $# ] || return 1
    local i=0 document
    for document; do
        i=$((i + 1))
        cmp "$work/data/1-$i-"* "$document" || return 1
    done
}
# Whatever is written has the digest that the report names, whoever made the file.
as_reported() { # FILE
    rm -rf "$work/data"
    "$onay" verify --json --trust "$work/nobody" --extract "$work/data" "$1" >"$work/out" 2>/dev/null
    [ $? -le 2 ] || return 1
    [ -s "$work/out" ] || return 0 # no signature could be read
    jq -r '.signatures | to_entries[] | select(.value.indication != "TOTAL-FAILED") | .key as $s | .value.documents |
        to_entries[] | select(.value.intact and .value.digestAlgorithm == "SHA-256") |
        "\($s + 1)-\(.key + 1) \(.value.digest)"' "$work/out" >"$work/expected"
    local name digest
    while read -r name digest; do
        [ "$(cat "$work/data/$name-"* | sha256sum | cut -d' ' -f1)" = "$digest" ] || return 1
        n_extracted=$((n_extracted + 1))
    done <"$work/expected"
}
n_extracted=0
check "sign enveloping" ends 0 sign --profile B-B "$form" "$undertaking"
check "extract" ends 0 verify --extract "$work/data" "$work/signed.xml"
check "both documents, as they were" extracted "$form" "$undertaking"
check "their names say which" test -e "$work/data/1-2-doc-"*
rm -r "$work/data"
sed -E 's/(<ds:SignatureValue [^>]*>)./\1A/; t; s/^/ /' "$work/signed.xml" >"$work/failed.xml"
check "of a signature that failed" ends 1 verify --extract "$work/data" "$work/failed.xml"
check "nothing is written" extracted
for file in ../shared/data/xades/dss/*.xml ../shared/data/xades/dss/xsw/*.xml ../shared/data/xades/dss-made/*.xml; do
    check "what is extracted from ${file##*/} is what the report says" as_reported "$file"
done
check "from many" test "$n_extracted" -ge 15
check "a folder that cannot be made" ends 66 verify --extract "$work/signed.xml/data" "$work/signed.xml"

# ---- inspect ----
check "inspect a certificate" ends 0 "$onay" inspect "$pki/rsa.der"
check "shows its fields" says 'nonRepudiation'
check "as PEM too" ends 0 "$onay" inspect "$pki/rsa.pem"
check "half a certificate" ends 1 "$onay" inspect "$pki/truncated.der"
check "names the clause" says 'X\.690'
check "a BOOLEAN of 01" ends 1 "$onay" inspect "$pki/malformed.der"
check "names the clause" says 'X\.690 11\.1'
check "a signature" ends 0 "$onay" inspect "$work/signed.xml"
check "its profile" says 'B-B'
check "a broken signature" ends 1 "$onay" inspect "$work/changed.xml"
check "names the clause" says 'EN 319 102-1'
check "nothing there" ends 66 "$onay" inspect "$work/nothing"

# ---- the daemon's side: started when there is none ----
no_daemon() { [ -z "$(started)" ]; }
check "no daemon runs" no_daemon
check "token starts it" ends 0 "$onay" token
same_token() { [ "$(cat "$work/out")" = "$(cat "$XDG_RUNTIME_DIR/onayd/token")" ] && [ -n "$(started)" ]; }
check "and prints its token" same_token
check "status" ends 0 "$onay" status
check "the state, the card, that it signs unattended" says 'Test NES.*gözetimsiz deneme kartı'
check "the daemon's key" says "^anahtarı: SHA-256 $(openssl pkey -in "$XDG_STATE_HOME/onayd/daemon.key" -pubout -outform DER | sha256sum | cut -c 1-64)\$"
check "certs" ends 0 "$onay" certs
check "usable" says 'kullanılır +evet'
check "in English" ends 0 env LC_ALL=en_US.UTF-8 "$onay" certs
check "usable" says 'usable +yes'
check "as JSON" ends 0 "$onay" certs --json
check "it is the daemon's" jq -e '.certificates[0].identityNoMasked == "100******46"' "$work/out"
gone() {
    kill "$(started)"
    for _ in $(seq 200); do
        no_daemon && return 0
        sleep 0.05
    done
    return 1
}
check "it ends when told" gone
finish
