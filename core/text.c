/* SPDX-License-Identifier: MIT */
#include "core/text.h"

#include "core/err.h"

bool text_utf8_next(struct bytes *s, uint32_t *cp)
{
    if (s->len == 0) return false;
    uint8_t lead = s->p[0];
    size_t n = lead < 0x80                   ? 1
               : lead >= 0xc2 && lead < 0xe0 ? 2
               : (lead & 0xf0) == 0xe0       ? 3
               : lead >= 0xf0 && lead < 0xf5 ? 4
                                             : 0;
    if (n == 0 || n > s->len) return false;
    static const uint8_t lead_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t v = lead & lead_bits[n];
    for (size_t i = 1; i < n; i++) {
        if ((s->p[i] & 0xc0) != 0x80) return false;
        v = v << 6 | (s->p[i] & 0x3f);
    }
    if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) return false;
    *s = bytes_sub(*s, n, s->len);
    *cp = v;
    return true;
}

void text_utf8_put(struct buf *out, uint32_t cp)
{
    if (cp < 0x80) return buf_byte(out, (uint8_t)cp);
    unsigned more = cp < 0x800 ? 1 : cp < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    buf_byte(out, (uint8_t)(lead[more] | cp >> (6 * more)));
    while (more--) buf_byte(out, (uint8_t)(0x80 | (cp >> (6 * more) & 0x3f)));
}

bool text_wide_next(struct bytes *s, size_t width, uint32_t *cp)
{
    uint32_t v = 0;
    if (s->len < width || s->len == 0) return false;
    for (size_t i = 0; i < width; i++) v = v << 8 | s->p[i];
    if (v > 0x10ffff || (v >= 0xd800 && v < 0xe000)) return false;
    *s = bytes_sub(*s, width, s->len);
    *cp = v;
    return true;
}

bool text_utf8_ok(struct bytes s)
{
    uint32_t cp;
    while (s.len > 0) {
        /* One and two octets, all that Turkish needs, are judged here: certificates and whole
         * documents pass through. */
        size_t n = s.p[0] < 0x80                                                      ? 1
                   : s.p[0] >= 0xc2 && s.p[0] < 0xe0 && s.len > 1 && s.p[1] >> 6 == 2 ? 2
                                                                                      : 0;
        if (n == 0) {
            if (!text_utf8_next(&s, &cp)) return false;
            continue;
        }
        s.p += n;
        s.len -= n;
    }
    return true;
}

static const struct {
    uint32_t from, to;
} invisible[] = {
    {0x00ad, 0x00ad},   /* soft hyphen */
    {0x034f, 0x034f},   /* combining grapheme joiner */
    {0x061c, 0x061c},   /* Arabic letter mark */
    {0x115f, 0x1160},   /* Hangul fillers */
    {0x17b4, 0x17b5},   /* Khmer inherent vowels */
    {0x180b, 0x180f},   /* Mongolian selectors */
    {0x200b, 0x200f},   /* zero width, LRM, RLM */
    {0x202a, 0x202e},   /* bidi embeddings and overrides */
    {0x2060, 0x206f},   /* joiners, isolates, deprecated formats */
    {0x3164, 0x3164},   /* Hangul filler */
    {0xd800, 0xdfff},   /* surrogates */
    {0xe000, 0xf8ff},   /* private use: looks like anything */
    {0xfdd0, 0xfdef},   /* noncharacters */
    {0xfe00, 0xfe0f},   /* variation selectors */
    {0xfeff, 0xfeff},   /* BOM */
    {0xffa0, 0xffa0},   /* half-width Hangul filler */
    {0xfff0, 0xfffc},   /* interlinear and object replacement */
    {0x1d173, 0x1d17a}, /* musical formats */
    {0xe0000, 0x10ffff} /* tags, selectors, private planes */
};

static bool is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= 0x09 && cp <= 0x0d) || cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 || cp == 0x202f ||
           cp == 0x205f || cp == 0x3000;
}

static bool is_hidden(uint32_t cp)
{
    if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || (cp & 0xfffe) == 0xfffe) return true;
    for (size_t i = 0; i < sizeof invisible / sizeof *invisible; i++) {
        if (cp >= invisible[i].from && cp <= invisible[i].to) return true;
    }
    return false;
}

static struct bytes take_one(struct bytes *s, uint32_t *cp)
{
    struct bytes before = *s;
    if (!text_utf8_next(s, cp)) {
        *s = bytes_sub(*s, 1, s->len);
        *cp = 0xfffd;
        return bytes_str("\xef\xbf\xbd");
    }
    return bytes_sub(before, 0, before.len - s->len);
}

void text_plain(struct buf *out, struct bytes s, size_t max_chars)
{
    bool pending = false, any = false;
    size_t chars = 0;
    while (s.len > 0) {
        uint32_t cp;
        struct bytes one = take_one(&s, &cp);
        if (is_space(cp)) {
            pending = any;
            continue;
        }
        if (is_hidden(cp)) continue;
        if (chars + pending >= max_chars) {
            buf_str(out, "…");
            return;
        }
        if (pending) buf_byte(out, ' ');
        buf_add(out, one);
        chars += 1u + pending;
        pending = false;
        any = true;
    }
}

void text_plain_in(char *out, size_t room, struct bytes s, size_t max_chars)
{
    own(buf) plain = buf_max(room - 1); /* the code point that does not fit latches it */
    text_plain(&plain, s, max_chars);
    size_t n = plain.len;
    while (n > 0 && plain.p[n - 1] == ' ') n--;
    if (n > 0) memcpy(out, plain.p, n);
    out[n] = 0;
}

bool text_plain_same(struct bytes s, size_t max_chars)
{
    own(buf) plain = buf_max(s.len + 8);
    text_plain(&plain, s, max_chars);
    return buf_ok(&plain) && bytes_eq(buf_bytes(&plain), s);
}

void text_size(struct buf *out, uint64_t octets, int lang)
{
    static const char *const unit[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    if (octets < 1024) {
        buf_fmt(out, "%u %s", (unsigned)octets, lang == LANG_TR ? "bayt" : "bytes");
        return;
    }
    size_t u = 0;
    uint64_t whole = octets;
    while (whole >= 1024 * 1024 && u < 5) {
        whole /= 1024;
        u++;
    }
    uint64_t tenths = whole * 10 / 1024;
    buf_fmt(out, "%u%c%u %s", (unsigned)(tenths / 10), lang == LANG_TR ? ',' : '.',
            (unsigned)(tenths % 10), unit[u]);
}
