#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The reference portal by curl: its door, the form, e-Onay, the paper, e-İmza through a real daemon and
# card, and every signature that must change nothing.
set -u
. "$(dirname "$0")/lib.sh"

make_card p256
program=$O/fixtures/portal/portal
www=$work/www trust=$work/trust
mkdir -p "$www/css"
for page in giris basvurular 404; do echo "<!doctype html><title>$page</title>" >"$www/$page.html"; done
echo 'body{}' >"$www/css/portal.css"
cp -r "$pki/trust" "$trust"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$work/tls.key" -out "$work/tls.pem" 2>"$work/tls.log"

portal=
printf 'leak:libfontconfig\n' >"$work/lsan" # its cache lives as long as the process
start_portal() { # [OPTION…]: sets url
    : >"$work/url"
    LSAN_OPTIONS=suppressions=$work/lsan:print_suppressions=0 "$program" --cert "$work/tls.pem" --key "$work/tls.key" --data "$work/data" --www "$www" \
        --trust "$trust" --profile P1 "$@" >"$work/url" 2>>"$work/portal.log" &
    portal=$!
    for _ in $(seq 600); do
        [ -s "$work/url" ] && { url=$(cat "$work/url"); return 0; }
        kill -0 "$portal" 2>/dev/null || break
        sleep 0.05
    done
    sed 's/^/# /' "$work/portal.log"
    return 1
}
stop_portal() {
    [ -n "$portal" ] || return 0
    kill "$portal" 2>/dev/null
    wait "$portal" 2>/dev/null
    local status=$?
    portal=
    [ "$status" = 0 ] || tail -n 40 "$work/portal.log"
    return "$status"
}
cleanup() { stop_daemon; stop_portal; }

# bare METHOD PATH [CURL-OPTION…]: prints the status; the rest is in $work/p.body and p.head.
bare() {
    local method=$1 path=$2
    shift 2
    : >"$work/p.body"
    curl -qgsS -m 60 --path-as-is --cacert "$work/tls.pem" -X "$method" -o "$work/p.body" -D "$work/p.head" \
        -w '%{http_code}' "$@" "$url$path" 2>"$work/p.err"
}
# as METHOD PATH [CURL-OPTION…]: by the page of $user, whose token is $csrf.
as() {
    local method=$1 path=$2
    shift 2
    bare "$method" "$path" -b "$work/jar.$user" -c "$work/jar.$user" -H "Origin: $url" -H "X-CSRF-Token: $csrf" "$@"
}
json=(-H 'Content-Type: application/json')
# is STATUS SLUG COMMAND…: SLUG "" for no problem.
is() {
    local status=$1 slug=$2 got
    shift 2
    got=$("$@")
    if [ "$got" != "$status" ]; then
        echo "status $got, wanted $status $slug"
        head -c 700 "$work/p.body"
        cat "$work/p.err"
        return 1
    fi
    [ -z "$slug" ] || { has_header content-type application/problem.json && body ".slug == \"$slug\" and .status == $status and (.title | length > 0)"; }
}
body() { jq -e "$@" "$work/p.body" >/dev/null; }
has_header() { # NAME VALUE: the value begins so, a pattern
    local line
    while IFS= read -r line; do
        [[ ${line,,} =~ ^"${1,,}: "${2,,} ]] && return 0
    done <"$work/p.head"
    return 1
}
login() { # USER PASSWORD: sets user and csrf
    user=$1
    bare POST /api/login -b "$work/jar.$1" -c "$work/jar.$1" -H "Origin: $url" "${json[@]}" \
        -d "{\"user\":\"$1\",\"password\":\"$2\"}" >"$work/p.status"
    csrf=$(jq -r .csrf "$work/p.body")
    [ "$(cat "$work/p.status")" = 200 ]
}
app() { echo "/api/applications/$order${1-}"; }

check "it starts" start_portal
check "on the loopback alone" bash -c '[[ $0 = https://localhost:* ]]' "$url"
check "its data are its own" [ "$(stat -c %a "$work/data" "$work/data/portal.db" | tr '\n' ' ')" = "700 600 " ]

# ---- pages ----
check "who is not logged in is led to the login" is 303 "" bare GET /
check "there" has_header location /giris.html
check "a page" is 200 "" bare GET /giris.html
for header in "content-security-policy: default-src 'none'; script-src 'self'" "x-content-type-options: nosniff" \
    "referrer-policy: no-referrer" "strict-transport-security: max-age" "cross-origin-opener-policy: same-origin" \
    "x-frame-options: DENY"; do
    check "with ${header%%:*}" has_header "${header%%: *}" "${header#*: }"
done
check "a style sheet" is 200 "" bare GET /css/portal.css
check "of its type" has_header content-type text/css
check "onayd's module" is 200 "" bare GET /onayd-client/index.js
for path in /nothing.html /css/../giris.html /../../../etc/passwd /%2e%2e/%2e%2e/etc/passwd /css/ /onayd-client/README.md //giris.html; do
    check "nothing at $path" is 404 "" bare GET "$path"
done
check "another Host" is 421 host-not-allowed bare GET /giris.html -H 'Host: evil.example'
check "plain http is no answer" bash -c '! curl -qsS -m 10 "$0"' "${url/https/http}"

# ---- logging in ----
try_login() { bare POST /api/login -H "Origin: $url" "${json[@]}" -d "$1" "${@:2}"; }
good='{"user":"ayse","password":"Deneme-1234"}'
check "nobody" is 401 login-required bare GET /api/me
check "nobody's applications" is 401 login-required bare GET /api/applications
check "a wrong password" is 401 login-failed try_login '{"user":"ayse","password":"Deneme-1235"}'
check "from another site" is 403 origin-not-allowed bare POST /api/login -H 'Origin: https://evil.example' "${json[@]}" -d "$good"
check "from no site" is 403 origin-not-allowed bare POST /api/login "${json[@]}" -d "$good"
check "from an opaque origin" is 403 origin-not-allowed bare POST /api/login -H 'Origin: null' "${json[@]}" -d "$good"
check "as a form that needs no preflight" is 415 media-type bare POST /api/login -H "Origin: $url" -H 'Content-Type: text/plain' -d "$good"
check "with two Origins" is 400 malformed-request bare POST /api/login -H "Origin: $url" -H "Origin: $url" "${json[@]}" -d "$good"
check "broken JSON" is 400 malformed-request try_login '{"user":'
check "a member too many" is 422 invalid-field try_login '{"user":"ayse","password":"Deneme-1234","admin":true}'
check "a name that is too long" is 422 invalid-field try_login "{\"user\":\"$(printf 'a%.0s' $(seq 100))\",\"password\":\"x\"}"
for _ in 1 2 3; do try_login '{"user":"kimse","password":"x"}' >/dev/null; done
check "after three failures one waits" is 429 too-many-requests try_login '{"user":"kimse","password":"x"}'
check "and is told how long" has_header retry-after '[0-9]'
check "SQL in a name is a name" is 401 login-failed try_login "{\"user\":\"' OR '1'='1\",\"password\":\"x\"}"

fixed=00112233445566778899aabbccddeeff
check "a cookie that somebody put there is nobody's" is 401 login-required bare GET /api/me -H "Cookie: __Host-portal=$fixed"
check "logging in with it" is 200 "" try_login "$good" -H "Cookie: __Host-portal=$fixed"
check "gives another" bash -c 'grep -qi "^set-cookie: __Host-portal=[0-9a-f]\{32\}; Path=/; Secure; HttpOnly; SameSite=Strict" "$0" && ! grep -q "$1" "$0"' "$work/p.head" "$fixed"
check "and the first is still nobody's" is 401 login-required bare GET /api/me -H "Cookie: __Host-portal=$fixed"
check "logged in" login ayse Deneme-1234
first=$(awk '$6 == "__Host-portal" {print $7}' "$work/jar.ayse")
check "again" login ayse Deneme-1234
check "the cookie before is over" is 401 login-required bare GET /api/me -H "Cookie: __Host-portal=$first"
second=$(awk '$6 == "__Host-portal" {print $7}' "$work/jar.ayse")
check "two cookies are none" is 401 login-required bare GET /api/me -H "Cookie: __Host-portal=$second; __Host-portal=$fixed"
check "neither cookie nor password is kept" bash -c '! grep -qaE "$1|Deneme-1234" "$0"/portal.db*' "$work/data" "$second"
check "who it is" is 200 "" as GET /api/me
check "masked" body '.user == "ayse" and .name == "Ayşe Yılmaz" and .identityNo == "100******46" and (.eOnay | not) and (.kvkkAccepted | not)'
check "not to be stored" has_header cache-control no-store

# ---- what another site could send ----
order=SD-780
foreign() { bare PUT "$(app /draft)" -b "$work/jar.ayse" "${json[@]}" -d '{"title":"x"}' "$@"; }
check "another Origin" is 403 origin-not-allowed foreign -H 'Origin: https://evil.example' -H "X-CSRF-Token: $csrf"
check "no Origin" is 403 origin-not-allowed foreign -H "X-CSRF-Token: $csrf"
check "the same host, another port" is 403 origin-not-allowed foreign -H 'Origin: https://localhost:1' -H "X-CSRF-Token: $csrf"
check "no token" is 403 csrf-token foreign -H "Origin: $url"
check "a wrong token" is 403 csrf-token foreign -H "Origin: $url" -H "X-CSRF-Token: ${csrf%?}x"
check "no CORS" bash -c '! grep -qi "^access-control" "$0"' "$work/p.head"
check "a preflight is refused" bash -c '[ "$(curl -qsS --cacert "$0" -o /dev/null -w "%{http_code}" -X OPTIONS -H "Origin: https://evil.example" "$1/api/logout")" -ge 400 ]' "$work/tls.pem" "$url"
check "the notice is read" is 204 "" as POST /api/kvkk "${json[@]}" -d '{"accepted":true}'
as GET /api/me >/dev/null
check "and that is kept" body .kvkkAccepted

# ---- applications ----
check "the list" is 200 "" as GET /api/applications
check "as it should be" body '[.applications[] | [.orderNo, .date, .status.title, (.actions | join(","))]] == [
    ["SD-780", "2021-09-20", "Başvuru Formu Bekleniyor", "complete,details"],
    ["SD-507", "2021-06-17", "İptal Edildi", "details"], ["SD-505", "2021-06-16", "Teslim Edildi", "details"],
    ["SD-290", "2020-10-26", "Teslim Edildi", "details"]] and all(.applications[]; .status.explanation | length > 0)'
check "the detail" is 200 "" as GET "$(app)"
check "of a renewal" body '.type == "Yenileme" and .payment == "Kurum Ödemeli" and .spareCertificate == "Var" and .step == "info" and .approval == null and .production == null'
check "another's is not there" is 404 not-found as GET /api/applications/SD-781
check "nor one that is none" is 404 not-found as GET "/api/applications/SD-780%27%20OR%201"
check "the choices" is 200 "" as GET /api/choices
check "of the form" body '(.operator | length > 1) and .infoChannel == ["E-Posta", "SMS"] and .addressType == ["İş", "Ev"]'
check "the registry's answer" is 200 "" as POST "$(app /registry)"
check "is masked" body '.identityNo == "100******46" and .name == "Ay***" and .surname == "Yı***" and (.updated | not)'

# ---- drafts ----
draft() { as PUT "$(app /draft)" "${json[@]}" --data-binary @"$1"; }
field() { jq -n --arg f "$1" --arg v "$2" '{($f): $v}' >"$work/field.json"; draft "$work/field.json"; }
kept() { as GET "$(app)" >/dev/null; body --arg v "$2" ".form.$1 == \$v"; }
check "a draft" is 204 "" field title ' Şube Müdürü '
check "is kept, trimmed" kept title 'Şube Müdürü'
check "a script is refused" is 422 invalid-form field title '<script>alert(1)</script>'
check "by the field's name" body '.fields.title | test("<")'
check "an override of the direction is refused" is 422 invalid-form field unit $'Bilgi \u202eşleİ'
check "by the field's name" body '.fields | keys == ["unit"]'
head -c 1048576 /dev/zero | tr '\0' a | jq -R '{title: .}' >"$work/long.json"
check "1 MiB is refused" is 422 invalid-form draft "$work/long.json"
check "by the field's name" body '.fields.title | test("200")'
head -c 5242880 /dev/zero | tr '\0' a | jq -R '{title: .}' >"$work/longer.json"
check "5 MiB are not read" is 413 body-too-large draft "$work/longer.json"
check "not UTF-8" is 400 malformed-request as PUT "$(app /draft)" "${json[@]}" --data-binary $'{"title":"\xff"}'
check "a field that is none" is 422 invalid-field field identityNo 12345678950
check "a field that is no text" is 422 invalid-field as PUT "$(app /draft)" "${json[@]}" -d '{"title":1}'
check "nothing of that was taken" kept title 'Şube Müdürü'

# ---- the form ----
cat >"$work/form.json" <<'J'
{ "publishCertificate": "Hayır", "email": "ayse.yilmaz@kurum.example", "mobilePhone": "0500 000 00 00",
  "operator": "Diğer", "infoChannel": "E-Posta", "institution": "Örnek Belediyesi",
  "unit": "Bilgi & \"İşlem\" Müdürlüğü", "title": "Şube Müdürü", "workPhone": "", "extension": "",
  "addressType": "İş" }
J
form() { as POST "$(app /form)" "${json[@]}" --data-binary @"${1:-$work/form.json}"; }
check "no order before the form" is 409 nothing-awaited as GET "$(app /order)"
check "no documents before the form" is 409 nothing-awaited as GET "$(app /documents/taahhutname.txt)"
echo '{"email":"x","mobilePhone":"0312 000 00 00","operator":"yok","title":"<b>"}' >"$work/bad.json"
check "a bad form" is 422 invalid-form form "$work/bad.json"
check "every field is named" body '.fields | keys == ["addressType", "email", "infoChannel", "institution", "mobilePhone", "operator", "publishCertificate", "title", "unit"]'
check "a good form" is 200 "" form
check "leads to the approval" body '.step == "approval"'
as GET "$(app)" >/dev/null
check "a page that is reloaded stays there" body '.step == "approval" and .form.mobilePhone == "+90 500 000 00 00"'
check "the form is closed" is 409 nothing-awaited form
documents() { # DIR: as they are issued now
    mkdir -p "$1"
    local name
    for name in basvuru-formu.xml taahhutname.txt; do
        [ "$(as GET "$(app "/documents/$name")")" = 200 ] && cp "$work/p.body" "$1/$name" || return 1
    done
}
check "the documents" documents "$work/old"
check "the form is what its schema says" xmllint --nonet --noout --schema fixtures/sample/basvuru-formu.xsd "$work/old/basvuru-formu.xml"
check "the undertaking is of this person and order" bash -c 'grep -q "SD-780" "$0" && grep -q "Ayşe Yılmaz" "$0" && grep -q 10000000146 "$0"' "$work/old/taahhutname.txt"

# ---- by hand ----
pdf=/documents/basvuru-formu.pdf
check "no paper for who has not asked for it" is 409 nothing-awaited as GET "$(app $pdf)"
check "signing by hand" is 200 "" as POST "$(app /wet-signature)"
check "where to send it" body '(.deliveryAddress | length > 1) and .pdf == "/api/applications/SD-780/documents/basvuru-formu.pdf"'
check "the paper" is 200 "" as GET "$(app $pdf)"
cp "$work/p.body" "$work/form.pdf"
check "is a download" has_header content-disposition 'attachment; filename="SD-780-basvuru-formu.pdf"'
pdftotext -layout "$work/form.pdf" "$work/form.txt"
for words in 'Nitelikli Elektronik Sertifika Başvuru Formu' 'Sipariş No .*SD-780' 'Başvuru Tarihi .*20/09/2021' \
    'Kimlik No .*10000000146' 'Ad .*Ayşe' 'Soyad .*Yılmaz' 'Cep Telefonu .*+90 500 000 00 00' \
    'Çalıştığı Birim .*Bilgi & "İşlem" Müdürlüğü' 'Ünvan .*Şube Müdürü' 'Islak imza' 'TAAHHÜTNAMESİ' 'Sayfa 1/2'; do
    check "the paper says $words" grep -q "$words" "$work/form.txt"
done
check "of the document in force" grep -q "$(sed -n 's/^Belge No *: //p' "$work/old/taahhutname.txt")" "$work/form.txt"
check "on A4" bash -c 'pdfinfo "$0" | grep -q "A4"' "$work/form.pdf"
check "again" is 200 "" as GET "$(app $pdf)"
as GET "$(app)" >/dev/null
check "the form is still awaited" body '.status.code == "form-awaited" and .approval.kind == "islak-imza" and .step == "approval"'
check "e-Onay is for who has consented" is 403 e-onay-not-allowed as POST "$(app /e-onay)" "${json[@]}" -d '{}'

# ---- back ----
check "back to the form" is 200 "" as POST "$(app /reopen)"
check "the draft is there" kept unit 'Bilgi & "İşlem" Müdürlüğü'
check "and again" is 200 "" form
check "the documents" documents "$work/new"
check "are others" bash -c '! cmp -s "$0/taahhutname.txt" "$1/taahhutname.txt"' "$work/old" "$work/new"

# ---- the order ----
check "the order" is 200 "" as GET "$(app /order)"
cp "$work/p.body" "$work/order.json"
check "for onayd" body '.request.application == {"orderNo": "SD-780", "type": "Yenileme", "applicant": {"identityNo": "10000000146", "name": "Ayşe Yılmaz"}}
    and .request.signature == {"profile": "P1", "packaging": "enveloping", "commitment": "proof-of-approval"} and (.idempotencyKey | length == 32)'
of_order() { jq -r ".request.documents[] | select(.role == \"$1\") | .content" "$work/order.json" | base64 -d | cmp - "$2"; }
check "with the form" of_order application-form "$work/new/basvuru-formu.xml"
check "with the undertaking" of_order undertaking "$work/new/taahhutname.txt"
as GET "$(app /order)" >/dev/null
check "the same again" cmp "$work/order.json" "$work/p.body"
check "for another approval" is 200 "" as POST "$(app /order)" "${json[@]}" -d '{"after":"interrupted"}'
check "another key, the same documents" bash -c '[ "$(jq -cS .request "$0")" = "$(jq -cS .request "$1")" ] && [ "$(jq .idempotencyKey "$0")" != "$(jq .idempotencyKey "$1")" ]' "$work/order.json" "$work/p.body"

# ---- signatures that change nothing ----
# state: the application and its events now, in $work/state and $work/events; by one connection.
state() {
    curl -qgsS -m 60 --cacert "$work/tls.pem" -b "$work/jar.$user" -o "$work/state" "$url$(app)" -o "$work/events" "$url$(app /events)"
}
sign() { "$O/tests/tool/signed" "$pki" "$@" >"$work/bad.xsig"; } # LEAF PROFILE AGO FILE…
post() { as POST "$(app /signature)" -H 'Content-Type: application/xml' --data-binary @"${1:-$work/bad.xsig}"; }
new=("$work/new/basvuru-formu.xml" "$work/new/taahhutname.txt")
old=("$work/old/basvuru-formu.xml" "$work/old/taahhutname.txt")
# refuses SLUG: the file is refused for that, nothing changes, both logs name it.
refuses() {
    local slug=$1
    cp "$work/state" "$work/before"
    is 422 "$slug" post && body '.reasons | length > 0 and all(.[]; (.code | length > 0) and (.text | length > 0))' && state || return 1
    cmp "$work/before" "$work/state" || return 1
    n=$((n + 1))
    jq -e --argjson n "$n" --arg slug "$slug" '(.events | length == $n) and (.events[-1].kind == "signature-refused") and (.events[-1].detail | contains($slug))' "$work/events" &&
        tail -n 1 "$work/portal.log" | grep -q "$user $order signature-refused: .*$slug"
}
begin() { state && n=$(jq '.events | length' "$work/events"); }
check "the state before" begin
sign p256 P1 0 "${new[@]}" && cp "$work/bad.xsig" "$work/whole.xsig"
flip() { # SED: one character of the good one
    sed "$1" "$work/whole.xsig" >"$work/bad.xsig"
    ! cmp -s "$work/whole.xsig" "$work/bad.xsig"
}
flip '0,/SignatureValue>\(.\)./s//SignatureValue>\1%/;s/SignatureValue>\(.\)%/SignatureValue>\1A/' || flip 's/SignatureValue>\(.\)./SignatureValue>\1B/'
check "an altered value" refuses signature-invalid
flip 's/\(Encoding="[^"]*base64"[^>]*>\)./\1Q/'
check "an altered document" refuses signature-invalid
flip 's/ProofOfApproval/ProofOfCreation/'
check "altered properties" refuses signature-invalid
head -c 2000 "$work/whole.xsig" >"$work/bad.xsig"
check "a file cut off" refuses signature-invalid
echo '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' >"$work/bad.xsig"
check "a document type" refuses signature-invalid
echo '<a/>' >"$work/bad.xsig"
check "no signature" refuses signature-invalid
sign mehmet P1 0 "${new[@]}"; check "somebody else's" refuses signature-foreign
sign revoked P1 0 "${new[@]}"; check "a revoked certificate's" refuses certificate-revoked
sign noqc P1 0 "${new[@]}"; check "one that is not qualified" refuses certificate-not-qualified
sign stranger P1 0 "${new[@]}"; check "a stranger's" refuses certificate-untrusted
sign selfsigned P1 0 "${new[@]}"; check "one signed by itself" refuses certificate-untrusted
sign expired P1 0 "${new[@]}"; check "one that has ended" refuses certificate-untrusted
sign eseal P1 0 "${new[@]}"; check "a seal" refuses signature-foreign
sign p256 B-B 0 "${new[@]}"; check "another profile" refuses profile-not-accepted
sign p256 P1 0 "${new[1]}"; check "the undertaking alone" refuses documents-missing
sign p256 P1 0 "${new[0]}"; check "the form alone" refuses documents-missing
sign p256 P1 0 "${new[@]}" README.md; check "one document more" refuses documents-differ
sign p256 P1 0 "${new[0]}" "${new[0]}"; check "the form twice" refuses documents-differ
sign p256 P1 0 fixtures/sample/basvuru-formu.xml fixtures/sample/taahhutname.txt; check "other documents" refuses documents-differ
sign p256 P1 0 "${old[@]}"; check "those before the form was opened again" refuses signature-stale
sign p256 P1 100000 "${new[@]}"; check "older than the documents" refuses signature-stale
rm "$trust"/*.crl
cp "$work/whole.xsig" "$work/bad.xsig"; check "nothing known of revocation" refuses revocation-unavailable
cp "$pki"/trust/*.crl "$trust"
check "as JSON" is 415 media-type as POST "$(app /signature)" "${json[@]}" -d '{}'
head -c 9437184 /dev/zero | tr '\0' a >"$work/huge"
check "9 MiB" is 413 body-too-large post "$work/huge"
check "to another's application" is 404 not-found as POST /api/applications/SD-781/signature -H 'Content-Type: application/xml' --data-binary @"$work/whole.xsig"
check "to one that awaits nothing" is 409 nothing-awaited as POST /api/applications/SD-505/signature -H 'Content-Type: application/xml' --data-binary @"$work/whole.xsig"
check "the log has no identity number" bash -c '! grep -qE "10000000146|12345678950" "$0"' "$work/portal.log"

# ---- e-İmza ----
start_daemon "$conf"
jq .request "$work/order.json" >"$work/request.json"
approved() { approve "$work/request.json" >"$work/approved" && [ "$(cat "$work/approved")" = done ]; }
check "onayd signs the order" approved
ask "/v1/approvals/$approval/signature" >/dev/null
cp "$work/body" "$work/good.xsig"
check "the signature is accepted" is 200 "" post "$work/good.xsig"
check "the result" body '.step == "result"'
check "told again when the answer was lost" is 200 "" post "$work/good.xsig"
as GET "$(app)" >/dev/null
check "Üretim Bekleniyor" body '.status == {"code": "production-awaited", "title": "Üretim Bekleniyor", "explanation": .status.explanation} and .step == "result"
    and .approval.kind == "e-imza" and .approval.signer == "Ayşe Yılmaz" and .approval.profile == "P1" and .actions == ["details"]'
check "by the rule of a renewal" body '.production.notBefore and (.production.explanation | test("iki ay kala")) and .production.revokes == []'
as GET /api/applications >/dev/null
check "the list shows it" body '.applications[0].status.code == "production-awaited"'
check "another signature comes too late" is 409 nothing-awaited post "$work/whole.xsig"
check "the form cannot be opened again" is 409 nothing-awaited as POST "$(app /reopen)"
check "the approval can be had" is 200 "" as GET "$(app /signature)"
check "as it was sent" cmp "$work/good.xsig" "$work/p.body"
check "as a download" has_header content-disposition 'attachment; filename="SD-780-onay.xsig"'
check "onay verify agrees" "$O/onay" verify --trust "$trust" --qualified "$work/p.body"
check "verified again" is 200 "" as POST "$(app /verify)"
check "by the same report" body '.indication == "TOTAL-PASSED" and (.signatures | length == 1) and (.signatures[0].documents | length == 2)'
check "the log" is 200 "" as GET "$(app /events)"
check "tells it all" body '[.events[].kind] | [.[] | select(. != "signature-refused")] == ["registry", "form-accepted", "wet-signature",
    "paper-downloaded", "paper-downloaded", "form-reopened", "form-accepted", "approval-requested", "signature-accepted", "production-awaited",
    "signature-downloaded", "signature-verified"]'
check "in Turkish, with times for machines" body 'all(.events[]; (.at | test("^[0-9]{4}-.*Z$")) and (.title | length > 0))'

# ---- e-Onay, and another order ----
login mehmet Deneme-5678
order=SD-781
check "mehmet has consented" is 200 "" as GET /api/me
check "before" body .eOnay
check "another's signature is not there" is 404 not-found as GET /api/applications/SD-780/signature
check "his form" is 200 "" form
cp "$work/good.xsig" "$work/bad.xsig"
check "the state before" begin
check "what was used for another order" refuses signature-replayed
sign mehmet P1 0 "${new[@]}"
check "another order's documents" refuses signature-replayed
documents "$work/his"
sum=$(sha256sum "$work/his/taahhutname.txt" | cut -c1-64)
consent() { as POST "$(app /e-onay)" "${json[@]}" -d "{\"accepted\":$1,\"undertakingSha256\":\"$2\"}"; }
check "unread" is 409 undertaking-not-opened consent true "$sum"
check "opened" is 204 "" as POST "$(app /undertaking-opened)"
check "without the tick" is 422 not-accepted consent false "$sum"
check "another undertaking" is 409 documents-changed consent true "$(sha256sum "${new[1]}" | cut -c1-64)"
check "with it" is 200 "" consent true "$sum"
as GET "$(app)" >/dev/null
check "Üretim Bekleniyor" body '.status.code == "production-awaited" and .approval.kind == "e-onay" and (.production.notBefore | not) and (.production.explanation | test("hemen"))'
check "no signature to be had" is 404 not-found as GET "$(app /signature)"
check "once" is 409 nothing-awaited consent true "$sum"

# ---- the judgement, for others ----
judge() { # WANTED [OPTION…]: the command
    local wanted=$1 got
    shift
    "$program" verify "$@" >"$work/told" 2>&1
    got=$?
    cat "$work/told"
    [ "$got" = "$wanted" ]
}
both=(--document "${new[0]}" --document "${new[1]}")
check "the command accepts" judge 0 --trust "$trust" --identity 10000000146 "${both[@]}" "$work/good.xsig"
check "and says so" grep -q '^Kabul edildi' "$work/told"
check "not for another" judge 1 --trust "$trust" --identity 12345678950 "${both[@]}" "$work/good.xsig"
check "and says why" grep -q 'signature-foreign' "$work/told"
check "not with one document" judge 1 --trust "$trust" --identity 10000000146 --document "${new[0]}" "$work/good.xsig"
flip 's/SignatureValue>\(.\)./SignatureValue>\1%/' ; sed -i 's/%/Q/' "$work/bad.xsig"
check "not altered" judge 1 --trust "$trust" --identity 10000000146 "${both[@]}" "$work/bad.xsig"
check "nothing for certain without lists" judge 2 --trust "$pki/trust-no-crl" --identity 10000000146 "${both[@]}" "$work/good.xsig"
check "no identity" judge 64 --trust "$trust" "${both[@]}" "$work/good.xsig"
check "no such option" judge 64 --nothing

plain() { bare POST /verify "$@"; }
inquiry() { # FILE IDENTITY [PROFILES]
    jq -n --arg s "$(base64 -w0 "$1")" --arg i "$2" --arg p "${3:-P1}" --arg c "$(base64 -w0 "${new[0]}")" \
        --arg d "$(sha256sum "${new[1]}" | cut -c1-64)" '{signature: $s, identityNo: $i, profiles: $p,
        documents: [{name: "basvuru-formu.xml", content: $c}, {name: "taahhutname.txt", sha256: $d}]}' >"$work/inquiry.json"
    plain "${json[@]}" --data-binary @"$work/inquiry.json"
}
check "the endpoint accepts" is 200 "" inquiry "$work/good.xsig" 10000000146
check "with a report" body '.accepted and .reasons == [] and .report.indication == "TOTAL-PASSED"'
check "not for another" is 200 "" inquiry "$work/good.xsig" 12345678950
check "and says why" body '(.accepted | not) and .slug == "signature-foreign" and (.reasons | length == 1)'
check "not in another profile" is 200 "" inquiry "$work/good.xsig" 10000000146 B-B,B-T
check "and says why" body '.slug == "profile-not-accepted"'
check "what is no signature" is 200 "" inquiry README.md 10000000146
check "has no report" body '(.accepted | not) and .slug == "signature-invalid" and .report == null'
check "a number that is none" is 422 invalid-field inquiry "$work/good.xsig" 10000000147
upload=(-F "signature=@$work/good.xsig" -F identityNo=10000000146 -F "document=@${new[0]}")
check "as a form" is 200 "" plain "${upload[@]}" -F "document=@${new[1]}"
check "too" body .accepted
check "a document missing" is 200 "" plain "${upload[@]}"
check "is said" body '.slug == "documents-differ"'
check "a part that is none" is 422 invalid-field plain "${upload[@]}" -F other=1
nameless=$'--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n'
check "a part without a name" is 400 malformed-request plain -H 'Content-Type: multipart/form-data; boundary=b' --data-binary "$nameless"
check "a form that is none" is 400 malformed-request plain -H 'Content-Type: multipart/form-data' --data-binary x
check "parts without end" is 400 malformed-request plain $(printf -- '-F document=@README.md %.0s' $(seq 30))
check "from another site" is 403 origin-not-allowed plain "${upload[@]}" -H 'Origin: https://evil.example'
check "nothing was kept" bash -c '! grep -qa inquiry "$0"/portal.db*' "$work/data"

# ---- what stays, and what ends ----
check "it stops" stop_portal
port=${url##*:}
check "and starts again" start_portal --port "$port"
check "still logged in" is 200 "" as GET "$(app)"
check "as it was" body '.status.code == "production-awaited"'
check "out" is 204 "" as POST /api/logout
check "is out" is 401 login-required as GET /api/me
login ayse Deneme-1234
stop_portal
check "an hour later" start_portal --port "$port" --now "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%SZ)"
check "the visit is over" is 401 login-required as GET /api/me
check "it stops" stop_portal

# ---- make portal ----
mkdir "$work/made" && cp -r "$pki" "$work/made/pki" # one is enough
DATA=$work/made WWW=$www PORT=0 tools/portal >"$work/made.out" 2>"$work/made.err" &
portal=$!
told() {
    for _ in $(seq 600); do
        grep -q 'Ctrl-C' "$work/made.out" && break
        kill -0 "$portal" 2>/dev/null || break
        sleep 0.05
    done
    cat "$work/made.out" "$work/made.err"
    grep -q 'Ctrl-C' "$work/made.out" && grep -q 'ayse Deneme-1234' "$work/made.out"
}
check "make portal tells how to use it" told
url=$(cat "$work/made/url")
check "and serves" bash -c 'curl -qsS -m 30 --cacert "$0/tls.pem" "$1/giris.html" | grep -q giris' "$work/made" "$url"
check "onayd would let it in" grep -qx "origin = $url" "$work/made/card/onayd.conf"
kill "$portal"
check "it stops with its script" bash -c 'for _ in $(seq 200); do curl -qsk -m 5 "$0" >/dev/null || exit 0; sleep 0.05; done; exit 1' "$url"
wait "$portal" 2>/dev/null
portal=
finish
