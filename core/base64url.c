/* SPDX-License-Identifier: MIT */
#include "core/base64url.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(struct buf *out, struct bytes data)
{
    for (size_t i = 0; i < data.len; i += 3) {
        const size_t n = data.len - i < 3 ? data.len - i : 3;
        uint32_t v = (uint32_t)data.p[i] << 16;
        if (n > 1) v |= (uint32_t)data.p[i + 1] << 8;
        if (n > 2) v |= data.p[i + 2];
        for (size_t k = 0; k <= n; k++) buf_byte(out, (uint8_t)alphabet[v >> (18 - 6 * k) & 63]);
    }
}

/* value_of: six bits, or 64 for a character that is none of the alphabet's. */
static uint32_t value_of(uint8_t c)
{
    const char *at = c ? strchr(alphabet, c) : NULL;
    return at ? (uint32_t)(at - alphabet) : 64;
}

/* decode_group reads two to four characters; what is left over of the last one must be zero. */
static bool decode_group(struct buf *out, struct bytes q)
{
    uint32_t v = 0;
    for (size_t k = 0; k < q.len; k++) {
        const uint32_t six = value_of(q.p[k]);
        if (six == 64) return false;
        v |= six << (18 - 6 * k);
    }
    const size_t octets = q.len - 1;
    if (v & (0xffffffu >> (8 * octets))) return false;
    for (size_t k = 0; k < octets; k++) buf_byte(out, (uint8_t)(v >> (16 - 8 * k)));
    return true;
}

bool base64url_decode(struct buf *out, struct bytes text)
{
    const size_t before = out->len;
    bool good = text.len % 4 != 1;
    for (size_t i = 0; good && i < text.len; i += 4)
        good = decode_group(out, bytes_sub(text, i, 4));
    good = good && buf_ok(out);
    if (!good) buf_cut(out, before);
    return good;
}
