# SPDX-License-Identifier: MIT
# tests/tap.sh, sourced by the scripts in tests/lint and tests/e2e: goes to the checkout's top,
# makes a work folder that is gone at the end, and counts TAP lines.
#
#   . "$(dirname "$0")/../tap.sh"
#   check "what should be so" command and arguments
#   finish
# shellcheck shell=bash
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
O=${O:-build/release}
work=$(mktemp -d)
tap_n=0 tap_failed=0

# A script that leaves things running says so in a function `cleanup`.
cleanup() { :; }
trap 'trap "" INT TERM HUP; cleanup; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

# check WHAT COMMAND…: ok when the command succeeds; its output is shown when it does not.
check() {
    local what=$1
    shift
    tap_n=$((tap_n + 1))
    if "$@" >"$work/.check" 2>&1; then
        echo "ok $tap_n - $what"
    else
        tap_failed=1
        echo "not ok $tap_n - $what"
        sed 's/^/# /; $a\' "$work/.check" # the next line is one of its own
    fi
}

# poll COMMAND…: until it succeeds; fails after half a minute.
poll() {
    local end=$((SECONDS + 30))
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# skip WHAT WHY
skip() {
    tap_n=$((tap_n + 1))
    echo "ok $tap_n - $1 # SKIP $2"
}

finish() {
    echo "1..$tap_n"
    exit $tap_failed
}
