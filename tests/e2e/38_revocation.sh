#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onay extend and onay sign fetch what proves a certificate: OCSP, lists, delta lists, the certificate of
# the issuer, from services that break in every way. What was gathered is judged by the root alone.
set -u
. "$(dirname "$0")/../tap.sh"
. tests/support/services.sh
for variable in $(compgen -e | grep -i '_proxy$'); do unset "$variable"; done
unset LC_ALL LC_MESSAGES
export LANG=en XDG_CONFIG_HOME=$work/config XDG_CACHE_HOME=$work/cache

start_services
say publish
eval "$(fixtures/token/make "$work/token" "$pki" rsa)"
conf=$work/onayd.conf
mkdir "$work/root"
cp "$pki/root.pem" "$work/root"
printf '%s\n' "private_host = 127.0.0.1" "tsa = $url/tsa" "trust_dir = $work/root" >"$conf"
# Who signs has the certificate between, which the session wants to see.
card_settings() { sed "s|^trust_dir.*|trust_dir = $pki/trust-no-crl|" "$ONAYD_CONF" "$conf" >"$work/sign.conf"; }
card_settings
printf 'Taahhüt ederim.\n' >"$work/a.txt"

sign() { # EXIT PROFILE [OPTION…]: $work/PROFILE.xsig
    local want=$1 profile=$2 got
    shift 2
    rm -f "$work/$profile.xsig"
    timeout 100 "$O/onay" sign --profile "$profile" --config "$work/sign.conf" --output "$work/$profile.xsig" \
        "$@" "$work/a.txt" >"$work/said" 2>"$work/err"
    got=$?
    cat "$work/said" "$work/err"
    [ "$got" = "$want" ]
}
extend() { # EXIT FILE LEVEL [OPTION…]: $work/out.xsig
    local want=$1 file=$2 level=$3 got
    shift 3
    rm -f "$work/out.xsig"
    timeout 100 "$O/onay" extend --level "$level" --output "$work/out.xsig" --config "$conf" "$@" \
        "$work/$file.xsig" >"$work/said" 2>"$work/err"
    got=$?
    cat "$work/said" "$work/err"
    [ "$got" = "$want" ]
}
judged() { # FILE JQ [OPTION…]: by the root alone, which is all that the verifier has
    local file=$1 query=$2
    shift 2
    "$O/onay" verify --trust "$work/root" --json "$@" "$work/$file.xsig" >"$work/report" 2>"$work/err"
    cat "$work/report" "$work/err"
    [ "$(jq "$query" "$work/report")" = true ]
}
passed() { # FILE PROFILE [OPTION…]
    local file=$1 profile=$2
    shift 2
    judged "$file" ".indication == \"TOTAL-PASSED\" and .signatures[0].profile == \"$profile\"" "$@"
}
says() { grep -qF -- "$1" "$work/err" || { cat "$work/err"; return 1; }; }
has() { grep -q "$2" "$work/$1.xsig"; }
lacks() { [ -s "$work/$1.xsig" ] && ! has "$@"; }
nothing_written() { [ ! -e "$work/${1:-out}.xsig" ]; }
forget() { rm -rf "$work/cache"; }

check "B-B, to begin with" sign 0 B-B
check "nothing was fetched for it" counted aia 0

# ---- B-LT and B-LTA: OCSP first, the missing issuer by its address ----
mend
check "to B-LT with the root alone" extend 0 B-B B-LT
check "it is one" passed out B-LT
check "OCSP was asked once" counted ocsp 1
check "for the others the lists of root and sub" counted crl 4
check "and their deltas, and the certificate between, once" counted aia 1
check "an OCSP response is in it" has out EncapsulatedOCSPValue
check "and the authority's lists" has out EncapsulatedCRLValue
modes() { [ "$(find "$work/cache/onayd" -type d ! -perm 700 -o -type f ! -perm 600 | wc -l)" = 0 ] && [ "$(find "$work/cache/onayd/lists" -type f | wc -l)" = 4 ]; }
check "lists are kept, for nobody else to read" modes
mend
check "again" extend 0 B-B B-LT
check "lists come from the disk" counted crl 0
check "OCSP does not" counted ocsp 1
spoilt() { # what lies there is judged as if it had just come
    for f in "$work"/cache/onayd/lists/*; do head -c 100 "$f" >"$work/half" && cat "$work/half" >"$f"; done
    mend && extend 0 B-B B-LT && passed out B-LT && counted crl 4
}
check "half a list on the disk is fetched anew" spoilt
check "B-LTA" extend 0 B-B B-LTA
check "it is one" passed out B-LTA
check "B-LT signed at once" sign 0 B-LT
check "it is one" passed B-LT B-LT
check "B-LTA signed at once" sign 0 B-LTA
check "it is one" passed B-LTA B-LTA
detached() { sign 0 B-LTA --packaging detached && passed B-LTA B-LTA --detached "$work/a.txt"; }
check "detached" detached
offline() { mend && extend 1 B-B B-LT --offline && says certificate-untrusted && nothing_written && counted aia 0 && counted ocsp 0 && counted crl 0; }
check "offline: nothing is fetched" offline
at_hand() { mend && extend 0 B-B B-LT --offline --trust "$pki/trust" && passed out B-LT && counted ocsp 0; }
check "offline with all at hand" at_hand

# ---- a chain that leads nowhere: nothing is fetched ----
mkdir "$work/nobody" "$work/other"
cp "$pki/root2.pem" "$work/other"
cp "$pki/sub.pem" "$work/nobody"
nowhere() { mend && extend 1 B-B B-LT --trust "$work/$1" && says certificate-untrusted && counted ocsp 0 && counted crl 0 && counted aia "$2"; }
check "no anchor at all" nowhere nobody 0
check "another root: no more than the way up, which leads elsewhere" nowhere other 2

# ---- OCSP that breaks: each has its name, and lists take its place ----
ocsp() { # FAULT… WORDS
    forget && breaks ocsp "${@:1:$#-1}" && extend 0 B-B B-LT && says "${!#}" && passed out B-LT && lacks out EncapsulatedOCSPValue
}
while IFS=: read -r fault words; do
    # shellcheck disable=SC2086 # fault and number
    check "OCSP, $fault: $words" ocsp $fault "$words"
done <<'ROWS'
reset:revocation-unavailable
http 503:HTTP 503
type:the answer is text/html
truncated:not an OCSP response
cut:revocation-unavailable
rubbish:the answer is too large
redirect:a redirect is refused
redirect-file:a redirect is refused
redirect-private:an address in a private network
signature:not by who may
expired:not by who may
noeku:not by who may
nonce:the nonce is another
stale:not of now
clock 7200:not of now
other:not about this certificate
unknown:revocation-unavailable
refuse 3:trylater
refuse 6:unauthorized
ROWS
no_nonce() { breaks ocsp no-nonce && extend 0 B-B B-LT && passed out B-LT && has out EncapsulatedOCSPValue; }
check "a responder that knows no nonce" no_nonce
direct() { breaks ocsp "$1" && extend 0 B-B B-LT && passed out B-LT && has out EncapsulatedOCSPValue; }
check "by the issuer itself" direct direct
check "by name" direct byname
late() { breaks ocsp late 1500 && extend 0 B-B B-LT && has out EncapsulatedOCSPValue; }
check "late" late
revoked() { breaks ocsp revoked && extend 1 B-B B-LT && says certificate-revoked && nothing_written; }
check "revoked, by OCSP" revoked

# ---- lists that break: B-LT cannot be ----
both() { # FAULT… WORDS
    forget
    breaks crl "${@:1:$#-1}"
    say fault ocsp http 503
    extend 1 B-B B-LT && says revocation-unavailable && says "${!#}" && nothing_written && [ ! -d "$work/cache" ]
}
while IFS=: read -r fault words; do
    # shellcheck disable=SC2086 # fault and number
    check "list, $fault: $words" both $fault "$words"
done <<'ROWS'
reset:cut or is not HTTP
http 404:HTTP 404
truncated:not a list
cut:cut or is not HTTP
rubbish 65:the answer is too large
redirect:a redirect is refused
stale:the list has expired
signature:not signed by the issuer
other:another issuer
ROWS
early() { # issued tomorrow
    forget && mend && say fault crl clock 90000 && say publish && say fault ocsp http 503
    extend 1 B-B B-LT && says "not valid yet" && nothing_written
}
check "lists of tomorrow" early
mend
say publish
silence() { forget; breaks ocsp silence && extend 0 B-B B-LT && says "no answer in time" && passed out B-LT; }
check "a mute responder" silence
issuer() { breaks aia "$1" && extend 1 B-B B-LT && says certificate-untrusted && nothing_written && counted ocsp 0; }
for fault in other truncated 'http 404' redirect; do
    # shellcheck disable=SC2086 # fault and number
    check "the issuer's certificate, $fault" issuer "$fault"
done

# ---- a delta list says it first ----
mend
eval "$(fixtures/token/make "$work/token2" "$pki" justrevoked)"
card_settings
check "signed by who was revoked an hour ago" sign 0 B-B
by_delta() { breaks ocsp http 503 && extend 1 B-B B-LT && says certificate-revoked && says "revocation-unavailable" && nothing_written; }
check "revoked, by the delta list alone" by_delta
vetted() { mend && sign 1 "$1" && says certificate-revoked && ! says "is signing" >/dev/null && nothing_written "$1"; }
for profile in B-LT B-LTA P4; do check "$profile: refused before the PIN" vetted $profile; done
eval "$(fixtures/token/make "$work/token" "$pki" rsa)"
card_settings
check "B-B by who is not" sign 0 B-B
mute() { forget; breaks ocsp http 503 && say fault crl http 503 && sign 1 B-LT && says revocation-unavailable && ! says "is signing" >/dev/null && nothing_written B-LT; }
check "nobody tells: refused before the PIN" mute
mend

# ---- BTK: P2, P3, P4 ----
core_valid() {
    xmlsec1 --verify --trusted-pem "$pki/root.pem" --untrusted-pem "$pki/sub.pem" \
        --id-attr:Id "http://uri.etsi.org/01903/v1.3.2#:SignedProperties" \
        --id-attr:Id "http://www.w3.org/2000/09/xmldsig#:Object" "$work/$1.xsig"
}
mend
check "P2" sign 0 P2
check "by the verifier's lists: TOTAL-PASSED" judged P2 '.indication == "TOTAL-PASSED" and .signatures[0].profile == "P2"' --trust "$pki/trust"
check "its policy" has P2 'urn:oid:2.16.792.1.61.0.1.5070.3.1.1<'
check "no values" lacks P2 RevocationValues
check "nothing but a stamp was fetched" counted ocsp 0

check "P4" sign 0 P4
check "by the root alone: TOTAL-PASSED" passed P4 P4
for property in CompleteCertificateRefs CompleteRevocationRefs OCSPRef SigAndRefsTimeStamp TimeStampValidationData \
    CertificateValues EncapsulatedOCSPValue; do
    check "P4 has $property" has P4 "$property"
done
ocsp_only() { breaks ocsp http 503 && sign 1 P4 && says revocation-unavailable && nothing_written P4; }
check "P4 without OCSP: before the PIN" ocsp_only
mend
check "P4 once more" sign 0 P4
check "P4: nothing is left to add" extend 1 P4 P4
check "why" says "has all of its profile"
check "P4 with the archive stamp" extend 0 P4 P4 --archive
check "TOTAL-PASSED" passed out P4

check "P3: a T at first" sign 0 P3
check "when the rest is due is said" says "completes it from"
check "P3 for now" judged P3 '.signatures[0].profile == "P3"'
check "before the grace period ends: refused" extend 1 P3 P3
check "why" says "the grace period ends at"
later=$(date -d '+26 hours' +%Y-%m-%dT%H:%M:%S%:z)
old_lists() { say fault tsa clock 93600 && extend 1 P3 P3 --at "$later" && says "older than what it is to prove" && nothing_written; }
check "after it, with lists of before it" old_lists
in_time() { say fault crl clock 90000 && say publish && extend 0 P3 P3 --at "$later"; }
check "with those of after it" in_time
check "TOTAL-PASSED then, by the root alone" passed out P3 --at "$(date -d '+27 hours' +%Y-%m-%dT%H:%M:%S%:z)"
check "by lists alone" lacks out EncapsulatedOCSPValue
check "CRLRef with its number" has out '<xades:Number>'
cp "$work/out.xsig" "$work/P3-whole.xsig"
mend
say publish

refs_match() { # every reference has its octets among the values, and every one of RevocationValues its reference
    python3 - "$work/$1.xsig" <<'PY'
import base64, hashlib, sys
import xml.etree.ElementTree as E
X, D = '{http://uri.etsi.org/01903/v1.3.2#}', '{http://www.w3.org/2000/09/xmldsig#}'
props = next(E.parse(sys.argv[1]).iter(X + 'UnsignedSignatureProperties'))
def values(wrapper, *names):
    return {hashlib.sha256(base64.b64decode(v.text)).digest()
            for w in props.findall(X + wrapper) for n in names for v in w.iter(X + n)}
def refs(wrapper):
    return {base64.b64decode(v.text) for w in props.findall(X + wrapper) for v in w.iter(D + 'DigestValue')}
for ref, wrapper, names in (('CompleteCertificateRefs', 'CertificateValues', ['EncapsulatedX509Certificate']),
                            ('CompleteRevocationRefs', 'RevocationValues', ['EncapsulatedCRLValue', 'EncapsulatedOCSPValue'])):
    r, v = refs(ref), values(wrapper, *names)
    print(ref, len(r), wrapper, len(v))
    if not r or r != v: sys.exit(1)
PY
}
for file in P4 P3-whole; do
    check "$file: the same octets in references and values" refs_match $file
    check "$file: xmlsec1 accepts it" core_valid $file
done

# ---- the families do not mix, and what is said in Turkish ----
mend
check "B-LTA once more" sign 0 B-LTA
mixes() { mend && extend 1 "$1" "$2" && says invalid-field && nothing_written && counted ocsp 0; }
check "P2 does not become B-LT" mixes P2 B-LT
check "P2 does not become P4" mixes P2 P4
check "P4 does not become B-LTA" mixes P4 B-LTA
check "B-LTA does not become P3" mixes B-LTA P3
turkish() { breaks ocsp revoked && LANG=tr_TR.UTF-8 extend 1 B-B B-LT && says "Sertifika iptal edilmiş"; }
check "Turkish first" turkish
mend
echo "# profile  indication    stamps lists responses"
sign 0 B-LT >/dev/null # the matrix
for file in B-LT B-LTA P2 P3-whole P4; do
    "$O/onay" verify --trust "$([ $file = P2 ] && echo "$pki/trust" || echo "$work/root")" --json \
        $([ $file = P3-whole ] && echo "--at $later") "$work/$file.xsig" >"$work/report" 2>/dev/null
    printf '# %-8s %-13s %6s %5s %9s\n' "$(jq -r '.signatures[0].profile' "$work/report")" "$(jq -r .indication "$work/report")" \
        "$(jq '.signatures[0].timeStamps | length' "$work/report")" "$(grep -o '<[a-z]*:EncapsulatedCRLValue' "$work/$file.xsig" | wc -l)" \
        "$(grep -o '<[a-z]*:EncapsulatedOCSPValue' "$work/$file.xsig" | wc -l)"
done
finish
