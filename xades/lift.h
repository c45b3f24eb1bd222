/* SPDX-License-Identifier: MIT */
/*
 * lift: raises a finished signature to a higher level, ours or another maker's.
 *
 * What: adds unsigned properties by splicing octets in: of what was there before not one octet
 *       changes. A SignatureTimeStamp (level T: B-T, and what P2 to P4 begin with), the validation
 *       data (B-LT), a SigAndRefsTimeStamp (X), an ArchiveTimeStamp (B-LTA), again and again.
 * Not:  the network: what is to be stamped is handed out, token and data are handed in. Nor which
 *       data prove what: all that is handed in is written.
 * Use:  xades_lift_imprint(&t, DIGEST_SHA256, &imprint, &why); …ask a TSA…
 *       xades_lift_stamp(&t, token, &file, &why);
 */
#ifndef XADES_LIFT_H
#define XADES_LIFT_H

#include "core/digest.h"
#include "xades/proof.h"
#include "xades/verify.h"

enum xades_lift_stamp { XADES_LIFT_SIGNATURE, XADES_LIFT_REFS, XADES_LIFT_ARCHIVE };

struct xades_lift {
    struct bytes file;
    size_t which; /* of its signatures in document order, from 0 */
    enum xades_lift_stamp stamp;
    const struct xades_detached *detached; /* an ArchiveTimeStamp is on the documents too */
    size_t n_detached;
    unsigned max_xml_depth;
    size_t max_xml_octets;
};

/* xades_lift_imprint: what the stamp is on (imprint.h), in C14N 1.0, which needs no method to be
 * named. Errors: XML_REJECTED, SIGNATURE_MALFORMED (no such signature, not XAdES, or a document
 * that an archive needs is missing or another), STORAGE_FULL. */
err_t xades_lift_imprint(const struct xades_lift *t, enum digest_alg alg, struct digest *out,
                         struct xades_why *why);

/* xades_lift_stamp appends the file with that token (DER) behind the unsigned properties that are
 * there. TSA_REJECTED: the token is none, is on something else, or its own signature is wrong.
 * Other errors as above. *out is untouched on error. */
err_t xades_lift_stamp(const struct xades_lift *t, struct bytes token, struct buf *out,
                       struct xades_why *why);

/* What values are about decides where they go. */
enum xades_lift_values_of {
    XADES_LIFT_OF_SIGNER, /* CertificateValues and RevocationValues (EN 319 132-1 5.4); in a
                           * TimeStampValidationData when there are RevocationValues already */
    XADES_LIFT_OF_STAMP,  /* a TimeStampValidationData (5.5.1) behind the stamp */
};

/* xades_lift_values appends the file with these, each left out when there are none. Errors as
 * xades_lift_imprint's, and INVALID_FIELD: there is nothing to add. */
err_t xades_lift_values(const struct xades_lift *t, enum xades_lift_values_of of,
                        const struct chain_values *values, struct buf *out, struct xades_why *why);

/* xades_lift_refs appends the file with CompleteCertificateRefs and CompleteRevocationRefs of these
 * (refs.h). Errors: as above. */
err_t xades_lift_refs(const struct xades_lift *t, const struct chain_values *values,
                      struct buf *out, struct xades_why *why);

/* What xades_lift_prove goes by. */
struct xades_proving {
    const struct trust *trust;
    const struct chain_values *fetched; /* beside those of the folder and the file; NULL: none */
    struct proof_rules rules;           /* of the signer's chain; of a stamp's anything will do */
    utc_t at;
};

struct xades_proofs {
    struct proof signer, stamps;
};
void xades_proofs_free(struct xades_proofs *p);
OWN(xades_proofs)

/* xades_lift_prove gathers what proves good, at that time, the signer's certificate (as the report
 * names it) and, apart, those of all the signature's stamps. *wants (NULL: nobody asks) gets what
 * would mend or better it. REVOCATION_UNAVAILABLE, CERTIFICATE_REVOKED, _EXPIRED, _NOT_YET_VALID,
 * _UNTRUSTED: of one that cannot be. Other errors as xades_lift_imprint's. */
err_t xades_lift_prove(const struct xades_lift *t, struct bytes signer,
                       const struct xades_proving *how, struct xades_proofs *out,
                       struct wants *wants, struct xades_why *why);

/* xades_prove_certificate is the same for a certificate that has not signed yet. */
err_t xades_prove_certificate(struct bytes signer, const struct xades_proving *how,
                              struct proof *out, struct wants *wants, struct xades_why *why);

#endif
