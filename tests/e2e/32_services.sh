#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The test services are what they say to those who know: OpenSSL verifies the time stamps, OCSP answers
# and lists, and finds each fault; curl sees what HTTP does.
set -u
. "$(dirname "$0")/../tap.sh"
. tests/support/services.sh
for variable in $(compgen -e | grep -i '_proxy$'); do unset "$variable"; done

start_services
says() { grep -qE -- "$1" "$work/out" || { cat "$work/out"; return 1; }; }
refuses() { ! "$@"; }
# fetched EXIT URL [CURL-OPTION…]: curl ends so; the body is $work/got, what -w tells $work/told.
fetched() {
    local want=$1 got
    shift
    : >"$work/got"
    curl -qsS -m 30 -o "$work/got" -w '%{http_code} %{size_download} %{time_total} %{content_type}\n' \
        "$@" >"$work/told" 2>"$work/err"
    got=$?
    cat "$work/told" "$work/err"
    [ "$got" = "$want" ]
}
status() { # STATUS URL [CURL-OPTION…]
    local want=$1
    shift
    fetched 0 "$@" && [ "$(cut -d' ' -f1 "$work/told")" = "$want" ]
}

# ---- time stamps ----
printf abc >"$work/data"
query() { openssl ts -query -data "$work/data" -out "$work/query" "$@" 2>"$work/err"; } # OPTION…
post() { # [CURL-OPTION…]
    fetched 0 "$url/tsa" -H 'Content-Type: application/timestamp-query' --data-binary "@$work/query" "$@"
}
stamped() { post "$@" && openssl ts -reply -in "$work/got" -text >"$work/out" 2>&1 && says 'Status: Granted'; }
verified() { # [OPTION…]: against the query, nonce and policy with it
    openssl ts -verify -in "$work/got" -queryfile "$work/query" -CAfile "$pki/root.pem" "$@" >"$work/out" 2>&1
    says '^Verification: OK$'
}
rejected() { # FAILURE: PKIFailureInfo, as OpenSSL names it
    post && openssl ts -reply -in "$work/got" -text >"$work/out" 2>&1
    says 'Status: Rejected' && says "$1"
}
serials() {
    stamped && sed -n 's/^Serial number: //p' "$work/out" >"$work/serial"
    stamped && ! grep -qFf "$work/serial" "$work/out"
}
bare() { # the token holds no certificate
    openssl ts -reply -in "$work/got" -token_out -out "$work/token" 2>"$work/err" &&
        openssl pkcs7 -inform der -in "$work/token" -print_certs -out "$work/certs" && [ ! -s "$work/certs" ]
}
cms() {
    openssl ts -reply -in "$work/got" -token_out -out "$work/token" 2>"$work/err" &&
        openssl cms -verify -inform der -in "$work/token" -CAfile "$pki/root.pem" -purpose timestampsign -out "$work/info"
}
for alg in sha256 sha384 sha512; do
    query -cert -$alg
    check "a time stamp over $alg" stamped
    check "verified with its nonce" verified
    check "by CMS too" cms
done
check "one more" stamped
check "accurate to a second" says '^Accuracy: 0x01 seconds'
check "Kamu SM's policy" says '^Policy OID: 2.16.792.1.2.1.1.5.7.3.1$'
check "no serial number twice" serials
query -sha256
check "without certificates" stamped
check "there is none in it" bare
check "verified with one from elsewhere" verified -untrusted <(cat "$pki/tsa.pem" "$pki/sub.pem")
query -cert -no_nonce -tspolicy 0.4.0.2023.1.1
check "without nonce, another policy" stamped
check "that policy" says '^Policy OID: 0.4.0.2023.1.1$'
check "no nonce" says '^Nonce: unspecified$'
check "verified" verified
query -cert -tspolicy 1.2.3.4
check "a foreign policy: refused" rejected 'policy is not supported'
query -cert -sha1
check "SHA-1: refused" rejected 'unrecognized or unsupported algorithm'
query -cert -sha256
head -c 40 "$work/query" >"$work/half" && mv "$work/half" "$work/query"
check "half a request: refused" rejected 'wrong format'
query -cert -sha256
printf x >>"$work/query"
check "an octet behind it: refused" rejected 'wrong format'
query -cert -sha256
check "another content type: refused" status 415 "$url/tsa" --data-binary "@$work/query"
check "too long: refused" status 413 "$url/tsa" -H 'Content-Type: application/timestamp-query' \
    --data-binary @<(head -c 70000 /dev/zero)
check "GET: nothing there" status 404 "$url/tsa"

# faulted FAULT… WORDS: granted, and OpenSSL says what is wrong with it.
faulted() {
    local words=${!#}
    breaks tsa "${@:1:$#-1}" && stamped && ! verified && says "$words"
}
query -cert -sha256 -tspolicy 2.16.792.1.2.1.1.5.7.3.1
while read -r fault words; do check "time stamp, $fault" faulted "$fault" "$words"; done <<'ROWS'
nonce nonce mismatch
no-nonce nonce not returned
imprint message imprint mismatch
policy policy mismatch
expired certificate has expired
noeku unsuitable certificate purpose
signature signature failure
ROWS
seconds_off() { # N: the stamp's time, from now, within ten minutes
    local at
    at=$(date -d "$(sed -n 's/^Time stamp: //p' "$work/out")" +%s)
    echo "$((at - $(date +%s))) s off, wanted $1"
    [ $((at - $(date +%s) - $1)) -lt 600 ] && [ $((at - $(date +%s) - $1)) -gt -600 ]
}
skewed() { breaks tsa clock "$1" && stamped && seconds_off "$1"; }
check "time stamp, an hour early" skewed 3600
check "time stamp, two days late" skewed -172800
check "but otherwise good" verified
refusing() { breaks tsa refuse && rejected 'system failure'; }
check "time stamp, refused" refusing
check "all faults off" mend
check "good again" stamped
check "verified" verified

# ---- Kamu SM's account ----
known=3056020301e240040800010203040506070201640410101112131415161718191a1b1c1d1e1f04301ceb049c855a8ce491a60de2328709fce5033af185943fbc83ca035ca2af602b287e36eecf46d0ac7d82e99edfe8fc93
# identity USERID PASSWORD HEX [ITERATIONS]: by the openssl command, over those octets.
identity() {
    local salt=a0a1a2a3a4a5a6a7 iv=000102030405060708090a0b0c0d0e0f key
    key=$(openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt "pass:$2" -kdfopt hexsalt:$salt \
        -kdfopt iter:"${4:-100}" PBKDF2 | tr -d ':\n')
    printf %b "$(sed 's/../\\x&/g' <<<"$3")" | openssl enc -aes-256-cbc -K "$key" -iv $iv >"$work/encrypted"
    cat >"$work/identity.cnf" <<CONF
asn1 = SEQUENCE:identity
[identity]
userid = INTEGER:$1
salt = FORMAT:HEX,OCTETSTRING:$salt
iterations = INTEGER:${4:-100}
iv = FORMAT:HEX,OCTETSTRING:$iv
encrypted = FORMAT:HEX,OCTETSTRING:$(od -An -v -tx1 "$work/encrypted" | tr -d ' \n')
CONF
    openssl asn1parse -genconf "$work/identity.cnf" -noout -out "$work/identity.der" >"$work/err" 2>&1
    od -An -v -tx1 "$work/identity.der" | tr -d ' \n'
}
with() { stamped -H "identity: $1" && verified; }
without() { # IDENTITY: refused by the TSA, not by HTTP
    post -H "identity: $1" && openssl ts -reply -in "$work/got" -text >"$work/out" 2>&1
    says 'Status: Rejected' && says 'identity not accepted'
}
abc=$(openssl dgst -sha256 -r "$work/data" | cut -d' ' -f1)
query -cert -sha256
check "an account" say account kamusm 123456 parola-1234
check "nobody without identity" status 401 "$url/tsa" -H 'Content-Type: application/timestamp-query' \
    --data-binary "@$work/query"
check "the known identity" with "$known"
check "one made by the openssl command" with "$(identity 123456 parola-1234 "$abc")"
check "another number of rounds" with "$(identity 123456 parola-1234 "$abc" 7)"
check "another password: refused" without "$(identity 123456 parola-1235 "$abc")"
check "another user: refused" without "$(identity 123457 parola-1234 "$abc")"
check "another imprint: refused" without "$(identity 123456 parola-1234 "${abc/b/c}")"
check "upper case: refused" without "$(tr a-f A-F <<<"$known")"
check "half of it: refused" without "${known:0:120}"
check "nothing: refused" without 00
check "three have been paid" counted credit 997
credit() { # CUSTOMER MS IDENTITY-OF WANT
    local hash
    hash=$(printf %s "$3" | openssl dgst -sha1 -r | cut -d' ' -f1)
    status "${4%% *}" "$url/tsa" -X POST -H "credit_req: $1" -H "credit_req_time: $2" \
        -H "identity: $(identity 123456 parola-1234 "$hash")" || return 1
    [ "$4" = "${4%% *}" ] || [ "$(cat "$work/got")" = "${4#* }" ]
}
check "the credit" credit 123456 1795700000000 1234561795700000000 "200 997"
check "of somebody else: refused" credit 123457 1795700000000 1234571795700000000 401
check "with another time's identity: refused" credit 123456 1795700000001 1234561795700000000 401
check "of no number: refused" credit 12a 1 12a1 400
check "none is left" say credit 0
spent() { post -H "identity: $known" && openssl ts -reply -in "$work/got" -text >"$work/out" 2>&1; says 'no credit left'; }
check "then there is no stamp" spent

check "an account with HTTP's password" say account basic 4711 gizli
check "nobody without" status 401 "$url/tsa" -H 'Content-Type: application/timestamp-query' --data-binary "@$work/query"
check "told how" bash -c 'curl -qsS -D - -o /dev/null -H "Content-Type: application/timestamp-query" --data-binary "@$1" "$0/tsa" | grep -qi "^WWW-Authenticate: Basic "' "$url" "$work/query"
check "nor with a wrong one" status 401 "$url/tsa" -u 4711:gizlı -H 'Content-Type: application/timestamp-query' --data-binary "@$work/query"
check "with the right one" stamped -u 4711:gizli
check "no account any more" say account none
check "anybody" stamped

# ---- OCSP ----
asks() { # CA OPTION…: the answer's words are in $work/out
    local ca=$1
    shift
    openssl ocsp -issuer "$pki/$ca.pem" -url "$url/ocsp" -CAfile "$pki/root.pem" -verify_other "$pki/sub.pem" \
        -resp_text "$@" >"$work/out" 2>&1
}
answered() { # NAME STATUS: verified, its nonce with it
    asks sub -cert "$pki/$1.pem"
    says 'Response verify OK' && says "^$pki/$1.pem: $2" && ! says 'nonce' >/dev/null
}
while read -r name words; do check "OCSP: $name $words" answered "$name" "$words"; done <<'ROWS'
rsa good
tsa good
revoked revoked
justrevoked revoked
ROWS
check "with the reason" says 'Reason: cessationOfOperation'
check "by its key's hash" says 'Responder Id: [0-9A-F]{40}$'
check "with an end" says 'Next Update: '
check "by a delegate that need not be checked" says 'OCSP No Check'
one_request() {
    asks sub -cert "$pki/rsa.pem" -cert "$pki/revoked.pem" -serial 0x1234
    says 'Response verify OK' && says 'rsa.pem: good' && says 'revoked.pem: revoked' && says '0x1234: unknown'
}
check "three at once, one of them never issued" one_request
for md in sha256 sha384 sha512; do
    check "asked with $md" bash -c 'openssl ocsp -"$0" -issuer "$1/sub.pem" -cert "$1/rsa.pem" -url "$2/ocsp" -CAfile "$1/root.pem" 2>&1 | grep -q "rsa.pem: good"' $md "$pki" "$url"
done
root_itself() { asks root -cert "$pki/sub.pem" && says 'sub.pem: good' && ! says 'OCSP No Check' >/dev/null; }
check "the root answers itself for the sub CA" root_itself
directly() { breaks ocsp direct && answered rsa good && ! says 'Certificate:' >/dev/null; }
check "directly, by the CA" directly
by_name() { breaks ocsp byname && answered rsa good && says 'Responder Id: C = TR'; }
check "by name" by_name
mend
foreign() { asks selfsigned -cert "$pki/selfsigned.pem"; says 'unauthorized \(6\)'; }
check "about a foreign CA: unauthorized" foreign
by_get() {
    openssl ocsp -issuer "$pki/sub.pem" -cert "$pki/revoked.pem" -no_nonce -reqout "$work/request" >/dev/null 2>&1
    fetched 0 "$url/ocsp/$(base64 -w0 "$work/request" | jq -Rr @uri)" &&
        openssl ocsp -respin "$work/got" -issuer "$pki/sub.pem" -cert "$pki/revoked.pem" -CAfile "$pki/root.pem" \
            >"$work/out" 2>&1
    says 'Response verify OK' && says 'revoked.pem: revoked'
}
check "by GET" by_get
malformed() { # FILE
    fetched 0 "$url/ocsp" -H 'Content-Type: application/ocsp-request' --data-binary "@$1" &&
        { openssl ocsp -respin "$work/got" -no_nonce >"$work/out" 2>&1; says 'malformedrequest \(1\)'; }
}
head -c 60 "$work/request" >"$work/half"
check "half a request: malformed" malformed "$work/half"
openssl ocsp -issuer "$pki/sub.pem" $(for i in $(seq 17); do echo -serial $i; done) -reqout "$work/many" >/dev/null 2>&1
check "seventeen at once: malformed" malformed "$work/many"
check "another content type: refused" status 415 "$url/ocsp" --data-binary "@$work/request"

ocsp_fault() { # FAULT [N] WORDS
    local words=${!#}
    breaks ocsp "${@:1:$#-1}" && { asks sub -cert "$pki/rsa.pem"; says "$words"; }
}
while IFS=: read -r fault words; do
    # shellcheck disable=SC2086 # fault and number
    check "OCSP, $fault" ocsp_fault $fault "$words"
done <<'ROWS'
nonce:Nonce Verify error
no-nonce:no nonce in response
revoked 7200:rsa.pem: revoked
unknown:rsa.pem: unknown
stale:Status times invalid|status expired
clock 7200:status not yet valid
clock -7200:status expired
expired:certificate has expired
noeku:missing ocspsigning usage
signature:signature failure
other:No Status found
refuse:trylater \(3\)
refuse 6:unauthorized \(6\)
ROWS
mend

# ---- lists and certificates ----
list() { fetched 0 "$url/$1" && openssl crl -inform der -in "$work/got" -out "$work/$1.pem"; } # NAME
lists() { for name; do list "$name" || return 1; done; }
judged() { # NAME WORDS OPTION…: by root, sub and the lists that were fetched
    local name=$1 words=$2
    shift 2
    cat "$pki/root.pem" "$pki/sub.pem" "$work"/*.crl.pem >"$work/trusted"
    openssl verify -crl_check_all -CAfile "$work/trusted" "$@" "$pki/$name.pem" >"$work/out" 2>&1
    says "$words"
}
crl_number() { openssl crl -in "$work/$1.crl.pem" -noout -crlnumber | sed 's/.*=0x//'; }
check "full lists" lists root.crl sub.crl
check "DER by the right name" grep -q 'application/pkix-crl$' "$work/told"
check "rsa is good" judged rsa ': OK'
check "revoked is revoked" judged revoked 'certificate revoked'
check "justrevoked is not in it" judged justrevoked ': OK'
check "delta lists" lists root-delta.crl sub-delta.crl
check "with them it is" judged justrevoked 'certificate revoked' -extended_crl -use_deltas
check "and revoked still" judged revoked 'certificate revoked' -extended_crl -use_deltas
check "and rsa is good" judged rsa ': OK' -extended_crl -use_deltas
rm -f "$work"/*-delta.crl.pem

tag() { curl -qsS -I "$url/sub.crl" | tr -d '\r' | sed -n "s/^$1: //Ip"; } # HEADER
before=$(tag ETag) number=$(crl_number sub)
check "unchanged by ETag" status 304 "$url/sub.crl" -H "If-None-Match: $before"
check "changed for another" status 200 "$url/sub.crl" -H 'If-None-Match: "0"'
check "unchanged by date" status 304 "$url/sub.crl" -H "If-Modified-Since: $(tag Last-Modified)"
check "changed since yesterday" status 200 "$url/sub.crl" -z yesterday
check "mehmet is revoked" say revoke mehmet 60 superseded
check "OCSP knows" answered mehmet revoked
check "and why" says 'Reason: superseded'
check "the full list does not" list sub.crl
check "it is the same" [ "$(tag ETag)" = "$before" ]
check "he is good by it" judged mehmet ': OK'
check "the delta does" lists root-delta.crl sub-delta.crl
check "he is not by that" judged mehmet 'certificate revoked' -extended_crl -use_deltas
rm -f "$work"/*-delta.crl.pem
check "not twice" refuses say revoke mehmet
check "a day passes" say fault crl clock 90000
check "new lists" say publish
check "fetched" lists root.crl sub.crl
check "another tag" [ "$(tag ETag)" != "$before" ]
check "a higher number" [ $((16#$(crl_number sub))) -gt $((16#$number)) ]
check "not valid yet" judged rsa 'CRL is not yet valid'
check "he is revoked tomorrow" judged mehmet 'certificate revoked' -attime $(($(date +%s) + 90060))
check "so is justrevoked" judged justrevoked 'certificate revoked' -attime $(($(date +%s) + 90060))
check "today again" mend
check "published" say publish
crl_fault() { breaks crl "$1" && lists root.crl sub.crl && judged rsa "$2"; }
check "lists are stale" crl_fault stale 'CRL has expired'
check "their signature is wrong" crl_fault signature 'CRL signature failure'
check "they are others'" crl_fault other 'unable to get certificate CRL'
check "and good again" mend
check "fetched" lists root.crl sub.crl
check "rsa is good" judged rsa ': OK'
check "no such list" status 404 "$url/nobody.crl"
issuer() { fetched 0 "$url/$1.crt" && cmp "$work/got" "$pki/$1.der" && grep -q 'application/pkix-cert$' "$work/told"; }
check "the sub CA's certificate" issuer sub
check "the root's" issuer root
wrong_issuer() { breaks aia other && fetched 0 "$url/sub.crt" && cmp "$work/got" "$pki/root2.der"; }
check "another's instead" wrong_issuer

# ---- HTTP breaks ----
# told FIELD VALUE: what curl measured.
told() { [ "$(cut -d' ' -f"$1" "$work/told")" = "$2" ]; }
at() { breaks crl "$@" >/dev/null; }
late() { at late 700 && fetched 0 "$url/sub.crl" && awk '$3 < 0.7 { exit 1 }' "$work/told"; }
check "late" late
silent() { at silence && fetched 28 "$url/sub.crl" -m 0.5 && told 2 0; }
check "silence" silent
torn() { at reset && fetched 56 "$url/sub.crl"; }
check "the connection is reset" torn
http() { at http "$1" && status "$1" "$url/sub.crl"; }
check "HTTP 500" http 500
check "HTTP 404" http 404
typed() { at type && fetched 0 "$url/sub.crl" && grep -q 'text/html$' "$work/told"; }
check "another content type" typed
fetched 0 "$url/sub.crl" >/dev/null && whole=$(stat -c %s "$work/got")
short() { at truncated && fetched 0 "$url/sub.crl" && told 2 $((whole / 2)) && ! openssl crl -inform der -in "$work/got"; }
check "truncated" short
shorter() { at truncated 3 && fetched 0 "$url/sub.crl" && told 2 3; }
check "to three octets" shorter
cut_off() { at cut && fetched 18 "$url/sub.crl"; }
check "cut off" cut_off
rubbish() { at rubbish && fetched 0 "$url/sub.crl" && told 2 67108864 && [ "$(head -c 6 "$work/got" | od -An -tx1)" = " 30 84 7f ff ff ff" ]; }
check "64 MiB of rubbish" rubbish
# Ten octets have come and it has not ended: curl cannot write the next (23).
drip() {
    at drip 20 && curl -qsN -m 60 "$url/sub.crl" | head -c 10 >"$work/got"
    local ends=("${PIPESTATUS[@]}")
    echo "curl ended with ${ends[0]}"
    [ "$(stat -c %s "$work/got")" -eq 10 ] && [ "${ends[0]}" -eq 23 ]
}
check "an endless drip" drip
loop() { at redirect && fetched 47 "$url/sub.crl" -L --max-redirs 5 && counted crl 6; }
check "a redirect loop" loop
posted() { breaks tsa redirect && fetched 47 "$url/tsa" -L --max-redirs 3 -H 'Content-Type: application/timestamp-query' --data-binary "@$work/query" && counted tsa 4; }
check "also of a POST" posted
elsewhere() { at "$1" && status 307 "$url/sub.crl" -D "$work/head" && grep -qi "^Location: $2" "$work/head"; }
while read -r fault where; do check "$fault" elsewhere "$fault" "$where"; done <<ROWS
redirect-file file:///etc/passwd
redirect-scheme gopher://127.0.0.1:${url##*:}/sub.crl
redirect-private http://169.254.169.254/sub.crl
ROWS
unfollowed() { at "$1" && fetched 1 "$url/sub.crl" -L; }
check "curl does not read a file for it" unfollowed redirect-file
check "nor speak gopher" unfollowed redirect-scheme
mend
once() { say once crl http 503 && status 503 "$url/sub.crl" && status 200 "$url/sub.crl"; }
check "once, and not again" once
everywhere() { breaks all http 502 && status 502 "$url/sub.crl" && status 502 "$url/sub.crt" && status 502 "$url/ocsp" -d x && status 502 "$url/tsa" -d x; }
check "everywhere at once" everywhere

# ---- counting ----
check "zero" mend
nothing() { for what in tsa ocsp crl aia other connections; do counted $what 0 || return 1; done; }
check "nothing was asked" nothing
curl -qsS "$url/sub.crl" "$url/root.crl" "$url/sub.crt" "$url/ocsp/x" "$url/" >"$work/got"
check "two lists" counted crl 2
check "a certificate" counted aia 1
check "an OCSP request, if no good one" counted ocsp 1
check "no time stamp" counted tsa 0
check "and what is nobody's" counted other 1
check "all in one connection" counted connections 1

# ---- hostile input ----
# Every piece of a request, and the request with each octet changed: an answer, and nothing breaks.
pieces() { # FILE TYPE PATH
    local size i
    size=$(stat -c %s "$1")
    rm -rf "$work/pieces" && mkdir "$work/pieces"
    for ((i = 0; i < size; i++)); do
        head -c $i "$1" >"$work/pieces/$i"
        { head -c $i "$1"; printf '\377'; tail -c +$((i + 2)) "$1"; } >"$work/pieces/x$i"
    done
    for i in "$work"/pieces/*; do
        printf 'url = "%s"\nheader = "Content-Type: %s"\ndata-binary = "@%s"\noutput = "/dev/null"\nwrite-out = "%%{http_code}\\n"\nnext\n' "$url$3" "$2" "$i"
    done >"$work/curl.conf"
    curl -qsS -K "$work/curl.conf" >"$work/statuses" 2>"$work/err"
    sort "$work/statuses" | uniq -c
    [ "$(grep -c '^200$' "$work/statuses")" -eq $((2 * size)) ]
}
check "pieces of a time stamp query" pieces "$work/query" application/timestamp-query /tsa
check "pieces of an OCSP request" pieces "$work/request" application/ocsp-request /ocsp
check "alive" stamped
twice() {
    status 400 "$url/tsa" -H 'Content-Type: application/timestamp-query' -H 'identity: 00' -H 'identity: 01' \
        --data-binary "@$work/query"
}
check "an identity twice: refused" twice

# ---- the control ----
for words in "nonsense" "fault tsa" "fault nobody late 1" "fault tsa late" "fault tsa late x" "fault tsa late -1" \
    "fault crl nonce" "fault aia clock 5" "fault tsa nonce 1" "account kamusm x y" "account basic a" "credit -1" \
    "revoke nobody" "revoke rsa 0 because" "tell nothing" "load /nowhere" "publish now" "a b c d e f g"; do
    # shellcheck disable=SC2086 # words
    check "refused: $words" refuses say $words
done
check "and everything is as before" answered rsa good
check "private" [ "$(stat -c %A "$services/services.sock")" = srwx------ ]

# ---- starting, loading, stopping ----
first=$services
start_services --port=0 --again
check "a second one, and certificates that name it" bash -c 'openssl x509 -in "$0/p256.pem" -noout -ocsp_uri | grep -qx "$1/ocsp"' "$pki" "$url"
check "it knows them" answered p256 good
services=$first url=http://127.0.0.1:$(fixtures/services/tell "$first" tell port)
stranger_now() { asks sub -cert "$pki/p256.pem"; says 'p256.pem: unknown'; }
check "the first one does not" stranger_now
check "until it loads them" say load "$pki"
check "now it does" answered p256 good
check "nothing answers once it is stopped" bash -c 'fixtures/services/stop "$0" && ! fixtures/services/tell "$0" tell 2>/dev/null' "$first"
check "stopped again: nothing to do" fixtures/services/stop "$first"
fixtures/services/stop "${all_services[1]}"
quiet() { cat "$work"/services?/services.log; [ ! -s "$first/services.log" ] && [ ! -s "${all_services[1]}/services.log" ]; }
check "neither had anything to complain about" quiet
check "no PKI, no services" refuses fixtures/services/start "$work/none" "$work/head"
finish
