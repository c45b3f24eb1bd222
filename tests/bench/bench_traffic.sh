#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The door's traffic. UPLOAD_OCTETS: of the file that is uploaded; 1 GiB, in memory like what it is
# measured beside.
set -eu
. tests/bench/token.sh
head -c "${UPLOAD_OCTETS:-1073741824}" /dev/urandom >"$run/file"
"$O/tests/bench/bench_traffic" "$O/onayd" "$ONAYD_CONF" "$run" "$run/file"
