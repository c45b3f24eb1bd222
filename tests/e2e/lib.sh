# SPDX-License-Identifier: MIT
# tests/e2e/lib.sh, sourced by end-to-end tests: tests/tap.sh, and a daemon of the test's own.
#
#   . "$(dirname "$0")/lib.sh"
#   make_card rsa                          # a SoftHSM token that holds rsa; sets conf
#   start_daemon "$conf" --set max_documents=3
#   check "health" answers 200 "" /v1/health          # by the Unix socket
#   check "no token" answers 401 token-required "$tcp/v1/health"
#   finish
#
# The last answer is in $work/status, $work/head and $work/body.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/../tap.sh"
for variable in $(compgen -e | grep -i '_proxy$'); do unset "$variable"; done

export XDG_STATE_HOME=$work/state.home # never the tester's own

daemon=
cleanup() { stop_daemon; }

# make_card [--attended] NAME…: a fresh token (the PKI is made once); sets conf and pki.
make_card() {
    pki=$work/pki
    [ -d "$pki" ] || fixtures/pki/make "$pki" >"$work/pki.log" 2>&1 || { cat "$work/pki.log"; exit 1; }
    rm -rf "$work/card"
    local options=()
    [ "$1" = --attended ] && { options=("$1"); shift; }
    fixtures/token/make "${options[@]}" "$work/card" "$pki" "$@" >"$work/card.sh" || exit 1
    eval "$(cat "$work/card.sh")"
    conf=$ONAYD_CONF
}

# silent_person: who reads the dialogs and does not answer; into conf.
silent_person() {
    cat >"$work/pinentry" <<'P'
#!/bin/sh
echo "OK Pleased to meet you"
while read -r line; do
    case $line in
    CONFIRM* | GETPIN*) read -r line; exit 0 ;;
    BYE*) exit 0 ;;
    *) echo OK ;;
    esac
done
P
    chmod 755 "$work/pinentry"
    echo "pinentry = $work/pinentry" >>"$conf"
}

# start_daemon CONF [OPTION…]: sets sock, port, tcp ("http://127.0.0.1:PORT") and token.
start_daemon() {
    local config=$1
    shift
    export XDG_RUNTIME_DIR=$work/run
    sock=$XDG_RUNTIME_DIR/onayd/api.sock
    mkdir -p -m 700 "$XDG_RUNTIME_DIR"
    "$O/onayd" --config "$config" --port 0 "$@" >"$work/daemon.log" 2>&1 &
    daemon=$!
    for _ in $(seq 400); do
        if curl -qs -m 5 -o /dev/null --unix-socket "$sock" http://localhost/v1/health; then
            port=$(cat "$XDG_RUNTIME_DIR/onayd/port")
            token=$(cat "$XDG_RUNTIME_DIR/onayd/token")
            tcp=http://127.0.0.1:$port
            return 0
        fi
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.05
    done
    echo "not ok - the daemon starts"
    sed 's/^/# /' "$work/daemon.log"
    exit 1
}

# stop_daemon: succeeds when it ends by itself with 0.
stop_daemon() {
    [ -n "$daemon" ] || return 0
    kill "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
    local status=$?
    daemon=
    return "$status"
}

# ask TARGET [CURL-OPTION…]: TARGET is a path (asked by the Unix socket) or an http:// address.
# Prints the status; 000 when there was no answer.
ask() {
    local target=$1
    shift
    rm -f "$work/body" "$work/head"
    case $target in
    /*) set -- --unix-socket "$sock" "http://localhost$target" "$@" ;;
    *) set -- "$target" "$@" ;;
    esac
    curl -qgsS -m 60 --path-as-is -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" >"$work/status" 2>"$work/curl.err"
    cat "$work/status"
}

# slug: of the last answer when it is a problem, else nothing.
slug() { jq -r '.slug // empty' "$work/body" 2>/dev/null; }

# header NAME: its value in the last answer.
header() { sed -n "s/^$1: *//Ip" "$work/head" | tr -d '\r'; }

# answers STATUS SLUG TARGET [CURL-OPTION…]: asks and compares; SLUG "" for no problem. A problem
# has to be one in every respect.
answers() {
    local status=$1 want=$2 got
    shift 2
    got=$(ask "$@")
    echo "status $got, wanted $status; body:"
    head -c 600 "$work/body" 2>/dev/null
    cat "$work/curl.err"
    [ "$got" = "$status" ] || return 1
    [ -n "$(header X-Request-Id)" ] || return 1
    [ -n "$want" ] || return 0
    [ "$(header Content-Type)" = application/problem+json ] &&
        jq -e --arg slug "$want" --argjson status "$status" \
            '.slug == $slug and .type == "urn:onayd:error:" + $slug and .status == $status and
             (.title | length > 0) and (.detail | length > 0) and (.retryable | type == "boolean")' \
            "$work/body" >/dev/null
}

# good_request: a small one that onayd takes, in $work/good.json, to be broken in one place at a time.
good_request() {
    cat >"$work/good.json" <<'J'
{ "application": { "orderNo": "SD-780", "type": "Yenileme",
                   "applicant": { "identityNo": "10000000146", "name": "Ayşe Yılmaz" } },
  "documents": [
    { "role": "application-form", "name": "form.xml", "mimeType": "application/xml", "content": "PGYvPg==" },
    { "role": "undertaking", "name": "taahhut.txt", "mimeType": "text/plain; charset=utf-8", "content": "VGFhaGjDvHQ=" } ],
  "signature": { "profile": "P1", "packaging": "enveloping", "commitment": "proof-of-approval" } }
J
}

# approve FILE [CURL-OPTION…]: POSTs an approval by the Unix socket and waits for its end; sets
# approval (its id) and prints the final state.
approve() {
    local file=$1 status
    shift
    status=$(ask /v1/approvals -H 'Content-Type: application/json' --data-binary "@$file" "$@")
    [ "$status" = 202 ] || { cat "$work/body"; return 1; }
    approval=$(jq -r .id "$work/body")
    wait_final
}

# wait_final: follows $approval until its state is final, prints the state.
wait_final() {
    for _ in $(seq 60); do
        [ "$(ask "/v1/approvals/$approval?wait=10")" = 200 ] || return 1
        if jq -e .final "$work/body" >/dev/null; then
            jq -r .state "$work/body"
            return 0
        fi
    done
    return 1
}
