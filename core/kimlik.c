/* SPDX-License-Identifier: MIT */
#include "core/kimlik.h"

bool kimlik_valid(struct bytes text)
{
    if (text.len != KIMLIK_LEN) return false;
    int d[KIMLIK_LEN], odd = 0, even = 0;
    for (size_t i = 0; i < KIMLIK_LEN; i++) {
        if (text.p[i] < '0' || text.p[i] > '9') return false;
        d[i] = text.p[i] - '0';
    }
    for (size_t i = 0; i < 9; i++) *(i % 2 ? &even : &odd) += d[i];
    int tenth = ((7 * odd - even) % 10 + 10) % 10;
    return d[0] != 0 && d[9] == tenth && d[10] == (odd + even + d[9]) % 10;
}

void kimlik_mask(struct bytes text, char out[32])
{
    size_t n = text.len < 31 ? text.len : 31;
    for (size_t i = 0; i < n; i++) {
        bool shown = text.len == KIMLIK_LEN && (i < 3 || i >= KIMLIK_LEN - 2);
        bool printable = text.p[i] > 0x20 && text.p[i] < 0x7f;
        out[i] = shown && printable ? (char)text.p[i] : '*';
    }
    out[n] = 0;
}
