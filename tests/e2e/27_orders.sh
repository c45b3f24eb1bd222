#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signed orders: a page script that was taken over swaps, transplants, alters and replays, also after
# kill -9. Orders are made by onay, by OpenSSL alone and by another library, and checked by both.
set -u
. "$(dirname "$0")/lib.sh"
export XDG_STATE_HOME=$work/state

make_card rsa
portal=https://portal.example
for alg in "rsa -algorithm rsa -pkeyopt rsa_keygen_bits:2048" "ec -algorithm ec -pkeyopt ec_paramgen_curve:P-256" "ed -algorithm ed25519" "other -algorithm ed25519"; do
    read -r name options <<<"$alg"
    # shellcheck disable=SC2086 # options are words
    openssl genpkey $options -out "$work/$name.key" 2>/dev/null
    openssl pkey -in "$work/$name.key" -pubout -out "$work/$name.pub"
done
cat >>"$conf" <<C
origin = $portal
origin = https://free.example
origin_key = $portal $work/rsa.pub
origin_key = $portal $work/ec.pub
origin_key = $portal $work/ed.pub
C
start_daemon "$conf"

good_request
order() { # KEY [OPTION…]: the signed request into $work/signed.json
    "$O/onay" order sign --key "$work/$1.key" --origin "$portal" "${@:2}" "$work/good.json" >"$work/signed.json"
}
post() { # FILE [CURL-OPTION…]: as the page, with an Idempotency-Key of its own
    ask "$tcp/v1/approvals" -H "Origin: $portal" -H 'Content-Type: application/json' -H "Idempotency-Key: $(openssl rand -hex 8)" --data-binary "@$1" "${@:2}"
}
refused() { # STATUS SLUG FILE [POINTER]
    [ "$(post "$3")" = "$1" ] && [ "$(slug)" = "$2" ] && [ "$(jq -r '.pointer // ""' "$work/body")" = "${4-}" ]
    local status=$?
    cat "$work/body"
    return $status
}
taken() { # FILE
    [ "$(post "$1")" = 202 ] || { cat "$work/body"; return 1; }
}
signs() { # FILE: to the end
    taken "$1" || return 1
    approval=$(jq -r .id "$work/body")
    for _ in $(seq 60); do
        ask "$tcp/v1/approvals/$approval?wait=10" -H "Origin: $portal" >/dev/null
        jq -e .final "$work/body" >/dev/null && break
    done
    jq -e '.state == "done"' "$work/body"
}
altered() { # JQ-FILTER: the request of a good order, changed after it was signed
    order ed && jq -c "$1" "$work/signed.json" >"$work/bad.json"
}

# ---- the right one ----
for key in rsa ec ed; do
    order $key
    check "an order by $key signs" signs "$work/signed.json"
done
says_required() { ask "$tcp/v1/info" -H "Origin: $1" >/dev/null; jq -e ".orderRequired == $2" "$work/body"; }
check "info says that an order is required" says_required "$portal" true
check "of an origin without a key it is not" says_required https://free.example false

# ---- a page script that was taken over ----
check "unsigned" refused 403 order-required "$work/good.json"
swap() { altered "$1" && refused 403 order-invalid "$work/bad.json" "$2"; }
check "a swapped document" swap '.documents[0].content = "PGcvPg=="' /documents/0/content
check "a document more" swap '.documents += [.documents[1]]' /documents
check "a document less" swap '.documents |= .[:1]' /documents
check "documents in another order" swap '.documents |= reverse' /documents/0/content
check "another name" swap '.documents[1].name = "x.txt"' /documents/1/name
check "another media type" swap '.documents[1].mimeType = "text/html"' /documents/1/mimeType
check "another role" swap '.documents[0].role = "other"' /documents/0/role
check "another order number" swap '.application.orderNo = "SD-781"' /application/orderNo
check "another person" swap '.application.applicant.identityNo = "12345678950"' /application/applicant/identityNo
check "another person's name" swap '.application.applicant.name = "Mehmet"' /application/applicant/name
check "another kind of order" swap '.application.type = "Yeni"' /application/type
check "another profile" swap '.signature.profile = "B-B"' /signature/profile
check "another packaging" swap '.signature.packaging = "detached"' /signature/packaging
check "another commitment" swap '.signature.commitment = "proof-of-origin"' /signature/commitment
check "a certificate named" swap '.signer.certificateId = "0" * 64' /signer/certificateId
uploaded() { # the document comes by another way; what was uploaded is what counts
    ask "$tcp/v1/documents" -H "Origin: $portal" -H 'Content-Type: application/octet-stream' --data-binary "$1" >/dev/null
    altered "del(.documents[0].content) | .documents[0].documentId = \"$(jq -r .id "$work/body")\""
}
swapped_upload() { uploaded '<g/>' && refused 403 order-invalid "$work/bad.json" /documents/0/documentId; }
good_upload() { uploaded '<f/>' && signs "$work/bad.json"; }
check "a swapped upload" swapped_upload
check "the right upload signs" good_upload

# ---- other keys, origins, headers ----
order other
check "another key" refused 403 order-invalid "$work/signed.json" /order
"$O/onay" order sign --key "$work/ed.key" --origin https://free.example "$work/good.json" >"$work/signed.json"
check "an order for another origin" refused 403 order-invalid "$work/signed.json" /order

b64() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
claims() { # JQ-FILTER: canonical claims of a good request, changed
    order ed --jws
    cut -d. -f2 "$work/signed.json" | tr -- '-_' '+/' | awk '{ while (length($0) % 4) $0 = $0 "="; print }' | openssl base64 -A -d | jq -cjS "$1"
}
by_openssl() { # HEADER PAYLOAD [rsa]: the request with a JWS that OpenSSL alone made
    local input
    input=$(printf %s "$1" | b64).$(printf %s "$2" | b64)
    printf %s "$input" | openssl dgst -sha256 -sign "$work/rsa.key" | b64 >"$work/signature"
    jq -c --arg o "$input.$(cat "$work/signature")" '.order = $o' "$work/good.json" >"$work/signed.json"
}
rs='{"alg":"RS256"}'
by_openssl "$rs" "$(claims .)"
check "an order by openssl alone signs" signs "$work/signed.json"
forged() { # HEADER JQ-FILTER [SLUG]
    by_openssl "$1" "$(claims "$2")" && refused 403 "${3-order-invalid}" "$work/signed.json" /order
}
check "another audience" forged "$rs" '.aud = "urn:onayd:approval:2"'
check "alg none" forged '{"alg":"none"}' .
check "alg HS256" forged '{"alg":"HS256"}' .
check "alg of another key" forged '{"alg":"ES256"}' .
check "alg PS256" forged '{"alg":"PS256"}' .
check "crit" forged '{"alg":"RS256","crit":["exp"]}' .
check "a key in the header" forged '{"alg":"RS256","jwk":{}}' .
check "kid" forged '{"alg":"RS256","kid":"1"}' .
check "alg twice" forged '{"alg":"RS256","alg":"RS256"}' .
check "valid too long" forged "$rs" '.exp = .iat + 601'
check "ended before it began" forged "$rs" '.exp = .iat - 1'
check "expired" forged "$rs" '.iat -= 900 | .exp = .iat + 300' order-expired
check "from the future" forged "$rs" '.iat += 900 | .exp = .iat + 300' order-expired
check "no nonce" forged "$rs" 'del(.nonce)'
check "a short nonce" forged "$rs" '.nonce = "abc"'
check "an unknown claim" forged "$rs" '.sub = "x"'
check "content in the claims" forged "$rs" '.documents[0] |= (del(.digest) | .content = "PGYvPg==")'
not_canonical() { by_openssl "$rs" "$(claims . | jq .)" && refused 403 order-invalid "$work/signed.json" /order; }
check "not canonical" not_canonical
padded() { order ed && jq -c '.order += "="' "$work/signed.json" >"$work/bad.json" && refused 403 order-invalid "$work/bad.json" /order; }
check "padded base64url" padded
no_signature() { order ed && jq -c '.order |= (split(".")[:2] + [""] | join("."))' "$work/signed.json" >"$work/bad.json" && refused 403 order-invalid "$work/bad.json" /order; }
check "the signature cut off" no_signature

# ---- another library, both ways ----
python=/usr/bin/python3
other_library_checks() { # KEY: what onay signs
    order "$1" --jws
    "$python" - "$work/$1.pub" "$work/signed.json" <<'P'
import json, sys
from jwcrypto import jwk, jws
t = jws.JWS(); t.deserialize(open(sys.argv[2]).read().strip(), jwk.JWK.from_pem(open(sys.argv[1], "rb").read()))
c = json.loads(t.payload)
assert t.payload == json.dumps(c, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
assert c["application"]["orderNo"] == "SD-780"
P
}
sed -n '/^      import base64/,/^      print/s/^      //p' api/PROTOCOL >"$work/sign.py"
other_library_signs() { # KEY: by the ten lines of api/PROTOCOL
    "$python" "$work/sign.py" "$work/$1.key" "$2" "$portal" <"$work/good.json" >"$work/signed.json" && signs "$work/signed.json"
}
for row in "rsa RS256" "ec ES256" "ed EdDSA"; do
    check "another library verifies what onay signs: $row" other_library_checks "${row% *}"
    # shellcheck disable=SC2086 # two words
    check "and its own order signs: $row" other_library_signs $row
done

# ---- replay ----
order ed
cp "$work/signed.json" "$work/once.json"
key=once
once() { ask "$tcp/v1/approvals" -H "Origin: $portal" -H 'Content-Type: application/json' -H "Idempotency-Key: $key" --data-binary "@$work/once.json"; }
first() { [ "$(once)" = 202 ] && jq -r .id "$work/body" >"$work/id"; }
again() { [ "$(once)" = 202 ] && [ "$(jq -r .id "$work/body")" = "$(cat "$work/id")" ]; }
check "an order is used" first
check "a retry is no replay" again
check "under another key it is one" refused 409 order-replayed "$work/once.json"
private() { [ "$(stat -c %a "$work/state/onayd/nonces")" = 600 ] && [ "$(stat -c %a "$work/state/onayd")" = 700 ]; }
check "nonces are kept in private" private
service_of() { pgrep -P "$daemon" -f . | head -n 1; }
kill_all() { kill -9 "$daemon" "$(service_of)" && ! wait "$daemon"; }
check "the daemon is killed" kill_all
start_daemon "$conf"
check "nor after kill -9" refused 409 order-replayed "$work/once.json"
order ed
check "a new order signs" signs "$work/signed.json"

# ---- a folder that cannot be used, and a key that cannot be read ----
stop_daemon
printf 'not ours' >"$work/plain"
XDG_STATE_HOME=$work/plain start_daemon "$conf" --set store=no # which would refuse before
order ed
nowhere() { [ "$(post "$work/signed.json")" = 500 ] && [ "$(slug)" = file-unreadable ]; }
check "without a place for nonces nothing is signed" nowhere
stop_daemon
not_started() { # LINE
    { cat "$conf"; echo "$1"; } >"$work/bad.conf"
    ! XDG_RUNTIME_DIR=$work/run timeout 20 "$O/onayd" --config "$work/bad.conf" --port 0
}
check "a key of an origin that is not listed" not_started "origin_key = https://portal.exampel $work/ed.pub"
check "a private key in its place" not_started "origin_key = $portal $work/ed.key"
check "a key that is not there" not_started "origin_key = $portal $work/none.pub"
finish
