#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# api/client in a real browser, at onayd's own ports: the example of its README as it stands there, what the
# browser allows or not, an upload, an approval that outlives its tab, and another daemon than the known one.
set -u
if [ -z "${OWN_LOOPBACK-}" ]; then
    export OWN_LOOPBACK=1
    [ "$(id -u)" = 0 ] && exec unshare -n bash "$0"
    exec unshare -rn bash "$0"
fi
. "$(dirname "$0")/lib.sh"
. tests/support/browser.sh
ip link set lo up
cleanup() {
    stop_browser
    stop_daemon
}
mkdir -p "$O/tests/browser"
start_browser "$O/tests/browser" || exit 1
make_card rsa
printf '%s\n' "origin = $portal" >>"$conf"
start_daemon "$conf" --port 15072

opens() { visits "$1" portal.example "$2" client.html && page_tells "$1" "select(.what == \"permission\" and .state == \"$2\")"; } # NAME PERMISSION
shows() { page_tells "$1" "select(.what == \"shown\" and (.text | startswith(\"$2\")))"; }
refused() { page_tells "$1" "select(.what == \"refused\" and .slug == \"$2\" and .name == \"$3\")"; }
signed() {
    page_tells "$1" 'select(.what == "signature")' && jq -r .content <<<"$said" | base64 -d >"$work/signed.xml" &&
        LC_ALL=C.UTF-8 "$O/onay" verify --qualified --trust "$pki/trust" "$work/signed.xml" | grep TOTAL-PASSED
}

# ---- the ten lines ----
check "the browser allows it" opens one granted
signs() { clicks one '#approve' && shows one "done" && signed one; }
check "a click, and the page has a signature" signs
uploads() {
    clicks one '#upload' && page_tells one 'select(.what == "uploaded")' &&
        jq -e '.size == 20971520 and .last == .size and .steps > 0 and .rising' <<<"$said"
}
check "an upload tells how far it is" uploads

# ---- what the browser does not allow ----
check "the browser does not allow it" opens denied denied
declines() { clicks denied '#approve' && shows denied "Tarayıcı izin vermiyor"; }
check "the person is told where to change it" declines
check "the browser would ask" opens asked prompt
unasked() { clicks asked '#upload' && refused asked permission-denied PermissionDenied; }
check "without a screen there is nobody to ask, and that is a no" unasked

# ---- a daemon that is gone, and another one ----
check "the daemon stops" stop_daemon
misses() { clicks one '#approve' && shows one "onayd bulunamadı: "; }
check "the person is told how to start it" misses
tells_how() { jq -e '.text | contains("systemctl --user enable --now onayd-tcp.socket")' <<<"$said"; }
check "by name" tells_how
sed '/^unattended_/d' "$conf" >"$work/silent.conf"
conf=$work/silent.conf
silent_person
start_daemon "$conf" --port 15070

# ---- an approval that outlives its tab ----
waits() { clicks "$1" '#begin' && page_tells "$1" 'select(.what == "approval" and .state == "waiting-consent")' && jq -r .id <<<"$said" >"$work/$1.id"; }
check "the same daemon, at another port, is known; an approval waits for the person" waits one
check "the tab is closed" leaves one
check "another is opened" opens two granted
check "the same key" waits two
check "is the same approval" cmp "$work/one.id" "$work/two.id"
withdraws() { clicks two '#cancel' && page_tells two 'select(.what == "refused" and .name == "AbortError")' && poll over; }
over() { [ "$(ask "/v1/approvals/$(cat "$work/two.id")" -H "Origin: $portal")" = 200 ] && jq -e '.state == "cancelled"' "$work/body"; }
check "the page thinks better of it, and it is withdrawn" withdraws

check "the daemon stops" stop_daemon
XDG_STATE_HOME=$work/another.state
start_daemon "$conf" --port 15071
changed() { clicks two '#upload' && refused two daemon-changed DaemonChanged; }
check "another one in its place is refused" changed
check "the browser ends" stop_browser
check "the daemon stops cleanly" stop_daemon
finish
