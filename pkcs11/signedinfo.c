/* SPDX-License-Identifier: MIT */
#include "pkcs11/signedinfo.h"

#include "core/base64.h"

#define DSIG "http://www.w3.org/2000/09/xmldsig#"
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define PSS  "http://www.w3.org/2007/05/xmldsig-more#"
#define ENC  "http://www.w3.org/2001/04/xmlenc#"
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
static const char *const digest_uris[DIGEST_COUNT] = {
    [DIGEST_SHA256] = ENC "sha256",
    [DIGEST_SHA384] = MORE "sha384",
    [DIGEST_SHA512] = ENC "sha512",
};

/* ---- pieces of canonical XML ---- */

/* What is left to match; the first thing that differs latches its name. */
struct shape {
    struct bytes rest;
    const char *clause;
};

static bool differ(struct shape *s, const char *clause)
{
    if (!s->clause) s->clause = clause;
    return false;
}

static bool skip(struct shape *s, size_t n)
{
    s->rest = bytes_sub(s->rest, n, SIZE_MAX);
    return true;
}

static bool next_is(const struct shape *s, const char *text)
{
    return bytes_starts(s->rest, bytes_str(text));
}

/* The text if it comes next; says nothing when it does not. */
static bool maybe(struct shape *s, const char *text)
{
    return next_is(s, text) && skip(s, strlen(text));
}

static bool must(struct shape *s, const char *text, const char *clause)
{
    return maybe(s, text) || differ(s, clause);
}

/* Everything up to the next `end`, which is taken too. */
static bool until(struct shape *s, char end, struct bytes *out, const char *clause)
{
    const uint8_t *at = s->rest.len ? memchr(s->rest.p, end, s->rest.len) : NULL;
    if (!at) return differ(s, clause);
    *out = bytes_sub(s->rest, 0, (size_t)(at - s->rest.p));
    return skip(s, out->len + 1);
}

/* C14N 1.0 2.3: in an attribute value only these stand for what may not be there as it is. */
static bool value_ok(struct bytes v)
{
    static const char *const entities[] = {"&amp;", "&lt;", "&quot;", "&#x9;", "&#xA;", "&#xD;"};
    for (size_t i = 0; i < v.len; i++) {
        if (v.p[i] == '<' || v.p[i] < 0x20) return false;
        if (v.p[i] != '&') continue;
        bool known = false;
        for (size_t e = 0; e < sizeof entities / sizeof entities[0]; e++)
            known |= bytes_starts(bytes_sub(v, i, SIZE_MAX), bytes_str(entities[e]));
        if (!known) return false;
    }
    return true;
}

static bool letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool name_char(uint8_t c)
{
    return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-';
}

/* An NCName; beyond ASCII every octet passes, since inherited prefixes are the document's own. */
static bool name_ok(struct bytes n, bool ascii)
{
    if (n.len == 0 || !(letter(n.p[0]) || (!ascii && n.p[0] >= 0x80))) return false;
    for (size_t i = 1; i < n.len; i++)
        if (!name_char(n.p[i]) && (ascii || n.p[i] < 0x80)) return false;
    return true;
}

/* NAME="VALUE" after the prefix was taken. */
static bool pair(struct shape *s, struct bytes *name, struct bytes *value, const char *clause)
{
    if (!until(s, '=', name, clause) || !must(s, "\"", clause) || !until(s, '"', value, clause))
        return false;
    return (name_ok(*name, false) && value_ok(*value)) || differ(s, clause);
}

static bool in_order(struct bytes *last, struct bytes name)
{
    size_t n = last->len < name.len ? last->len : name.len;
    int c = n ? memcmp(last->p, name.p, n) : 0;
    bool grows = last->len == 0 || c < 0 || (c == 0 && last->len < name.len);
    *last = name;
    return grows;
}

/* ---- the apex: what SignedInfo may inherit from the document around it (C14N 1.0 2.4) ---- */

static bool apex_namespaces(struct shape *s)
{
    static const char clause[] = "SignedInfo: namespace declarations";
    struct bytes name, value, last = bytes_of(NULL, 0);
    bool ds = false;
    if (maybe(s, " xmlns=\"") && (!until(s, '"', &value, clause) || !value_ok(value)))
        return differ(s, clause);
    while (maybe(s, " xmlns:")) {
        if (!pair(s, &name, &value, clause)) return false;
        if (!in_order(&last, name)) return differ(s, "SignedInfo: namespaces out of order");
        if (!bytes_eq_str(name, "ds")) continue;
        ds = true;
        if (!bytes_eq_str(value, DSIG)) return differ(s, "SignedInfo: ds is another namespace");
    }
    return ds || differ(s, "SignedInfo: ds is not declared");
}

static bool apex_attributes(struct shape *s)
{
    struct bytes name, value, last = bytes_of(NULL, 0);
    while (maybe(s, " xml:")) {
        if (!pair(s, &name, &value, "SignedInfo: xml attributes")) return false;
        if (!in_order(&last, name)) return differ(s, "SignedInfo: xml attributes out of order");
    }
    return true;
}

static bool apex(struct shape *s)
{
    return must(s, "<ds:SignedInfo", "SignedInfo: start tag") && apex_namespaces(s) &&
           apex_attributes(s) && must(s, ">", "SignedInfo: start tag");
}

/* ---- methods ---- */

static bool uri_in(struct shape *s, const char *const *uris, size_t n, size_t *which,
                   const char *clause)
{
    struct bytes uri;
    if (!until(s, '"', &uri, clause)) return false;
    for (size_t i = 0; i < n; i++) {
        if (!bytes_eq_str(uri, uris[i])) continue;
        *which = i;
        return true;
    }
    return differ(s, clause);
}

static bool methods(struct shape *s, enum sig_alg *alg)
{
    size_t which = 0;
    bool ok =
        must(s, "<ds:CanonicalizationMethod Algorithm=\"" C14N "\"></ds:CanonicalizationMethod>",
             "CanonicalizationMethod") &&
        must(s, "<ds:SignatureMethod Algorithm=\"", "SignatureMethod") &&
        uri_in(s, signature_uris, SIG_COUNT, &which, "SignatureMethod: algorithm") &&
        must(s, "></ds:SignatureMethod>", "SignatureMethod");
    if (ok) *alg = (enum sig_alg)which;
    return ok;
}

/* Base64 as it is written: lines of 76 characters at most, all but the last full, or one line. */
static bool base64_text(struct shape *s, struct buf *out, const char *clause)
{
    struct bytes text;
    if (!until(s, '<', &text, clause)) return false;
    char plain[128];
    size_t n = 0;
    bool broken = text.len > 76 && text.p[76] == '\n';
    for (size_t i = 0; i < text.len; i++) {
        if (broken && i % 77 == 76 && text.p[i] == '\n' && i + 1 < text.len) continue;
        if (n == sizeof plain) return differ(s, clause);
        plain[n++] = (char)text.p[i];
    }
    return base64_decode(out, bytes_of(plain, n)) || differ(s, clause);
}

/* DigestMethod and DigestValue, as in a Reference and in a CertDigest. */
static bool digest(struct shape *s, struct digest *out)
{
    size_t which = 0;
    own(buf) value = buf_max(DIGEST_MAX);
    if (!(must(s, "<ds:DigestMethod Algorithm=\"", "DigestMethod") &&
          uri_in(s, digest_uris, DIGEST_COUNT, &which, "DigestMethod: algorithm") &&
          must(s, "></ds:DigestMethod><ds:DigestValue>", "DigestMethod") &&
          base64_text(s, &value, "DigestValue: base64") &&
          must(s, "/ds:DigestValue>", "DigestValue")))
        return false;
    *out =
        (struct digest){.alg = (enum digest_alg)which, .len = digest_len((enum digest_alg)which)};
    if (value.len != out->len) return differ(s, "DigestValue: length");
    memcpy(out->v, value.p, value.len);
    return true;
}

/* ---- references ---- */

static bool properties_reference(struct shape *s, struct signedinfo_reference *r)
{
    static const char clause[] = "Reference to SignedProperties";
    struct bytes uri;
    if (!must(s, "<ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"",
              clause) ||
        !until(s, '"', &uri, clause) || !must(s, ">", clause))
        return false;
    if (uri.len < 2 || uri.p[0] != '#' || !name_ok(bytes_sub(uri, 1, SIZE_MAX), true))
        return differ(s, "Reference to SignedProperties: URI");
    *r = (struct signedinfo_reference){.uri = uri, .transform = SIGNEDINFO_AS_IS};
    return digest(s, &r->digest) && must(s, "</ds:Reference>", clause);
}

#define TRANSFORM(uri) "<ds:Transform Algorithm=\"" uri "\"></ds:Transform>"

static const struct {
    const char *text;
    enum signedinfo_transform transform;
} transforms[] = {
    {"<ds:Transforms>" TRANSFORM(DSIG "base64") "</ds:Transforms>", SIGNEDINFO_BASE64},
    {"<ds:Transforms>" TRANSFORM(DSIG "enveloped-signature") TRANSFORM(C14N) "</ds:Transforms>",
     SIGNEDINFO_ENVELOPED},
    {"", SIGNEDINFO_AS_IS},
};

/* The transform decides what kind of address makes sense (XMLDSig 1.1 4.4.3.2). */
static bool uri_fits(struct bytes uri, enum signedinfo_transform t)
{
    if (!value_ok(uri)) return false;
    if (t == SIGNEDINFO_ENVELOPED) return uri.len == 0;
    if (t == SIGNEDINFO_BASE64) return uri.len > 1 && uri.p[0] == '#';
    return uri.len > 0;
}

static bool document_reference(struct shape *s, struct signedinfo_reference *r)
{
    static const char clause[] = "Reference to a document";
    *r = (struct signedinfo_reference){0};
    if (!must(s, "<ds:Reference Id=\"", clause) || !until(s, '"', &r->id, clause) ||
        !must(s, " URI=\"", clause) || !until(s, '"', &r->uri, clause) || !must(s, ">", clause))
        return false;
    if (!name_ok(r->id, true)) return differ(s, "Reference: Id");
    size_t i = 0;
    while (!maybe(s, transforms[i].text)) i++;
    r->transform = transforms[i].transform;
    if (!uri_fits(r->uri, r->transform)) return differ(s, "Reference: URI");
    return digest(s, &r->digest) && must(s, "</ds:Reference>", clause);
}

static bool references(struct shape *s, struct signedinfo *out)
{
    if (!properties_reference(s, &out->references[0])) return false;
    out->n = 1;
    while (!maybe(s, "</ds:SignedInfo>")) {
        if (out->n == TOKEN_MAX_REFERENCES) return differ(s, "too many References");
        if (!document_reference(s, &out->references[out->n])) return false;
        out->n++;
    }
    if (out->n < 2) return differ(s, "no Reference to a document");
    return s->rest.len == 0 || differ(s, "octets after SignedInfo");
}

bool signedinfo_read(struct bytes octets, struct signedinfo *out, const char **clause)
{
    struct shape s = {octets, NULL};
    if (octets.len > TOKEN_MAX_SIGNEDINFO) (void)differ(&s, "SignedInfo is too large");
    if (!s.clause && apex(&s) && methods(&s, &out->alg) && references(&s, out)) return true;
    *clause = s.clause;
    return false;
}

/* ---- SignedProperties ---- */

static bool find(struct bytes in, const char *text, size_t *at)
{
    size_t len = strlen(text);
    const uint8_t *found = in.len ? memmem(in.p, in.len, text, len) : NULL;
    if (!found) return false;
    *at = (size_t)(found - in.p);
    return true;
}

/* In canonical XML a '<' is never anything but the start of a tag, so a search for a tag cannot be
 * misled by a caller's text. */
static bool signing_certificate(struct shape *s)
{
    static const char tag[] = "<xades:SigningCertificate";
    size_t at, again;
    if (!find(s->rest, tag, &at)) return differ(s, "SigningCertificate is missing");
    (void)skip(s, at + strlen(tag));
    if (find(s->rest, tag, &again)) return differ(s, "SigningCertificate comes twice");
    (void)maybe(s, "V2");
    return must(s, "><xades:Cert><xades:CertDigest>", "SigningCertificate");
}

static bool start_tag_has_id(struct shape *s, struct bytes uri)
{
    static const char clause[] = "SignedProperties: start tag";
    struct bytes tag;
    size_t at;
    if (!must(s, "<xades:SignedProperties ", clause) || !until(s, '>', &tag, clause) ||
        !find(tag, "xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\"", &at))
        return differ(s, clause);
    own(buf) end = buf_max(uri.len + 8);
    buf_str(&end, " Id=\"");
    buf_add(&end, bytes_sub(uri, 1, SIZE_MAX));
    buf_byte(&end, '"');
    return (buf_ok(&end) && find(tag, buf_cstr(&end), &at)) ||
           differ(s, "SignedProperties: Id differs");
}

bool signedinfo_names(const struct signedinfo *si, struct bytes signed_properties,
                      struct bytes cert, const char **clause)
{
    struct shape s = {signed_properties, NULL};
    struct digest named, real;
    if (start_tag_has_id(&s, si->references[0].uri) && signing_certificate(&s) &&
        digest(&s, &named) && must(&s, "</xades:CertDigest>", "CertDigest")) {
        if (digest_of(named.alg, cert, &real) &&
            bytes_eq(digest_bytes(&named), digest_bytes(&real)))
            return true;
        (void)differ(&s, "SigningCertificate names another certificate");
    }
    *clause = s.clause;
    return false;
}
