#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Socket activation: both doors given, and only the Unix door given (its TCP port was taken).
set -u
. "$(dirname "$0")/lib.sh"
export XDG_RUNTIME_DIR=$work/run
sock=$XDG_RUNTIME_DIR/onayd/api.sock
: >"$work/onayd.conf"

activate() { # LISTEN-OPTION…: systemd-socket-activate becomes the daemon at the first connection
    rm -rf "$XDG_RUNTIME_DIR"
    mkdir -p "$XDG_RUNTIME_DIR/onayd"
    chmod 700 "$XDG_RUNTIME_DIR" "$XDG_RUNTIME_DIR/onayd"
    systemd-socket-activate -E XDG_RUNTIME_DIR -E XDG_STATE_HOME -E "ASAN_OPTIONS=${ASAN_OPTIONS-}" "$@" -l "$sock" \
        "$O/onayd" --config "$work/onayd.conf" --set module=/nonexistent >"$work/log" 2>&1 &
    daemon=$!
    for _ in $(seq 200); do
        [ -S "$sock" ] && return 0
        kill -0 "$daemon" 2>/dev/null || return 1
        sleep 0.02
    done
    return 1
}
activate_on_free_port() { # HOST…
    for _ in $(seq 10); do
        port=$((20000 + RANDOM % 10000))
        # shellcheck disable=SC2046 # a list on purpose
        activate $(printf -- '-l %s ' "${@/%/:$port}") && return 0
        stop_daemon
    done
    cat "$work/log"
    return 1
}
healthy() { # TARGET [CURL-OPTION…]
    answers 200 "" "$@" && jq -e '.service == "onayd" and .state == "ready"' "$work/body" ||
        { cat "$work/log"; return 1; }
}
on_unix() { healthy /v1/health; }
on_tcp() { # ADDRESS
    healthy "$1/v1/health" -H "Authorization: Bearer $(cat "$XDG_RUNTIME_DIR/onayd/token")"
}
# The socket was made by the activator: a connection on it must be what starts the daemon.
not_yet_started() { [ ! -e "$XDG_RUNTIME_DIR/onayd/token" ]; }
says_port() { [ "$(cat "$XDG_RUNTIME_DIR/onayd/port")" = "$port" ]; }
no_port() { [ ! -e "$XDG_RUNTIME_DIR/onayd/port" ]; }
ends() {
    kill "$daemon" && wait "$daemon"
    local code=$?
    daemon=
    [ "$code" -eq 0 ] || { echo "ended with $code"; cat "$work/log"; return 1; }
}

check "the doors are open before the daemon" activate_on_free_port 127.0.0.1
check "no daemon runs before the first call" not_yet_started
check "the first call, on the Unix socket, starts it" on_unix
check "the TCP door answers too" on_tcp "http://127.0.0.1:$port"
check "the port file names the given port" says_port
check "SIGTERM ends it well" ends

if [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; then
    check "both families can be given" activate_on_free_port 127.0.0.1 '[::1]'
    check "the Unix door answers" on_unix
    check "[::1] answers" on_tcp "http://[::1]:$port"
    check "SIGTERM ends it well" ends
else
    skip "[::1] answers" "no IPv6 on the loopback"
fi

check "without the TCP door the Unix door is open" activate
check "the Unix door answers alone" on_unix
check "no port is announced" no_port
check "SIGTERM ends it well" ends
finish
