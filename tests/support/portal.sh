# SPDX-License-Identifier: MIT
# tests/support/portal.sh, sourced behind tests/support/browser.sh: the reference portal (fixtures/portal) on
# a simulated public address, and what a person does there.
#
#   start_portal "$pki/trust"              # sets site, its origin
#   start_browser "$pictures" "$site_port"
#   opens one granted giris.html           # a page in a profile of its own
#   signs_in one ayse Deneme-1234
#   check "it is there" sees one h1 "Giriş"
#
# A script that has a cleanup of its own calls stop_portal in it.
# shellcheck shell=bash
portal_program= site= site_port=0 site_name=portal.example
portal_pictures=$(dirname "$O")/portal
mkdir -p "$portal_pictures"

# start_portal TRUST [OPTION…]: with fresh data, at the port it had before, if any.
start_portal() {
    local trust=$1
    shift
    [ -e "$work/site.pem" ] || make_site || return 1
    rm -rf "$work/portal"
    : >"$work/portal.out"
    printf 'leak:libfontconfig\n' >"$work/lsan" # its cache lives as long as the process
    LSAN_OPTIONS=suppressions=$work/lsan:print_suppressions=0 "$O/fixtures/portal/portal" --port "$site_port" --name "$site_name" --cert "$work/site.pem" --key "$work/site.key" \
        --data "$work/portal" --trust "$trust" "$@" >"$work/portal.out" 2>>"$work/portal.log" &
    portal_program=$!
    poll portal_is_up
    site=$(cat "$work/portal.out")
    [ -n "$site" ] || { cat "$work/portal.log"; return 1; }
    site_port=${site##*:}
}
portal_is_up() { [ -s "$work/portal.out" ] || ! kill -0 "$portal_program" 2>/dev/null; } # or never will be

# stop_portal: succeeds when it ends by itself with 0.
stop_portal() {
    [ -n "$portal_program" ] || return 0
    kill "$portal_program" 2>/dev/null
    wait "$portal_program" 2>/dev/null
    local status=$?
    portal_program=
    return "$status"
}

# ---- what a person does and sees: NAME is a page ----
opens() { says visit "$1" "$site_name:$site_port" "$2" "$3"; }       # NAME granted|denied|prompt FILE
opens_beside() { says beside "$1" "$2" "$site_name:$site_port" "$3"; } # NAME OTHER FILE
goes() { says goes "$@"; }
presses_key() { says press "$@"; }
fills() { says fill "$@"; }
sees() { says sees "$@"; }
lacks() { says lacks "$@"; }
is_at() { says at "$@"; }
focused() { says focused "$@"; }
audited() { says audit "$1"; }
holds() { says holds "$@"; } # NAME SELECTOR VALUE
presses_button() { clicks "$1" "role=button[name=\"$2\"]"; } # NAME TEXT
follows() { clicks "$1" "role=link[name=\"$2\"]"; }          # NAME TEXT

signs_in() { # NAME USER PASSWORD
    fills "$1" '#user' "$2" && fills "$1" '#password' "$3" && presses_button "$1" "Giriş yap"
}

# in_page FILE NAME [WORD…]: what the function in tests/browser/FILE answers there, in $heard.
in_page() { says run "$2" "$1" "${@:3}"; }

# fill_form NAME: the first step, as it has to be, and Devam.
fill_form() {
    fills "$1" '#mobilePhone' '0500 000 00 00' && says choose "$1" '#operator' Diğer && says choose "$1" '#infoChannel' SMS &&
        fills "$1" '#institution' 'مؤسسة المثال' && fills "$1" '#unit' 'Bilgi İşlem Müdürlüğü' && fills "$1" '#title' '&lt;b&gt; "Müdür"' &&
        says choose "$1" '#addressType' İş && clicks "$1" 'input[value=Hayır]' && presses_button "$1" Devam && sees "$1" '#papers-title'
}
