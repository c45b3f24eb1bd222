#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The person's status page: to whom it is served and to whom nothing is, tickets that open once, what a pass may
# see and what not; onay status --web; and the page itself in a real browser beside a card that comes and goes.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/card.sh
. tests/support/browser.sh
cleanup() {
    stop_browser
    stop_daemon
    stop_stacks
}
mkdir -p "$O/tests/browser"
start_browser "$O/tests/browser" || exit 1
start_stack rsa
sed -i '/^token_uri/d' "$conf" # whatever card there is
printf '%s\n' 'origin = https://portal.example' >>"$conf"
export ONAYD_DEBUG=1 LC_ALL=C.UTF-8
start_daemon "$conf"

json=(-H 'Content-Type: application/json')
bearer=(-H "Authorization: Bearer $token")
site=(-H 'Origin: https://portal.example')
own=(-H "Origin: $tcp" "${json[@]}")
fetch=() # SITE MODE DEST: what a browser says of itself
said() { fetch=(-H "Sec-Fetch-Site: $1" -H "Sec-Fetch-Mode: $2" -H "Sec-Fetch-Dest: $3"); }
no_cors() { ! grep -qi '^access-control' "$work/head"; }

# ---- the page is served to a tab that the person opened, and says nothing of anybody ----
said none navigate document
tab=("${fetch[@]}")
check "opened from outside the browser" answers 200 "" "$tcp/" "${tab[@]}"
same_file() { cmp "$work/body" "api/status-page/$1" && [[ "$(header Content-Type)" == "$2; charset=utf-8" ]]; }
check "it is the file, and no data" same_file status.html text/html
guarded() {
    [ "$(header Content-Security-Policy)" = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'" ] &&
        [ "$(header Cross-Origin-Opener-Policy)" = same-origin ] && [ "$(header Cross-Origin-Resource-Policy)" = same-origin ] &&
        [ "$(header X-Content-Type-Options)" = nosniff ] && [ "$(header X-Frame-Options)" = DENY ] &&
        [ "$(header Referrer-Policy)" = no-referrer ] && [ "$(header Cache-Control)" = no-store ] && no_cors
}
check "with all that guards it" guarded
check "HEAD" answers 200 "" "$tcp/" -I "${tab[@]}"
check "under each name of ours" answers 200 "" "http://localhost:$port/" "${tab[@]}"
said same-origin no-cors style
check "its style" answers 200 "" "$tcp/status.css" "${fetch[@]}"
check "is the file" same_file status.css text/css
check "as guarded" guarded
said same-origin no-cors script
check "its script" answers 200 "" "$tcp/status.js" "${fetch[@]}"
check "is the file" same_file status.js text/javascript
check "to the local user's curl" answers 200 "" /
contained() { # nothing from outside, nothing inline
    ! grep -nE 'https?://|"//|url\(|@import' api/status-page/* && ! grep -niE '<style|style=|<script>| on[a-z]+="' api/status-page/status.html &&
        ! grep -nE 'innerHTML *=|outerHTML|insertAdjacentHTML|document\.write|eval|new Function|[a-z]Storage|cookie' api/status-page/status.js
}
check "nothing from outside, nothing inline, no markup made of data, no storage" contained

# ---- everybody else hears what he hears at any other path ----
names() { grep -v '^X-Request-Id\|^Date' "$work/head" | tr -d '\r'; }
told() { jq -S 'del(.requestId)' "$work/body"; }
closed() { # PATH [CURL-OPTION…]: word for word
    answers 401 token-required "$tcp$1" "${@:2}" && diff <(names) "$work/nothing.head" && diff <(told) "$work/nothing.body"
}
check "a path that is not there" answers 401 token-required "$tcp/nothing"
names >"$work/nothing.head"
told >"$work/nothing.body"
check "curl, which says nothing of itself" closed /
while read -r what at mode dest path; do
    said "$at" "$mode" "$dest"
    check "$what: $path" closed "$path" "${fetch[@]}"
done <<'ROWS'
link cross-site navigate document /
other-port same-site navigate document /
frame cross-site navigate iframe /
own-frame same-origin navigate iframe /
image cross-site no-cors image /
fetch cross-site no-cors empty /
own-fetch same-origin cors empty /
prefetch none no-cors empty /
style cross-site no-cors style /status.css
script cross-site no-cors script /status.js
other-port same-site no-cors script /status.js
tab none navigate document /status.js
tab none navigate document /v1/health
tab none navigate document /index.html
ROWS
check "POST" closed / -X POST -H 'Content-Length: 0' "${tab[@]}"
check "OPTIONS" closed / -X OPTIONS "${tab[@]}"
check "said twice" closed / "${tab[@]}" -H 'Sec-Fetch-Site: none'
check "a rebound name" answers 421 host-not-allowed "$tcp/" -H "Host: evil.example:$port" "${tab[@]}"
check "a site with its Origin" answers 403 origin-not-allowed "$tcp/" "${tab[@]}" -H 'Origin: https://evil.example'
check "without CORS" no_cors
check "our own Origin" answers 403 origin-not-allowed "$tcp/" "${tab[@]}" -H "Origin: $tcp"
check "a site that is let in" answers 404 not-found "$tcp/" "${site[@]}"
check "a parameter" answers 422 invalid-field "$tcp/?x=1" "${tab[@]}"

# ---- tickets ----
ticket() { # [CURL-OPTION…]: sets ticket
    answers 201 "" /v1/tickets "${json[@]}" -d '{}' "$@" && ticket=$(jq -r .ticket "$work/body") &&
        [[ $ticket =~ ^[A-Za-z0-9_-]{43}$ ]]
}
exchange() { # STATUS SLUG TICKET [CURL-OPTION…]
    answers "$1" "$2" "$tcp/v1/passes" -d "{\"ticket\": \"$3\"}" "${@:4}"
}
check "the local user gets one" ticket
addressed() { jq -e --arg url "$tcp/#$ticket" '.url == $url and ((.expiresAt | fromdate) - now | . > 0 and . < 61)' "$work/body"; }
check "in an address, for a minute" addressed
check "by TCP with the token" answers 201 "" "$tcp/v1/tickets" "${bearer[@]}" "${json[@]}" -d '{}'
check "a site does not" answers 404 not-found "$tcp/v1/tickets" "${site[@]}" "${json[@]}" -d '{}'
check "nor the page by itself" answers 403 origin-not-allowed "$tcp/v1/tickets" "${own[@]}" -d '{}'
check "nor anybody" answers 401 token-required "$tcp/v1/tickets" "${json[@]}" -d '{}'
check "a form" answers 415 media-type /v1/tickets -d 'a=b'
check "a member" answers 422 invalid-field /v1/tickets "${json[@]}" -d '{"for": 1}'

# ---- the exchange ----
check "from another site" exchange 403 origin-not-allowed "$ticket" "${json[@]}" -H 'Origin: https://evil.example'
check "without CORS" no_cors
check "from a site that is let in" exchange 404 not-found "$ticket" "${json[@]}" "${site[@]}"
check "from another port" exchange 403 origin-not-allowed "$ticket" "${json[@]}" -H 'Origin: http://127.0.0.1:1'
check "from another of our names" exchange 403 origin-not-allowed "$ticket" "${json[@]}" -H "Origin: http://localhost:$port"
check "from https" exchange 403 origin-not-allowed "$ticket" "${json[@]}" -H "Origin: https://127.0.0.1:$port"
check "without Origin" exchange 401 token-required "$ticket" "${json[@]}"
check "with the token" exchange 404 not-found "$ticket" "${json[@]}" "${bearer[@]}"
check "under a rebound name" exchange 421 host-not-allowed "$ticket" "${json[@]}" -H "Host: evil.example:$port" -H "Origin: http://evil.example:$port"
check "by the Unix socket" answers 403 origin-not-allowed /v1/passes "${own[@]}" -d "{\"ticket\": \"$ticket\"}"
check "as a form" exchange 415 media-type "$ticket" -H "Origin: $tcp"
check "GET" answers 403 origin-not-allowed "$tcp/v1/passes" "${own[@]}" -X GET
check "a member more" answers 422 invalid-field "$tcp/v1/passes" "${own[@]}" -d "{\"ticket\": \"$ticket\", \"for\": 1}"
check "no ticket" answers 422 invalid-field "$tcp/v1/passes" "${own[@]}" -d '{}'
check "a guessed one" exchange 401 token-required "${ticket:0:42}${ticket:0:1}x" "${own[@]}"
check "an empty one" exchange 401 token-required "" "${own[@]}"
if [ "$(id -u)" = 0 ]; then
    refused_other() { # its answer goes to standard output: that user may not write here
        setpriv --reuid 65534 --regid 65534 --clear-groups curl -qgsS -m 60 "$tcp/v1/passes" "${own[@]}" -d "{\"ticket\": \"$ticket\"}" | tee "$work/other" | jq -e '.slug == "other-user"' ||
            { cat "$work/other"; return 1; }
    }
    check "by another user, who has read it somewhere" refused_other
else
    skip "by another user, who has read it somewhere" "needs root"
fi
check "by the page: none of that has used it up" exchange 201 "" "$ticket" "${own[@]}"
pass=$(jq -r .pass "$work/body")
fresh() { [[ $pass =~ ^[A-Za-z0-9_-]{43}$ ]] && [ "$pass" != "$ticket" ] && [ "$(header Cache-Control)" = no-store ] && no_cors; }
check "a pass, which nobody stores" fresh
check "a second time" exchange 401 token-required "$ticket" "${own[@]}"
a_few() { # five: the first makes room
    local i first
    ticket && first=$ticket
    for i in 1 2 3 4; do ticket || return 1; done
    exchange 401 token-required "$first" "${own[@]}" && exchange 201 "" "$ticket" "${own[@]}"
}
check "a few at a time" a_few

# ---- what a pass may see ----
by=(-H "Authorization: Bearer $pass")
for path in health info readers certificates history; do
    check "GET /v1/$path" answers 200 "" "$tcp/v1/$path" "${by[@]}"
done
check "HEAD" answers 200 "" "$tcp/v1/health" -I "${by[@]}"
streams() {
    curl -qgsN -m 30 "$tcp/v1/events" "${by[@]}" >"$work/stream" &
    poll grep -q '^event: history' "$work/stream" && kill $!
}
check "GET /v1/events" streams
check "not the certificate itself" answers 401 token-required "$tcp/v1/certificates?include=der" "${by[@]}"
none=00000000000000000000000000000000
while read -r method path type; do
    body=()
    [ -z "$type" ] || body=(-H "Content-Type: $type" -d '{}')
    check "not $method $path" answers 401 token-required "$tcp$path" -X "$method" "${by[@]}" "${body[@]}"
done <<ROWS
POST /v1/approvals application/json
GET /v1/approvals/$none
DELETE /v1/approvals/$none
GET /v1/approvals/$none/events
GET /v1/approvals/$none/signature
POST /v1/documents application/octet-stream
POST /v1/verifications application/json
POST /v1/pairings application/json
POST /v1/tickets application/json
POST /v1/passes application/json
DELETE /v1/history
DELETE /v1/history/$none
GET /v1/origins
DELETE /v1/origins/$none
GET /v1/openapi.json
OPTIONS /v1/health
GET /
ROWS
check "nor with an Origin: our own" answers 403 origin-not-allowed "$tcp/v1/readers" "${by[@]}" -H "Origin: $tcp"
check "or a site's" answers 403 origin-not-allowed "$tcp/v1/readers" "${by[@]}" -H 'Origin: https://evil.example'
check "nor under a rebound name" answers 421 host-not-allowed "$tcp/v1/readers" "${by[@]}" -H "Host: evil.example:$port"
check "a ticket is no pass" answers 401 token-required "$tcp/v1/readers" -H "Authorization: Bearer $ticket"
unlogged() { ! grep -F -e "$pass" -e "$ticket" "$work/daemon.log"; }
check "neither is in the log" unlogged

# ---- onay status --web ----
web() { "$O/onay" status --web "$@" >"$work/out" 2>&1 </dev/null; local s=$?; cat "$work/out"; return "$s"; }
address() { grep -oE "^$tcp/#[A-Za-z0-9_-]{43}\$" "$work/out"; }
opener() { # SHELL-LINES: xdg-open does this
    mkdir -p "$work/bin"
    printf '#!/bin/sh\n%s\n' "$1" >"$work/bin/xdg-open"
    chmod 755 "$work/bin/xdg-open"
}
path=$PATH
unset DISPLAY WAYLAND_DISPLAY
opener "touch '$work/called'"
PATH=$work/bin:$path
no_desktop() { web && address && [ ! -e "$work/called" ]; }
check "without a desktop: the address" no_desktop
export DISPLAY=:77
printed() { web --print && address && [ ! -e "$work/called" ]; }
check "--print: the address" printed
opener "echo \"\$@\" >'$work/called'"
opened() { web && grep -qx 'Durum sayfası tarayıcıda açıldı.' "$work/out" && ! grep -q '#' "$work/out" && exchange 201 "" "$(sed "s,^$tcp/#,," "$work/called")" "${own[@]}"; }
check "with a desktop: xdg-open gets it" opened
opener "exit 3"
failed() { web && address; }
check "xdg-open finds no browser: the address" failed
rm "$work/bin/xdg-open"
nowhere() { PATH=$work/bin web && address; }
check "no xdg-open: the address" nowhere
PATH=$path
usage() { web "$@"; [ $? -eq 64 ]; }
check "not with --json" usage --json
check "not with --watch" usage --watch
check "--print alone" bash -c '"$0" status --print; [ $? -eq 64 ]' "$O/onay"
check "English" env LC_ALL=en_US.UTF-8 "$O/onay" status --web --print

# ---- the page in a browser ----
arrives() { # NAME LANGUAGE
    web --print >"$work/page.url" && opens_page "$1" "$2" "$(cat "$work/page.url")"
}
trouble() { reads_page "${2-one}" '#trouble>>li' "$1"; }
gone() { says unread one "$@"; }
check "it is opened" arrives one tr-TR
check "the ticket is gone from its address" says at one "$tcp/"
check "the daemon runs" reads_page one '#state' çalışıyor
check "the certificate" reads_page one '#certificates>>h3' 'Ayşe Yılmaz'
days() { # as many as there are
    answers 200 "" /v1/certificates && until=$(jq -r '.certificates[0].notAfter' "$work/body") &&
        reads_page one '#certificates>>.left' "$(jq '.certificates[0].notAfter | fromdate - now | . / 86400 | floor' "$work/body") gün kaldı"
}
check "days left" days
check "the number masked" reads_page one '#certificates>>dd' '100******46'
check "the card in its reader" reads_page one '#readers>>.pill' 'kart takılı'
check "its PIN" reads_page one '#readers>>dd' 'kalan deneme: 3'
check "nothing signed yet" reads_page one '#history' 'Henüz bir şey imzalanmadı.'
check "that it is a test card" trouble 'Gözetimsiz deneme kartı'
check "the card is pulled" come_out
check "the page says so" trouble 'Kart takılı değil'
check "and has no certificate" reads_page one '#certificates' 'İmza sertifikası yok.'
check "it is put back" come_in
check "the certificate is back" reads_page one '#certificates>>h3' 'Ayşe Yılmaz'
check "the trouble is gone" gone '#trouble>>li' 'Kart takılı değil'
good_request
signs() { [ "$(approve "$work/good.json")" = "done" ]; }
check "something is signed" signs
check "the page shows it" reads_page one '#history>>td' SD-780
check "who asked" reads_page one '#history>>td' 'bu bilgisayardaki bir program'
check "the documents" reads_page one '#history>>li' taahhut.txt
check "its picture" page_picture one status
shots() { # NAME PICTURE: narrow, and dark
    says size "$1" 360 light && page_picture "$1" "$2-narrow" && says size "$1" 1280 dark && page_picture "$1" "$2-dark" && says size "$1" 1280 light
}
check "and others" shots one status

# ---- in English, by the browser's language and by hand ----
check "an English browser" arrives english en-US
check "reads English" reads_page english '#history-title' 'Signed lately'
check "days too" reads_page english '#certificates>>.left' 'days left'
check "by hand" says click one '#language'
check "it reads English" reads_page one '#history>>td' 'a program on this computer'
check "by the keyboard" says press one Enter
check "and Turkish" reads_page one '#history>>td' 'bu bilgisayardaki bir program'

# ---- what is wrong with cards and certificates ----
later() { says clock one "$(date -ud "$until 12 days ago" +%FT%TZ)" && says click one '#language' && says click one '#language'; }
check "twelve days before its end" later
check "it says so" trouble 'Sertifikanın süresi yakında doluyor (Ayşe Yılmaz · 12 gün kaldı)'
says clock one "$(date -u +%FT%TZ)" >/dev/null
wrong_pin() { pkcs11-tool --module "$(sed -n 's/^module = //p' "$conf")" --login --pin 000000 --list-objects; come_out && come_in && card_told pin "$1"; }
check "a wrong PIN" wrong_pin 2
check "few tries" trouble 'PIN için az deneme kaldı'
check "another" wrong_pin 1
check "the last try" trouble 'PIN için son deneme'
check "another" wrong_pin 0
check "locked, and how to mend it" trouble 'onay pin unblock'
fixtures/card/stack folder "$work/other.card" "$pki" expired noqc >"$work/folder.log" 2>&1
swaps() { come_out && come_in "$work/other.card"; }
check "another card" swaps
check "expired" trouble 'Sertifikanın süresi dolmuş (Ayşe Yılmaz)'
check "as its card says" reads_page one '#certificates>>.left' 'süresi doldu'
check "not qualified" trouble 'Sertifika nitelikli değil'
check "for which reason" reads_page one '#certificates>>li>>li' QcCompliance
check "its picture" page_picture one status-troubles
check "pcscd stops" fixtures/card/stack pcscd "$stack" kill
check "what to do" trouble 'sudo systemctl enable --now pcscd.socket'

# ---- who has no ticket ----
check "loaded again, it has no pass" says reload english
check "and says how to open it" trouble 'This page has to be opened again' english
check "it has nothing else" says unread english '#readers'
check "a link that was opened" opens_page used tr-TR "$(cat "$work/page.url")"
check "opens no more" trouble 'Bu bağlantı artık geçerli değil' used
check "a link that nobody gave" opens_page guessed tr-TR "$tcp/#$(head -c 43 /dev/zero | tr '\0' A)"
check "opens nothing" trouble 'Bu bağlantı artık geçerli değil' guessed

# ---- a site that looks for the page ----
sniffs() {
    visits sniff hostile.example granted sniff.html && page_tells sniff 'select(.what == "ready")' && says click sniff body &&
        page_tells sniff 'select(.what == "over")' && jq -s -e '[.[] | select(.what == "look")] | length == 27 and all(.same)' "$work/browser/sniff.log"
    local s=$?
    jq -c . "$work/browser/sniff.log"
    return "$s"
}
check "sees no difference to what is not there" sniffs

# ---- the daemon ends ----
check "the daemon stops" stop_daemon
check "the page says so, and how to go on" trouble 'onayd durdu'
check "it shows nothing that may be old" says unread one '#readers'
start_daemon "$conf" --port "$port"
check "another daemon knows no pass of before" answers 401 token-required "$tcp/v1/readers" "${by[@]}"
check "the page is opened anew" arrives two tr-TR
check "and follows" reads_page two '#state' çalışıyor
kill -9 "$(pgrep -x onayd-service -P "$daemon")" # the supervisor starts another one
check "its daemon dies: it has no pass any more" trouble 'Sayfanın süresi doldu' two
check "the browser ends" stop_browser
check "the daemon stops cleanly" stop_daemon
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
check "without a fault of memory" sound
finish
