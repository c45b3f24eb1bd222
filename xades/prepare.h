/* SPDX-License-Identifier: MIT */
/*
 * prepare: documents in, bytes to sign out; signature in, signed XML out.
 *
 * What: xades_prepare makes SignedProperties and SignedInfo, canonical by construction
 *       (C14N 1.0 inclusive), hashed as they are written; xades_finish sets the signature in.
 * Not:  a signer, a socket or a clock: the time and the random id are arguments, and a person
 *       may think for minutes between the two calls.
 * Use:  xades_prepare(&req, &job, &why); sign job's SignedInfo; xades_finish(job, sig, &out).
 *       Or, for a signature that must outlive this process: xades_frame before it, xades_fill
 *       after.
 *
 * Clauses: XMLDSig 1.1 4.4; ETSI EN 319 132-1 5.2, 6.3; TS 101 903 7.2; BTK guide table 1 (P1).
 */
#ifndef XADES_PREPARE_H
#define XADES_PREPARE_H

#include "core/err.h"
#include "core/pubkey.h"
#include "core/utc.h"
#include "xades/profile.h"

#define XADES_MAX_DOCUMENTS 64
#define XADES_MAX_RESULT    (512u << 20) /* octets of a finished signature file */

struct xades_document {
    struct bytes name;    /* UTF-8; the URI of a detached reference, percent-encoded by us */
    struct bytes mime;    /* "application/xml": DataObjectFormat/MimeType */
    struct bytes content; /* must outlive the job; unused when digest_only */
    bool digest_only;     /* detached only */
    struct digest digest; /* digest_only: what the caller gave */
    const struct digest
        *known; /* a digest of content made earlier with the algorithm wanted, or NULL */
};

struct xades_request {
    enum xades_profile profile;
    enum xades_packaging packaging;
    enum xades_commitment commitment;
    enum sig_alg alg;
    const struct xades_document *documents;
    size_t n_documents;       /* 1…64; enveloped: exactly 1 */
    struct bytes certificate; /* the signer's, DER; must outlive the job */
    utc_t signing_time;
    int utc_offset_minutes; /* how SigningTime is written; Turkish verifiers want +03:00 */
    uint8_t id[16];         /* random: makes the Ids of this signature unique */
    unsigned max_xml_depth; /* of an enveloped document, ≤ 256 */
    size_t max_xml_octets;
};

/* Why an input was refused: clause and position, for detail texts and `onay inspect`. */
struct xades_why {
    char clause[160]; /* "" when nothing was refused */
};

struct xades_job;

/* xades_prepare errors: XML_REJECTED (enveloped document, or one whose media type is XML and that
 * is not well-formed, has a DTD, is too deep or too large), CERTIFICATE_MALFORMED, INVALID_FIELD (a
 * shape that cannot be: several documents enveloped, digest without detached, algorithm and key
 * that do not fit), STORAGE_FULL, INTERNAL. */
err_t xades_prepare(const struct xades_request *r, struct xades_job **out, struct xades_why *why);
void xades_job_free(struct xades_job *j);
OWN_PTR(xades_job)

/* The canonical SignedInfo, and its digest under the request's algorithm: what is signed. */
struct bytes xades_signed_info(const struct xades_job *j);
const struct digest *xades_signed_info_digest(const struct xades_job *j);

/* One entry per ds:Reference in order (SignedProperties first): the very octets that were hashed.
 * A document's own content comes back as the same view that was given. */
enum xades_reference_kind {
    XADES_REF_SIGNED_PROPERTIES,
    XADES_REF_DOCUMENT,  /* octets are documents[document].content itself */
    XADES_REF_CANONICAL, /* octets are the canonical form, owned by the job */
    XADES_REF_DIGEST_ONLY,
};
struct xades_reference {
    enum xades_reference_kind kind;
    size_t document; /* index into the request's documents */
    struct bytes octets;
    struct digest digest;
};
size_t xades_n_references(const struct xades_job *j);
const struct xades_reference *xades_reference_at(const struct xades_job *j, size_t i);

/* xades_finish appends the signed file to `out` after checking the signature value against the
 * request's certificate. May be called again. Errors: CARD_ERROR (the signature does not verify),
 * STORAGE_FULL. */
err_t xades_finish(struct xades_job *j, struct bytes signature, struct buf *out);

/* xades_frame appends that file without its value, which goes `*hole` octets behind where the
 * appending began. xades_fill appends a frame with a value in it: what xades_finish would have
 * made, but unchecked. For who has to survive what happens in between. Errors: STORAGE_FULL (also
 * for a hole that is not within the frame). */
err_t xades_frame(const struct xades_job *j, struct buf *out, size_t *hole);
err_t xades_fill(struct bytes frame, size_t hole, struct bytes signature, struct buf *out);

#endif
