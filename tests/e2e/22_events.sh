#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Event streams of a running daemon: what is told, to whom, and clients that misbehave.
set -u
. "$(dirname "$0")/lib.sh"

make_card --attended rsa
silent_person
printf '%s\n' 'origin = https://portal.example' 'max_owner_streams = 4' >>"$conf"
start_daemon "$conf"
cat >"$work/body.json" <<'J'
{ "application": { "orderNo": "SD-780" },
  "documents": [ { "role": "other", "name": "a.txt", "mimeType": "text/plain", "content": "YQ==" } ],
  "signature": { "profile": "B-B", "packaging": "detached" } }
J

# ---- listeners: lines with the time at which they came ----
declare -A listener
listen() { # NAME PATH [CURL-OPTION…]: in the background, into $work/NAME
    local name=$1 path=$2
    shift 2
    rm -f "$work/$name.pipe"
    mkfifo "$work/$name.pipe"
    while IFS= read -r line; do echo "$EPOCHREALTIME $line"; done <"$work/$name.pipe" >"$work/$name" &
    curl -qsSN -D "$work/$name.head" --unix-socket "$sock" "$@" "http://localhost$path" >"$work/$name.pipe" 2>"$work/$name.err" &
    listener[$name]=$!
}
hears() { # NAME PATTERN
    poll grep -qsE -- "$2" "$work/$1" && return 0
    cat "$work/$1" "$work/$1.head" "$work/$1.err"
    return 1
}
data() { # NAME EVENT JQ-FILTER: of the last such event
    grep -A 1 -E " event: $2\$" "$work/$1" | sed -n 's/^[0-9.]* data: //p' | tail -n 1 | jq -e "$3"
}
ended() { # NAME: by the daemon, in good order
    wait "${listener[$1]}"
}
hang_up() { kill "${listener[$1]}" && { wait "${listener[$1]}"; true; } 2>/dev/null; }
cleanup() { kill "${listener[@]}" 2>/dev/null; stop_daemon; }

# ---- doors ----
bearer=(-H "Authorization: Bearer $token")
check "no token" answers 401 token-required "$tcp/v1/events"
check "another site" answers 403 origin-not-allowed "$tcp/v1/events" -H 'Origin: https://evil.example'
check "a rebound name" answers 421 host-not-allowed "$tcp/v1/events" "${bearer[@]}" -H "Host: evil.example:$port"
check "POST" answers 405 method-not-allowed /v1/events -X POST -H 'Content-Type:'
check "an unknown parameter" answers 422 invalid-field '/v1/events?x=1'
check "HEAD" answers 200 "" /v1/events -I
event_stream() { [ "$(header Content-Type)" = text/event-stream ]; }
check "says what GET is" event_stream
check "an approval that is not there" answers 404 approval-unknown /v1/approvals/0123456789abcdef0123456789abcdef/events
preflight() {
    answers 204 "" "$tcp/v1/events" -X OPTIONS -H 'Origin: https://portal.example' -H 'Access-Control-Request-Method: GET' &&
        [[ "$(header Access-Control-Allow-Headers)" == *Last-Event-ID* ]]
}
check "a preflight" preflight

# ---- what is told ----
listen page /v1/events -H 'Origin: https://portal.example'
check "the state" hears page 'data: \{"state":"ready"\}'
check "certificates" hears page 'event: certificates'
cors() { grep -qi '^Access-Control-Allow-Origin: https://portal.example' "$work/page.head" && grep -qi '^Content-Type: text/event-stream' "$work/page.head"; }
check "to an allowed origin, told so" cors
data_of() { data "$@" | jq -S .; }
same_readers() { ask /v1/readers >/dev/null; diff <(data_of page readers .) <(jq -S . "$work/body"); }
check "readers as GET /v1/readers has them" same_readers
same_ids() { ask /v1/certificates >/dev/null; diff <(data_of page certificates .ids) <(jq -S '[.certificates[].id]' "$work/body"); }
check "certificates by the ids of GET /v1/certificates" same_ids
no_person() { ! grep -qE 'Ayşe|10000000146|100\*' "$work/page"; }
check "and no person's name or number" no_person

# ---- nothing to tell: nothing happens ----
switches() { awk '/^voluntary/ { print $2 }' "/proc/$1/status"; }
service=$(pgrep -P "$daemon" onayd-service)
idle() {
    local before after
    before=$(switches "$service")
    sleep 3
    after=$(switches "$service")
    echo "$before, then $after"
    [ $((after - before)) -le 2 ]
}
check "the service sleeps while a listener waits" idle

# ---- an approval, as it goes on ----
begin() {
    [ "$(ask /v1/approvals -H 'Content-Type: application/json' --data-binary "@$work/body.json")" = 202 ] || return 1
    approval=$(jq -r .id "$work/body")
}
check "an approval begins" begin
listen story "/v1/approvals/$approval/events"
check "the person is asked" hears story '"state":"waiting-consent"'
check "for another owner it is not there" answers 404 approval-unknown "$tcp/v1/approvals/$approval/events" -H 'Origin: https://portal.example'
cancel() {
    since=$EPOCHREALTIME
    answers 204 "" "/v1/approvals/$approval" -X DELETE
}
check "it is cancelled" cancel
check "which is told" hears story '"state":"cancelled"'
check "and is the end" ended story
awk -v since="$since" '/"state":"cancelled"/ { printf "# from the cancelling request to the event: %.1f ms, with two starts of a process\n", ($1 - since) * 1000 }' "$work/story"
as_get() { ask "/v1/approvals/$approval" >/dev/null; diff <(data_of story approval .) <(jq -S . "$work/body"); }
check "as GET tells it" as_get
last=$(sed -n 's/^[0-9.]* id: //p' "$work/story" | tail -n 1)
check "who comes back after the end is sent home" answers 204 "" "/v1/approvals/$approval/events" -H "Last-Event-ID: $last"
check "who has not heard it is told" answers 200 "" "/v1/approvals/$approval/events" -H 'Last-Event-ID: 1'
told_once() { [ "$(grep -c '^event: approval' "$work/body")" = 1 ] && grep -q '"state":"cancelled"' "$work/body"; }
check "once" told_once

# ---- clients that misbehave ----
listen lazy /v1/events
hears lazy 'event: certificates' >/dev/null
kill -STOP "${listener[lazy]}"
others() { for _ in $(seq 20); do answers 200 "" /v1/certificates || return 1; done; }
check "one that does not read holds up nobody" others
kill -CONT "${listener[lazy]}"
for i in 1 2 3; do listen "more$i" /v1/events; hears "more$i" 'event: state' >/dev/null; done
hundred() {
    for _ in $(seq 100); do answers 429 too-many-requests /v1/events || return 1; done
    [ -n "$(header Retry-After)" ]
}
check "beyond the owner's four, a hundred times" hundred
check "an approval's stream counts too" answers 429 too-many-requests "/v1/approvals/$approval/events"
others_share() { listen guest /v1/events -H 'Origin: https://portal.example' && hears guest 'event: state'; }
check "another owner has his own" others_share
hang_up more1
again() {
    for _ in $(seq 100); do
        listen more1 /v1/events
        for _ in $(seq 40); do [ -s "$work/more1" ] && break; sleep 0.05; done
        grep -q 'event: state' "$work/more1" && return 0
    done
    return 1
}
check "one hangs up, another comes in" again
for _ in $(seq 20); do timeout 0.1 curl -qsSN -o /dev/null --unix-socket "$sock" http://localhost/v1/events 2>/dev/null; done
check "nobody is hurt" others

# ---- the end ----
check "the daemon stops cleanly" stop_daemon
for name in page lazy more1 more3 guest; do
    check "$name hears of it" hears $name 'data: \{"state":"shutting-down"\}'
    check "$name is ended" ended $name
done
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
check "without a fault of memory" sound
finish
