/* SPDX-License-Identifier: MIT */
#include "tests/support/order.h"

#include <check.h>
#include <stdio.h>

#include "core/base64.h"
#include "core/file.h"
#include "core/utc.h"

#define DS    "http://www.w3.org/2000/09/xmldsig#"
#define XADES "http://uri.etsi.org/01903/v1.3.2#"

static const char *const signature_uris[SIG_COUNT] = {
    [SIG_RSA_SHA256] = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    [SIG_RSA_SHA512] = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    [SIG_PSS_SHA256] = "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1",
    [SIG_ECDSA_SHA256] = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
    [SIG_ECDSA_SHA384] = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384",
};

static void put_digest(struct buf *b, struct bytes octets)
{
    struct digest d;
    ck_assert(digest_of(DIGEST_SHA256, octets, &d));
    buf_str(b, "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">"
               "</ds:DigestMethod><ds:DigestValue>");
    base64_encode(b, digest_bytes(&d), 0);
    buf_str(b, "</ds:DigestValue>");
}

static void make_properties(struct test_order *o, struct bytes cert,
                            const struct test_document *docs, size_t n)
{
    struct buf *b = &o->properties;
    *b = buf_max(65536);
    buf_str(b, "<xades:SignedProperties xmlns:ds=\"" DS "\" xmlns:xades=\"" XADES "\" Id=\"sp\">"
               "<xades:SignedSignatureProperties><xades:SigningTime>");
    utc_write_xsd(b, utc_now(), UTC_TURKEY_MINUTES);
    buf_str(b, "</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>");
    put_digest(b, cert);
    buf_str(b, "</xades:CertDigest><xades:IssuerSerialV2>MAA=</xades:IssuerSerialV2></xades:Cert>"
               "</xades:SigningCertificateV2></xades:SignedSignatureProperties>"
               "<xades:SignedDataObjectProperties>");
    for (size_t i = 0; i < n; i++)
        buf_fmt(b,
                "<xades:DataObjectFormat ObjectReference=\"#ref%zu\"><xades:MimeType>%s"
                "</xades:MimeType></xades:DataObjectFormat>",
                i, docs[i].mime);
    buf_str(b, "</xades:SignedDataObjectProperties></xades:SignedProperties>");
}

static void put_document(struct buf *b, const struct test_document *d, size_t i)
{
    if (d->digest_only)
        buf_fmt(b, "<ds:Reference Id=\"ref%zu\" URI=\"%s\">", i, d->name);
    else
        buf_fmt(b,
                "<ds:Reference Id=\"ref%zu\" URI=\"#doc%zu\"><ds:Transforms><ds:Transform "
                "Algorithm=\"" DS "base64\"></ds:Transform></ds:Transforms>",
                i, i);
    put_digest(b, bytes_str(d->content));
    buf_str(b, "</ds:Reference>");
}

void order_make(struct test_order *o, struct bytes cert, enum sig_alg alg,
                const struct test_document *docs, size_t n)
{
    struct buf *b = &o->signed_info;
    make_properties(o, cert, docs, n);
    *b = buf_max(TOKEN_MAX_SIGNEDINFO);
    buf_fmt(
        b,
        "<ds:SignedInfo xmlns:ds=\"" DS "\"><ds:CanonicalizationMethod "
        "Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\">"
        "</ds:CanonicalizationMethod><ds:SignatureMethod Algorithm=\"%s\">"
        "</ds:SignatureMethod><ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" "
        "URI=\"#sp\">",
        signature_uris[alg]);
    put_digest(b, buf_bytes(&o->properties));
    buf_str(b, "</ds:Reference>");
    o->octets[0] = (struct token_octets){.kind = TOKEN_SIGNED_PROPERTIES};
    ck_assert_int_eq(file_memory(buf_bytes(&o->properties), &o->octets[0].fd), OK);
    for (size_t i = 0; i < n; i++) {
        struct token_octets *t = &o->octets[i + 1];
        *t = (struct token_octets){.kind = docs[i].digest_only ? TOKEN_DIGEST_ONLY : TOKEN_DOCUMENT,
                                   .fd = -1};
        (void)snprintf(t->name, sizeof t->name, "%s", docs[i].name);
        (void)snprintf(t->mime, sizeof t->mime, "%s", docs[i].mime);
        if (!docs[i].digest_only)
            ck_assert_int_eq(file_memory(bytes_str(docs[i].content), &t->fd), OK);
        put_document(b, &docs[i], i);
    }
    buf_str(b, "</ds:SignedInfo>");
    ck_assert(buf_ok(b));
    o->order = (struct token_order){.alg = alg,
                                    .signed_info = buf_bytes(b),
                                    .n_octets = n + 1,
                                    .octets = o->octets,
                                    .origin = "https://portal.example",
                                    .order_no = "SD-780",
                                    .order_type = "Yenileme",
                                    .applicant = "Ayşe Yılmaz",
                                    .profile = "B-B",
                                    .consent_seconds = 60};
    ck_assert(cert_id(cert, &o->order.certificate));
}

void test_order_free(struct test_order *o)
{
    for (size_t i = 0; i < o->order.n_octets; i++) fd_own(&o->octets[i].fd);
    buf_free(&o->properties);
    buf_free(&o->signed_info);
    o->order.n_octets = 0;
}
