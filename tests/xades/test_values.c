/* SPDX-License-Identifier: MIT */
/*
 * Lists and OCSP responses that a signature brings along, where the folder has none.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base64.h"
#include "core/file.h"
#include "tests/support/lifted.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/responded.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "xades/verify.h"

#define DAY 86400

static const char *pki, *dir;
static struct trust *trust; /* roots, sub CA and a TSA that is its own root: no lists */

static void make_all(void)
{
    scratch_run("cd %s && mkdir trust && cp %s/root.pem %s/sub.pem trust && "
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 "
                "-subj /CN=Kendi -addext extendedKeyUsage=critical,timeStamping "
                "-keyout tsa.key -out tsa.pem && cp tsa.pem trust",
                dir, pki, pki);
    responded_make(dir, pki, "good", "p256", "ocsp", false);
    responded_make(dir, pki, "revoked", "p256", "ocsp", true);
    responded_make(dir, pki, "of-another", "mehmet", "ocsp", false);
    responded_make(dir, pki, "no-purpose", "p256", "noeku", false);
    responded_make(dir, pki, "self-made", "p256", "p256", false);
    scratch_run("head -c 200 %s/good.ocsp >%s/cut.ocsp", dir, dir);
}

/* ---- files ---- */

static void add_value(struct buf *out, const char *name)
{
    own(buf) der = buf_max(1u << 20);
    char path[512];
    bool list = strstr(name, ".crl") != NULL;
    (void)snprintf(path, sizeof path, "%s/%s", list ? pki : dir, name);
    ck_assert_int_eq(file_read(path, &der), OK);
    buf_fmt(out, list ? "<xades:CRLValues><xades:EncapsulatedCRLValue>"
                      : "<xades:OCSPValues><xades:EncapsulatedOCSPValue>");
    base64_encode(out, buf_bytes(&der), 76);
    buf_fmt(out, list ? "</xades:EncapsulatedCRLValue></xades:CRLValues>"
                      : "</xades:EncapsulatedOCSPValue></xades:OCSPValues>");
}

static void add_values(struct buf *file, const char *const names[4])
{
    own(buf) with = buf_max(1u << 22);
    buf_str(&with, "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
                   "<xades:RevocationValues>");
    for (size_t i = 0; i < 4 && names[i]; i++) add_value(&with, names[i]);
    buf_str(&with, "</xades:RevocationValues></xades:UnsignedSignatureProperties>"
                   "</xades:UnsignedProperties></xades:QualifyingProperties>");
    resigned_swap(file, "", "</xades:QualifyingProperties>", buf_cstr(&with));
}

/* ---- what they are worth ---- */

static const struct {
    const char *name, *leaf;
    int signed_days, stamped_days; /* ago; -1: no stamp */
    const char *values[4], *sub;
} rows[] = {
    {"nothing", "p256", 0, -1, {0}, "TRY_LATER"},
    {"lists of today", "p256", 0, -1, {"sub.crl", "root.crl"}, ""},
    {"of the sub CA alone", "p256", 0, -1, {"sub.crl"}, "TRY_LATER"},
    {"a list that says revoked", "revoked", 5, -1, {"sub.crl", "root.crl"}, "REVOKED_NO_POE"},
    {"revoked since", "revoked", 20, 20, {"sub.crl", "root.crl"}, ""},
    {"a list that says so and is old",
     "revoked",
     5,
     -1,
     {"sub-stale.crl", "root.crl"},
     "REVOKED_NO_POE"},
    {"a delta alone", "p256", 0, -1, {"sub-delta.crl", "root.crl"}, "TRY_LATER"},
    {"old lists, no stamp", "p256", 10, -1, {"sub-stale.crl", "root-stale.crl"}, "TRY_LATER"},
    {"old lists of after the stamp", "p256", 10, 10, {"sub-stale.crl", "root-stale.crl"}, ""},
    {"old lists of before the stamp",
     "p256",
     10,
     5,
     {"sub-stale.crl", "root-stale.crl"},
     "TRY_LATER"},
    {"OCSP", "p256", 0, -1, {"good.ocsp", "root.crl"}, ""},
    {"OCSP that says revoked", "p256", 0, -1, {"revoked.ocsp", "root.crl"}, "REVOKED_NO_POE"},
    {"good and revoked",
     "p256",
     0,
     -1,
     {"good.ocsp", "revoked.ocsp", "root.crl"},
     "REVOKED_NO_POE"},
    {"OCSP of another's", "p256", 0, -1, {"of-another.ocsp", "root.crl"}, "TRY_LATER"},
    {"OCSP by one without the purpose",
     "p256",
     0,
     -1,
     {"no-purpose.ocsp", "root.crl"},
     "TRY_LATER"},
    {"OCSP by oneself", "p256", 0, -1, {"self-made.ocsp", "root.crl"}, "TRY_LATER"},
    {"half a response", "p256", 0, -1, {"cut.ocsp", "root.crl"}, "TRY_LATER"},
};

START_TEST(values)
{
    own(buf) file = buf_max(1u << 24);
    const utc_t now = utc_now();
    own_ptr(leaf) l = leaf_load(pki, rows[_i].leaf);
    const struct xades_document d = {.name = bytes_str("s.txt"),
                                     .mime = bytes_str("text/plain"),
                                     .content = bytes_str("Taahhüt ederim.")};
    signed_make_at(l, XADES_B_B, XADES_ENVELOPING, &d, 1, now - rows[_i].signed_days * DAY, &file);
    add_values(&file, rows[_i].values);
    if (rows[_i].stamped_days >= 0)
        lifted_stamp(&file, &(struct stamped_by){dir, "tsa", now - rows[_i].stamped_days * DAY},
                     DIGEST_SHA256);
    own_ptr(xades_report) r = signed_judge(
        (struct xades_verification){.file = buf_bytes(&file), .trust = trust, .at = now + 60});
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(strcmp(r->signatures[0].sub_indication, rows[_i].sub) == 0, "%s: %s",
                  rows[_i].name, buf_cstr(&text));
    ck_assert_int_eq(r->indication == XADES_TOTAL_PASSED, !*rows[_i].sub);
}
END_TEST

/* The folder's newer list counts before an older one that a file brings, though both hold today. */
START_TEST(folder_first)
{
    own_ptr(trust) t = NULL;
    own(buf) file = buf_max(1u << 24);
    own_ptr(leaf) l = leaf_load(pki, "revoked");
    const struct xades_document d = {.name = bytes_str("s.txt"),
                                     .mime = bytes_str("text/plain"),
                                     .content = bytes_str("Taahhüt ederim.")};
    static const char *const brought[4] = {"good-revoked.ocsp", "root.crl"};
    responded_make(dir, pki, "good-revoked", "revoked", "ocsp", false);
    scratch_run(
        "cp -r %s/trust %s/full && cp %s/*.crl %s/full && rm %s/full/*stale* %s/full/*delta*", dir,
        dir, pki, dir, dir, dir);
    ck_assert_int_eq(trust_load(scratch_path("full"), &t), OK);
    signed_make(l, XADES_B_B, XADES_ENVELOPING, &d, 1, &file);
    add_values(&file, brought);
    own_ptr(xades_report) r = signed_judge(
        (struct xades_verification){.file = buf_bytes(&file), .trust = t, .at = utc_now() + 60});
    ck_assert_str_eq(r->signatures[0].sub_indication, "REVOKED_NO_POE");
}
END_TEST

int main(void)
{
    static char absolute[4096]; /* the commands go elsewhere */
    pki = realpath(pki_make("values"), absolute);
    if (!pki) return 1;
    dir = scratch_new();
    make_all();
    if (trust_load(scratch_path("trust"), &trust) != OK) return 1;
    Suite *s = suite_create("values");
    TCase *t = tcase_create("values");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, values, 0, ROWS(rows));
    tcase_add_test(t, folder_first);
    suite_add_tcase(s, t);
    int failed = suite_run(s);
    trust_free(trust);
    return failed;
}
