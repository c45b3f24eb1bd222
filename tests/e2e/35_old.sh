#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signatures as other makers wrote them years ago, made by xmlsec1 here and now: XAdES 1.1.1 and
# 1.2.2, SHA-1, and documents signed through a Manifest. xmlsec1 and the JDK say that each holds; onay verify says what it is worth today.
set -u
. "$(dirname "$0")/../tap.sh"
unset LC_ALL LC_MESSAGES
export LANG=en

pki=$work/pki
fixtures/pki/make "$pki" >"$work/pki.log" 2>&1 || { cat "$work/pki.log"; exit 1; }
etsi=http://uri.etsi.org/01903
dsig=http://www.w3.org/2000/09/xmldsig#
more=http://www.w3.org/2001/04/xmldsig-more#
xmlenc=http://www.w3.org/2001/04/xmlenc#
c14n=http://www.w3.org/TR/2001/REC-xml-c14n-20010315

digest_method() { # HASH
    case $1 in sha1) echo "${dsig}sha1" ;; *) echo "$xmlenc$1" ;; esac
}
reference() { # HASH ATTRIBUTES
    echo "<ds:Reference $2><ds:DigestMethod Algorithm=\"$(digest_method "$1")\"/><ds:DigestValue/></ds:Reference>"
}
certificate() { # VERSION HASH LEAF
    local p=ds issuer serial
    [ "$1" = v1.1.1 ] && p=xades
    issuer=$(openssl x509 -in "$pki/$3.pem" -noout -issuer -nameopt RFC2253,-esc_msb,utf8 | sed 's/^issuer= *//')
    serial=$(echo "ibase=16; $(openssl x509 -in "$pki/$3.pem" -noout -serial | sed 's/.*=//')" | BC_LINE_LENGTH=0 bc)
    echo "<xades:SigningCertificate><xades:Cert><xades:CertDigest>"
    echo "<$p:DigestMethod Algorithm=\"$(digest_method "$2")\"/>"
    echo "<$p:DigestValue>$(openssl dgst "-$2" -binary "$pki/$3.der" | base64 -w0)</$p:DigestValue></xades:CertDigest>"
    echo "<xades:IssuerSerial><ds:X509IssuerName>$issuer</ds:X509IssuerName>"
    echo "<ds:X509SerialNumber>$serial</ds:X509SerialNumber></xades:IssuerSerial></xades:Cert></xades:SigningCertificate>"
}
# old NAME VERSION LEAF SIGNATURE-METHOD HASH CERTIFICATE-HASH [PROPERTIES [REFERENCES [OBJECTS]]]
old() {
    local data='<ds:Object Id="d">Taahhüt ederim.</ds:Object>' type=$etsi/$2#SignedProperties
    [ "$2" = v1.3.2 ] && type=$etsi#SignedProperties
    { cat <<T
<ds:Signature xmlns:ds="$dsig" Id="s"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="$c14n"/>
<ds:SignatureMethod Algorithm="$4"/>
$(reference "$5" "Id=\"r\" URI=\"#${8-d}\"${9:+ Type=\"${dsig}Manifest\"}")
$(reference "$5" "URI=\"#p\" Type=\"$type\"")
</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>
<ds:Object><xades:QualifyingProperties xmlns:xades="$etsi/$2#" Target="#s"><xades:SignedProperties Id="p">
<xades:SignedSignatureProperties><xades:SigningTime>$(date -u +%FT%TZ)</xades:SigningTime>
$(certificate "$2" "$6" "$3")${7-}</xades:SignedSignatureProperties>
<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#r">
<xades:MimeType>text/plain</xades:MimeType></xades:DataObjectFormat></xades:SignedDataObjectProperties>
</xades:SignedProperties></xades:QualifyingProperties></ds:Object>${9-}$data</ds:Signature>
T
    } >"$work/$1.tmpl"
    xmlsec1 --sign --privkey-pem "$pki/$3.key,$pki/$3.pem" --id-attr:Id "$etsi/$2#:SignedProperties" \
        --id-attr:Id "$dsig:Object" --id-attr:Id "$dsig:Manifest" --output "$work/$1.xml" "$work/$1.tmpl"
}
xmlsec() { # NAME VERSION
    xmlsec1 --verify --trusted-pem "$pki/root.pem" --untrusted-pem "$pki/sub.pem" --id-attr:Id "$etsi/$2#:SignedProperties" \
        --id-attr:Id "$dsig:Object" --id-attr:Id "$dsig:Manifest" "$work/$1.xml"
}
judged() { # NAME EXIT JQ
    "$O/onay" verify --json --trust "$pki/trust" "$work/$1.xml" >"$work/report" 2>"$work/err"
    local got=$?
    cat "$work/report" "$work/err"
    [ "$got" = "$2" ] && jq -e "$3" "$work/report" >/dev/null
}
slug() { echo "[.signatures[0].reasons[].slug] | index(\"$1\")"; }
jdk() { # NAME…: each is OK
    env LC_ALL=C.UTF-8 java -Xshare:auto -XX:TieredStopAtLevel=1 tests/oracle/Jdk.java "${@/#/$work/}" >"$work/jdk.out" 2>&1
    cat "$work/jdk.out"
    [ "$(grep -c '^OK ' "$work/jdk.out")" = $# ]
}

# ---- XAdES 1.1.1 and 1.2.2 ----
for version in v1.1.1 v1.2.2; do
    for leaf in rsa p256; do
        method=${more}rsa-sha256
        [ $leaf = rsa ] || method=${more}ecdsa-sha256
        n=$version-$leaf
        check "$n: xmlsec1 signs" old "$n" $version $leaf "$method" sha256 sha256
        check "$n: xmlsec1 verifies" xmlsec "$n" $version
        check "$n: TOTAL-PASSED, and the age is told" judged "$n" 0 "(.indication == \"TOTAL-PASSED\") and ($(slug old-version) != null)"
        sed 's/SigningTime>2/SigningTime>3/' "$work/$n.xml" >"$work/changed.xml"
        check "$n changed: xmlsec1 refuses" bash -c "! xmlsec1 --verify --id-attr:Id '$etsi/$version#:SignedProperties' '$work/changed.xml'"
        check "$n changed: TOTAL-FAILED" judged changed 1 '.indication == "TOTAL-FAILED"'
    done
    old "$version-other" $version rsa "${more}rsa-sha256" sha256 sha512
    certificate_of_another=$(openssl dgst -sha512 -binary "$pki/mehmet.der" | base64 -w0)
    sed "s|$(openssl dgst -sha512 -binary "$pki/rsa.der" | base64 -w0)|$certificate_of_another|" "$work/$version-other.tmpl" >"$work/o.tmpl"
    xmlsec1 --sign --privkey-pem "$pki/rsa.key,$pki/rsa.pem" --id-attr:Id "$etsi/$version#:SignedProperties" \
        --id-attr:Id "$dsig:Object" --output "$work/o.xml" "$work/o.tmpl"
    check "$version, another's certificate named: not passed" judged o 2 "$(slug signing-certificate-mismatch) != null"
    old "$version-implied" $version rsa "${more}rsa-sha256" sha256 sha256 \
        '<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied/></xades:SignaturePolicyIdentifier>'
    check "$version, a policy that is implied" judged "$version-implied" 2 \
        '.signatures[0].subIndication == "SIGNATURE_POLICY_NOT_AVAILABLE"'
done
check "the JDK verifies them" jdk v1.1.1-rsa.xml v1.1.1-p256.xml v1.2.2-rsa.xml v1.2.2-p256.xml

# ---- SHA-1: intact, and worth nothing without a time stamp of then ----
no_poe='(.signatures[0].subIndication == "CRYPTO_CONSTRAINTS_FAILURE_NO_POE") and (.signatures[0].documents | all(.intact))'
sha1() { # NAME VERSION LEAF SIGNATURE-METHOD HASH CERTIFICATE-HASH
    check "SHA-1, $1: xmlsec1 signs" old "sha1-$1" "$2" "$3" "$4" "$5" "$6"
    check "SHA-1, $1: xmlsec1 verifies" xmlsec "sha1-$1" "$2"
    check "SHA-1, $1: INDETERMINATE, all of it intact" judged "sha1-$1" 2 "$no_poe"
    sed 's/ederim/ederiz/' "$work/sha1-$1.xml" >"$work/changed.xml"
    check "SHA-1, $1, changed: TOTAL-FAILED" judged changed 1 '.signatures[0].subIndication == "HASH_FAILURE"'
}
sha1 rsa v1.2.2 rsa "${dsig}rsa-sha1" sha1 sha1
sha1 ecdsa v1.1.1 p256 "${more}ecdsa-sha1" sha1 sha1
sha1 value v1.3.2 rsa "${dsig}rsa-sha1" sha256 sha256
sha1 digests v1.3.2 rsa "${more}rsa-sha256" sha1 sha256
sha1 certificate v1.3.2 p256 "${more}ecdsa-sha256" sha256 sha1
check "the JDK verifies them" jdk sha1-rsa.xml sha1-ecdsa.xml sha1-value.xml sha1-digests.xml sha1-certificate.xml

# ---- a Manifest ----
manifest() { # NAME REFERENCES
    old "$1" v1.3.2 rsa "${more}rsa-sha256" sha256 sha256 "" m "<ds:Object><ds:Manifest Id=\"m\">$2</ds:Manifest></ds:Object>"
}
through='[.signatures[0].documents[] | select(.throughManifest)]'
check "Manifest: xmlsec1 signs" manifest m "$(reference sha256 'URI="#d"')$(reference sha512 'URI="#d"')"
check "Manifest: xmlsec1 verifies" xmlsec m v1.3.2
check "Manifest: TOTAL-PASSED, each document told" judged m 0 "$through | length == 2 and all(.intact)"
sed 's/ederim/ederiz/' "$work/m.xml" >"$work/mm.xml"
check "a document of a Manifest changed: TOTAL-FAILED" judged mm 1 "$through | length == 2 and (any(.intact) | not)"
sed "s/<ds:Reference URI=\"#d\"><ds:DigestMethod[^>]*sha256/&2/" "$work/m.xml" >"$work/mm.xml"
check "the Manifest changed: TOTAL-FAILED, its documents not told" judged mm 1 "$through | length == 0"
check "Manifest with SHA-1: xmlsec1 signs" manifest m1 "$(reference sha1 'URI="#d"')"
check "Manifest with SHA-1: INDETERMINATE" judged m1 2 "$no_poe"
check "the JDK verifies them" jdk m.xml m1.xml

finish
