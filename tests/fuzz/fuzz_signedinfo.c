/* SPDX-License-Identifier: MIT */
/*
 * Law: what matches the shape is made of it alone. Everything but the inherited declarations can be
 * written again from what was read, octet by octet; and every refusal names its clause.
 */
#include <stdlib.h>

#include "core/base64.h"
#include "pkcs11/signedinfo.h"

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
static void put_reference(struct buf *b, const struct signedinfo_reference *r, bool broken)
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
    base64_encode(b, digest_bytes(&r->digest), broken ? 76 : 0);
    buf_str(b, "</ds:DigestValue></ds:Reference>");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct signedinfo si;
    const char *clause = NULL;
    struct bytes in = bytes_of(data, size);
    if (!signedinfo_read(in, &si, &clause)) {
        must(clause != NULL);
        return 0;
    }
    must(si.n >= 2 && si.n <= TOKEN_MAX_REFERENCES && si.alg < SIG_COUNT);
    size_t at = 0;
    for (size_t i = 0; i < si.n; i++) {
        own(buf) line = buf_max(size + 1024), lines = buf_max(size + 1024);
        put_reference(&line, &si.references[i], false);
        put_reference(&lines, &si.references[i], true);
        must(line.len > 0 && lines.len > 0);
        const uint8_t *found = memmem(in.p + at, in.len - at, line.p, line.len);
        if (!found) found = memmem(in.p + at, in.len - at, lines.p, lines.len);
        must(found != NULL);
        must(at == 0 || found == in.p + at); /* nothing between two References */
        struct bytes rest = bytes_sub(in, (size_t)(found - in.p), SIZE_MAX);
        at = (size_t)(found - in.p) + (bytes_starts(rest, buf_bytes(&line)) ? line.len : lines.len);
    }
    must(bytes_eq_str(bytes_sub(in, at, SIZE_MAX), "</ds:SignedInfo>"));
    (void)signedinfo_names(&si, in, bytes_str("x"), &clause);
    return 0;
}
