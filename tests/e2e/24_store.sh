#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What outlives the daemon: kill -9 at times that chance picks, the history, a store that cannot be
# used. KILL_ROUNDS=N kills N times instead of 80; tests/session/test_kill.c kills at every write.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh

card_for rsa
echo 'origin = https://portal.test' >>"$conf"
start_daemon "$conf"
onay() { LC_ALL=C.UTF-8 "$O/onay" "$@"; }
store=$XDG_STATE_HOME/onayd/approvals.db
portal=(-H 'Origin: https://portal.test')
json=(-H 'Content-Type: application/json')

# ---- the file, the history ----
private() { [ "$(stat -c %a "$XDG_STATE_HOME/onayd" "$store" "$store-wal" | paste -sd' ')" = "700 600 600" ]; }
check "folder 0700, files 0600" private
check "an approval" signs '.application.orderNo = "SD-1"'
first=$approval
cp "$work/signed.xml" "$work/first.xml"
check "onay history" onay history
onay history >"$work/history"
check "tells the order" grep -q 'Başvuru no: SD-1$' "$work/history"
check "the documents, with their digests" grep -q "1) basvuru-formu.xml · SHA-256 .*=" "$work/history"
check "the certificate's owner, masked" grep -q 'Kimlik no: 100\*\{6\}46$' "$work/history"
check "never the whole number" bash -c '! grep -q 10000000146 "$0"' "$work/history"
check "as JSON" bash -c '"$0" history --json | jq -e ".history | length == 1 and .[0].owner == \"local\" and .[0].kept"' "$O/onay"
check "it is no site's business" answers 404 not-found "$tcp/v1/history" "${portal[@]}"
check "nor may one delete it" answers 404 not-found "$tcp/v1/history" "${portal[@]}" -X DELETE
check "a wrong number" answers 422 invalid-field '/v1/history?before=x'

# ---- the service is killed ----
again() {
    kill -9 "$(service)"
    poll answers 200 "" "/v1/approvals/$first" && jq -e '.state == "done"' "$work/body" &&
        [ "$(ask "/v1/approvals/$first/signature")" = 200 ] && cmp "$work/body" "$work/first.xml"
} 2>/dev/null
check "kill -9: the very same file" again

# ---- everything is killed, at any time ----
lost=0 doubled=0 rounds=${KILL_ROUNDS:-80}
dead() { ! pgrep -f "$O/onayd.*$conf"; }
kill_all() {
    { kill -9 "$daemon" $(service) && wait "$daemon"; } 2>/dev/null
    daemon=
    poll dead
}
by_key() { # KEY: the request of that key; its answer is in $work/body
    [ "$(ask "$tcp/v1/approvals" "${portal[@]}" "${json[@]}" -H "Idempotency-Key: $1" --data-binary "@$work/good.json")" = 202 ]
}
true_state() { # KEY ID SIGNATURES: what became of it is true, now and when asked again by its key
    ask "$tcp/v1/approvals/$2?wait=10" "${portal[@]}" >/dev/null
    local state
    state=$(jq -r '.state + " " + (.problem.slug // "")' "$work/body")
    echo "$1: $state, $3 signatures"
    case $state in
    "done ") [ "$3" = 1 ] && [ "$(ask "$tcp/v1/approvals/$2/signature" "${portal[@]}")" = 200 ] ;;
    "interrupted interrupted") ;;
    "failed restarted") [ "$3" = 0 ] ;;
    *) false ;;
    esac && by_key "$1" && [ "$(jq -r .id "$work/body")" = "$2" ]
}
round() { # N: kills within an approval
    local before id after
    before=$(calls C_Sign)
    by_key "k$1" || return 1
    id=$(jq -r .id "$work/body")
    sleep "0.0$((RANDOM % 10))$((RANDOM % 10))"
    kill_all
    start_daemon "$conf"
    after=$(calls C_Sign)
    true_state "k$1" "$id" $((after - before)) || lost=$((lost + 1))
    ask "$tcp/v1/approvals/$id?wait=10" "${portal[@]}" >/dev/null
    after=$(calls C_Sign)
    [ $((after - before)) -le 1 ] || doubled=$((doubled + 1))
}
RANDOM=5070
none() {
    local i
    for i in $(seq "$rounds"); do round "$i" || lost=$((lost + 1)); done
    echo "lost $lost, doubled $doubled"
    [ "$lost $doubled" = "0 0" ]
}
check "kill -9 of all at $rounds times" none
echo "# kill -9 of the daemon at $rounds times by chance: lost $lost, doubled $doubled"

# ---- forgetting ----
check "onay history forget ID" onay history forget "$first"
check "is gone" bash -c '! "$0" history --json | grep -q "$1"' "$O/onay" "$first"
check "to its owner too" answers 404 approval-unknown "/v1/approvals/$first"
check "what is not there" bash -c '"$0" history forget 00000000000000000000000000000000; [ $? = 1 ]' "$O/onay"
check "onay history forget --all" onay history forget --all
check "leaves nothing" bash -c '"$0" history --json | jq -e ".history == []"' "$O/onay"
check "the key stays used" bash -c '[ "$1" = 404 ]' - "$(ask "$tcp/v1/approvals" "${portal[@]}" "${json[@]}" -H 'Idempotency-Key: k1' --data-binary "@$work/good.json")"
no_traces() { ! grep -qa 'Ayşe' "$store" "$store-wal"; }
check "and nothing of it is in the files" no_traces
for wrong in "forget" "forget --all x" "--all" "forget 12" "forget --json --all" "nothing"; do
    check "onay history $wrong: usage" bash -c '"$0" history $1; [ $? = 64 ]' "$O/onay" "$wrong"
done

# ---- a store that cannot be used ----
health_is() { answers 200 "" /v1/health && jq -e --arg state "$1" '.state == $state' "$work/body"; }
refused_before_the_pin() { # STATUS SLUG
    local before
    before=$(calls C_Login)
    request "$1" "$2" . && health_is "$2" && [ "$(calls C_Login)" = "$before" ]
}
stop_daemon
head -c 40000 /dev/urandom >"$store"
start_daemon "$conf"
check "garbage: the daemon answers" health_is store-unusable
check "garbage: store-unusable" refused_before_the_pin 503 store-unusable
check "said in the log" grep -q '^<3>store of approvals: .*store-unusable' "$work/daemon.log"
rm -f "$store"*
sleep 1.1
check "out of the way: it signs again, by itself" signs .
check "and is ready" health_is ready
stop_daemon
rm -rf "$XDG_STATE_HOME/onayd"
: >"$XDG_STATE_HOME/onayd"
start_daemon "$conf"
check "no folder to keep it in: store-unusable" refused_before_the_pin 503 store-unusable
stop_daemon
rm "$XDG_STATE_HOME/onayd"
if mkdir -p "$XDG_STATE_HOME/onayd" && mount -t tmpfs -o size=64k,mode=0700 none "$XDG_STATE_HOME/onayd" 2>/dev/null; then
    start_daemon "$conf"
    check "a full disk: storage-full" refused_before_the_pin 507 storage-full
    stop_daemon
    umount "$XDG_STATE_HOME/onayd"
else
    echo "ok - a full disk: storage-full # skip needs root"
fi
start_daemon "$conf" --set store=no
check "store = no: it signs" signs .
check "and keeps nothing" bash -c '[ ! -e "$0" ]' "$store"
check "the history is empty" bash -c '"$0" history --json | jq -e ".history == []"' "$O/onay"
check "it ends well" stop_daemon
finish
