# SPDX-License-Identifier: MIT
# tests/support/card.sh, sourced behind tests/tap.sh or tests/e2e/lib.sh: virtual cards in a private
# pcscd (fixtures/card/stack).
#
#   start_stack rsa p256               # exports PCSCLITE_CSOCK_NAME …; sets pki, stack, conf
#   tell fault sign remove             # a word to the card
#   come_out; come_in [CARD_DIR]       # waits until pcscd has seen it
#   check "pulled out" card_told state out
#
# A script that has a cleanup of its own calls stop_stacks in it.
# shellcheck shell=bash
export O
stacks=()

# start_stack [OPTION…] NAME…: a stack of its own folder; the PKI is made once.
start_stack() {
    pki=$work/pki
    [ -d "$pki" ] || fixtures/pki/make "$pki" >"$work/pki.log" 2>&1 || { cat "$work/pki.log"; exit 1; }
    local options=()
    while [[ ${1-} = --* ]]; do options+=("$1"); shift; done
    stack=$work/stack${#stacks[@]}
    stacks+=("$stack")
    fixtures/card/stack start "${options[@]}" "$stack" "$pki" "$@" >"$work/stack.sh" || exit 1
    eval "$(cat "$work/stack.sh")"
    conf=$ONAYD_CONF
}
stop_stacks() {
    local dir
    for dir in "${stacks[@]}"; do [ ! -d "$dir" ] || fixtures/card/stack stop "$dir"; done
}
cleanup() { stop_stacks; }

tell() { fixtures/card/stack tell "$stack" "$@"; }

# card_told NAME VALUE: the card tells so by now.
card_told() {
    local got
    got=$(tell tell "$1")
    echo "$1 $got, wanted $2"
    [ "$got" = "$2" ]
}

# card_becomes NAME VALUE: the card tells so within ten seconds.
card_becomes() {
    local end=$((SECONDS + 10))
    until card_told "$1" "$2" >/dev/null; do
        [ $SECONDS -lt $end ] || { card_told "$1" "$2"; return 1; }
        sleep 0.02
    done
}

come_out() { tell remove && card_becomes state out; }
come_in() { tell insert "$@" && card_becomes state in; }
