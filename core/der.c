/* SPDX-License-Identifier: MIT */
#include "core/der.h"

struct der der_of(struct bytes in, struct der_latch *latch)
{
    if (latch) latch->start = in.p;
    return (struct der){.in = in, .latch = latch};
}

bool der_refuse(struct der *d, const char *clause)
{
    if (d->latch && !d->latch->clause) {
        d->latch->clause = clause;
        d->latch->at = d->in.p ? (size_t)(d->in.p - d->latch->start) : 0;
    }
    return false;
}

bool der_refuse_at(struct der *d, const uint8_t *at, const char *clause)
{
    d->in.p = at;
    return der_refuse(d, clause);
}

/* Identifier and length octets at the front: X.690 8.1.2, 8.1.3, 10.1. */
struct header {
    size_t len; /* of the header */
    size_t content;
};

static bool long_length(struct der *d, struct header *h)
{
    const uint8_t *p = d->in.p;
    size_t n = p[1] & 0x7f;
    if (n == 0) return der_refuse(d, "X.690 10.1: indefinite length");
    if (n > sizeof(size_t)) return der_refuse(d, "X.690 8.1.3.5: length too large");
    if (d->in.len < 2 + n) return der_refuse(d, "X.690 8.1.3: element cut off");
    size_t v = 0;
    for (size_t i = 0; i < n; i++) v = v << 8 | p[2 + i];
    if (p[2] == 0 || v < 0x80) return der_refuse(d, "X.690 10.1: length not minimal");
    *h = (struct header){2 + n, v};
    return true;
}

static bool take_header(struct der *d, struct header *h)
{
    if (d->in.len < 2) return der_refuse(d, "X.690 8.1.3: element cut off");
    if (d->in.p[1] < 0x80) {
        *h = (struct header){2, d->in.p[1]};
    } else if (!long_length(d, h)) {
        return false;
    }
    if (h->content > d->in.len - h->len) return der_refuse(d, "X.690 8.1.3: element cut off");
    return true;
}

static struct bytes take(struct der *d, size_t n)
{
    struct bytes taken = {d->in.p, n};
    d->in.p += n;
    d->in.len -= n;
    return taken;
}

bool der_get_slow(struct der *d, uint8_t tag, struct bytes *content)
{
    struct header h;
    if (d->in.len == 0) return der_refuse(d, "X.690 8.1.3: element missing");
    if (d->in.p[0] != tag) return der_refuse(d, "X.690 8.1.2: not the expected type");
    if (!take_header(d, &h)) return false;
    take(d, h.len);
    *content = take(d, h.content);
    return true;
}

/* Universal types that are constructed in DER: SEQUENCE and SET; strings are never cut in pieces
 * (X.690 10.2). */
#define CONSTRUCTED (1u << 16 | 1u << 17)

/* EXTERNAL, EMBEDDED PDV and CHARACTER STRING: nothing that we read has a place for them, and
 * readers disagree about what is one. */
#define MISPLACED (1u << 8 | 1u << 11 | 1u << 29)

/* The types whose content X.690 restricts: those of content_fault. */
#define CHECKED                                                                                    \
    (1u << DER_BOOLEAN | 1u << DER_INTEGER | 1u << DER_ENUMERATED | 1u << DER_BIT_STRING |         \
     1u << DER_NULL | 1u << DER_OID | 1u << DER_BMP_STRING | 1u << DER_UNIVERSAL_STRING)

/* What X.690 says of the content of each universal type that a certificate may carry. */
static const char *content_fault(uint8_t tag, struct bytes v)
{
    switch (tag) {
    case DER_BOOLEAN:
        if (v.len != 1 || (v.p[0] != 0 && v.p[0] != 0xff)) return "X.690 11.1: not a BOOLEAN";
        return NULL;
    case DER_INTEGER:
    case DER_ENUMERATED:
        if (v.len == 0) return "X.690 8.3.1: INTEGER without content";
        if (v.len > 1 && ((v.p[0] == 0 && v.p[1] < 0x80) || (v.p[0] == 0xff && v.p[1] >= 0x80)))
            return "X.690 8.3.2: INTEGER not minimal";
        return NULL;
    case DER_BIT_STRING:
        if (v.len == 0) return "X.690 8.6.2.1: BIT STRING without content";
        if (v.p[0] > 7 || (v.p[0] > 0 && v.len == 1)) return "X.690 8.6.2.2: unused bits";
        if (v.p[v.len - 1] & ((1u << v.p[0]) - 1) && v.len > 1)
            return "X.690 11.2.1: unused bits not zero";
        return NULL;
    case DER_NULL:
        return v.len ? "X.690 8.8.2: NULL with content" : NULL;
    case DER_OID:
        if (v.len == 0 || v.p[v.len - 1] >= 0x80) return "X.690 8.19.2: OID cut off";
        for (size_t i = 0; i < v.len; i++) {
            if (v.p[i] == 0x80 && (i == 0 || v.p[i - 1] < 0x80))
                return "X.690 8.19.2: OID arc not minimal";
        }
        return NULL;
    case DER_BMP_STRING:
        return v.len % 2 ? "X.690 8.23.8: BMPString with half a character" : NULL;
    case DER_UNIVERSAL_STRING:
        return v.len % 4 ? "X.690 8.23.7: UniversalString with part of a character" : NULL;
    default:
        return NULL;
    }
}

bool der_get_any(struct der *d, uint8_t *tag, struct bytes *content, struct bytes *whole)
{
    struct header h;
    if (d->in.len == 0) return der_refuse(d, "X.690 8.1.3: element missing");
    uint8_t id = d->in.p[0];
    unsigned number = id & 0x1f;
    if (number == 0x1f) return der_refuse(d, "X.690 8.1.2.4: tag above 30");
    if (id < 0x40) {
        if (number == 0) return der_refuse(d, "X.690 8.1.5: end-of-contents");
        if (MISPLACED >> number & 1)
            return der_refuse(d, "X.690 8.17, 8.18, 8.24: a type that has no place here");
        if ((CONSTRUCTED >> number & 1) != (id >> 5 & 1))
            return der_refuse(d, "X.690 10.2: constructed and primitive mixed up");
    }
    if (!take_header(d, &h)) return false;
    struct bytes v = bytes_of(d->in.p + h.len, h.content);
    const char *fault = id < 0x20 && CHECKED >> id & 1 ? content_fault(id, v) : NULL;
    if (fault) return der_refuse(d, fault);
    struct bytes all = take(d, h.len + h.content);
    if (tag) *tag = id;
    if (content) *content = v;
    if (whole) *whole = all;
    return true;
}

static bool get_checked(struct der *d, uint8_t tag, struct bytes *out)
{
    const uint8_t *at = d->in.p;
    struct bytes v;
    if (!der_get_bytes(d, tag, &v)) return false;
    const char *fault = content_fault(tag, v);
    if (fault) return der_refuse_at(d, at, fault);
    *out = v;
    return true;
}

bool der_get_bool(struct der *d, bool *out)
{
    struct bytes v;
    if (!get_checked(d, DER_BOOLEAN, &v)) return false;
    *out = v.p[0] != 0;
    return true;
}

bool der_get_integer(struct der *d, struct bytes *out)
{
    return get_checked(d, DER_INTEGER, out);
}

bool der_get_uint(struct der *d, uint64_t *out)
{
    struct bytes v;
    if (!der_get_integer(d, &v)) return false;
    if (v.p[0] >= 0x80) return der_refuse(d, "X.690 8.3.3: INTEGER below zero");
    if (v.len > 9 || (v.len == 9 && v.p[0] != 0))
        return der_refuse(d, "X.690 8.3.3: INTEGER above 64 bits");
    uint64_t n = 0;
    for (size_t i = 0; i < v.len; i++) n = n << 8 | v.p[i];
    *out = n;
    return true;
}

bool der_get_oid(struct der *d, struct bytes *out)
{
    return get_checked(d, DER_OID, out);
}

bool der_get_null(struct der *d)
{
    struct bytes v;
    return get_checked(d, DER_NULL, &v);
}

bool der_get_bits(struct der *d, struct bytes *out, unsigned *unused)
{
    struct bytes v;
    if (!get_checked(d, DER_BIT_STRING, &v)) return false;
    *unused = v.p[0];
    *out = bytes_of(v.p + 1, v.len - 1);
    return true;
}

/* Header octets of a length; returns how many were written. */
static size_t write_length(uint8_t out[1 + sizeof(size_t)], size_t len)
{
    if (len < 0x80) {
        out[0] = (uint8_t)len;
        return 1;
    }
    size_t n = 0;
    for (size_t v = len; v; v >>= 8) n++;
    out[0] = (uint8_t)(0x80 | n);
    for (size_t i = 0; i < n; i++) out[1 + i] = (uint8_t)(len >> (8 * (n - 1 - i)));
    return 1 + n;
}

void der_put(struct buf *b, uint8_t tag, struct bytes content)
{
    uint8_t length[1 + sizeof(size_t)];
    buf_byte(b, tag);
    buf_add(b, bytes_of(length, write_length(length, content.len)));
    buf_add(b, content);
}

void der_put_integer(struct buf *b, struct bytes magnitude)
{
    while (magnitude.len > 0 && magnitude.p[0] == 0)
        magnitude = bytes_sub(magnitude, 1, magnitude.len);
    size_t at = der_put_open(b, DER_INTEGER);
    if (magnitude.len == 0 || magnitude.p[0] >= 0x80) buf_byte(b, 0);
    buf_add(b, magnitude);
    der_put_close(b, at);
}

size_t der_put_open(struct buf *b, uint8_t tag)
{
    buf_byte(b, tag);
    buf_byte(b, 0); /* the length, made wider by der_put_close when needed */
    return b->len;
}

void der_put_close(struct buf *b, size_t opened)
{
    if (!buf_ok(b)) return;
    uint8_t length[1 + sizeof(size_t)];
    size_t len = b->len - opened, n = write_length(length, len);
    if (n > 1) {
        if (!buf_reserve(b, n - 1)) return;
        memmove(b->p + opened + n - 1, b->p + opened, len);
        buf_commit(b, n - 1);
    }
    memcpy(b->p + opened - 1, length, n);
}
