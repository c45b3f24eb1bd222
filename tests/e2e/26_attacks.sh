#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every attacker we know of at the TCP door, each by name with its refusal. Each sends the same
# approval, complete and with whatever it could know, so that it would have an effect if it were let
# in. After each: nothing was made (there is room for one approval, and it is free) and the user's
# own request works. At the end: no dialog and no line of the log ever named an attacker's order.
#
# As root the daemon runs as a user made for this test, and a second one is its attacker.
set -u
. "$(dirname "$0")/lib.sh"
tool=$PWD/$O/tests/tool

# ---- the users ----
two_users=
cleanup() {
    stop_daemon
    [ "$(id -u)" != 0 ] || { userdel "$user"; userdel "$other"; } 2>/dev/null
}
user=onayd-test-$$ other=onayd-foe-$$
if [ "$(id -u)" = 0 ] && useradd -r "$user" && useradd -r "$other"; then
    two_users=yes
    me=$(id -u "$user") foe=$(id -u "$other")
    curl() { setpriv --reuid "$me" --regid "$me" --clear-groups curl "$@"; }
    # The programs, from where that user may run them, as that user.
    mkdir "$work/bin"
    cp "$O/onayd" "$O/onayd-token" "$work/bin"
    printf '#!/bin/sh\nexec setpriv --reuid %s --regid %s --clear-groups %s/bin/onayd "$@"\n' "$me" "$me" "$work" >"$work/onayd"
    chmod 755 "$work/onayd"
else
    me='' foe=''
    ln -s "$PWD/$O/onayd" "$work/onayd"
fi

make_card --attended rsa
cat >"$work/pinentry" <<P
#!/bin/sh
echo "OK Pleased to meet you"
while read -r line; do
    echo "\$line" >>"$work/dialogs"
    case \$line in
    CONFIRM* | GETPIN*) read -r line; exit 0 ;;
    BYE*) exit 0 ;;
    *) echo OK ;;
    esac
done
P
chmod 755 "$work/pinentry"
printf '%s\n' "pinentry = $work/pinentry" 'origin = https://portal.example' 'origin = https://xn--bcher-kva.example' \
    'max_approvals = 1' >>"$conf"
mkdir -m 700 "$work/run"
: >"$work/dialogs"
[ -z "$two_users" ] || chown -R "$me:$me" "$work"
O_built=$O
O=$work
start_daemon "$conf"
O=$O_built

# ---- the user's own request, and what the attackers make of it ----
order() { # NUMBER
    printf '%s' '{"application":{"orderNo":"'"$1"'","type":"Yenileme","applicant":{"identityNo":"10000000146","name":"Ayşe Yılmaz"}},' \
        '"documents":[{"role":"undertaking","name":"taahhut.txt","mimeType":"text/plain; charset=utf-8","content":"VGFhaGjDvHQ="}],' \
        '"signature":{"profile":"P1","packaging":"enveloping","commitment":"proof-of-approval"}}'
}
order SD-780 >"$work/own.json"
body=$(order SALDIRI)
post="POST /v1/approvals HTTP/1.1\r\n"
host="Host: 127.0.0.1:$port\r\n"
bearer="Authorization: Bearer $token\r\n"
portal="Origin: https://portal.example\r\nIdempotency-Key: saldiri\r\n"
evil="Origin: https://evil.example\r\nIdempotency-Key: saldiri\r\n"
json="Content-Type: application/json\r\nContent-Length: $(printf %s "$body" | wc -c)\r\n"
end="Connection: close\r\n\r\n$body"
get="GET /v1/health HTTP/1.1\r\n"

# own: one approval may be open, and it is not an attacker's.
own() {
    answers 202 "" /v1/approvals -H 'Content-Type: application/json' --data-binary "@$work/own.json" || return 1
    answers 204 "" "/v1/approvals/$(jq -r .id "$work/body")" -X DELETE
}

# shape: what the refused can see: the names of the headers, in order.
shape() { sed -n '2,/^\r$/s/^\([A-Za-z-]*\):.*/\1/p' "$work/raw" | grep -vE '^(WWW-Authenticate|Allow)$' | tr '\n' ' '; }

# refused WANT: the answer in raw is that one, alone, and tells nothing else.
#   NNN slug   ours
#   parser     the HTTP library's own, or none: nothing of ours was reached
#   silence    nobody is there to hear
refused() {
    head -c 1500 "$work/raw" | tr -d '\0'
    ! grep -aqiE '^(Server|Access-Control-[a-z-]*|Set-Cookie|Upgrade):' "$work/raw" || return 1
    case $1 in
    parser)
        ! grep -aq '^HTTP/1.[01] [123]' "$work/raw" && ! grep -aq '^X-Request-Id' "$work/raw"
        return
        ;;
    silence)
        [ ! -s "$work/raw" ]
        return
        ;;
    esac
    [ "$(grep -ac '^HTTP/1.1 ' "$work/raw")" = 1 ] && head -n 1 "$work/raw" | grep -q "^HTTP/1.1 ${1% *} " || return 1
    [ "$(sed '1,/^\r$/d' "$work/raw" | jq -r .slug)" = "${1#* }" ] || return 1
    [ -n "${all_shapes-}" ] || all_shapes=$(shape)
    [ "$(shape)" = "$all_shapes" ] || { echo "another shape: $(shape)"; return 1; }
}
attacked() { # WANT REQUEST ADDRESS HOW [UID…]
    local want=$1 request=$2
    shift 2
    printf %b "$request" | "$tool/attack" "$1" "$port" "${@:2}" >"$work/raw" || return 1
    refused "$want" && own
}
# attack WHO WANT REQUEST [ADDRESS [HOW [UID…]]]
attack() {
    local who=$1 want=$2
    [ $# -ge 6 ] || set -- "$1" "$2" "$3" "${4-127.0.0.1}" "${5-send}" $me
    check "$who: $want" attacked "${@:2}"
}

# ---- that the attackers would be heard ----
heard() { # REQUEST ADDRESS HOW [UID…]: let in, as a request of ours
    printf %b "$1" | "$tool/attack" "$2" "$port" "${@:3}" >"$work/raw"
    head -n 1 "$work/raw"
    grep -q '^HTTP/1.1 202 ' "$work/raw" &&
        answers 204 "" "/v1/approvals/$(sed '1,/^\r$/d' "$work/raw" | jq -r .id)" -X DELETE
}
honest=$bearer${json}Connection:\ close\\r\\n\\r\\n$(order SD-7801) # as long as theirs
check "our own request is let in by 127.0.0.1" heard "$post$host$honest" 127.0.0.1 send $me
check "by [::1]" heard "${post}Host: [::1]:$port\r\n$honest" ::1 send $me
check "by ::ffff:127.0.0.1" heard "$post$host$honest" ::ffff:127.0.0.1 send $me
check "by a child of a process that has ended" heard "$post$host$honest" 127.0.0.1 fork $me
check "by a process to which ours passed its socket" heard "$post$host$honest" 127.0.0.1 pass $me $me
shown() { grep -q 'SD-780' "$work/dialogs"; }
is_shown() {
    answers 202 "" /v1/approvals -H 'Content-Type: application/json' --data-binary "@$work/own.json" &&
        approval=$(jq -r .id "$work/body") && poll shown && answers 429 too-many-requests /v1/approvals \
        -H 'Content-Type: application/json' --data-binary "@$work/own.json" && answers 204 "" "/v1/approvals/$approval" -X DELETE
}
check "an approval would be shown, and a second one would not find room" is_shown

# ---- other users of the machine ----
if [ -n "$two_users" ]; then
    for address in 127.0.0.1 ::1 ::ffff:127.0.0.1; do
        at="another user at $address"
        named=$host
        [ "$address" != ::1 ] || named="Host: [::1]:$port\r\n"
        attack "$at with the token" "403 other-user" "$post$named$bearer$json$end" "$address" send "$foe"
        attack "$at with an allowed page's Origin" "403 other-user" "$post$named$portal$json$end" "$address" send "$foe"
        attack "$at looks who is there" "403 other-user" "$get$named\r\n" "$address" send "$foe"
        attack "$at sends and closes" silence "$post$named$bearer$json$end" "$address" close "$foe"
        attack "$at sends and resets" silence "$post$named$bearer$json$end" "$address" reset "$foe"
        attack "$at ends, a child listens" "403 other-user" "$post$named$bearer$json$end" "$address" fork "$foe"
        attack "$at passes the socket to a process of ours" "403 other-user" "$post$named$bearer$json$end" "$address" pass "$foe" "$me"
    done
    attack "root, who has not become the user" "403 other-user" "$post$host$bearer$json$end" 127.0.0.1 send 0
    attack "another user, everything else wrong too" "403 other-user" "${post}Host: evil.example\r\n$evil$end" 127.0.0.1 send "$foe"
    by_the_unix_socket() { # its folder was opened to everybody
        chmod 755 "$work" "$work/run" "$work/run/onayd" && chmod 666 "$sock"
        me=$foe curl -qs -m 20 --unix-socket "$sock" http://localhost/v1/approvals -H 'Content-Type: application/json' -d "$body"
        chmod 700 "$work" "$work/run" "$work/run/onayd" && chmod 600 "$sock"
    }
    refused_by_unix() { by_the_unix_socket | jq -e '.slug == "other-user" and .status == 403' && own; }
    check "another user at a Unix socket whose folder was opened: 403 other-user" refused_by_unix
else
    echo "# SKIPPED, needs root and useradd: the attacks by another user of the machine were not made"
    skip "another user of the machine" "only root can become two users"
fi

# ---- websites that were not let in ----
attack "DNS rebinding" "421 host-not-allowed" "${post}Host: evil.example:$port\r\n$evil$json$end"
attack "DNS rebinding, GET without Origin" "421 host-not-allowed" "${get}Host: evil.example:$port\r\n\r\n"
attack "fetch with JSON" "403 origin-not-allowed" "$post$host$evil$json$end"
attack "its preflight" "403 origin-not-allowed" "OPTIONS /v1/approvals HTTP/1.1\r\n$host${evil}Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type,idempotency-key\r\nAccess-Control-Request-Private-Network: true\r\n\r\n"
attack "CSRF by text/plain" "403 origin-not-allowed" "$post$host${evil}${json/application\/json/text\/plain}$end"
attack "CSRF by a form" "403 origin-not-allowed" "$post$host${evil}${json/application\/json/application\/x-www-form-urlencoded}$end"
attack "CSRF by a multipart form" "403 origin-not-allowed" "$post$host${evil}${json/application\/json/multipart\/form-data; boundary=x}$end"
attack "CSRF by sendBeacon, no type" "403 origin-not-allowed" "$post$host${evil}${json#*\\r\\n}$end"
attack "no-cors POST" "403 origin-not-allowed" "$post$host${evil}Sec-Fetch-Mode: no-cors\r\n${json/application\/json/text\/plain;charset=UTF-8}$end"
attack "a form without referrer (Origin: null)" "403 origin-not-allowed" "$post$host${evil/https:\/\/evil.example/null}${json/application\/json/text\/plain}$end"
attack "a sandboxed frame (Origin: null)" "403 origin-not-allowed" "$post$host${evil/https:\/\/evil.example/null}$json$end"
attack "a frame inside an allowed page" "403 origin-not-allowed" "$post$host${evil/evil.example/werbung.example}Referer: https://portal.example/\r\nSec-Fetch-Dest: iframe\r\n$json$end"
attack "no-cors GET" "401 token-required" "GET /v1/certificates HTTP/1.1\r\n${host}Sec-Fetch-Mode: no-cors\r\nSec-Fetch-Site: cross-site\r\n\r\n"
attack "an image" "401 token-required" "GET /v1/certificates HTTP/1.1\r\n${host}Sec-Fetch-Dest: image\r\nSec-Fetch-Mode: no-cors\r\n\r\n"
attack "a script" "401 token-required" "GET /v1/certificates HTTP/1.1\r\n${host}Sec-Fetch-Dest: script\r\n\r\n"
attack "a frame" "401 token-required" "GET / HTTP/1.1\r\n${host}Sec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate\r\n\r\n"
attack "navigation" "401 token-required" "GET / HTTP/1.1\r\n${host}Sec-Fetch-Mode: navigate\r\nUpgrade-Insecure-Requests: 1\r\n\r\n"
attack "a cookie instead of a token" "401 token-required" "$post${host}Cookie: token=$token\r\n$json$end"
attack "the token in the address" "401 token-required" "POST /v1/approvals?token=$token HTTP/1.1\r\n$host$json$end"
attack "the token as a password" "401 token-required" "$post${host}Authorization: Basic $(printf ':%s' "$token" | base64 -w0)\r\n$json$end"
attack "a wrong token" "401 token-required" "$post${host}Authorization: Bearer AAAA\r\n$json$end"
attack "two tokens" "401 token-required" "$post$host${bearer}${bearer}$json$end"
attack "sniffing for us at a path of ours" "401 token-required" "GET /v1/info HTTP/1.1\r\n$host\r\n"
attack "sniffing for us at any path" "401 token-required" "GET /favicon.ico HTTP/1.1\r\n$host\r\n"
attack "sniffing for us by method" "401 token-required" "TRACE / HTTP/1.1\r\n$host\r\n"
attack "sniffing for us, with an Origin" "403 origin-not-allowed" "$get$host$evil\r\n"
attack "a WebSocket" "403 origin-not-allowed" "GET /v1/events HTTP/1.1\r\n$host${evil}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
attack "an event stream" "403 origin-not-allowed" "GET /v1/events HTTP/1.1\r\n$host${evil}Accept: text/event-stream\r\n\r\n"
attack "an allowed page's form" "415 media-type" "$post$host${bearer}${json/application\/json/application\/x-www-form-urlencoded}$end"
attack "text/plain, JSON in its parameters" "415 media-type" "$post$host${bearer}${json/application\/json/text\/plain; application\/json}$end"

# ---- Origins that only look like the allowed one ----
while read -r name; do
    attack "Origin '$name'" "403 origin-not-allowed" "$post$host${evil/https:\/\/evil.example/"$name"}$json$end"
done <<ORIGINS
https://portal.example:443
https://portal.example:8443
https://portal.example:$port
https://portal.example.
https://portal.example/
https://PORTAL.example
HTTPS://portal.example
http://portal.example
wss://portal.example
//portal.example
portal.example
https://portal.example@evil.example
https://evil.example@portal.example
https://portal.example%40evil.example
https://portal.example\\\\.evil.example
https://portal.example.evil.example
https://evil-portal.example
https://x.portal.example
https://portal.example?
https://portal.example#
https://portal.example,https://portal.example
https://portal.example https://evil.example
https://portaI.example
https://pörtal.example
https://xn--prtal-jua.example
https://bücher.example
https://XN--bcher-kva.example
https://xn--bcher-kva.example.
https://portal。example
file://
null
http://127.0.0.1:$port
http://localhost:$port
chrome-extension://portal.example
*
ORIGINS
attack "an empty Origin" "403 origin-not-allowed" "$post${host}Origin:\r\n$bearer$json$end"
attack "two Origins" "403 origin-not-allowed" "$post$host${portal}Origin: https://evil.example\r\n$json$end"
attack "two Origins, the allowed one last" "403 origin-not-allowed" "$post$host$evil${portal%%Idem*}$json$end"
attack "the allowed Origin twice" "403 origin-not-allowed" "$post$host$portal${portal%%Idem*}$json$end"
attack "another site that knows the token" "403 origin-not-allowed" "$post$host$evil$bearer$json$end"
attack "an Origin under another header's name" "401 token-required" "$post${host}X-Origin: https://portal.example\r\nReferer: https://portal.example/\r\n$json$end"

# ---- Hosts that are not ours ----
while read -r name; do
    attack "Host '$name'" "421 host-not-allowed" "${post}Host: $name\r\n$portal$json$end"
done <<HOSTS
127.0.0.1
localhost
127.0.0.1:80
127.0.0.1:0$port
127.0.0.1:$port.
127.0.0.1.:$port
localhost.:$port
LOCALHOST:$port
Localhost:$port
localhost.localdomain:$port
x.localhost:$port
127.1:$port
127.0.1:$port
127.0.0.2:$port
2130706433:$port
0x7f000001:$port
0177.0.0.1:$port
0.0.0.0:$port
[::]:$port
::1:$port
[0:0:0:0:0:0:0:1]:$port
[::1%lo]:$port
[::ffff:127.0.0.1]:$port
[::ffff:7f00:1]:$port
evil.example:$port
localhost:$port@evil.example
user@127.0.0.1:$port
127.0.0.1:$port,evil.example
127.0.0.1:$port evil.example
127.0.0.1:$port/
http://127.0.0.1:$port
HOSTS
attack "no Host" parser "$get$bearer\r\n"
attack "an empty Host" "421 host-not-allowed" "${post}Host:\r\n$portal$json$end"
attack "two Hosts" "421 host-not-allowed" "$post$host${host}$portal$json$end"
attack "two Hosts, ours last" "421 host-not-allowed" "${post}Host: evil.example\r\n$host$portal$json$end"
attack "no Host, HTTP/1.0" "421 host-not-allowed" "POST /v1/approvals HTTP/1.0\r\n$bearer$json$end"
attack "our Host as X-Forwarded-Host" "421 host-not-allowed" "${post}Host: evil.example\r\nX-Forwarded-Host: 127.0.0.1:$port\r\nForwarded: host=127.0.0.1:$port\r\n$portal$json$end"

# ---- framing: what two readers could see differently. The second request hides in the first ----
hidden="$post$host$bearer$json$end"
attack "smuggling: TE with CL" "400 malformed-request" "$post$host${bearer}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n$hidden"
attack "smuggling: CL with TE" "400 malformed-request" "$post$host${bearer}Content-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$hidden"
attack "smuggling: two CLs" "400 malformed-request" "$post$host${bearer}Content-Type: application/json\r\nContent-Length: 2\r\nContent-Length: 400\r\n\r\n{}$hidden"
attack "smuggling: a list of CLs" parser "$post$host${bearer}Content-Type: application/json\r\nContent-Length: 2, 2\r\n\r\n{}$hidden"
attack "smuggling: two TEs" "400 malformed-request" "$post$host${bearer}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n$hidden"
attack "smuggling: another TE" "400 malformed-request" "$post$host${bearer}Content-Type: application/json\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n$hidden"
attack "smuggling: a TE that only looks like one" "400 malformed-request" "$post$host${bearer}Content-Type: application/json\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n$hidden"
attack "smuggling: a space before the colon" "400 malformed-request" "$post$host${bearer}Content-Type: application/json\r\nContent-Length : 400\r\n\r\n$hidden"
attack "smuggling: a body where none belongs" "400 malformed-request" "$get$host${bearer}Content-Length: 30\r\n\r\n$hidden"
attack "smuggling: a signed length" parser "$post$host${bearer}Content-Type: application/json\r\nContent-Length: +2\r\n\r\n{}$hidden"
attack "smuggling: a hexadecimal length" parser "$post$host${bearer}Content-Type: application/json\r\nContent-Length: 0x2\r\n\r\n{}$hidden"

# ---- targets, headers and tongues ----
attack "absolute-form, another machine's" "421 host-not-allowed" "POST http://127.0.0.1:$port/v1/approvals HTTP/1.1\r\nHost: evil.example\r\n$bearer$json$end"
attack "absolute-form, ours" "404 not-found" "POST http://127.0.0.1:$port/v1/approvals HTTP/1.1\r\n$host$bearer$json$end"
attack "authority-form" "404 not-found" "CONNECT 127.0.0.1:$port HTTP/1.1\r\n$host${bearer}Connection: close\r\n\r\n"
attack "asterisk-form" "404 not-found" "OPTIONS * HTTP/1.1\r\n$host${bearer}Connection: close\r\n\r\n"
attack "a target with dots" "404 not-found" "POST /x/../v1/approvals HTTP/1.1\r\n$host$bearer$json$end"
attack "a target with two slashes" "404 not-found" "POST //v1/approvals HTTP/1.1\r\n$host$bearer$json$end"
attack "a target in percent" "404 not-found" "POST /v1/%61pprovals HTTP/1.1\r\n$host$bearer$json$end"
attack "a target with NUL in percent" "404 not-found" "POST /v1/approvals%00 HTTP/1.1\r\n$host$bearer$json$end"
attack "a method in lower case" "405 method-not-allowed" "post /v1/approvals HTTP/1.1\r\n$host$bearer$json$end"
attack "another method, by a header" "405 method-not-allowed" "GET /v1/approvals HTTP/1.1\r\n$host${bearer}X-HTTP-Method-Override: POST\r\nConnection: close\r\n\r\n"
# For the parser a value ends at NUL, and so it does for us: what stands behind it lets nobody in.
attack "NUL in Host" "421 host-not-allowed" "${post}Host: evil.example\0000127.0.0.1:$port\r\n$portal$json$end"
attack "NUL in Origin" "403 origin-not-allowed" "$post${host}Origin: https://evil.example\0https://portal.example\r\nIdempotency-Key: saldiri\r\n$json$end"
attack "NUL in the token" "401 token-required" "$post${host}Authorization: Bearer \0000$token\r\n$json$end"
attack "NUL in a header's name" parser "$post${host}Ori\0gin: https://portal.example\r\n$json$end"
attack "NUL in the target" "404 not-found" "POST /v1/x\0/v1/approvals HTTP/1.1\r\n$host$bearer$json$end"
# The parser loses a header that is folded; what is lost lets nobody in.
attack "a folded Host" parser "${post}Host: 127.0.0.1:$port\r\n .evil.example\r\n$portal$json$end"
attack "a folded Origin" "401 token-required" "$post${host}Origin: https://portal.example\r\n\t.evil.example\r\nIdempotency-Key: saldiri\r\n$json$end"
attack "a first header that begins with a space" "400 malformed-request" "$post X: y\r\n$host$bearer$json$end"
attack "a lone CR in a header" "400 malformed-request" "$post${host}X: a\rOrigin: https://portal.example\r\n$bearer$json$end"
attack "a header without a name" "415 media-type" "$post$host$bearer: x\r\n$json$end"
attack "a header without a colon" parser "$post$host${bearer}Origin\r\n$json$end"
attack "a control character in a header's name" "400 malformed-request" "$post$host${bearer}X\x01Y: 1\r\n$json$end"
attack "a slash in a header's name" "400 malformed-request" "$post$host${bearer}X/Y: 1\r\n$json$end"
attack "a header's name in UTF-8" "400 malformed-request" "$post$host${bearer}Örigin: 1\r\n$json$end"
attack "a tab before the colon of Origin" "400 malformed-request" "$post$host${bearer}Origin\t: https://evil.example\r\n$json$end"
attack "a space before the colon of Host" parser "${post}Host : 127.0.0.1:$port\r\n$portal$json$end"
attack "headers of 20,000 octets" "400 malformed-request" "$post$host${bearer}X: $(head -c 20000 /dev/zero | tr '\0' a)\r\n$json$end"
attack "headers of 60,000 octets" "400 malformed-request" "$post$host${bearer}X: $(head -c 60000 /dev/zero | tr '\0' a)\r\n$json$end"
attack "headers of 130,000 octets" parser "$post$host${bearer}X: $(head -c 130000 /dev/zero | tr '\0' a)\r\n$json$end"
attack "HTTP/0.9" parser "POST /v1/approvals\r\n\r\n"
attack "HTTP/2 by its preface" parser "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"
attack "HTTP/2 by Upgrade" "403 origin-not-allowed" "$post$host${evil}Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n$json$end"
attack "TLS" parser "\x16\x03\x01\0\x2e\x01\0\0\x2a\x03\x03abcdefgh\r\n\r\nklmnopqrstuvwxyz0123\0\0\x02\x13\x01\x01\0\r\n\r\n"
attack "SMTP" parser "EHLO evil.example\r\nMAIL FROM:<x@evil.example>\r\n\r\n"

# ---- after all of them ----
never_named() { ! grep -q SALDIRI "$work/dialogs" "$work/daemon.log"; }
check "no dialog and no line of the log ever named an attacker's order" never_named
check "the daemon stops cleanly" stop_daemon
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
check "without a fault of memory" sound

# ---- a kernel that does not tell whose a connection is ----
mv "$work/onayd" "$work/onayd-told"
printf '#!/bin/sh\nexec %s/nodiag %s/onayd-told "$@"\n' "$tool" "$work" >"$work/onayd"
chmod 755 "$work/onayd"
O=$work
start_daemon "$conf"
O=$O_built
for address in 127.0.0.1 ::1; do
    attack "the kernel does not tell: everybody at $address" "403 other-user" "$post${host/127.0.0.1/localhost}$bearer$json$end" "$address"
done
told() { answers 200 "" /v1/health && jq -e '.state == "local-only"' "$work/body"; }
check "health says so at the Unix socket" told
check "and the log" grep -q '^<3>onayd: the kernel does not tell whose a TCP connection is' "$work/daemon.log"
check "the daemon stops cleanly" stop_daemon
finish
