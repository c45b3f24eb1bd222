/* SPDX-License-Identifier: MIT */
/*
 * xmldoc: a parsed XML document, and its canonical forms. Inside the xades floor only.
 *
 * What: the one place where libxml2 reads octets from outside: scanned first (xmlscan.h), then
 *       parsed without network, files, DTD or entities, silently; and C14N of parts of it.
 * Not:  for headers that other floors include (libxml2's types stop at the floor's wall).
 * Use:  own(xmldoc) d = {0}; e = xmldoc_parse(octets, limits, &d, why); … d.doc …
 */
#ifndef XADES_XMLDOC_H
#define XADES_XMLDOC_H

#include <libxml/tree.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/own.h"
#include "xades/prepare.h"

struct xmldoc_limits {
    unsigned max_depth; /* of elements; the root has depth 1 */
    size_t max_octets;
};

struct xmldoc {
    xmlDocPtr doc;
    bool no_c14n; /* a namespace name needs escapes, which libxml2's C14N does not write */
};
void xmldoc_free(struct xmldoc *d);
OWN(xmldoc)

/* xmldoc_parse builds the tree of a well-formed document. CDATA becomes text; no attribute has a
 * default; no Id is registered (look for them yourself, and twice). Errors: XML_REJECTED with the
 * reason in `why`, STORAGE_FULL without memory. *out is untouched on error. */
err_t xmldoc_parse(struct bytes octets, struct xmldoc_limits limits, struct xmldoc *out,
                   struct xades_why *why);

/* xmldoc_check is the same without building a tree. */
err_t xmldoc_check(struct bytes octets, struct xmldoc_limits limits, struct xades_why *why);

enum xmldoc_c14n { XMLDOC_C14N10, XMLDOC_C14N11, XMLDOC_EXC_C14N10 };

struct xmldoc_form {
    enum xmldoc_c14n how;
    bool comments;
    bool no_signatures; /* every ds:Signature is left out */
    const char *const
        *prefixes; /* exclusive: InclusiveNamespaces PrefixList, NULL-ended, or NULL */
};

/* xmldoc_form_of: the form of a canonicalisation URI (names.h); false when unknown. */
bool xmldoc_form_of(struct bytes uri, struct xmldoc_form *out);

/* xmldoc_c14n appends the canonical form of `apex` and everything in it, in its document context;
 * apex NULL: of the whole document. The subtree `without` (NULL: none) is left out: the
 * enveloped-signature transform. False when C14N refuses (a namespace name that is no absolute
 * URI, or that needs escapes: libxml2 would write it wrongly) or `out` is full (see buf_ok). */
bool xmldoc_c14n(struct buf *out, const struct xmldoc *d, const xmlNode *apex,
                 const xmlNode *without, struct xmldoc_form form);

#endif
