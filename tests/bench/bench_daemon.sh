#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon's figures on a fresh SoftHSM token, in a runtime folder of its own.
set -eu
: "${O:?}"
# A runtime folder is memory (tmpfs) wherever a login manager makes it.
dir=$(mktemp -d)
run=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$dir" "$run"' EXIT
fixtures/pki/make "$dir/pki" >/dev/null
eval "$(fixtures/token/make "$dir/token" "$dir/pki" rsa)"
export SOFTHSM2_CONF
export XDG_RUNTIME_DIR=$run XDG_STATE_HOME=$dir/state
"$O/tests/bench/bench_daemon" "$O/onayd" "$ONAYD_CONF" "$TOKEN_MODULE" "$run"
