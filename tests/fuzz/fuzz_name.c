/* SPDX-License-Identifier: MIT */
/*
 * Law: a Name equals itself and the string written of it, that string holds no control
 * character, and no text makes the comparison stumble.
 * Input: the length of the Name in two octets, the Name, then a text to compare it with.
 */
#include <stdlib.h>

#include "core/name.h"
#include "core/text.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void must_be_harmless(struct bytes s)
{
    must(text_utf8_ok(s));
    for (size_t i = 0; i < s.len; i++) must(s.p[i] >= 0x20 && s.p[i] != 0x7f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) return 0;
    struct bytes rest = bytes_of(data + 2, size - 2);
    struct bytes name = bytes_sub(rest, 0, (size_t)data[0] << 8 | data[1]);
    struct bytes text = bytes_sub(rest, name.len, rest.len);
    own(buf) written = buf_max(1 << 20);
    bool is_name = name_rfc2253(&written, name);
    if (is_name) must_be_harmless(buf_bytes(&written));
    if (is_name && name_equal(name, name)) must(name_equal_text(name, buf_bytes(&written)));
    if (!is_name) must(written.len == 0);
    (void)name_equal_text(name, text);
    must(name_equal(name, text) == name_equal(text, name));
    return 0;
}
