#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Options, commands and settings are the same in the programs and in the man pages, and the pages
# are well formed.
set -u
. "$(dirname "$0")/../tap.sh"
export LC_ALL=C.UTF-8

help_options() { # the long options that a --help text explains or shows in its usage line
    grep -oE '(^|[[(| ])--[a-z][a-z-]*' | grep -oE -- '--[a-z-]+' | sort -u
}
page_options() { # FILE [SECTION]: those with an .It of their own, in the section or everywhere
    awk -v want="${2-}" '/^\.S[hs] / { here = substr($0, 5) } !want || here == want' "$1" |
        sed -n 's/^\.It Fl -\([a-z-]*\).*/--\1/p' | sort -u
}
same() { # TEXT TEXT: and not empty
    [ -n "$1" ] && diff <(echo "$1") <(echo "$2")
}

same_options() { # PAGE SECTION COMMAND…
    local page=$1 section=$2
    shift 2
    "$@" --help >"$work/help" || return 1
    same "$(help_options <"$work/help")" "$(page_options "$page" "$section")"
}
commands_of_help() { "$O/onay" --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p' | sort; }
commands_of_page() { sed -n 's/^\.Ss onay //p' man/onay.1 | sort; }
same_commands() { same "$(commands_of_help)" "$(commands_of_page)"; }
same_settings() {
    same "$("$O/onayd" --describe-settings | cut -f1,2)" \
        "$(sed -n 's/^\.It Va \([a-z_]*\) No = *\(.*\)/\1\t\2/p' man/onayd.conf.5)"
}
well_formed() { # PAGE: groff has nothing to say about it, and no line of it is lost
    man --warnings=all -l "$1" >"$work/page" 2>"$work/said"
    cat "$work/said"
    [ ! -s "$work/said" ] && [ "$(wc -l <"$work/page")" -gt 20 ]
}
same_version_words() { # a page says what --version is for, and it works
    [ "$("$O/$1" --version)" = "$1 $(sed -n 's/^VERSION := //p' Makefile)" ]
}

check "onayd --help and onayd(8) have the same options" same_options man/onayd.8 "" "$O/onayd"
check "onayd-token --help and onayd-token(8) have the same options" \
    same_options man/onayd-token.8 "" "$O/onayd-token"
check "onayd-fetch --help and onayd-fetch(8) have the same options" \
    same_options man/onayd-fetch.8 "" "$O/onayd-fetch"
check "onay --help and onay(1) have the same commands" same_commands
for command in $(commands_of_help); do
    check "onay $command --help and onay(1) have the same options" \
        same_options man/onay.1 "onay $command" "$O/onay" "$command"
done
check "onayd.conf(5) has every setting with its default, in the order of the table" same_settings
for page in man/*.[1-8]; do check "$page is well formed" well_formed "$page"; done
for program in onayd onayd-token onayd-fetch onay; do
    check "$program --version says the version" same_version_words "$program"
done
finish
