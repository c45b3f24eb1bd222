#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The shell examples of the README are run as they stand, each section in one shell.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/depo.sh

section() { # TITLE: the sh blocks under that heading
    awk -v title="## $1" '
        /^## / { inside = ($0 == title) }
        inside && /^```sh$/ { block = 1; next }
        /^```$/ { block = 0 }
        block' README.md
}

make_card rsa
start_daemon "$conf"
mkdir -p "$work/here" "$work/config/onayd"
cp "$conf" "$work/config/onayd/onayd.conf"
cp fixtures/sample/basvuru-formu.xml "$work/here/form.xml"
cp -r "$pki/trust" "$work/here/trust"
make_depo "$work/here/SertifikaDeposu.xml" "$pki/root.der" -- "$pki/sub.der"
path=$(cd "$O" && pwd)
run() { # TITLE: runs the section, its output into $work/out
    section "$1" >"$work/script"
    [ -s "$work/script" ] || return 1
    (cd "$work/here" && XDG_CONFIG_HOME=$work/config PATH=$path:$PATH timeout 120 bash -eu "$work/script") >"$work/out" 2>&1
    local status=$?
    cat "$work/out"
    return $status
}
says() { grep -q "$1" "$work/out"; }

check "README: Try it with curl" run "Try it with curl"
check "its health is ready" says '"state": *"ready"'
check "its certificate is Ayşe's" says 'Ayşe Yılmaz'
check "its approval is done" says '^done$'
check "its signature passes" "$O/onay" verify --trust "$pki/trust" "$work/here/onay.xsig"
check "README: Sign and verify by command" run "Sign and verify by command"
check "its signature passes" says 'TOTAL-PASSED'
check "the quick start is what CI and the demo run" bash -c 'grep -q "^make demo$" README.md && grep -q "^make check$" README.md && grep -q "make check" .ci/run'
finish
