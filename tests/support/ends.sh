# SPDX-License-Identifier: MIT
# tests/support/ends.sh, sourced behind tests/e2e/lib.sh: a command, how it ends and what it says.
#
#   check "no FILE: usage" ends 64 "$onay" verify
#   check "says so" says '^usage: '
# shellcheck shell=bash

ends() { # CODE COMMAND…: ends with that code; its words are in $work/out and $work/err
    local code=$1 got
    shift
    "$@" >"$work/out" 2>"$work/err" </dev/null
    got=$?
    cat "$work/out" "$work/err"
    echo "ended with $got, wanted $code"
    [ "$got" -eq "$code" ]
}
says() { grep -qE -- "$1" "$work/out" "$work/err"; }
