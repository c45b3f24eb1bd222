/* SPDX-License-Identifier: MIT */
/*
 * SHA-1 in old files: what is intact is told, and it never passes but with a good time stamp of
 * before 2014. The digests are OpenSSL's own.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "core/base64.h"
#include "tests/support/lifted.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/suite.h"
#include "xades/algorithm.h"
#include "xades/names.h"

#define TEXT   "Taahhüt ederim."
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define SHA1   NS_DS "sha1"
#define RSA256 "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
#define EC256  "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
#define EC1    "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1"

#define DAY 86400

/* A PKI of each of these days. */
static struct {
    const char *date;
    utc_t day;
    char pki[512];
    struct trust *trust;
} years[] = {
    {"2013-06-01 12:00", 1370088000, "", NULL},
    {"2014-03-01 12:00", 1393675200, "", NULL},
};
enum { Y2013, Y2014, N_YEARS };

enum { DOCUMENT = 1, CERTIFICATE = 2, VALUE = 4 }; /* what SHA-1 is used for */

static void sha1_base64(struct bytes data, char out[64])
{
    uint8_t d[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    ck_assert(EVP_Digest(data.p, data.len, d, &len, EVP_sha1(), NULL) == 1 && len == 20);
    (void)EVP_EncodeBlock((uint8_t *)out, d, (int)len);
}

/* Behind `after` the algorithm, and the digest that stands there. */
static void put_sha1(struct buf *file, const char *after, struct bytes data)
{
    char text[64];
    struct digest d;
    own(buf) old = buf_max(256);
    sha1_base64(data, text);
    ck_assert(digest_of(DIGEST_SHA256, data, &d));
    base64_encode(&old, digest_bytes(&d), 0);
    resigned_swap(file, after, SHA256, SHA1);
    resigned_swap(file, after, buf_cstr(&old), text);
}

static void make(const char *leaf, int year, unsigned parts, struct buf *file)
{
    own_ptr(leaf) l = leaf_load(years[year].pki, leaf);
    bool rsa = strcmp(leaf, "rsa") == 0;
    const struct xades_document d = {
        .name = bytes_str("s.txt"), .mime = bytes_str("text/plain"), .content = bytes_str(TEXT)};
    signed_make_at(l, XADES_P1, XADES_ENVELOPING, &d, 1, years[year].day, file);
    if (parts & CERTIFICATE) put_sha1(file, "<xades:CertDigest>", leaf_certificate(l));
    resigned_all(file, l);
    if (parts & DOCUMENT) put_sha1(file, "</ds:Reference>", d.content);
    if (parts & VALUE) resigned_swap(file, "", rsa ? RSA256 : EC256, rsa ? NS_DS "rsa-sha1" : EC1);
    resigned_value_as(file, l, parts & VALUE ? DIGEST_SHA1 : DIGEST_SHA256);
}

static struct xades_report *judge(const struct buf *file, int year, utc_t at)
{
    return signed_judge(
        (struct xades_verification){.file = buf_bytes(file), .trust = years[year].trust, .at = at});
}

static bool has_reason(const struct xades_report *r, const char *slug)
{
    for (size_t i = 0; i < r->signatures[0].n_reasons; i++)
        if (strcmp(r->signatures[0].reasons[i].slug, slug) == 0) return true;
    return false;
}

static void expect(const struct xades_report *r, enum xades_indication i, const char *sub,
                   const char *slug, int row)
{
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(r->indication == i, "%d: %s", row, buf_cstr(&text));
    ck_assert_msg(strcmp(r->signatures[0].sub_indication, sub) == 0, "%d: %s", row,
                  buf_cstr(&text));
    ck_assert_msg(has_reason(r, slug), "%d: %s", row, buf_cstr(&text));
}

#define NO_POE   "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
#define NO_STAMP 0

/* EN 319 102-1 5.2.8, 5.5.4 */
static const struct {
    const char *leaf;
    unsigned parts;
    int year, tsa_year;
    utc_t stamp;
    enum xades_indication indication;
    const char *sub, *slug;
} rows[] = {
    {"rsa", VALUE, Y2013, Y2013, NO_STAMP, XADES_INDETERMINATE, NO_POE, "sha1"},
    {"p256", VALUE, Y2013, Y2013, NO_STAMP, XADES_INDETERMINATE, NO_POE, "sha1"},
    {"rsa", DOCUMENT, Y2013, Y2013, NO_STAMP, XADES_INDETERMINATE, NO_POE, "sha1"},
    {"rsa", CERTIFICATE, Y2013, Y2013, NO_STAMP, XADES_INDETERMINATE, NO_POE, "sha1"},
    {"rsa", DOCUMENT | CERTIFICATE | VALUE, Y2013, Y2013, NO_STAMP, XADES_INDETERMINATE, NO_POE,
     "sha1"},
    {"rsa", VALUE, Y2013, Y2013, 1370088000 + 60, XADES_TOTAL_PASSED, "", "sha1-since"},
    {"p256", VALUE, Y2013, Y2013, 1370088000 + 60, XADES_TOTAL_PASSED, "", "sha1-since"},
    {"rsa", DOCUMENT, Y2013, Y2013, 1370088000 + 60, XADES_TOTAL_PASSED, "", "sha1-since"},
    {"rsa", DOCUMENT | CERTIFICATE | VALUE, Y2013, Y2013, 1370088000 + 60, XADES_TOTAL_PASSED, "",
     "sha1-since"},
    /* a stamp, but of later */
    {"rsa", VALUE, Y2014, Y2014, 1393675200 + 60, XADES_INDETERMINATE, NO_POE, "sha1"},
    {"rsa", DOCUMENT, Y2014, Y2014, 1393675200 + 60, XADES_INDETERMINATE, NO_POE, "sha1"},
    /* the first second of 2014; the last of 2013 is of before the certificate of 2014 */
    {"rsa", VALUE, Y2014, Y2014, 1388534400, XADES_INDETERMINATE, NO_POE, "sha1"},
    {"rsa", VALUE, Y2014, Y2014, 1388534399, XADES_INDETERMINATE, NO_POE, "sha1"},
    /* a TSA that nobody trusts */
    {"rsa", VALUE, Y2013, Y2014, 1370088000 + 60, XADES_INDETERMINATE, NO_POE, "sha1"},
};

START_TEST(judged)
{
    own(buf) file = buf_max(1u << 24);
    const struct stamped_by tsa = {years[rows[_i].tsa_year].pki, "tsa", rows[_i].stamp};
    make(rows[_i].leaf, rows[_i].year, rows[_i].parts, &file);
    if (rows[_i].stamp != NO_STAMP) lifted_stamp(&file, &tsa, DIGEST_SHA256);
    own_ptr(xades_report) r = judge(&file, rows[_i].year, years[rows[_i].year].day + DAY / 2);
    expect(r, rows[_i].indication, rows[_i].sub, rows[_i].slug, _i);
    ck_assert(r->signatures[0].data[0].intact);
    ck_assert_str_eq(r->signatures[0].data[0].digest_alg,
                     rows[_i].parts & DOCUMENT ? "SHA-1" : "SHA-256");
}
END_TEST

/* What is broken is still told, stamp or no stamp. */
static const struct {
    unsigned parts;
    const char *after, *from, *to, *sub, *slug;
} broken[] = {
    {DOCUMENT, "<ds:Object", "VGFh", "VGFi", "HASH_FAILURE", "reference-digest"},
    {VALUE, "<ds:Object", "VGFh", "VGFi", "HASH_FAILURE", "reference-digest"},
    {VALUE, "", NS_DS "rsa-sha1", RSA256, "SIG_CRYPTO_FAILURE", "signature-value"},
    {0, "", RSA256, NS_DS "rsa-sha1", "SIG_CRYPTO_FAILURE", "signature-value"},
};

START_TEST(broken_is_told)
{
    own(buf) file = buf_max(1u << 24);
    const struct stamped_by tsa = {years[Y2013].pki, "tsa", years[Y2013].day + 60};
    make("rsa", Y2013, broken[_i].parts, &file);
    lifted_stamp(&file, &tsa, DIGEST_SHA256);
    resigned_swap(&file, broken[_i].after, broken[_i].from, broken[_i].to);
    own_ptr(xades_report) r = judge(&file, Y2013, years[Y2013].day + DAY / 2);
    expect(r, XADES_TOTAL_FAILED, broken[_i].sub, broken[_i].slug, _i);
}
END_TEST

/* MD5, HMAC and DSA: nothing is computed, nothing is told to be intact. */
static const char *const refused[] = {
    "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
    NS_DS "hmac-sha1",
    NS_DS "dsa-sha1",
};

START_TEST(others_stay_refused)
{
    own(buf) file = buf_max(1u << 24);
    own_ptr(leaf) l = leaf_load(years[Y2013].pki, "rsa");
    const struct stamped_by tsa = {years[Y2013].pki, "tsa", years[Y2013].day + 60};
    make("rsa", Y2013, 0, &file);
    resigned_swap(&file, "", RSA256, refused[_i]);
    resigned_value(&file, l);
    lifted_stamp(&file, &tsa, DIGEST_SHA256);
    own_ptr(xades_report) r = judge(&file, Y2013, years[Y2013].day + DAY / 2);
    expect(r, XADES_INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE", "weak-algorithm", _i);
}
END_TEST

/* Nothing that makes signatures knows it. */
START_TEST(never_made)
{
    own_ptr(leaf) l = leaf_load(years[Y2013].pki, "rsa");
    const struct xades_document d = {
        .name = bytes_str("s.txt"), .mime = bytes_str("text/plain"), .content = bytes_str(TEXT)};
    const struct xades_request r = {.profile = XADES_P1,
                                    .packaging = XADES_ENVELOPING,
                                    .alg = SIG_RSA_SHA1,
                                    .documents = &d,
                                    .n_documents = 1,
                                    .certificate = leaf_certificate(l),
                                    .signing_time = years[Y2013].day,
                                    .max_xml_depth = 256,
                                    .max_xml_octets = 1u << 20};
    own_ptr(xades_job) job = NULL;
    struct xades_why why = {0};
    enum digest_alg digest;
    enum sig_alg alg;
    ck_assert_int_ne(xades_prepare(&r, &job, &why), OK);
    ck_assert(!algorithm_digest_of(bytes_str(SHA1), &digest));
    ck_assert(!algorithm_signature_of(bytes_str(NS_DS "rsa-sha1"), &alg));
}
END_TEST

static void setup(void)
{
    for (int i = 0; i < N_YEARS; i++) {
        char dir[1024];
        (void)snprintf(dir, sizeof dir, "%s/trust", years[i].pki);
        ck_assert_int_eq(trust_load(dir, &years[i].trust), OK);
    }
}

static void teardown(void)
{
    for (int i = 0; i < N_YEARS; i++) trust_free(years[i].trust);
}

int main(void)
{
    static const char *const names[] = {"sha1-2013", "sha1-2014"};
    for (int i = 0; i < N_YEARS; i++) {
        (void)setenv("PKI_DATE", years[i].date, 1);
        (void)snprintf(years[i].pki, sizeof years[i].pki, "%s", pki_make(names[i]));
    }
    Suite *s = suite_create("sha1");
    TCase *t = tcase_create("sha1");
    tcase_set_timeout(t, 60);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, judged, 0, ROWS(rows));
    tcase_add_loop_test(t, broken_is_told, 0, ROWS(broken));
    tcase_add_loop_test(t, others_stay_refused, 0, ROWS(refused));
    tcase_add_test(t, never_made);
    suite_add_tcase(s, t);
    return suite_run(s);
}
