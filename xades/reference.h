/* SPDX-License-Identifier: MIT */
/*
 * reference: a ds:Reference followed to its octets (XMLDSig 4.4.3). Inside the xades floor only.
 *
 * What: URIs "", "#id" and names of detached files; transforms base64, enveloped-signature and
 *       canonicalisation; the digest over exactly those octets.
 *       Of XPath and XPath Filter 2 the one thing signatures say with them: every signature left
 * out. Not:  anything fetched, other XPath, XSLT, XPointer: named as a reason, never evaluated.
 */
#ifndef XADES_REFERENCE_H
#define XADES_REFERENCE_H

#include "xades/reason.h"
#include "xades/verifying.h"

enum reference_place { REFERENCE_WHOLE, REFERENCE_ELEMENT, REFERENCE_DETACHED };

struct reference {
    const xmlNode *node;
    struct bytes id, uri, type; /* empty when absent */
    enum reference_place place;
    const xmlNode *target; /* REFERENCE_ELEMENT; the root for REFERENCE_WHOLE */
    bool enveloped, base64;
    struct bytes file; /* REFERENCE_DETACHED: the name it matched */
    enum digest_alg alg;
    bool hashed; /* digest and size are of the octets that were found */
    struct digest digest;
    bool intact; /* reference_check found nothing against it */
    size_t row;  /* in the report's list of signed data, from 1; 0: not there */
    uint64_t size;
    struct bytes octets; /* with keep_octets: what was hashed; in `kept`, or a detached file's */
    struct buf kept;
};
void reference_free(struct reference *r);

/* reference_check reads and follows one ds:Reference of the signature element `signature`.
 * REASON_NONE: its digest is that of the octets found. *out is filled as far as it came. */
enum reason reference_check(struct verifying *v, const xmlNode *signature, const xmlNode *node,
                            struct reference *out);

/* reference_octets appends, for a Reference that was checked and found right, the octets behind its
 * digest; a node-set that no transform made octets of is canonicalised by `form` instead of the
 * default (EN 319 132-1 5.5.2.2: archive time stamps). */
enum reason reference_octets(struct verifying *v, const xmlNode *signature,
                             const struct reference *ref, struct xmldoc_form form, struct buf *out);

/* reference_form reads the Algorithm of CanonicalizationMethod or Transform and, for the exclusive
 * forms, its PrefixList; the prefixes live in `room`. False: none we know. */
struct prefix_room {
    char text[2048];
    const char *list[65];
};
bool reference_form(const xmlNode *method, struct xmldoc_form *out, struct prefix_room *room);

/* reference_canonical appends the canonical form of a part of the document, counted as work.
 * REASON_WORK or REASON_CANONICAL when it cannot be had. */
enum reason reference_canonical(struct verifying *v, const xmlNode *apex, const xmlNode *without,
                                struct xmldoc_form form, struct buf *out);

#endif
