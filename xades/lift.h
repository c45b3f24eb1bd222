/* SPDX-License-Identifier: MIT */
/*
 * lift: raises a finished signature to a higher level, ours or another maker's.
 *
 * What: adds unsigned properties by splicing octets in: of what was there before not one octet
 *       changes. Level T (B-T, and what P2 to P4 begin with): a SignatureTimeStamp.
 * Not:  the network: what is to be stamped is handed out, the token is handed in.
 * Use:  xades_lift_imprint(&t, DIGEST_SHA256, &imprint, &why); …ask a TSA…
 *       xades_lift_stamp(&t, token, &file, &why);
 */
#ifndef XADES_LIFT_H
#define XADES_LIFT_H

#include "core/digest.h"
#include "xades/verify.h"

struct xades_lift {
    struct bytes file;
    size_t which; /* of its signatures in document order, from 0 */
    unsigned max_xml_depth;
    size_t max_xml_octets;
};

/* xades_lift_imprint: what a SignatureTimeStamp is on (EN 319 132-1 5.3): the canonical
 * ds:SignatureValue, by C14N 1.0, which needs no method to be named. Errors: XML_REJECTED,
 * SIGNATURE_MALFORMED (no such signature, or not XAdES), STORAGE_FULL. */
err_t xades_lift_imprint(const struct xades_lift *t, enum digest_alg alg, struct digest *out,
                         struct xades_why *why);

/* xades_lift_stamp appends the file with that token (DER) as a SignatureTimeStamp behind the
 * unsigned properties that are there. TSA_REJECTED: the token is none, is on something else, or its
 * own signature is wrong. Other errors as above. *out is untouched on error. */
err_t xades_lift_stamp(const struct xades_lift *t, struct bytes token, struct buf *out,
                       struct xades_why *why);

#endif
