/* SPDX-License-Identifier: MIT */
#include "core/cert.h"

#include "core/base64.h"
#include "core/certext.h"
#include "core/oid.h"
#include "core/text.h"

#define CERT_MAX 65536

/* ---- AlgorithmIdentifier, RFC 5280 4.1.1.2 ---- */

static bool get_algorithm(struct der *d, enum oid *id, struct der *params, struct bytes *whole)
{
    struct bytes content;
    const uint8_t *start = d->in.p;
    struct der in;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    *whole = bytes_of(start, (size_t)(d->in.p - start));
    if (!oid_get(&in, &content, id)) return false;
    *params = in;
    return !der_more(&in) || (der_get_any(&in, NULL, NULL, NULL) && der_end(&in));
}

/* ---- Name, RFC 5280 4.1.2.4 ---- */

struct attribute {
    enum oid type;
    uint8_t tag;
    struct bytes value;
};

/* X.680 41: octets that are no characters have no text that could be shown or compared. */
static bool get_wide(struct der *d, size_t width, struct bytes *value)
{
    uint32_t cp;
    if (!der_get_any(d, NULL, value, NULL)) return false;
    struct bytes v = *value;
    while (text_wide_next(&v, width, &cp)) continue;
    return v.len == 0 || der_refuse(d, "X.680 41: not characters");
}

/* The string types of X.520, the BIT STRING of x500UniqueIdentifier and what is built of them. */
static bool get_value(struct der *d, struct attribute *a)
{
    a->tag = der_more(d) ? d->in.p[0] : 0;
    switch (a->tag) {
    case DER_UTF8_STRING:
        return der_get_bytes(d, DER_UTF8_STRING, &a->value) &&
               (text_utf8_ok(a->value) || der_refuse(d, "X.690 8.23.10: not UTF-8"));
    case DER_PRINTABLE_STRING:
        return der_get_bytes(d, DER_PRINTABLE_STRING, &a->value);
    case DER_BMP_STRING:
        return get_wide(d, 2, &a->value);
    case DER_UNIVERSAL_STRING:
        return get_wide(d, 4, &a->value);
    case DER_IA5_STRING:
    case DER_TELETEX_STRING:
    case DER_NUMERIC_STRING:
    case DER_BIT_STRING:
    case DER_SEQUENCE:
        return der_get_any(d, NULL, &a->value, NULL);
    default:
        return der_refuse(d, "RFC 5280 4.1.2.4: attribute value missing or of an unknown type");
    }
}

static bool get_attribute(struct der *set, struct attribute *a)
{
    struct der in;
    struct bytes type;
    return der_get(set, DER_SEQUENCE, &in) && oid_get(&in, &type, &a->type) && get_value(&in, a) &&
           der_end(&in);
}

/* X.690 11.6: the elements of a SET OF in ascending order of their encodings. */
static bool in_order(struct bytes before, struct bytes after)
{
    size_t n = before.len < after.len ? before.len : after.len;
    int order = n ? memcmp(before.p, after.p, n) : 0;
    return order < 0 || (order == 0 && before.len <= after.len);
}

typedef void on_attribute(struct cert *c, const struct attribute *a);

static bool get_rdn(struct der *names, struct cert *c, on_attribute *note)
{
    struct der set;
    const uint8_t *before = NULL;
    if (!der_get(names, DER_SET, &set)) return false;
    if (!der_more(&set)) return der_refuse(&set, "RFC 5280 4.1.2.4: empty RDN");
    do {
        struct attribute a;
        const uint8_t *start = set.in.p;
        if (!get_attribute(&set, &a)) return false;
        if (before && !in_order(bytes_of(before, (size_t)(start - before)),
                                bytes_of(start, (size_t)(set.in.p - start))))
            return der_refuse_at(&set, start, "X.690 11.6: SET OF not in order");
        before = start;
        if (note) note(c, &a);
    } while (der_more(&set));
    return true;
}

static bool get_name(struct der *d, struct cert *c, on_attribute *note, struct bytes *whole)
{
    struct der names;
    const uint8_t *start = d->in.p;
    if (!der_get(d, DER_SEQUENCE, &names)) return false;
    *whole = bytes_of(start, (size_t)(d->in.p - start));
    while (der_more(&names)) {
        if (!get_rdn(&names, c, note)) return false;
    }
    return true;
}

static bool get_issuer(struct der *d, struct cert *c)
{
    if (!get_name(d, c, NULL, &c->issuer)) return false;
    return c->issuer.len > 2 || der_refuse(d, "RFC 5280 4.1.2.4: empty issuer");
}

static void note_subject(struct cert *c, const struct attribute *a)
{
    if (a->type == OID_COMMON_NAME) {
        c->common_name = a->value;
        c->common_name_tag = a->tag;
    }
    /* Only types whose octets are the digits: a UTF-16 number must not look like another. */
    bool plain = a->tag == DER_PRINTABLE_STRING || a->tag == DER_UTF8_STRING ||
                 a->tag == DER_IA5_STRING || a->tag == DER_NUMERIC_STRING;
    if (a->type == OID_SERIAL_NUMBER && plain) c->serial_number = a->value;
}

/* ---- Validity, RFC 5280 4.1.2.5 ---- */

static bool get_time(struct der *d, utc_t *out)
{
    const uint8_t *at = d->in.p;
    struct bytes text;
    if (der_peek(d, DER_GENERALIZED_TIME)) {
        if (!der_get_bytes(d, DER_GENERALIZED_TIME, &text)) return false;
        return utc_read_generalized(text, out) ||
               der_refuse_at(d, at, "RFC 5280 4.1.2.5.2: not YYYYMMDDHHMMSSZ");
    }
    if (!der_get_bytes(d, DER_UTCTIME, &text)) return false;
    return utc_read_utctime(text, out) ||
           der_refuse_at(d, at, "RFC 5280 4.1.2.5.1: not YYMMDDHHMMSSZ");
}

static bool get_validity(struct der *d, struct cert *c)
{
    struct der in;
    return der_get(d, DER_SEQUENCE, &in) && get_time(&in, &c->not_before) &&
           get_time(&in, &c->not_after) && der_end(&in);
}

/* ---- SubjectPublicKeyInfo, RFC 3279, RFC 4055, RFC 5480 ---- */

static bool read_rsa(struct der *key, struct cert *c)
{
    struct der in;
    struct bytes n, e;
    if (!der_get(key, DER_SEQUENCE, &in) || !der_get_integer(&in, &n) ||
        !der_get_integer(&in, &e) || !der_end(&in) || !der_end(key))
        return false;
    if (n.p[0] >= 0x80 || e.p[0] >= 0x80) return der_refuse(key, "RFC 8017 A.1.1: negative number");
    if (n.p[0] == 0) n = bytes_sub(n, 1, n.len);
    if (n.len == 0) return der_refuse(key, "RFC 8017 A.1.1: modulus is zero");
    c->key_type = KEY_RSA;
    c->key_bits = (unsigned)n.len * 8 - (unsigned)__builtin_clz(n.p[0]) + 24;
    return true;
}

static const struct {
    enum oid curve;
    enum key_type type;
    unsigned bits;
} curves[] = {{OID_P256, KEY_P256, 256}, {OID_P384, KEY_P384, 384}, {OID_P521, KEY_P521, 521}};

/* RFC 5480 2.2: 04 X Y, or 02 or 03 and X. Whether it lies on the curve is pubkey's to say. */
static bool point_ok(struct bytes point, size_t field)
{
    if (point.len == 0) return false;
    return point.p[0] == 4 ? point.len == 1 + 2 * field
                           : (point.p[0] == 2 || point.p[0] == 3) && point.len == 1 + field;
}

static bool read_ec(struct der *params, struct bytes point, struct cert *c)
{
    struct bytes name;
    enum oid curve;
    if (!der_peek(params, DER_OID)) return true; /* explicit parameters: a key we do not know */
    if (!oid_get(params, &name, &curve)) return false;
    for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
        if (curves[i].curve != curve) continue;
        if (!point_ok(point, (curves[i].bits + 7) / 8))
            return der_refuse(params, "RFC 5480 2.2: not a point of that curve");
        c->key_type = curves[i].type;
        c->key_bits = curves[i].bits;
    }
    return true;
}

static bool get_octet_bits(struct der *d, struct bytes *out)
{
    unsigned unused;
    if (!der_get_bits(d, out, &unused)) return false;
    return unused == 0 || der_refuse(d, "RFC 5280 4.1: a BIT STRING of whole octets is due");
}

static bool get_spki(struct der *d, struct cert *c)
{
    const uint8_t *start = d->in.p;
    struct der in, params;
    struct bytes whole, key;
    enum oid alg;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    c->spki = bytes_of(start, (size_t)(d->in.p - start));
    if (!get_algorithm(&in, &alg, &params, &whole) || !get_octet_bits(&in, &key) || !der_end(&in))
        return false;
    struct der rsa = {.in = key, .latch = d->latch};
    switch (alg) {
    case OID_RSA_ENCRYPTION:
        if (!der_peek(&params, DER_NULL)) /* RFC 3279 2.3.1 */
            return der_refuse(&params, "RFC 3279 2.3.1: RSA parameters are not NULL");
        return read_rsa(&rsa, c);
    case OID_RSA_PSS:
        return read_rsa(&rsa, c);
    case OID_EC_PUBLIC_KEY:
        return read_ec(&params, key, c);
    default:
        return true;
    }
}

/* ---- TBSCertificate, RFC 5280 4.1 ---- */

static bool get_version(struct der *d, struct cert *c)
{
    struct der in;
    bool present;
    uint64_t v = 0;
    if (!der_opt(d, DER_CONTEXT_CONS(0), &in, &present)) return false;
    if (present && (!der_get_uint(&in, &v) || !der_end(&in))) return false;
    if (present && v == 0) return der_refuse(&in, "X.690 11.5: default value written");
    if (v > 2) return der_refuse(&in, "RFC 5280 4.1.2.1: unknown version");
    c->version = (unsigned)v + 1;
    return true;
}

/* RFC 5280 4.1.2.2. Zero is met in old roots; twenty octets and a sign octet are the most. */
static bool get_serial(struct der *d, struct cert *c)
{
    const uint8_t *at = d->in.p;
    if (!der_get_integer(d, &c->serial)) return false;
    if (c->serial.p[0] >= 0x80)
        return der_refuse_at(d, at, "RFC 5280 4.1.2.2: negative serial number");
    return c->serial.len <= 20 + (c->serial.p[0] == 0) ||
           der_refuse_at(d, at, "RFC 5280 4.1.2.2: serial number above 20 octets");
}

static bool skip_unique_id(struct der *d, uint8_t tag, const struct cert *c)
{
    struct der bits;
    bool present;
    if (!der_opt(d, tag, &bits, &present)) return false;
    if (!present) return true;
    if (c->version < 2) return der_refuse(d, "RFC 5280 4.1.2.8: unique identifier in version 1");
    return bits.in.len > 0 && (bits.in.p[0] == 0 || (bits.in.p[0] < 8 && bits.in.len > 1))
               ? true
               : der_refuse(&bits, "X.690 8.6.2.2: unused bits");
}

static bool read_tbs(struct der *tbs, struct cert *c, struct bytes *inner_alg)
{
    enum oid id;
    struct der params;
    if (!get_version(tbs, c) || !get_serial(tbs, c) ||
        !get_algorithm(tbs, &id, &params, inner_alg) || !get_issuer(tbs, c) ||
        !get_validity(tbs, c) || !get_name(tbs, c, note_subject, &c->subject) ||
        !get_spki(tbs, c) || !skip_unique_id(tbs, DER_CONTEXT(1), c) ||
        !skip_unique_id(tbs, DER_CONTEXT(2), c))
        return false;
    if (!der_more(tbs)) return true;
    if (c->version != 3) return der_refuse(tbs, "RFC 5280 4.1.2.9: extensions need version 3");
    return certext_read(tbs, c) && der_end(tbs);
}

bool cert_read(struct bytes der, struct cert *c, struct der_latch *why)
{
    struct der d = der_of(der, why), in, tbs, params;
    struct bytes inner;
    enum oid id;
    *c = (struct cert){.der = der, .path_len = -1};
    if (der.len > CERT_MAX) return der_refuse(&d, "limit: certificate above 64 KiB");
    if (!der_get(&d, DER_SEQUENCE, &in) || !der_end(&d)) return false;
    const uint8_t *start = in.in.p;
    if (!der_get(&in, DER_SEQUENCE, &tbs)) return false;
    c->tbs = bytes_of(start, (size_t)(in.in.p - start));
    if (!read_tbs(&tbs, c, &inner) || !get_algorithm(&in, &id, &params, &c->sig_alg)) return false;
    if (!bytes_eq(inner, c->sig_alg))
        return der_refuse(&in, "RFC 5280 4.1.1.2: signature algorithms differ");
    return get_octet_bits(&in, &c->signature) && der_end(&in);
}

/* ---- what the certificate says of itself ---- */

unsigned cert_qualified(const struct cert *c)
{
    unsigned missing = 0;
    if (!(c->qc & QC_COMPLIANCE)) missing |= NQ_NO_QC_COMPLIANCE;
    if (!(c->qc & (QC_TR_NES | QC_TR_ESEAL))) missing |= NQ_NO_TR_STATEMENT;
    if (!(c->key_usage & KU_NON_REPUDIATION)) missing |= NQ_NO_NON_REPUDIATION;
    if (c->notice.len == 0) missing |= NQ_NO_USER_NOTICE;
    return missing;
}

const char *qualified_reason_slug(enum qualified_reason r)
{
    switch (r) {
    case NQ_NO_QC_COMPLIANCE:
        return "no-qc-compliance";
    case NQ_NO_TR_STATEMENT:
        return "no-tr-statement";
    case NQ_NO_NON_REPUDIATION:
        return "no-non-repudiation";
    case NQ_NO_USER_NOTICE:
        return "no-user-notice";
    }
    return "";
}

bool cert_is_eseal(const struct cert *c)
{
    return (c->qc & QC_TR_ESEAL) != 0;
}

bool cert_has_policy(const struct cert *c, struct bytes oid)
{
    struct der d = der_of(c->policies, NULL), info;
    struct bytes id;
    while (der_more(&d)) {
        if (!der_get(&d, DER_SEQUENCE, &info) || !der_get_oid(&info, &id)) return false;
        if (bytes_eq(id, oid)) return true;
    }
    return false;
}

bool cert_id(struct bytes der, struct digest *out)
{
    return digest_of(DIGEST_SHA256, der, out);
}

/* ---- PEM, RFC 7468 ---- */

/* Finds `mark` at the start of a line from *at on; *at moves behind it. */
static bool find_line(struct bytes text, const char *mark, size_t *at, size_t *from)
{
    struct bytes m = bytes_str(mark);
    while (*at < text.len) {
        const uint8_t *hit = memmem(text.p + *at, text.len - *at, m.p, m.len);
        if (!hit) return false;
        *from = (size_t)(hit - text.p);
        *at = *from + m.len;
        if (*from == 0 || text.p[*from - 1] == '\n' || text.p[*from - 1] == '\r') return true;
    }
    return false;
}

bool cert_from_pem(struct bytes pem, size_t *at, struct buf *der)
{
    size_t next = *at, begin, end;
    while (find_line(pem, "-----BEGIN CERTIFICATE-----", &next, &begin)) {
        size_t body = next;
        if (!find_line(pem, "-----END CERTIFICATE-----", &next, &end)) return false;
        if (base64_decode_xml(der, bytes_sub(pem, body, end - body))) {
            *at = next;
            return true;
        }
    }
    return false;
}
