#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# e-İmza on the reference portal, from its page in a real browser through the daemon, pcscd and OpenSC to a card
# that counts what it is asked for: everything that can be missing, what a person does about it, and the
# approval itself. Without a card it is tests/e2e/71_portal.sh.
set -u
if [ -z "${OWN_LOOPBACK-}" ]; then
    export OWN_LOOPBACK=1
    [ "$(id -u)" = 0 ] && exec unshare -n bash "$0"
    exec unshare -rn bash "$0"
fi
. "$(dirname "$0")/lib.sh"
. tests/support/card.sh
. tests/support/dialog.sh
. tests/support/browser.sh
. tests/support/portal.sh
ip link set lo up
cleanup() {
    stop_browser
    stop_daemon
    stop_portal
    stop_stacks
}
start_stack --attended rsa
start_portal "$pki/trust" || exit 1
start_browser "$portal_pictures" "$site_port" || exit 1
sed -i '/^token_uri/d; /^origin/d' "$conf" # whatever card there is
printf '%s\n' "origin = $site" "pinentry = $PWD/tests/support/fake-pinentry" >>"$conf"
for name in mehmet expired noqc p256; do fixtures/card/stack folder "$work/$name" "$pki" "$name"; done

SD='?no=SD-780'
logs_in() { opens "$1" "$2" "giris.html?sonra=/tamamla.html$SD" && signs_in "$1" ayse Deneme-1234; } # NAME granted|denied
picture() { page_picture "$1" "$2" && audited "$1"; } # NAME PICTURE
asks() { presses_button "$1" "e-İmza ile Onayla"; }
advised() { sees "$1" "[data-slug=$2]" "${3-}" && focused "$1" "[data-slug=$2] h2"; } # NAME SLUG [TEXT]: and the focus is there
again() { presses_button "$1" "Yeniden dene"; }
swap() { come_out && come_in "$work/$1"; }
signatures() { tell tell signatures; }
once() { # COMMAND…: one signature more on the card
    local before
    before=$(signatures)
    "$@" && card_told signatures $((before + 1))
}
never() {
    local before
    before=$(signatures)
    "$@" && card_told signatures "$before"
}
produced() { sees "$1" h2 "Başvurunuz tamamlandı" && sees "$1" '.card h2' "Üretim Bekleniyor"; }
agreed() { follows "$1" "Aydınlatma metnini oku" && presses_button "$1" "Okudum, bilgilendirildim" && fill_form "$1"; }
fresh() { # NAME: another portal at the same address, where the form is filled in
    stop_portal && start_portal "$pki/trust" && goes "$1" "giris.html?sonra=/tamamla.html$SD" && signs_in "$1" ayse Deneme-1234 && agreed "$1"
}

# ---- nobody there ----
check "the person comes to the second step" logs_in one granted
check "by the form" agreed one
denied() { logs_in two denied && asks two && advised two permission-denied "Adres çubuğunun solundaki" && picture two 30-izin-yok; }
check "permission denied: where to change it" denied
prompted() { logs_in three prompt && asks three && advised three prompt "İzin ver" && picture three 31-izin-sorulacak; }
check "permission not given yet: what the browser will ask" prompted
missing() { asks one && advised one daemon-missing "systemctl --user enable --now onayd-tcp.socket onayd-unix.socket" && picture one 32-onayd-yok; }
check "daemon missing: how to install and start it" missing

# ---- with the daemon: what is in the reader ----
come_out
start_daemon "$conf" --port 15072
script no
no_card() { again one && advised one no-card "Elektronik imza kartınızı okuyucuya takınız" && picture one 33-kart-yok; }
check "card missing: put it in" never no_card
elses() { come_in "$work/mehmet" && advised one identity-mismatch "Mehmet Öztürk (123******50)" && picture one 34-baskasinin-karti; }
check "then inserted, seen without a click; identity mismatch: whose card it is" never elses
expired() { swap expired && advised one certificate-expired "tarihinde sona ermiş" && picture one 35-suresi-dolmus; }
check "an expired certificate" never expired
unqualified() { swap noqc && advised one certificate-not-qualified "nitelikli sertifika beyanı yok" && picture one 36-nitelikli-degil; }
check "one that is not qualified" never unqualified
no_dialog() { [ "$(n_told GETPIN)" = 0 ] && [ "$(n_told CONFIRM)" = 0 ]; }
check "and nobody was asked for a PIN" no_dialog

# ---- a wrong PIN, then the right one; an upload that fails ----
script 'pin 000000' late 'pin 123456'
wrong() { swap p256 && waiting && sees one .now-state "Kalan PIN denemesi: 2" && picture one 37-pencere; }
check "wrong PIN: the page says how many tries are left" never wrong
lost() { says breaks one /SD-780/signature && : >"$PINENTRY_USER_DATA/go" && sees one .notice "yeniden imzalamanız gerekmez" && picture one 38-gonderilemedi; }
check "then the right one, and the portal is not reached: the signature is kept" once lost
sent() { presses_button one "Yeniden gönder" && produced one && picture one 39-sonuc; }
check "it is sent again, and not signed again: Üretim Bekleniyor" never sent
stays() { says reload one && produced one; }
check "it stays there over a reload" stays
tracked() { follows one "Başvurularıma dön" && sees one '[data-order=SD-780]' "Üretim Bekleniyor" && picture one 40-liste; }
check "the list says so" tracked
detailed() { follows one "Detaylar (SD-780)" && sees one .facts "e-İmza" && presses_button one "Yeniden doğrula" && sees one '.verdict h2' "İmza geçerli" && picture one 41-detay; }
check "the detail judges the signature once more" detailed
downloaded() {
    says fetches one 'role=link[name="İmzalı onayı indir"]' "$work/signed.xsig" &&
        LC_ALL=C.UTF-8 "$O/onay" verify --qualified --trust "$pki/trust" "$work/signed.xsig" | grep TOTAL-PASSED
}
check "and gives it out; onay verify says the same" downloaded

# ---- the person thinks better of it; PIN locked ----
check "another application" fresh one
script late cancel
withdraws() { asks one && waiting && sees one .now-state "onayd penceresinde onaylayın" && presses_button one Vazgeç && advised one cancelled && picture one 42-vazgecildi; }
check "Vazgeç withdraws it" never withdraws
script 'pin 000000' 'pin 111111' yes 'pin 222222' yes
locks() { again one && advised one pin-locked "onay pin unblock" && picture one 43-pin-kilitli; }
check "PIN locked: how to unlock it" never locks
still_locked() {
    local asked
    asked=$(n_told GETPIN)
    again one && advised one pin-locked "onay pin unblock" && [ "$(n_told GETPIN)" = "$asked" ]
}
check "and nobody is asked for it the next time" never still_locked

# ---- the tab is closed and reopened ----
script late 'pin 123456'
goes_on() { come_out && come_in "$stack/card" && waiting && sees one .now-state "onayd penceresinde onaylayın"; }
check "another card is put in: it goes on to the dialog" goes_on
check "which has not signed" card_told signatures 0
check "the tab is closed during consent" says leave one
signs_alone() { : >"$PINENTRY_USER_DATA/go" && card_becomes signatures 1; }
check "the person signs all the same" signs_alone
found() { opens_beside again one "tamamla.html$SD" && produced again; }
check "tab closed and reopened: the result is found, and nothing is signed twice" never found
twice() { [ "$(n_told GETPIN)" = 1 ]; }
check "the PIN was asked for once" twice

# ---- another daemon than the one that is known ----
check "another application" fresh again
check "the daemon stops cleanly" stop_daemon
XDG_STATE_HOME=$work/another.state
start_daemon "$conf" --port 15071
changed() { asks again && advised again daemon-changed && picture again 44-baska-onayd; }
check "another daemon: not without the person's word" changed
script cancel
met() {
    presses_button again "onayd’yi yeniden kurdum" && presses_button again "Evet, yenisini tanı" && advised again consent-declined && picture again 45-reddedildi
}
check "with it: the dialog, which the person declines" never met

# ---- the guide of fixtures/portal/README.md ----
guided() {
    {
        echo 'async (csrf) => { const said = []; const show = (text) => said.push(text);'
        sed -n '/^```js$/,/^```$/p' fixtures/portal/README.md | sed "/^\`\`\`/d; s/^import \(.*\) from \(.*\);/const \1 = await import(\2);/"
        echo 'return said.join(" "); }'
    } >"$work/guide.js"
    in_page csrf.js again && in_page "$work/guide.js" again "${heard#OK }" && [ "${heard##* }" = Onaylandı ]
}
script 'pin 123456'
check "its ten lines, as they stand there" once guided
shown() { goes again basvurular.html && sees again '[data-order=SD-780]' "Üretim Bekleniyor"; }
check "Üretim Bekleniyor" shown

check "the browser ends" stop_browser
check "the daemon stops cleanly" stop_daemon
check "the portal stops cleanly" stop_portal
sound() { ! grep -E 'AddressSanitizer|runtime error' "$work/daemon.log" "$work/portal.log"; }
check "without a fault of memory" sound
finish
