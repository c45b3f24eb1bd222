/* SPDX-License-Identifier: MIT */
#include "xades/reference.h"

#include "core/base64.h"
#include "xades/algorithm.h"
#include "xades/element.h"
#include "xades/names.h"
#include "xades/xmlscan.h"

#define MAX_TRANSFORMS 4

/* ---- canonical forms ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* libxml2 wants the white-space separated names as a NULL-ended list of strings. */
static bool split_prefixes(struct bytes list, struct prefix_room *room)
{
    size_t n = 0;
    if (list.len >= sizeof room->text) return false;
    if (list.len > 0) memcpy(room->text, list.p, list.len);
    room->text[list.len] = 0;
    for (char *p = room->text; *p;) {
        while (is_space(*p)) *p++ = 0;
        if (!*p) break;
        if (n + 1 == sizeof room->list / sizeof room->list[0]) return false;
        room->list[n++] = p;
        while (*p && !is_space(*p)) p++;
    }
    room->list[n] = NULL;
    return true;
}

bool reference_form(const xmlNode *method, struct xmldoc_form *out, struct prefix_room *room)
{
    struct bytes uri, list;
    struct xmldoc_form form;
    if (!element_attr(method, "Algorithm", &uri) || !xmldoc_form_of(uri, &form)) return false;
    const xmlNode *parameter = element_first(method);
    if (!element_only(method)) return false;
    if (parameter) {
        if (form.how != XMLDOC_EXC_C14N10 || element_next(parameter) ||
            !element_is(parameter, URI_EXC_C14N, "InclusiveNamespaces") ||
            !element_attr(parameter, "PrefixList", &list) || !split_prefixes(list, room))
            return false;
        form.prefixes = room->list;
    }
    *out = form;
    return true;
}

static bool charge(struct verifying *v, uint64_t work)
{
    if (work > v->steps) return false;
    v->steps -= work;
    return true;
}

enum reason reference_canonical(struct verifying *v, const xmlNode *apex, const xmlNode *without,
                                struct xmldoc_form form, struct buf *out)
{
    if (!charge(v, v->work)) return REASON_WORK;
    size_t before = out->len;
    if (!xmldoc_c14n(out, &v->doc, apex, without, form))
        return buf_ok(out) ? REASON_CANONICAL : REASON_WORK;
    v->octets -= out->len - before;
    return REASON_NONE;
}

/* ---- what the Reference says ---- */

struct recipe {
    bool enveloped, base64, canonical;
    bool all_signatures; /* enveloped, and every other signature is left out too */
    struct xmldoc_form form;
    struct prefix_room prefixes;
};

/* "before PREFIX:Signature after", with a prefix that stands for XMLDSig's namespace here. */
static bool names_signature(const xmlNode *n, struct bytes text, const char *before,
                            const char *after)
{
    char prefix[64];
    struct bytes head = bytes_str(before), tail = bytes_str(after);
    if (!bytes_starts(text, head) || text.len < head.len + tail.len) return false;
    struct bytes middle = bytes_sub(text, head.len, text.len - head.len - tail.len);
    if (!bytes_eq(bytes_sub(text, head.len + middle.len, SIZE_MAX), tail)) return false;
    const uint8_t *colon = middle.len ? memchr(middle.p, ':', middle.len) : NULL;
    size_t len = colon ? (size_t)(colon - middle.p) : 0;
    if (len == 0 || len >= sizeof prefix ||
        !bytes_eq_str(bytes_sub(middle, len + 1, SIZE_MAX), "Signature"))
        return false;
    memcpy(prefix, middle.p, len);
    prefix[len] = 0;
    /* libxml2 does not write there. */
    const xmlNs *ns = xmlSearchNs(n->doc, (xmlNode *)(uintptr_t)n, (const xmlChar *)prefix);
    return ns && bytes_eq_str(bytes_str((const char *)ns->href), NS_DS);
}

/* XPath is not evaluated: it may say anything and cost anything. The one thing that signatures say
 * with it in practice is known by its letters: that signatures are left out. */
static bool leaves_signatures_out(const xmlNode *t, struct bytes uri)
{
    const xmlNode *x = element_first(t);
    struct bytes text, filter;
    own(buf) joined = buf_max(4096);
    if (!x || element_next(x) || !element_text(x, &joined, &text)) return false;
    if (bytes_eq_str(uri, URI_XPATH))
        return element_is(x, NS_DS, "XPath") &&
               names_signature(x, text, "not(ancestor-or-self::", ")");
    return bytes_eq_str(uri, NS_FILTER2) && element_is(x, NS_FILTER2, "XPath") &&
           element_attr(x, "Filter", &filter) && bytes_eq_str(filter, "subtract") &&
           (names_signature(x, text, "/descendant::", "") || names_signature(x, text, "//", ""));
}

static enum reason read_transform(const xmlNode *t, struct recipe *r)
{
    struct bytes uri;
    if (!element_is(t, NS_DS, "Transform") || !element_attr(t, "Algorithm", &uri))
        return REASON_REFERENCE_MALFORMED;
    /* Octets come last: nothing may follow what makes them. */
    if (r->base64 || r->canonical) return REASON_TRANSFORM;
    if (bytes_eq_str(uri, URI_ENVELOPED)) {
        if (r->enveloped || element_first(t)) return REASON_TRANSFORM;
        r->enveloped = true;
    } else if (leaves_signatures_out(t, uri)) {
        if (r->all_signatures) return REASON_TRANSFORM;
        r->enveloped = r->all_signatures = true;
    } else if (bytes_eq_str(uri, URI_BASE64)) {
        if (r->enveloped || element_first(t)) return REASON_TRANSFORM;
        r->base64 = true;
    } else {
        if (!reference_form(t, &r->form, &r->prefixes)) return REASON_TRANSFORM;
        r->canonical = true;
    }
    return REASON_NONE;
}

static enum reason read_transforms(const xmlNode *transforms, struct recipe *r)
{
    unsigned n = 0;
    if (!element_only(transforms) || !element_first(transforms)) return REASON_REFERENCE_MALFORMED;
    for (const xmlNode *t = element_first(transforms); t; t = element_next(t)) {
        if (++n > MAX_TRANSFORMS) return REASON_TRANSFORM;
        enum reason e = read_transform(t, r);
        if (e) return e;
    }
    return REASON_NONE;
}

static enum reason read_digest(const xmlNode *method, const xmlNode *value, struct reference *out,
                               struct buf *expected)
{
    struct bytes uri, text;
    own(buf) joined = buf_max(4096);
    if (!element_attr(method, "Algorithm", &uri) || element_first(method) ||
        !element_text(value, &joined, &text) || !base64_decode_xml(expected, text))
        return REASON_REFERENCE_MALFORMED;
    if (!algorithm_digest_found(uri, &out->alg))
        return algorithm_weak(uri) ? REASON_WEAK : REASON_UNKNOWN_ALGORITHM;
    return expected->len == digest_len(out->alg) ? REASON_NONE : REASON_REFERENCE_DIGEST;
}

/* XMLDSig 4.4.3: Transforms?, DigestMethod, DigestValue. */
static enum reason read_reference(const xmlNode *node, struct reference *out, struct recipe *r,
                                  struct buf *expected)
{
    const xmlNode *n = element_first(node);
    (void)element_attr(node, "Id", &out->id);
    (void)element_attr(node, "Type", &out->type);
    const xmlNode *transforms = n && element_is(n, NS_DS, "Transforms") ? n : NULL;
    if (transforms) n = element_next(n);
    const xmlNode *method = n, *value = n ? element_next(n) : NULL;
    if (!element_only(node) || !value || element_next(value) ||
        !element_is(method, NS_DS, "DigestMethod") || !element_is(value, NS_DS, "DigestValue"))
        return REASON_REFERENCE_MALFORMED;
    enum reason e = transforms ? read_transforms(transforms, r) : REASON_NONE;
    out->enveloped = r->enveloped;
    out->base64 = r->base64;
    return e ? e : read_digest(method, value, out, expected);
}

/* ---- octets ---- */

void reference_free(struct reference *r)
{
    buf_free(&r->kept);
}

static enum reason take_digest(struct reference *out, struct bytes octets, struct bytes expected)
{
    if (!digest_of(out->alg, octets, &out->digest)) return REASON_WORK;
    out->hashed = true;
    out->size = octets.len;
    return bytes_eq(digest_bytes(&out->digest), expected) ? REASON_NONE : REASON_REFERENCE_DIGEST;
}

static enum reason decode(struct verifying *v, struct bytes text, struct buf *octets)
{
    if (text.len / 4 * 3 > v->octets) return REASON_WORK;
    if (!base64_decode_xml(octets, text)) return REASON_BASE64;
    v->octets -= octets->len;
    return REASON_NONE;
}

static bool inside_signature(const xmlNode *n)
{
    while (n && !element_is(n, NS_DS, "Signature")) n = n->parent;
    return n != NULL;
}

/* "" and "#id" are node-sets without comments (XMLDSig 4.4.3.3), whatever the method is called. */
static enum reason same_document(struct verifying *v, const xmlNode *signature,
                                 const struct recipe *r, struct reference *out, struct buf *octets)
{
    bool whole = out->place == REFERENCE_WHOLE;
    if (r->base64) {
        struct bytes text;
        own(buf) joined = buf_max(v->octets);
        if (whole || !element_text(out->target, &joined, &text)) return REASON_BASE64;
        return decode(v, text, octets);
    }
    if (r->enveloped && !element_inside(signature, out->target)) return REASON_ENVELOPED;
    /* Inside another signature nothing would be left. */
    if (r->all_signatures && inside_signature(out->target)) return REASON_ENVELOPED;
    struct xmldoc_form form = r->canonical ? r->form : (struct xmldoc_form){.how = XMLDOC_C14N10};
    form.comments = false;
    form.no_signatures = r->all_signatures;
    return reference_canonical(v, whole ? NULL : out->target, r->enveloped ? signature : NULL, form,
                               octets);
}

/* Another document is octets; only a canonicalisation makes a tree of it. */
static enum reason other_document(struct verifying *v, const struct recipe *r, struct bytes content,
                                  struct buf *octets)
{
    if (r->enveloped) return REASON_ENVELOPED;
    if (r->base64) return decode(v, content, octets);
    own(xmldoc) d = {0};
    struct xmlscan shape;
    struct xmlscan_refusal refusal;
    struct xmldoc_limits limits = {v->asked->max_xml_depth, v->asked->max_xml_octets};
    if (!xmlscan_document(content, limits.max_depth, &shape, &refusal) ||
        xmldoc_parse(content, limits, &d, NULL) != OK)
        return REASON_CANONICAL;
    if (!charge(v, shape.work)) return REASON_WORK;
    if (!xmldoc_c14n(octets, &d, NULL, NULL, r->form))
        return buf_ok(octets) ? REASON_CANONICAL : REASON_WORK;
    v->octets -= octets->len;
    return REASON_NONE;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The last part of the path, percent-decoded (RFC 3986 2.1). */
static bool file_name(struct bytes uri, struct buf *out)
{
    for (size_t i = uri.len; i > 0; i--) {
        if (uri.p[i - 1] != '/') continue;
        uri = bytes_sub(uri, i, SIZE_MAX);
        break;
    }
    for (size_t i = 0; i < uri.len; i++) {
        if (uri.p[i] != '%') {
            buf_byte(out, uri.p[i]);
            continue;
        }
        int high = i + 2 < uri.len ? hex_digit(uri.p[i + 1]) : -1;
        int low = i + 2 < uri.len ? hex_digit(uri.p[i + 2]) : -1;
        if (high < 0 || low < 0) return false;
        buf_byte(out, (uint8_t)(high << 4 | low));
        i += 2;
    }
    return buf_ok(out) && out->len > 0;
}

/* What was hashed is what the report gives out: the very same memory. */
static void keep(const struct verifying *v, struct reference *out, struct buf *octets)
{
    if (!v->asked->keep_octets) return;
    buf_free(&out->kept);
    out->kept = buf_take(octets);
    out->octets = buf_bytes(&out->kept);
}

/* Two files may have one name: the one whose digest fits is meant. */
static enum reason detached(struct verifying *v, const struct recipe *r, struct reference *out,
                            struct bytes expected)
{
    enum reason found = REASON_NOT_FOUND;
    own(buf) name = buf_max(4096);
    if (!file_name(out->uri, &name)) return REASON_URI;
    for (size_t i = 0; i < v->asked->n_detached && found != REASON_NONE; i++) {
        const struct xades_detached *d = &v->asked->detached[i];
        if (!bytes_eq(d->name, buf_bytes(&name))) continue;
        own(buf) octets = buf_max(v->octets);
        bool as_is = !r->base64 && !r->canonical && !r->enveloped;
        enum reason e = as_is ? REASON_NONE : other_document(v, r, d->content, &octets);
        out->file = d->name;
        found = e ? e : take_digest(out, as_is ? d->content : buf_bytes(&octets), expected);
        if (as_is)
            out->octets = d->content;
        else
            keep(v, out, &octets);
    }
    return found;
}

/* RFC 3986 3.1: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":" */
static bool has_scheme(struct bytes uri)
{
    for (size_t i = 0; i < uri.len; i++) {
        uint8_t c = uri.p[i];
        if (c == ':') return i > 0;
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
            return false;
    }
    return false;
}

static enum reason find_target(struct verifying *v, struct reference *out)
{
    if (out->uri.len == 0) {
        out->place = REFERENCE_WHOLE;
        out->target = v->root;
        return REASON_NONE;
    }
    if (out->uri.p[0] != '#') {
        out->place = REFERENCE_DETACHED;
        bool elsewhere = has_scheme(out->uri) || bytes_starts(out->uri, bytes_str("//"));
        if (elsewhere) return REASON_REMOTE;
        return memchr(out->uri.p, '#', out->uri.len) || memchr(out->uri.p, '?', out->uri.len)
                   ? REASON_URI
                   : REASON_NONE;
    }
    out->place = REFERENCE_ELEMENT;
    struct bytes id = bytes_sub(out->uri, 1, SIZE_MAX);
    if (id.len == 0 || memchr(id.p, '(', id.len)) return REASON_URI;
    switch (ids_find(&v->ids, id, &out->target)) {
    case IDS_ONE:
        return REASON_NONE;
    case IDS_SEVERAL:
        return REASON_DUPLICATE_ID;
    case IDS_NONE:
        break;
    }
    return REASON_NOT_FOUND;
}

enum reason reference_check(struct verifying *v, const xmlNode *signature, const xmlNode *node,
                            struct reference *out)
{
    *out = (struct reference){.node = node};
    struct recipe r = {0};
    own(buf) expected = buf_max(256);
    enum reason said = read_reference(node, out, &r, &expected);
    bool has_uri = element_attr(node, "URI", &out->uri);
    enum reason found = has_uri ? find_target(v, out) : REASON_NOT_FOUND;
    if (said) return said;
    if (found) return found;
    if (out->place == REFERENCE_DETACHED) return detached(v, &r, out, buf_bytes(&expected));
    own(buf) octets = buf_max(v->octets);
    enum reason e = same_document(v, signature, &r, out, &octets);
    if (!e) e = take_digest(out, buf_bytes(&octets), buf_bytes(&expected));
    keep(v, out, &octets);
    return e;
}

enum reason reference_octets(struct verifying *v, const xmlNode *signature,
                             const struct reference *ref, struct xmldoc_form form, struct buf *out)
{
    struct reference again = *ref;
    struct recipe r = {0};
    own(buf) expected = buf_max(256);
    enum reason e = read_reference(ref->node, &again, &r, &expected);
    if (e) return e;
    if (ref->place != REFERENCE_DETACHED) {
        if (!r.canonical && !r.base64) r.form = form, r.canonical = true;
        return same_document(v, signature, &r, &again, out);
    }
    for (size_t i = 0; i < v->asked->n_detached; i++) {
        const struct xades_detached *d = &v->asked->detached[i];
        own(buf) octets = buf_max(v->octets);
        bool as_is = !r.base64 && !r.canonical;
        if (!bytes_eq(d->name, ref->file) ||
            (!as_is && other_document(v, &r, d->content, &octets) != REASON_NONE) ||
            take_digest(&again, as_is ? d->content : buf_bytes(&octets), buf_bytes(&expected)))
            continue;
        buf_add(out, as_is ? d->content : buf_bytes(&octets));
        return buf_ok(out) ? REASON_NONE : REASON_WORK;
    }
    return REASON_NOT_FOUND;
}
