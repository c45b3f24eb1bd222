# SPDX-License-Identifier: MIT
# tests/support/browser.sh, sourced behind tests/tap.sh: Debian's chromium and the sites it visits
# (tests/browser/driver.js). The test clicks; all the rest happens in the page.
#
#   start_browser "$pictures" [PORT…]              # sets portal, the portal's origin
#   visits a portal.example granted portal.html    # a page called a, in a profile of its own
#   clicks a '#approve'
#   page_tells a 'select(.what == "end")'          # waits for it; it is in $said
#   says sees a h1 "Giriş"                         # any word of the driver's
#
# A script that has a cleanup of its own calls stop_browser in it.
# shellcheck shell=bash
browser= said=
playwright=$(cd "$O/.." && pwd)/playwright # where make puts it

# A certificate for both sites, and what chromium knows it by: the digest of its key.
make_site() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=portal.example \
        -addext subjectAltName=DNS:portal.example,DNS:hostile.example \
        -keyout "$work/site.key" -out "$work/site.pem" 2>"$work/site.log" || { cat "$work/site.log"; return 1; }
    spki=$(openssl x509 -in "$work/site.pem" -noout -pubkey | openssl pkey -pubin -outform DER |
        openssl dgst -sha256 -binary | base64)
}

# start_browser PICTURES [PORT…]: pictures of pages are put into that folder; at the PORTs are sites of
# others, with make_site's certificate.
start_browser() {
    site_pictures=$1
    shift
    [ -e "$work/site.pem" ] || make_site || return 1
    mkdir "$work/browser" "$work/profile"
    mkfifo "$work/browser/words" "$work/browser/answers"
    # It holds both ends of both, so that nobody waits in open(), and no daemon inherits one.
    HOME=$work/profile NODE_PATH=$playwright/node_modules node tests/browser/driver.js \
        "$work/browser" "$work/site.pem" "$work/site.key" "$spki" "$@" \
        <>"$work/browser/words" 1<>"$work/browser/answers" 2>"$work/browser/err" &
    browser=$!
    heard >"$work/browser/out" || { cat "$work/browser/out"; return 1; }
    portal=https://portal.example:${heard#OK }
}

# stop_browser: succeeds when it ends by itself with 0.
stop_browser() {
    [ -n "$browser" ] || return 0
    says end || kill "$browser" 2>/dev/null
    wait "$browser" 2>/dev/null
    local status=$?
    browser=
    return "$status"
}

# heard: the driver's next line, within half a minute, while it lives.
heard() {
    local end=$((SECONDS + 30)) part
    heard=
    # A second that ends in the middle of a line has taken the beginning of it.
    until read -r -t 1 part <>"$work/browser/answers"; do
        heard+=$part
        part=
        [ $SECONDS -lt $end ] && kill -0 "$browser" 2>/dev/null || break
    done
    heard+=$part
    echo "$heard"
    [ "${heard%% *}" = OK ] || { cat "$work/browser/err"; return 1; }
}
says() {
    local IFS=$'\t'
    echo "$*" 1<>"$work/browser/words" && heard
}

visits() { says visit "$1" "$2" "$3" "$4?onayd=$port"; } # NAME SITE granted|denied|prompt FILE
clicks() { says click "$1" "$2"; }                       # NAME SELECTOR
opens_page() { says open "$@"; }                         # NAME LANGUAGE URL, as the person opens one
reads_page() { says read "$@"; }                         # NAME SELECTOR TEXT: within a moment
leaves() { says close "$1"; }                            # NAME
page_picture() { says shot "$1" "$PWD/$site_pictures/$2.png"; } # NAME PICTURE

# page_tells NAME FILTER: within half a minute the page says what jq finds so; $said is the last.
page_tells() {
    poll page_told "$1" "$2" && return 0
    cut -c 1-400 "$work/browser/$1.log"
    return 1
}
page_told() {
    said=$(jq -c "$2" "$work/browser/$1.log" 2>/dev/null | tail -n 1)
    [ -n "$said" ]
}
