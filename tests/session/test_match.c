/* SPDX-License-Identifier: MIT */
/*
 * match: what xades writes is what the worker takes. Two floors that never meet hold the same
 * shape; only here may both be linked.
 */
#include <check.h>
#include <stdio.h>

#include "pkcs11/signedproperties.h"
#include "tests/support/pki.h"
#include "tests/support/signed.h"
#include "tests/support/suite.h"

static const char *pki;

/* Roots of enveloped documents; what they declare is inherited by SignedInfo and SignedProperties
 * as an apex (C14N 1.0 2.4). */
static const struct {
    const char *what, *document;
} roots[] = {
    {"nothing", "<f/>"},
    {"default namespace", "<f xmlns='urn:f'/>"},
    {"no default namespace", "<f xmlns=''/>"},
    {"ds is another namespace", "<f xmlns:ds='urn:other'/>"},
    {"xades is another namespace", "<xades:f xmlns:xades='urn:other'/>"},
    {"order of prefixes", "<f xmlns:z='urn:z' xmlns:dt='urn:dt' xmlns:A='urn:A' xmlns:d='urn:d'/>"},
    {"prefix beyond ASCII", "<f xmlns:\xc3\xa7='urn:c' xmlns:\xc5\x9f.1-_='urn:s'/>"},
    {"escapes in a namespace", "<f xmlns:a='urn:a&amp;b&#x27;'/>"},
    {"> in a namespace", "<f xmlns:a='urn:a>b'/>"},
    {"> in an xml attribute", "<f xml:base='a>b'/>"},
    {"tags in an xml attribute", "<f xml:base='&lt;xades:SigningCertificate>&lt;/'/>"},
    {"an Id in an xml attribute", "<f xml:base=' Id=\"sp\">'/>"},
    {"white space in an xml attribute", "<f xml:base='a&#9;b&#10;c&#13;d e'/>"},
    {"order of xml attributes", "<f xml:space='preserve' xml:lang='tr' xml:base='b'/>"},
    {"unknown xml attributes", "<f xml:x='1' xml:\xc5\x9f='2' xml:a='3'/>"},
    {"empty xml attribute", "<f xml:lang=''/>"},
    {"attributes that stay", "<f Id='sp' a:b='c' xmlns:a='urn:a'/>"},
    {"xml:id", "<f xml:id='x'/>"},
};

static struct xades_request request(const struct leaf *l, enum xades_packaging packaging,
                                    enum xades_profile profile)
{
    return (struct xades_request){.profile = profile,
                                  .packaging = packaging,
                                  .commitment = XADES_PROOF_OF_APPROVAL,
                                  .alg = SIG_ECDSA_SHA256,
                                  .certificate = leaf_certificate(l),
                                  .signing_time = utc_now(),
                                  .utc_offset_minutes = UTC_TURKEY_MINUTES,
                                  .max_xml_depth = 256,
                                  .max_xml_octets = 1 << 20};
}

static void match(const struct xades_request *r, const struct xades_job *j, const char *what)
{
    static struct signedinfo si;
    const char *clause = "";
    ck_assert_msg(signedinfo_read(xades_signed_info(j), &si, &clause), "%s: %s", what, clause);
    ck_assert_int_eq(si.alg, r->alg);
    ck_assert_uint_eq(si.n, xades_n_references(j));
    for (size_t i = 0; i < si.n; i++)
        ck_assert(bytes_eq(digest_bytes(&si.references[i].digest),
                           digest_bytes(&xades_reference_at(j, i)->digest)));
    struct token_octets octets[TOKEN_MAX_REFERENCES] = {0};
    for (size_t i = 0; i < r->n_documents; i++)
        memcpy(octets[i].mime, r->documents[i].mime.p, r->documents[i].mime.len);
    struct signedproperties claims = {.info = &si,
                                      .certificate = r->certificate,
                                      .documents = octets,
                                      .profile = xades_profile_name(r->profile),
                                      .now = r->signing_time};
    ck_assert_msg(signedproperties_match(xades_reference_at(j, 0)->octets, &claims, &clause),
                  "%s: %s", what, clause);
    for (size_t i = 1; i < si.n; i++)
        if (si.references[i].transform == SIGNEDINFO_AS_IS)
            ck_assert_msg(signedinfo_uri_names(si.references[i].uri, r->documents[i - 1].name),
                          "%s: name", what);
}

START_TEST(enveloped)
{
    own_ptr(leaf) l = leaf_load(pki, "p256");
    for (unsigned p = 0; p < 2; p++) {
        struct xades_document d = {.name = bytes_str("f.xml"),
                                   .mime = bytes_str("application/xml")};
        struct xades_request r = request(l, XADES_ENVELOPED, p ? XADES_P1 : XADES_B_B);
        own_ptr(xades_job) j = NULL;
        struct xades_why why;
        d.content = bytes_str(roots[_i].document);
        r.documents = &d;
        r.n_documents = 1;
        err_t e = xades_prepare(&r, &j, &why);
        ck_assert_msg(!e || e == ERR_XML_REJECTED, "%s: %s", roots[_i].what, why.clause);
        if (e) printf("# %s: %s\n", roots[_i].what, why.clause);
        if (!e) match(&r, j, roots[_i].what);
    }
}
END_TEST

/* Everything that a request may choose: profile, packaging, commitment, algorithm. */
START_TEST(every_shape)
{
    const struct xades_document two[] = {
        {.name = bytes_str("ba\xc5\x9fvuru formu%#?/&<>\"'.xml"),
         .mime = bytes_str("text/x;a=\"b&c<d>\""),
         .content = bytes_str("<f/>")},
        {.name = bytes_str("b"), .mime = bytes_str("text/plain"), .content = bytes_str("")},
    };
    bool rsa = _i & 1;
    own_ptr(leaf) l = leaf_load(pki, rsa ? "rsa" : "p256");
    for (unsigned c = 0; c < XADES_COMMITMENT_COUNT; c++)
        for (unsigned alg = 0; alg < SIG_COUNT; alg++) {
            struct xades_request r = request(l, _i & 2 ? XADES_DETACHED : XADES_ENVELOPING,
                                             _i & 4 ? XADES_P1 : XADES_B_B);
            own_ptr(xades_job) j = NULL;
            struct xades_why why;
            r.documents = two;
            r.n_documents = 2;
            r.commitment = (enum xades_commitment)c;
            r.alg = (enum sig_alg)alg;
            r.utc_offset_minutes = c ? -150 : 0;
            if (!sig_alg_fits(r.alg, rsa ? KEY_RSA : KEY_P256)) continue;
            ck_assert_msg(xades_prepare(&r, &j, &why) == OK, "%s", why.clause);
            match(&r, j, "shape");
        }
}
END_TEST

int main(void)
{
    pki = pki_make("match");
    Suite *s = suite_create("match");
    TCase *t = tcase_create("match");
    tcase_add_loop_test(t, enveloped, 0, ROWS(roots));
    tcase_add_loop_test(t, every_shape, 0, 8);
    suite_add_tcase(s, t);
    return suite_run(s);
}
