#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# api/openapi.json is OpenAPI 3.1, and says of routes, parameters, errors, limits and words what the
# code says. That the daemon answers so: tests/e2e/29_contract.sh.
set -u
. "$(dirname "$0")/../tap.sh"
document=api/openapi.json
modules=$(cd "$O/.." && pwd)/contract/node_modules # where make puts them

same() { # NAME: what the code has in $work/code, and the document in $work/document
    [ -s "$work/code" ] && diff <(sort "$work/code") <(sort "$work/document")
}
document() { jq -r "$@" "$document" >"$work/document"; }

# ---- the document itself ----
# The schema of OpenAPI leaves schemas alone: they are judged by that of JSON Schema 2020-12.
valid() {
    node "$modules/.bin/validate-api" "$1" && NODE_PATH=$modules node -e '
        const Ajv = require("ajv/dist/2020"), document = JSON.parse(require("fs").readFileSync(process.argv[1]))
        const schemas = Object.values(document.components.schemas)
        JSON.stringify(document, (key, value) => { if (key === "schema") schemas.push(value); return value })
        for (const one of schemas) if (!new Ajv().validateSchema(one)) throw new Error(JSON.stringify(one))' "$1"
}
check "it is OpenAPI 3.1" valid "$document"
wrong() { jq "$1" "$document" >"$work/wrong.json" && ! valid "$work/wrong.json"; }
check "an answer without a description is none" wrong 'del(.paths["/v1/health"].get.responses["200"].description)'
check "a parameter without a place is none" wrong 'del(.components.parameters.Id.in)'
check "a type that is not there is none" wrong '.components.schemas.Id.type = "text"'
leads() { # every $ref does, and every component is used
    jq -r '. as $all | [.. | objects | .["$ref"] // empty] | unique[] | . as $ref |
        ltrimstr("#/") / "/" | . as $path | select($all | getpath($path) == null) | $ref' "$document"
    diff <(jq -r '.components | del(.securitySchemes) | to_entries[] | .key as $kind | .value | keys[] | "#/components/\($kind)/\(.)"' "$document" | sort) \
        <(jq -r '[.. | objects | .["$ref"] // empty] | unique[]' "$document" | sort)
}
no_loose_end() { leads >"$work/loose"; cat "$work/loose"; [ ! -s "$work/loose" ]; }
check "every \$ref leads somewhere, every component is used" no_loose_end
named_once() { jq -e '[.paths[][] | .operationId] | length == (unique | length) and all(.[]; . != null)' "$document"; }
check "every operation has a name of its own" named_once
all_closed() { # a member of a request that the daemon does not know is refused
    jq -e '[.paths[][] | .requestBody.content["application/json"].schema["$ref"] // empty | ltrimstr("#/components/schemas/")] as $roots |
        .components.schemas as $s | def refs: [.. | objects | .["$ref"] // empty | ltrimstr("#/components/schemas/")];
        def reach: . as $now | ($now + [$now[] as $n | $s[$n] | refs[]] | unique) | if . == ($now | unique) then . else reach end;
        [$roots | reach[] as $n | $s[$n] | .. | objects | select(.type == "object") | .additionalProperties] | length > 0 and all(. == false)' "$document"
}
check "request bodies are closed" all_closed

# ---- routes, their parameters and headers ----
# The status page's files are for browsers, and in no version of the API.
sed -nE 's/^ *\{"([A-Z]+)", "(\/v[0-9]+\/[^"]+)", BODY_([A-Z]+), (true|false), ([a-z_]+), OPEN_TO_[A-Z]+\},/\1 \2 \3 \4 \5/p' api/route.c >"$work/routes"
operations='.paths | to_entries[] | .key as $path | .value | to_entries[] | "\(.key | ascii_upcase) \($path)" as $route | .value'
cut -d' ' -f1,2 "$work/routes" >"$work/code"
document "$operations | \$route"
check "routes" same
sed -E 's/ (NONE|JSON|OCTETS) (true|false) .*/ \1/; s/JSON$/application\/json/; s/OCTETS$/application\/octet-stream/; s/NONE$//' "$work/routes" >"$work/code"
document "$operations | \"\\(\$route) \\(.requestBody.content // {} | keys | join(\" \"))\""
check "types of request bodies" same
sed -nE 's/^([A-Z]+ [^ ]+) .* true .*/\1/p' "$work/routes" >"$work/code"
document "$operations | select(any(.parameters[]; .[\"\$ref\"] == \"#/components/parameters/IdempotencyKey\")) | \$route"
check "where an Idempotency-Key is needed" same
# What a handler lets through of the query is on its call of call_only_parameters, or of a `check`.
while read -r method path _ _ handler; do
    sed -n "/^err_t $handler(/,/^}/p" api/*.c | sed -nE 's/.*(call_only_parameters|check)\(c, (.*)/\2/p' |
        grep -oE '"[a-z]+"' | tr -d '"' | sed "s,^,$method $path ,"
done <"$work/routes" >"$work/code"
document "$operations | .parameters[] | select(.in == \"query\") | \"\\(\$route) \\(.name)\""
check "query parameters" same
jq -r '.info.version' "$document" >"$work/document"
sed -nE 's/.*jsonw_str\(w, NULL, "(v[0-9]+)"\);/\1/p' api/info.c >"$work/code"
check "the version is the API's" same
of_version() { jq -e '.info.version as $v | .paths | keys | all(startswith("/" + $v + "/"))' "$document"; }
check "and that of every path" of_version
grep -oE 'header\(&?r, "[A-Za-z-]+"' api/reply.c | cut -d'"' -f2 | sort -u |
    grep -vE '^(Content-Type|Connection|Allow|Access-Control-(Allow-(Methods|Headers|Private-Network)|Max-Age))$' >"$work/code" # those of OPTIONS
document '.components.headers | keys[]'
check "headers of answers" same

# ---- problems ----
# api/PROTOCOL's list, which 10_lists.sh and tests/api/test_status.c compare with the code.
sed -nE 's/^   ([a-z-]+) +([0-9]{3}) +(yes|no)$/\1 \2 \3/p' api/PROTOCOL | tee "$work/problems" >"$work/code"
document '.components.schemas.Problem.oneOf[].properties | "\(.status.const) \(if .retryable.const then "yes" else "no" end)" as $is | .slug.enum[] | "\(.) \($is)"'
check "each slug's status, and whether one may try again" same
cut -d' ' -f1 "$work/problems" >"$work/code"
document '.components.schemas.Slug.enum[]'
check "slugs" same
# Of the refusals: the slugs of each have its status, and it stands under that status.
refusals() {
    diff /dev/null <(jq -r '.components.responses[].content["application/problem+json"].schema.allOf[1].properties |
        .status.const as $n | .slug.enum[] | "\(.) \($n)"' "$document" | grep -vxFf <(cut -d' ' -f1,2 "$work/problems")) &&
        jq -e '.components.responses as $r | [.paths[][] | .responses | to_entries[] | select(.value["$ref"]) |
            (.value["$ref"] | ltrimstr("#/components/responses/")) as $name |
            $r[$name].content["application/problem+json"].schema.allOf[1].properties.status.const == (.key | tonumber)] | length > 0 and all' "$document"
}
check "every refusal stands under the status of its slugs" refusals

# ---- limits and words ----
{ sed -nE 's/^ *LIMIT\([a-z_]+, "([A-Za-z]+)"\).*/\1/p' api/info.c; grep -oE '"max[A-Za-z]+", CALL_MAX_WAIT' api/info.c | cut -d'"' -f2; } >"$work/code"
document '.components.schemas.Limits.properties | keys[]'
check "limits" same
document '.components.schemas.Limits.required[]'
check "all of them are always there" same
words() { # WHAT MEMBER FILE FROM [WORD…]: the quoted words there, as far as the brace, and these
    sed -nE "/$4/,/\};?\$/p" "$3" | grep -oE '"[A-Za-z0-9-]+"' | tr -d '"' >"$work/code"
    [ $# -eq 4 ] || printf '%s\n' "${@:5}" >>"$work/code"
    document ".components.schemas.$2.enum[]"
    check "$1" same
}
words "states of the daemon" DaemonState api/info.c '^const char \*info_state' storage-full store-unusable # session_store_error's
words profiles Profile xades/profile.c '^} profiles\['
words packagings Packaging xades/profile.c ' packagings\['
words commitments Commitment xades/profile.c ' commitments\['
words roles Role session/approval.c ' role_names\['
words "states of approvals" ApprovalState session/approval.c ' state_names\['
# SHA-1 stands beyond DIGEST_COUNT: known to who judges old files, and never taken.
sed -nE '/ algs\[/,/\};?$/p' core/digest.c | grep -v DIGEST_SHA1 | grep -oE '"SHA-[0-9]+"' | tr -d '"' >"$work/code"
document '.components.schemas.DigestAlgorithm.enum[]'
check digests same
words "PIN tries" PinTriesLeft pkcs11/token.c '\*pin_state_slug'
words "how origins are let in" Granted api/origin.c ' granted\[\]'
words "states of readers" Reader.properties.state pkcs11/readers.c '\*reader_state_slug'
grep -oE '"(not-)?running"' api/reader.c | tr -d '"' >"$work/code"
document '.components.schemas.Readers.properties.cardService.enum[]'
check "card service" same
words "key types" Certificate.properties.keyType api/certificate.c '\*key_type_name'
words indications Indication xades/verify.c '\*xades_indication_name'
words "what becomes of a chain" ChainStatus xades/chain.c ' slugs\['
words "why not qualified" NotQualified core/cert.c '\*qualified_reason_slug'
words "why not usable" Certificate.properties.usableReasons.items session/signer.c '^} rows\['
finish
