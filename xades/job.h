/* SPDX-License-Identifier: MIT */
/*
 * job: a signature between xades_prepare and xades_finish. Inside the xades floor only.
 *
 * What: what was written and hashed so far, what finish.c needs of the request, and how the parts
 *       of one signature are named and opened.
 */
#ifndef XADES_JOB_H
#define XADES_JOB_H

#include "xades/envelope.h"
#include "xades/prepare.h"

#define JOB_MAX_PROPERTIES  (1u << 20) /* octets of SignedProperties */
#define JOB_MAX_SIGNED_INFO 65536u     /* octets: what the card's side takes */

/* A part that is signed: its canonical octets. The xml: attributes it inherits as an apex are
 * among them, but stay out of the file: there they come from the root, and the schemas have no
 * room for them on these elements. */
struct job_part {
    struct buf octets;
    size_t inherited_at, inherited_len;
};

struct job_document {
    struct bytes name, mime; /* in the job's `texts` */
    struct bytes content;
};

struct xades_job {
    enum xades_packaging packaging;
    enum sig_alg alg;
    uint8_t id[16];
    struct bytes certificate;
    struct job_part properties, info;
    struct digest info_digest;
    struct envelope envelope; /* XADES_ENVELOPED */
    struct buf canonical;     /* of the enveloped document */
    struct pubkey *key;       /* built by the first xades_finish */
    size_t n_references;      /* SignedProperties first, then the documents in order */
    struct xades_reference references[1 + XADES_MAX_DOCUMENTS];
    struct job_document documents[XADES_MAX_DOCUMENTS];
    struct buf texts;
};

/* job_id writes an Id: prefix ("#" for a URI), word, the request's random octets in hex and, for
 * one of several, its index: "ref-00112233445566778899aabbccddeeff-0". Fits for words of 16. */
struct job_id {
    char text[64];
};
#define JOB_NO_INDEX SIZE_MAX
struct job_id job_id(const struct xades_job *j, const char *prefix, const char *word, size_t index);

/* job_apex declares what the element just started has in scope as an apex: `own` (sorted) and, in
 * an enveloped signature, the root's namespaces. job_inherited adds the root's xml: attributes
 * behind the element's own, and notes where they are. */
void job_apex(const struct xades_job *j, struct xmlw *w, const struct xmlw_pair *own, size_t n);
void job_inherited(const struct xades_job *j, struct xmlw *w, struct job_part *part);

/* job_digest_leafs writes ds:DigestMethod and ds:DigestValue. */
void job_digest_leafs(struct xmlw *w, const struct digest *d);

#endif
