/* SPDX-License-Identifier: MIT */
/*
 * Law: what matches the shape is made of it alone. Everything but the inherited declarations can be
 * written again from what was read, octet by octet, and no two References have one Id or address;
 * every refusal names its clause, also those of SignedProperties.
 */
#include <stdlib.h>

#include "core/base64.h"
#include "pkcs11/signedproperties.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void put_view(struct buf *b, const char *before, struct bytes v, const char *after)
{
    buf_str(b, before);
    buf_add(b, v);
    buf_str(b, after);
}

/* The end of a Reference as it must stand in the input. */
static void put_reference(struct buf *b, const struct signedinfo_reference *r)
{
    if (r->id.len)
        put_view(b, "<ds:Reference Id=\"", r->id, "\" URI=\"");
    else
        buf_str(b, "<ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"");
    put_view(b, "", r->uri, "\">");
    static const char *const transforms[] = {
        [SIGNEDINFO_AS_IS] = "",
        [SIGNEDINFO_BASE64] =
            "<ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\">"
            "</ds:Transform></ds:Transforms>",
        [SIGNEDINFO_ENVELOPED] =
            "<ds:Transforms><ds:Transform "
            "Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>"
            "<ds:Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\">"
            "</ds:Transform></ds:Transforms>"};
    static const char *const digests[] = {
        [DIGEST_SHA256] = "http://www.w3.org/2001/04/xmlenc#sha256",
        [DIGEST_SHA384] = "http://www.w3.org/2001/04/xmldsig-more#sha384",
        [DIGEST_SHA512] = "http://www.w3.org/2001/04/xmlenc#sha512"};
    buf_str(b, transforms[r->transform]);
    put_view(b, "<ds:DigestMethod Algorithm=\"", bytes_str(digests[r->digest.alg]),
             "\"></ds:DigestMethod><ds:DigestValue>");
    base64_encode(b, digest_bytes(&r->digest), 0);
    buf_str(b, "</ds:DigestValue></ds:Reference>");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct signedinfo si;
    static struct token_octets octets[TOKEN_MAX_REFERENCES];
    static const char xml[] = "application/xml", bin[] = "application/octet-stream";
    const char *clause = NULL;
    struct bytes in = bytes_of(data, size);
    if (!signedinfo_read(in, &si, &clause)) {
        must(clause != NULL);
        /* The seeds' own: what they are of, and when. */
        si.n = 3;
        si.references[0].uri = bytes_str("#sp");
        si.references[1].id = bytes_str("ref0");
        si.references[2].id = bytes_str("ref1");
        memcpy(octets[0].mime, xml, sizeof xml);
        memcpy(octets[1].mime, bin, sizeof bin);
        const struct signedproperties claims = {
            .info = &si,
            .certificate = bytes_str("x"),
            .documents = octets,
            .profile = memmem(data, size, "CertificateV2", 13) ? "B-B" : "P1",
            .now = 1789000000};
        clause = NULL;
        must(signedproperties_match(in, &claims, &clause) == (clause == NULL));
        return 0;
    }
    must(si.n >= 2 && si.n <= TOKEN_MAX_REFERENCES && si.alg < SIG_COUNT);
    size_t at = 0;
    for (size_t i = 0; i < si.n; i++) {
        own(buf) line = buf_max(size + 1024);
        put_reference(&line, &si.references[i]);
        const uint8_t *found = memmem(in.p + at, in.len - at, line.p, line.len);
        must(line.len > 0 && found != NULL);
        must(at == 0 || found == in.p + at); /* nothing between two References */
        at = (size_t)(found - in.p) + line.len;
        for (size_t k = 0; k < i; k++)
            must(!bytes_eq(si.references[i].id, si.references[k].id) &&
                 !bytes_eq(si.references[i].uri, si.references[k].uri));
    }
    must(bytes_eq_str(bytes_sub(in, at, SIZE_MAX), "</ds:SignedInfo>"));
    return 0;
}
