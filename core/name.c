/* SPDX-License-Identifier: MIT */
#include "core/name.h"

#include "core/der.h"
#include "core/oid.h"
#include "core/text.h"

#define VALUE_MAX 65536 /* octets of one value as UTF-8 */
#define PARTS_MAX 64    /* attributes of a name that are compared */

/* ---- strings, X.680 41, X.690 8.23 ---- */

/* BMPString and UniversalString: big-endian characters of `width` octets. */
static bool put_wide(struct buf *out, struct bytes v, size_t width)
{
    uint32_t cp;
    while (text_wide_next(&v, width, &cp)) text_utf8_put(out, cp);
    return v.len == 0;
}

/* TeletexString as everybody writes it: Latin-1. */
static bool put_latin(struct buf *out, struct bytes v)
{
    for (size_t i = 0; i < v.len; i++) text_utf8_put(out, v.p[i]);
    return true;
}

static bool in_set(uint8_t tag, uint8_t c)
{
    bool digit = c >= '0' && c <= '9';
    bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    switch (tag) {
    case DER_PRINTABLE_STRING:
        return digit || letter || (c && strchr(" '()+,-./:=?", c));
    case DER_NUMERIC_STRING:
        return digit || c == ' ';
    case DER_VISIBLE_STRING:
        return c >= 0x20 && c < 0x7f;
    default: /* IA5String */
        return c < 0x80;
    }
}

static bool put_ascii(struct buf *out, uint8_t tag, struct bytes v)
{
    for (size_t i = 0; i < v.len; i++) {
        if (!in_set(tag, v.p[i])) return false;
    }
    buf_add(out, v);
    return true;
}

static bool put_string(struct buf *out, uint8_t tag, struct bytes v)
{
    switch (tag) {
    case DER_UTF8_STRING:
        if (!text_utf8_ok(v)) return false;
        buf_add(out, v);
        return true;
    case DER_BMP_STRING:
        return put_wide(out, v, 2);
    case DER_UNIVERSAL_STRING:
        return put_wide(out, v, 4);
    case DER_TELETEX_STRING:
        return put_latin(out, v);
    case DER_PRINTABLE_STRING:
    case DER_NUMERIC_STRING:
    case DER_VISIBLE_STRING:
    case DER_IA5_STRING:
        return put_ascii(out, tag, v);
    default:
        return false;
    }
}

bool name_string(struct buf *out, unsigned char tag, struct bytes content)
{
    size_t before = out->len;
    if (put_string(out, tag, content) && buf_ok(out)) return true;
    buf_cut(out, before);
    return false;
}

/* ---- reading a Name, RFC 5280 4.1.2.4 ---- */

struct attribute {
    struct bytes type, value, whole; /* whole: the value's element */
    uint8_t tag;
};

static bool get_attribute(struct der *rdn, struct attribute *a)
{
    struct der in;
    return der_get(rdn, DER_SEQUENCE, &in) && der_get_oid(&in, &a->type) &&
           der_get_any(&in, &a->tag, &a->value, &a->whole) && der_end(&in);
}

static bool open_name(struct bytes name, struct der *rdns)
{
    struct der d = der_of(name, NULL);
    return der_get(&d, DER_SEQUENCE, rdns) && der_end(&d);
}

bool name_get(struct buf *out, struct bytes name, int oid)
{
    struct der rdns, rdn;
    struct attribute a, found = {.tag = 0};
    if (!open_name(name, &rdns)) return false;
    while (der_more(&rdns)) {
        if (!der_get(&rdns, DER_SET, &rdn)) return false;
        while (der_more(&rdn)) {
            if (!get_attribute(&rdn, &a)) return false;
            if (oid != OID_NONE && (int)oid_of(a.type) == oid) found = a;
        }
    }
    return found.tag && name_string(out, found.tag, found.value);
}

/* ---- writing, RFC 2253 ---- */

/* The names of RFC 2253 2.3, and what other writers call these and further types. The first row
 * of a type that is marked `ours` is the one written. */
static const struct {
    enum oid type;
    bool ours;
    const char *name;
} types[] = {
    {OID_COMMON_NAME, true, "CN"},
    {OID_ORGANIZATIONAL_UNIT, true, "OU"},
    {OID_ORGANIZATION, true, "O"},
    {OID_LOCALITY, true, "L"},
    {OID_STATE, true, "ST"},
    {OID_STATE, false, "S"},
    {OID_COUNTRY, true, "C"},
    {OID_DOMAIN_COMPONENT, true, "DC"},
    {OID_STREET, true, "STREET"},
    {OID_USER_ID, true, "UID"},
    {OID_SERIAL_NUMBER, false, "SERIALNUMBER"},
    {OID_SURNAME, false, "SN"},
    {OID_SURNAME, false, "SURNAME"},
    {OID_GIVEN_NAME, false, "G"},
    {OID_GIVEN_NAME, false, "GN"},
    {OID_GIVEN_NAME, false, "GIVENNAME"},
    {OID_TITLE, false, "T"},
    {OID_TITLE, false, "TITLE"},
    {OID_EMAIL, false, "E"},
    {OID_EMAIL, false, "EMAIL"},
    {OID_EMAIL, false, "EMAILADDRESS"},
};
#define N_TYPES (sizeof types / sizeof *types)

static const char *written_type(struct bytes type)
{
    enum oid o = oid_of(type);
    for (size_t i = 0; o != OID_NONE && i < N_TYPES; i++) {
        if (types[i].type == o && types[i].ours) return types[i].name;
    }
    return NULL;
}

/* RFC 2253 2.4; control characters as hex pairs, for XML can hold none of them. */
static void put_escaped(struct buf *out, struct bytes v)
{
    for (size_t i = 0; i < v.len; i++) {
        uint8_t c = v.p[i];
        bool first = i == 0, last = i == v.len - 1;
        if (c < 0x20 || c == 0x7f) {
            buf_fmt(out, "\\%02X", c);
            continue;
        }
        if (strchr(",+\"\\<>;", c) || (c == '#' && first) || (c == ' ' && (first || last)))
            buf_byte(out, '\\');
        buf_byte(out, c);
    }
}

static bool put_attribute(struct buf *out, const struct attribute *a)
{
    const char *type = written_type(a->type);
    own(buf) text = buf_max(VALUE_MAX);
    if (type) {
        buf_str(out, type);
    } else if (!oid_text(out, a->type)) {
        return false;
    }
    buf_byte(out, '=');
    if (type && name_string(&text, a->tag, a->value)) {
        put_escaped(out, buf_bytes(&text));
    } else {
        buf_byte(out, '#');
        buf_hex(out, a->whole);
    }
    return true;
}

static bool put_rdn(struct buf *out, struct der rdn)
{
    if (!der_more(&rdn)) return false;
    for (bool first = true; der_more(&rdn); first = false) {
        struct attribute a;
        if (!get_attribute(&rdn, &a)) return false;
        if (!first) buf_byte(out, '+');
        if (!put_attribute(out, &a)) return false;
    }
    return true;
}

/* The string goes from the last RDN to the first (RFC 2253 2.1). */
static bool put_reversed(struct buf *out, struct der rdns)
{
    struct der order[PARTS_MAX];
    size_t n = 0;
    for (; der_more(&rdns); n++) {
        if (n == PARTS_MAX || !der_get(&rdns, DER_SET, &order[n])) return false;
    }
    for (size_t i = n; i-- > 0;) {
        if (i + 1 < n) buf_byte(out, ',');
        if (!put_rdn(out, order[i])) return false;
    }
    return buf_ok(out);
}

bool name_rfc2253(struct buf *out, struct bytes name)
{
    size_t before = out->len;
    struct der rdns;
    if (open_name(name, &rdns) && put_reversed(out, rdns)) return true;
    buf_cut(out, before);
    return false;
}

/* ---- comparing, RFC 5280 7.1 ---- */

/* A name taken apart: types and folded values lie in one buffer. */
struct part {
    size_t rdn;
    size_t type_at, type_len;
    size_t value_at, value_len;
};

struct parts {
    struct buf store;
    struct part v[PARTS_MAX];
    size_t n, n_rdns;
};

static void parts_free(struct parts *p)
{
    buf_free(&p->store);
}
OWN(parts)

/* Case of ASCII and runs of spaces do not count; leading and trailing spaces neither. */
static void put_folded(struct buf *out, struct bytes text)
{
    bool gap = false, any = false;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.p[i];
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            gap = any;
            continue;
        }
        if (gap) buf_byte(out, ' ');
        gap = false;
        any = true;
        buf_byte(out, c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
    }
}

/* A value that is text is kept folded behind 's', any other as its DER behind 'x'. */
static void put_value(struct buf *out, uint8_t tag, struct bytes value, struct bytes whole)
{
    own(buf) text = buf_max(VALUE_MAX);
    if (name_string(&text, tag, value)) {
        buf_byte(out, 's');
        put_folded(out, buf_bytes(&text));
    } else {
        buf_byte(out, 'x');
        buf_add(out, whole);
    }
}

static bool parts_of_name(struct bytes name, struct parts *p)
{
    struct der rdns, rdn;
    if (!open_name(name, &rdns)) return false;
    for (; der_more(&rdns); p->n_rdns++) {
        if (!der_get(&rdns, DER_SET, &rdn) || !der_more(&rdn)) return false;
        while (der_more(&rdn)) {
            struct attribute a;
            if (p->n == PARTS_MAX || !get_attribute(&rdn, &a)) return false;
            struct part *part = &p->v[p->n++];
            *part = (struct part){.rdn = p->n_rdns, .type_at = p->store.len};
            buf_add(&p->store, a.type);
            part->type_len = a.type.len;
            part->value_at = p->store.len;
            put_value(&p->store, a.tag, a.value, a.whole);
            part->value_len = p->store.len - part->value_at;
        }
    }
    return buf_ok(&p->store);
}

static bool part_equal(const struct parts *a, size_t i, const struct parts *b, size_t k)
{
    const struct part *x = &a->v[i], *y = &b->v[k];
    struct bytes s = buf_bytes(&a->store), t = buf_bytes(&b->store);
    return bytes_eq(bytes_sub(s, x->type_at, x->type_len), bytes_sub(t, y->type_at, y->type_len)) &&
           bytes_eq(bytes_sub(s, x->value_at, x->value_len),
                    bytes_sub(t, y->value_at, y->value_len));
}

/* An RDN is a set: its attributes may stand in any order. */
static bool part_among(const struct parts *a, size_t i, const struct parts *b, size_t rdn)
{
    for (size_t k = 0; k < b->n; k++) {
        if (b->v[k].rdn == rdn && part_equal(a, i, b, k)) return true;
    }
    return false;
}

static bool parts_within(const struct parts *a, const struct parts *b, bool reversed)
{
    for (size_t i = 0; i < a->n; i++) {
        size_t rdn = a->v[i].rdn;
        if (!part_among(a, i, b, reversed ? a->n_rdns - 1 - rdn : rdn)) return false;
    }
    return true;
}

static bool parts_equal(const struct parts *a, const struct parts *b, bool reversed)
{
    return a->n == b->n && a->n_rdns == b->n_rdns && parts_within(a, b, reversed) &&
           parts_within(b, a, reversed);
}

#define PARTS_NEW                                                                                  \
    {                                                                                              \
        .store = {.max = 4 * VALUE_MAX }                                                           \
    }

bool name_equal(struct bytes a, struct bytes b)
{
    own(parts) x = PARTS_NEW;
    own(parts) y = PARTS_NEW;
    return parts_of_name(a, &x) && parts_of_name(b, &y) && parts_equal(&x, &y, false);
}

/* ---- reading the string, RFC 2253 3, 4 and RFC 4514 ---- */

static void skip_space(struct bytes *s)
{
    while (s->len > 0 && (s->p[0] == ' ' || (s->p[0] >= '\t' && s->p[0] <= '\r')))
        *s = bytes_sub(*s, 1, s->len);
}

static struct bytes trim_end(struct bytes s)
{
    while (s.len > 0 &&
           (s.p[s.len - 1] == ' ' || (s.p[s.len - 1] >= '\t' && s.p[s.len - 1] <= '\r')))
        s.len--;
    return s;
}

static bool same_word(struct bytes s, const char *upper)
{
    if (s.len != strlen(upper)) return false;
    for (size_t i = 0; i < s.len; i++) {
        uint8_t c = s.p[i];
        if ((c >= 'a' && c <= 'z' ? c - 0x20 : c) != (uint8_t)upper[i]) return false;
    }
    return true;
}

/* CN, 2.5.4.3 or OID.2.5.4.3, up to "=". */
static bool take_type(struct bytes *s, struct buf *out)
{
    skip_space(s);
    const uint8_t *equals = s->len ? memchr(s->p, '=', s->len) : NULL;
    if (!equals) return false;
    size_t n = (size_t)(equals - s->p);
    struct bytes word = trim_end(bytes_sub(*s, 0, n));
    *s = bytes_sub(*s, n + 1, s->len);
    for (size_t i = 0; i < N_TYPES; i++) {
        if (!same_word(word, types[i].name)) continue;
        buf_add(out, oid_content(types[i].type));
        return true;
    }
    if (word.len > 4 && same_word(bytes_sub(word, 0, 4), "OID."))
        word = bytes_sub(word, 4, word.len);
    return oid_from_text(out, word);
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool take_hex_pair(struct bytes *s, struct buf *out)
{
    if (s->len < 2) return false;
    int high = hex_digit(s->p[0]), low = hex_digit(s->p[1]);
    if (high < 0 || low < 0) return false;
    buf_byte(out, (uint8_t)(high << 4 | low));
    *s = bytes_sub(*s, 2, s->len);
    return true;
}

/* What follows a backslash: two hex digits, or the character itself. */
static bool take_escape(struct bytes *s, struct buf *out)
{
    *s = bytes_sub(*s, 1, s->len);
    if (take_hex_pair(s, out)) return true;
    if (s->len == 0) return false;
    buf_byte(out, s->p[0]);
    *s = bytes_sub(*s, 1, s->len);
    return true;
}

static bool is_separator(uint8_t c)
{
    return c == ',' || c == ';' || c == '+';
}

/* A plain value; an escaped space at its end stays, and folding takes care of the others. */
static bool take_plain(struct bytes *s, struct buf *out)
{
    while (s->len > 0 && !is_separator(s->p[0])) {
        if (s->p[0] == '\\') {
            if (!take_escape(s, out)) return false;
            continue;
        }
        if (s->p[0] == '"') return false;
        buf_byte(out, s->p[0]);
        *s = bytes_sub(*s, 1, s->len);
    }
    return true;
}

static bool take_quoted(struct bytes *s, struct buf *out)
{
    *s = bytes_sub(*s, 1, s->len);
    while (s->len > 0 && s->p[0] != '"') {
        if (s->p[0] == '\\') {
            if (!take_escape(s, out)) return false;
            continue;
        }
        buf_byte(out, s->p[0]);
        *s = bytes_sub(*s, 1, s->len);
    }
    if (s->len == 0) return false;
    *s = bytes_sub(*s, 1, s->len);
    return true;
}

/* #hex: the DER of the value. */
static bool take_hex_value(struct bytes *s, struct buf *out)
{
    own(buf) der = buf_max(VALUE_MAX);
    struct bytes content, whole;
    uint8_t tag;
    *s = bytes_sub(*s, 1, s->len);
    while (take_hex_pair(s, &der)) {
    }
    struct der d = der_of(buf_bytes(&der), NULL);
    if (!buf_ok(&der) || !der_get_any(&d, &tag, &content, &whole) || !der_end(&d)) return false;
    put_value(out, tag, content, whole);
    return true;
}

static bool take_value(struct bytes *s, struct buf *out)
{
    skip_space(s);
    if (s->len > 0 && s->p[0] == '#') return take_hex_value(s, out);
    own(buf) text = buf_max(VALUE_MAX);
    bool quoted = s->len > 0 && s->p[0] == '"';
    if (!(quoted ? take_quoted : take_plain)(s, &text)) return false;
    if (!buf_ok(&text) || !text_utf8_ok(buf_bytes(&text))) return false;
    buf_byte(out, 's');
    put_folded(out, buf_bytes(&text));
    return true;
}

static bool take_part(struct bytes *s, struct parts *p)
{
    if (p->n == PARTS_MAX) return false;
    struct part *part = &p->v[p->n++];
    *part = (struct part){.rdn = p->n_rdns, .type_at = p->store.len};
    if (!take_type(s, &p->store)) return false;
    part->type_len = p->store.len - part->type_at;
    part->value_at = p->store.len;
    if (!take_value(s, &p->store)) return false;
    part->value_len = p->store.len - part->value_at;
    skip_space(s);
    return true;
}

static bool parts_of_text(struct bytes s, struct parts *p)
{
    skip_space(&s);
    if (s.len == 0) return true;
    for (;;) {
        if (!take_part(&s, p)) return false;
        if (s.len == 0) break;
        if (!is_separator(s.p[0])) return false;
        if (s.p[0] != '+') p->n_rdns++;
        s = bytes_sub(s, 1, s.len);
    }
    p->n_rdns++;
    return buf_ok(&p->store);
}

bool name_equal_text(struct bytes name, struct bytes text)
{
    own(parts) x = PARTS_NEW;
    own(parts) y = PARTS_NEW;
    return parts_of_name(name, &x) && parts_of_text(text, &y) &&
           (parts_equal(&x, &y, true) || parts_equal(&x, &y, false));
}
