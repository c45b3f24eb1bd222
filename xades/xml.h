/* SPDX-License-Identifier: MIT */
/*
 * xml: the one gate for XML that comes from outside (libxml2 lives behind it).
 *
 * What: xml_check says whether a document is one we would touch at all: well-formed, UTF-8 or
 *       declared encoding, no DOCTYPE, no entities but the five, depth and size bounded.
 */
#ifndef XADES_XML_H
#define XADES_XML_H

#include "core/bytes.h"
#include "core/err.h"
#include "xades/prepare.h"

/* xml_check errors: XML_REJECTED with the reason in `why`. No network, no files, no DTD. */
err_t xml_check(struct bytes doc, unsigned max_depth, size_t max_octets, struct xades_why *why);

/* xml_begins: the file begins as XML does; more is not said. */
bool xml_begins(struct bytes file);

/* xml_mime: true for text/xml, application/xml and …+xml (RFC 7303 3), parameters ignored. */
bool xml_mime(struct bytes mime);

#endif
