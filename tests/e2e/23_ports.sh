#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The daemon's own choice of a port, on a loopback of its own: the first free one of four; when all
# are other users', the Unix socket alone.
set -u
if [ -z "${OWN_LOOPBACK-}" ]; then
    export OWN_LOOPBACK=1
    [ "$(id -u)" = 0 ] && exec unshare -n bash "$0"
    exec unshare -rn bash "$0"
fi
. "$(dirname "$0")/lib.sh"
ip link set lo up
export XDG_RUNTIME_DIR=$work/run
mkdir -m 700 "$XDG_RUNTIME_DIR"
sock=$XDG_RUNTIME_DIR/onayd/api.sock
: >"$work/onayd.conf"

starts() {
    "$O/onayd" --config "$work/onayd.conf" --set module=/nonexistent >"$work/log" 2>&1 &
    daemon=$!
    poll answers 200 "" /v1/health
}
others=()
cleanup() {
    stop_daemon
    kill "${others[@]}" 2>/dev/null
}
take() { # PORT
    systemd-socket-activate -l "127.0.0.1:$1" /bin/true 2>/dev/null &
    others+=($!)
}
listens() { grep -q "0100007F:$(printf %X "$1") .* 0A " /proc/net/tcp; }
has_port() {
    [ "$(cat "$XDG_RUNTIME_DIR/onayd/port")" = "$1" ] &&
        answers 200 "" "http://127.0.0.1:$1/v1/health" -H "Authorization: Bearer $(cat "$XDG_RUNTIME_DIR/onayd/token")"
}

check "it starts" starts
check "on the first port" has_port 15070
check "it ends well" stop_daemon
take 15070
take 15071
check "two ports are another's" poll listens 15071
check "it starts" starts
check "on the next" has_port 15072
{ kill -9 "$daemon" && wait "$daemon"; } 2>/dev/null
check "killed, it leaves its port file" test -e "$XDG_RUNTIME_DIR/onayd/port"
take 15072
take 15073
check "all four are another's" poll listens 15073
check "and the third" poll listens 15072
check "it starts all the same" starts
check "and names no port" test ! -e "$XDG_RUNTIME_DIR/onayd/port"
check "and says why" grep -q '^<4>onayd: ports 15070 to 15073 are taken' "$work/log"
check "it ends well" stop_daemon
given() { "$O/onayd" --config "$work/onayd.conf" --port 15073 >"$work/log" 2>&1; [ $? -eq 1 ]; }
check "a port that was asked for and is taken ends it" given
finish
