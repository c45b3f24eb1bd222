/* SPDX-License-Identifier: MIT */
#include "api/jcs.h"

#include "core/text.h"

#include <math.h>
#include <stdio.h>

/* ---- numbers ---- */

/* The shortest decimal that is read back as the same double: v = 0.DIGITS × 10^point. */
struct decimal {
    char digits[18];
    size_t n;
    int point;
};

/* next_up adds one to the last digit; false when that would need a further digit. */
static bool next_up(char *digits, size_t n)
{
    while (n > 0 && digits[n - 1] == '9') n--;
    if (n == 0) return false;
    digits[n - 1]++;
    memset(digits + n, '0', strlen(digits + n));
    return true;
}

static bool reads_back(const struct decimal *d, double v)
{
    char text[40];
    (void)snprintf(text, sizeof text, "0.%se%d", d->digits, d->point);
    return strtod(text, NULL) == v;
}

/* Above a power of two doubles lie twice as far apart as below it: there the nearest decimal of n
 * digits may be another double's while the next larger one is not. */
static bool decimal_of(double v, size_t n, struct decimal *out)
{
    char text[40];
    (void)snprintf(text, sizeof text, "%.*e", (int)n - 1, v);
    const char *e = strchr(text, 'e');
    out->n = n;
    out->digits[0] = text[0];
    memcpy(out->digits + 1, text + 2, n - 1);
    out->digits[n] = 0;
    out->point = (int)strtol(e + 1, NULL, 10) + 1;
    return reads_back(out, v) || (next_up(out->digits, n) && reads_back(out, v));
}

static void shortest(double v, struct decimal *out)
{
    size_t n = 1;
    while (n < 17 && !decimal_of(v, n, out)) n++;
    if (n == 17) (void)decimal_of(v, n, out);
    while (out->n > 1 && out->digits[out->n - 1] == '0') out->digits[--out->n] = 0;
}

/* ECMA-262 6.1.6.1.20, with its k and n. */
static void write_decimal(const struct decimal *d, const char *sign, char out[JCS_NUMBER])
{
    const int k = (int)d->n, n = d->point;
    if (k <= n && n <= 21)
        (void)snprintf(out, JCS_NUMBER, "%s%s%.*s", sign, d->digits, n - k,
                       "000000000000000000000");
    else if (0 < n && n <= 21)
        (void)snprintf(out, JCS_NUMBER, "%s%.*s.%s", sign, n, d->digits, d->digits + n);
    else if (-6 < n && n <= 0)
        (void)snprintf(out, JCS_NUMBER, "%s0.%.*s%s", sign, -n, "00000", d->digits);
    else
        (void)snprintf(out, JCS_NUMBER, "%s%c%s%se%+d", sign, d->digits[0], k > 1 ? "." : "",
                       d->digits + 1, n - 1);
}

bool jcs_number(double v, char out[JCS_NUMBER])
{
    struct decimal d;
    if (!isfinite(v)) return false;
    if (v == 0) { /* also -0 */
        memcpy(out, "0", 2);
        return true;
    }
    shortest(fabs(v), &d);
    write_decimal(&d, v < 0 ? "-" : "", out);
    return true;
}

/* ---- strings ---- */

/* RFC 8785 3.2.2.2 */
static void put_char(struct buf *out, uint32_t cp)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *at = cp && cp < 0x80 ? strchr(from, (int)cp) : NULL;
    if (at) {
        buf_byte(out, '\\');
        buf_byte(out, (uint8_t)to[at - from]);
    } else if (cp < 0x20) {
        buf_fmt(out, "\\u%04x", (unsigned)cp);
    } else {
        text_utf8_put(out, cp);
    }
}

/* In UTF-16 what lies beyond U+FFFF begins with D800 to DBFF: before U+E000 to U+FFFF. */
static uint32_t first_unit(uint32_t cp)
{
    return cp < 0x10000 ? cp : 0xd800 + ((cp - 0x10000) >> 10);
}

/* RFC 8785 3.2.3 */
static bool comes_before(struct bytes a, struct bytes b)
{
    uint32_t x, y;
    for (;;) {
        bool more_a = jsonscan_char(&a, &x), more_b = jsonscan_char(&b, &y);
        if (!more_a || !more_b) return !more_a && more_b;
        if (x == y) continue;
        const uint32_t p = first_unit(x), q = first_unit(y);
        return p != q ? p < q : x < y;
    }
}

/* ---- the walk over a text that the scanner has passed ---- */

struct walk {
    const uint8_t *start, *p, *end;
    struct buf *out;
    struct jsonscan_refusal *why;
};

struct member {
    struct bytes key;
    size_t from, to; /* of the output: key, colon and value */
};

static bool write_value(struct walk *w);

static void skip_space(struct walk *w)
{
    while (w->p < w->end && (*w->p == ' ' || *w->p == '\n' || *w->p == '\r' || *w->p == '\t'))
        w->p++;
}

/* write_string stands at the opening quote. */
static struct bytes write_string(struct walk *w)
{
    const uint8_t *from = ++w->p;
    uint32_t cp;
    while (*w->p != '"') w->p += *w->p == '\\' ? 2 : 1;
    struct bytes inside = bytes_of(from, (size_t)(w->p++ - from)), left = inside;
    buf_byte(w->out, '"');
    while (jsonscan_char(&left, &cp)) put_char(w->out, cp);
    buf_byte(w->out, '"');
    return inside;
}

static bool write_number(struct walk *w)
{
    char text[JSONSCAN_MAX_NUMBER + 1], number[JCS_NUMBER];
    const uint8_t *from = w->p;
    while (w->p < w->end && *w->p && strchr("+-.0123456789Ee", *w->p)) w->p++;
    const size_t n = (size_t)(w->p - from);
    memcpy(text, from, n);
    text[n] = 0;
    if (!jcs_number(strtod(text, NULL), number)) {
        *w->why = (struct jsonscan_refusal){JSONSCAN_NUMBER, (size_t)(from - w->start)};
        return false;
    }
    buf_str(w->out, number);
    return true;
}

static bool write_word(struct walk *w)
{
    while (w->p < w->end && *w->p >= 'a' && *w->p <= 'z') buf_byte(w->out, *w->p++);
    return true;
}

static bool write_array(struct walk *w)
{
    buf_byte(w->out, *w->p++);
    for (skip_space(w); *w->p != ']'; skip_space(w)) {
        if (*w->p == ',') buf_byte(w->out, *w->p++);
        if (!write_value(w)) return false;
    }
    buf_byte(w->out, *w->p++);
    return true;
}

/* Insertion: members that stand in order already, as a canonical text's do, are not moved. */
static bool sort(struct member *m, size_t n)
{
    bool moved = false;
    for (size_t i = 1; i < n; i++) {
        const struct member one = m[i];
        size_t k = i;
        for (; k > 0 && comes_before(one.key, m[k - 1].key); k--) m[k] = m[k - 1];
        m[k] = one;
        moved |= k != i;
    }
    return moved;
}

static void rewrite(struct buf *out, size_t from, const struct member *m, size_t n)
{
    own(buf) copy = buf_max(out->len - from);
    buf_add(&copy, bytes_sub(buf_bytes(out), from, out->len));
    if (!buf_ok(&copy)) out->failed = true;
    buf_cut(out, from);
    for (size_t i = 0; i < n; i++) {
        if (i) buf_byte(out, ',');
        buf_add(out, bytes_sub(buf_bytes(&copy), m[i].from - from, m[i].to - m[i].from));
    }
}

static bool write_object(struct walk *w)
{
    struct member members[JSONSCAN_MAX_MEMBERS];
    size_t n = 0;
    buf_byte(w->out, *w->p++);
    const size_t from = w->out->len;
    for (skip_space(w); *w->p != '}'; skip_space(w)) {
        if (*w->p == ',') buf_byte(w->out, *w->p++);
        skip_space(w);
        members[n].from = w->out->len;
        members[n].key = write_string(w);
        skip_space(w);
        buf_byte(w->out, *w->p++);
        if (!write_value(w)) return false;
        members[n++].to = w->out->len;
    }
    if (sort(members, n) && buf_ok(w->out)) rewrite(w->out, from, members, n);
    buf_byte(w->out, *w->p++);
    return true;
}

static bool write_value(struct walk *w)
{
    skip_space(w);
    switch (*w->p) {
    case '{':
        return write_object(w);
    case '[':
        return write_array(w);
    case '"':
        (void)write_string(w);
        return true;
    case '-':
    case '0' ... '9':
        return write_number(w);
    default:
        return write_word(w);
    }
}

err_t jcs_write(struct bytes text, unsigned max_depth, struct buf *out,
                struct jsonscan_refusal *why)
{
    const size_t before = out->len;
    if (!jsonscan_text(text, max_depth, why)) return err_raise(ERR_MALFORMED_JSON);
    struct walk w = {text.p, text.p, text.p + text.len, out, why};
    if (!write_value(&w)) {
        buf_cut(out, before);
        return err_raise(ERR_MALFORMED_JSON);
    }
    return buf_ok(out) ? OK : err_raise(ERR_STORAGE_FULL);
}
