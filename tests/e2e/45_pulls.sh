#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Somebody signs every 200 ms, without a dialog, and the card is pulled in the middle of a signature:
# twenty times from OpenSC itself; and twenty times between login and signature from an OpenSC 0.23 that
# was initialised for threads, as p11-kit does. That one waits for a lock that it holds itself, and would
# for ever. Each of the forty ends in card-removed, other workers serve, and the daemon answers.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
. tests/support/card.sh
. tests/support/fault.sh
pulls=20
hangs_ms=30000 # no machine is that slow, and no call is waited for that short: module_call_seconds
for_threads=$(ls /usr/lib/*/libp11-kit.so.0 /usr/lib64/libp11-kit.so.0 2>/dev/null | head -n 1)
start_stack rsa 9a=p256 # the PIN comes from a file
by() { echo ".signer.certificateId = \"$(openssl dgst -sha256 -r "$pki/$1.der" | cut -d' ' -f1)\""; }
qualified=$(by rsa) other=$(by p256) # the first one's C_Sign wants a login of its own
key_of() { [ $(($1 % 2)) -eq 0 ] && echo "$qualified" || echo "$other"; }

# in_turn KEY: one more is signed; it takes 200 ms at least.
in_turn() {
    sleep 0.2 &
    local turn=$!
    note_card
    request 202 "" "$1" && delivered || return 1
    wait "$turn"
}
delivered() { ended "done" && counted 1 && [ "$(ask "/v1/approvals/$approval/signature")" = 200 ]; }
some_workers() { [ -n "$(module_workers)" ]; }
who() { module_workers >>"$work/inside"; }

# ---- three ways to be pulled; each sets made: the signatures that nobody got ----

while_it_reckons() { # N KEY: the card has the octets, and leaves before it has signed
    made=0
    poll some_workers && who && tell fault sign remove-after $(($1 * 37 % 120)) && request 202 "" "$2"
}
while_it_answers() { # N KEY: it has signed, and leaves before that is out
    made=1
    tell slow 20000 && request 202 "" "$2" && poll counted 1 && who && tell remove && tell slow 0
}
between_calls() { # N KEY: it leaves behind its answer to the PIN, before pcscd looks again
    local before
    made=0 before=$(tell tell left)
    poll some_workers && who && tell fault verify leave && request 202 "" "$2" && poll has_left "$before" || return 1
    ! stuck || echo "$1" >>"$work/stuck"
}
has_left() { [ "$(tell tell left)" != "$1" ]; }
# stuck: a worker is inside, after the last word of the card. Only root may see that it is a lock.
stuck() {
    local pid switches
    pid=$(head -n 1 "$work/inside")
    sleep 0.05
    switches=$(grep voluntary "/proc/$pid/status") && sleep 0.1 &&
        [ "$(grep voluntary "/proc/$pid/status")" = "$switches" ] || return 1
    [ "$(id -u)" -ne 0 ] || grep futex "/proc/$pid/wchan" || return 1
    tail -n 1 "$stack/card.log" | grep '^VERIFY 0080, 8 in' && is signing
}
seen_stuck() {
    echo "# $(wc -l <"$work/stuck") of $pulls were seen in the lock" >&3
    [ -s "$work/stuck" ]
}

# ---- and what must be so, whichever it was ----

# pulled WAY N KEY: within the bound, typed, nothing released.
pulled() {
    local took
    note_card
    : >"$work/inside"
    "$@" || return 1
    wait_final >"$work/state"
    took=${EPOCHREALTIME/[.,]/}
    fails_as failed card-removed && counted "$made" || return 1
    took=$(((took - $(tell tell left)) / 1000))
    echo "$took" >>"$work/$1"
    echo "# pull $2: card-removed $took ms after the card had left" >&3
    [ "$took" -lt $hangs_ms ]
}
all_gone() { [ -s "$work/inside" ] && ! xargs ps -o pid= -p <"$work/inside"; }
back() { come_in && in_turn "$1"; }
few() { # nobody is left over
    workers
    [ "$(workers | wc -l)" -le 3 ]
}
figures() { # WAY
    sort -n "$work/$1" | awk -v way="$1" '
        { ms[NR] = $1; if ($1 <= 2000) soon++ }
        END {
            median = NR % 2 ? ms[(NR + 1) / 2] : (ms[NR / 2] + ms[NR / 2 + 1]) / 2
            printf "# %d pulls %s: median %d ms, slowest %d ms, within 2 s: %d\n", NR, way, median, ms[NR], soon
        }' >&3
    [ "$(wc -l <"$work/$1")" -eq "$2" ]
}
pull() { # WAY N
    local key
    key=$(key_of $(($2 / 2)))
    check "pull $2: signed in turn" in_turn "$key"
    check "pulled $1: card-removed" pulled "$1" "$2" "$key"
    check "who was inside has gone" poll all_gone
    check "put back: another one signs" back "$key"
}
well() {
    check "no process is left over" poll few
    check "answered throughout" answered
    check "the daemon ends well" stop_daemon
    check "without a fault of memory" sound
}

daemon_on
for n in $(seq $pulls); do
    [ $((n % 2)) -eq 1 ] && pull while_it_reckons "$n" || pull while_it_answers "$n"
done
check "so many" figures while_it_reckons $((pulls / 2))
check "so many" figures while_it_answers $((pulls / 2))
well

# p11-kit shows every module it is told of: of SoftHSM nothing is to be seen.
mkdir "$work/tokens"
echo "directories.tokendir = $work/tokens" >"$work/softhsm2.conf"
export SOFTHSM2_CONF=$work/softhsm2.conf HOME=$work
sed -i "s,^module = .*,module = $for_threads," "$conf"
daemon_on
for n in $(seq $pulls); do pull between_calls "$n"; done
check "so many" figures between_calls $pulls
check "OpenSC hung" seen_stuck
well
finish
