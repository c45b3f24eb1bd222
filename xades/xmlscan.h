/* SPDX-License-Identifier: MIT */
/*
 * xmlscan: the shape of an XML document, read off its octets before any parser sees it.
 * Inside the xades floor only.
 *
 * What: one linear pass over markup: encoding, DOCTYPE, depth, attributes, where the root ends.
 *       It bounds the work that libxml2 may be made to do: its time grows with the square of a
 *       tag's attributes, and its C14N with depth × namespaces × elements.
 * Not:  a judgement of well-formedness: what passes here goes on to libxml2 (xmldoc.h), which
 *       stops at its first error; up to there both have read the same tags.
 */
#ifndef XADES_XMLSCAN_H
#define XADES_XMLSCAN_H

#include "core/bytes.h"

#define XMLSCAN_MAX_DEPTH      1024
#define XMLSCAN_MAX_ATTRIBUTES 256                   /* of one tag, namespaces included */
#define XMLSCAN_MAX_WORK       UINT64_C(10000000000) /* steps of C14N, some 10 s */

struct xmlscan {
    bool utf8;              /* no encoding is declared, or UTF-8 */
    unsigned depth;         /* of the deepest element; the root has depth 1 */
    struct bytes root_name; /* as written, with its prefix */
    size_t root_end;        /* octets before the root's end tag; before "/>" when root_empty */
    bool root_empty;        /* the root is written <a/> */
    uint64_t work;          /* steps one C14N of it may take, as XMLSCAN_MAX_WORK counts */
};

struct xmlscan_refusal {
    const char *clause;
    size_t at; /* octets from the start */
};

/* xmlscan_document reads the whole document. False: refused, `why` says what and where.
 * Refused beyond what is not XML: DOCTYPE, versions other than 1.0, encodings that write markup
 * other than in ASCII (UTF-16, UTF-7, EBCDIC …), more than max_depth levels (at most
 * XMLSCAN_MAX_DEPTH), and the limits above. */
bool xmlscan_document(struct bytes doc, unsigned max_depth, struct xmlscan *out,
                      struct xmlscan_refusal *why);

/* Where one element stands in the octets. */
struct xmlscan_place {
    struct bytes name; /* as written, with its prefix */
    size_t inside;     /* behind its start tag; "/>" stands there when it is empty */
    size_t end;        /* of what is inside: its end tag stands there, or "/>" */
    bool empty;        /* it is written <a/> */
};

/* xmlscan_element finds the element of that number in document order, the root being 0. False when
 * there is none, or the document is refused as above. */
bool xmlscan_element(struct bytes doc, unsigned max_depth, size_t number,
                     struct xmlscan_place *out);

#endif
