#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# onayd-fetch against services that break: every fault ends in its own name, in bounded time and
# memory; it visits nobody it may not visit, through redirects and strange addresses too; it takes the
# environment's proxies; it can do nothing else. Nothing leaves loopback.
set -u
. "$(dirname "$0")/../tap.sh"
. tests/support/services.sh
for variable in $(compgen -e | grep -i '_proxy$'); do unset "$variable"; done

built=$O
case $built in /*) ;; *) built=$PWD/$built ;; esac
export ONAYD_FETCH=$built/onayd-fetch
start_services
port=${url##*:}

# asked WANT URL [OPTION…]: one line of tests/tool/ask begins so.
asked() {
    local want=$1
    shift
    "$O/tests/tool/ask" "$@" >"$work/said" 2>"$work/err"
    cat "$work/said" "$work/err"
    [ "$(wc -l <"$work/said")" -ge 1 ] && ! grep -qvE "^($want)" "$work/said"
}
here() { asked "$@" private=127.0.0.1; }

# ---- answers ----
check "a certificate" here "answered 200 $(stat -c %s "$pki/root.der") application/pkix-cert" "$url/root.crt" out="$work/got"
check "word for word" cmp "$work/got" "$pki/root.der"
check "eight at once" here "answered 200 " "$url/root.crt" times=8
check "nine at once: refused here" here "too-many-requests" "$url/root.crt" times=9
check "nothing there" here "answered 404 " "$url/nothing"
openssl ts -query -data /dev/null -sha256 -cert -out "$work/query" 2>"$work/err"
check "a time stamp" here "answered 200 [0-9]* application/timestamp-reply" "$url/tsa" post="$work/query" type=application/timestamp-query
check "by its type alone" here "answered 415 " "$url/tsa" post="$work/query" type=text/plain
check "one octet too many" here "too-large 0 0" "$url/root.crt" octets=$(($(stat -c %s "$pki/root.der") - 1))
check "as many as allowed" here "answered 200 " "$url/root.crt" octets="$(stat -c %s "$pki/root.der")"

# ---- faults ----
# The longest takes its 1.5 s, which is what it was given: a minute would be no time limit.
faulty() { # WANT FAULT…
    local want=$1 begun=$SECONDS
    shift
    breaks aia "$@" && here "$want" "$url/root.crt" ms=1500 && [ $((SECONDS - begun)) -lt 60 ]
}
while read -r want fault; do
    # shellcheck disable=SC2086 # fault and number
    check "$fault: $want" faulty "$want" $fault
done <<'ROWS'
timeout late 600000
timeout silence
timeout drip
broken reset
broken cut
too-large rubbish
too-large rubbish 4096
redirect redirect
redirect redirect-file
redirect redirect-scheme
address redirect-private
ROWS
check "it asked so often and no more" bash -c '[ "$1" = 6 ]' - "$(breaks aia redirect && here redirect "$url/root.crt" >"$work/out"; say tell aia)"
check "an HTTP error is an answer" faulty "answered 503 " http 503
check "so is another type" faulty "answered 200 [0-9]* text/html" type
mend

# Rubbish without end, with room for it: no more memory than was allowed, and a little.
bounded() {
    breaks aia rubbish 4096
    # shellcheck disable=SC2016 # for the inner shell
    ONAYD_FETCH=$work/limited "$O/tests/tool/ask" "$url/root.crt" private=127.0.0.1 octets=67108864 >"$work/said" 2>"$work/err"
    cat "$work/said" "$work/err"
    grep -q '^too-large 0 0' "$work/said"
}
printf '#!/bin/sh\nulimit -d 400000\nexec "%s" "$@"\n' "$ONAYD_FETCH" >"$work/limited"
chmod 755 "$work/limited"
[ "${MODE-}" = asan ] || check "rubbish does not fill the memory" bounded
mend

# ---- who may be visited ----
check "who may visit an authority alone: that one" here "answered 200 " "$url/root.crt" "tsa=$url/tsa"
check "in whatever letters" here "answered 200 " "http://LOCALHOST:$port/root.crt" tsa=http://localhost/tsa private=localhost
check "nobody else" here "host 0 0" "$url/root.crt" tsa=https://tsa.example/
check "nor where it redirects" eval 'breaks aia redirect-private && here "host 0 0" "$url/root.crt" "tsa=$url/tsa"'
mend
while read -r want host; do
    check "http://$host: $want" asked "$want" "http://$host:$port/root.crt" ms=5000
done <<'ROWS'
address 127.0.0.1
address localhost
address LOCALHOST
address 127.1
address 2130706433
address 0x7f000001
address 0x7f.0.0.1
address 0177.0.0.1
address 017700000001
address 0
address 0.0.0.0
address [::1]
address [::]
address [::ffff:127.0.0.1]
address [::ffff:7f00:1]
address [64:ff9b::7f00:1]
address 10.0.0.1
address 192.168.1.1
address 172.16.0.1
address 169.254.169.254
address [fe80::1]
address [fd00::1]
address 224.0.0.1
address [ff02::1]
address 255.255.255.255
ROWS
check "nobody was asked" counted aia 0
check "a listed name" asked "answered 200" "http://localhost:$port/root.crt" private=localhost
check "a listed address, however it is written" asked "answered 200" "http://0x7f.1:$port/root.crt" private=127.0.0.1
check "the name is not the address" asked address "http://127.0.0.1:$port/root.crt" private=localhost
check "nor the address the name" asked address "http://localhost:$port/root.crt" private=127.0.0.1
while read -r target; do check "refused: $target" asked "url 0 0" "$target" private=127.0.0.1; done <<ROWS
file:///etc/passwd
gopher://127.0.0.1:$port/
ftp://127.0.0.1/
dict://127.0.0.1:$port/
http://user@127.0.0.1:$port/root.crt
http://user:password@127.0.0.1:$port/root.crt
http://
127.0.0.1:$port/root.crt
http://127.0.0.1:99999/
ROWS
# A label that is too long for DNS is not asked for: nothing leaves this machine.
check "a name that is none" asked resolve "http://$(printf '%064d' 0 | tr 0 a).invalid/"
check "nobody listens" here connect http://127.0.0.1:1/
check "not a socket of ours: refused" bash -c '"$0" --fd=3 3</dev/null; [ $? = 64 ]' "$ONAYD_FETCH"

# A name that turns out to be private: what DNS rebinding comes to.
with() { # OPTION…: an onayd-fetch with these
    printf '#!/bin/sh\nexec "%s" "$@"' "$built/onayd-fetch" >"$work/wrapped"
    [ $# -eq 0 ] || printf " '%s'" "$@" >>"$work/wrapped"
    chmod 755 "$work/wrapped"
    export ONAYD_FETCH=$work/wrapped
}
with --resolve "tsa.test:$port:127.0.0.1"
check "a public name with a private address" asked address "http://tsa.test:$port/root.crt"
check "a listed one" asked "answered 200" "http://tsa.test:$port/root.crt" private=tsa.test
redirected() { breaks aia redirect-private && asked address "http://tsa.test:$port/root.crt" private=tsa.test; }
check "and its redirect to a private address" redirected
mend

# ---- headers stay at home ----
# away STATUS LOCATION: a server that redirects once, on another port; sees what the next one gets.
serve_lines() { # NAME PORT-FILE: answers one request with $work/NAME.answer, keeps it in $work/NAME.asked
    "$O/tests/tool/once" "$work/$1.answer" "$work/$1.asked" >"$work/$1.port" &
    poll test -s "$work/$1.port"
}
printf 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' >"$work/last.answer"
redirect_to() { # STATUS LOCATION
    printf 'HTTP/1.1 %s Moved\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n' "$1" "$2" >"$work/first.answer"
}
travels() { # STATUS HOST
    rm -f "$work"/first.port "$work"/last.port
    serve_lines last
    redirect_to "$1" "http://$2:$(cat "$work/last.port")/there"
    serve_lines first
    asked "answered 200 2" "http://127.0.0.1:$(cat "$work/first.port")/here" private=127.0.0.1 private=localhost \
        post="$work/query" type=application/timestamp-query identity=c0ffee authorization="Basic YTpi" || return 1
    wait %% 2>/dev/null
    cat "$work/first.asked" "$work/last.asked"
    grep -aq '^identity: c0ffee' "$work/first.asked" && grep -aq '^Authorization: Basic YTpi' "$work/first.asked"
}
bare() { ! grep -aqi 'identity\|authorization\|c0ffee\|YTpi' "$work/last.asked"; }
sees() { grep -aq "$1" "$work/last.asked"; }
check "a redirect to another port" travels 302 127.0.0.1
check "gets no identity and no password" bare
check "but the question" sees '^POST /there HTTP/1.1'
check "a redirect to another name" travels 307 localhost
check "gets neither" bare
check "a redirect with 303" travels 303 127.0.0.1
check "is a GET" sees '^GET /there HTTP/1.1'
check "and no more is said than needed" bash -c '! grep -aqiE "^(cookie|referer|accept-encoding|from):" "$0"' "$work/first.asked"
check "plainly by whom" grep -aq "^User-Agent: onayd/" "$work/first.asked"
endless() {
    { printf 'HTTP/1.1 200 OK\r\n'; yes 'X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' | head -n 20000; } >"$work/first.answer"
    rm -f "$work/first.port"
    serve_lines first
    asked broken "http://127.0.0.1:$(cat "$work/first.port")/" private=127.0.0.1
}
check "headers without end" endless

# ---- TLS ----
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=tsa.test \
    -addext subjectAltName=DNS:tsa.test -keyout "$work/tls.key" -out "$work/tls.pem" 2>"$work/err"
printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nsecret' >"$work/tls.answer"
mkfifo "$work/tls.in"
sleep 600 >"$work/tls.in" &
hold=$!
: >"$work/tls.out"
openssl s_server -accept 127.0.0.1:0 -cert "$work/tls.pem" -key "$work/tls.key" -WWW <"$work/tls.in" >"$work/tls.out" 2>&1 &
tls=$!
cleanup() { kill "$tls" "$hold" 2>/dev/null; stop_services; }
tls_port() { grep -o '^ACCEPT .*:[0-9]*$' "$work/tls.out" | sed 's/.*://'; }
poll grep -q '^ACCEPT .*:[0-9]' "$work/tls.out"
tls_url=https://tsa.test:$(tls_port)
with --resolve "tsa.test:$(tls_port):127.0.0.1" --resolve "other.test:$(tls_port):127.0.0.1"
check "a certificate that nobody trusts" asked tls "$tls_url/Makefile" private=tsa.test
with --resolve "tsa.test:$(tls_port):127.0.0.1" --resolve "other.test:$(tls_port):127.0.0.1" --ca "$work/tls.pem"
check "a trusted one" asked "answered 200" "$tls_url/Makefile" private=tsa.test
check "of another name" asked tls "https://other.test:$(tls_port)/Makefile" private=other.test
with
check "no TLS at all" asked tls "https://127.0.0.1:$port/root.crt" private=127.0.0.1

# ---- proxies ----
mkfifo "$work/proxy.in"
"$O/tests/tool/proxy" "$port" <"$work/proxy.in" >"$work/proxy.out" &
exec 7>"$work/proxy.in"
poll test -s "$work/proxy.out"
proxy=http://127.0.0.1:$(head -n 1 "$work/proxy.out")
through() { grep -qF "$1" "$work/proxy.out"; }
by_proxy() { http_proxy=$proxy asked "$@"; }
check "through http_proxy, which needs no leave" by_proxy "answered 200" "http://tsa.gov.tr/root.crt"
check "by its whole address" through "GET http://tsa.gov.tr/root.crt HTTP/1.1"
check "a question too" by_proxy "answered 200 [0-9]* application/timestamp-reply" "http://zd.gov.tr/tsa" post="$work/query" type=application/timestamp-query
check "that one too" through "POST http://zd.gov.tr/tsa HTTP/1.1"
while read -r host; do check "not to $host for us" by_proxy address "http://$host/root.crt"; done <<'ROWS'
169.254.169.254
0xa9.0xfe.0xa9.0xfe
localhost
a.localhost
[::1]
10.0.0.1
ROWS
check "it was not asked" bash -c '! grep -qE "169|0xa9|localhost|::1|10\." "$0"' <(sed 1d "$work/proxy.out")
excepted() { http_proxy=$proxy no_proxy=127.0.0.0/8,tsa.test asked "$@"; }
check "no_proxy goes straight" excepted "answered 200" "$url/root.crt" private=127.0.0.1
check "and is looked at" excepted address "$url/root.crt"
check "HTTP_PROXY is a header's name" env HTTP_PROXY="$proxy" "$O/tests/tool/ask" "$url/root.crt" private=127.0.0.1
check "the proxy saw two" bash -c '[ "$(grep -c HTTP/1.1 "$0")" = 2 ]' "$work/proxy.out"
dead() { http_proxy=http://127.0.0.1:1 asked connect http://tsa.gov.tr/root.crt; }
check "a proxy that is not there" dead
tunnel() { https_proxy=$proxy asked tls https://tsa.gov.tr/root.crt && through "CONNECT tsa.gov.tr:443 HTTP/1.1"; }
check "TLS by a tunnel" tunnel
exec 7>&-

# ---- what it can do ----
# Root may look into every process, so for root another user asks, and tries to look.
breaks aia silence
user=()
[ "$(id -u)" != 0 ] || user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
mkdir -m 755 "$work/bin"
chmod 711 "$work"
cp "$built/onayd-fetch" "$O/tests/tool/ask" "$work/bin"
env ONAYD_FETCH="$work/bin/onayd-fetch" "${user[@]}" "$work/bin/ask" "$url/root.crt" private=127.0.0.1 ms=60000 >"$work/said" 2>&1 &
asker=$!
child() { pgrep -P "$asker" -f 'onayd-fetch'; }
check "it runs" poll child
pid=$(child)
poll bash -c 'grep -q "^Seccomp:[[:space:]]*2" /proc/"$0"/status' "$pid" || :
status() { grep -q "^$1:[[:space:]]*$2$" "/proc/$pid/status"; }
check "no new privileges" status NoNewPrivs 1
[ "${MODE-}" = asan ] || check "its calls are filtered" status Seccomp 2
looks_into() { "${user[@]}" cat "/proc/$1/environ" >/dev/null; }
hidden() { ! looks_into "$pid"; }
check "its user looks into another process" looks_into "$asker"
check "but not into this one" hidden
one_door() { # standard descriptors, the door, and sockets
    ls -l "/proc/$pid/fd" 2>/dev/null | sed -n 's/.* -> //p' >"$work/fds"
    cat "$work/fds"
    [ -s "$work/fds" ] && ! grep -vE '^(/dev/null|socket:|pipe:|anon_inode:|/)' "$work/fds"
}
check "it holds no file" one_door
kill "$asker"
wait "$asker" 2>/dev/null
gone() { ! kill -0 "$pid" 2>/dev/null; }
check "it ends with who asked" poll gone
finish
