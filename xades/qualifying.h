/* SPDX-License-Identifier: MIT */
/*
 * qualifying: the QualifyingProperties of one signature, as written. Inside the xades floor only.
 *
 * What: EN 319 132-1 4.4 and 5.2 read into views of the tree; unsigned properties as a set of what
 *       is there.
 * Not:  whether the signature covers them (verify.c does that by node, not by name).
 */
#ifndef XADES_QUALIFYING_H
#define XADES_QUALIFYING_H

#include <libxml/tree.h>

#include "core/buf.h"
#include "core/cert.h"
#include "xades/reason.h"
#include "xades/version.h"

enum unsigned_property {
    UP_SIGNATURE_TIME_STAMP = 1 << 0,
    UP_CERTIFICATE_REFS = 1 << 1,
    UP_REVOCATION_REFS = 1 << 2,
    UP_REFS_TIME_STAMP = 1 << 3, /* SigAndRefsTimeStamp */
    UP_REFS_ONLY_STAMP = 1 << 4,
    UP_CERTIFICATE_VALUES = 1 << 5,
    UP_REVOCATION_VALUES = 1 << 6,
    UP_ARCHIVE_TIME_STAMP = 1 << 7,
    UP_STAMP_VALIDATION_DATA = 1 << 8, /* TimeStampValidationData, AnyValidationData */
    /* any of these */
    UP_REFS = UP_CERTIFICATE_REFS | UP_REVOCATION_REFS | UP_REFS_TIME_STAMP | UP_REFS_ONLY_STAMP,
    UP_VALUES = UP_CERTIFICATE_VALUES | UP_REVOCATION_VALUES,
};

struct qualifying {
    enum version version;
    bool mixed; /* elements of another version stand in it */
    const xmlNode *node, *signed_properties;
    const xmlNode *certificates_v1, *certificates_v2; /* SigningCertificate, …V2 */
    const xmlNode *policy;                            /* SignaturePolicyIdentifier */
    bool has_time, bad_time, repeated;
    bool content_time_stamp;
    utc_t time;
    const xmlNode *data_properties;    /* SignedDataObjectProperties */
    unsigned unsigned_set;             /* UP_ bits */
    const xmlNode *unsigned_signature; /* UnsignedSignatureProperties */
};

/* qualifying_read finds and reads those of a ds:Signature. REASON_NOT_XADES when there are none;
 * REASON_QUALIFYING when there are several, in the wrong place, with another Target, or when the
 * signature holds a second SignedProperties anywhere. */
enum reason qualifying_read(const xmlNode *signature, struct qualifying *out);

/* qualifying_names_certificate compares the first Cert of SigningCertificate or …V2, which must be
 * there, with a certificate: REASON_NONE, _CERTIFICATE_MISMATCH (digest), _ISSUER_SERIAL, _WEAK,
 * _UNKNOWN_ALGORITHM, _NO_SIGNING_CERTIFICATE (malformed). *sha1 is set when the digest is one of
 * SHA-1. */
enum reason qualifying_names_certificate(const struct qualifying *q, bool v2, const struct cert *c,
                                         bool *sha1);

#endif
