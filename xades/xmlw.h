/* SPDX-License-Identifier: MIT */
/*
 * xmlw: XML written canonical by construction (C14N 1.0, 2.3). Inside the xades floor only.
 *
 * What: start tags, attributes, text and end tags appended to a buf as inclusive C14N would write
 *       them, so that what is written can be hashed as it is. What would not be canonical or not
 *       XML (attributes out of order, characters XML does not have) latches a refusal.
 * Not:  a namespace resolver: whoever writes a prefix has declared it. Names come from this house
 *       and are not checked.
 * Use:  struct xmlw w = xmlw_to(&buf); xmlw_start(&w, "a"); xmlw_attr(&w, "b", v);
 *       xmlw_text(&w, t); xmlw_end(&w); if (!xmlw_ok(&w)) …
 */
#ifndef XADES_XMLW_H
#define XADES_XMLW_H

#include "core/buf.h"

#define XMLW_MAX_DEPTH 16
#define XMLW_MAX_SCOPE 64 /* namespaces, and xml: attributes, that may be inherited */

struct xmlw {
    struct buf *out;
    bool in_tag; /* the last start tag still takes attributes */
    bool refused;
    unsigned depth;
    const char *open[XMLW_MAX_DEPTH];
    struct bytes last_ns;  /* prefix, for the order; valid while in_tag */
    struct bytes last;     /* attribute name */
    bool has_ns, has_last; /* something came before in this tag */
};

static inline struct xmlw xmlw_to(struct buf *out)
{
    return (struct xmlw){.out = out};
}

/* A name and a value: a prefix ("" for the default namespace) with its URI, or an attribute. */
struct xmlw_pair {
    struct bytes name, value;
};

/* What an element takes over from its ancestors when it is the apex of inclusive C14N (C14N 1.0
 * 2.4): namespaces in scope, and attributes of the xml namespace ("lang", without the prefix).
 * Both sorted by name, no name twice. */
struct xmlw_scope {
    size_t n_ns, n_xml;
    struct xmlw_pair ns[XMLW_MAX_SCOPE], xml[XMLW_MAX_SCOPE];
};

/* xmlw_start opens an element; `name` must live until xmlw_end. */
void xmlw_start(struct xmlw *w, const char *name);

/* xmlw_scope declares namespaces at the start tag: those of `own` (sorted by prefix) and the
 * inherited ones (NULL: none), merged in canonical order; own wins where both have a prefix. */
void xmlw_scope(struct xmlw *w, const struct xmlw_scope *inherited, const struct xmlw_pair *own,
                size_t n_own);

/* xmlw_xml_attrs writes the inherited xml: attributes, which sort behind all without a prefix. */
void xmlw_xml_attrs(struct xmlw *w, const struct xmlw_scope *inherited);

/* xmlw_attr writes an attribute without a prefix; in ascending order of names. */
void xmlw_attr(struct xmlw *w, const char *name, struct bytes value);
void xmlw_attr_str(struct xmlw *w, const char *name, const char *value);

void xmlw_text(struct xmlw *w, struct bytes text);
void xmlw_base64(struct xmlw *w, struct bytes data, unsigned columns);

/* xmlw_raw appends content that is canonical already. */
void xmlw_raw(struct xmlw *w, struct bytes content);

void xmlw_end(struct xmlw *w);

/* xmlw_leaf: start, text, end. */
void xmlw_leaf(struct xmlw *w, const char *name, struct bytes text);

/* xmlw_ok: every element is closed, nothing was refused, the buffer holds it all. */
bool xmlw_ok(const struct xmlw *w);

/* xmlw_chars: well-formed UTF-8 of XML's characters (XML 1.0 [2]). */
bool xmlw_chars(struct bytes text);

#endif
