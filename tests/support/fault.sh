# SPDX-License-Identifier: MIT
# tests/support/fault.sh, sourced behind lib.sh, dialog.sh and card.sh: what must be so after each
# fault, whatever it was. The virtual card is the witness: it counts what its key was used for.
#
#   daemon_on --set card_wait_seconds=60   # for $conf, with fake-pinentry
#   fault; begins 'pin 123456'             # notes what the card has counted; an approval is open
#   … what goes wrong …
#   check "…" fails_as failed card-removed
#   check "signed once, or never" counted 0
#   good                                   # checks that the next approval works, and the daemon
#   check "answered throughout" answered
# shellcheck shell=bash
watching=

# What stops first is who asks; then the daemon, then the cards.
cleanup() {
    stop_watching
    stop_daemon
    stop_stacks
}

# daemon_on [OPTION…]: a daemon for $conf, which is asked for its health all the time.
daemon_on() {
    stop_watching
    stop_daemon
    grep -q '^pinentry' "$conf" || echo "pinentry = $PWD/tests/support/fake-pinentry" >>"$conf"
    sed -i '/^token_uri/d' "$conf" # whatever card there is
    start_daemon "$conf" "$@"
    while :; do
        curl -qs -m 20 -o "$work/health.body" -w '%{http_code} %{time_total}\n' --unix-socket "$sock" \
            http://localhost/v1/health
        sleep 0.1
    done >"$work/health" 2>/dev/null &
    watching=$!
}
stop_watching() {
    [ -z "$watching" ] || { kill "$watching" && wait "$watching"; } 2>/dev/null
    watching=
}
# answered: each question for its health was, and how long the longest took is told.
answered() {
    stop_watching
    awk '{ print $2 }' "$work/health" | sort -n | tail -n 1 | sed 's/^/# health, slowest answer: /; s/$/ s/' >&3
    [ "$(wc -l <"$work/health")" -gt 1 ] && ! grep -v '^200 ' "$work/health"
}
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
exec 3>&1 # figures, for the reader of the log

# ---- one approval ----

signatures=0
note_card() { signatures=$(tell tell signatures); }
# counted N: so many signatures were made since note_card.
counted() {
    local now
    now=$(tell tell signatures)
    echo "$((now - signatures)) signatures, wanted $1"
    [ $((now - signatures)) -eq "$1" ]
}

# opens FILTER ANSWER…: an approval on that script.
opens() {
    note_card
    script "${@:2}"
    request 202 "" "$1"
}
# is STATE [SLUG]: so the approval stands; while waiting-card, for what.
is() {
    [ "$(ask "/v1/approvals/$approval")" = 200 ] || return 1
    jq -c '[.state, .waitingFor.slug, .problem.slug]' "$work/body"
    jq -e --arg state "$1" --arg slug "${2-}" \
        '.state == $state and ($slug == "" or .waitingFor.slug == $slug)' "$work/body"
}
becomes() { poll is "$@" >"$work/is" || { tail -n 3 "$work/is"; cat "$work/daemon.log"; return 1; }; }
# fails_as STATE SLUG: it ends so, typed, and nothing is released.
fails_as() { ended "$1" && typed "$2"; }
# released: it is done, by one signature, and the file is good.
released() {
    ended "done" && counted 1 && [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] || return 1
    LC_ALL=C.UTF-8 "$O/onay" verify --qualified --trust "$pki/trust" "$work/body" >"$work/out" 2>&1 &&
        grep -q TOTAL-PASSED "$work/out" || { cat "$work/out"; return 1; }
}
# signs_now [FILTER]: the next approval works; $mine is the filter of a script's usual one.
signs_now() { opens "${1-$mine}" 'pin 123456' && released; }
# healthy: the daemon is well.
healthy() { answers 200 "" /v1/health && jq -e '.state == "ready"' "$work/body"; }

# ---- processes ----

watcher() { pgrep -f -P "$daemon" 'onayd-token.* --readers' | head -n 1; }
# module_workers: those who have a module; the watcher has none.
module_workers() { workers | grep -vxF "$(watcher)"; }
gone() { ! kill -0 "$1" 2>/dev/null; }
