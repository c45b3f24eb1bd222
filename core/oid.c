/* SPDX-License-Identifier: MIT */
#include "core/oid.h"

/* Arcs that several rows share. */
#define TR        0x60, 0x86, 0x18, 0x01, 0x3d, 0x00, 0x01, 0xa7, 0x4e /* 2.16.792.1.61.0.1.5070 */
#define PKIX      0x2b, 0x06, 0x01, 0x05, 0x05, 0x07                   /* 1.3.6.1.5.5.7 */
#define PKCS      0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01             /* 1.2.840.113549.1 */
#define X962      0x2a, 0x86, 0x48, 0xce, 0x3d                         /* 1.2.840.10045 */
#define NIST_HASH 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04             /* 2.16.840.1.101.3.4 */
#define PILOT     0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64       /* 0.9.2342.19200300.100 */
#define ETSI_QCS  0x04, 0x00, 0x8e, 0x46                               /* 0.4.0.1862 */

/* X(row, name, (all content octets but the last two), last but one, last) */
#define OID_ROWS(X)                                                                                \
    X(OID_RSA_ENCRYPTION, "RSA", (PKCS), 0x01, 0x01)                                               \
    X(OID_RSA_PSS, "RSA-PSS", (PKCS), 0x01, 0x0a)                                                  \
    X(OID_RSA_SHA1, "RSA-SHA1", (PKCS), 0x01, 0x05)                                                \
    X(OID_RSA_SHA256, "RSA-SHA256", (PKCS), 0x01, 0x0b)                                            \
    X(OID_RSA_SHA384, "RSA-SHA384", (PKCS), 0x01, 0x0c)                                            \
    X(OID_RSA_SHA512, "RSA-SHA512", (PKCS), 0x01, 0x0d)                                            \
    X(OID_EC_PUBLIC_KEY, "EC", (X962), 0x02, 0x01)                                                 \
    X(OID_ECDSA_SHA256, "ECDSA-SHA256", (X962, 0x04), 0x03, 0x02)                                  \
    X(OID_ECDSA_SHA384, "ECDSA-SHA384", (X962, 0x04), 0x03, 0x03)                                  \
    X(OID_ECDSA_SHA512, "ECDSA-SHA512", (X962, 0x04), 0x03, 0x04)                                  \
    X(OID_P256, "P-256", (X962, 0x03), 0x01, 0x07)                                                 \
    X(OID_P384, "P-384", (0x2b, 0x81, 0x04), 0x00, 0x22)                                           \
    X(OID_P521, "P-521", (0x2b, 0x81, 0x04), 0x00, 0x23)                                           \
    X(OID_SHA1, "SHA-1", (0x2b, 0x0e, 0x03), 0x02, 0x1a)                                           \
    X(OID_SHA256, "SHA-256", (NIST_HASH), 0x02, 0x01)                                              \
    X(OID_SHA384, "SHA-384", (NIST_HASH), 0x02, 0x02)                                              \
    X(OID_SHA512, "SHA-512", (NIST_HASH), 0x02, 0x03)                                              \
    X(OID_COMMON_NAME, "CN", (0x55), 0x04, 0x03)                                                   \
    X(OID_SURNAME, "SN", (0x55), 0x04, 0x04)                                                       \
    X(OID_SERIAL_NUMBER, "serialNumber", (0x55), 0x04, 0x05)                                       \
    X(OID_COUNTRY, "C", (0x55), 0x04, 0x06)                                                        \
    X(OID_LOCALITY, "L", (0x55), 0x04, 0x07)                                                       \
    X(OID_STATE, "ST", (0x55), 0x04, 0x08)                                                         \
    X(OID_STREET, "STREET", (0x55), 0x04, 0x09)                                                    \
    X(OID_ORGANIZATION, "O", (0x55), 0x04, 0x0a)                                                   \
    X(OID_ORGANIZATIONAL_UNIT, "OU", (0x55), 0x04, 0x0b)                                           \
    X(OID_TITLE, "title", (0x55), 0x04, 0x0c)                                                      \
    X(OID_GIVEN_NAME, "GN", (0x55), 0x04, 0x2a)                                                    \
    X(OID_EMAIL, "emailAddress", (PKCS), 0x09, 0x01)                                               \
    X(OID_DOMAIN_COMPONENT, "DC", (PILOT), 0x01, 0x19)                                             \
    X(OID_USER_ID, "UID", (PILOT), 0x01, 0x01)                                                     \
    X(OID_SUBJECT_KEY_ID, "subjectKeyIdentifier", (0x55), 0x1d, 0x0e)                              \
    X(OID_KEY_USAGE, "keyUsage", (0x55), 0x1d, 0x0f)                                               \
    X(OID_SUBJECT_ALT_NAME, "subjectAltName", (0x55), 0x1d, 0x11)                                  \
    X(OID_BASIC_CONSTRAINTS, "basicConstraints", (0x55), 0x1d, 0x13)                               \
    X(OID_CRL_DISTRIBUTION_POINTS, "cRLDistributionPoints", (0x55), 0x1d, 0x1f)                    \
    X(OID_CERTIFICATE_POLICIES, "certificatePolicies", (0x55), 0x1d, 0x20)                         \
    X(OID_AUTHORITY_KEY_ID, "authorityKeyIdentifier", (0x55), 0x1d, 0x23)                          \
    X(OID_EXT_KEY_USAGE, "extKeyUsage", (0x55), 0x1d, 0x25)                                        \
    X(OID_AUTHORITY_INFO_ACCESS, "authorityInfoAccess", (PKIX), 0x01, 0x01)                        \
    X(OID_QC_STATEMENTS, "qcStatements", (PKIX), 0x01, 0x03)                                       \
    X(OID_CPS, "CPS", (PKIX), 0x02, 0x01)                                                          \
    X(OID_USER_NOTICE, "userNotice", (PKIX), 0x02, 0x02)                                           \
    X(OID_AD_OCSP, "OCSP", (PKIX), 0x30, 0x01)                                                     \
    X(OID_AD_CA_ISSUERS, "caIssuers", (PKIX), 0x30, 0x02)                                          \
    X(OID_QC_COMPLIANCE, "QcCompliance", (ETSI_QCS), 0x01, 0x01)                                   \
    X(OID_QC_LIMIT_VALUE, "QcLimitValue", (ETSI_QCS), 0x01, 0x02)                                  \
    X(OID_QC_SSCD, "QcSSCD", (ETSI_QCS), 0x01, 0x04)                                               \
    X(OID_QC_TYPE, "QcType", (ETSI_QCS), 0x01, 0x06)                                               \
    X(OID_QCS_PKIX_V2, "pkixQCSyntax-v2", (PKIX), 0x0b, 0x02)                                      \
    X(OID_TR_NES, "NES", (TR), 0x01, 0x01)                                                         \
    X(OID_TR_ESEAL, "e-mühür", (TR), 0x02, 0x01)                                                   \
    X(OID_SIGNED_DATA, "signedData", (PKCS), 0x07, 0x02)                                           \
    X(OID_TST_INFO, "TSTInfo", (PKCS, 0x09, 0x10), 0x01, 0x04)                                     \
    X(OID_CONTENT_TYPE, "contentType", (PKCS), 0x09, 0x03)                                         \
    X(OID_MESSAGE_DIGEST, "messageDigest", (PKCS), 0x09, 0x04)                                     \
    X(OID_ESS_CERT, "signingCertificate", (PKCS, 0x09, 0x10), 0x02, 0x0c)                          \
    X(OID_ESS_CERT_V2, "signingCertificateV2", (PKCS, 0x09, 0x10), 0x02, 0x2f)                     \
    X(OID_KP_TIME_STAMPING, "timeStamping", (PKIX), 0x03, 0x08)                                    \
    X(OID_TR_P2, "P2", (TR, 0x03), 0x01, 0x01)                                                     \
    X(OID_TR_P3, "P3", (TR, 0x03), 0x02, 0x01)                                                     \
    X(OID_TR_P4, "P4", (TR, 0x03), 0x03, 0x01)

#define CONTENT_MAX                15
#define LIST(...)                  __VA_ARGS__
#define LENGTH(head, second, last) sizeof((uint8_t[]){LIST head, second, last})

static const struct {
    const char *name;
    uint8_t len;
    uint8_t content[CONTENT_MAX];
} rows[OID_COUNT] = {[OID_NONE] = {.name = ""},
#define ROW(row, label, head, second, last)                                                        \
    [row] = {label, LENGTH(head, second, last), {LIST head, second, last}},
                     OID_ROWS(ROW)
#undef ROW
};

/* A perfect hash of the length and the last two octets. Two rows in one slot are a compiler
 * error (-Woverride-init): then choose other factors. */
#define SLOT(len, second, last) (((last)*131u + (second)*204u + (len)*149u) & 255u)
static const uint8_t slots[256] = {
#define AT(row, label, head, second, last) [SLOT(LENGTH(head, second, last), second, last)] = row,
    OID_ROWS(AT)
#undef AT
};

/* Two loads that overlap cover every length; 2 ≤ n ≤ 16. */
static bool same_octets(const uint8_t *a, const uint8_t *b, size_t n)
{
    uint64_t a8, b8, c8, d8;
    uint32_t a4, b4, c4, d4;
    uint16_t a2, b2, c2, d2;
    if (n >= 8) {
        memcpy(&a8, a, 8), memcpy(&b8, b, 8), memcpy(&c8, a + n - 8, 8), memcpy(&d8, b + n - 8, 8);
        return a8 == b8 && c8 == d8;
    }
    if (n >= 4) {
        memcpy(&a4, a, 4), memcpy(&b4, b, 4), memcpy(&c4, a + n - 4, 4), memcpy(&d4, b + n - 4, 4);
        return a4 == b4 && c4 == d4;
    }
    memcpy(&a2, a, 2), memcpy(&b2, b, 2), memcpy(&c2, a + n - 2, 2), memcpy(&d2, b + n - 2, 2);
    return a2 == b2 && c2 == d2;
}

enum oid oid_of(struct bytes content)
{
    size_t n = content.len;
    if (n < 2 || n > CONTENT_MAX) return OID_NONE;
    enum oid o = (enum oid)slots[SLOT(n, content.p[n - 2], content.p[n - 1])];
    return rows[o].len == n && same_octets(rows[o].content, content.p, n) ? o : OID_NONE;
}

/* An OID that is in the table is well-formed; only others need the octet by octet check. */
bool oid_get(struct der *d, struct bytes *content, enum oid *id)
{
    const uint8_t *start = d->in.p;
    size_t len = d->in.len;
    if (!der_get_bytes(d, DER_OID, content)) return false;
    *id = oid_of(*content);
    if (*id != OID_NONE) return true;
    d->in = bytes_of(start, len);
    return der_get_oid(d, content);
}

struct bytes oid_content(enum oid o)
{
    return bytes_of(rows[o].content, rows[o].len);
}

const char *oid_name(enum oid o)
{
    return rows[o].name;
}

/* One subidentifier (X.690 8.19.2): base 128, no leading 80 octet, here at most 64 bits. */
static bool take_arc(struct bytes *in, uint64_t *arc)
{
    uint64_t v = 0;
    for (size_t i = 0; i < in->len; i++) {
        uint8_t octet = in->p[i];
        if ((i == 0 && octet == 0x80) || v >> 57) return false;
        v = v << 7 | (octet & 0x7f);
        if (octet < 0x80) {
            *in = bytes_sub(*in, i + 1, in->len);
            *arc = v;
            return true;
        }
    }
    return false;
}

bool oid_text(struct buf *out, struct bytes content)
{
    size_t before = out->len;
    uint64_t v;
    if (!take_arc(&content, &v)) return false;
    uint64_t root = v < 80 ? v / 40 : 2;
    buf_fmt(out, "%u.%llu", (unsigned)root, (unsigned long long)(v - root * 40));
    while (content.len > 0) {
        if (!take_arc(&content, &v)) {
            buf_cut(out, before);
            return false;
        }
        buf_fmt(out, ".%llu", (unsigned long long)v);
    }
    return buf_ok(out);
}

static bool read_number(struct bytes *in, uint64_t *out)
{
    uint64_t v = 0;
    size_t i = 0;
    for (; i < in->len && in->p[i] >= '0' && in->p[i] <= '9'; i++) {
        if (i > 0 && v == 0) return false; /* 01 */
        if (__builtin_mul_overflow(v, 10u, &v) ||
            __builtin_add_overflow(v, (uint64_t)(in->p[i] - '0'), &v))
            return false;
    }
    if (i == 0) return false;
    *in = bytes_sub(*in, i, in->len);
    *out = v;
    return true;
}

static bool next_arc(struct bytes *in, uint64_t *out)
{
    if (in->len == 0 || in->p[0] != '.') return false;
    *in = bytes_sub(*in, 1, in->len);
    return read_number(in, out);
}

static void put_arc(struct buf *out, uint64_t v)
{
    uint8_t octets[10];
    size_t at = sizeof octets;
    octets[--at] = (uint8_t)(v & 0x7f);
    while (v >>= 7) octets[--at] = (uint8_t)(0x80 | (v & 0x7f));
    buf_add(out, bytes_of(octets + at, sizeof octets - at));
}

bool oid_from_text(struct buf *out, struct bytes text)
{
    size_t before = out->len;
    uint64_t root, v;
    if (!read_number(&text, &root) || !next_arc(&text, &v)) return false;
    if (root > 2 || (root < 2 && v > 39) || v > UINT64_MAX - 80) return false;
    put_arc(out, root * 40 + v);
    while (text.len > 0) {
        if (!next_arc(&text, &v)) {
            buf_cut(out, before);
            return false;
        }
        put_arc(out, v);
    }
    return buf_ok(out);
}
