#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The reference portal's pages in a real browser, without a card: list, detail, the form and its mistakes,
# drafts, e-Onay, Islak imza, everybody's access, and who tries to use them from another site. With a card it
# is tests/e2e/72_portal_card.sh. What the pages look like is in build/portal: look at it after a change.
set -u
. "$(dirname "$0")/../tap.sh"
. tests/support/browser.sh
. tests/support/portal.sh
cleanup() {
    stop_browser
    stop_portal
}
pki=$work/pki
fixtures/pki/make "$pki" >"$work/pki.log" 2>&1 || { cat "$work/pki.log"; exit 1; }
start_portal "$pki/trust" || exit 1
start_browser "$portal_pictures" "$site_port" || exit 1

picture() { page_picture "$1" "$2" && audited "$1"; } # NAME PICTURE: and everybody can use what is on it
told() { sees "$1" '#told h2' "$2" && focused "$1" '#told h2'; } # NAME TITLE: and the focus is there
SD='?no=SD-780'

# ---- the door ----
check "who is not logged in is led to the login page" opens one granted "tamamla.html$SD"
check "and back afterwards, by its address" is_at one "giris.html?sonra=%2Ftamamla.html%3Fno%3DSD-780"
empty_login() { presses_button one "Giriş yap" && told one "Düzeltilmesi gereken 2 alan var" && picture one 01-giris-bos; }
check "an empty login: what is missing, in a summary that has the focus" empty_login
follows_fault() { follows one "Parola: Parolanızı yazınız." && focused one '#password'; }
check "which leads to the field" follows_fault
wrong_login() { signs_in one ayse Deneme-0000 && told one "Giriş yapılamadı"; }
check "a wrong password" wrong_login
elsewhere() { goes one 'giris.html?sonra=https://hostile.example/' && picture one 01-giris && signs_in one ayse Deneme-1234 && is_at one basvurular.html; }
check "an address that leads elsewhere is not followed: the list" elsewhere

# ---- list and detail ----
row() { sees one "tbody[data-order=$1]" "$2" && sees one "tbody[data-order=$1]" "$3" && sees one "tbody[data-order=$1] .explains" "$4"; }
while IFS='|' read -r no day status why; do check "$no: $status" row "$no" "$day" "$status" "$why"; done <<'ROWS'
SD-780|20/09/2021|Başvuru Formu Bekleniyor|başvuru formunu doldurup onaylamanız gerekiyor
SD-507|17/06/2021|İptal Edildi|iptal edildi
SD-505|16/06/2021|Teslim Edildi|teslim edildi
SD-290|26/10/2020|Teslim Edildi|teslim edildi
ROWS
check "the list, as it looks" picture one 02-liste
skips() { presses_key one Tab && focused one .skip && presses_key one Enter && focused one '#icerik'; }
check "by keyboard: the first thing is the way to the content" skips
follows_detail() { follows one "Detaylar (SD-780)" && is_at one "basvuru.html$SD" && sees one h2 "İşlem geçmişi"; }
check "Detaylar" follows_detail
while IFS='|' read -r name value; do check "detail: $name: $value" sees one ".facts div:has(dt:text-is('$name')) dd" "$value"; done <<'FACTS'
Sipariş No|SD-780
Başvuru Tarihi|20/09/2021
Başvuru Tipi|Yenileme
Ödeme Şekli|Kurum Ödemeli
Yedek Sertifika|Var
Başvuru Durumu|Başvuru Formu Bekleniyor
FACTS
check "the detail, as it looks" picture one 03-detay
goes_back() { follows one Geri && is_at one basvurular.html; }
check "Geri" goes_back
check "a page that is not there" goes one yok.html
check "says so" picture one 04-bulunamadi
check "an application that is not there" goes one 'basvuru.html?no=SD-781'
check "says so" told one "Sayfa bulunamadı"

# ---- step 1 ----
informed() {
    goes one "basvuru.html$SD" && follows one "Başvuruyu Tamamla" && sees one h2 "Önce aydınlatma metnini okuyunuz" && picture one 05-kvkk-once &&
        follows one "Aydınlatma metnini oku" && sees one button bilgilendirildim && picture one 06-kvkk && presses_button one "Okudum, bilgilendirildim"
}
check "the KVKK notice comes before personal data" informed
check "and then the form" sees one h2 "Başvuru Bilgileri"
masked() { sees one '#identityNo[readonly]' && holds one '#identityNo' '100******46' && holds one '#name' 'Ay***' && holds one '#surname' 'Yı***'; }
check "who it is: masked, and not to be changed" masked
updated() { presses_button one "Kimlik Bilgilerimi Güncelle" && sees one '#registry' "güncel"; }
check "Kimlik Bilgilerimi Güncelle" updated
check "the form, as it looks" picture one 07-bilgiler
faulty() { presses_button one Devam && told one "Düzeltilmesi gereken 7 alan var" && picture one 08-bilgiler-hata; }
check "what is required and missing is told in a summary that has the focus" faulty
leads() { follows one "Operatör: Bu alan zorunludur." && focused one '#operator'; }
check "which leads to each field" leads
same_rules() { in_page rules.js one SD-780 && [ "$heard" = "OK []" ]; }
check "page and server say the same of each field" same_rules

types_draft() {
    fills one '#unit' 'Bilgi İşlem Müdürlüğü' && fills one '#institution' 'مؤسسة المثال' && fills one '#title' '&lt;b&gt; "Müdür"' &&
        sees one '#draft' "Taslak kaydedildi"
}
check "what is typed is kept" types_draft
kept() { says reload one && sees one '#unit' && holds one '#unit' 'Bilgi İşlem Müdürlüğü' && holds one '#institution' 'مؤسسة المثال'; }
check "over a reload" kept
scripted() { fills one '#unit' '<script>alert(1)</script>' && sees one '#wrong-unit' 'Bu alanda < ve > işaretleri kullanılamaz.' && sees one '#draft' "kaydedilmedi"; }
check "a script in a field is refused where it stands" scripted
turned() { fills one '#unit' $'a\u202eb' && sees one '#wrong-unit' 'yazı yönünü değiştiren'; }
check "so is what turns the direction of text" turned
gives_up() {
    presses_button one "İptal Et" && sees one dialog "Girişlerinizden vazgeçilsin mi?" && picture one 09-iptal && presses_key one Escape && lacks one dialog &&
        presses_button one "İptal Et" && presses_button one "Vazgeç ve sil" && is_at one basvurular.html && sees one '[data-order=SD-780]' "Başvuru Formu Bekleniyor"
}
check "İptal Et asks, and drops the draft" gives_up
dropped() { follows one "Başvuruyu Tamamla (SD-780)" && sees one '#unit' && holds one '#unit' ''; }
check "which is gone" dropped
check "the form is filled in" fill_form one
check "Devam leads to step 2, whose heading has the focus" focused one '#papers-title'

# ---- step 2 ----
check "it stays there over a reload" says reload one
chosen() { sees one button "e-İmza ile Onayla" && sees one button "Islak İmza ile Onaylama" && sees one '[aria-current=step]' Onay; }
check "with both ways, for who has not consented to e-Onay" chosen
as_text() { clicks one summary && sees one '.facts dd' 'مؤسسة المثال' && sees one '.facts dd' '&lt;b&gt; "Müdür"' && picture one 10-onay; }
check "what was typed is shown as text, in its own direction" as_text
reads_it() { presses_button one "Taahhütname’yi aç" && sees one 'dialog pre' "TAAHHÜTNAMESİ" && picture one 11-taahhutname && presses_key one Escape && lacks one dialog; }
check "the Taahhütname can be read" reads_it
by_hand() {
    presses_button one "Islak İmza ile Onaylama" && presses_button one "Islak imza ile devam et" && sees one address Gebze && picture one 12-islak-imza &&
        says fetches one 'role=link[name="Formu indir (PDF)"]' "$work/form.pdf" && [ "$(head -c 5 "$work/form.pdf")" = "%PDF-" ]
}
check "Islak imza: the form as PDF, and where it is sent" by_hand
still() { follows one "Başvurularıma dön" && sees one '[data-order=SD-780]' "Başvuru Formu Bekleniyor"; }
check "Islak imza: the status stays" still
another_time() {
    follows one "Detaylar (SD-780)" && sees one '.facts dd' "Islak imza" && picture one 13-islak-detay &&
        says fetches one 'role=link[name="Formu tekrar indir (PDF)"]' "$work/again.pdf" && cmp "$work/form.pdf" "$work/again.pdf"
}
check "Islak imza: the form can be downloaded again" another_time
comes_back() { goes one "tamamla.html$SD" && sees one h2 "Islak imza ile onay" && presses_button one "Başka yol seç" && sees one button "e-İmza ile Onayla"; }
check "Islak imza: another way can still be taken" comes_back
reopened() { presses_button one "Geri: bilgileri düzelt" && sees one h2 "Başvuru Bilgileri" && focused one '#step-title' && holds one '#unit' 'Bilgi İşlem Müdürlüğü'; }
check "Geri leads to the form, as it was" reopened

# ---- e-Onay ----
check "another person, who has consented to e-Onay" opens two granted 'giris.html?sonra=/kvkk.html?no=SD-781'
consented() { signs_in two mehmet Deneme-5678 && presses_button two "Okudum, bilgilendirildim" && is_at two basvurular.html && goes two 'tamamla.html?no=SD-781' && fill_form two && sees two h2 e-Onay; }
check "e-Onay is what the second step offers" consented
unread() { presses_button two e-Onay && sees two '#wrong-accepted' "Önce Taahhütname’yi açıp" && picture two 14-e-onay; }
check "e-Onay: not before the Taahhütname was read" unread
unticked() { presses_button two "Taahhütname’yi aç" && presses_button two "Sonuna kadar okudum" && presses_button two e-Onay && sees two '#wrong-accepted' "kutuyu işaretleyiniz"; }
check "e-Onay: nor without the box ticked" unticked
e_onay() { clicks two '#accepted' && presses_button two e-Onay && sees two h2 "Başvurunuz tamamlandı" && sees two '.card h2' "Üretim Bekleniyor" && picture two 15-sonuc; }
check "e-Onay: then Üretim Bekleniyor" e_onay
tracked() { follows two "Başvurularıma dön" && sees two '[data-order=SD-781]' "Üretim Bekleniyor" && follows two "Detaylar (SD-781)" && sees two '.log .title' && picture two 16-e-onay-detay; }
check "e-Onay: in the list and in the log" tracked

# ---- small windows ----
narrow() { says width one 360 && goes one "$2" && sees one "$3" && in_page wide.js one && [ "$heard" = OK ] && picture one "$1"; } # PICTURE FILE SELECTOR
check "360 pixels: the list" narrow 20-dar-liste basvurular.html '[data-order=SD-290]'
check "360 pixels: the detail" narrow 21-dar-detay "basvuru.html$SD" .log
check "360 pixels: the form" narrow 22-dar-bilgiler "tamamla.html$SD" '#unit'

# ---- from another site ----
check "the form is filled in" fill_form one
check "360 pixels: the second step" narrow 23-dar-onay "tamamla.html$SD" '#papers-title'
robs() {
    says beside thief one hostile.example "thief.html?portal=$site" && page_tells thief 'select(.what == "over")' &&
        jq -s -e '[.[] | select(.what == "attempt")] | length == 13 and all(.got == "")' "$work/browser/thief.log" ||
        { cat "$work/browser/thief.log"; return 1; }
}
check "a hostile page on another origin: nothing can be read or posted" robs
unframed() { says frames thief && [ "${heard##* }" = chrome-error://chromewebdata/ ]; }
check "a hostile frame: the portal cannot be framed" unframed
unchanged() { goes one "tamamla.html$SD" && sees one button "e-İmza ile Onayla" && goes one basvurular.html && sees one '[data-order=SD-780]' "Başvuru Formu Bekleniyor"; }
check "the person is still logged in, and nothing has changed" unchanged
leaves_it() { presses_button one "Oturumu kapat" && is_at one giris.html && goes one basvurular.html && is_at one 'giris.html?sonra=%2Fbasvurular.html'; }
check "Oturumu kapat" leaves_it

check "the browser ends" stop_browser
check "the portal stops cleanly" stop_portal
finish
