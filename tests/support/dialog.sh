# SPDX-License-Identifier: MIT
# tests/support/dialog.sh, sourced behind tests/e2e/lib.sh: the two ends of the worker that a test
# can hold: fake-pinentry, on a script, and pkcs11-spy, the witness of what reached the card.
#
#   card_for --attended rsa                   # a card behind the spy; sets conf
#   start_daemon "$conf"
#   script no 'pin 123456'                    # the answers of the next dialogs
#   ends "done" '.application.orderNo = "X"'  # the good request, changed by jq, ends so
#   told SETDESC; calls C_Sign                # what the dialog was told; how often the card was asked
# shellcheck shell=bash
spy=$(ls /usr/lib/*/pkcs11-spy.so /usr/lib/*/pkcs11/pkcs11-spy.so 2>/dev/null | head -n 1)
export PKCS11SPY_OUTPUT=$work/spy PINENTRY_USER_DATA=$work/dialog
mkdir "$PINENTRY_USER_DATA"
echo 0.3 >"$PINENTRY_USER_DATA/seconds" # a person's time to type a PIN
: >"$PKCS11SPY_OUTPUT"

# card_for [--attended] NAME…: make_card behind the spy and fake-pinentry.
card_for() {
    make_card "$@"
    export PKCS11SPY=$TOKEN_MODULE
    sed -i "s,^module = .*,module = $spy," "$conf"
    {
        echo "pinentry = $PWD/tests/support/fake-pinentry"
        echo "card_wait_seconds = 20"
    } >>"$conf"
}

# calls FUNCTION: how often it was called on the card so far.
calls() { grep -c ": $1\$" "$PKCS11SPY_OUTPUT"; }

# script ANSWER…: starts a new script and a new log of what the dialogs are told.
script() {
    printf '%s\n' "$@" >"$PINENTRY_USER_DATA/answers"
    : >"$PINENTRY_USER_DATA/log"
    rm -f "$PINENTRY_USER_DATA/waiting" "$PINENTRY_USER_DATA/go"
}

# told COMMAND: the lines of that command, without its name.
told() { sed -n "s/^$1\( \|\$\)//p" "$PINENTRY_USER_DATA/log"; }
n_told() { told "$1" | wc -l; }

waiting() { poll test -e "$PINENTRY_USER_DATA/waiting"; } # the script has come to its "wait"
workers() { pgrep -x onayd-token -P "$daemon"; }
service() { pgrep -x onayd-service -P "$daemon"; }
dialogs() { pgrep -P "$(workers | paste -sd,)"; } # the workers' children
no_dialogs() { ! dialogs; }

# ---- the good request: SD-780, application form and Taahhütname ----
jq -n --arg form "$(base64 -w0 fixtures/sample/basvuru-formu.xml)" \
    --arg undertaking "$(base64 -w0 fixtures/sample/taahhutname.txt)" '{
    application: {orderNo: "SD-780", type: "Yenileme",
                  applicant: {identityNo: "10000000146", name: "Ayşe Yılmaz"}},
    documents: [{role: "application-form", name: "basvuru-formu.xml",
                 mimeType: "application/xml", content: $form},
                {role: "undertaking", name: "taahhutname.txt",
                 mimeType: "text/plain; charset=utf-8", content: $undertaking}],
    signature: {profile: "P1", packaging: "enveloping"}}' >"$work/good.json"

# request STATUS SLUG FILTER [CURL-OPTION…]: POSTs the good request, changed; answers as lib.sh's.
request() {
    jq -c "$3" "$work/good.json" >"$work/request.json"
    answers "$1" "$2" /v1/approvals -H 'Content-Type: application/json' --data-binary "@$work/request.json" "${@:4}" ||
        return 1
    [ "$1" != 202 ] || approval=$(jq -r .id "$work/body")
}

# ends STATE FILTER: the good request, changed, ends so; sets approval, the answer is in $work/body.
ends() { request 202 "" "$2" && ended "$1"; }
# ended STATE: so does $approval.
ended() {
    wait_final >"$work/state"
    grep -qx "$1" "$work/state" || { jq -c . "$work/body"; cat "$work/daemon.log"; return 1; }
}

# signs FILTER: reaches done by exactly one C_Sign; the file is $work/signed.xml.
signs() {
    local before
    before=$(calls C_Sign)
    ends "done" "$1" || return 1
    [ "$(calls C_Sign)" -eq $((before + 1)) ] && [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] &&
        cp "$work/body" "$work/signed.xml"
}

# typed SLUG: the last answer is an approval with this problem, and nothing is released.
typed() {
    jq -c .problem "$work/body"
    jq -e --arg slug "$1" '.problem.slug == $slug and .problem.type == "urn:onayd:error:" + $slug and
        .problem.status == 409 and (.problem.title | length > 0) and (.problem.detail | length > 0) and
        (has("signature") | not)' "$work/body" && answers 409 approval-not-done "/v1/approvals/$approval/signature"
}

# refused STATE SLUG FILTER: ends so, typed, and the card was not asked to sign.
refused() {
    local before
    before=$(calls C_Sign)
    ends "$1" "$3" && typed "$2" || return 1
    [ "$(calls C_Sign)" = "$before" ] || { echo "the card has signed"; return 1; }
}
