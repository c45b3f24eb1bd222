#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# api/client in node: its programs in tests/client, with daemons that are played and the one that is built.
# In a browser it is tests/e2e/49_client.sh.
set -u
. "$(dirname "$0")/lib.sh"

cleanup() { # those that live.mjs started
    local pid
    while read -r pid; do
        [ "$(readlink "/proc/$pid/exe")" = "$(readlink -f "$O/onayd")" ] && kill -9 "$pid"
    done <"$work/pids" 2>/dev/null
}

make_card rsa
printf '%s\n' 'origin = https://portal.example' >>"$conf"
cp "$conf" "$work/unattended.conf"
echo "pinentry = $PWD/tests/support/fake-pinentry" >>"$work/unattended.conf"
export PINENTRY_USER_DATA=$work ANSWERS=$work/answers
sed '/^unattended_/d' "$conf" >"$work/silent.conf"
conf=$work/silent.conf
silent_person
export O CONF=$work/unattended.conf SILENT=$work/silent.conf TRUST=$pki/trust PIDS=$work/pids WORK=$work

# Node's own lines of TAP, one of ours each.
failed_test() { cat "$work/tap"; return 1; }
runs() { # PROGRAM
    node "tests/client/$1.mjs" >"$work/tap" 2>"$work/err"
    local status=$? n=0 word what
    while read -r word what; do
        n=$((n + 1))
        if [ "$word" = ok ]; then check "$1: $what" true; else check "$1: $what" failed_test; fi
    done < <(sed -nE 's/^(ok|not) (ok )?[0-9]+ - (.*)/\1 \3/p' "$work/tap")
    over() { cat "$work/tap" "$work/err"; [ "$status" -eq 0 ] && [ "$n" -gt 0 ]; }
    check "$1 ends well" over
}
compiler=$(cd "$O/.." && pwd)/typescript/node_modules/typescript/bin/tsc # where make puts it
typed() { node "$compiler" --noEmit --strict --target es2022 --lib es2022,dom --module nodenext tests/client/sample.mts; }
check "the types serve a page in TypeScript" typed
for program in sse meeting pairing live; do runs "$program"; done
finish
