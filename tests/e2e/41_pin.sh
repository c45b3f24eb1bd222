#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Dialogs and PINs: what the person is shown, what each answer leads to, how often a PIN reaches
# the card, and where it must never be found.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/dialog.sh

card_for --attended rsa p256
rsa=".signer.certificateId = \"$(openssl dgst -sha256 -r "$pki/rsa.der" | cut -d' ' -f1)\""
# A PIN that stands nowhere by chance.
pin=Gizli-PIN.82717
pkcs11-tool --module "$TOKEN_MODULE" --token-label "Test NES" --login --pin 123456 --change-pin --new-pin "$pin" \
    >"$work/change.log" 2>&1 || { cat "$work/change.log"; exit 1; }
export ONAYD_DEBUG=1 # the most that is ever logged
start_daemon "$conf"

# what was shown: the texts of the dialogs, their Assuan escapes undone
shown() { told SETDESC | sed 's/%0A/\n/g; s/%0D/\r/g; s/%25/%/g'; }
shows() { shown | grep -qxF -- "$1" || { shown; return 1; }; }
logins() { # N COMMAND…: that many C_Login, whatever else
    local before
    before=$(calls C_Login)
    "${@:2}" || return 1
    echo "C_Login: $(($(calls C_Login) - before)), wanted $1"
    [ "$(calls C_Login)" -eq $((before + $1)) ]
}

# ---- what the person is shown ----
by_portal() {
    script "pin $pin"
    jq -c "$rsa" "$work/good.json" >"$work/request.json"
    local portal=(-H 'Origin: https://portal.test')
    answers 202 "" "$tcp/v1/approvals" "${portal[@]}" -H 'Idempotency-Key: portal' -H 'Content-Type: application/json' \
        --data-binary "@$work/request.json" || return 1
    approval=$(jq -r .id "$work/body")
    ask "$tcp/v1/approvals/$approval?wait=30" "${portal[@]}" >/dev/null
    while jq -e '.final | not' "$work/body"; do ask "$tcp/v1/approvals/$approval?wait=30" "${portal[@]}" >/dev/null; done
    jq -e '.state == "done"' "$work/body"
}
digest_of() { # as the dialog groups it
    echo "   SHA-256 $(sha256sum "$1" | head -c 32 | sed 's/..../& /g')…"
}
size_of() { wc -c <"$1"; }
check "the right PIN: one login, one signature" logins 1 by_portal
check "who asks" shows "İsteyen: https://portal.test"
check "for which application" shows "Başvuru no: SD-780"
check "of which type" shows "Başvuru türü: Yenileme"
check "of whom" shows "Başvuran: Ayşe Yılmaz"
check "what kind of signature" shows "İmza: P1, 2 belge"
check "the form, its size and type" shows "1) basvuru-formu.xml · $(size_of fixtures/sample/basvuru-formu.xml) bayt · application/xml"
check "its digest" shows "$(digest_of fixtures/sample/basvuru-formu.xml)"
check "the undertaking" shows "2) taahhutname.txt · 2,2 KiB · text/plain; charset=utf-8"
check "its digest" shows "$(digest_of fixtures/sample/taahhutname.txt)"
check "the certificate, its identity number masked" shows "Sertifika: Ayşe Yılmaz (100******46)"
check "its issuer" shows "Veren: Test Elektronik Sertifika Hizmet Sağlayıcısı"
no_number() { ! shown | grep -E '^(Sertifika|Başvuran)' | grep -F 10000000146; }
check "the whole number is nowhere in these lines" no_number
once_each() {
    cat "$PINENTRY_USER_DATA/log"
    [ "$(n_told SETDESC)" = 1 ] && [ "$(n_told GETPIN)" = 1 ] && [ "$(n_told CONFIRM)" = 0 ] && [ "$(n_told SETERROR)" = 0 ] &&
        [ "$(told SETTITLE)" = "Elektronik imza onayı" ] && [ "$(told SETOK)" = İmzala ] && [ "$(told SETCANCEL)" = Vazgeç ]
}
check "in one dialog, with its buttons" once_each
in_english() {
    script "pin $pin"
    request 202 "" "$rsa" -H 'Accept-Language: en' && ended "done" && shows "Asked by: a program on this computer" &&
        [ "$(told SETOK)" = Sign ]
}
check "in English when asked so; the user's own shell has no site" in_english

# ---- wrong PINs ----
wrong_then_right() {
    script 'pin 11112222' "pin $pin"
    signs "$rsa"
}
check "a wrong PIN, asked again, then right: two logins for two PINs" logins 2 wrong_then_right
warned() {
    told SETERROR
    [ "$(n_told GETPIN)" = 2 ] && [ "$(told SETERROR)" = "PIN yanlış. Az deneme hakkı kaldı." ]
}
check "the second dialog says so, and that few tries are left" warned
wrong_then_cancel() {
    script 'pin 11112222' cancel
    refused failed pin-wrong "$rsa" && jq -e '.signer.pinTriesLeft == "low"' <<<"$(ask "/v1/approvals/$approval" >/dev/null; cat "$work/body")"
}
check "a wrong PIN and a closed dialog: pin-wrong, one login, never repeated by itself" logins 1 wrong_then_cancel
three_wrong() {
    script 'pin 11112222' 'pin 11113333' 'pin 11114444' cancel
    refused failed pin-wrong "$rsa" && [ "$(n_told GETPIN)" = 4 ]
}
check "three wrong PINs: three logins" logins 3 three_wrong
too_short() {
    script 'pin 1' "pin $pin"
    signs "$rsa" && told SETERROR && told SETERROR | grep -q '^PIN 4 ile [0-9]* karakter arasında olmalı; karta gönderilmedi.$'
}
check "a PIN that cannot be one costs no try" logins 1 too_short

# ---- no PIN ----
answered_with() { # ANSWER STATE SLUG
    script "$1"
    refused "$2" "$3" "$rsa"
}
check "a cancelled dialog: consent-declined" logins 0 answered_with cancel failed consent-declined
check "pinentry's own timeout: consent-timeout" logins 0 answered_with timeout expired consent-timeout
check "no display: dialog-unavailable" logins 0 answered_with no-display failed dialog-unavailable
check "a program that is no pinentry: dialog-unavailable" logins 0 answered_with garbage failed dialog-unavailable
check "a line without end: dialog-unavailable" logins 0 answered_with long failed dialog-unavailable
check "a dialog that dies: dialog-unavailable" logins 0 answered_with die failed dialog-unavailable

# ---- the caller's words: each stays on its line ----
plain() { # FILTER LINE: signs, shows exactly that line, adds no command
    script "pin $pin"
    signs "$rsa | $1" && shows "$2" || return 1
    cut -d' ' -f1 "$PINENTRY_USER_DATA/log" | sort | uniq -c >"$work/commands"
    diff "$work/commands.good" "$work/commands"
}
script "pin $pin"
check "the good request, for comparison" signs "$rsa"
cut -d' ' -f1 "$PINENTRY_USER_DATA/log" | sort | uniq -c >"$work/commands.good"
check "%0A in a name" plain '.documents[1].name = "a%0AD 1234%0ABYE%0A.txt"' "2) a%0AD 1234%0ABYE%0A.txt · 2,2 KiB · text/plain; charset=utf-8"
check "%250A in a name" plain '.documents[1].name = "%250A%25"' "2) %250A%25 · 2,2 KiB · text/plain; charset=utf-8"
check "Assuan commands in a name" plain '.documents[1].name = "SETDESC x"' "2) SETDESC x · 2,2 KiB · text/plain; charset=utf-8"
check "BYE as an order number" plain '.application.orderNo = "BYE"' "Başvuru no: BYE"
check "a comment as an order type" plain '.application.type = "# OK"' "Başvuru türü: # OK"
check "quotes and backslashes as an applicant" plain '.application.applicant.name = "\\n\"%s\" \\"' 'Başvuran: \n"%s" \'
check "a label of ours as a name" plain '.documents[0].name = "Sertifika: X (1)"' \
    "1) Sertifika: X (1) · $(size_of fixtures/sample/basvuru-formu.xml) bayt · application/xml"
digest_only() {
    jq -n --arg d "$(openssl dgst -sha256 -binary fixtures/sample/taahhutname.txt | base64 -w0)" \
        '{name: "%0ASETPIN BYE.txt", role: "undertaking", mimeType: "text/plain", digest: {algorithm: "SHA-256", value: $d}}' >"$work/digest.json"
    script "pin $pin"
    signs "$rsa | .signature.packaging = \"detached\" | .documents[1] = $(cat "$work/digest.json")" &&
        shows "2) %0ASETPIN BYE.txt · text/plain" && shows "$(digest_of fixtures/sample/taahhutname.txt)" && shows "   içeriği görülmedi"
}
check "a digest: shown as one, and that nobody saw the content" digest_only
while IFS='|' read -r what pointer value; do
    check "$what: not let in" request 422 invalid-field "setpath(\"$pointer\" | ltrimstr(\"/\") | split(\"/\") | map(tonumber? // .); \"$value\")"
done <<'ROWS'
a newline in a name|/documents/0/name|a\nD 1234
a carriage return in a name|/documents/0/name|a\rBYE
a newline in an order number|/application/orderNo|1\nBYE
a newline in an order type|/application/type|x\nSETDESC y
right-to-left in an applicant|/application/applicant/name|Ay\u202eezamliY
an isolate in a name|/documents/0/name|a\u2066b
a line separator in a name|/documents/0/name|a\u2028b
no width in a name|/documents/0/name|a\u200bb
a zero in a name|/documents/0/mimeType|text/plain\n
ROWS
many() { # more than one dialog holds: all of them are shown, in order, before the PIN
    script yes "pin $pin"
    signs "$rsa | .documents = [range(20) as \$i | .documents[1] | .name = \"belge-\(\$i).txt\"]" || return 1
    shown | sed -n 's/^[0-9]*) \(belge-[0-9]*.txt\) .*/\1/p' >"$work/shown"
    seq -f 'belge-%g.txt' 0 19 | diff - "$work/shown" && [ "$(n_told GETPIN)" = 1 ] && [ "$(n_told CONFIRM)" -ge 1 ] &&
        tail -n 1 "$PINENTRY_USER_DATA/log" | grep -q '^GETPIN'
}
check "twenty documents: every one is shown before the PIN" many

# ---- where the PIN must not be ----
script 'pin 11112222' "pin $pin"
check "one more signature" signs "$rsa"
cp "$work/body" "$work/answer"
nowhere() { ! grep -rlaF -e "$pin" -e 11112222 "$work/daemon.log" "$work/run" "$work/answer" "$work/signed.xml" "$work/head" "$PINENTRY_USER_DATA/log"; }
check "no PIN in log, answers, files" nowhere
log_speaks() { grep -q 'approval done' "$work/daemon.log"; }
check "in a log that speaks" log_speaks
in_memory() { # PID TEXT
    "$O/tests/tool/memgrep" "$@"
    return $?
}
not_in_memory() { # PID TEXT: read, and not there
    in_memory "$@"
    [ $? -eq 1 ]
}
if in_memory "$(service)" "$token" >"$work/mem"; [ $? -ne 2 ]; then
    check "the service's memory can be searched" in_memory "$(service)" "$token"
    for text in "$pin" 11112222; do
        check "no PIN in the service's memory" not_in_memory "$(service)" "$text"
        check "nor in the supervisor's" not_in_memory "$daemon" "$text"
        for pid in $(workers); do
            check "nor in a worker that waits" not_in_memory "$pid" "$text"
        done
    done
else
    skip "no PIN in the service's memory" "only root may read it"
fi

# ---- the dialog that nobody answers ----
stop_daemon
start_daemon "$conf" --set consent_seconds=2
unanswered() {
    script wait
    request 202 "" "$rsa" && waiting && dialogs || return 1
    ended expired && typed consent-timeout
}
check "a dialog that nobody answers: consent-timeout" logins 0 unanswered
check "and it is gone" poll no_dialogs

# ---- no pinentry ----
stop_daemon
start_daemon "$conf" --set pinentry=/nonexistent/pinentry
check "pinentry is missing: dialog-unavailable" logins 0 refused failed dialog-unavailable "$rsa"
attended() { ask /v1/info >/dev/null; jq -e '.unattended == false' "$work/body"; }
check "info: a person is asked" attended

# ---- a real pinentry on a terminal ----
by_hand() {
    local typist
    cat >"$work/by-hand.sh" <<SH
stty rows 60 cols 120
export GPG_TTY=\$(tty) TERM=xterm LC_ALL=C.UTF-8
exec "$O/onay" sign --config "$work/by-hand.conf" --certificate ${rsa:25:64} --output "$work/by-hand.xsig" fixtures/sample/taahhutname.txt
SH
    sed '/^pinentry/d' "$conf" >"$work/by-hand.conf"
    {
        echo "pinentry = $(command -v pinentry-curses)"
        echo "consent_seconds = 40"
    } >>"$work/by-hand.conf"
    mkfifo "$work/keys"
    exec 8<>"$work/keys"
    : >"$work/screen"
    timeout 50 script -qefc "bash $work/by-hand.sh" "$work/screen" <&8 >/dev/null 2>&1 &
    typist=$!
    # The window is there when its last button is.
    poll grep -qa 'Vazge' "$work/screen" && printf '%s\r' "$pin" >&8
    wait "$typist"
    local code=$?
    exec 8>&-
    [ $code -eq 0 ] && "$O/onay" verify --trust "$pki/trust" "$work/by-hand.xsig" && ! grep -aF "$pin" "$work/screen" && return 0
    cat -v "$work/screen"
    return 1
}
if command -v pinentry-curses >/dev/null; then
    check "pinentry-curses, typed by hand" logins 1 by_hand
else
    skip "pinentry-curses, typed by hand" "not installed"
fi

# ---- the PIN file of a test token ----
stop_daemon
card_for rsa
start_daemon "$conf"
unattended() { ask /v1/info >/dev/null; jq -e .unattended "$work/body"; }
check "info: nobody is asked" unattended
check "a file of 0600 signs without a dialog" logins 1 signs .
chmod 644 "$work/card/pin"
check "a file of 0644: pin-file-refused" logins 0 refused failed pin-file-refused .
chmod 600 "$work/card/pin"
mv "$work/card/pin" "$work/card/pin.real"
ln -s pin.real "$work/card/pin"
check "a link: pin-file-refused" logins 0 refused failed pin-file-refused .
rm "$work/card/pin"
printf 11112222 >"$work/card/pin"
chmod 600 "$work/card/pin"
check "a wrong PIN in the file is tried once" logins 1 refused failed pin-wrong .

# ---- PINs in addresses ----
stop_daemon
for part in pin-value=123456 pin-source=/etc/hostname; do
    script
    start_daemon "$conf" --set "token_uri=$TOKEN_URI?$part" --set card_wait_seconds=1
    check "$part in token_uri: uri-refused" logins 0 ends failed .
    check "typed so" jq -e '.problem.slug == "uri-refused" and .problem.status == 500' "$work/body"
    stop_daemon
done

# ---- a card whose PIN is nearly, or quite, locked: a module that says so ----
sed -i "/^unattended/d; /^token_uri/d; s,^module = .*,module = $PWD/$O/tests/mock/fault.so," "$conf"
case $O in /*) sed -i "s,^module = .*,module = $O/tests/mock/fault.so," "$conf" ;; esac
export MOCK_CERT=$pki/p256.der
mock() { # FAULT
    stop_daemon
    MOCK_FAULT=$1 start_daemon "$conf" --set card_wait_seconds=1
}
unlocked_by() { jq -e ".problem.detail | contains(\"$1\")" <"$work/approval"; }
locked() { # SLUG WORDS
    script ok
    ends failed . && cp "$work/body" "$work/approval" && typed "$1" && unlocked_by "$2" && [ "$(n_told GETPIN)" = 0 ]
}
mock pin-locked
check "a locked PIN: pin-locked, with what to do, and no PIN asked" locked pin-locked PUK
listed() { ask /v1/readers >/dev/null; jq -e '.readers[0].pinTriesLeft == "locked"' "$work/body"; }
check "and the reader says so" listed
mock pin-not-set
check "a PIN that was never set: pin-not-set" locked pin-not-set "PIN"
mock pin-final
last_try() {
    script ok 'pin 111111' ok
    ends failed . && cp "$work/body" "$work/approval" && typed pin-locked && unlocked_by PUK
}
check "the last try, wrong: pin-locked" last_try
explained() {
    shown
    [ "$(n_told CONFIRM)" = 2 ] && [ "$(n_told GETPIN)" = 1 ] && shown | grep -q '^DİKKAT: Bu son PIN denemesi' &&
        shown | grep -q "PIN'i kilitli; imza atılamıyor" && told SETERROR | grep -q 'SON DENEME'
}
check "warned of before, explained after" explained
declined_last() {
    script cancel
    ends failed . && jq -e '.problem.slug == "consent-declined"' "$work/body" && [ "$(n_told GETPIN)" = 0 ]
}
check "the last try can be left alone" declined_last

stop_daemon
finish
