#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# OpenSC 0.23 hangs for ever in C_Sign when the card has left and pcscd has not noticed yet. Somebody
# signs every 200 ms, without a dialog, and the card is pulled twenty times: each time the approval in
# work ends in card-removed soon after, or waits and is signed when the card is back.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
. tests/support/fault.sh
start_stack rsa # its PIN comes from a file
daemon_on --set card_wait_seconds=60
tell slow 120 # most of the time the card signs
pulls=20
late() { # MS: pulls the card that much later, and notes when
    sleep "$(printf '0.%03d' "$1")"
    echo "$EPOCHREALTIME" >"$work/pulled"
    tell remove
}
stands() { # the state of the approval, told once it has ended or, the card being out, waits for it
    while :; do
        ask "/v1/approvals/$approval" >/dev/null
        jq -e '.final or (.state == "waiting-card" and .waitingFor != null)' "$work/body" >/dev/null && break
        sleep 0.02
    done
    jq -r '[.state, .problem.slug // .waitingFor.slug] | join(" ")' "$work/body"
}
# one_pull N: signs until the card is gone; the last approval's end is in $work/end.
one_pull() {
    local end released=0 turn
    rm -f "$work/pulled"
    note_card
    late $((450 + $1 * 37 % 200)) &
    pulling=$!
    while :; do
        sleep 0.2 &
        turn=$!
        request 202 "" . || return 1
        end=$(stands)
        [ "$end" = "done " ] || break
        released=$((released + 1))
        wait "$turn"
    done
    awk -v a="$(cat "$work/pulled")" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }' >"$work/took"
    wait "$pulling"
    echo "$end $(cat "$work/took")" >>"$work/ends"
    echo "$released released, then $end"
    [ "$released" -gt 0 ] && may_be "$end" "$released"
}
# One more signature than files: the card has made it, and could not hand it over.
may_be() { # END RELEASED
    case $1 in
    "failed card-removed")
        typed card-removed && { counted "$2" || counted $(($2 + 1)); } && awk '{ exit $1 > 10 }' "$work/took"
        ;;
    "waiting-card no-card" | "waiting-card card-removed") counted "$2" && echo waits >"$work/waits" ;;
    *) return 1 ;;
    esac
}
back() { # the card comes back: who waits is served, and the next one too
    come_in || return 1
    [ ! -e "$work/waits" ] || { rm "$work/waits" && delivered; } || return 1
    note_card
    request 202 "" . && delivered
}
delivered() {
    ended "done" && counted 1 && [ "$(ask "/v1/approvals/$approval/signature")" = 200 ]
}
few() { # nobody is left over
    workers
    [ "$(workers | wc -l)" -le 3 ]
}
for pull in $(seq $pulls); do
    check "pull $pull" one_pull "$pull"
    note_card
    check "and back" back
done
sort "$work/ends" | awk '
    { n[$1 " " $2]++; if ($3 > most[$1 " " $2]) most[$1 " " $2] = $3; times[$1 " " $2] = times[$1 " " $2] " " int($3 * 1000) }
    END { for (e in n) printf "# %d pulls ended in %s; ms after the removal:%s\n", n[e], e, times[e] }'
removed() { cut -d' ' -f1,2 "$work/ends" | sort | uniq -c; grep -q 'failed card-removed' "$work/ends"; }
check "some were caught at the card" removed
check "no process is left over" poll few
check "answered throughout" answered
check "the daemon ends well" stop_daemon
check "without a fault of memory" sound
finish
