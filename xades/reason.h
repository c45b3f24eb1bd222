/* SPDX-License-Identifier: MIT */
/*
 * reason: everything a verification can say against a signature. Inside the xades floor only.
 *
 * What: one table: slug, what it does to the indication (ETSI EN 319 102-1 table 5), clause, and a
 *       sentence in Turkish and in English. Notes change no indication.
 * Use:  reason_add(report, REASON_REFERENCE_DIGEST, "#data-1");
 */
#ifndef XADES_REASON_H
#define XADES_REASON_H

#include "xades/verify.h"

enum reason {
    REASON_NONE = 0, /* nothing to say */
    /* TOTAL-FAILED */
    REASON_STRUCTURE,
    REASON_DUPLICATE_ID,
    REASON_REFERENCE_MALFORMED,
    REASON_TOO_MANY_REFERENCES,
    REASON_QUALIFYING,
    REASON_NOT_COVERED,
    REASON_REFERENCE_DIGEST,
    REASON_BASE64,
    REASON_VALUE_MALFORMED,
    REASON_VALUE_WRONG,
    REASON_STAMP_MALFORMED,
    REASON_STAMP_IMPRINT,
    REASON_STAMP_BROKEN,
    REASON_COUNTERSIGNED,
    REASON_COUNTER_MALFORMED,
    /* INDETERMINATE */
    REASON_NOT_FOUND,
    REASON_REMOTE,
    REASON_URI,
    REASON_TRANSFORM,
    REASON_ENVELOPED,
    REASON_CANONICAL,
    REASON_PART_ONLY,
    REASON_MANIFEST,
    REASON_NO_DATA,
    REASON_WORK,
    REASON_WEAK,
    REASON_SHA1,
    REASON_UNKNOWN_ALGORITHM,
    REASON_KEY_MISFIT,
    REASON_NOT_XADES,
    REASON_NO_SIGNING_CERTIFICATE,
    REASON_NO_CERTIFICATE,
    REASON_CERTIFICATE_MALFORMED,
    REASON_CERTIFICATE_MISMATCH,
    REASON_ISSUER_SERIAL,
    REASON_PROPERTY,
    REASON_OBJECT_REFERENCE,
    REASON_MIXED_VERSIONS,
    REASON_OLD_PROPERTY,
    REASON_POLICY,
    REASON_POLICY_HASH,
    REASON_BTK_MISSING,
    REASON_BTK_FORBIDDEN,
    REASON_BTK_STAMP_TIME,
    REASON_NO_CHAIN,
    REASON_NO_REVOCATION,
    REASON_REVOKED,
    REASON_CA_REVOKED,
    REASON_EXPIRED,
    REASON_NOT_YET_VALID,
    REASON_CHAIN_CONSTRAINTS,
    REASON_NQ_COMPLIANCE,
    REASON_NQ_STATEMENT,
    REASON_NQ_NON_REPUDIATION,
    REASON_NQ_NOTICE,
    /* notes */
    REASON_ISSUER_MISSING,
    REASON_ISSUER_ADDRESS,
    REASON_EXPIRED_SINCE,
    REASON_REVOKED_SINCE,
    REASON_SHA1_SINCE,
    REASON_TIME_STAMP,
    REASON_STAMP_UNCLEAR,
    REASON_STAMP_WEAK,
    REASON_STAMP_CERTIFICATE,
    REASON_STAMP_UNTRUSTED,
    REASON_MORE_STAMPS,
    REASON_BTK_LATER,
    REASON_COUNTER_SIGNATURE,
    REASON_COUNTERSIGNED_IS,
    REASON_OLD_TYPE,
    REASON_OLD_VERSION,
    REASON_LEVEL,
    REASON_MORE_DATA,
    REASON_COUNT
};

/* reason_add notes a reason; `detail` (what it is about: a URI, a name; cut and made plain) may be
 * NULL. The indication and its sub-indication are those of the first of the worst reasons. */
void reason_add(struct xades_signature_report *r, enum reason why, const char *detail);
void reason_add_view(struct xades_signature_report *r, enum reason why, struct bytes detail);

#endif
