#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# POST /v1/verifications: what the command says of a signed file, the daemon says too; and it keeps,
# fetches and touches nothing for that.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/ends.sh
export LC_ALL=C.UTF-8
make_card rsa
printf '%s\n' 'origin = https://portal.example' 'max_verification = 200000' >>"$conf"
start_daemon "$conf"
onay=$PWD/$O/onay
case $O in /*) onay=$O/onay ;; esac
origin=(-H 'Origin: https://portal.example')
json=(-H 'Content-Type: application/json')
form=fixtures/sample/basvuru-formu.xml undertaking=fixtures/sample/taahhutname.txt

sign() { "$onay" sign --config "$conf" --identity 10000000146 --output "$work/$1" "${@:2}"; }
check "a signature, enveloping" ends 0 sign p1.xsig --profile P1 --role application-form $form --role undertaking $undertaking
check "another, detached" ends 0 sign detached.xsig --profile B-B --packaging detached $form $undertaking

# ---- bodies ----
content() { jq -n --rawfile octets <(base64 -w0 "$1") '{content: $octets}'; }
body() { # FILE [DOCUMENT…]
    { content "$1"; for d in "${@:2}"; do content "$d" | jq --arg name "$(basename "$d")" '. + {name: $name}'; done; } |
        jq -s '{signature: .[0]} + if length > 1 then {documents: .[1:]} else {} end'
}
posts() { answers "$1" "$2" /v1/verifications "${json[@]}" --data-binary "@$work/$3" "${@:4}"; } # STATUS SLUG BODY
says() { jq -c '{indication, signatures: [.signatures[]? | {indication, subIndication, reasons: [.reasons[].slug]}]}' "$work/body"; jq -e "$1" "$work/body"; }

# ---- what the command says ----
body "$work/p1.xsig" >"$work/p1.json"
check "an enveloping signature" posts 200 "" p1.json
check "TOTAL-PASSED" says '.indication == "TOTAL-PASSED" and .signatures[0].profile == "P1" and (.signatures[0].documents | length == 2 and all(.intact))'
check "the identity is masked" says '.signatures[0].signer.identityNoMasked == "100******46"'
same() { # the command's very object
    "$onay" verify --config "$conf" --json "$1" "${@:2}" >"$work/said" 2>/dev/null
    diff <(jq -S . "$work/said") <(jq -S . "$work/body")
}
check "as the command has it" same "$work/p1.xsig"
check "for a page too" posts 200 "" p1.json "${origin[@]}"
check "the same" says '.indication == "TOTAL-PASSED"'
body "$work/detached.xsig" $form $undertaking >"$work/detached.json"
check "a detached one with its documents" posts 200 "" detached.json
check "TOTAL-PASSED" says '.indication == "TOTAL-PASSED" and (.signatures[0].documents | all(.intact))'
check "as the command has it" same "$work/detached.xsig" --detached $form $undertaking
body "$work/detached.xsig" $form >"$work/half.json"
check "with one of them" posts 200 "" half.json
check "INDETERMINATE" says '.indication == "INDETERMINATE" and any(.signatures[0].reasons[]; .slug == "signed-data-not-found")'
jq '.qualified = true' "$work/p1.json" >"$work/qualified.json"
check "demanding a qualified certificate" posts 200 "" qualified.json
check "TOTAL-PASSED" says '.indication == "TOTAL-PASSED"'

# ---- uploaded ones ----
upload() { answers 201 "" /v1/documents -H 'Content-Type: application/octet-stream' --data-binary "@$1" "${@:2}" && jq -r .id "$work/body" >"$work/id"; }
check "the signed file is uploaded" upload "$work/p1.xsig"
jq -n --arg id "$(cat "$work/id")" '{signature: {documentId: $id}}' >"$work/uploaded.json"
check "and judged by its id" posts 200 "" uploaded.json
check "TOTAL-PASSED" says '.indication == "TOTAL-PASSED"'
check "again: it is kept as long as any" posts 200 "" uploaded.json
check "to another it does not exist" posts 404 document-unknown uploaded.json "${origin[@]}"
check "a document is uploaded" upload $undertaking
jq --arg id "$(cat "$work/id")" '.documents[1] |= (del(.content) | .documentId = $id)' "$work/detached.json" >"$work/mixed.json"
check "one document in the body, one by its id" posts 200 "" mixed.json
check "TOTAL-PASSED" says '.indication == "TOTAL-PASSED"'

# ---- broken signatures are answers ----
breaks() { # SED-EXPRESSION REASON
    sed -E "$1" "$work/p1.xsig" >"$work/changed.xsig"
    ! cmp -s "$work/p1.xsig" "$work/changed.xsig" || return 1
    body "$work/changed.xsig" >"$work/changed.json"
    posts 200 "" changed.json && says '.indication == "TOTAL-FAILED" and any(.signatures[0].reasons[]; .slug == "'"$2"'")'
}
check "another signing time" breaks 's/(<xades:SigningTime>)20/\121/' reference-digest
check "another signature value" breaks 's/(<ds:SignatureValue[^>]*>)(.)/\1\2/; s/(<ds:SignatureValue[^>]*>[A-Za-z0-9+/]{20})A/\1B/; s/(<ds:SignatureValue[^>]*>[A-Za-z0-9+/]{20})[^B]/\1B/' signature-value

# ---- what is no signed file, and no request ----
printf '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>' >"$work/xxe"
body "$work/xxe" >"$work/xxe.json"
check "entities" posts 422 xml-rejected xxe.json
printf '<x/>' >"$work/plain"
body "$work/plain" >"$work/plain.json"
check "XML without a signature" posts 422 signature-malformed plain.json
printf 'no XML' >"$work/words"
body "$work/words" >"$work/words.json"
check "no XML" posts 422 xml-rejected words.json
head -c 150000 /dev/zero >"$work/large"
body "$work/p1.xsig" "$work/large" $form >"$work/large.json"
check "within the limit" posts 200 "" large.json
head -c 200000 /dev/zero >"$work/large"
body "$work/p1.xsig" "$work/large" >"$work/large.json"
check "too many octets" posts 413 body-too-large large.json
check "text/plain" answers 415 media-type /v1/verifications -H 'Content-Type: text/plain' --data-binary "@$work/p1.json"
check "another site" answers 403 origin-not-allowed "$tcp/v1/verifications" -H 'Origin: https://evil.example' "${json[@]}" --data-binary "@$work/p1.json"
n=0
while read -r pointer filter; do
    n=$((n + 1))
    jq "$filter" "$work/detached.json" >"$work/bad.json"
    bad() { posts 422 invalid-field bad.json && jq -e --arg pointer "$pointer" '.pointer == $pointer' "$work/body"; }
    check "$filter: $pointer" bad
done <<'ROWS'
/signature del(.signature)
/signature .signature = "x"
/signature .signature = {}
/signature .signature.documentId = ("0" * 32)
/signature/content .signature.content = "?"
/signature/documentId .signature = {documentId: "x"}
/signature/name .signature.name = "x"
/documents .documents = {}
/documents .documents = [range(65) | {name: tostring, content: ""}]
/documents/0 .documents[0] = 1
/documents/0 del(.documents[0].content)
/documents/0/name del(.documents[0].name)
/documents/0/name .documents[0].name = ""
/documents/0/name .documents[0].name = "a\nb"
/documents/1/name .documents[1].name = .documents[0].name
/documents/0/role .documents[0].role = "other"
/qualified .qualified = 1
/trust .trust = "all"
ROWS
check "all rows" [ "$n" = 18 ]
check "an id that is not there" answers 404 document-unknown /v1/verifications "${json[@]}" -d '{"signature": {"documentId": "00000000000000000000000000000000"}}'
check "nothing was made of it" answers 200 "" /v1/history
check "no record" says '.history == []'
finish
