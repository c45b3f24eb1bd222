/* SPDX-License-Identifier: MIT */
/*
 * Law: a time that was read is written so that it reads as the same moment, at any offset; the
 * digits of an ASN.1 time come back.
 */
#include <stdlib.h>

#include "core/utc.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void must_come_back(utc_t t)
{
    static const int offsets[] = {0, UTC_TURKEY_MINUTES, -210, 840, -840};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        own(buf) text = buf_max(64);
        utc_t again;
        utc_write_xsd(&text, t, offsets[i]);
        bool last_days = t < -62135596800 + 86400 || t > 253402300799 - 86400;
        bool read = utc_read_xsd(buf_bytes(&text), &again); /* years 0001 to 9999 alone */
        must(read ? again == t : last_days);
    }
}

/* 2026-11-22T12:00:00Z without its marks is the end of the ASN.1 text. */
static void must_have_digits(struct bytes asn1, utc_t t)
{
    own(buf) text = buf_max(64), digits = buf_max(64);
    utc_write_xsd(&text, t, 0);
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] >= '0' && text.p[i] <= '9') buf_byte(&digits, text.p[i]);
    }
    buf_byte(&digits, 'Z');
    must(bytes_eq(bytes_sub(buf_bytes(&digits), digits.len - asn1.len, asn1.len), asn1));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    utc_t t;
    if (utc_read_utctime(in, &t)) {
        must_have_digits(in, t);
        must_come_back(t);
    }
    if (utc_read_generalized(in, &t)) {
        must_have_digits(in, t);
        must_come_back(t);
    }
    if (utc_read_xsd(in, &t)) must_come_back(t);
    return 0;
}
