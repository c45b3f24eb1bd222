/* SPDX-License-Identifier: MIT */
#include "xades/qualifying.h"

#include "core/base64.h"
#include "core/name.h"
#include "core/utc.h"
#include "xades/algorithm.h"
#include "xades/element.h"
#include "xades/names.h"

/* ---- finding ---- */

/* Counted in this signature but not in signatures inside it, which have their own. */
static unsigned count_signed_properties(const xmlNode *signature)
{
    unsigned n = 0;
    bool into = true;
    for (const xmlNode *e = element_walk(signature, signature, true); e;
         e = element_walk(e, signature, into)) {
        into = !element_is(e, NS_DS, "Signature");
        n += version_element(e, "SignedProperties");
    }
    return n;
}

static const xmlNode *find(const xmlNode *signature, unsigned *n)
{
    const xmlNode *found = NULL;
    for (const xmlNode *o = element_first(signature); o; o = element_next(o)) {
        if (!element_is(o, NS_DS, "Object")) continue;
        for (const xmlNode *q = element_first(o); q; q = element_next(q)) {
            if (!version_element(q, "QualifyingProperties")) continue;
            found = q;
            ++*n;
        }
    }
    return found;
}

/* EN 319 132-1 4.3.1: Target is "#" and the Id of the ds:Signature. */
static bool targets(const xmlNode *qualifying, const xmlNode *signature)
{
    struct bytes target, id;
    return element_attr(qualifying, "Target", &target) && element_attr(signature, "Id", &id) &&
           id.len > 0 && target.len == id.len + 1 && target.p[0] == '#' &&
           bytes_eq(bytes_sub(target, 1, SIZE_MAX), id);
}

/* ---- signed properties ---- */

static void take_once(struct qualifying *q, const xmlNode **place, const xmlNode *n)
{
    q->repeated = q->repeated || *place;
    *place = n;
}

static void read_time(struct qualifying *q, const xmlNode *n)
{
    struct bytes text;
    own(buf) joined = buf_max(256);
    q->repeated = q->repeated || q->has_time || q->bad_time;
    q->has_time = element_text(n, &joined, &text) && utc_read_xsd(text, &q->time);
    q->bad_time = !q->has_time;
}

static void read_signature_properties(struct qualifying *q, const xmlNode *properties)
{
    const char *ns = version_ns(q->version);
    for (const xmlNode *n = element_first(properties); n; n = element_next(n)) {
        if (element_is(n, ns, "SigningTime")) read_time(q, n);
        if (element_is(n, ns, "SigningCertificate")) take_once(q, &q->certificates_v1, n);
        if (element_is(n, ns, "SigningCertificateV2")) take_once(q, &q->certificates_v2, n);
        if (element_is(n, ns, "SignaturePolicyIdentifier")) take_once(q, &q->policy, n);
    }
}

static void read_signed_properties(struct qualifying *q)
{
    const xmlNode *signature_properties = NULL;
    const char *ns = version_ns(q->version);
    for (const xmlNode *n = element_first(q->signed_properties); n; n = element_next(n)) {
        if (element_is(n, ns, "SignedSignatureProperties")) take_once(q, &signature_properties, n);
        if (element_is(n, ns, "SignedDataObjectProperties")) take_once(q, &q->data_properties, n);
    }
    if (signature_properties) read_signature_properties(q, signature_properties);
    for (const xmlNode *n = q->data_properties ? element_first(q->data_properties) : NULL; n;
         n = element_next(n)) {
        if (element_is(n, ns, "AllDataObjectsTimeStamp") ||
            element_is(n, ns, "IndividualDataObjectsTimeStamp"))
            q->content_time_stamp = true;
    }
}

/* ---- unsigned properties ---- */

static const struct {
    const char *name;
    enum unsigned_property bit;
} unsigned_names[] = {
    {"SignatureTimeStamp", UP_SIGNATURE_TIME_STAMP},
    {"CompleteCertificateRefs", UP_CERTIFICATE_REFS},
    {"CompleteCertificateRefsV2", UP_CERTIFICATE_REFS},
    {"CompleteRevocationRefs", UP_REVOCATION_REFS},
    {"SigAndRefsTimeStamp", UP_REFS_TIME_STAMP},
    {"SigAndRefsTimeStampV2", UP_REFS_TIME_STAMP},
    {"RefsOnlyTimeStamp", UP_REFS_ONLY_STAMP},
    {"RefsOnlyTimeStampV2", UP_REFS_ONLY_STAMP},
    {"CertificateValues", UP_CERTIFICATE_VALUES},
    {"RevocationValues", UP_REVOCATION_VALUES},
    {"ArchiveTimeStamp", UP_ARCHIVE_TIME_STAMP},
    {"TimeStampValidationData", UP_STAMP_VALIDATION_DATA},
    {"AnyValidationData", UP_STAMP_VALIDATION_DATA},
};

static void read_unsigned_properties(struct qualifying *q)
{
    const char *ns = version_ns(q->version);
    const xmlNode *n = element_child(q->node, ns, "UnsignedProperties");
    n = n ? element_child(n, ns, "UnsignedSignatureProperties") : NULL;
    q->unsigned_signature = n;
    for (n = n ? element_first(n) : NULL; n; n = element_next(n)) {
        for (size_t i = 0; i < sizeof unsigned_names / sizeof unsigned_names[0]; i++) {
            if (element_is(n, ns, unsigned_names[i].name) ||
                element_is(n, NS_XADES141, unsigned_names[i].name))
                q->unsigned_set |= unsigned_names[i].bit;
        }
    }
}

enum reason qualifying_read(const xmlNode *signature, struct qualifying *out)
{
    struct qualifying q = {0};
    unsigned n = 0;
    q.node = find(signature, &n);
    unsigned n_signed = count_signed_properties(signature);
    if (n == 0) return n_signed ? REASON_QUALIFYING : REASON_NOT_XADES;
    if (n > 1 || n_signed > 1 || !targets(q.node, signature)) return REASON_QUALIFYING;
    (void)version_of(q.node, &q.version);
    q.mixed = version_mixed(q.node, q.version);
    q.signed_properties = element_child(q.node, version_ns(q.version), "SignedProperties");
    if (!q.signed_properties) return REASON_NOT_COVERED;
    read_signed_properties(&q);
    read_unsigned_properties(&q);
    *out = q;
    return REASON_NONE;
}

/* ---- the signing certificate ---- */

static enum reason same_digest(const xmlNode *cert, enum version v, const struct cert *c,
                               bool *sha1)
{
    const char *ns = version_digest_ns(v);
    const xmlNode *digest = element_child(cert, version_ns(v), "CertDigest");
    const xmlNode *method = digest ? element_child(digest, ns, "DigestMethod") : NULL;
    struct bytes uri, text;
    struct digest d;
    enum digest_alg alg;
    own(buf) joined = buf_max(4096);
    own(buf) expected = buf_max(256);
    if (!method || !element_attr(method, "Algorithm", &uri) ||
        !element_words(digest, ns, "DigestValue", &joined, &text) ||
        !base64_decode_xml(&expected, text))
        return REASON_NO_SIGNING_CERTIFICATE;
    if (!algorithm_digest_found(uri, &alg))
        return algorithm_weak(uri) ? REASON_WEAK : REASON_UNKNOWN_ALGORITHM;
    *sha1 = *sha1 || alg == DIGEST_SHA1;
    if (!digest_of(alg, c->der, &d)) return REASON_WORK;
    return bytes_eq(digest_bytes(&d), buf_bytes(&expected)) ? REASON_NONE
                                                            : REASON_CERTIFICATE_MISMATCH;
}

/* Positive decimals of any length against INTEGER content: divides the text by 256 in place. */
static bool same_decimal(struct bytes text, struct bytes integer)
{
    uint8_t digits[128];
    if (text.len == 0 || text.len > sizeof digits || integer.len == 0 || (integer.p[0] & 0x80))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        digits[i] = (uint8_t)(text.p[i] - '0');
    }
    for (size_t at = integer.len; at > 0; at--) {
        unsigned rest = 0;
        for (size_t i = 0; i < text.len; i++) {
            unsigned v = rest * 10 + digits[i];
            digits[i] = (uint8_t)(v / 256);
            rest = v % 256;
        }
        if (rest != integer.p[at - 1]) return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (digits[i]) return false;
    }
    return true;
}

static bool same_issuer_serial_v1(const xmlNode *issuer_serial, const struct cert *c)
{
    struct bytes name, serial;
    own(buf) joined = buf_max(65536);
    own(buf) joined2 = buf_max(4096);
    return element_words(issuer_serial, NS_DS, "X509IssuerName", &joined, &name) &&
           element_words(issuer_serial, NS_DS, "X509SerialNumber", &joined2, &serial) &&
           name_equal_text(c->issuer, name) && same_decimal(serial, c->serial);
}

/* RFC 5035 3: IssuerSerial ::= SEQUENCE { issuer GeneralNames, serialNumber INTEGER } */
static bool same_issuer_serial_v2(const xmlNode *issuer_serial, const struct cert *c)
{
    struct bytes text, serial, issuer;
    own(buf) joined = buf_max(65536);
    own(buf) der = buf_max(65536);
    if (!element_text(issuer_serial, &joined, &text) || !base64_decode_xml(&der, text))
        return false;
    struct der_latch why = {0};
    struct der d = der_of(buf_bytes(&der), &why), all, names, directory;
    return der_get(&d, DER_SEQUENCE, &all) && der_end(&d) && der_get(&all, DER_SEQUENCE, &names) &&
           der_get_integer(&all, &serial) && der_get(&names, DER_CONTEXT_CONS(4), &directory) &&
           der_get_any(&directory, NULL, NULL, &issuer) && der_end(&directory) && der_end(&names) &&
           name_equal(issuer, c->issuer) && bytes_eq(serial, c->serial);
}

enum reason qualifying_names_certificate(const struct qualifying *q, bool v2, const struct cert *c,
                                         bool *sha1)
{
    const char *ns = version_ns(q->version);
    const xmlNode *first = element_first(v2 ? q->certificates_v2 : q->certificates_v1);
    if (!first || !element_is(first, ns, "Cert")) return REASON_NO_SIGNING_CERTIFICATE;
    enum reason e = same_digest(first, q->version, c, sha1);
    if (e) return e;
    const xmlNode *who = element_child(first, ns, v2 ? "IssuerSerialV2" : "IssuerSerial");
    if (!who) return v2 ? REASON_NONE : REASON_NO_SIGNING_CERTIFICATE;
    bool same = v2 ? same_issuer_serial_v2(who, c) : same_issuer_serial_v1(who, c);
    return same ? REASON_NONE : REASON_ISSUER_SERIAL;
}
