#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon's figures on a fresh token.
set -eu
. tests/bench/token.sh
"$O/tests/bench/bench_daemon" "$O/onayd" "$ONAYD_CONF" "$TOKEN_MODULE" "$run"
