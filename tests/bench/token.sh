# SPDX-License-Identifier: MIT
# tests/bench/token.sh, sourced by the benches of a daemon: a fresh SoftHSM token in $dir, and in $run
# a runtime folder of its own, in memory as wherever a login manager makes it.
# shellcheck shell=bash
: "${O:?}"
dir=$(mktemp -d)
run=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'rm -rf "$dir" "$run"' EXIT
fixtures/pki/make "$dir/pki" >/dev/null
eval "$(fixtures/token/make "$dir/token" "$dir/pki" rsa)"
export SOFTHSM2_CONF
export XDG_RUNTIME_DIR=$run XDG_STATE_HOME=$dir/state
