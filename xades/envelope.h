/* SPDX-License-Identifier: MIT */
/*
 * envelope: an XML document that takes an enveloped signature. Inside the xades floor only.
 *
 * What: where in its octets the signature goes (last child of the root, every other octet kept),
 *       the canonical form that is hashed, and what is in scope at that place.
 * Use:  own(envelope) v = {0}; e = envelope_open(doc, limits, &canonical, &v, why); …
 *       envelope_head(&v), the signature, envelope_tail(&v, out).
 */
#ifndef XADES_ENVELOPE_H
#define XADES_ENVELOPE_H

#include "xades/xmldoc.h"
#include "xades/xmlscan.h"
#include "xades/xmlw.h"

struct envelope {
    struct bytes content;
    struct xmlscan shape;
    struct xmldoc parsed;    /* what scope looks into */
    struct xmlw_scope scope; /* of the root, as an apex below it inherits it */
};
void envelope_free(struct envelope *v);
OWN(envelope)

/* envelope_open reads a document and appends its canonical form (C14N 1.0 without comments) to
 * `canonical`. Beyond what xmldoc_parse refuses: encodings other than UTF-8, an xml:id on the
 * root (C14N 1.0 would copy it into each signed part; C14N 1.1 1.3), namespace names that are
 * not absolute URIs or hold "&" (deployed software canonicalises those in two ways), more than
 * XMLW_MAX_SCOPE inherited namespaces. Errors: XML_REJECTED,
 * STORAGE_FULL. */
err_t envelope_open(struct bytes content, struct xmldoc_limits limits, struct buf *canonical,
                    struct envelope *out, struct xades_why *why);

/* envelope_head, envelope_tail append the octets before and behind the signature. */
void envelope_head(const struct envelope *v, struct buf *out);
void envelope_tail(const struct envelope *v, struct buf *out);

#endif
