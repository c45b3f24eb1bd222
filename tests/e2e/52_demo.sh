#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The demo does what the README promises, cleans up after itself also when it is interrupted, and
# with KEEP=1 leaves something that its own printed lines can use and stop.
set -u
. "$(dirname "$0")/../tap.sh"
export TMPDIR=$work/tmp O
mkdir "$TMPDIR"
pids() { pgrep -f -- "--config $TMPDIR/onayd-demo.*/onayd.conf"; }
all_pids() { pgrep -f -- "$TMPDIR/onayd-demo"; } # and the virtual card's
# shellcheck disable=SC2046 # a list on purpose
cleanup() { kill $(all_pids) 2>/dev/null; }

demo() { # CODE [VARIABLE=VALUE…]: ends with that code
    local code=$1
    shift
    env "$@" timeout 120 tools/demo >"$work/out" 2>&1
    local got=$?
    cat "$work/out"
    [ "$got" -eq "$code" ]
}
says() { grep -qE -- "$1" "$work/out"; }
nothing_left() {
    for _ in $(seq 100); do
        [ -z "$(all_pids)" ] && [ -z "$(ls -A "$TMPDIR")" ] && return 0
        sleep 0.1
    done
    all_pids
    ls -A "$TMPDIR"
    return 1
}
interrupted() { # SIGNAL [VARIABLE=VALUE…]: sent while the daemon runs
    env --default-signal=INT "${@:2}" tools/demo >"$work/out" 2>&1 &
    local demo=$!
    for _ in $(seq 600); do
        [ -n "$(pids)" ] && break
        sleep 0.05
    done
    kill -s "$1" "$demo"
    wait "$demo"
    [ $? -eq 130 ]
}
printed() { # PATTERN: the printed line that matches, run as a person would
    local line
    line=$(sed -n 's/^  //p' "$work/out" | grep -E -- "$1" | head -n 1)
    echo "$line"
    [ -n "$line" ] && (cd "$work" && PATH=$PATH:$PWD bash -c "set -o pipefail; $line")
}
is_json() { # PATTERN FILTER: that line prints one JSON text for which the filter holds
    printed "$1" >"$work/printed" && sed 1d "$work/printed" | jq -es "length == 1 and (.[0] | $2)"
}

check "the demo ends well" demo 0
check "it prints TOTAL-PASSED" says '^Result: TOTAL-PASSED'
check "it prints xmlsec1's OK" says '^OK$'
check "xmlsec1 checked both documents and the properties" says 'References \(ok/all\): 3/3'
check "nothing is left behind" nothing_left

for signal in INT TERM; do
    check "SIG$signal in the middle ends it" interrupted "$signal"
    check "nothing is left behind then" nothing_left
done

check "CARD=virtual ends well" demo 0 CARD=virtual
check "it prints TOTAL-PASSED" says '^Result: TOTAL-PASSED'
check "it prints xmlsec1's OK" says '^OK$'
check "nothing is left behind" nothing_left
check "SIGTERM in its middle ends it" interrupted TERM CARD=virtual
check "nothing is left behind then" nothing_left
check "with KEEP=1 it stays" demo 0 CARD=virtual KEEP=1
check "the printed line asks the card" is_json '/v1/certificates' '.certificates | length == 1'
check "which is in the virtual reader" is_json 'unix-socket' '.readers | map(.name) | index("Virtual PCD 00 00") != null'
check "the printed line stops it" printed '^kill '
check "nothing is left behind then" nothing_left
check "another CARD is refused" demo 64 CARD=nonsense

check "KEEP=1 ends well" demo 0 KEEP=1
check "the daemon is still there" pids
check "the printed line for /v1/info works" is_json '/v1/info' '.limits.maxDocuments > 0'
check "the printed line for the Unix socket works" is_json 'unix-socket' '.readers | length > 0'
check "the printed line for an approval works" is_json '@.*approval.json' '.id | length > 0'
check "the printed line for the signature works" printed '/signature'
check "the signature is there" grep -q '<ds:Signature' "$work/SD-780.xsig"
check "the printed line stops it" printed '^kill '
check "nothing is left behind at last" nothing_left
finish
