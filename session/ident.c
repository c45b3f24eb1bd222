/* SPDX-License-Identifier: MIT */
#include "session/ident.h"

#include <sys/random.h>

bool ident_random(uint8_t *out, size_t n)
{
    return n <= 256 && getrandom(out, n, 0) == (ssize_t)n;
}

void ident_text(const uint8_t raw[16], char out[SESSION_ID])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < 16; i++) {
        out[2 * i] = digit[raw[i] >> 4];
        out[2 * i + 1] = digit[raw[i] & 15];
    }
    out[32] = 0;
}

bool ident_new(char out[SESSION_ID])
{
    uint8_t raw[16];
    if (!ident_random(raw, sizeof raw)) return false;
    ident_text(raw, out);
    return true;
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool ident_raw(const char *id, uint8_t out[16])
{
    uint8_t raw[16];
    if (strlen(id) != 32) return false;
    for (size_t i = 0; i < 16; i++) {
        int high = nibble(id[2 * i]), low = nibble(id[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        raw[i] = (uint8_t)(high << 4 | low);
    }
    memcpy(out, raw, sizeof raw);
    return true;
}
