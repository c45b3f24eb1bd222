/* SPDX-License-Identifier: MIT */
/*
 * oid: the object identifiers this house knows, by their DER content octets.
 *
 * What: one table: name → content octets and a short name for people.
 * Use:  oid_is(view, OID_QC_COMPLIANCE); oid_text(&buf, view) for dotted decimal.
 */
#ifndef CORE_OID_H
#define CORE_OID_H

#include "core/buf.h"
#include "core/der.h"

enum oid {
    OID_NONE = 0,
    /* public keys and signature algorithms */
    OID_RSA_ENCRYPTION,
    OID_RSA_PSS,
    OID_RSA_SHA1,
    OID_RSA_SHA256,
    OID_RSA_SHA384,
    OID_RSA_SHA512,
    OID_EC_PUBLIC_KEY,
    OID_ECDSA_SHA256,
    OID_ECDSA_SHA384,
    OID_ECDSA_SHA512,
    OID_P256,
    OID_P384,
    OID_P521,
    OID_SHA1,
    OID_SHA256,
    OID_SHA384,
    OID_SHA512,
    /* names */
    OID_COMMON_NAME,
    OID_SURNAME,
    OID_SERIAL_NUMBER,
    OID_COUNTRY,
    OID_LOCALITY,
    OID_STATE,
    OID_STREET,
    OID_ORGANIZATION,
    OID_ORGANIZATIONAL_UNIT,
    OID_TITLE,
    OID_GIVEN_NAME,
    OID_EMAIL,
    OID_DOMAIN_COMPONENT,
    OID_USER_ID,
    /* extensions */
    OID_SUBJECT_KEY_ID,
    OID_KEY_USAGE,
    OID_SUBJECT_ALT_NAME,
    OID_BASIC_CONSTRAINTS,
    OID_CRL_DISTRIBUTION_POINTS,
    OID_CERTIFICATE_POLICIES,
    OID_AUTHORITY_KEY_ID,
    OID_EXT_KEY_USAGE,
    OID_AUTHORITY_INFO_ACCESS,
    OID_QC_STATEMENTS,
    OID_CPS,
    OID_USER_NOTICE,
    OID_AD_OCSP,
    OID_AD_CA_ISSUERS,
    /* qualified certificate statements */
    OID_QC_COMPLIANCE,  /* 0.4.0.1862.1.1 */
    OID_QC_LIMIT_VALUE, /* 0.4.0.1862.1.2 */
    OID_QC_SSCD,        /* 0.4.0.1862.1.4 */
    OID_QC_TYPE,        /* 0.4.0.1862.1.6 */
    OID_QCS_PKIX_V2,    /* 1.3.6.1.5.5.7.11.2 */
    OID_TR_NES,         /* 2.16.792.1.61.0.1.5070.1.1 */
    OID_TR_ESEAL,       /* 2.16.792.1.61.0.1.5070.2.1 */
    /* time stamps: RFC 3161, RFC 5652, RFC 5035 */
    OID_SIGNED_DATA,
    OID_TST_INFO,
    OID_CONTENT_TYPE,
    OID_MESSAGE_DIGEST,
    OID_ESS_CERT,
    OID_ESS_CERT_V2,
    OID_KP_TIME_STAMPING,
    /* Turkish signature policies */
    OID_TR_P2,
    OID_TR_P3,
    OID_TR_P4,
    OID_COUNT
};

/* oid_of finds the row whose content octets are these; OID_NONE when unknown. */
enum oid oid_of(struct bytes content);
static inline bool oid_is(struct bytes content, enum oid o)
{
    return oid_of(content) == o;
}

/* oid_get takes an OBJECT IDENTIFIER off the front of *d: its content octets and its row. */
bool oid_get(struct der *d, struct bytes *content, enum oid *id);

/* oid_content gives the content octets of a row; oid_name its short name ("CN",
 * "nonRepudiation"-style names are not here; "" when it has none). Static storage. */
struct bytes oid_content(enum oid o);
const char *oid_name(enum oid o);

/* oid_text appends dotted decimal; false for content that is not an OID or has an arc over 64 bits.
 */
bool oid_text(struct buf *out, struct bytes content);

/* oid_from_text appends the content octets of dotted decimal text. False when malformed. */
bool oid_from_text(struct buf *out, struct bytes text);

#endif
