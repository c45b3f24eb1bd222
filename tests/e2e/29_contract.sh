#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The contract: Prism stands between the client and the daemon and compares each request and each
# answer with api/openapi.json: every operation, and every status that a living daemon can be
# brought to. A contract that lies is found out.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
prism=$(cd "$O/.." && pwd)/contract/node_modules/.bin/prism # where make puts it
document=api/openapi.json
portal=https://portal.example

# ---- a card, a daemon whose limits are near, and Prism ----
card_for --attended rsa
openssl genpkey -algorithm ed25519 -out "$work/order.key" 2>/dev/null
openssl pkey -in "$work/order.key" -pubout -out "$work/order.pub"
cat >>"$conf" <<C
origin = $portal
origin = https://signed.example
origin_key = https://signed.example $work/order.pub
max_approvals = 1
max_json_body = 65536
max_document = 4096
max_verification = 16384
max_upload_total = 2048
max_owner_streams = 1
document_keep_seconds = 1
C
mkdir -p -m 700 "$XDG_STATE_HOME/onayd"
head -c 40000 /dev/urandom >"$XDG_STATE_HOME/onayd/approvals.db" # not a store, to begin with
start_daemon "$conf"

proxies=()
cleanup() {
    kill "${proxies[@]}" 2>/dev/null
    stop_daemon
}
start_proxy() { # NAME DOCUMENT UPSTREAM
    NODE_OPTIONS=--max-http-header-size=65536 node "$prism" proxy --host 127.0.0.1 --port 0 --cors false "$2" "$3" >"$work/$1.log" 2>&1 &
    proxies+=($!)
}
proxy_of() { # NAME: its address, when it listens
    poll grep -q 'is listening on' "$work/$1.log" || { cat "$work/$1.log" >&2; exit 1; }
    sed -n 's/.*is listening on \(http:[^ ]*\).*/\1/p' "$work/$1.log"
}
# One lie an operation, so that none hides behind another.
jq '.components.schemas.Health.required += ["uptime"] |
    .components.schemas.Readers.properties.cardService.enum = ["asleep"] |
    .components.schemas.Certificates.properties.certificates.type = "object" |
    .components.responses.NotFound.content["application/problem+json"].schema.allOf[1].properties.slug.enum = ["no-card"] |
    .paths["/v1/info"].get.responses["200"].headers["X-Cost"] = {required: true, schema: {type: "string"}} |
    .paths["/v1/openapi.json"].get.responses["200"].content |= {"application/yaml": .["application/json"]} |
    .paths["/v1/certificates"].get.parameters[0].schema = {const: "pem"} |
    del(.paths["/v1/approvals/{id}"].get.responses["404"])' "$document" >"$work/lies.json"
start_proxy honest "$document" "$tcp"
start_proxy stranger "$document" "http://0.0.0.0:$port" # says a Host that is not ours
start_proxy lying "$work/lies.json" "$tcp"
honest=$(proxy_of honest) stranger=$(proxy_of stranger)

# ---- what Prism says ----
# hear sets complaints to Prism's, of the last request and its answer, as JSON; "": it has none.
hear() {
    local line
    complaints=
    while IFS= read -r line; do
        case $line in sl-violations:*) complaints=${line#*: } ;; esac
    done <"$work/head"
}
# agreed STATUS SLUG PATH [CURL-OPTION…]: asked through Prism, this is answered, as the contract says.
# Of the request it may complain.
agreed() {
    local got answer=
    ask "$honest$3" "${@:4}" >/dev/null
    hear
    read -r got <"$work/status"
    [ ! -s "$work/body" ] || answer=$(<"$work/body")
    printf '%s\n' "status $got, wanted $1; $complaints" "${answer:0:600}"
    [ "$got" = "$1" ] && [[ -z $2 || $answer == *"\"slug\":\"$2\""* ]] && [[ $complaints != *'"response"'* ]]
}
# kept: the request too is what the contract says; broken: it is not.
kept() { agreed "$@" && [ -z "$complaints" ]; }
broken() { agreed "$@" && [[ $complaints == *'"request"'* ]]; }

bearer=(-H "Authorization: Bearer $token")
page=(-H "Origin: $portal")
json=(-H 'Content-Type: application/json')
octets=(-H 'Content-Type: application/octet-stream')
deep=$(printf '[%.0s' $(seq 33))$(printf ']%.0s' $(seq 33))
nowhere=00000000000000000000000000000000

# ---- who is let in, to each operation ----
long=$(head -c 17000 /dev/zero | tr '\0' x)
doors() { # METHOD PATH [CONTENT-TYPE]
    local path=${2/\{id\}/$nowhere} to=(-X "$1")
    [ $# -eq 2 ] || to+=(-H "Content-Type: $3" -d '{}')
    broken 401 token-required "$path" "${to[@]}" &&
        agreed 403 origin-not-allowed "$path" "${to[@]}" -H 'Origin: null' &&
        agreed 400 malformed-request "$path" "${to[@]}" "${bearer[@]}" -H "X-Long: $long" &&
        agreed 422 invalid-field "$path?x=1" "${to[@]}" "${bearer[@]}" &&
        honest=$stranger agreed 421 host-not-allowed "$path" "${to[@]}" "${bearer[@]}"
}
while read -r method path type; do
    # shellcheck disable=SC2086 # no word when there is no type
    check "$method $path: 401, 403, 400, 422, 421" doors "$method" "$path" $type
done < <(jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[] |
    "\(.key | ascii_upcase) \($path) \(.value.requestBody.content // {} | keys | join(" "))"' "$document")
# Of what is not in the contract Prism cannot judge; the shape is judged by answers.
check "405 method-not-allowed" answers 405 method-not-allowed "$honest/v1/health" -X PUT -H 'Content-Length: 0' "${bearer[@]}"
check "404 not-found" answers 404 not-found "$honest/v1/nothing" "${bearer[@]}"

# ---- the daemon and the card ----
check "GET /v1/health: 200" kept 200 "" /v1/health "${bearer[@]}"
check "GET /v1/health of a page: 200" kept 200 "" /v1/health "${page[@]}"
proves() { kept 200 "" "/v1/health?challenge=$1" "${bearer[@]}" && jq -e .daemon "$work/body"; }
check "GET /v1/health, a challenge: 200" proves 0123456789-_abcdef
check "GET /v1/health, a short challenge: 422" broken 422 invalid-field '/v1/health?challenge=0' "${bearer[@]}"
check "GET /v1/openapi.json: 200" kept 200 "" /v1/openapi.json "${bearer[@]}"
the_file() { ask /v1/openapi.json >/dev/null && cmp "$work/body" "$document"; }
check "is api/openapi.json, octet by octet" the_file
check "GET /v1/info: 200" kept 200 "" /v1/info "${bearer[@]}"
versions() { jq -e --arg version "$(jq -r .info.version "$document")" '.apiVersions == [$version]' "$work/body"; }
check "is of the document's version" versions
check "GET /v1/readers: 200" kept 200 "" /v1/readers "${bearer[@]}"
check "GET /v1/certificates: 200" kept 200 "" /v1/certificates "${bearer[@]}"
check "GET /v1/certificates with DER: 200" kept 200 "" '/v1/certificates?include=der' "${page[@]}"
check "GET /v1/certificates with something else: 422" broken 422 invalid-field '/v1/certificates?include=pem' "${page[@]}"

# ---- which sites are let in ----
pair() { # KEPT|BROKEN STATUS SLUG ORIGIN [CURL-OPTION…]
    "$1" "$2" "$3" /v1/pairings "${json[@]}" -d "${5-{\}}" -H "Origin: $4"
}
site=https://site.example
granted() { pair kept 200 "" "$1" && jq -e --arg granted "$2" '.granted == $granted' "$work/body"; }
script ok no ok cancel # once; always; no
check "POST /v1/pairings, a known one: 200" granted "$portal" configured
check "POST /v1/pairings, once: 200" granted "$site" once
check "POST /v1/pairings, always: 200" granted https://another.example always
check "POST /v1/pairings, no: 403" pair kept 403 pairing-declined https://third.example
check "POST /v1/pairings, in the pause: 429" pair kept 429 too-many-requests https://third.example
check "POST /v1/pairings, 33 levels: 400" pair broken 400 malformed-json "$portal" "$deep"
check "POST /v1/pairings, a member: 422" pair broken 422 invalid-field "$portal" '{"name":"x"}'
check "POST /v1/pairings, a large one: 413" pair broken 413 body-too-large "$portal" "{\"name\":\"$(head -c 65536 /dev/zero | tr '\0' x)\"}"
check "POST /v1/pairings, a form: 415" broken 415 media-type /v1/pairings -d 'a=b' "${page[@]}"
of() { jq -r --arg origin "$1" '.origins[] | select(.origin == $origin) | .id' "$work/origins"; }
check "GET /v1/origins: 200" kept 200 "" /v1/origins "${bearer[@]}"
cp "$work/body" "$work/origins"
check "GET /v1/origins of a page: 404" kept 404 not-found /v1/origins "${page[@]}"
check "DELETE /v1/origins/{id}: 204" kept 204 "" "/v1/origins/$(of https://another.example)" "${bearer[@]}" -X DELETE
check "DELETE /v1/origins/{id}, a configured one: 409" kept 409 origin-configured "/v1/origins/$(of "$portal")" "${bearer[@]}" -X DELETE
check "DELETE /v1/origins/{id}, nothing: 404" kept 404 not-found "/v1/origins/$nowhere" "${bearer[@]}" -X DELETE

# ---- documents ----
upload() { # KEPT|BROKEN STATUS SLUG OCTETS [CURL-OPTION…]
    head -c "$4" /dev/zero >"$work/upload"
    "$1" "$2" "$3" /v1/documents --data-binary "@$work/upload" "${bearer[@]}" "${@:5}"
}
check "POST /v1/documents, none: 201" upload kept 201 "" 0 "${octets[@]}"
check "POST /v1/documents: 201" upload kept 201 "" 1 "${octets[@]}"
uploaded=$(jq -r .id "$work/body")
check "POST /v1/documents, too many octets together: 429" upload kept 429 too-many-requests 4096 "${octets[@]}"
check "POST /v1/documents, a large one: 413" upload kept 413 body-too-large 4097 "${octets[@]}"
check "POST /v1/documents, text: 415" upload broken 415 media-type 1 -H 'Content-Type: text/plain'

# ---- the store ----
post() { # KEPT|BROKEN STATUS SLUG JQ-FILTER [CURL-OPTION…]: the good request, changed
    jq -c "$4" "$work/good.json" >"$work/request.json"
    "$1" "$2" "$3" /v1/approvals "${json[@]}" --data-binary "@$work/request.json" "${@:5}"
}
local_post() { post "$@" "${bearer[@]}"; }
check "POST /v1/approvals, no store: 503" local_post kept 503 store-unusable .
check "GET /v1/history, no store: 503" kept 503 store-unusable /v1/history "${bearer[@]}"
check "DELETE /v1/history, no store: 503" kept 503 store-unusable /v1/history "${bearer[@]}" -X DELETE
check "DELETE /v1/history/{id}, no store: 503" kept 503 store-unusable "/v1/history/$nowhere" "${bearer[@]}" -X DELETE
check "GET /v1/health tells: 200" kept 200 "" /v1/health "${bearer[@]}"
rm -f "$XDG_STATE_HOME/onayd/approvals.db"*
sleep 2 # the store is tried anew after one, the document is forgotten after one

# ---- requests that are refused ----
check "POST /v1/approvals, 33 levels: 400" broken 400 malformed-json /v1/approvals "${json[@]}" "${bearer[@]}" -d "$deep"
check "POST /v1/approvals, a large one: 413" local_post broken 413 body-too-large '.application.orderNo = ("x" * 65536)'
check "POST /v1/approvals, a form: 415" broken 415 media-type /v1/approvals -d 'a=b' "${bearer[@]}"
while read -r filter; do
    check "POST /v1/approvals by $filter: 422" local_post broken 422 invalid-field "$filter"
done <<'ROWS'
.new = 1
.application.new = 1
.application.applicant.new = 1
.documents[0].new = 1
.signature.new = 1
.signer.new = 1
del(.application)
del(.application.orderNo)
.application.orderNo = ""
.application.orderNo = ("x" * 65)
.application.applicant.identityNo = "1"
del(.documents)
.documents = []
.documents[0].role = "form"
del(.documents[0].name)
.documents[0].mimeType = "xml"
del(.documents[0].content)
.documents[0].documentId = "00000000000000000000000000000000"
.documents[0].content = "PGYv_g=="
.documents[0] |= (del(.content) | .digest = {algorithm: "MD5", value: ""})
del(.signature)
.signature.profile = "P9"
.signature.packaging = "wrapped"
.signature.commitment = ""
.signer = {}
.order = ""
ROWS
check "POST /v1/approvals, wrong check digits: 422" local_post kept 422 invalid-field '.application.applicant.identityNo = "10000000147"'
check "POST /v1/approvals, hostile XML: 422" local_post kept 422 xml-rejected ".documents[0].content = \"$(printf '<!DOCTYPE f><f/>' | base64)\""
check "POST /v1/approvals, a page without a key: 422" post kept 422 invalid-field . "${page[@]}"
check "POST /v1/approvals, a wrong key: 422" post broken 422 invalid-field . "${page[@]}" -H 'Idempotency-Key: a b'
check "POST /v1/approvals, no such document: 404" local_post kept 404 document-unknown '.documents[0] |= (del(.content) | .documentId = ("0" * 32))'
check "POST /v1/approvals, a document that was not used: 410" local_post kept 410 document-expired ".documents[0] |= (del(.content) | .documentId = \"$uploaded\")"
by_order() { post "$@" -H 'Origin: https://signed.example' -H "Idempotency-Key: $(openssl rand -hex 8)"; }
check "POST /v1/approvals without an order: 403" by_order kept 403 order-required .
check "POST /v1/approvals with a wrong order: 403" by_order kept 403 order-invalid '.order = "x"'

# ---- one that waits for the person ----
script late no
check "POST /v1/approvals: 202" post kept 202 "" . "${page[@]}" -H 'Idempotency-Key: first'
approval=$(jq -r .id "$work/body")
at=/v1/approvals/$approval
check "POST /v1/approvals, the same again: 202" post kept 202 "" . "${page[@]}" -H 'Idempotency-Key: first'
check "POST /v1/approvals, another under its key: 409" post kept 409 idempotency-conflict '.application.orderNo = "SD-781"' "${page[@]}" -H 'Idempotency-Key: first'
check "POST /v1/approvals, too many: 429" local_post kept 429 too-many-requests .
consent() { waiting && kept 200 "" "$at?wait=1&after=0" "${page[@]}" && jq -e '.state == "waiting-consent" and .signer' "$work/body"; }
check "GET /v1/approvals/{id}, waiting: 200" consent
check "GET /v1/approvals/{id}, 31 seconds: 422" broken 422 invalid-field "$at?wait=31" "${page[@]}"
check "GET /v1/approvals/{id} of another: 404" kept 404 approval-unknown "$at" "${bearer[@]}"
check "GET /v1/approvals/{id}/events of another: 404" kept 404 approval-unknown "$at/events" "${bearer[@]}"
check "GET /v1/approvals/{id}/signature, not yet: 409" kept 409 approval-not-done "$at/signature" "${page[@]}"
check "GET /v1/approvals/{id}/signature of another: 404" kept 404 approval-unknown "$at/signature" "${bearer[@]}"
check "DELETE /v1/approvals/{id} of another: 404" kept 404 approval-unknown "$at" "${bearer[@]}" -X DELETE
: >"$PINENTRY_USER_DATA/go"
declined() { kept 200 "" "$at/events" "${page[@]}" && grep -q '"slug":"consent-declined"' "$work/body"; }
check "GET /v1/approvals/{id}/events, to a no: 200" declined
failed() { kept 200 "" "$at" "${page[@]}" && jq -e '.state == "failed" and .problem.slug == "consent-declined"' "$work/body"; }
check "GET /v1/approvals/{id}, failed: 200" failed
check "DELETE /v1/approvals/{id}: 204" kept 204 "" "$at" "${page[@]}" -X DELETE
check "POST /v1/approvals under its key: 404" post kept 404 approval-unknown . "${page[@]}" -H 'Idempotency-Key: first'

# ---- those that sign ----
script yes 'pin 123456' yes 'pin 123456'
signs_to_the_end() { # CURL-OPTION…: $approval
    at=/v1/approvals/$approval
    kept 200 "" "$at/events" "$@" && kept 200 "" "$at?wait=30" "$@" && jq -e '.state == "done"' "$work/body"
}
check "POST /v1/approvals: 202" local_post kept 202 "" .
approval=$(jq -r .id "$work/body")
check "GET /v1/approvals/{id} and its events, done: 200" signs_to_the_end "${bearer[@]}"
last=$(jq -r .version "$work/body")
check "GET /v1/approvals/{id}/events, heard: 204" kept 204 "" "$at/events" "${bearer[@]}" -H "Last-Event-ID: $last"
check "GET /v1/approvals/{id}/signature: 200" kept 200 "" "$at/signature" "${bearer[@]}"
base64 -w 0 "$work/body" >"$work/signature.b64"
verify() { # KEPT|BROKEN STATUS SLUG JQ-FILTER
    jq -nc --rawfile octets "$work/signature.b64" "{signature: {content: \$octets}} | $4" >"$work/request.json"
    "$1" "$2" "$3" /v1/verifications "${json[@]}" --data-binary "@$work/request.json" "${bearer[@]}"
}
passed() { verify kept 200 "" .qualified=true && jq -e '.indication == "TOTAL-PASSED" and .signatures[0].signer' "$work/body"; }
check "POST /v1/verifications: 200" passed
check "POST /v1/verifications, no XML: 422" verify kept 422 xml-rejected '.signature.content = "PGY+"'
check "POST /v1/verifications, no signature: 422" verify kept 422 signature-malformed '.signature.content = "PGYvPg=="'
check "POST /v1/verifications, a document without a name: 422" verify broken 422 invalid-field '.documents = [{content: ""}]'
check "POST /v1/verifications, a member: 422" verify broken 422 invalid-field '.at = "now"'
check "POST /v1/verifications, no such document: 404" verify kept 404 document-unknown '.signature = {documentId: ("0" * 32)}'
check "POST /v1/verifications, a document that was not used: 410" verify kept 410 document-expired ".signature = {documentId: \"$uploaded\"}"
check "POST /v1/verifications, a large one: 413" verify kept 413 body-too-large '.documents = [{name: "a", content: ("AAAA" * 5000)}]'
check "POST /v1/verifications, a form: 415" broken 415 media-type /v1/verifications -d 'a=b' "${page[@]}"
check "POST /v1/verifications, 33 levels: 400" broken 400 malformed-json /v1/verifications "${json[@]}" "${page[@]}" -d "$deep"
"$O/onay" order sign --key "$work/order.key" --origin https://signed.example "$work/good.json" >"$work/signed.json"
order=$(jq .order "$work/signed.json")
check "POST /v1/approvals with an order: 202" by_order kept 202 "" ".order = $order"
approval=$(jq -r .id "$work/body")
check "its events: 200" signs_to_the_end -H 'Origin: https://signed.example'
check "POST /v1/approvals with an order of before: 409" by_order kept 409 order-replayed ".order = $order"

# ---- the person's record ----
two() { kept 200 "" /v1/history "${bearer[@]}" && jq -e '.history | length == 2 and all(.[]; .kept and .signer)' "$work/body"; }
check "GET /v1/history: 200" two
check "GET /v1/history, before the first: 200" kept 200 "" '/v1/history?before=1' "${bearer[@]}"
check "GET /v1/history, before something else: 422" broken 422 invalid-field '/v1/history?before=x' "${bearer[@]}"
check "GET /v1/history of a page: 404" kept 404 not-found /v1/history "${page[@]}"
check "DELETE /v1/history of a page: 404" kept 404 not-found /v1/history "${page[@]}" -X DELETE
check "DELETE /v1/history/{id}: 204" kept 204 "" "/v1/history/$approval" "${bearer[@]}" -X DELETE
check "DELETE /v1/history/{id} again: 404" kept 404 approval-unknown "/v1/history/$approval" "${bearer[@]}" -X DELETE
check "DELETE /v1/history/{id} of a page: 404" kept 404 not-found "/v1/history/$nowhere" "${page[@]}" -X DELETE
check "DELETE /v1/history: 204" kept 204 "" /v1/history "${bearer[@]}" -X DELETE

# ---- the status page ----
own=(-H "Origin: $tcp") # Prism leaves it as it is
check "POST /v1/tickets: 201" kept 201 "" /v1/tickets "${json[@]}" -d '{}' "${bearer[@]}"
ticket=$(jq -c '{ticket}' "$work/body")
check "POST /v1/tickets of a page: 404" kept 404 not-found /v1/tickets "${json[@]}" -d '{}' "${page[@]}"
check "POST /v1/passes of another page: 404" kept 404 not-found /v1/passes "${json[@]}" -d "$ticket" "${page[@]}"
check "POST /v1/passes: 201" kept 201 "" /v1/passes "${json[@]}" -d "$ticket" "${own[@]}"
pass=$(jq -r .pass "$work/body")
check "POST /v1/passes again: 401" kept 401 token-required /v1/passes "${json[@]}" -d "$ticket" "${own[@]}"
check "GET /v1/history by a pass: 200" kept 200 "" /v1/history -H "Authorization: Bearer $pass"
check "GET /v1/openapi.json by a pass: 401" kept 401 token-required /v1/openapi.json -H "Authorization: Bearer $pass"
bodies() { # PATH [CURL-OPTION…]: that are none
    broken 415 media-type "$1" -d 'a=b' "${@:2}" && broken 400 malformed-json "$1" "${json[@]}" -d "$deep" "${@:2}" &&
        broken 422 invalid-field "$1" "${json[@]}" -d '{"for": 1}' "${@:2}" &&
        agreed 413 body-too-large "$1" "${json[@]}" --data-binary "@$work/long.json" "${@:2}"
}
printf '{"for": "%70000s"}' '' >"$work/long.json"
check "POST /v1/tickets: 415, 400, 422, 413" bodies /v1/tickets "${bearer[@]}"
check "POST /v1/passes: 415, 400, 422, 413" bodies /v1/passes "${own[@]}"

# ---- what a contract that lies is told ----
lying=$(proxy_of lying)
caught() { # LOCATION WORDS PATH [CURL-OPTION…]
    ask "$lying$3" "${@:4}" >/dev/null
    hear
    echo "$complaints"
    jq -e --arg at "$1" --arg words "$2" 'any(.[]; .location[0] == $at and (.message | contains($words)))' <<<"$complaints"
}
check "a member that is not there is missed" caught response "required property 'uptime'" /v1/health "${bearer[@]}"
check "a word that is not in the list is seen" caught response 'must be equal to one of the allowed values: asleep' /v1/readers "${bearer[@]}"
check "another type is seen" caught response 'certificates must be object' /v1/certificates "${bearer[@]}"
check "another slug is seen" caught response 'must be equal to one of the allowed values: no-card' /v1/history "${page[@]}"
check "a header that is not there is missed" caught response 'x-cost' /v1/info "${bearer[@]}"
check "another media type is seen" caught response 'media type "application/json" does not match' /v1/openapi.json "${bearer[@]}"
check "a status that is not foreseen is seen" caught response 'Unable to match the returned status code' "/v1/approvals/$nowhere" "${bearer[@]}"
check "a parameter that is not foreseen is seen" caught request 'include' '/v1/certificates?include=der' "${bearer[@]}"

# ---- events, until the daemon ends ----
curl -qsS -D "$work/stream.head" -o "$work/stream" "$honest/v1/events" "${page[@]}" &
stream=$!
poll grep -q 'call to /v1/events has returned 200' "$work/honest.log" # Prism passes it on at its end
check "GET /v1/events, too many: 429" kept 429 too-many-requests /v1/events "${page[@]}"
stop_daemon
streamed() {
    wait "$stream"
    cat "$work/stream.head" "$work/stream"
    grep -q '^HTTP/1.1 200 ' "$work/stream.head" && ! grep -qi '^sl-violations' "$work/stream.head" &&
        grep -q 'event: readers' "$work/stream" && grep -q '"state":"shutting-down"' "$work/stream"
}
check "GET /v1/events, to the end: 200" streamed

# ---- without a driver, with files that cannot be believed ----
: >"$XDG_STATE_HOME/onayd/daemon.key"
echo '?' >"$XDG_STATE_HOME/onayd/origins"
start_daemon "$conf" --port "$port" --set module=/nowhere.so
bearer=(-H "Authorization: Bearer $token")
script no ok timeout
check "POST /v1/pairings, always, in vain: 503" pair kept 503 store-unusable "$site"
check "POST /v1/pairings, nobody answers: 409" pair kept 409 consent-timeout "$site"
check "GET /v1/health, a challenge and no key: 503" kept 503 store-unusable '/v1/health?challenge=0123456789-_abcdef' "${bearer[@]}"
check "GET /v1/info without a key: 200" kept 200 "" /v1/info "${bearer[@]}"
check "GET /v1/certificates without a driver: 409" kept 409 module-not-found /v1/certificates "${bearer[@]}"
troubled() { kept 200 "" /v1/readers "${bearer[@]}" && jq -e .problem "$work/body"; }
check "GET /v1/readers without a driver: 200" troubled
stop_daemon

# ---- what was asked, as Prism's logs tell: every status of every operation but these ----
cat >"$work/not.here" <<'ROWS'
DELETE /v1/approvals/{id} 409
DELETE /v1/approvals/{id} 503
GET /v1/approvals/{id}/events 429
DELETE /v1/origins/{id} 503
GET /v1/approvals/{id}/signature 503
POST /v1/documents 503
POST /v1/verifications 429
POST /v1/passes 429
POST /v1/tickets 429
ROWS
jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[] | (.key | ascii_upcase) as $method |
    .value.responses | keys[] | select(. != "500" and . != "507") | "\($method) \($path) \(.)"' "$document" | sort >"$work/foreseen"
cat "$work/honest.log" "$work/stranger.log" | sed -nE -e 's/.*HTTP SERVER\] ([a-z]+) ([^ ]+) .*/\U\1\E \2/p' \
    -e 's/.*upstream call to ([^ ]+) has returned ([0-9]+).*/answer \1 \2/p' | sed -E 's,/[0-9a-f]{32},/{id},' |
    awk '$1 == "answer" { print asked[$2], $2, $3; next } { asked[$2] = $1 }' | sort -u >"$work/seen"
everything() { diff <(sort "$work/not.here") <(comm -23 "$work/foreseen" "$work/seen"); }
check "every status of every operation, but 500, 507 and nine more" everything
finish
