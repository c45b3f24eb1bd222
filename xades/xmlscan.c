/* SPDX-License-Identifier: MIT */
#include "xades/xmlscan.h"

#include <strings.h>

struct scan {
    struct bytes doc;
    size_t at;
    unsigned depth, max_depth;
    uint64_t work;
    bool root_seen, root_closed;
    uint32_t n_ns[XMLSCAN_MAX_DEPTH + 1]; /* namespaces in scope at each depth */
    struct xmlscan *out;
    struct xmlscan_refusal *why;
    /* An element that is looked for. */
    struct xmlscan_place *place; /* NULL: none */
    size_t number, n_elements;   /* the wanted one, those so far */
    unsigned place_depth;        /* while it is open */
    bool placed;
};

static bool refuse(struct scan *s, const char *clause)
{
    *s->why = (struct xmlscan_refusal){clause, s->at};
    return false;
}

static int octet(const struct scan *s, size_t at)
{
    return at < s->doc.len ? s->doc.p[at] : -1;
}

static bool space(int c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct scan *s)
{
    while (space(octet(s, s->at))) s->at++;
}

static bool looking_at(const struct scan *s, const char *text)
{
    return bytes_starts(bytes_sub(s->doc, s->at, SIZE_MAX), bytes_str(text));
}

/* Moves behind the next `text`. */
static bool pass(struct scan *s, const char *text)
{
    size_t len = strlen(text);
    const uint8_t *found =
        s->at < s->doc.len ? memmem(s->doc.p + s->at, s->doc.len - s->at, text, len) : NULL;
    if (!found) return refuse(s, "XML 1.0 2.1: markup without an end");
    s->at = (size_t)(found - s->doc.p) + len;
    return true;
}

/* ---- prolog ---- */

/* In these, every octet below 80 hex is the ASCII character: the scan sees all markup. */
static const char *const encodings[] = {
    "UTF-8",        "UTF8",         "US-ASCII",     "ISO-8859-1",   "ISO-8859-2",   "ISO-8859-3",
    "ISO-8859-4",   "ISO-8859-5",   "ISO-8859-6",   "ISO-8859-7",   "ISO-8859-8",   "ISO-8859-9",
    "ISO-8859-10",  "ISO-8859-13",  "ISO-8859-14",  "ISO-8859-15",  "ISO-8859-16",  "windows-1250",
    "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1257",
};

static bool encoding_taken(struct scan *s, struct bytes name)
{
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        if (strlen(encodings[i]) != name.len ||
            strncasecmp(encodings[i], (const char *)name.p, name.len) != 0)
            continue;
        s->out->utf8 = i < 2;
        return true;
    }
    return refuse(s, "XML 1.0 4.3.3: this encoding is not accepted, use UTF-8");
}

/* XML 1.0 [24], [80], [32]: S 'name' Eq quoted. False: not there, or broken; nothing is moved. */
static bool pseudo_attribute(struct scan *s, const char *name, struct bytes *value)
{
    size_t start = s->at;
    bool spaced = space(octet(s, s->at));
    skip_space(s);
    if (spaced && looking_at(s, name)) {
        s->at += strlen(name);
        skip_space(s);
        if (octet(s, s->at) == '=') {
            s->at++;
            skip_space(s);
            int quote = octet(s, s->at);
            size_t from = s->at + 1, to = from;
            while (octet(s, to) >= 0 && octet(s, to) != quote && octet(s, to) != '>') to++;
            if ((quote == '"' || quote == '\'') && octet(s, to) == quote) {
                *value = bytes_sub(s->doc, from, to - from);
                s->at = to + 1;
                return true;
            }
        }
    }
    s->at = start;
    return false;
}

static bool xml_declaration(struct scan *s)
{
    if (!looking_at(s, "<?xml") || !space(octet(s, s->at + 5))) return true;
    struct bytes version, encoding, standalone;
    s->at += 5;
    if (!pseudo_attribute(s, "version", &version))
        return refuse(s, "XML 1.0 2.8: malformed XML declaration");
    if (!bytes_eq_str(version, "1.0")) return refuse(s, "XML 1.0 2.8: version other than 1.0");
    if (pseudo_attribute(s, "encoding", &encoding) && !encoding_taken(s, encoding)) return false;
    (void)pseudo_attribute(s, "standalone", &standalone);
    skip_space(s);
    if (!looking_at(s, "?>")) return refuse(s, "XML 1.0 2.8: malformed XML declaration");
    s->at += 2;
    return true;
}

static bool prolog(struct scan *s)
{
    s->out->utf8 = true;
    if (looking_at(s, "\xef\xbb\xbf")) s->at += 3;
    if (octet(s, s->at) > 0x7f || (s->doc.len > 0 && memchr(s->doc.p, 0, s->doc.len)) ||
        looking_at(s, "\x4c\x6f\xa7\x94"))
        return refuse(s, "XML 1.0 4.3.3: this encoding is not accepted, use UTF-8");
    return xml_declaration(s);
}

/* ---- tags ---- */

static bool name_end(int c)
{
    return c < 0 || space(c) || c == '/' || c == '>' || c == '=' || c == '<' || c == '"' ||
           c == '\'';
}

static struct bytes take_name(struct scan *s)
{
    size_t from = s->at;
    while (!name_end(octet(s, s->at))) s->at++;
    return bytes_sub(s->doc, from, s->at - from);
}

static bool attribute(struct scan *s, bool *is_ns)
{
    struct bytes name = take_name(s);
    *is_ns = bytes_starts(name, bytes_str("xmlns"));
    skip_space(s);
    if (name.len == 0 || octet(s, s->at) != '=')
        return refuse(s, "XML 1.0 3.1: malformed attribute");
    s->at++;
    skip_space(s);
    int quote = octet(s, s->at);
    if (quote != '"' && quote != '\'') return refuse(s, "XML 1.0 3.1: malformed attribute");
    s->at++;
    return pass(s, quote == '"' ? "\"" : "'");
}

/* What C14N and namespace look-up may cost at this element. */
static bool charge(struct scan *s, uint64_t n_attributes)
{
    uint64_t depth = s->depth, n_ns = s->n_ns[s->depth];
    s->work += 1 + depth + n_ns * (depth + n_ns + n_attributes);
    return s->work <= XMLSCAN_MAX_WORK ||
           refuse(s, "too much work: namespaces, depth and elements together");
}

static bool open_element(struct scan *s)
{
    if (s->depth >= s->max_depth) return refuse(s, "elements are nested too deeply");
    s->depth++;
    s->n_ns[s->depth] = s->n_ns[s->depth - 1];
    if (s->depth > s->out->depth) s->out->depth = s->depth;
    return true;
}

/* The start tag ends before `inside`, or is a whole element. */
static void note_start(struct scan *s, struct bytes name, size_t inside, bool empty)
{
    if (!s->place || s->n_elements++ != s->number) return;
    *s->place = (struct xmlscan_place){name, inside, inside, empty};
    s->place_depth = empty ? 0 : s->depth;
    s->placed = empty;
}

static void note_end(struct scan *s)
{
    if (!s->place || s->placed || s->place_depth == 0 || s->depth != s->place_depth) return;
    s->place->end = s->at;
    s->placed = true;
}

/* The root's end, once, whichever way it is written. */
static void close_element(struct scan *s, size_t at, bool empty)
{
    s->depth--;
    if (s->depth > 0 || s->root_closed) return;
    s->root_closed = true;
    s->out->root_end = at;
    s->out->root_empty = empty;
}

static bool start_tag(struct scan *s)
{
    if (!open_element(s)) return false;
    s->at++;
    struct bytes name = take_name(s);
    if (name.len == 0) return refuse(s, "XML 1.0 3.1: malformed tag");
    if (!s->root_seen) s->out->root_name = name;
    s->root_seen = true;
    for (uint64_t n = 0;; n++) {
        skip_space(s);
        int c = octet(s, s->at);
        bool empty = c == '/' && octet(s, s->at + 1) == '>', is_ns;
        if (c == '>' || empty) {
            if (!charge(s, n)) return false;
            note_start(s, name, empty ? s->at : s->at + 1, empty);
            if (empty) close_element(s, s->at, true);
            s->at += empty ? 2 : 1;
            return true;
        }
        if (n == XMLSCAN_MAX_ATTRIBUTES) return refuse(s, "a tag has too many attributes");
        if (!attribute(s, &is_ns)) return false;
        s->n_ns[s->depth] += is_ns;
    }
}

static bool end_tag(struct scan *s)
{
    if (s->depth == 0) return refuse(s, "XML 1.0 3.1: an end tag without a start");
    note_end(s);
    close_element(s, s->at, false);
    return pass(s, ">");
}

static bool declaration(struct scan *s)
{
    if (looking_at(s, "<!--")) {
        s->at += 4;
        return pass(s, "-->");
    }
    if (looking_at(s, "<![CDATA[") && s->depth > 0) return pass(s, "]]>");
    return refuse(s, looking_at(s, "<!DOCTYPE") ? "XML 1.0 2.8: a DOCTYPE is not accepted"
                                                : "XML 1.0 2.8: declarations are not accepted");
}

static bool markup(struct scan *s)
{
    switch (octet(s, s->at + 1)) {
    case '!':
        return declaration(s);
    case '?':
        return pass(s, "?>");
    case '/':
        return end_tag(s);
    default:
        return start_tag(s);
    }
}

static bool run(struct scan *s)
{
    if (s->max_depth > XMLSCAN_MAX_DEPTH) s->max_depth = XMLSCAN_MAX_DEPTH;
    if (!prolog(s)) return false;
    while (s->at < s->doc.len) {
        const uint8_t *next = memchr(s->doc.p + s->at, '<', s->doc.len - s->at);
        if (!next) break;
        s->at = (size_t)(next - s->doc.p);
        if (!markup(s)) return false;
    }
    s->at = s->doc.len;
    return (s->root_closed && s->depth == 0) || refuse(s, "XML 1.0 2.1: the root has no end");
}

bool xmlscan_document(struct bytes doc, unsigned max_depth, struct xmlscan *out,
                      struct xmlscan_refusal *why)
{
    struct xmlscan found = {0};
    struct scan s = {.doc = doc, .max_depth = max_depth, .out = &found, .why = why};
    if (!run(&s)) return false;
    found.work = s.work;
    *out = found;
    return true;
}

bool xmlscan_element(struct bytes doc, unsigned max_depth, size_t number, struct xmlscan_place *out)
{
    struct xmlscan shape = {0};
    struct xmlscan_refusal why;
    struct xmlscan_place place;
    struct scan s = {.doc = doc,
                     .max_depth = max_depth,
                     .out = &shape,
                     .why = &why,
                     .place = &place,
                     .number = number};
    if (!run(&s) || !s.placed) return false;
    *out = place;
    return true;
}
