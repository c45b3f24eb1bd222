/* SPDX-License-Identifier: MIT */
#include "api/jsonscan.h"

#include "core/text.h"

static const char *const flaw_text[JSONSCAN_COUNT][2] = {
    [JSONSCAN_SOUND] = {"", ""},
    [JSONSCAN_EMPTY] = {"gövde boş", "the body is empty"},
    [JSONSCAN_BOM] = {"bayt sırası işareti (BOM) var", "it starts with a byte order mark"},
    [JSONSCAN_UNEXPECTED] = {"beklenmeyen karakter", "unexpected character"},
    [JSONSCAN_CUT_OFF] = {"metin yarıda bitiyor", "it ends in the middle"},
    [JSONSCAN_BAD_UTF8] = {"geçersiz UTF-8", "invalid UTF-8"},
    [JSONSCAN_CONTROL] = {"metin içinde denetim karakteri", "a raw control character in a string"},
    [JSONSCAN_ESCAPE] = {"geçersiz kaçış dizisi", "invalid escape sequence"},
    [JSONSCAN_NUL] = {"\\u0000 kullanılamaz", "\\u0000 is not accepted"},
    [JSONSCAN_SURROGATE] = {"eşi olmayan vekil karakter", "a lone surrogate"},
    [JSONSCAN_DUPLICATE] = {"aynı anahtar iki kez", "the same key twice"},
    [JSONSCAN_NUMBER] = {"geçersiz sayı", "invalid number"},
    [JSONSCAN_TRAILING] = {"değerden sonra fazladan metin", "text after the value"},
    [JSONSCAN_TOO_DEEP] = {"çok derin iç içe", "nested too deeply"},
    [JSONSCAN_TOO_MANY] = {"çok fazla değer", "too many values"},
};

const char *jsonscan_flaw_text(enum jsonscan_flaw f, enum lang lang)
{
    return flaw_text[(unsigned)f < JSONSCAN_COUNT ? f : JSONSCAN_SOUND][lang == LANG_EN];
}

/* Keys of the objects that are open, innermost last: those of one object are compared. */
#define KEYS_MAX 1024

struct scan {
    const uint8_t *start, *p, *end;
    unsigned depth, max_depth;
    unsigned values;
    size_t n_keys;
    struct bytes keys[KEYS_MAX];
    struct jsonscan_refusal *why;
};

static bool flaw_at(struct scan *s, enum jsonscan_flaw f, const uint8_t *at)
{
    *s->why = (struct jsonscan_refusal){f, (size_t)(at - s->start)};
    return false;
}

static bool flaw(struct scan *s, enum jsonscan_flaw f)
{
    return flaw_at(s, s->p == s->end ? JSONSCAN_CUT_OFF : f, s->p);
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
        s->p++;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* hex4 reads the four digits of a \u escape. */
static bool hex4(const uint8_t *p, const uint8_t *end, uint32_t *out)
{
    uint32_t v = 0;
    if (end - p < 4) return false;
    for (int i = 0; i < 4; i++) {
        int d = hex_digit(p[i]);
        if (d < 0) return false;
        v = v << 4 | (uint32_t)d;
    }
    *out = v;
    return true;
}

/* unescape reads one escape at `at` (a backslash): its code point, or why there is none. */
static enum jsonscan_flaw unescape(const uint8_t **at, const uint8_t *end, uint32_t *cp)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const uint8_t *p = *at + 1;
    uint32_t low;
    if (p == end) return JSONSCAN_CUT_OFF;
    if (*p != 'u') {
        const char *found = *p ? strchr(from, *p) : NULL;
        if (!found) return JSONSCAN_ESCAPE;
        *cp = (uint32_t)to[found - from];
        *at = p + 1;
        return JSONSCAN_SOUND;
    }
    if (!hex4(p + 1, end, cp)) return JSONSCAN_ESCAPE;
    *at = p += 5;
    if (*cp == 0) return JSONSCAN_NUL;
    if (*cp < 0xd800 || *cp > 0xdfff) return JSONSCAN_SOUND;
    if (*cp > 0xdbff || end - p < 6 || p[0] != '\\' || p[1] != 'u' || !hex4(p + 2, end, &low) ||
        low < 0xdc00 || low > 0xdfff)
        return JSONSCAN_SURROGATE;
    *cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
    *at = p + 6;
    return JSONSCAN_SOUND;
}

static bool scan_special(struct scan *s)
{
    uint32_t cp;
    if (*s->p < 0x20) return flaw(s, JSONSCAN_CONTROL);
    if (*s->p == '\\') {
        const uint8_t *at = s->p;
        enum jsonscan_flaw f = unescape(&s->p, s->end, &cp);
        return f == JSONSCAN_SOUND || flaw_at(s, f, at);
    }
    struct bytes rest = bytes_of(s->p, (size_t)(s->end - s->p));
    if (!text_utf8_next(&rest, &cp)) return flaw(s, JSONSCAN_BAD_UTF8);
    s->p = rest.p;
    return true;
}

/* scan_string stands at the opening quote; *inside views what is between the quotes. */
static bool scan_string(struct scan *s, struct bytes *inside)
{
    const uint8_t *from = ++s->p;
    while (s->p < s->end && *s->p != '"') {
        if (*s->p >= 0x20 && *s->p < 0x80 && *s->p != '\\') {
            s->p++; /* the way of nearly every octet */
        } else if (!scan_special(s)) {
            return false;
        }
    }
    if (s->p == s->end) return flaw(s, JSONSCAN_CUT_OFF);
    *inside = bytes_of(from, (size_t)(s->p++ - from));
    return true;
}

bool jsonscan_char(struct bytes *s, uint32_t *cp)
{
    if (s->len == 0) return false;
    if (s->p[0] != '\\') return text_utf8_next(s, cp);
    const uint8_t *p = s->p, *end = s->p + s->len;
    if (unescape(&p, end, cp) != JSONSCAN_SOUND) return false;
    *s = bytes_of(p, (size_t)(end - p));
    return true;
}

static bool same_key(struct bytes a, struct bytes b)
{
    if (bytes_eq(a, b)) return true;
    if (!(a.len && memchr(a.p, '\\', a.len)) && !(b.len && memchr(b.p, '\\', b.len))) return false;
    for (;;) {
        uint32_t x = 0, y = 0;
        bool more_a = jsonscan_char(&a, &x), more_b = jsonscan_char(&b, &y);
        if (more_a != more_b || x != y) return false;
        if (!more_a) return true;
    }
}

static bool scan_key(struct scan *s, size_t first)
{
    const uint8_t *at = s->p;
    struct bytes key;
    if (at == s->end || *at != '"') return flaw(s, JSONSCAN_UNEXPECTED);
    if (!scan_string(s, &key)) return false;
    if (s->n_keys - first == JSONSCAN_MAX_MEMBERS || s->n_keys == KEYS_MAX)
        return flaw_at(s, JSONSCAN_TOO_MANY, at);
    for (size_t i = first; i < s->n_keys; i++) {
        if (same_key(s->keys[i], key)) return flaw_at(s, JSONSCAN_DUPLICATE, at);
    }
    s->keys[s->n_keys++] = key;
    skip_space(s);
    if (s->p == s->end || *s->p != ':') return flaw(s, JSONSCAN_UNEXPECTED);
    s->p++;
    return true;
}

static bool scan_digits(struct scan *s)
{
    const uint8_t *from = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9') s->p++;
    return s->p > from;
}

static bool scan_number(struct scan *s)
{
    const uint8_t *from = s->p;
    if (*s->p == '-') s->p++;
    const uint8_t *whole = s->p;
    if (!scan_digits(s) || (*whole == '0' && s->p - whole > 1))
        return flaw_at(s, JSONSCAN_NUMBER, from);
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!scan_digits(s)) return flaw_at(s, JSONSCAN_NUMBER, from);
    }
    if (s->p < s->end && (*s->p | 0x20) == 'e') {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-')) s->p++;
        if (!scan_digits(s)) return flaw_at(s, JSONSCAN_NUMBER, from);
    }
    return s->p - from <= JSONSCAN_MAX_NUMBER || flaw_at(s, JSONSCAN_NUMBER, from);
}

static bool scan_word(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    struct bytes rest = bytes_of(s->p, (size_t)(s->end - s->p));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (!bytes_starts(rest, bytes_str(words[i]))) continue;
        s->p += strlen(words[i]);
        return true;
    }
    return flaw(s, JSONSCAN_UNEXPECTED);
}

static bool scan_value(struct scan *s);

/* scan_items: what stands between the brackets of an object or an array. */
static bool scan_items(struct scan *s, bool object)
{
    const uint8_t close = object ? '}' : ']';
    const size_t first = s->n_keys;
    s->p++;
    skip_space(s);
    for (bool empty = true; s->p < s->end && (!empty || *s->p != close); empty = false) {
        if (object && !scan_key(s, first)) return false;
        if (!scan_value(s)) return false;
        skip_space(s);
        if (s->p < s->end && *s->p == close) break;
        if (s->p == s->end || *s->p != ',') return flaw(s, JSONSCAN_UNEXPECTED);
        s->p++;
        skip_space(s);
    }
    if (s->p == s->end) return flaw(s, JSONSCAN_CUT_OFF);
    s->p++;
    s->n_keys = first;
    return true;
}

static bool scan_container(struct scan *s)
{
    if (s->depth == s->max_depth) return flaw(s, JSONSCAN_TOO_DEEP);
    s->depth++;
    bool ok = scan_items(s, *s->p == '{');
    s->depth--;
    return ok;
}

static bool scan_value(struct scan *s)
{
    struct bytes inside;
    skip_space(s);
    if (s->p == s->end) return flaw(s, JSONSCAN_CUT_OFF);
    if (++s->values > JSONSCAN_MAX_VALUES) return flaw(s, JSONSCAN_TOO_MANY);
    switch (*s->p) {
    case '{':
    case '[':
        return scan_container(s);
    case '"':
        return scan_string(s, &inside);
    case '-':
    case '0' ... '9':
        return scan_number(s);
    default:
        return scan_word(s);
    }
}

bool jsonscan_text(struct bytes text, unsigned max_depth, struct jsonscan_refusal *why)
{
    struct scan s;
    s.start = s.p = text.p;
    s.end = text.len ? text.p + text.len : text.p;
    s.depth = s.values = 0;
    s.n_keys = 0;
    s.max_depth = max_depth < JSONSCAN_MAX_DEPTH ? max_depth : JSONSCAN_MAX_DEPTH;
    s.why = why;
    skip_space(&s);
    if (s.p == s.end) return flaw_at(&s, JSONSCAN_EMPTY, s.p);
    if (*s.p == 0xef) return flaw(&s, JSONSCAN_BOM);
    if (!scan_value(&s)) return false;
    skip_space(&s);
    return s.p == s.end || flaw_at(&s, JSONSCAN_TRAILING, s.p);
}
