/* SPDX-License-Identifier: MIT */
#include "xades/xmlw.h"

#include "core/base64.h"
#include "core/text.h"

/* ---- characters ---- */

enum where { IN_TEXT = 1, IN_ATTRIBUTE = 2 };

/* C14N 1.0 2.3: what is written other than as itself. NUL and friends are no XML characters. */
static const struct {
    const char *as;
    unsigned where;
} escapes[0x80] = {
    ['&'] = {"&amp;", IN_TEXT | IN_ATTRIBUTE},
    ['<'] = {"&lt;", IN_TEXT | IN_ATTRIBUTE},
    ['>'] = {"&gt;", IN_TEXT},
    ['"'] = {"&quot;", IN_ATTRIBUTE},
    ['\t'] = {"&#x9;", IN_ATTRIBUTE},
    ['\n'] = {"&#xA;", IN_ATTRIBUTE},
    ['\r'] = {"&#xD;", IN_TEXT | IN_ATTRIBUTE},
};

bool xmlw_chars(struct bytes text)
{
    uint32_t c;
    while (text.len > 0) {
        if (text.p[0] >= 0x20 && text.p[0] < 0x80) {
            text = bytes_sub(text, 1, text.len);
            continue;
        }
        if (!text_utf8_next(&text, &c)) return false;
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
        if (c == 0xfffe || c == 0xffff) return false;
    }
    return true;
}

static void escaped(struct xmlw *w, struct bytes s, enum where where)
{
    if (!xmlw_chars(s)) {
        w->refused = true;
        return;
    }
    size_t from = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (s.p[i] >= 0x80 || !(escapes[s.p[i]].where & where)) continue;
        buf_add(w->out, bytes_sub(s, from, i - from));
        buf_str(w->out, escapes[s.p[i]].as);
        from = i + 1;
    }
    buf_add(w->out, bytes_sub(s, from, s.len));
}

/* ---- tags ---- */

static void close_tag(struct xmlw *w)
{
    if (w->in_tag) buf_byte(w->out, '>');
    w->in_tag = false;
}

void xmlw_start(struct xmlw *w, const char *name)
{
    close_tag(w);
    if (w->depth == XMLW_MAX_DEPTH) {
        w->refused = true;
        return;
    }
    w->open[w->depth++] = name;
    buf_byte(w->out, '<');
    buf_str(w->out, name);
    w->in_tag = true;
    w->has_ns = w->has_last = false;
}

static void end_tag(struct xmlw *w, const char *name)
{
    buf_str(w->out, "</");
    buf_str(w->out, name);
    buf_byte(w->out, '>');
}

void xmlw_end(struct xmlw *w)
{
    close_tag(w);
    if (w->depth == 0)
        w->refused = true;
    else
        end_tag(w, w->open[--w->depth]);
}

/* By octets, which for UTF-8 is by code points (C14N 1.0 2.2). */
static int order(struct bytes a, struct bytes b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n > 0 ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.len > b.len) - (a.len < b.len);
}

static void attribute(struct xmlw *w, const char *prefix, struct bytes name, struct bytes value)
{
    buf_byte(w->out, ' ');
    buf_str(w->out, prefix);
    buf_add(w->out, name);
    buf_str(w->out, "=\"");
    escaped(w, value, IN_ATTRIBUTE);
    buf_byte(w->out, '"');
}

static void namespace(struct xmlw *w, const struct xmlw_pair *ns)
{
    if (!w->in_tag || w->has_last || (w->has_ns && order(w->last_ns, ns->name) >= 0)) {
        w->refused = true;
        return;
    }
    w->last_ns = ns->name;
    w->has_ns = true;
    attribute(w, ns->name.len > 0 ? "xmlns:" : "xmlns", ns->name, ns->value);
}

void xmlw_scope(struct xmlw *w, const struct xmlw_scope *inherited, const struct xmlw_pair *own,
                size_t n_own)
{
    size_t i = 0, j = 0, n = inherited ? inherited->n_ns : 0;
    while (i < n || j < n_own) {
        int c = i == n ? 1 : j == n_own ? -1 : order(inherited->ns[i].name, own[j].name);
        namespace(w, c < 0 ? &inherited->ns[i] : &own[j]);
        i += c <= 0;
        j += c >= 0;
    }
}

void xmlw_attr(struct xmlw *w, const char *name, struct bytes value)
{
    struct bytes n = bytes_str(name);
    if (!w->in_tag || (w->has_last && order(w->last, n) >= 0)) {
        w->refused = true;
        return;
    }
    w->last = n;
    w->has_last = true;
    attribute(w, "", n, value);
}

void xmlw_attr_str(struct xmlw *w, const char *name, const char *value)
{
    xmlw_attr(w, name, bytes_str(value));
}

void xmlw_xml_attrs(struct xmlw *w, const struct xmlw_scope *inherited)
{
    static const uint8_t last[] = {0xff}; /* behind every name: no attribute may follow */
    if (!inherited || inherited->n_xml == 0) return;
    if (!w->in_tag) w->refused = true;
    for (size_t i = 0; i < inherited->n_xml; i++)
        attribute(w, "xml:", inherited->xml[i].name, inherited->xml[i].value);
    w->last = bytes_of(last, 1);
    w->has_last = true;
}

/* ---- content ---- */

void xmlw_text(struct xmlw *w, struct bytes text)
{
    close_tag(w);
    escaped(w, text, IN_TEXT);
}

void xmlw_base64(struct xmlw *w, struct bytes data, unsigned columns)
{
    close_tag(w);
    base64_encode(w->out, data, columns);
}

void xmlw_raw(struct xmlw *w, struct bytes content)
{
    close_tag(w);
    buf_add(w->out, content);
}

void xmlw_leaf(struct xmlw *w, const char *name, struct bytes text)
{
    xmlw_start(w, name);
    xmlw_text(w, text);
    xmlw_end(w);
}

bool xmlw_ok(const struct xmlw *w)
{
    return !w->refused && w->depth == 0 && buf_ok(w->out);
}
