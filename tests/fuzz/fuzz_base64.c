/* SPDX-License-Identifier: MIT */
/*
 * Law: one encoding per input (RFC 4648 3.5): what decodes, encodes to the same text; any octets
 * come back from their encoding, in one line or with line breaks.
 */
#include <stdlib.h>

#include "core/base64.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void must_come_back(struct bytes in, unsigned columns)
{
    own(buf) text = buf_max(2 * in.len + 64), back = buf_max(in.len);
    base64_encode(&text, in, columns);
    must(buf_ok(&text));
    must(base64_decode_xml(&back, buf_bytes(&text)) && bytes_eq(buf_bytes(&back), in));
    for (size_t i = 0; columns && i < text.len; i++)
        must((text.p[i] == '\n') == (i % (columns + 1) == columns));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    own(buf) octets = buf_max(size + 8), again = buf_max(2 * size + 64), spaced = buf_max(size + 8);
    buf_str(&octets, "kept");
    bool strict = base64_decode(&octets, in);
    if (strict) {
        base64_encode(&again, bytes_sub(buf_bytes(&octets), 4, octets.len), 0);
        must(bytes_eq(buf_bytes(&again), in));
    } else {
        must(bytes_eq_str(buf_bytes(&octets), "kept"));
    }
    bool loose = base64_decode_xml(&spaced, in);
    must(!strict || (loose && spaced.len == octets.len - 4));
    must(loose || spaced.len == 0);
    must_come_back(in, 0);
    must_come_back(in, 4);
    must_come_back(in, 76);
    return 0;
}
