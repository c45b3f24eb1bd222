/* SPDX-License-Identifier: MIT */
#include "xades/algorithm.h"

#include <check.h>

#include "tests/support/suite.h"

static const struct {
    enum sig_alg alg;
    const char *uri, *name;
} rows[] = {
    /* RFC 6931 2.3.2–2.3.4, 2.3.10, 2.3.6 */
    {SIG_RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "RSA with SHA-256"},
    {SIG_RSA_SHA512, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "RSA with SHA-512"},
    {SIG_PSS_SHA256, "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
     "RSASSA-PSS with SHA-256"},
    {SIG_ECDSA_SHA384, "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "ECDSA with SHA-384"},
};

START_TEST(written)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ck_assert_str_eq(algorithm_signature_uri(rows[i].alg), rows[i].uri);
        ck_assert_str_eq(algorithm_signature_name(rows[i].alg), rows[i].name);
    }
    /* XML Encryption 1.1 5.7.2, 5.7.3; RFC 6931 2.1.3 */
    ck_assert_str_eq(algorithm_digest_uri(DIGEST_SHA256),
                     "http://www.w3.org/2001/04/xmlenc#sha256");
    ck_assert_str_eq(algorithm_digest_uri(DIGEST_SHA384),
                     "http://www.w3.org/2001/04/xmldsig-more#sha384");
    ck_assert_str_eq(algorithm_digest_uri(DIGEST_SHA512),
                     "http://www.w3.org/2001/04/xmlenc#sha512");
}
END_TEST

START_TEST(read_back)
{
    for (unsigned i = 0; i < SIG_COUNT; i++) {
        enum sig_alg a;
        struct bytes uri = bytes_str(algorithm_signature_uri((enum sig_alg)i));
        ck_assert(algorithm_signature_of(uri, &a) && a == i && !algorithm_weak(uri));
        ck_assert(!algorithm_signature_of(bytes_sub(uri, 0, uri.len - 1), &a));
    }
    for (unsigned i = 0; i < DIGEST_COUNT; i++) {
        enum digest_alg a;
        struct bytes uri = bytes_str(algorithm_digest_uri((enum digest_alg)i));
        ck_assert(algorithm_digest_of(uri, &a) && a == i && !algorithm_weak(uri));
    }
}
END_TEST

START_TEST(weak)
{
    static const char *const uris[] = {"http://www.w3.org/2000/09/xmldsig#sha1",
                                       "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
                                       "http://www.w3.org/2001/04/xmldsig-more#md5"};
    enum digest_alg d;
    enum sig_alg s;
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        struct bytes uri = bytes_str(uris[i]);
        ck_assert(algorithm_weak(uri) && !algorithm_digest_of(uri, &d) &&
                  !algorithm_signature_of(uri, &s));
    }
    ck_assert(algorithm_digest_found(bytes_str(uris[0]), &d) && d == DIGEST_SHA1);
    ck_assert(algorithm_signature_found(bytes_str(uris[1]), &s) && s == SIG_RSA_SHA1);
    ck_assert(!algorithm_digest_found(bytes_str("http://www.w3.org/2001/04/xmldsig-more#md5"), &d));
    ck_assert(!algorithm_weak(bytes_str("")) && !algorithm_weak(bytes_str("urn:unknown")));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("algorithm");
    TCase *t = tcase_create("algorithm");
    tcase_add_test(t, written);
    tcase_add_test(t, read_back);
    tcase_add_test(t, weak);
    suite_add_tcase(s, t);
    return suite_run(s);
}
