/* SPDX-License-Identifier: MIT */
#include "xades/element.h"

static struct bytes view(const xmlChar *s)
{
    return bytes_str((const char *)s);
}

bool element_is(const xmlNode *n, const char *ns, const char *name)
{
    return n->type == XML_ELEMENT_NODE && n->ns && bytes_eq_str(view(n->name), name) &&
           bytes_eq_str(view(n->ns->href), ns);
}

static const xmlNode *element_from(const xmlNode *n)
{
    while (n && n->type != XML_ELEMENT_NODE) n = n->next;
    return n;
}

const xmlNode *element_first(const xmlNode *parent)
{
    return element_from(parent->children);
}

const xmlNode *element_next(const xmlNode *n)
{
    return element_from(n->next);
}

const xmlNode *element_child(const xmlNode *parent, const char *ns, const char *name)
{
    const xmlNode *n = element_first(parent);
    while (n && !element_is(n, ns, name)) n = element_next(n);
    return n;
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct bytes trim(struct bytes v)
{
    while (v.len > 0 && is_space(v.p[0])) v = bytes_sub(v, 1, v.len);
    while (v.len > 0 && is_space(v.p[v.len - 1])) v.len--;
    return v;
}

bool element_only(const xmlNode *n)
{
    for (const xmlNode *c = n->children; c; c = c->next) {
        if (c->type == XML_ELEMENT_NODE || c->type == XML_COMMENT_NODE || c->type == XML_PI_NODE)
            continue;
        if (c->type != XML_TEXT_NODE || trim(view(c->content)).len > 0) return false;
    }
    return true;
}

const xmlNode *element_walk(const xmlNode *n, const xmlNode *top, bool into)
{
    const xmlNode *next = into ? element_first(n) : NULL;
    while (!next && n != top) {
        next = element_next(n);
        n = n->parent;
    }
    return next;
}

bool element_inside(const xmlNode *n, const xmlNode *top)
{
    while (n && n != top) n = n->parent;
    return n != NULL;
}

bool element_attr_value(const xmlAttr *a, struct bytes *out)
{
    const xmlNode *value = a->children;
    if (value && (value->type != XML_TEXT_NODE || value->next)) return false;
    *out = view(value ? value->content : NULL);
    return true;
}

bool element_attr(const xmlNode *n, const char *name, struct bytes *out)
{
    for (const xmlAttr *a = n->properties; a; a = a->next) {
        if (!a->ns && bytes_eq_str(view(a->name), name)) return element_attr_value(a, out);
    }
    return false;
}

bool element_text(const xmlNode *n, struct buf *joined, struct bytes *out)
{
    const xmlNode *first = n->children;
    for (const xmlNode *c = first; c; c = c->next) {
        if (c->type != XML_TEXT_NODE && c->type != XML_CDATA_SECTION_NODE) return false;
    }
    if (!first || !first->next) {
        *out = trim(view(first ? first->content : NULL));
        return true;
    }
    size_t from = joined->len;
    for (const xmlNode *c = first; c; c = c->next) buf_add(joined, view(c->content));
    *out = trim(bytes_sub(buf_bytes(joined), from, SIZE_MAX));
    return buf_ok(joined);
}

bool element_words(const xmlNode *parent, const char *ns, const char *name, struct buf *joined,
                   struct bytes *out)
{
    const xmlNode *found = element_child(parent, ns, name);
    if (!found) return false;
    for (const xmlNode *n = element_next(found); n; n = element_next(n)) {
        if (element_is(n, ns, name)) return false;
    }
    return element_text(found, joined, out);
}
