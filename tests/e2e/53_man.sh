#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The examples of the man pages are run, in the order in which they stand there.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/depo.sh
. tests/support/services.sh
cleanup() { stop_daemon; stop_services; }

examples() { # PAGE: its one-line examples, as man prints them
    sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "man/$1" | sed 's/\\-/-/g'
}
example_file() { sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' man/onayd.conf.5 | grep -v '^\.'; }

make_card rsa
mkdir -p "$work/config/onayd" "$work/here"
cp "$conf" "$work/config/onayd/onayd.conf"
# A time stamp authority that knows us.
start_services
say account kamusm 123456 parola-1234
printf 'user = 123456\npassword = parola-1234\n' >"$work/account"
chmod 600 "$work/account"
cat >>"$work/config/onayd/onayd.conf" <<C
tsa = $url/tsa
tsa_identity_file = $work/account
tsa_identity_host = 127.0.0.1
private_host = 127.0.0.1
C
# A card at hand, a folder with a form, a note and the roots.
cp fixtures/sample/basvuru-formu.xml "$work/here/form.xml"
echo "not" >"$work/here/note.txt"
cp -r "$pki/trust" "$work/here/trust"
make_depo "$work/here/SertifikaDeposu.xml" "$pki/root.der" -- "$pki/sub.der"
path=$(cd "$O" && pwd)
run() { (cd "$work/here" && XDG_CONFIG_HOME=$work/config PATH=$path:$PATH timeout 60 bash -c "$1"); }

start_daemon "$conf" # some ask it
n=0
while IFS= read -r line; do
    n=$((n + 1))
    check "onay(1): $line" run "$line"
done < <(examples onay.1)
check "onay(1) has examples" [ "$n" -ge 4 ]
stop_daemon

example_file | sed "s|/etc/onayd/trust|$pki/trust|" >"$work/example.conf"
check "onayd.conf(5) has an example" grep -q '^origin = ' "$work/example.conf"
start_daemon "$work/example.conf" # ends the script, not well, when the example is refused
check "onayd.conf(5): the example starts the daemon" answers 200 "" /v1/health
while IFS= read -r line; do
    check "onayd(8): $line" run "$line"
done < <(examples onayd.8)
finish
