#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# `make install` puts everything in its place under DESTDIR, and systemd accepts the units.
set -u
. "$(dirname "$0")/../tap.sh"
prefix=/opt/onayd
root=$work/root
home=$root$prefix

install() {
    env -u MAKEFLAGS -u MAKELEVEL make BUILD="${O%/*}" MODE="${O##*/}" \
        PREFIX="$prefix" DESTDIR="$root" install
}
has_mode() { # MODE FILE
    [ "$(stat -c %a "$home/$2")" = "$1" ] || { stat "$home/$2"; return 1; }
}
nothing_else() { [ "$(cd "$root" && find . -type f ! -path ".$prefix/*")" = "" ]; }
runs() { [ "$("$home/bin/$1" --version)" = "$1 $(sed -n 's/^VERSION := //p' Makefile)" ]; }
starts_the_installed() {
    grep -qx "ExecStart=$prefix/bin/onayd" "$home/lib/systemd/user/onayd.service" &&
        ! grep -r '@[A-Z]*@' "$home/lib"
}

# The units with the paths they would have if DESTDIR were the root.
units_verify() {
    mkdir -p "$work/units" "$work/run" "$work/home"
    for unit in "$home"/lib/systemd/user/*; do
        sed "s|$prefix|$home|g" "$unit" >"$work/units/$(basename "$unit")"
    done
    MANPATH="$home/share/man" HOME=$work/home XDG_RUNTIME_DIR=$work/run \
        systemd-analyze --user verify "$work"/units/* >"$work/said" 2>&1
    local code=$?
    cat "$work/said"
    [ "$code" -eq 0 ] && [ ! -s "$work/said" ]
}
broken_unit_found() { # the check above can fail
    sed -i 's|^ExecStart=.*|ExecStart=/nowhere/onayd|' "$home/lib/systemd/user/onayd.service"
    ! units_verify
}

check "make install ends well" install
for program in onayd onayd-token onayd-fetch onay; do
    check "bin/$program is there for everybody" has_mode 755 "bin/$program"
done
for file in lib/systemd/user/onayd.service lib/systemd/user/onayd-tcp.socket \
    lib/systemd/user/onayd-unix.socket lib/udev/rules.d/70-onayd-readers.rules \
    share/man/man1/onay.1 share/man/man5/onayd.conf.5 share/man/man8/onayd.8 \
    share/man/man8/onayd-token.8 share/man/man8/onayd-fetch.8 share/doc/onayd/README.md share/doc/onayd/LICENSE; do
    check "$file is there to be read" has_mode 644 "$file"
done
check "nothing lies outside of PREFIX" nothing_else
check "the installed onayd says its version" runs onayd
check "the installed onay says its version" runs onay
check "the unit starts the installed daemon" starts_the_installed
check "systemd-analyze verify accepts the units and says nothing" units_verify
check "a unit without its program is not accepted" broken_unit_found
finish
