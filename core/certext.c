/* SPDX-License-Identifier: MIT */
#include "core/certext.h"

#include <limits.h>

#define EXTENSIONS_MAX 64

static bool read_subject_key_id(struct der *d, struct cert *c)
{
    return der_get_bytes(d, DER_OCTET_STRING, &c->ski);
}

static bool read_authority_key_id(struct der *d, struct cert *c)
{
    struct der in, id;
    bool present;
    if (!der_get(d, DER_SEQUENCE, &in) || !der_opt(&in, DER_CONTEXT(0), &id, &present))
        return false;
    if (present) c->aki = id.in;
    while (der_more(&in)) {
        if (!der_get_any(&in, NULL, NULL, NULL)) return false;
    }
    return true;
}

static unsigned bit_reversed(unsigned v)
{
    unsigned r = 0;
    for (unsigned i = 0; i < 8; i++) r |= (v >> i & 1u) << (7 - i);
    return r;
}

/* Trailing zero bits (X.690 11.2.2 forbids them) are met in Turkish roots, and passed over. */
static bool read_key_usage(struct der *d, struct cert *c)
{
    const uint8_t *at = d->in.p;
    struct bytes bits;
    unsigned unused;
    if (!der_get_bits(d, &bits, &unused)) return false;
    if (bits.len > 0) c->key_usage = bit_reversed(bits.p[0]);
    if (bits.len > 1 && bits.p[1] & 0x80) c->key_usage |= KU_DECIPHER_ONLY;
    c->has_key_usage = true;
    return c->key_usage != 0 || der_refuse_at(d, at, "RFC 5280 4.2.1.3: no bit is set");
}

/* A BOOLEAN DEFAULT FALSE: not written when false (X.690 11.5). */
static bool opt_true(struct der *d, bool *out)
{
    const uint8_t *at = d->in.p;
    if (!der_peek(d, DER_BOOLEAN)) {
        *out = false;
        return true;
    }
    if (!der_get_bool(d, out)) return false;
    return *out || der_refuse_at(d, at, "X.690 11.5: default value written");
}

static bool read_basic_constraints(struct der *d, struct cert *c)
{
    struct der in;
    uint64_t len = 0;
    if (!der_get(d, DER_SEQUENCE, &in) || !opt_true(&in, &c->is_ca)) return false;
    if (der_more(&in)) {
        if (!c->is_ca) return der_refuse(&in, "RFC 5280 4.2.1.9: pathLenConstraint without cA");
        if (!der_get_uint(&in, &len)) return false;
        c->path_len = len < INT_MAX ? (int)len : INT_MAX;
    }
    return der_end(&in);
}

/* An address a client may fetch: http or https, visible ASCII only. */
static bool is_web_url(struct bytes url)
{
    static const char scheme[] = "https://";
    size_t n = 0;
    while (n < 4 && n < url.len && (url.p[n] | 0x20) == scheme[n]) n++;
    if (n != 4) return false;
    struct bytes rest = bytes_sub(url, 4, url.len);
    if (rest.len > 0 && (rest.p[0] | 0x20) == 's') rest = bytes_sub(rest, 1, rest.len);
    if (!bytes_starts(rest, bytes_str("://")) || rest.len == 3) return false;
    for (size_t i = 0; i < rest.len; i++) {
        if (rest.p[i] <= 0x20 || rest.p[i] >= 0x7f) return false;
    }
    return true;
}

/* A GeneralName; keeps the first uniformResourceIdentifier [6] that can be fetched. */
static bool get_url(struct der *d, struct bytes *first)
{
    uint8_t tag;
    struct bytes v;
    if (!der_get_any(d, &tag, &v, NULL)) return false;
    if (tag == DER_CONTEXT(6) && first && first->len == 0 && is_web_url(v)) *first = v;
    return true;
}

static bool read_info_access(struct der *d, struct cert *c)
{
    struct der in, description;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    if (!der_more(&in)) return der_refuse(&in, "RFC 5280 4.2.2.1: empty authorityInfoAccess");
    while (der_more(&in)) {
        struct bytes method;
        enum oid o;
        if (!der_get(&in, DER_SEQUENCE, &description) || !oid_get(&description, &method, &o))
            return false;
        struct bytes *url = o == OID_AD_OCSP         ? &c->ocsp_url
                            : o == OID_AD_CA_ISSUERS ? &c->ca_issuers_url
                                                     : NULL;
        if (!get_url(&description, url) || !der_end(&description)) return false;
    }
    return true;
}

/* DistributionPointName: [0] fullName or [1] nameRelativeToCRLIssuer. */
static bool read_point_name(struct der *d, struct cert *c)
{
    struct der names;
    bool full;
    if (!der_opt(d, DER_CONTEXT_CONS(0), &names, &full)) return false;
    if (!full) return der_get(d, DER_CONTEXT_CONS(1), &names) && der_end(d);
    while (der_more(&names)) {
        if (!get_url(&names, &c->crl_url)) return false;
    }
    return der_end(d);
}

static bool read_crl_points(struct der *d, struct cert *c)
{
    struct der in, point, name;
    bool named;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    if (!der_more(&in)) return der_refuse(&in, "RFC 5280 4.2.1.13: no distribution point");
    while (der_more(&in)) {
        if (!der_get(&in, DER_SEQUENCE, &point) ||
            !der_opt(&point, DER_CONTEXT_CONS(0), &name, &named) ||
            (named && !read_point_name(&name, c)))
            return false;
        while (der_more(&point)) { /* reasons, cRLIssuer */
            if (!der_get_any(&point, NULL, NULL, NULL)) return false;
        }
    }
    return true;
}

/* UserNotice, RFC 5280 4.2.1.4: { noticeRef OPTIONAL, explicitText DisplayText OPTIONAL }. */
static bool read_notice(struct der *d, struct cert *c)
{
    struct der in, ref;
    struct bytes text;
    uint8_t tag;
    bool present;
    if (!der_get(d, DER_SEQUENCE, &in) || !der_opt(&in, DER_SEQUENCE, &ref, &present)) return false;
    if (!der_more(&in)) return true;
    if (!der_get_any(&in, &tag, &text, NULL) || !der_end(&in)) return false;
    if (tag != DER_IA5_STRING && tag != DER_VISIBLE_STRING && tag != DER_BMP_STRING &&
        tag != DER_UTF8_STRING)
        return der_refuse(&in, "RFC 5280 4.2.1.4: explicitText is not a DisplayText");
    if (c->notice.len > 0) return true;
    c->notice = text;
    c->notice_tag = tag;
    return true;
}

static bool read_qualifier(struct der *d, struct cert *c)
{
    struct der in;
    struct bytes id, v;
    enum oid o;
    uint8_t tag;
    if (!der_get(d, DER_SEQUENCE, &in) || !oid_get(&in, &id, &o)) return false;
    if (o == OID_USER_NOTICE) return read_notice(&in, c) && der_end(&in);
    if (!der_get_any(&in, &tag, &v, NULL)) return false;
    if (o == OID_CPS && tag == DER_IA5_STRING && c->cps.len == 0) c->cps = v;
    return der_end(&in);
}

static bool read_policy(struct der *d, struct cert *c)
{
    struct der info, qualifiers;
    struct bytes id;
    bool present;
    if (!der_get(d, DER_SEQUENCE, &info) || !der_get_oid(&info, &id) ||
        !der_opt(&info, DER_SEQUENCE, &qualifiers, &present) || !der_end(&info))
        return false;
    if (!c->has_policies) c->policy = id;
    c->has_policies = true;
    while (present && der_more(&qualifiers)) {
        if (!read_qualifier(&qualifiers, c)) return false;
    }
    return true;
}

static bool read_policies(struct der *d, struct cert *c)
{
    struct der in;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    if (!der_more(&in)) return der_refuse(&in, "RFC 5280 4.2.1.4: empty certificatePolicies");
    c->policies = in.in;
    while (der_more(&in)) {
        if (!read_policy(&in, c)) return false;
    }
    return true;
}

/* RFC 3739 3.2.6.1: SemanticsInformation, where some issuers name the compliance statement. */
static void note_semantics(struct bytes info, struct cert *c)
{
    struct der d = der_of(info, NULL), in;
    struct bytes id;
    if (der_get(&d, DER_SEQUENCE, &in) && der_peek(&in, DER_OID) && der_get_oid(&in, &id) &&
        oid_is(id, OID_QC_COMPLIANCE))
        c->qc |= QC_COMPLIANCE;
}

static void note_statement(enum oid id, struct bytes info, struct cert *c)
{
    static const struct {
        enum oid id;
        unsigned flag;
    } flags[] = {{OID_QC_COMPLIANCE, QC_COMPLIANCE},
                 {OID_TR_NES, QC_TR_NES},
                 {OID_TR_ESEAL, QC_TR_ESEAL},
                 {OID_QC_SSCD, QC_SSCD},
                 {OID_QC_LIMIT_VALUE, QC_LIMIT}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (flags[i].id == id) c->qc |= flags[i].flag;
    }
    if (id == OID_QCS_PKIX_V2) note_semantics(info, c);
}

/* QCStatement, RFC 3739 3.2.6; statementInfo is whatever the statement says, a bare string too. */
static bool read_qc_statements(struct der *d, struct cert *c)
{
    struct der in, statement;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    while (der_more(&in)) {
        struct bytes content, info = {0};
        enum oid id;
        if (!der_get(&in, DER_SEQUENCE, &statement) || !oid_get(&statement, &content, &id))
            return false;
        if (der_more(&statement) && !der_get_any(&statement, NULL, NULL, &info)) return false;
        if (!der_end(&statement)) return false;
        note_statement(id, info, c);
    }
    return true;
}

typedef bool read_extension(struct der *d, struct cert *c);

/* Extensions this house reads. Those below it only knows of: they bind no signer. */
static read_extension *extension_reader(enum oid id, bool *known)
{
    *known = true;
    switch (id) {
    case OID_SUBJECT_KEY_ID:
        return read_subject_key_id;
    case OID_AUTHORITY_KEY_ID:
        return read_authority_key_id;
    case OID_KEY_USAGE:
        return read_key_usage;
    case OID_BASIC_CONSTRAINTS:
        return read_basic_constraints;
    case OID_CERTIFICATE_POLICIES:
        return read_policies;
    case OID_CRL_DISTRIBUTION_POINTS:
        return read_crl_points;
    case OID_AUTHORITY_INFO_ACCESS:
        return read_info_access;
    case OID_QC_STATEMENTS:
        return read_qc_statements;
    case OID_SUBJECT_ALT_NAME:
    case OID_EXT_KEY_USAGE:
        return NULL;
    default:
        *known = false;
        return NULL;
    }
}

/* Those of the table are bits, others are kept. */
struct seen {
    uint64_t known;
    struct bytes other[EXTENSIONS_MAX];
    size_t n_other;
};
_Static_assert(OID_COUNT <= 64, "struct seen has a bit for each row of the table");

/* RFC 5280 4.2: at most one instance of a particular extension. */
static bool note_seen(struct der *at, struct seen *seen, struct bytes content, enum oid id)
{
    if (id != OID_NONE) {
        if (seen->known >> id & 1) return der_refuse(at, "RFC 5280 4.2: extension twice");
        seen->known |= UINT64_C(1) << id;
        return true;
    }
    if (seen->n_other == EXTENSIONS_MAX) return der_refuse(at, "limit: more than 64 extensions");
    for (size_t i = 0; i < seen->n_other; i++) {
        if (bytes_eq(seen->other[i], content))
            return der_refuse(at, "RFC 5280 4.2: extension twice");
    }
    seen->other[seen->n_other++] = content;
    return true;
}

/* Extension ::= SEQUENCE { extnID, critical DEFAULT FALSE, extnValue OCTET STRING } */
static bool get_parts(struct der *d, struct bytes *content, enum oid *id, bool *critical,
                      struct der *value)
{
    struct der in;
    return der_get(d, DER_SEQUENCE, &in) && oid_get(&in, content, id) && opt_true(&in, critical) &&
           der_get(&in, DER_OCTET_STRING, value) && der_end(&in);
}

static bool get_extension(struct der *d, struct seen *seen, struct cert *c)
{
    struct der value;
    struct bytes content;
    enum oid id;
    bool critical, known;
    struct der at = *d;
    if (!get_parts(d, &content, &id, &critical, &value) || !note_seen(&at, seen, content, id))
        return false;
    read_extension *reader = extension_reader(id, &known);
    if (critical && !known) c->unknown_critical = true;
    return !reader || (reader(&value, c) && der_end(&value));
}

bool certext_read(struct der *d, struct cert *c)
{
    struct der wrapped, in;
    struct seen seen;
    seen.known = 0;
    seen.n_other = 0;
    if (!der_get(d, DER_CONTEXT_CONS(3), &wrapped) || !der_get(&wrapped, DER_SEQUENCE, &in) ||
        !der_end(&wrapped))
        return false;
    if (!der_more(&in)) return der_refuse(&in, "RFC 5280 4.1.2.9: empty extensions");
    c->extensions = in.in;
    while (der_more(&in)) {
        if (!get_extension(&in, &seen, c)) return false;
    }
    return true;
}

bool certext_find(const struct cert *c, enum oid id, bool *critical, struct bytes *value)
{
    struct der d = der_of(c->extensions, NULL), found;
    struct bytes content;
    enum oid one;
    while (der_more(&d)) {
        if (!get_parts(&d, &content, &one, critical, &found)) return false;
        if (one != id) continue;
        *value = found.in;
        return true;
    }
    return false;
}
