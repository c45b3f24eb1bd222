#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Signatures with a time stamp over the API, with real authorities that break: nobody types a PIN for a
# stamp that could not be had; what the card has made is completed without card and person, later, and
# by the next process; the signing time never lies behind the stamp.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/services.sh
. tests/support/dialog.sh
cleanup() {
    stop_daemon
    stop_services
}
start_services
fixtures/services/tell "$services" publish
card_for --attended rsa
echo "private_host = 127.0.0.1" >>"$conf"
cp "$conf" "$work/bare.conf"
echo "tsa = $url/tsa" >>"$conf"
stamped='.signature.profile = "B-T"'
opens() { # ANSWER…: an approval of level B-T, with these answers of the person
    script "$@"
    request 202 "" "$stamped"
}
is() { [ "$(ask "/v1/approvals/$approval")" = 200 ] && jq -e "$1" "$work/body"; } # JQ
signed=0
note_card() { signed=$(calls C_Sign) || true; }
card_made() { # N: so many signatures since note_card
    local n=$(($(calls C_Sign) - signed))
    echo "$n signatures, wanted $1"
    [ "$n" -eq "$1" ]
}
# good [PROFILE]: it is done, and the file is of that profile; its stamp not before its signing time.
good() {
    local profile=${1-B-T}
    ended "done" && [ "$(jq -r .profile "$work/body")" = "$profile" ] &&
        [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] && cp "$work/body" "$work/signed.xml" || return 1
    "$O/onay" verify --qualified --json --trust "$pki/trust" "$work/signed.xml" >"$work/report"
    cat "$work/report"
    jq -e --arg profile "$profile" '.indication == "TOTAL-PASSED" and (.signatures[0] | .profile == $profile and (.timeStamps | length == 1 and all(.trusted)) and
        .signingTime <= .timeStamps[0].time)' "$work/report"
}

# ---- who has no authority ----
start_daemon "$work/bare.conf"
check "without an authority no profile with a stamp is offered" eval 'answers 200 "" /v1/info && jq -e "(.profiles | index(\"B-T\") | not) and .timeStampAuthorities == []" "$work/body"'
no_profile() { request 422 invalid-field "$stamped" && jq -e '.pointer == "/signature/profile"' "$work/body"; }
check "nor taken" no_profile
check "the daemon stops" stop_daemon

# ---- who has one ----
start_daemon "$conf"
check "with one it is offered, the authority by its name alone" eval 'answers 200 "" /v1/info && jq -e "(.profiles | index(\"B-T\")) and .timeStampAuthorities == [\"127.0.0.1\"]" "$work/body"'
check "a signature with a time stamp" eval 'note_card && opens "pin 123456" && good && card_made 1'
check "asked for twice: before the person, and after the card" counted tsa 2
check "another at once: the authority is known to be there" eval 'opens "pin 123456" && good && counted tsa 3'
onayd_fetch() { pgrep -x onayd-fetch -P "$daemon"; }
check "the process that fetches has gone" poll eval '! onayd_fetch'
btk() { script "pin 123456" && request 202 "" '.signature.profile = "P2"' && good P2; }
check "P2 as well" btk
check "P1 asks no authority" eval 'script "pin 123456" && request 202 "" . && ended "done" && counted tsa 4'
check "the history tells of both" eval '[ "$(ask /v1/history)" = 200 ] && jq -e "[.history[].profile] == [\"P1\", \"P2\", \"B-T\", \"B-T\"]" "$work/body"'
check "xmlsec1 accepts it" xmlsec1 --verify --trusted-pem "$pki/root.pem" --untrusted-pem "$pki/sub.pem" \
    --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties --id-attr:Id http://www.w3.org/2000/09/xmldsig#:Object "$work/signed.xml"

# ---- before the person ----
fresh() { stop_daemon && start_daemon "$conf" "$@"; } # who has asked nobody yet
unasked() { # SLUG: typed, and nobody was asked for anything
    note_card
    opens "pin 123456" && ended failed && jq -e --arg slug "$1" '.problem.slug == $slug' "$work/body" && card_made 0 && [ "$(n_told GETPIN)" = 0 ]
}
while read -r slug fault; do
    check "another daemon" fresh
    # shellcheck disable=SC2086 # fault and number
    check "the authority: $fault" breaks tsa $fault
    check "$slug, before anybody is asked" unasked "$slug"
done <<'ROWS'
tsa-unreachable reset
tsa-unreachable http 503
tsa-rejected refuse
tsa-rejected type
tsa-rejected imprint
tsa-rejected nonce
clock-skew clock 7200
clock-skew clock -7200
tsa-unreachable redirect-private
ROWS
mend
check "mended: it works" eval 'sleep 1; note_card; opens "pin 123456" && good && card_made 1'

# ---- limits are of the documents ----
check "a daemon that takes shallow documents only" fresh --set max_xml_depth=8
check "what it has made itself it completes all the same" eval 'opens "pin 123456" && good'

# ---- the clock ----
check "another daemon" fresh
check "the authority's clock is 40 s behind" breaks tsa clock -40
check "the signing time still lies before the stamp" eval 'opens "pin 123456" && good'
mend

# ---- after the card ----
breaks_later() { # FAULT…: the probe is answered, nothing after it
    mend && opens late "pin 123456" && waiting && say fault tsa "$@" && touch "$PINENTRY_USER_DATA/go"
}
completing() { poll is '.state == "completing" and .waitingFor.slug == "'"$1"'" and .expiresAt and .signer'; }
check "another daemon" fresh
check "the authority goes while the person reads" eval 'note_card; breaks_later http 503'
check "completing, and for what" completing tsa-unreachable
check "the card has signed" card_made 1
check "nothing is released" answers 409 approval-not-done "/v1/approvals/$approval/signature"
check "it cannot be cancelled any more" answers 409 approval-signing "/v1/approvals/$approval" -X DELETE
first=$approval
check "it stands in nobody's way: P1" eval 'script "pin 123456" && request 202 "" . && ended "done"'
approval=$first
check "still completing" is '.state == "completing"'
check "the journal names the authority's trouble" grep -q 'approval completing waits=tsa-unreachable.*HTTP 503' "$work/daemon.log"
check "the authority comes back: done by itself" eval 'mend && good && card_made 2'
check "the person was not asked again" eval '[ "$(n_told GETPIN)" = 1 ]'

# ---- across the end of the process ----
check "the authority goes again" eval 'note_card; breaks_later reset'
check "completing" completing tsa-unreachable
check "the service is killed" kill -9 "$(service)"
check "the next one goes on" poll is '.state == "completing" and .version > 4294967296'
stays() { is '.state == "completing"'; }
check "the daemon stops" stop_daemon
start_daemon "$conf"
check "so does the next daemon" eval 'ask /v1/history >/dev/null; poll stays'
check "the authority comes back: done by itself" eval 'mend && good'
check "one signature in all, and no other question" eval 'card_made 1 && [ "$(n_told GETPIN)" = 1 ]'
cp "$work/signed.xml" "$work/kept.xml"
check "the daemon is killed" eval '{ kill -9 "$daemon" "$(service)" && wait "$daemon"; } 2>/dev/null; daemon=; poll eval "! pgrep -f \"\$O/onayd.*\$conf\""'
start_daemon "$conf"
check "done stays done, octet for octet" eval 'ask /v1/history >/dev/null; [ "$(ask "/v1/approvals/$approval/signature")" = 200 ] && cmp "$work/body" "$work/kept.xml"'

# ---- the time is up ----
check "another daemon, that waits 3 s" fresh --set completing_seconds=3
check "the authority goes" eval 'note_card; breaks_later http 500'
check "it fails, typed, and nothing is released" eval 'ended failed && jq -e ".problem.slug == \"tsa-unreachable\" and .problem.status == 504 and (has(\"signature\") | not)" "$work/body" && answers 409 approval-not-done "/v1/approvals/$approval/signature"'
check "the card had signed once" card_made 1
mend

# ---- several authorities, and those that sell ----
{ cat "$work/bare.conf"; printf '%s\n' "tsa = http://127.0.0.1:1/tsa" "tsa = $url/tsa"; } >"$work/two.conf"
fresh_two() { stop_daemon && start_daemon "$work/two.conf"; }
check "the first of two authorities is not there" fresh_two
check "the second stamps" eval 'opens "pin 123456" && good'
printf 'user = ayse\npassword = gizli\n' >"$work/basic"
chmod 600 "$work/basic"
say account basic ayse gizli
{ cat "$conf"; printf '%s\n' "tsa_basic_file = $work/basic" "tsa_basic_host = 127.0.0.1"; } >"$work/sold.conf"
fresh_sold() { stop_daemon && start_daemon "$work/sold.conf" && say zero; }
check "an authority that sells its stamps" fresh_sold
check "is asked for one, and gives one" eval 'opens "pin 123456" && good && counted tsa 2'
check "the password is in no log" eval '! grep -r gizli "$work/daemon.log"'
printf 'user = ayse\npassword = baska\n' >"$work/basic"
check "with another password" fresh_sold
check "nobody is asked for a PIN" unasked tsa-rejected
say account kamusm 123456 parola-1234
printf 'user = 123456\npassword = parola-1234\n' >"$work/kamu"
chmod 600 "$work/kamu"
{ cat "$conf"; printf '%s\n' "tsa_identity_file = $work/kamu" "tsa_identity_host = 127.0.0.1"; } >"$work/kamu.conf"
fresh_kamu() { stop_daemon && start_daemon "$work/kamu.conf" && say zero && say credit 1000; }
check "an authority with Kamu SM's rules" fresh_kamu
check "stamps, and is paid for one" eval 'opens "pin 123456" && good && counted tsa 2 && counted credit 999'
say account none
rm "$work/basic"
check "without the file the daemon serves, but no stamps" eval 'fresh_sold && answers 200 "" /v1/info && jq -e "(.profiles | index(\"B-T\") | not)" "$work/body"'
check "and says so" grep -q 'no profile with a time stamp is offered' "$work/daemon.log"
check "the daemon stops" stop_daemon
finish
