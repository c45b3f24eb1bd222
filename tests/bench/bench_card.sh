#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon's figures on a virtual card, behind a pcscd of its own.
set -eu
: "${O:?}"
dir=$(mktemp -d)
run=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d)
trap 'fixtures/card/stack stop "$dir/stack" || true; rm -rf "$dir" "$run"' EXIT
fixtures/pki/make "$dir/pki" >/dev/null
eval "$(fixtures/card/stack start "$dir/stack" "$dir/pki" rsa)"
export XDG_RUNTIME_DIR=$run XDG_STATE_HOME=$dir/state
"$O/tests/bench/bench_card" "$O/onayd" "$ONAYD_CONF" "$TOKEN_MODULE" "$run" \
    "$CARD_STACK/card.sock" "$(cat "$CARD_STACK/pcscd.pid")"
