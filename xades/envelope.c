/* SPDX-License-Identifier: MIT */
#include "xades/envelope.h"

#include "core/text.h"
#include "xades/names.h"
#include "xades/why.h"

void envelope_free(struct envelope *v)
{
    xmldoc_free(&v->parsed);
}

static struct bytes text_of(const xmlChar *s)
{
    return bytes_str((const char *)s);
}

/* Keeps the pairs sorted by name. False when there is no room. */
static bool insert(struct xmlw_pair *pairs, size_t *n, struct bytes name, struct bytes value)
{
    if (*n == XMLW_MAX_SCOPE) return false;
    size_t at = (*n)++;
    for (; at > 0; at--) {
        struct bytes before = pairs[at - 1].name;
        size_t len = before.len < name.len ? before.len : name.len;
        int c = len > 0 ? memcmp(before.p, name.p, len) : 0;
        if (c < 0 || (c == 0 && before.len < name.len)) break;
        pairs[at] = pairs[at - 1];
    }
    pairs[at] = (struct xmlw_pair){name, value};
    return true;
}

/* xmlns="" on the root says nothing that an apex would repeat (C14N 1.0 2.3). */
static bool inherit_namespaces(const xmlNode *root, struct xmlw_scope *scope)
{
    for (const xmlNs *ns = root->nsDef; ns; ns = ns->next) {
        struct bytes prefix = text_of(ns->prefix), uri = text_of(ns->href);
        if ((prefix.len == 0 && uri.len == 0) || bytes_eq_str(prefix, "xml")) continue;
        if (!insert(scope->ns, &scope->n_ns, prefix, uri)) return false;
    }
    return true;
}

static bool inherit_attributes(const xmlNode *root, struct xmlw_scope *scope, struct xades_why *why)
{
    for (const xmlAttr *a = root->properties; a; a = a->next) {
        if (!a->ns || !bytes_eq_str(text_of(a->ns->href), NS_XML)) continue;
        const xmlNode *value = a->children;
        bool simple = !value || (value->type == XML_TEXT_NODE && !value->next);
        if (bytes_eq_str(text_of(a->name), "id") || !simple ||
            !insert(scope->xml, &scope->n_xml, text_of(a->name),
                    text_of(value ? value->content : NULL))) {
            (void)why_say(why, ERR_XML_REJECTED,
                          "C14N 1.1 1.3: xml:id on the root would be inherited by what is signed");
            return false;
        }
    }
    return true;
}

static err_t read_scope(struct envelope *v, struct xades_why *why)
{
    const xmlNode *root = xmlDocGetRootElement(v->parsed.doc);
    if (!root) return why_say(why, ERR_XML_REJECTED, "XML 1.0 2.1: no root element");
    if (!inherit_namespaces(root, &v->scope))
        return why_say(why, ERR_XML_REJECTED, "the root declares more than %d namespaces",
                       XMLW_MAX_SCOPE);
    return inherit_attributes(root, &v->scope, why) ? OK : ERR_XML_REJECTED;
}

static err_t read_shape(struct envelope *v, struct xmldoc_limits limits, struct xades_why *why)
{
    struct xmlscan_refusal refusal;
    if (!xmlscan_document(v->content, limits.max_depth, &v->shape, &refusal))
        return why_say(why, ERR_XML_REJECTED, "%s (octet %zu)", refusal.clause, refusal.at);
    if (!v->shape.utf8 || !text_utf8_ok(v->content))
        return why_say(why, ERR_XML_REJECTED,
                       "XML 1.0 4.3.3: an enveloped signature needs a document in UTF-8");
    return OK;
}

err_t envelope_open(struct bytes content, struct xmldoc_limits limits, struct buf *canonical,
                    struct envelope *out, struct xades_why *why)
{
    own(envelope) v = {.content = content};
    err_t e = xmldoc_parse(content, limits, &v.parsed, why);
    if (!e) e = read_shape(&v, limits, why);
    if (!e) e = read_scope(&v, why);
    if (e) return e;
    if (!xmldoc_c14n(canonical, &v.parsed, NULL, NULL, (struct xmldoc_form){.how = XMLDOC_C14N10}))
        return buf_ok(canonical)
                   ? why_say(why, ERR_XML_REJECTED,
                             "C14N 1.0 1.3: a namespace name that is not a plain absolute URI")
                   : err_raise(ERR_STORAGE_FULL);
    *out = v;
    v.parsed.doc = NULL;
    return OK;
}

void envelope_head(const struct envelope *v, struct buf *out)
{
    buf_add(out, bytes_sub(v->content, 0, v->shape.root_end));
    if (v->shape.root_empty) buf_byte(out, '>');
}

void envelope_tail(const struct envelope *v, struct buf *out)
{
    if (!v->shape.root_empty) {
        buf_add(out, bytes_sub(v->content, v->shape.root_end, SIZE_MAX));
        return;
    }
    buf_str(out, "</");
    buf_add(out, v->shape.root_name);
    buf_byte(out, '>');
    buf_add(out, bytes_sub(v->content, v->shape.root_end + 2, SIZE_MAX));
}
