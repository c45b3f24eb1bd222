#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The processes of the daemon: what dies is replaced, and nothing outlives the supervisor.
set -u
. "$(dirname "$0")/lib.sh"
make_card rsa
start_daemon "$conf"

named() { pgrep -P "$daemon" -x "$1"; }
healthy() { answers 200 "" /v1/health && jq -e '.state == "ready"' "$work/body"; }
workers() { poll named onayd-token; }
check "health" healthy
check "the worker is there" workers

# ---- the service dies ----
service=$(named onayd-service)
others=$(named onayd-token)
kill -9 "$service"
check "the service is killed: the daemon answers again" poll healthy
another() { [ "$(named onayd-service)" != "$service" ]; }
check "by another process" another
same_doors() { [ "$(cat "$XDG_RUNTIME_DIR/onayd/port")" = "$port" ] && answers 200 "" "$tcp/v1/health" -H "Authorization: Bearer $token"; }
check "at the same doors, with the same token" same_doors
gone() { local pid; for pid in "$@"; do kill -0 "$pid" 2>/dev/null && return 1; done; return 0; }
check "its workers are gone" poll gone $others
jq -n --arg text "$(base64 -w0 fixtures/sample/taahhutname.txt)" '{
    application: {orderNo: "SD-780"},
    documents: [{role: "application-form", name: "form.txt", mimeType: "text/plain", content: $text}],
    signature: {profile: "P1", packaging: "enveloping"}}' >"$work/approval.json"
signs() { [ "$(approve "$work/approval.json")" = "done" ]; }
check "and it signs" signs
check "said in the log" grep -q '^<3>onayd: the service ended (signal 9) and is started again$' "$work/daemon.log"

# ---- it dies again and again ----
dies() {
    kill -9 "$(named onayd-service)"
    ! kill -0 "$daemon"
} 2>/dev/null
check "a service that keeps dying ends the daemon" poll dies
failed() { ! stop_daemon; }
check "which says so by its status" failed
check "and leaves no token behind" test ! -e "$XDG_RUNTIME_DIR/onayd/token"

# ---- the supervisor dies ----
start_daemon "$conf"
check "the worker is there" workers
all=$(named onayd-service; named onayd-token)
check "two at least" test "$(wc -w <<<"$all")" -ge 2
{ kill -9 "$daemon" && wait "$daemon"; } 2>/dev/null
daemon=
check "the supervisor is killed: nothing of it is left" poll gone $all
start_daemon "$conf"
check "another daemon starts in its place" healthy
check "which ends well" stop_daemon

# ---- closed standard descriptors ----
start_closed() {
    "$O/onayd" --config "$conf" --port 0 <&- >&- 2>&- &
    daemon=$!
    poll healthy
}
check "without standard descriptors it starts" start_closed
at_null() {
    local fd
    for fd in 0 1 2; do [ "$(readlink "/proc/$daemon/fd/$fd")" = /dev/null ] || return 1; done
}
check "none of them is a socket of its own" at_null
check "it signs" signs
check "and ends well" stop_daemon
finish
