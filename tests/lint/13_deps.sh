#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tools/deps on machines that are not this one: everything there, something missing, no right to
# install, not Debian. The commands it calls are played by stand-ins that write down what was asked.
set -u
. "$(dirname "$0")/../tap.sh"

mkdir "$work/bin"
stand_in() { # NAME: a script from standard input
    { echo '#!/bin/sh'; cat; } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}
tools() { PATH=$work/bin /bin/sh tools/deps "$@" >"$work/out" 2>&1; }
asked() { cat "$work/asked" 2>/dev/null; }

# Two packages are missing until apt-get has installed them.
stand_in dpkg-query <<E2
for package; do :; done
case \$package in curl | jq) [ -e $work/installed ] && echo installed ;; *) echo installed ;; esac
E2
stand_in apt-get <<E2
echo "apt-get \$*" >>$work/asked
[ "\$1" = update ] || : >$work/installed
E2
stand_in id <<E2
echo 0
E2
check "as root it installs what is missing" tools build demo
check "and names it first" grep -q '^deps: installing curl jq$' "$work/out"
check "and nothing else" bash -c 'grep -q "install .* curl jq$" "$0"' "$work/asked"
rm "$work/asked"
check "then there is nothing to do" bash -c '"$@" && [ ! -e '"$work"'/asked ]' - env "PATH=$work/bin" /bin/sh tools/deps build demo

rm "$work/installed"
sed -i 's/curl | jq/npm/' "$work/bin/dpkg-query"
check "npm is a package like others" tools browser
check "and is installed" bash -c 'grep -q "install .* npm$" "$0"' "$work/asked"
rm "$work/asked" "$work/installed"
stand_in npm <<E2
E2
check "one that came with another build of nodejs will do" bash -c '"$@" && [ ! -e '"$work"'/asked ]' - env "PATH=$work/bin" /bin/sh tools/deps browser
rm "$work/bin/npm"
sed -i 's/ npm)/ curl | jq)/' "$work/bin/dpkg-query"

stand_in id <<E2
echo 1000
E2
check "without the right to install it stops" bash -c '! "$@"' - env "PATH=$work/bin" /bin/sh tools/deps build demo
tools build demo
check "and lists what is missing" grep -q 'apt-get install --no-install-recommends curl jq$' "$work/out"
check "and has asked for nothing" [ -z "$(asked)" ]

stand_in sudo <<E2
[ "\$1" = -n ] && exit 0
echo "sudo \$*" >>$work/asked
exec "\$@"
E2
check "through sudo it installs" tools demo
check "as sudo" grep -q '^sudo apt-get' "$work/asked"

rm "$work/bin/dpkg-query"
check "elsewhere it says what is needed and goes on" tools build
check "by name" grep -q 'libssl-dev' "$work/out"
check "an unknown set is refused" bash -c '! "$@"' - env "PATH=$work/bin" /bin/sh tools/deps nonsense
finish
