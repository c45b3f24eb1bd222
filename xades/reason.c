/* SPDX-License-Identifier: MIT */
#include "xades/reason.h"

#include <stdio.h>

#include "core/text.h"

enum effect { NOTE, INDETERMINATE, FAILED };

#define EN         "EN 319 102-1 "
#define SIG        "SIG_CONSTRAINTS_FAILURE"
#define SUB_CRYPTO "CRYPTO_CONSTRAINTS_FAILURE"
#define FMT        "FORMAT_FAILURE"
#define NO_SIGNER  "NO_SIGNING_CERTIFICATE_FOUND"
#define BTK        "BTK Rehberi v1.0"
#define OUT        "OUT_OF_BOUNDS_NO_POE"

static const struct {
    enum effect effect;
    const char *sub, *slug, *clause, *tr, *en;
} table[REASON_COUNT] = {
    [REASON_STRUCTURE] = {FAILED, FMT, "signature-structure", EN "5.2.2; XMLDSig 4.1",
                          "İmza XMLDSig şemasına uymuyor",
                          "The signature is not built as the XMLDSig schema demands"},
    [REASON_DUPLICATE_ID] = {FAILED, FMT, "duplicate-id", EN "5.2.2; XML 1.0 3.3.1",
                             "Aynı Id birden çok öğede geçiyor",
                             "Several elements have the same Id"},
    [REASON_REFERENCE_MALFORMED] = {FAILED, FMT, "reference-malformed", EN "5.2.2; XMLDSig 4.4.3",
                                    "Bir Reference bozuk", "A Reference is malformed"},
    [REASON_TOO_MANY_REFERENCES] = {FAILED, FMT, "too-many-references", EN "5.2.2",
                                    "Reference sayısı sınırı aşıyor",
                                    "There are more References than this verifier takes"},
    [REASON_QUALIFYING] = {FAILED, FMT, "qualifying-properties", EN "5.2.2; EN 319 132-1 4.4.1",
                           "QualifyingProperties bu imzaya tek ve doğru biçimde bağlı değil",
                           "QualifyingProperties are not bound once and rightly to this signature"},
    [REASON_NOT_COVERED] = {FAILED, FMT, "signed-properties-not-covered",
                            EN "5.2.2; EN 319 132-1 4.4.2",
                            "İmza, SignedProperties öğesini kapsamıyor",
                            "The signature does not cover its SignedProperties"},
    [REASON_REFERENCE_DIGEST] = {FAILED, "HASH_FAILURE", "reference-digest", EN "5.2.7",
                                 "İmzalanan veri değişmiş: özeti tutmuyor",
                                 "Signed data was changed: its digest does not match"},
    [REASON_BASE64] = {FAILED, "HASH_FAILURE", "base64-malformed", EN "5.2.7; XMLDSig 6.6.2",
                       "İmzalanan veri değişmiş: base64 olarak okunamıyor",
                       "Signed data was changed: it is not base64"},
    [REASON_VALUE_MALFORMED] = {FAILED, FMT, "signature-value-malformed", EN "5.2.2; XMLDSig 4.3",
                                "SignatureValue base64 değil", "SignatureValue is not base64"},
    [REASON_VALUE_WRONG] = {FAILED, "SIG_CRYPTO_FAILURE", "signature-value", EN "5.2.7",
                            "İmza değeri imzalayanın anahtarıyla doğrulanmıyor",
                            "The signature value does not verify with the signer's key"},
    [REASON_STAMP_MALFORMED] = {FAILED, FMT, "time-stamp-malformed", EN "5.4; RFC 3161 2.4.2",
                                "Zaman damgası bozuk", "A time stamp is malformed"},
    [REASON_STAMP_IMPRINT] = {FAILED, "HASH_FAILURE", "time-stamp-imprint",
                              EN "5.5; RFC 3161 2.4.2",
                              "Zaman damgası bu imza için verilmemiş: özeti tutmuyor",
                              "A time stamp is on something else: its imprint does not match"},
    [REASON_STAMP_BROKEN] = {FAILED, "SIG_CRYPTO_FAILURE", "time-stamp-signature",
                             EN "5.4; RFC 5652 5.6", "Zaman damgasının kendi imzası geçersiz",
                             "A time stamp's own signature is not valid"},
    [REASON_COUNTERSIGNED] = {FAILED, FMT, "countersigned-value", EN "5.2.2; EN 319 132-1 5.2.7",
                              "Karşı imza, üzerinde olduğu imzanın değerini kapsamıyor",
                              "A counter-signature does not cover the value it is said to be on"},
    [REASON_COUNTER_MALFORMED] = {FAILED, FMT, "counter-signature-malformed",
                                  EN "5.2.2; EN 319 132-1 5.2.7.2",
                                  "CounterSignature içinde tek bir imza yok",
                                  "A CounterSignature does not hold one signature"},
    [REASON_NOT_FOUND] = {INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "signed-data-not-found",
                          EN "5.2.7", "İmzalanan veri bulunamadı", "Signed data was not found"},
    [REASON_REMOTE] = {INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "remote-not-fetched", EN "5.2.7",
                       "İmzalanan veri başka bir yerde; buradan alınmaz",
                       "Signed data lies elsewhere; it is never fetched"},
    [REASON_URI] = {INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "reference-uri",
                    EN "5.2.7; XMLDSig 4.4.3.1", "Bu tür bir Reference adresi izlenmez",
                    "A Reference URI of this kind is not followed"},
    [REASON_TRANSFORM] = {INDETERMINATE, SIG, "transform-not-supported",
                          EN "5.2.8; XMLDSig 4.4.3.4", "Bu dönüşüm (veya sırası) uygulanmaz",
                          "This transform, or this order of them, is not evaluated"},
    [REASON_ENVELOPED] =
        {INDETERMINATE, SIG, "enveloped-outside", EN "5.2.8; XMLDSig 6.6.4",
         "enveloped-signature dönüşümü imzayı içermeyen bir veriye uygulanmış",
         "enveloped-signature is applied to data that does not hold the signature"},
    [REASON_CANONICAL] = {INDETERMINATE, SIG, "canonicalisation", EN "5.2.8; XMLDSig 4.4.1",
                          "Kanonikleştirme yöntemi desteklenmiyor ya da uygulanamıyor",
                          "The canonicalisation method is not supported or cannot be applied"},
    [REASON_PART_ONLY] = {INDETERMINATE, SIG, "signed-part-only", EN "5.2.8",
                          "İmza, dosyanın yalnız bir parçasını kapsıyor",
                          "The signature covers only a part of the file"},
    [REASON_MANIFEST] =
        {INDETERMINATE, SIG, "manifest-not-judged", EN "5.2.8; XMLDSig 5.1",
         "Bir Manifest (başka bir Manifest içinde, bozuk ya da çok uzun) değerlendirilmez",
         "A Manifest (in another one, malformed, or too long) is not judged"},
    [REASON_NO_DATA] = {INDETERMINATE, SIG, "no-signed-data", EN "5.2.8; EN 319 132-1 6.3",
                        "İmza hiçbir belgeyi kapsamıyor", "The signature covers no document"},
    [REASON_WORK] = {INDETERMINATE, SIG, "too-much-work", EN "5.2.8",
                     "Doğrulama için gereken iş sınırı aşıyor",
                     "Judging this takes more work than is allowed"},
    [REASON_WEAK] = {INDETERMINATE, SUB_CRYPTO, "weak-algorithm", EN "5.2.8; TS 119 312",
                     "Algoritma artık güvenli sayılmıyor", "The algorithm is too weak today"},
    [REASON_SHA1] = {INDETERMINATE, SUB_CRYPTO "_NO_POE", "sha1", EN "5.2.8; TS 119 312",
                     "SHA-1 kullanılmış; imzanın 2014'ten önce atıldığını kanıtlayan yok",
                     "It rests on SHA-1; nothing proves that the signature is of before 2014"},
    [REASON_UNKNOWN_ALGORITHM] = {INDETERMINATE, SUB_CRYPTO, "unknown-algorithm",
                                  EN "5.2.8; TS 119 312", "Algoritma bilinmiyor",
                                  "The algorithm is unknown"},
    [REASON_KEY_MISFIT] = {INDETERMINATE, SUB_CRYPTO, "key-misfit", EN "5.2.8",
                           "İmza algoritması sertifikadaki anahtara uymuyor",
                           "The signature algorithm does not fit the key of the certificate"},
    [REASON_NOT_XADES] = {INDETERMINATE, SIG, "not-xades", EN "5.2.8; EN 319 132-1 4.4",
                          "İmzada XAdES nitelikleri (1.1.1, 1.2.2, 1.3.2) yok",
                          "The signature has no properties of XAdES 1.1.1, 1.2.2 or 1.3.2"},
    [REASON_NO_SIGNING_CERTIFICATE] = {INDETERMINATE, NO_SIGNER, "signing-certificate-missing",
                                       EN "5.2.3; EN 319 132-1 5.2.2",
                                       "SigningCertificate niteliği yok ya da bozuk",
                                       "The SigningCertificate property is missing or malformed"},
    [REASON_NO_CERTIFICATE] = {INDETERMINATE, NO_SIGNER, "certificate-missing",
                               EN "5.2.3; EN 319 132-1 6.3",
                               "İmzalayanın sertifikası KeyInfo içinde yok",
                               "The signer's certificate is not in KeyInfo"},
    [REASON_CERTIFICATE_MALFORMED] = {INDETERMINATE, NO_SIGNER, "certificate-malformed",
                                      EN "5.2.3; RFC 5280 4.1", "İmzalayanın sertifikası bozuk",
                                      "The signer's certificate is malformed"},
    [REASON_CERTIFICATE_MISMATCH] =
        {INDETERMINATE, NO_SIGNER, "signing-certificate-mismatch", EN "5.2.3",
         "SigningCertificate, KeyInfo içindeki sertifikayı göstermiyor",
         "SigningCertificate names none of the certificates in KeyInfo"},
    [REASON_ISSUER_SERIAL] =
        {INDETERMINATE, SIG, "issuer-serial-mismatch", EN "5.2.3; EN 319 132-1 5.2.2",
         "SigningCertificate içindeki yayıncı ve seri no sertifikaya uymuyor",
         "Issuer and serial number in SigningCertificate are not the signer's"},
    [REASON_PROPERTY] = {INDETERMINATE, SIG, "signed-property", EN "5.2.8; EN 319 132-1 5.2",
                         "Bir imzalı nitelik bozuk ya da yineleniyor",
                         "A signed property is malformed or repeated"},
    [REASON_OBJECT_REFERENCE] = {INDETERMINATE, SIG, "object-reference",
                                 EN "5.2.8; EN 319 132-1 5.2.4",
                                 "Bir nitelik, imzalanmamış bir veriden söz ediyor",
                                 "A property speaks of data that is not signed"},
    [REASON_MIXED_VERSIONS] = {INDETERMINATE, SIG, "mixed-versions", EN "5.2.8; TS 101 903 6.2",
                               "Nitelikler XAdES'in birden çok sürümünde yazılmış",
                               "The properties are written in several versions of XAdES"},
    [REASON_OLD_PROPERTY] = {INDETERMINATE, SIG, "old-property-not-judged",
                             EN "5.2.8; TS 101 903 7",
                             "XAdES'in bu eski sürümünde bu nitelik değerlendirilmez",
                             "In this old version of XAdES this property is not judged"},
    [REASON_POLICY] = {INDETERMINATE, "SIGNATURE_POLICY_NOT_AVAILABLE", "signature-policy",
                       EN "5.2.4", "İmza politikası burada değerlendirilmiyor",
                       "The signature policy is not evaluated here"},
    [REASON_POLICY_HASH] = {INDETERMINATE, "POLICY_PROCESSING_ERROR", "policy-hash", EN "5.2.4",
                            "İmza politikasının özeti BTK rehberininkiyle tutmuyor",
                            "The hash of the signature policy is not that of BTK's guide"},
    [REASON_BTK_MISSING] = {INDETERMINATE, SIG, "btk-missing", EN "5.2.8; " BTK,
                            "Profilin zorunlu bir niteliği yok",
                            "A property that the profile demands is missing"},
    [REASON_BTK_FORBIDDEN] = {INDETERMINATE, SIG, "btk-forbidden", EN "5.2.8; " BTK,
                              "Profilde bulunmaması gereken bir nitelik var",
                              "There is a property that the profile forbids"},
    [REASON_BTK_STAMP_TIME] =
        {INDETERMINATE, SIG, "btk-stamp-time", EN "5.2.8; " BTK,
         "Zaman damgası imza zamanından önce ya da iki saatten çok sonra alınmış",
         "The time stamp is of before the signing time, or of more than two hours after"},
    [REASON_NO_CHAIN] = {INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND", "no-chain", EN "5.2.6",
                         "Sertifika güvenilen bir köke ulaşmıyor",
                         "The certificate does not lead to a trusted root"},
    [REASON_NO_REVOCATION] = {INDETERMINATE, "TRY_LATER", "no-revocation", EN "5.2.6, 5.2.5",
                              "Sertifikanın iptal durumu bilinmiyor: güncel bir SİL yok",
                              "It is unknown whether the certificate is revoked: no current CRL"},
    [REASON_REVOKED] = {INDETERMINATE, "REVOKED_NO_POE", "revoked", EN "5.2.6, 5.3.4",
                        "Sertifika iptal edilmiş; imzanın daha önce atıldığını kanıtlayan yok",
                        "The certificate is revoked; nothing proves that the signature is older"},
    [REASON_CA_REVOKED] = {INDETERMINATE, "REVOKED_CA_NO_POE", "ca-revoked", EN "5.2.6",
                           "Sertifika hizmet sağlayıcısının sertifikası iptal edilmiş",
                           "The certificate of the issuing authority is revoked"},
    [REASON_EXPIRED] = {INDETERMINATE, OUT, "expired", EN "5.2.6, 5.3.4",
                        "Sertifikanın süresi dolmuş; imzanın daha önce atıldığını kanıtlayan yok",
                        "A certificate has expired; nothing proves that the signature is older"},
    [REASON_NOT_YET_VALID] = {INDETERMINATE, OUT, "not-yet-valid", EN "5.2.6",
                              "Sertifikanın geçerlilik süresi başlamamış",
                              "A certificate is not yet valid"},
    [REASON_CHAIN_CONSTRAINTS] = {INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE", "chain-constraints",
                                  EN "5.2.6", "Sertifika zinciri kurallara uymuyor",
                                  "The certificate chain breaks a rule"},
    [REASON_NQ_COMPLIANCE] = {INDETERMINATE, SIG, "no-qc-compliance",
                              EN "5.2.8; EN 319 412-5 4.2.1",
                              "Sertifika nitelikli olduğunu bildirmiyor (QcCompliance yok)",
                              "The certificate does not say that it is qualified (QcCompliance)"},
    [REASON_NQ_STATEMENT] = {INDETERMINATE, SIG, "no-tr-statement", EN "5.2.8; 5070 s. Kanun m. 9",
                             "Sertifikada 5070 sayılı Kanun bildirimi (NES, e-mühür) yok",
                             "The certificate has no statement of Law 5070 (NES, e-seal)"},
    [REASON_NQ_NON_REPUDIATION] = {INDETERMINATE, SIG, "no-non-repudiation",
                                   EN "5.2.8; RFC 5280 4.2.1.3",
                                   "Sertifikanın anahtarı inkâr edilemezlik için değil",
                                   "The certificate's key is not for nonRepudiation"},
    [REASON_NQ_NOTICE] = {INDETERMINATE, SIG, "no-user-notice", EN "5.2.8; RFC 5280 4.2.1.4",
                          "Sertifikada kullanıcı bildirimi yok",
                          "The certificate has no user notice"},
    [REASON_ISSUER_MISSING] = {NOTE, "", "issuer-missing", EN "5.2.6; RFC 5280 6.1",
                               "Eksik ya da güvenilmeyen sertifika (onay trust import ile eklenir)",
                               "Missing or not trusted (onay trust import adds it)"},
    [REASON_ISSUER_ADDRESS] = {NOTE, "", "issuer-address", EN "5.2.6; RFC 5280 4.2.2.1",
                               "Ağdan indirilmedi; yayıncının sertifikası şu adreste",
                               "Not fetched from the network; the issuer's certificate is at"},
    [REASON_EXPIRED_SINCE] =
        {NOTE, "", "expired-since", EN "5.5.4",
         "Sertifikanın süresi imzadan sonra dolmuş; zaman damgası bunu gösteriyor",
         "The certificate has expired since: the time stamp is of before"},
    [REASON_REVOKED_SINCE] =
        {NOTE, "", "revoked-since", EN "5.5.4",
         "Sertifika imzadan sonra iptal edilmiş; zaman damgası bunu gösteriyor",
         "The certificate was revoked since: the time stamp is of before"},
    [REASON_SHA1_SINCE] =
        {NOTE, "", "sha1-since", EN "5.5.4; TS 119 312",
         "SHA-1 kullanılmış; zaman damgası imzanın 2014'ten önce atıldığını gösteriyor",
         "It rests on SHA-1; the time stamp shows that the signature is of before 2014"},
    [REASON_TIME_STAMP] = {NOTE, "", "time-stamp-not-judged", EN "5.4",
                           "Bu tür bir zaman damgası değerlendirilmez",
                           "A time stamp of this kind is not judged"},
    [REASON_STAMP_UNCLEAR] = {NOTE, "", "time-stamp-unclear", EN "5.4; EN 319 132-1 4.4.5",
                              "Zaman damgasının neyi kapsadığı belirlenemedi; sayılmadı",
                              "What a time stamp is on cannot be told; it does not count"},
    [REASON_STAMP_WEAK] =
        {NOTE, "", "time-stamp-weak", EN "5.4; TS 119 312",
         "Zaman damgası bilinmeyen ya da zayıf bir algoritma kullanıyor; sayılmadı",
         "A time stamp uses an unknown or weak algorithm; it does not count"},
    [REASON_STAMP_CERTIFICATE] =
        {NOTE, "", "time-stamp-certificate", EN "5.4; RFC 3161 2.3",
         "Zaman damgasını imzalayanın sertifikası yok ya da bunun için verilmemiş; sayılmadı",
         "The certificate behind a time stamp is missing or not meant for it; it does not count"},
    [REASON_STAMP_UNTRUSTED] = {NOTE, "", "time-stamp-not-trusted", EN "5.4",
                                "Zaman damgasını verene güvenilemiyor; sayılmadı",
                                "The TSA behind a time stamp cannot be trusted; it does not count"},
    [REASON_MORE_STAMPS] = {NOTE, "", "more-time-stamps", EN "5.1.4",
                            "Değerlendirilenden çok zaman damgası var",
                            "There are more time stamps than are judged"},
    [REASON_BTK_LATER] = {NOTE, "", "btk-later", BTK,
                          "Profil bu niteliği bekleme süresi dolunca ister",
                          "The profile demands this property after its grace period"},
    [REASON_COUNTER_SIGNATURE] = {NOTE, "", "counter-signature", "EN 319 132-1 5.2.7",
                                  "Karşı imza var", "There is a counter-signature"},
    [REASON_COUNTERSIGNED_IS] = {NOTE, "", "countersigned-signature", "EN 319 132-1 5.2.7",
                                 "Bu bir karşı imza; üzerinde olduğu imza",
                                 "This is a counter-signature; the signature it is on"},
    [REASON_OLD_TYPE] = {NOTE, "", "old-reference-type", "EN 319 132-1 4.4.2",
                         "SignedProperties başvurusunun Type değeri eski",
                         "The Reference to SignedProperties has an old Type"},
    [REASON_OLD_VERSION] = {NOTE, "", "old-version", "TS 101 903 6.2",
                            "İmza, XAdES'in eski bir sürümüyle yazılmış",
                            "The signature is written in an old version of XAdES"},
    [REASON_LEVEL] = {NOTE, "", "level-rule", "EN 319 132-1 6.3", "Düzeyin bir kuralına uyulmamış",
                      "A rule of the level is not kept"},
    [REASON_MORE_DATA] = {NOTE, "", "more-data", "EN 319 102-1 5.1.4",
                          "Raporda gösterilenden çok veri imzalanmış",
                          "More data is signed than the report lists"},
};

static void worsen(struct xades_signature_report *r, enum reason why)
{
    enum xades_indication now =
        table[why].effect == FAILED ? XADES_TOTAL_FAILED : XADES_INDETERMINATE;
    bool worse = r->indication == XADES_TOTAL_PASSED ||
                 (r->indication == XADES_INDETERMINATE && now == XADES_TOTAL_FAILED);
    if (table[why].effect == NOTE || !worse) return;
    r->indication = now;
    r->sub_indication = table[why].sub;
}

static void sentence(char *out, size_t size, const char *text, const char *detail)
{
    (void)snprintf(out, size, detail[0] ? "%s: %s" : "%s", text, detail);
}

/* Cuts at a character, never inside one. */
static void cut(char *text, size_t size)
{
    size_t len = strlen(text);
    if (len + 1 < size) return;
    while (len > 0 && !text_utf8_ok(bytes_of(text, len))) len--;
    text[len] = 0;
}

void reason_add_view(struct xades_signature_report *r, enum reason why, struct bytes detail)
{
    if (why == REASON_NONE) return;
    worsen(r, why);
    own(buf) plain = buf_max(1024);
    text_plain(&plain, bytes_sub(detail, 0, 512), table[why].effect == NOTE ? 120 : 80);
    struct xades_reason new = {0};
    (void)snprintf(new.slug, sizeof new.slug, "%s", table[why].slug);
    (void)snprintf(new.clause, sizeof new.clause, "%s", table[why].clause);
    sentence(new.tr, sizeof new.tr, table[why].tr, buf_cstr(&plain));
    sentence(new.en, sizeof new.en, table[why].en, buf_cstr(&plain));
    cut(new.tr, sizeof new.tr);
    cut(new.en, sizeof new.en);
    new.note = table[why].effect == NOTE;
    for (size_t i = 0; i < r->n_reasons; i++) {
        if (strcmp(r->reasons[i].slug, new.slug) == 0 && strcmp(r->reasons[i].en, new.en) == 0)
            return;
    }
    if (r->n_reasons < XADES_MAX_REASONS) r->reasons[r->n_reasons++] = new;
}

void reason_add(struct xades_signature_report *r, enum reason why, const char *detail)
{
    reason_add_view(r, why, bytes_str(detail));
}
