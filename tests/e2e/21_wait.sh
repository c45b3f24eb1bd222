#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Long polls: woken by what they wait for, answered when the daemon stops, never lost.
set -u
. "$(dirname "$0")/lib.sh"

make_card --attended rsa
silent_person
start_daemon "$conf"

cat >"$work/body.json" <<'J'
{ "application": { "orderNo": "SD-780" },
  "documents": [ { "role": "other", "name": "a.txt", "mimeType": "text/plain", "content": "YQ==" } ],
  "signature": { "profile": "B-B", "packaging": "detached" } }
J
begin() {
    [ "$(ask /v1/approvals -H 'Content-Type: application/json' --data-binary "@$work/body.json")" = 202 ] || return 1
    approval=$(jq -r .id "$work/body")
    version=$(jq -r .version "$work/body")
}
# follow WANT: waits, by versions, until the state is WANT.
follow() {
    for _ in $(seq 20); do
        [ "$(ask "/v1/approvals/$approval?wait=10&after=$version")" = 200 ] || return 1
        version=$(jq -r .version "$work/body")
        jq -c '{state, version}' "$work/body"
        jq -e --arg s "$1" '.state == $s' "$work/body" >/dev/null && return 0
    done
    return 1
}
park() { # a poll in the background, whose answer goes to $work/parked
    curl -qsS -m 25 -o "$work/parked" -w '%{http_code}' --unix-socket "$sock" \
        "http://localhost/v1/approvals/$approval?wait=30&after=$version" >"$work/parked.status" &
    parked=$!
    # Parked is what the daemon has read; another answer later in line says that it has.
    for _ in 1 2 3; do ask /v1/health >/dev/null; sleep 0.05; done
}
unparked() { # STATE: the poll was answered with it
    wait "$parked"
    cat "$work/parked.status" "$work/parked"
    [ "$(cat "$work/parked.status")" = 200 ] && jq -e --arg s "$1" '.state == $s' "$work/parked"
}

check "an approval begins" begin
check "the person is asked" follow waiting-consent
check "an older version answers at once" answers 200 "" "/v1/approvals/$approval?wait=30&after=0" -m 20
check "a wait of nothing answers at once" answers 200 "" "/v1/approvals/$approval?wait=0&after=$version" -m 20
check "a short wait ends by itself" answers 200 "" "/v1/approvals/$approval?wait=1" -m 20
park
check "others are served meanwhile" answers 200 "" /v1/health
check "cancelled" answers 204 "" "/v1/approvals/$approval" -X DELETE
check "wakes who waits" unparked cancelled
check "a final state answers at once" answers 200 "" "/v1/approvals/$approval?wait=30" -m 20

check "another begins" begin
check "the person is asked again" follow waiting-consent
park
for _ in 1 2 3 4 5; do # clients that park and go away
    timeout 0.3 curl -qsS -o /dev/null --unix-socket "$sock" "http://localhost/v1/approvals/$approval?wait=30" 2>/dev/null
done
check "clients that went away hurt nobody" answers 200 "" /v1/health
check "the daemon stops cleanly, polls parked" stop_daemon
last_word() {
    wait "$parked"
    cat "$work/parked.status" "$work/parked"
    [ "$(cat "$work/parked.status")" = 200 ] && jq -e '.id' "$work/parked"
}
check "and they got an answer" last_word
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
check "without a fault of memory" sound
finish
