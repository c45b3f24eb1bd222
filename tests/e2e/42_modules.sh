#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Modules that are missing, crash, hang and lie, and processes that are killed: each ends in a typed
# problem, nothing is released, the daemon goes on, and with a good module the next approval works.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh
case $O in /*) mocks=$O/tests/mock ;; *) mocks=$PWD/$O/tests/mock ;; esac

card_for --attended p256
export MOCK_CERT=$pki/p256.der
# The module is a link, so that it can be mended, or broken, under a daemon that runs.
sed -i "/^token_uri/d; s,^module = .*,module = $work/module.so," "$conf"
module() { ln -sf "$1" "$work/module.new" && mv -T "$work/module.new" "$work/module.so"; }
daemon_with() { # MODULE FAULT [SECONDS]
    stop_daemon
    module "$1"
    MOCK_FAULT=$2 start_daemon "$conf" --set module_call_seconds=1 --set "card_wait_seconds=${3-20}"
}
healthy() { answers 200 "" /v1/health && jq -e '.state == "ready"' "$work/body"; }
ends_as() { # STATE SLUG
    script 'pin 123456' 'pin 123456'
    ends "$1" . && typed "$2"
}
released_nothing() { ! grep -q 'approval done' "$work/daemon.log"; }
# A module is loaded once: workers that live on have the broken one, and are ended.
mended() {
    module "$spy"
    workers | xargs -r kill -9
    script 'pin 123456'
    ends "done" . && [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] &&
        "$O/onay" verify --trust "$pki/trust" "$work/body"
}

while read -r fault state slug; do
    # What a person may mend by another card is waited for; the rest is told at once.
    [ "$state" = expired ] && wait=1 || wait=20
    daemon_with "$mocks/fault.so" "$fault" $wait
    check "$fault: $state, $slug" ends_as "$state" "$slug"
    check "$fault: the daemon answers" healthy
    check "$fault: nothing was released" released_nothing
    check "$fault: with a good module the next approval works" mended
done <<'ROWS'
load-crash failed module-crashed
load-hang failed module-timeout
init-crash failed module-crashed
init-hang failed module-timeout
init-error expired card-error
slots-garbage expired card-error
slots-hang failed module-timeout
value-garbage failed no-certificate
login-crash failed module-crashed
login-hang failed module-timeout
sign-crash interrupted interrupted
sign-hang interrupted interrupted
sign-error interrupted interrupted
sign-garbage interrupted interrupted
ROWS
daemon_with /nonexistent/module.so ""
check "a module that is not there: module-not-found" ends_as failed module-not-found
check "the daemon answers" healthy
check "installed, the next approval works" mended
daemon_with "$mocks/nolist.so" ""
check "a library that is no module: module-not-found" ends_as failed module-not-found

# ---- kill -9 ----
daemon_with "$spy" ""
waits() {
    script wait wait
    request 202 "" . && waiting && dialogs >"$work/dialogs"
}
check "a dialog is open" waits
killed() { rm "$PINENTRY_USER_DATA/waiting" && workers | xargs kill -9; }
check "its worker is killed" killed
check "nothing had been sent to the card: the person is asked once more" waiting
check "waiting again" answers 200 "" "/v1/approvals/$approval"
check "that worker is killed too" killed
check "module-crashed" ended failed
check "typed, and nothing released" typed module-crashed
gone() { ! xargs kill -0 <"$work/dialogs" 2>/dev/null; }
check "the dialog is gone" poll gone
check "the daemon answers" healthy
check "the next approval works" mended
check "a dialog is open again" waits
lost=$(service)
killed() { kill -9 "$lost"; }
check "the service is killed" killed
anew() { [ -n "$(service)" ] && [ "$(service)" != "$lost" ] && healthy; }
check "another takes its place and answers" poll anew
check "the dialog is gone" poll gone
remembered() { answers 200 "" "/v1/approvals/$approval" && jq -e '.state == "failed" and .problem.slug == "restarted"' "$work/body"; }
check "what was open is told truly: restarted, nothing signed" remembered
check "the next approval works" mended

stop_daemon

# ---- AKİS: what its modules are said to insist on is asked of no module otherwise ----
habits() { # KEY: a card with a certificate for encryption before the one that signs
    card_for --attended nononrep "$1"
    sed -i "/^token_uri/d; s,^module = .*,module = $mocks/akis.so," "$conf"
    MOCK_UNDER=$TOKEN_MODULE start_daemon "$conf"
    script 'pin 123456'
}
listed_without_pin() {
    [ "$(ask "/v1/certificates")" = 200 ] && [ "$(jq '.certificates | length' "$work/body")" = 2 ] &&
        [ "$(n_told GETPIN)" = 0 ]
}
verified() {
    [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] &&
        "$O/onay" verify --trust "$pki/trust" "$work/body"
}
for key in rsa p256 p384; do
    habits "$key"
    check "AKİS's habits, $key: both certificates are listed without a PIN" listed_without_pin
    check "AKİS's habits, $key: the one that may sign signs" ends "done" .
    check "AKİS's habits, $key: after one PIN" test "$(n_told GETPIN)" = 1
    check "AKİS's habits, $key: the signature verifies" verified
    stop_daemon
done
finish
