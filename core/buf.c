/* SPDX-License-Identifier: MIT */
#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>

void buf_free(struct buf *b)
{
    free(b->p);
    *b = buf_max(b->max);
}

void buf_wipe(struct buf *b)
{
    if (b->p) explicit_bzero(b->p, b->cap);
    buf_free(b);
}

struct buf buf_take(struct buf *b)
{
    struct buf taken = *b;
    *b = buf_max(b->max);
    return taken;
}

/* One octet beyond the content is always there, so that buf_cstr never grows. */
static bool grow(struct buf *b, size_t n)
{
    if (b->failed) return false;
    if (n > b->max - b->len) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + n + 1;
    if (need <= b->cap) return true;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need) cap += cap / 2 + 64;
    if (cap > b->max + 1) cap = b->max + 1;
    uint8_t *p = realloc(b->p, cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *buf_reserve(struct buf *b, size_t n)
{
    return grow(b, n) ? b->p + b->len : NULL;
}

void buf_commit(struct buf *b, size_t n)
{
    if (!b->failed) b->len += n;
}

void buf_add(struct buf *b, struct bytes v)
{
    if (!grow(b, v.len) || v.len == 0) return;
    memcpy(b->p + b->len, v.p, v.len);
    b->len += v.len;
}

void buf_str(struct buf *b, const char *s)
{
    buf_add(b, bytes_str(s));
}

void buf_byte(struct buf *b, uint8_t v)
{
    buf_add(b, bytes_of(&v, 1));
}

void buf_fmt(struct buf *b, const char *fmt, ...)
{
    char small[256];
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0) {
        b->failed = true;
    } else if ((size_t)n < sizeof small) {
        buf_add(b, bytes_of(small, (size_t)n));
    } else if (grow(b, (size_t)n)) {
        (void)vsnprintf((char *)b->p + b->len, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
}

void buf_hex(struct buf *b, struct bytes v)
{
    static const char digit[] = "0123456789abcdef";
    if (!grow(b, v.len > SIZE_MAX / 2 ? SIZE_MAX : v.len * 2)) return;
    for (size_t i = 0; i < v.len; i++) {
        b->p[b->len++] = (uint8_t)digit[v.p[i] >> 4];
        b->p[b->len++] = (uint8_t)digit[v.p[i] & 15];
    }
}

void buf_cut(struct buf *b, size_t len)
{
    if (len < b->len) b->len = len;
}

const char *buf_cstr(struct buf *b)
{
    if (b->failed || !b->p) return "";
    b->p[b->len] = 0;
    return (const char *)b->p;
}
