#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every error name has a test that provokes it: an end-to-end script or a C test that expects its
# slug or its ERR_ name.
set -u
. "$(dirname "$0")/../tap.sh"

# provoked NAME SLUG: it stands where a value is compared: in an assertion or a row of a table of a
# C test, or among the arguments of a check. Tables of all errors (tests/api/test_status.c,
# test_problem.c, core/test_err.c) provoke nothing.
provoked() {
    grep -nE "(^|[^A-Z_])ERR_$1([^A-Z_]|\$)" tests/*/test_*.c |
        grep -vE '^tests/(api/test_status|api/test_problem|core/test_err)\.c:' | grep -m 1 . ||
        grep -nE "(^|[[:space:]\"|])$2([[:space:]\"|]|\$)" tests/e2e/*.sh | grep -vE '^[^:]*:[0-9]*:[[:space:]]*#' | grep -m 1 .
}
n=0
while read -r name slug; do
    n=$((n + 1))
    check "$slug is provoked" provoked "$name" "$slug"
done < <(sed -nE 's/^ +X\(([A-Z_]+), "([a-z-]+)",.*/\1 \2/p' core/err.h)
complete() { [ "$n" -eq "$(grep -cE '^ +X\(' core/err.h)" ] && [ "$n" -gt 40 ]; }
check "all of the list" complete
finish
