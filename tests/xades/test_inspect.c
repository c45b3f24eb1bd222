/* SPDX-License-Identifier: MIT */
#include "xades/inspect.h"

#include <check.h>
#include <stdio.h>

#include "core/file.h"
#include "tests/support/pki.h"
#include "tests/support/signed.h"
#include "tests/support/suite.h"

static const char *pki;

static void read_file(const char *name, struct buf *out)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", pki, name);
    ck_assert_int_eq(file_read(path, out), OK);
}

/* What a person must find in the text, in both languages. */
static const struct {
    const char *file;
    bool sound;
    const char *holds[6];
} rows[] = {
    {"p256.der",
     true,
     {"100******46", "nonRepudiation", "NES", "P-256, 256 bit", "2026", "http://"}},
    {"p256.pem", true, {"100******46", "end entity", "Test Elektronik Sertifika"}},
    {"rsa.der", true, {"RSA, 2048 bit", "QcCompliance"}},
    {"etugra.der", true, {"QcSSCD", "QcLimitValue"}},
    {"noqc.der", true, {"no-qc-compliance"}},
    {"sub.pem", true, {"keyCertSign", "CA"}},
    {"chain.pem", true, {"Test Kök", "RSA, 3072 bit", "P-384"}},
    {"malformed.der", false, {"X.690 11.1"}},
    {"truncated.der", false, {"X.690"}},
    {"sub.crl", true, {"thisUpdate", "nextUpdate", "revoked            1"}},
    {"root.crl", true, {"Test Kök"}},
    {"index.txt", false, {""}},
    {"p256.key", false, {"RFC 7468"}},
};

START_TEST(files)
{
    for (enum lang lang = LANG_TR; lang <= LANG_EN; lang++) {
        own(buf) file = buf_max(1u << 20), text = buf_max(1u << 20);
        read_file(rows[_i].file, &file);
        bool sound = inspect_file(&text, buf_bytes(&file), lang);
        ck_assert_msg(sound == rows[_i].sound, "%s: %s", rows[_i].file, buf_cstr(&text));
        ck_assert(text.len > 0);
        for (size_t k = 0; k < 6 && rows[_i].holds[k]; k++)
            ck_assert_msg(strstr(buf_cstr(&text), rows[_i].holds[k]) != NULL, "%s: no %s in %s",
                          rows[_i].file, rows[_i].holds[k], buf_cstr(&text));
        ck_assert_msg(!strstr(buf_cstr(&text), "10000000146"), "%s shows the number",
                      rows[_i].file);
    }
}
END_TEST

static void make(enum xades_packaging packaging, struct buf *file)
{
    own_ptr(leaf) l = leaf_load(pki, "p256");
    const struct xades_document d = {.name = bytes_str("a.xml"),
                                     .mime = bytes_str("application/xml"),
                                     .content = bytes_str("<a><b>c</b></a>")};
    signed_make(l, XADES_B_B, packaging, &d, 1, file);
}

START_TEST(signatures)
{
    own(buf) file = buf_max(1u << 20), text = buf_max(1u << 20), again = buf_max(1u << 20);
    make((enum xades_packaging)_i, &file);
    ck_assert_msg(inspect_file(&text, buf_bytes(&file), LANG_EN), "%s", buf_cstr(&text));
    static const char *const parts[] = {
        "SignedInfo",           "Reference Id=", "SignedProperties Id=",
        "SigningCertificateV2", "B-B",           "line "};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        ck_assert_msg(strstr(buf_cstr(&text), parts[i]) != NULL, "%s", buf_cstr(&text));
    uint8_t *value = memmem(file.p, file.len, "<xades:SigningTime>2", 20);
    ck_assert_ptr_nonnull(value);
    value[19] = '3';
    ck_assert(!inspect_file(&again, buf_bytes(&file), LANG_EN));
    ck_assert_msg(strstr(buf_cstr(&again), "reference-digest; EN 319 102-1") != NULL, "%s",
                  buf_cstr(&again));
}
END_TEST

static const struct {
    const char *text, *says;
} others[] = {
    {"", "Unknown kind of file"},
    {"plain words", "Unknown kind of file"},
    {"<a/>", "no ds:Signature"},
    {"<a>", "XML 1.0"},
    {"<!DOCTYPE a><a/>", "DOCTYPE"},
    {"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", "RFC 7468"},
    {"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n", "RFC 5280 5.1"},
    {"0\x03\x02\x01\x01", "octet"},
};

START_TEST(anything_else)
{
    own(buf) text = buf_max(1u << 20);
    ck_assert(!inspect_file(&text, bytes_str(others[_i].text), LANG_EN));
    ck_assert_msg(strstr(buf_cstr(&text), others[_i].says) != NULL, "%s: %s", others[_i].text,
                  buf_cstr(&text));
}
END_TEST

int main(void)
{
    pki = pki_make("inspect");
    Suite *s = suite_create("inspect");
    TCase *t = tcase_create("inspect");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, files, 0, ROWS(rows));
    tcase_add_loop_test(t, signatures, 0, XADES_PACKAGING_COUNT);
    tcase_add_loop_test(t, anything_else, 0, ROWS(others));
    suite_add_tcase(s, t);
    return suite_run(s);
}
