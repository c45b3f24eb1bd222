#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The door's traffic. UPLOAD_OCTETS: of the file that is uploaded; 1 GiB, in memory like what it is
# measured beside.
set -eu
: "${O:?}"
dir=$(mktemp -d)
run=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$dir" "$run"' EXIT
fixtures/pki/make "$dir/pki" >/dev/null
eval "$(fixtures/token/make "$dir/token" "$dir/pki" rsa)"
export SOFTHSM2_CONF
export XDG_RUNTIME_DIR=$run XDG_STATE_HOME=$dir/state
head -c "${UPLOAD_OCTETS:-1073741824}" /dev/urandom >"$run/file"
"$O/tests/bench/bench_traffic" "$O/onayd" "$ONAYD_CONF" "$run" "$run/file"
