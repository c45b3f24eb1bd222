/* SPDX-License-Identifier: MIT */
/*
 * verifying: a file that holds signatures, opened. Inside the xades floor only.
 *
 * What: the tree, its Ids, its signatures, and the work that all of them together may still cost.
 */
#ifndef XADES_VERIFYING_H
#define XADES_VERIFYING_H

#include "xades/ids.h"
#include "xades/verify.h"
#include "xades/xmldoc.h"

/* The file being judged, and the work that is left for all its signatures together. */
struct verifying {
    const struct xades_verification *asked;
    struct xmldoc doc;
    const xmlNode *root;
    struct ids ids;
    uint64_t work;  /* of one canonicalisation of the document */
    uint64_t steps; /* left, in the measure of xmlscan.h */
    size_t octets;  /* left: canonical or decoded */
    size_t n_signatures;
    const xmlNode *signatures[XADES_MAX_SIGNATURES + 1];
};
void verifying_free(struct verifying *v);
OWN(verifying)

/* verifying_open parses asked->file, which must outlive *v, and finds its ds:Signature elements in
 * document order. Errors: XML_REJECTED, SIGNATURE_MALFORMED (none, or too many), STORAGE_FULL. */
err_t verifying_open(const struct xades_verification *asked, struct verifying *v,
                     struct xades_why *why);

#endif
