/* SPDX-License-Identifier: MIT */
/*
 * element: what a schema asks of a parsed element. Inside the xades floor only.
 *
 * What: names, attributes and text of libxml2's nodes, read strictly: an attribute or a text that
 *       is put together of several pieces (comments in between) is not what it seems and is
 *       refused. No entity nodes exist (xmldoc.h).
 */
#ifndef XADES_ELEMENT_H
#define XADES_ELEMENT_H

#include <libxml/tree.h>

#include "core/buf.h"

bool element_is(const xmlNode *n, const char *ns, const char *name);

/* element_first, element_next: child and sibling elements; NULL: no more. element_child: the first
 * child of that name. element_only: between the children stands white space alone. */
const xmlNode *element_first(const xmlNode *parent);
const xmlNode *element_next(const xmlNode *n);
const xmlNode *element_child(const xmlNode *parent, const char *ns, const char *name);
bool element_only(const xmlNode *n);

/* element_walk: the element behind `n` in document order inside `top`; without `into` the
 * children of `n` are passed over. NULL at the end. */
const xmlNode *element_walk(const xmlNode *n, const xmlNode *top, bool into);

/* element_inside: `n` is `top` or below it. */
bool element_inside(const xmlNode *n, const xmlNode *top);

/* element_attr: the value of an attribute without a namespace; false when it is not there. */
bool element_attr(const xmlNode *n, const char *name, struct bytes *out);
bool element_attr_value(const xmlAttr *a, struct bytes *out);

/* element_text: all of an element that holds text alone, XML white space around it taken off.
 * Views the tree; `joined` gives room should the text come in pieces. False when there is
 * anything else in it. */
bool element_text(const xmlNode *n, struct buf *joined, struct bytes *out);

/* element_words: the text of the child of that name; false when missing, twice or not text. */
bool element_words(const xmlNode *parent, const char *ns, const char *name, struct buf *joined,
                   struct bytes *out);

#endif
