/* SPDX-License-Identifier: MIT */
/*
 * version: which XAdES a signature is written in. Inside the xades floor only.
 *
 * What: 1.1.1, 1.2.2 and 1.3.2 differ in their namespace, and 1.1.1 in where a digest stands:
 *       CertDigest and SigPolicyHash hold xades:DigestMethod there, and ds:DigestMethod later.
 *       1.4.1 adds elements to 1.3.2 and has no QualifyingProperties of its own.
 * Not:  1.1.1 and 1.2.2 for making anything.
 */
#ifndef XADES_VERSION_H
#define XADES_VERSION_H

#include <libxml/tree.h>

#include "core/bytes.h"

enum version { VERSION_111, VERSION_122, VERSION_132, VERSION_COUNT };

const char *version_name(enum version v);      /* "1.1.1" */
const char *version_ns(enum version v);        /* of its elements */
const char *version_digest_ns(enum version v); /* of DigestMethod and DigestValue in them */

/* version_of: by the namespace of an element; false when it is none of XAdES. */
bool version_of(const xmlNode *n, enum version *out);

/* version_element: an element of that name in any of them. */
bool version_element(const xmlNode *n, const char *name);

/* version_mixed: below QualifyingProperties of that version stands an element of another one, which
 * one reader would heed and another not. Signatures inside (counter-signatures) are their own. */
bool version_mixed(const xmlNode *qualifying, enum version v);

#endif
