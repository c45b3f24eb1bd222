/* SPDX-License-Identifier: MIT */
#include "xades/issuer_serial.h"

#include "core/der.h"

/* Long division by ten, in place; the remainder is the next digit from the right. */
static unsigned divide_by_ten(uint8_t *v, size_t len)
{
    unsigned rest = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned step = rest << 8 | v[i];
        v[i] = (uint8_t)(step / 10);
        rest = step % 10;
    }
    return rest;
}

static bool is_zero(const uint8_t *v, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (v[i]) return false;
    return true;
}

bool issuer_serial_decimal(struct buf *out, struct bytes serial)
{
    uint8_t v[ISSUER_SERIAL_MAX];
    char digits[ISSUER_SERIAL_MAX * 3]; /* log10(256) is below 2.41 */
    size_t at = sizeof digits;
    if (serial.len == 0 || serial.len > sizeof v || serial.p[0] & 0x80) return false;
    memcpy(v, serial.p, serial.len);
    do {
        digits[--at] = (char)('0' + divide_by_ten(v, serial.len));
    } while (!is_zero(v, serial.len));
    buf_add(out, bytes_of(digits + at, sizeof digits - at));
    return true;
}

void issuer_serial_der(struct buf *out, const struct cert *c)
{
    size_t whole = der_put_open(out, DER_SEQUENCE);
    size_t names = der_put_open(out, DER_SEQUENCE);
    /* directoryName is EXPLICIT, because Name is a CHOICE (X.680 31.2.7). */
    der_put(out, DER_CONTEXT_CONS(4), c->issuer);
    der_put_close(out, names);
    der_put(out, DER_INTEGER, c->serial);
    der_put_close(out, whole);
}
