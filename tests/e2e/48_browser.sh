#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# From the page to the card, and nothing of it played: a portal's page in a real browser, over https
# and passing for a public site; the daemon as it is built; a real pinentry on a screen, read and
# typed into; pcscd, OpenSC and a card that counts what it is asked for.
set -u
. "$(dirname "$0")/lib.sh"
. tests/support/card.sh
. tests/support/desktop.sh
. tests/support/browser.sh
cleanup() {
    stop_browser
    stop_daemon
    stop_stacks
    stop_desktop
}
pictures=$O/tests/browser
rm -rf "$pictures"
mkdir -p "$pictures"

start_desktop "$pictures" || exit 1
start_browser "$pictures" || exit 1
start_stack --attended rsa
sed -i '/^token_uri/d; /^origin/d' "$conf" # whatever card there is
printf '%s\n' "origin = $portal" "pinentry = $dialog_program" >>"$conf"
export ONAYD_DEBUG=1 # each refusal is named in the log
start_daemon "$conf"

# ---- what is told, and by whom ----
asked() { # SIGNATURES VERIFIES COMMAND…: so many more on the card, whatever else
    local signatures verifies
    signatures=$(($(tell tell signatures) + $1)) verifies=$(($(tell tell verifies) + $2))
    "${@:3}" && card_told signatures "$signatures" && card_told verifies "$verifies"
}
refusals() { grep -c "^debug: $1 " "$work/daemon.log"; } # SLUG
approval_is() { page_tells "$1" "select(.what == \"approval\") | select($2)"; }
ends() { page_tells "$1" "select(.what == \"end\" and .state == \"$2\")"; }
ends_so() { ends "$1" "$2" && jq -e --arg slug "$3" '.slug == $slug' <<<"$said"; }
looked() { page_tells "$1" "select(.what == \"look\" and .path == \"$2\") | select($3)"; }
opens() { # NAME: the page before it is closed, or there would be too many event streams of one origin
    [ -z "$page" ] || leaves "$page" || return 1
    page=$1
    visits "$1" portal.example granted portal.html && page_tells "$1" 'select(.what == "open")'
}
page=
shown() { dialog_comes && takes_picture "$1"; } # PICTURE
types_pin() { types 123456; }
verified() { # NAME: what that page got, by two verifiers
    page_tells "$1" 'select(.what == "signature")' || return 1
    jq -e '.status == 200 and .type == "application/xml"' <<<"$said" >/dev/null || return 1
    jq -r .content <<<"$said" | base64 -d >"$work/signed.xml"
    LC_ALL=C.UTF-8 "$O/onay" verify --qualified --trust "$pki/trust" "$work/signed.xml" >"$work/out" 2>&1
    cat "$work/out"
    grep -q TOTAL-PASSED "$work/out" &&
        xmlsec1 --verify --trusted-pem "$pki/root.pem" --untrusted-pem "$pki/sub.pem" \
            --id-attr:Id http://uri.etsi.org/01903/v1.3.2#:SignedProperties \
            --id-attr:Id http://www.w3.org/2000/09/xmldsig#:Object "$work/signed.xml"
}

# ---- the page looks around ----
check "a portal's page is opened" opens one
check "the browser lets it speak to this computer" page_tells one 'select(.what == "permission" and .state == "granted")'
check "health" looked one /v1/health '.status == 200 and .body.service == "onayd"'
check "info" looked one /v1/info '.status == 200 and (.body.profiles | index("P1"))'
check "readers: the card in its reader" looked one /v1/readers '.body.readers[0].state == "card-present"'
check "certificates: Ayşe's" looked one /v1/certificates '.body.certificates[0].subject == "Ayşe Yılmaz" and .body.certificates[0].usable'
check "a refusal can be read too" looked one /v1/nothing '.status == 404 and .body.slug == "not-found"'
check "its stream of events is open" page_tells one 'select(.what == "readers" and .states[0] == "card-present")'

# ---- consent, PIN, signature ----
digest_on_picture() { reads "SHA-256 $(sha256sum "$1" | head -c 32)"; }
signs() { clicks "$1" '#approve' && shown "$2" && types_pin && ends "$1" "done"; } # NAME PICTURE
check "a click, a dialog, a PIN: done" asked 1 2 signs one consent
check "the dialog is gone" dialog_goes
check "what the page got is a signature" verified one
check "as the page shows it" page_picture one page
while IFS= read -r text; do check "the dialog says: $text" reads "$text"; done <<'TEXTS'
İsteyen: https://portal.example:
Başvuru no: SD-780
Başvuru türü: Yenileme
Başvuran: Ayşe Yılmaz
İmza: P1, 2 belge
1) basvuru-formu.xml
963 bayt
2) taahhutname.txt
2,2 KiB
Sertifika: Ayşe Yılmaz (100
Veren: Test Elektronik Sertifika Hizmet Sağlayıcısı
Kalan deneme: 3
TEXTS
check "the form's digest" digest_on_picture fixtures/sample/basvuru-formu.xml
check "the undertaking's" digest_on_picture fixtures/sample/taahhutname.txt

# ---- a person, or the page, thinks better of it ----
declines() { clicks two '#approve' && shown declined && titled "Elektronik imza onayı" && presses Escape; }
check "another page is opened" opens two
check "a dialog is cancelled" asked 0 0 declines
check "the page is told so" ends_so two failed consent-declined
check "the dialog is gone" dialog_goes
withdraws() { clicks three '#approve' && dialog_comes && clicks three '#cancel' && ends three cancelled; }
check "another page is opened" opens three
check "the page withdraws" asked 0 0 withdraws
check "the dialog closes by itself" dialog_goes

# ---- a wrong PIN ----
wrong() { clicks "$1" '#approve' && dialog_comes && types 000000 && card_becomes pin 2; } # NAME
corrected() { wrong four && shown wrong && types_pin && ends four "done"; }
check "another page is opened" opens four
check "a wrong PIN, then the right one: done" asked 1 3 corrected
check "the second dialog says that it was wrong" reads "PIN yanlış."
check "and how many tries are left" reads "Kalan deneme: 2"
check "all tries are there again" card_told pin 3
check "what the page got is a signature" verified four
gives_up() { wrong five && dialog_comes && types 111111 && card_becomes pin 1 && shown final && presses Return; }
check "another page is opened" opens five
check "two wrong PINs, and the person gives up" asked 0 2 gives_up
check "when warned" reads "DİKKAT: Bu son PIN denemesi."
check "of what, and for whom" reads "İsteyen: https://portal.example:"
check "by a dialog that names the application" reads "Başvuru no: SD-780"
check "the page is told" ends_so five failed pin-wrong
check "one try is left" card_told pin 1
insists() { clicks six '#approve' && dialog_comes && presses Tab space && dialog_changes && takes_picture last && types_pin && ends six "done"; }
check "another page is opened" opens six
check "the warning comes first, then the PIN: done" asked 1 2 insists
check "with the number again" reads "Kalan deneme: 1"
check "all tries are there again" card_told pin 3

# ---- the card comes and goes ----
check "the card is taken out" come_out
check "another page is opened" opens seven
waits() { clicks seven '#approve' && approval_is seven '.state == "waiting-card" and .waitingFor.slug == "no-card"'; }
check "the page learns that a card is waited for" waits
check "no dialog is open" none_drawn
goes_on() { come_in && shown inserted && types_pin && ends seven "done"; }
check "the card is put in: it goes on" asked 1 2 goes_on
check "which the page was told as it happened" page_tells seven 'select(.what == "readers" and .states[0] == "card-present")'
check "what the page got is a signature" verified seven

pulled() { come_out && dialog_goes && approval_is eight '.state == "waiting-card" and .waitingFor.slug == "no-card"'; }
begins() { clicks eight '#approve' && dialog_comes && approval_is eight '.state == "waiting-consent"'; }
again() { come_in && shown again && types_pin && ends eight "done"; }
check "another page is opened" opens eight
check "a dialog is open" begins
check "the card is pulled: the dialog closes, the page is told" pulled
check "it is put back: it goes on" asked 1 2 again
check "what the page got is a signature" verified eight

# ---- whom nobody let in ----
attempted() { # LOG: all of them, and nothing was seen
    page_tells "$1" 'select(.what == "over")' || return 1
    jq -s -e '[.[] | select(.what == "attempt")] | length == 8 and all(.got == "")' "$work/browser/$1.log" ||
        { cat "$work/browser/$1.log"; return 1; }
}
refused() { # COMMAND…: each attempt has reached the daemon and was refused
    local origin token
    origin=$(refusals origin-not-allowed) token=$(refusals token-required)
    "$@" || return 1
    echo "$(($(refusals origin-not-allowed) - origin)) and $(($(refusals token-required) - token)) refusals"
    [ "$(refusals origin-not-allowed)" -eq $((origin + 6)) ] && [ "$(refusals token-required)" -eq $((token + 2)) ]
}
hostile() { visits hostile hostile.example granted hostile.html && attempted hostile; }
check "another site: nothing to be had" asked 0 0 refused hostile
framed() { visits framed portal.example granted framed.html && attempted framed; }
check "in a frame of the portal's page: neither" asked 0 0 refused framed
check "the browser had let it" page_tells framed "select(.what == \"permission\" and .origin != \"$portal\" and .state == \"granted\")"
check "no dialog was opened" none_drawn

refusals_in_all() { grep -c '^debug: ' "$work/daemon.log"; }
unheard() { # a page that the person did not let speak to this computer
    local before
    before=$(refusals_in_all)
    visits denied portal.example denied portal.html && page_tells denied 'select(.what == "open")' &&
        jq -s -e '[.[] | select(.what == "look")] | length == 5 and all(.status == 0)' "$work/browser/denied.log" &&
        clicks denied '#approve' && page_tells denied 'select(.what == "failed")' &&
        [ "$(refusals_in_all)" -eq "$before" ]
}
check "the portal without the person's leave: nothing arrives" asked 0 0 unheard
check "for the browser says no" page_tells denied 'select(.what == "permission" and .state == "denied")'
check "and no dialog was opened" none_drawn

check "the browser ends" stop_browser
check "the daemon stops cleanly" stop_daemon
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log"; }
check "without a fault of memory" sound
finish
