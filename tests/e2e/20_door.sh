#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The doors of a running daemon: who is let in, what is refused of those who are (who is not:
# 26_attacks.sh), and that nothing was signed by it.
set -u
. "$(dirname "$0")/lib.sh"

make_card rsa
printf '%s\n' 'origin = https://portal.example' >>"$conf"
start_daemon "$conf"

json=(-H 'Content-Type: application/json')
bearer=(-H "Authorization: Bearer $token")
origin=(-H 'Origin: https://portal.example')
health=$tcp/v1/health

# ---- a good request, to be broken in one place at a time ----
good_request

# ---- Host ----
check "by 127.0.0.1" answers 200 "" "$health" "${bearer[@]}"
check "by localhost" answers 200 "" "http://localhost:$port/v1/health" "${bearer[@]}"

# ---- Origin ----
no_cors() { ! grep -qi '^access-control' "$work/head"; }
cors() { [ "$(header Access-Control-Allow-Origin)" = "$1" ] && [[ "$(header Vary)" == *Origin* ]]; }
check "an allowed origin" answers 200 "" "$health" "${origin[@]}"
check "is told so" cors https://portal.example
check "errors have CORS headers too" answers 404 not-found "$tcp/v1/nothing" "${origin[@]}"
check "exactly the origin" cors https://portal.example
check "the Unix socket keeps sites out too" answers 403 origin-not-allowed /v1/health -H 'Origin: https://evil.example'

# ---- which daemon is this ----
challenge=MDEyMzQ1Njc4OWFiY2RlZg
proven() { # LINE…: signed by the key that answered, over these very lines
    jq -r .daemon.key "$work/body" | base64 -d >"$work/self.der" &&
        jq -r .daemon.signature "$work/body" | base64 -d >"$work/self.sig" &&
        printf '%s\n' "$@" >"$work/self.txt" && python3 - "$work" <<'P'
import sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
der, sig, text = (open(sys.argv[1] + "/self." + n, "rb").read() for n in ("der", "sig", "txt"))
assert len(sig) == 64
pair = utils.encode_dss_signature(int.from_bytes(sig[:32], "big"), int.from_bytes(sig[32:], "big"))
serialization.load_der_public_key(der).verify(pair, text, ec.ECDSA(hashes.SHA256()))
P
}
fingerprint() { sha256sum "$work/self.der" | cut -c 1-64; }
check "a challenge of a page" answers 200 "" "$health?challenge=$challenge" "${origin[@]}"
check "is answered for that page and this door" proven onayd-health-1 https://portal.example "127.0.0.1:$port" "$challenge"
key=$(fingerprint)
not_proven() { ! proven "$@"; }
check "and for no other challenge" not_proven onayd-health-1 https://portal.example "127.0.0.1:$port" "${challenge}x"
check "a challenge by the Unix socket" answers 200 "" "/v1/health?challenge=$challenge"
check "is answered for that" proven onayd-health-1 local unix "$challenge"
check "by the same key" [ "$(fingerprint)" = "$key" ]
check "the key is told" answers 200 "" /v1/info
check "by its fingerprint" [ "$(jq -r .daemonKey "$work/body")" = "$key" ]
check "the file is for us alone" [ "$(stat -c %a "$XDG_STATE_HOME/onayd/daemon.key")" = 600 ]
check "a challenge that is too short" answers 422 invalid-field '/v1/health?challenge=short'
check "or not base64url" answers 422 invalid-field '/v1/health?challenge=0123456789abcdef='
check "is nothing to sniff with" answers 403 origin-not-allowed "$health?challenge=$challenge" -H 'Origin: https://evil.example'
check "without CORS headers" no_cors
stop_daemon
start_daemon "$conf"
bearer=(-H "Authorization: Bearer $token")
health=$tcp/v1/health
check "after a restart" answers 200 "" "/v1/health?challenge=$challenge"
check "it is proven again" proven onayd-health-1 local unix "$challenge"
check "by the same key" [ "$(fingerprint)" = "$key" ]
stop_daemon
chmod 644 "$XDG_STATE_HOME/onayd/daemon.key"
start_daemon "$conf"
bearer=(-H "Authorization: Bearer $token")
health=$tcp/v1/health
check "a key that others may have read is none" answers 503 store-unusable "/v1/health?challenge=$challenge"
check "which the log says" grep -q 'daemon.key: ' "$work/daemon.log"
check "health without a challenge is as ever" answers 200 "" /v1/health
chmod 600 "$XDG_STATE_HOME/onayd/daemon.key"

# ---- token ----
check "no token" answers 401 token-required "$health"
has_challenge() { [[ "$(header WWW-Authenticate)" == Bearer* ]]; }
check "names the scheme" has_challenge
check "a wrong token" answers 401 token-required "$health" -H 'Authorization: Bearer AAAA'
check "the Unix socket needs none" answers 200 "" /v1/health

# ---- preflights ----
preflight() { answers "$1" "$2" "$tcp$3" -X OPTIONS -H "Origin: $4" -H 'Access-Control-Request-Method: POST' "${@:5}"; }
check "preflight" preflight 204 "" /v1/approvals https://portal.example
allows() { [[ "$(header "$1")" == *"$2"* ]]; }
check "methods" allows Access-Control-Allow-Methods POST
for name in Content-Type Idempotency-Key Authorization Accept-Language; do
    check "header $name" allows Access-Control-Allow-Headers "$name"
done
check "for 600 seconds" allows Access-Control-Max-Age 600
no_private() { ! grep -qi '^access-control-allow-private-network' "$work/head"; }
check "private network only when asked" no_private
check "preflight for a private network" preflight 204 "" /v1/approvals https://portal.example -H 'Access-Control-Request-Private-Network: true'
check "says yes when asked" allows Access-Control-Allow-Private-Network true
check "preflight of another site" preflight 403 origin-not-allowed /v1/approvals https://evil.example
check "without CORS headers" no_cors
check "preflight for nothing" preflight 404 not-found /v1/nothing https://portal.example

# ---- routes and headers ----
check "HEAD" answers 200 "" /v1/health -I
same_length() { [ "$(header Content-Length)" -gt 10 ] && [ ! -s "$work/nobody" ]; }
check "HEAD says how long GET is" same_length
check "wrong method" answers 405 method-not-allowed /v1/approvals
check "with Allow" allows Allow POST
check "no such path" answers 404 not-found /v1/approvals/1
check "a path is not decoded" answers 404 not-found /v1/%68ealth
check "dots are not resolved" answers 404 not-found /v1/x/../health
check "unknown parameter" answers 422 invalid-field '/v1/health?x=1'
secured() {
    [ "$(header X-Content-Type-Options)" = nosniff ] && [ "$(header Cache-Control)" = no-store ] &&
        [ "$(header Cross-Origin-Resource-Policy)" = same-origin ]
}
check "security headers" secured
english() { jq -e '.title == "There is no such resource"' "$work/body" >/dev/null; }
turkish() { jq -e '.title == "Böyle bir adres yok"' "$work/body" >/dev/null; }
ask /v1/nothing -H 'Accept-Language: de, en;q=0.8, tr;q=0.7' >/dev/null
check "English when preferred" english
ask /v1/nothing -H 'Accept-Language: tr-TR, en;q=0.8' >/dev/null
check "Turkish when preferred" turkish
ask /v1/nothing >/dev/null
check "Turkish by default" turkish

# ---- bodies that are not one ----
post_json() { answers "$1" "$2" /v1/approvals "${json[@]}" --data-binary "$3"; }
check "text/plain" answers 415 media-type /v1/approvals -H 'Content-Type: text/plain' -d '{}'
check "a form" answers 415 media-type /v1/approvals -d 'a=b'
check "no type" answers 415 media-type /v1/approvals -H 'Content-Type:' -d '{}'
check "compressed" answers 415 media-type /v1/approvals "${json[@]}" -H 'Content-Encoding: gzip' -d '{}'
check "a document as text/plain" answers 415 media-type /v1/documents -H 'Content-Type: text/plain' -d 'x'
check "empty body" post_json 400 malformed-json ''
check "cut off" post_json 400 malformed-json '{"application":'
check "duplicate key" post_json 400 malformed-json '{"application":{},"application":{}}'
check "duplicate key by escape" post_json 400 malformed-json '{"application":{},"\u0061pplication":{}}'
check "NUL in a key" post_json 400 malformed-json '{"a\u0000b":1}'
check "NUL in a string" post_json 400 malformed-json '{"a":"b\u0000"}'
check "NaN" post_json 400 malformed-json '{"a":NaN}'
check "Infinity" post_json 400 malformed-json '{"a":-Infinity}'
check "raw newline" post_json 400 malformed-json $'{"a":"b\nc"}'
check "lone surrogate" post_json 400 malformed-json '{"a":"\ud800"}'
check "invalid UTF-8" post_json 400 malformed-json $'{"a":"\xc0\xaf"}'
check "byte order mark" post_json 400 malformed-json $'\xef\xbb\xbf{}'
check "text behind" post_json 400 malformed-json '{}x'
check "33 levels" post_json 400 malformed-json "$(printf '[%.0s' $(seq 33))$(printf ']%.0s' $(seq 33))"
head -c 34603008 /dev/zero | tr '\0' ' ' >"$work/33MiB"
check "33 MiB announced" answers 413 body-too-large /v1/approvals "${json[@]}" --data-binary "@$work/33MiB"
check "33 MiB without asking first" answers 413 body-too-large /v1/approvals "${json[@]}" -H 'Expect:' --data-binary "@$work/33MiB"
check "33 MiB in chunks" answers 413 body-too-large /v1/approvals "${json[@]}" -H 'Expect:' -H 'Transfer-Encoding: chunked' --data-binary "@$work/33MiB"
rm -f "$work/33MiB"

# ---- fields ----
field() { # POINTER JQ-FILTER
    jq -c "$2" "$work/good.json" >"$work/bad.json"
    answers 422 invalid-field /v1/approvals "${json[@]}" --data-binary "@$work/bad.json" &&
        jq -e --arg p "$1" '.pointer == $p' "$work/body"
}
while IFS='|' read -r pointer filter; do
    [ -n "$filter" ] && check "field '$pointer' by $filter" field "$pointer" "$filter"
done <<'ROWS'
|[.]
/new|.new = 1
/application|del(.application)
/application|.application = []
/application/orderNo|del(.application.orderNo)
/application/orderNo|.application.orderNo = ""
/application/orderNo|.application.orderNo = "SD-780\nOK"
/application/orderNo|.application.orderNo = "SD\u202e087"
/application/orderNo|.application.orderNo = ("x" * 65)
/application/orderNo|.application.orderNo = 780
/application/x|.application.x = 1
/application/applicant/identityNo|.application.applicant.identityNo = "10000000147"
/application/applicant/name|.application.applicant.name = "A\u0007"
/documents|del(.documents)
/documents|.documents = []
/documents|.documents = {}
/documents|.documents = [range(65) | {}]
/documents/1|.documents[1] = "x"
/documents/0/role|.documents[0].role = "form"
/documents/0/name|del(.documents[0].name)
/documents/0/name|.documents[0].name = "a\rb"
/documents/0/name|.documents[0].name = ("x" * 256)
/documents/0/mimeType|.documents[0].mimeType = "xml"
/documents/0/mimeType|.documents[0].mimeType = "text/plain; charset"
/documents/0/x|.documents[0].x = null
/documents/0|del(.documents[0].content)
/documents/0|.documents[0].documentId = "00000000000000000000000000000000"
/documents/0/content|.documents[0].content = "PGYvPg="
/documents/0/content|.documents[0].content = "PGYvPh=="
/documents/0/content|.documents[0].content = "PGYv Pg=="
/documents/0/content|.documents[0].content = "PGYv_g=="
/documents/0/documentId|.documents[0] |= (del(.content) | .documentId = "../../etc")
/documents/0/digest|.documents[0] |= (del(.content) | .digest = {"algorithm": "SHA-256", "value": ""})
/documents/0/digest/algorithm|.signature.packaging = "detached" | .documents[0] |= (del(.content) | .digest = {"algorithm": "MD5", "value": ""})
/documents/0/digest/value|.signature.packaging = "detached" | .documents[0] |= (del(.content) | .digest = {"algorithm": "SHA-256", "value": "AAAA"})
/documents/1/name|.signature.packaging = "detached" | .documents[1].name = "form.xml"
/signature|del(.signature)
/signature/profile|.signature.profile = "P9"
/signature/packaging|.signature.packaging = "wrapped"
/signature/commitment|.signature.commitment = ""
/signer/certificateId|.signer = {}
/signer/certificateId|.signer.certificateId = "00"
ROWS
by() { # STATUS SLUG JQ-FILTER
    jq -c "$3" "$work/good.json" >"$work/bad.json"
    answers "$1" "$2" /v1/approvals "${json[@]}" --data-binary "@$work/bad.json"
}
check "an unknown document" by 404 document-unknown '.documents[0] |= (del(.content) | .documentId = "0123456789abcdef0123456789abcdef")'

# ---- XML that attacks its reader ----
xml() { # TEXT
    printf '%s' "$1" | base64 -w 0 >"$work/xml.b64"
    jq -c --rawfile x "$work/xml.b64" '.documents[0].content = $x' "$work/good.json" >"$work/bad.json"
    answers 422 xml-rejected /v1/approvals "${json[@]}" --data-binary "@$work/bad.json"
}
check "DOCTYPE" xml '<!DOCTYPE f><f/>'
check "an external entity" xml '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><f>&x;</f>'
check "a billion laughs" xml '<!DOCTYPE f [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><f>&b;</f>'
check "10,000 levels" xml "$(printf '<a>%.0s' $(seq 10000))$(printf '</a>%.0s' $(seq 10000))"
check "not well-formed" xml '<f><g></f>'

# ---- Idempotency-Key ----
key() { answers "$1" "$2" "$tcp/v1/approvals" "${origin[@]}" "${json[@]}" --data-binary "@$work/good.json" "${@:3}"; }
check "an origin without a key" key 422 invalid-field
names_header() { jq -e '.header == "Idempotency-Key"' "$work/body"; }
check "is told which header" names_header
check "an empty key" key 422 invalid-field -H 'Idempotency-Key;'
check "a key with a space" key 422 invalid-field -H 'Idempotency-Key: a b'
check "two keys" key 422 invalid-field -H 'Idempotency-Key: a' -H 'Idempotency-Key: b'
check "a key of 256" key 422 invalid-field -H "Idempotency-Key: $(head -c 256 /dev/zero | tr '\0' k)"

# ---- all that was refused: nothing was signed ----
nothing_signed() { ! grep -q 'approval done' "$work/daemon.log"; }
check "nothing was signed by any of it" nothing_signed

# ---- and the good one passes, is idempotent, and is its owner's alone ----
check "the good one" key 202 "" -H 'Idempotency-Key: first'
approval=$(jq -r .id "$work/body")
located() { [ "$(header Location)" = "/v1/approvals/$approval" ]; }
check "has a Location" located
check "the same again" key 202 "" -H 'Idempotency-Key: first'
same_id() { [ "$(jq -r .id "$work/body")" = "$approval" ]; }
check "is the same approval" same_id
jq -S . "$work/good.json" >"$work/other.json"
again() { answers "$1" "$2" "$tcp/v1/approvals" "${origin[@]}" "${json[@]}" -H 'Idempotency-Key: first' --data-binary "@$work/other.json"; }
check "in other white space and order" again 202 ""
check "is the same approval still" same_id
jq '.application.orderNo = "SD-781"' "$work/good.json" >"$work/other.json"
check "another body under its key" again 409 idempotency-conflict
check "to the local user it does not exist" answers 404 approval-unknown "/v1/approvals/$approval"
check "not to be deleted either" answers 404 approval-unknown "/v1/approvals/$approval" -X DELETE
check "nor its signature" answers 404 approval-unknown "/v1/approvals/$approval/signature"
until_done() {
    for _ in $(seq 30); do
        ask "$tcp/v1/approvals/$approval?wait=10" "${origin[@]}" >/dev/null
        jq -e .final "$work/body" >/dev/null && break
    done
    jq -c . "$work/body"
    jq -e '.state == "done" and .signature.mediaType == "application/xml"' "$work/body"
}
check "it is done" until_done
size=$(jq -r .signature.size "$work/body")
check "its signature" answers 200 "" "$tcp/v1/approvals/$approval/signature" "${origin[@]}"
is_the_file() {
    [ "$(header Content-Type)" = application/xml ] && [ "$(wc -c <"$work/body")" = "$size" ] &&
        [ "$(header Content-Disposition)" = 'attachment; filename="SD-780.xml"' ]
}
check "is the file" is_the_file
check "wait that is too long" answers 422 invalid-field "$tcp/v1/approvals/$approval?wait=31" "${origin[@]}"
check "wait that is no number" answers 422 invalid-field "$tcp/v1/approvals/$approval?wait=-1" "${origin[@]}"
check "wait twice" answers 422 invalid-field "$tcp/v1/approvals/$approval?wait=1&wait=2" "${origin[@]}"
check "forgotten" answers 204 "" "$tcp/v1/approvals/$approval" "${origin[@]}" -X DELETE
check "is gone" answers 404 approval-unknown "$tcp/v1/approvals/$approval" "${origin[@]}"
check "its key stays used" key 404 approval-unknown -H 'Idempotency-Key: first'

# ---- documents, certificates, readers, info ----
printf 'Taahhüt' >"$work/doc"
check "a document" answers 201 "" /v1/documents -H 'Content-Type: application/octet-stream' --data-binary "@$work/doc"
document=$(jq -r .id "$work/body")
hashed() { [ "$(jq -r '.digests["SHA-256"]' "$work/body")" = "$(openssl dgst -sha256 -binary "$work/doc" | base64)" ] && jq -e '.size == 8' "$work/body"; }
check "is hashed" hashed
jq -c --arg id "$document" '.documents[1] |= (del(.content) | .documentId = $id)' "$work/good.json" >"$work/upload.json"
check "another owner's document" answers 404 document-unknown "$tcp/v1/approvals" "${origin[@]}" "${json[@]}" -H 'Idempotency-Key: d' --data-binary "@$work/upload.json"
signs() { [ "$(approve "$work/upload.json")" = "$1" ]; }
check "its owner signs it" signs done
jq -c '.signer.certificateId = ("0" * 64)' "$work/good.json" >"$work/unknown.json"
unknown_certificate() { [ "$(approve "$work/unknown.json")" = failed ] && jq -e ".problem.slug == \"no-certificate\"" "$work/body"; }
check "an unknown certificate signs nothing" unknown_certificate
check "certificates" answers 200 "" /v1/certificates
one_usable() { jq -e '.certificates | length == 1 and .[0].usable and .[0].qualified and (.[0].identityNoMasked == "100******46") and (.[0] | has("der") | not)' "$work/body"; }
check "without the identity number" one_usable
no_number() { ! grep -q 10000000146 "$work/body"; }
check "anywhere" no_number
check "with the DER" answers 200 "" '/v1/certificates?include=der'
names_itself() { [ "$(jq -r '.certificates[0].der' "$work/body" | base64 -d | openssl dgst -sha256 -r | cut -d' ' -f1)" = "$(jq -r '.certificates[0].id' "$work/body")" ]; }
check "whose SHA-256 is the id" names_itself
check "include of something else" answers 422 invalid-field '/v1/certificates?include=key'
check "readers" answers 200 "" /v1/readers
unattended() { jq -e '[.readers[] | select(.state == "card-present")] | length == 1 and .[0].unattended' "$work/body"; }
check "tell that the card signs unattended" unattended
check "info" answers 200 "" /v1/info
informs() { jq -e '.unattended and .limits.maxJsonBody == 33554432 and (.profiles | index("P1")) and .apiVersions == ["v1"]' "$work/body"; }
check "tells limits and the unattended token" informs

check "the daemon stops cleanly" stop_daemon
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
check "without a fault of memory" sound
finish
