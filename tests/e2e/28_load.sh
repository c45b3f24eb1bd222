#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Crowds at the TCP door: who drips keeps nobody else out, and leaves nothing behind.
set -u
. "$(dirname "$0")/lib.sh"

LIMIT=${LOAD_OCTETS:-268435456} # of the large document
make_card rsa
start_daemon "$conf" --set max_document="$LIMIT" --set max_upload_total=$((LIMIT + 1048576))

descriptors() { find "/proc/$daemon/fd" -mindepth 1 | wc -l; }
anon() { sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$daemon/status"; } # KiB
host="Host: 127.0.0.1:$port"
auth="Authorization: Bearer $token"

# crowd HOW-MANY SECONDS TEXT: in the background; returns when all of it is there.
crowd() {
    rm -f "$work/crowd"
    "$O/tests/tool/crowd" "$port" "$1" "$2" "$3" >"$work/crowd" &
    crowd=$!
    # a full backlog makes the kernel try again after 1, 3 and 7 s: none of it is the daemon's fault
    for _ in $(seq 600); do
        grep -q there "$work/crowd" && return 0
        kill -0 "$crowd" 2>/dev/null || break
        sleep 0.05
    done
    return 1
}
disperse() { kill "$crowd" 2>/dev/null; wait "$crowd" 2>/dev/null; return 0; }

# prompt TARGET…: all of twenty are answered, and the middle one within 100 ms.
prompt() {
    local i
    : >"$work/times"
    for i in $(seq 20); do
        curl -qgsS -m 10 -o /dev/null -w '%{http_code} %{time_total}\n' "$@" >>"$work/times" || return 1
    done
    sort -k2 -n "$work/times" | sed -n '1p;10p;20p'
    [ "$(grep -c '^200 ' "$work/times")" = 20 ] &&
        sort -k2 -n "$work/times" | sed -n 10p | awk '{ exit !($2 < 0.1) }'
}
page() { prompt -H "$auth" "$tcp/v1/health"; }
shell() { prompt --unix-socket "$sock" http://localhost/v1/health; }
# settled: what the crowd took is given back.
settled() {
    for _ in $(seq 60); do
        [ "$(descriptors)" -le "$before" ] && return 0
        sleep 0.1
    done
    echo "descriptors: $(descriptors), before: $before"
    return 1
}
small() { # an approval still works
    cat >"$work/small.json" <<'J'
{ "application": { "orderNo": "SD-780" },
  "documents": [ { "role": "other", "name": "a.txt", "mimeType": "text/plain", "content": "YQ==" } ],
  "signature": { "profile": "B-B", "packaging": "detached" } }
J
    local state
    state=$(approve "$work/small.json") && echo "$state" && [ "$state" = done ]
}
aftermath() {
    check "$1: health answers" answers 200 "" /v1/health
    check "$1: descriptors are back" settled
}

check "an approval" small
sleep 0.5
before=$(descriptors)

slow=$(printf 'GET /v1/health HTTP/1.1\r\n%s\r\nX-Slow: ' "$host")
check "64 connections drip headers" crowd 64 60 "$slow"
check "the page is answered" page
check "the shell is answered" shell
out() { wait "$crowd"; cat "$work/crowd"; grep -q '^closed 64$' "$work/crowd"; }
check "all of them are shown out by and by" out
aftermath "dripping headers"

body=$(printf 'POST /v1/documents HTTP/1.1\r\n%s\r\n%s\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\nx' "$host" "$auth")
check "64 connections drip bodies" crowd 64 60 "$body"
check "the page is answered beside bodies" page
check "the shell is answered beside bodies" shell
disperse
aftermath "dripping bodies, cut off"

check "1,000 connection attempts" crowd 1000 2 ""
check "the page is answered beside them" page
disperse
aftermath "1,000 connections"
check "an approval after all that" small

# ---- rubbish ----

# raw_answer TEXT: sends what printf %b makes of it, prints what comes back until the end.
raw_answer() { printf %b "$1" | "$O/tests/tool/attack" 127.0.0.1 "$port" send; }
# refused TEXT: a refusal, and the connection ends; what follows in it is never obeyed.
refused() {
    raw_answer "$1" >"$work/raw" || return 1
    head -c 300 "$work/raw"
    grep -aq '^HTTP/1.1 4[0-9][0-9] ' "$work/raw" && ! grep -aq 'HTTP/1.1 2' "$work/raw"
}
# cut_off TEXT: the connection ends without a word.
cut_off() { raw_answer "$1" >"$work/raw" && [ ! -s "$work/raw" ]; }
chunked="POST /v1/documents HTTP/1.1\r\n$host\r\n$auth\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n"
next="GET /v1/health HTTP/1.1\r\n$host\r\n$auth\r\n\r\n"
check "a chunk size that is none" refused "$chunked\r\nxyz\r\n$next"
check "a chunk size that overflows" refused "$chunked\r\nffffffffffffffffff\r\nx\r\n$next"
check "a negative chunk size" refused "$chunked\r\n-1\r\nx\r\n$next"
check "a chunk longer than it says" refused "$chunked\r\n1\r\nxyz\r\n0\r\n\r\n$next"
check "chunks and a length" refused "${chunked}Content-Length: 4\r\n\r\n0\r\n\r\n$next"
check "a chunk header without end" cut_off "$chunked\r\n1;$(printf '%070000d' 0)"
check "one long header" refused "GET /v1/health HTTP/1.1\r\n$host\r\n$auth\r\nX-Long: $(printf '%070000d' 0)\r\n\r\n"
check "many headers" refused "GET /v1/health HTTP/1.1\r\n$host\r\n$auth\r\n$(printf 'X-%d: a\\r\\n' $(seq 5000))\r\n"
aftermath "rubbish"

in_order() { # POST, GET, GET in one segment: three answers in their order
    raw_answer "POST /v1/documents HTTP/1.1\r\n$host\r\n$auth\r\nContent-Type: application/octet-stream\r\nContent-Length: 3\r\n\r\nabcGET /v1/health HTTP/1.1\r\n$host\r\n$auth\r\n\r\nGET /v1/nothing HTTP/1.1\r\n$host\r\n$auth\r\nConnection: close\r\n\r\n" |
        grep -ao 'HTTP/1.1 [0-9]*' | cut -d' ' -f2 | tee "$work/order"
    [ "$(tr '\n' ' ' <"$work/order")" = "201 200 404 " ]
}
check "pipelined requests are answered in order" in_order

# LOAD_REQUESTS=100000 is the long form.
requests=${LOAD_REQUESTS:-5000}
many() { # one after the other on a kept connection
    curl -qsS -m 300 -o "$work/many" -w '%{http_code}\n' -H "$auth" "$tcp/v1/health#[1-$1]" | grep -c '^200$'
}
flat() {
    [ "$(many 1000)" = 1000 ] || return 1
    local memory
    memory=$(anon)
    [ "$(many "$requests")" = "$requests" ] || return 1
    echo "KiB: $memory, after $requests more: $(anon)"
    [ $(($(anon) - memory)) -le 256 ]
}
check "$requests requests in flat memory" flat
# The document that was pipelined is kept for its time.
before=$((before + 1))
aftermath "many requests"
check "an approval at the end" small

# A large document in little memory.
upload() {
    local base=$1
    truncate -s "$LIMIT" "$work/large" && answers 201 "" "$tcp/v1/documents" -m 600 -H "$auth" -X POST \
        -H 'Content-Type: application/octet-stream' -T "$work/large" || return 1
    echo "KiB before $base, after $(anon), peak of the daemon:" && grep VmHWM "/proc/$daemon/status"
    [ "$(jq -r .size "$work/body")" = "$LIMIT" ]
}
lean() { # while it arrives, too: the most that was seen
    local most=0 now pid
    upload "$1" >"$work/upload" 2>&1 &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        now=$(anon)
        [ "$now" -gt "$most" ] && most=$now
        sleep 0.02
    done
    wait "$pid" || { cat "$work/upload"; return 1; }
    cat "$work/upload"
    echo "most: $most KiB"
    [ "$most" -gt 0 ] && [ $((most - $1)) -le 16384 ]
}
check "a large document in 16 MiB of memory" lean "$(anon)"
finish
