/* SPDX-License-Identifier: MIT */
#include "pkcs11/signedinfo.h"

#include "pkcs11/shape.h"

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define PSS  "http://www.w3.org/2007/05/xmldsig-more#"
#define C14N "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"

/* XMLDSig 1.1 6.4 and RFC 6931 2.3: written again here on purpose, the worker takes no URI from
 * the floor it checks. */
static const char *const signature_uris[SIG_COUNT] = {
    [SIG_RSA_SHA256] = MORE "rsa-sha256",     [SIG_RSA_SHA384] = MORE "rsa-sha384",
    [SIG_RSA_SHA512] = MORE "rsa-sha512",     [SIG_PSS_SHA256] = PSS "sha256-rsa-MGF1",
    [SIG_PSS_SHA384] = PSS "sha384-rsa-MGF1", [SIG_PSS_SHA512] = PSS "sha512-rsa-MGF1",
    [SIG_ECDSA_SHA256] = MORE "ecdsa-sha256", [SIG_ECDSA_SHA384] = MORE "ecdsa-sha384",
    [SIG_ECDSA_SHA512] = MORE "ecdsa-sha512",
};

/* ---- start and methods ---- */

static bool apex(struct shape *s)
{
    static const struct shape_namespace own[] = {{"ds", SHAPE_DS}};
    return shape_must(s, "<ds:SignedInfo", "SignedInfo: start tag") &&
           shape_namespaces(s, own, 1, "SignedInfo: namespace declarations") &&
           shape_xml_attributes(s, "SignedInfo: xml attributes") &&
           shape_must(s, ">", "SignedInfo: start tag");
}

static bool methods(struct shape *s, enum sig_alg *alg)
{
    size_t which = 0;
    bool ok =
        shape_must(s,
                   "<ds:CanonicalizationMethod Algorithm=\"" C14N "\"></ds:CanonicalizationMethod>",
                   "CanonicalizationMethod") &&
        shape_must(s, "<ds:SignatureMethod Algorithm=\"", "SignatureMethod") &&
        shape_one_of(s, signature_uris, SIG_COUNT, &which, "SignatureMethod: algorithm") &&
        shape_must(s, "></ds:SignatureMethod>", "SignatureMethod");
    if (ok) *alg = (enum sig_alg)which;
    return ok;
}

/* ---- references ---- */

/* An element of the same file: '#' and its Id. */
static bool fragment(struct bytes uri)
{
    return uri.len > 1 && uri.p[0] == '#' && shape_name_ok(bytes_sub(uri, 1, SIZE_MAX));
}

static bool properties_reference(struct shape *s, struct signedinfo_reference *r)
{
    static const char clause[] = "Reference to SignedProperties";
    struct bytes uri;
    if (!shape_must(s, "<ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"",
                    clause) ||
        !shape_until(s, '"', &uri, clause) || !shape_must(s, ">", clause))
        return false;
    if (!fragment(uri)) return shape_differ(s, "Reference to SignedProperties: URI");
    *r = (struct signedinfo_reference){.uri = uri, .transform = SIGNEDINFO_AS_IS};
    return shape_digest(s, &r->digest) && shape_must(s, "</ds:Reference>", clause);
}

#define TRANSFORM(uri) "<ds:Transform Algorithm=\"" uri "\"></ds:Transform>"

static const struct {
    const char *text;
    enum signedinfo_transform transform;
} transforms[] = {
    {"<ds:Transforms>" TRANSFORM(SHAPE_DS "base64") "</ds:Transforms>", SIGNEDINFO_BASE64},
    {"<ds:Transforms>" TRANSFORM(SHAPE_DS "enveloped-signature") TRANSFORM(C14N) "</ds:Transforms>",
     SIGNEDINFO_ENVELOPED},
    {"", SIGNEDINFO_AS_IS},
};

/* RFC 3986 2.3: letters, digits and these stand for themselves in a name; all else is escaped. */
static bool unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~", c));
}

bool signedinfo_uri_names(struct bytes uri, struct bytes name)
{
    static const char digit[] = "0123456789ABCDEF";
    size_t at = 0;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.p[i];
        const char escaped[] = {'%', digit[c >> 4], digit[c & 15]};
        struct bytes piece = unreserved(c) ? bytes_of(&c, 1) : bytes_of(escaped, sizeof escaped);
        if (!bytes_starts(bytes_sub(uri, at, SIZE_MAX), piece)) return false;
        at += piece.len;
    }
    return name.len > 0 && at == uri.len;
}

/* Another file, by its name alone: no address, no path, and nothing inside this file. */
static bool file_uri(struct bytes uri)
{
    for (size_t i = 0; i < uri.len; i++)
        if (!unreserved(uri.p[i]) && uri.p[i] != '%') return false;
    return uri.len > 0;
}

/* The transform decides what kind of address makes sense (XMLDSig 1.1 4.4.3.2). */
static bool uri_fits(struct bytes uri, enum signedinfo_transform t)
{
    if (t == SIGNEDINFO_ENVELOPED) return uri.len == 0;
    return t == SIGNEDINFO_BASE64 ? fragment(uri) : file_uri(uri);
}

static bool document_reference(struct shape *s, struct signedinfo_reference *r)
{
    static const char clause[] = "Reference to a document";
    *r = (struct signedinfo_reference){0};
    if (!shape_must(s, "<ds:Reference Id=\"", clause) || !shape_until(s, '"', &r->id, clause) ||
        !shape_must(s, " URI=\"", clause) || !shape_until(s, '"', &r->uri, clause) ||
        !shape_must(s, ">", clause))
        return false;
    if (!shape_name_ok(r->id)) return shape_differ(s, "Reference: Id");
    size_t i = 0;
    while (!shape_maybe(s, transforms[i].text)) i++;
    r->transform = transforms[i].transform;
    if (!uri_fits(r->uri, r->transform)) return shape_differ(s, "Reference: URI");
    return shape_digest(s, &r->digest) && shape_must(s, "</ds:Reference>", clause);
}

/* One Id or one address for two documents, and a verifier could take one for the other. */
static bool apart(const struct signedinfo *si)
{
    const struct signedinfo_reference *r = si->references;
    for (size_t i = 1; i < si->n; i++)
        for (size_t k = 0; k < i; k++)
            if (bytes_eq(r[i].id, r[k].id) || bytes_eq(r[i].uri, r[k].uri)) return false;
    return true;
}

static bool references(struct shape *s, struct signedinfo *out)
{
    if (!properties_reference(s, &out->references[0])) return false;
    out->n = 1;
    while (!shape_maybe(s, "</ds:SignedInfo>")) {
        if (out->n == TOKEN_MAX_REFERENCES) return shape_differ(s, "too many References");
        if (!document_reference(s, &out->references[out->n])) return false;
        out->n++;
    }
    if (out->n < 2) return shape_differ(s, "no Reference to a document");
    if (!apart(out)) return shape_differ(s, "two References of one Id or URI");
    return s->rest.len == 0 || shape_differ(s, "octets after SignedInfo");
}

bool signedinfo_read(struct bytes octets, struct signedinfo *out, const char **clause)
{
    struct shape s = {octets, NULL};
    if (octets.len > TOKEN_MAX_SIGNEDINFO) (void)shape_differ(&s, "SignedInfo is too large");
    if (!s.clause && apex(&s) && methods(&s, &out->alg) && references(&s, out)) return true;
    *clause = s.clause;
    return false;
}
