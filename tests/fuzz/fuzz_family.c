/* SPDX-License-Identifier: MIT */
/*
 * Law: an ATR that was read has one end: an octet more or less is refused; its historical bytes lie
 * inside it, as many as T0 says; where a check byte stands, no other octet may be in its place.
 */
#include "pkcs11/family.h"

#include <stdlib.h>

static void must(bool holds)
{
    if (!holds) abort();
}

static bool reads(const uint8_t *p, size_t n)
{
    struct bytes historical;
    const char *broken = NULL;
    bool ok = family_historical(bytes_of(p, n), &historical, &broken);
    must(ok == !broken);
    return ok;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes atr = bytes_of(data, size), historical;
    const char *broken;
    const struct family *f = family_of(atr);
    if (!family_historical(atr, &historical, &broken)) {
        must(!f);
        return 0;
    }
    uint8_t other[34];
    must(size >= 2 && size < sizeof other);
    must(historical.len == (data[1] & 15u));
    size_t check = (size_t)(data + size - (historical.p + historical.len));
    must(historical.p >= data + 2 && check <= 1);
    must(!reads(data, size - 1));
    memcpy(other, data, size);
    other[size] = 0;
    must(!reads(other, size + 1));
    if (check == 0) return 0;
    other[size - 1] ^= 0x10;
    must(!reads(other, size));
    return 0;
}
