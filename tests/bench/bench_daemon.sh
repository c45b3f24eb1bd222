#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon's figures on a fresh SoftHSM token, in a runtime folder of its own.
set -eu
: "${O:?}"
dir=$(mktemp -d)
trap 'pkill -TERM -f "$dir" 2>/dev/null || true; rm -rf "$dir"' EXIT
fixtures/pki/make "$dir/pki" >/dev/null
eval "$(fixtures/token/make "$dir/token" "$dir/pki" rsa)"
export SOFTHSM2_CONF
mkdir -m 700 "$dir/run"
export XDG_RUNTIME_DIR=$dir/run
"$O/tests/bench/bench_daemon" "$O/onayd" "$ONAYD_CONF" "$TOKEN_MODULE" "$dir/run"
