/* SPDX-License-Identifier: MIT */
/*
 * err: everything that can go wrong, by name.
 *
 * What: one list gives the enum, the stable slug and a sentence in Turkish and English.
 * Not:  HTTP numbers (api/status.c alone knows them), not the clause a parser broke
 *       (readers latch that: der.h, xml findings), never a secret or document content.
 * Use:  `return err_raise(ERR_PIN_WRONG);` where an error is born,
 *       `if (e) return e;` where it passes.
 *
 * A slug is a promise to integrators (api/PROTOCOL): it never changes its meaning.
 */
#ifndef CORE_ERR_H
#define CORE_ERR_H

#include <stdbool.h>

/* X(NAME, slug, Turkish title, English title) */
#define ERR_LIST(X)                                                                                \
    X(HOST_NOT_ALLOWED, "host-not-allowed", "Bu sunucu adı kabul edilmiyor",                       \
      "This host name is not accepted")                                                            \
    X(OTHER_USER, "other-user", "Bağlantı başka bir kullanıcıdan geliyor",                         \
      "The connection comes from another user")                                                    \
    X(ORIGIN_NOT_ALLOWED, "origin-not-allowed", "Bu sitenin izni yok",                             \
      "This origin is not allowed")                                                                \
    X(TOKEN_REQUIRED, "token-required", "Erişim anahtarı gerekli", "An access token is required")  \
    X(PAIRING_DECLINED, "pairing-declined", "Bu siteye izin verilmedi",                            \
      "This site was not let in")                                                                  \
    X(ORIGIN_CONFIGURED, "origin-configured", "Bu site onayd.conf dosyasında izinli",              \
      "This origin is let in by onayd.conf")                                                       \
    X(NOT_FOUND, "not-found", "Böyle bir adres yok", "There is no such resource")                  \
    X(METHOD_NOT_ALLOWED, "method-not-allowed", "Bu yöntem burada kullanılamaz",                   \
      "This method is not allowed here")                                                           \
    X(MEDIA_TYPE, "media-type", "İçerik türü desteklenmiyor", "Unsupported media type")            \
    X(BODY_TOO_LARGE, "body-too-large", "İstek gövdesi çok büyük",                                 \
      "The request body is too large")                                                             \
    X(MALFORMED_REQUEST, "malformed-request", "İstek HTTP kurallarına uymuyor",                    \
      "The request breaks the rules of HTTP")                                                      \
    X(MALFORMED_JSON, "malformed-json", "JSON bozuk", "Malformed JSON")                            \
    X(INVALID_FIELD, "invalid-field", "Bir alan geçersiz", "A field is invalid")                   \
    X(DOCUMENT_UNKNOWN, "document-unknown", "Belge bulunamadı", "Unknown document")                \
    X(DOCUMENT_EXPIRED, "document-expired", "Belgenin süresi doldu", "The document has expired")   \
    X(APPROVAL_UNKNOWN, "approval-unknown", "Onay bulunamadı", "Unknown approval")                 \
    X(APPROVAL_NOT_DONE, "approval-not-done", "Onay henüz tamamlanmadı",                           \
      "The approval is not done yet")                                                              \
    X(APPROVAL_SIGNING, "approval-signing", "İmza atılıyor, şimdi iptal edilemez",                 \
      "The card is signing; the approval cannot be cancelled now")                                 \
    X(IDEMPOTENCY_CONFLICT, "idempotency-conflict",                                                \
      "Bu Idempotency-Key başka bir istek için kullanıldı",                                        \
      "This Idempotency-Key was used for another request")                                         \
    X(ORDER_REQUIRED, "order-required", "Bu site yalnız imzalı siparişle onay isteyebilir",        \
      "This origin may only ask with a signed order")                                              \
    X(ORDER_INVALID, "order-invalid", "İmzalı sipariş bu isteğe ait değil veya bozuk",             \
      "The signed order is malformed or not for this request")                                     \
    X(ORDER_EXPIRED, "order-expired", "İmzalı siparişin süresi geçerli değil",                     \
      "The signed order is not valid now")                                                         \
    X(ORDER_REPLAYED, "order-replayed", "İmzalı sipariş daha önce kullanıldı",                     \
      "The signed order was used before")                                                          \
    X(TOO_MANY_REQUESTS, "too-many-requests", "Çok fazla açık istek var",                          \
      "Too many open requests")                                                                    \
    X(NO_READER, "no-reader", "Kart okuyucu takılı değil", "No card reader is connected")          \
    X(CARD_SERVICE, "card-service", "Akıllı kart hizmeti (pcscd) çalışmıyor",                      \
      "The smart card service (pcscd) is not running")                                             \
    X(CARD_MUTE, "card-mute", "Kart yanıt vermiyor", "The card does not answer")                   \
    X(CARD_IN_USE, "card-in-use", "Kartı başka bir program kullanıyor",                            \
      "Another program is using the card")                                                         \
    X(NO_CARD, "no-card", "Kart takılı değil", "No card is present")                               \
    X(CARD_REMOVED, "card-removed", "Kart çıkarıldı", "The card was removed")                      \
    X(NO_CERTIFICATE, "no-certificate", "İmza sertifikası bulunamadı",                             \
      "No signing certificate was found")                                                          \
    X(AMBIGUOUS_CERTIFICATE, "ambiguous-certificate", "Birden çok imza sertifikası var",           \
      "There are several signing certificates")                                                    \
    X(CERTIFICATE_EXPIRED, "certificate-expired", "Sertifikanın süresi dolmuş",                    \
      "The certificate has expired")                                                               \
    X(CERTIFICATE_NOT_YET_VALID, "certificate-not-yet-valid",                                      \
      "Sertifikanın geçerlilik süresi başlamamış", "The certificate is not yet valid")             \
    X(CERTIFICATE_NOT_QUALIFIED, "certificate-not-qualified",                                      \
      "Sertifika nitelikli elektronik sertifika değil", "The certificate is not qualified")        \
    X(CERTIFICATE_REVOKED, "certificate-revoked", "Sertifika iptal edilmiş",                       \
      "The certificate is revoked")                                                                \
    X(CERTIFICATE_UNTRUSTED, "certificate-untrusted", "Sertifika güvenilen bir köke ulaşmıyor",    \
      "The certificate does not lead to a trusted root")                                           \
    X(CERTIFICATE_MALFORMED, "certificate-malformed", "Sertifika bozuk",                           \
      "The certificate is malformed")                                                              \
    X(IDENTITY_MISMATCH, "identity-mismatch",                                                      \
      "Başvuru sahibi ile sertifika sahibi aynı kişi değil",                                       \
      "The applicant and the certificate's subject differ")                                        \
    X(CONSENT_DECLINED, "consent-declined", "İmzalamaktan vazgeçildi", "Consent was declined")     \
    X(CONSENT_TIMEOUT, "consent-timeout", "Onay için süre doldu", "Consent timed out")             \
    X(DIALOG_UNAVAILABLE, "dialog-unavailable", "Onay penceresi açılamadı",                        \
      "The consent dialog could not be opened")                                                    \
    X(PIN_WRONG, "pin-wrong", "PIN yanlış", "The PIN is wrong")                                    \
    X(PIN_LOCKED, "pin-locked", "PIN kilitli", "The PIN is locked")                                \
    X(PIN_NOT_SET, "pin-not-set", "PIN belirlenmemiş", "The PIN is not set")                       \
    X(PUK_WRONG, "puk-wrong", "PUK yanlış", "The PUK is wrong")                                    \
    X(PUK_LOCKED, "puk-locked", "PUK kilitli", "The PUK is locked")                                \
    X(NEW_PIN_REFUSED, "new-pin-refused", "Kart yeni PIN'i kabul etmedi",                          \
      "The card refuses the new PIN")                                                              \
    X(PIN_NOT_LOCKED, "pin-not-locked", "PIN kilitli değil", "The PIN is not locked")              \
    X(NOT_SUPPORTED, "not-supported", "Kart sürücüsü bunu yapamıyor",                              \
      "The PKCS#11 module cannot do this")                                                         \
    X(PIN_FILE_REFUSED, "pin-file-refused", "PIN dosyası kabul edilmedi",                          \
      "The PIN file is refused")                                                                   \
    X(MODULE_NOT_FOUND, "module-not-found", "Kart sürücüsü (PKCS#11) bulunamadı",                  \
      "No PKCS#11 module was found")                                                               \
    X(MODULE_CRASHED, "module-crashed", "Kart sürücüsü çöktü", "The PKCS#11 module crashed")       \
    X(MODULE_TIMEOUT, "module-timeout", "Kart sürücüsü yanıt vermedi",                             \
      "The PKCS#11 module did not answer in time")                                                 \
    X(CARD_ERROR, "card-error", "Kart hatası", "The card reported an error")                       \
    X(DOCUMENT_CHANGED, "document-changed", "İmzalanacak içerik gösterilenle uyuşmuyor",           \
      "What would be signed does not match what is shown")                                         \
    X(INTERRUPTED, "interrupted", "İmza yarıda kaldı", "Signing was interrupted")                  \
    X(CLOCK_SKEW, "clock-skew", "Bilgisayarın saati yanlış", "The computer's clock is wrong")      \
    X(TSA_UNREACHABLE, "tsa-unreachable", "Zaman damgası sunucusundan yanıt alınamadı",            \
      "No time stamp authority answered")                                                          \
    X(REVOCATION_UNAVAILABLE, "revocation-unavailable", "İptal bilgisi yok",                       \
      "There is no revocation information")                                                        \
    X(TSA_REJECTED, "tsa-rejected", "Zaman damgası kabul edilmedi", "The time stamp is refused")   \
    X(XML_REJECTED, "xml-rejected", "XML belgesi kabul edilmedi", "The XML document is refused")   \
    X(SIGNATURE_MALFORMED, "signature-malformed", "İmza dosyası bozuk",                            \
      "The signature file is malformed")                                                           \
    X(SIGNATURE_INVALID, "signature-invalid", "İmza geçerli değil", "The signature is not valid")  \
    X(URI_REFUSED, "uri-refused", "PKCS#11 adresi kabul edilmedi", "The PKCS#11 URI is refused")   \
    X(SETTING_INVALID, "setting-invalid", "Yapılandırma geçersiz", "A setting is invalid")         \
    X(FILE_UNREADABLE, "file-unreadable", "Dosya okunamadı", "A file cannot be read")              \
    X(TRUST_REFUSED, "trust-refused", "Güven klasörüne başkaları da yazabiliyor",                  \
      "Others may write to the trust folder")                                                      \
    X(STORAGE_FULL, "storage-full", "Yer kalmadı", "There is no space left")                       \
    X(STORE_UNUSABLE, "store-unusable", "Onay kayıtları kullanılamıyor",                           \
      "The store of approvals cannot be used")                                                     \
    X(RESTARTED, "restarted", "Hizmet yeniden başladı", "The service was restarted")               \
    X(SHUTTING_DOWN, "shutting-down", "Hizmet kapanıyor", "The service is shutting down")          \
    X(INTERNAL, "internal", "Beklenmeyen iç hata", "Unexpected internal error")

typedef enum err {
    OK = 0,
#define ERR_ENUM(name, slug, tr, en) ERR_##name,
    ERR_LIST(ERR_ENUM)
#undef ERR_ENUM
        ERR_COUNT
} err_t;

enum lang { LANG_TR = 0, LANG_EN = 1 };

/* err_slug names the error for machines ("pin-wrong"; "ok" for OK). Static string. */
const char *err_slug(err_t e);

/* err_title names the error for a person. Static UTF-8 string. */
const char *err_title(err_t e, enum lang lang);

/* err_raise notes where an error is born (stderr, only under ONAYD_DEBUG=1) and returns it.
 * `foreign` is a code of another library (CK_RV, errno) for the note, 0 when there is none. */
err_t err_raise_at(err_t e, const char *file, int line, unsigned long foreign);
#define err_raise(e) err_raise_at((e), __FILE__, __LINE__, 0)
#define err_raise_foreign(e, foreign)                                                              \
    err_raise_at((e), __FILE__, __LINE__, (unsigned long)(foreign))

#endif
