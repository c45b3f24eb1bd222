/* SPDX-License-Identifier: MIT */
#include "session/detail.h"

#include "core/text.h"

/* Errors without a row say no more than their title. */
static const struct {
    err_t error;
    const char *text[2];
} rows[] = {
    {ERR_NO_READER,
     {"Kart okuyucunuzu bilgisayara takın.", "Connect your card reader to the computer."}},
    {ERR_CARD_SERVICE,
     {"Okuyucular akıllı kart hizmeti (pcscd) olmadan görülemez. pcscd paketini kurun veya hizmeti "
      "başlatın: sudo systemctl enable --now pcscd.socket",
      "Readers cannot be seen without the smart card service (pcscd). Install the package pcscd, "
      "or start it: sudo systemctl enable --now pcscd.socket"}},
    {ERR_CARD_MUTE,
     {"Kart okunamıyor; çıkarıp çipi okuyucuya bakacak biçimde yeniden takın.",
      "The card cannot be read; take it out and put it in again, chip first."}},
    {ERR_CARD_IN_USE,
     {"Kartı kullanan öteki programı kapatın.", "Close the other program that uses the card."}},
    {ERR_NO_CARD,
     {"Kartınızı okuyucuya takıp yeniden deneyin.",
      "Put your card into the reader and ask again."}},
    {ERR_CARD_REMOVED,
     {"Kart işlem bitmeden çıkarıldı; kartı takıp yeniden deneyin.",
      "The card was taken out too early; put it in and ask again."}},
    {ERR_NO_CERTIFICATE,
     {"Takılı kartta istenen imza sertifikası ve anahtarı yok.",
      "The card holds no such signing certificate with its key."}},
    {ERR_AMBIGUOUS_CERTIFICATE,
     {"Sertifikayı signer.certificateId ile belirtin.",
      "Name the certificate by signer.certificateId."}},
    {ERR_CERTIFICATE_EXPIRED,
     {"Kartınızdaki sertifikanın süresi dolmuş; yenilenmesi gerekir.",
      "The certificate on your card has expired and must be renewed."}},
    {ERR_CERTIFICATE_NOT_YET_VALID,
     {"Sertifika henüz geçerli değil; bilgisayarın saatini de denetleyin.",
      "The certificate is not valid yet; check this computer's clock too."}},
    {ERR_CERTIFICATE_NOT_QUALIFIED,
     {"Bu belgeler kişinin kendi nitelikli elektronik sertifikasıyla (NES) imzalanır.",
      "These documents need the person's own qualified certificate (NES)."}},
    {ERR_CERTIFICATE_REVOKED,
     {"Sertifika iptal edilmiş; onunla imza atılamaz.",
      "The certificate has been revoked; it cannot sign."}},
    {ERR_CERTIFICATE_UNTRUSTED,
     {"Sertifika, bu bilgisayarda güvenilen köklerden hiçbirine ulaşmıyor.",
      "The certificate leads to none of the roots trusted on this computer."}},
    {ERR_IDENTITY_MISMATCH,
     {"Karttaki sertifika, başvuru sahibinden başka birine ait.",
      "The certificate on the card belongs to somebody other than the applicant."}},
    {ERR_CONSENT_DECLINED, {"Pencere imzalanmadan kapatıldı.", "The dialog was closed unsigned."}},
    {ERR_CONSENT_TIMEOUT,
     {"Onay penceresi süresinde yanıtlanmadı.", "The dialog was not answered in time."}},
    {ERR_DIALOG_UNAVAILABLE,
     {"Onay penceresi (pinentry) açılamadı; masaüstü oturumunu denetleyin.",
      "The dialog (pinentry) could not be opened; check the desktop session."}},
    {ERR_PIN_WRONG,
     {"PIN yanlış girildi ve işlemden vazgeçildi.", "The PIN was wrong and the person gave up."}},
    {ERR_PIN_LOCKED,
     {"PIN kilitli; kartınızın PUK koduyla açılması gerekir (onay pin unblock).",
      "The PIN is locked; it has to be unblocked with the card's PUK (onay pin unblock)."}},
    {ERR_PIN_NOT_SET,
     {"Kartın PIN'i henüz belirlenmemiş.", "The card has no PIN yet; set one first."}},
    {ERR_PUK_WRONG,
     {"PUK yanlış girildi ve işlemden vazgeçildi; PIN değişmedi.",
      "The PUK was wrong and the person gave up; the PIN is what it was."}},
    {ERR_PUK_LOCKED,
     {"PUK da kilitli; kartı veren kuruma (kamu çalışanları: Kamu SM) başvurun.",
      "The PUK is locked too; turn to the card's issuer (public servants: Kamu SM)."}},
    {ERR_NEW_PIN_REFUSED,
     {"PIN değişmedi; başka bir yeni PIN seçin (uzunluk, yalnız rakam, tekrar).",
      "The PIN is what it was; choose another new one (length, digits only, no repetition)."}},
    {ERR_PIN_NOT_LOCKED,
     {"Bu sürücü yalnız kilitli PIN'i açabilir; PIN'i değiştirmek için: onay pin change.",
      "This module can only unblock a locked PIN; to change it: onay pin change."}},
    {ERR_NOT_SUPPORTED,
     {"Kartı üreticisinin aracıyla yönetin (AKİS kartları: AKİA); sürücü bunu yapamıyor ya da PUK "
      "kilitli.",
      "Use the vendor's tool (AKİS cards: AKİA); the module cannot do this, or the PUK is "
      "locked."}},
    {ERR_MODULE_NOT_FOUND,
     {"Kartınızın PKCS#11 sürücüsünü kurun veya yapılandırmada gösterin.",
      "Install your card's PKCS#11 module, or name it in the configuration."}},
    {ERR_MODULE_CRASHED,
     {"Kart sürücüsü çöktü; kartı çıkarıp takarak yeniden deneyin.",
      "The card's module crashed; take the card out, put it in and try again."}},
    {ERR_MODULE_TIMEOUT,
     {"Kart sürücüsü süresinde yanıt vermedi; kartı çıkarıp takarak yeniden deneyin.",
      "The card's module did not answer; take the card out, put it in and try again."}},
    {ERR_INTERRUPTED,
     {"Kart imzalamış olabilir ama imza alınamadı ve kimseye verilmedi; yeniden onay gerekir.",
      "The card may have signed but nothing was received or released; only a new consent starts "
      "over."}},
    {ERR_CLOCK_SKEW,
     {"Bilgisayarın saati zaman damgası sunucusununkinden çok farklı; saati düzeltip yeniden "
      "deneyin. İmza atılmadı.",
      "The computer's clock is far from the time stamp authority's; set it right and try again. "
      "Nothing was signed."}},
    {ERR_STORE_UNUSABLE,
     {"Onay kayıtları ($XDG_STATE_HOME/onayd) açılamıyor; nedeni günlüktedir. İmza atılmadı.",
      "The store of approvals ($XDG_STATE_HOME/onayd) cannot be used; the journal says why. "
      "Nothing was signed."}},
    {ERR_RESTARTED,
     {"Hizmet, kart imzalamadan önce yeniden başladı; imza atılmadı, yeniden istenebilir.",
      "The service was restarted before the card signed; nothing was signed, ask again."}},
};

static const char *sentence(err_t e, enum lang lang)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].error == e) return rows[i].text[lang == LANG_EN];
    return err_title(e, lang);
}

/* The longest beginning of `text` that fits and ends between two characters. */
static size_t fitting(struct bytes text, size_t room)
{
    struct bytes rest = text;
    uint32_t cp;
    size_t fits = 0;
    while (text_utf8_next(&rest, &cp) && text.len - rest.len <= room) fits = text.len - rest.len;
    return fits;
}

void detail_of(err_t e, enum lang lang, const char *clause, char *out, size_t size)
{
    own(buf) b = buf_max(1024);
    buf_str(&b, sentence(e, lang));
    if (*clause) buf_fmt(&b, " [%s]", clause);
    size_t n = fitting(buf_bytes(&b), size - 1);
    if (n > 0) memcpy(out, b.p, n);
    out[n] = 0;
}
