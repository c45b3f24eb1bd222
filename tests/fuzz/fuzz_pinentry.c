/* SPDX-License-Identifier: MIT */
/*
 * Laws: whatever a text holds, it becomes one line of one command, at most 1000 octets, and reads
 * back as the beginning of the text; and no answer of the program leads beyond its line.
 */
#include <stdlib.h>

#include "core/text.h"
#include "pkcs11/pinentry.h"

static void must(bool holds)
{
    if (!holds) abort();
}

static void check_text(struct bytes in)
{
    static const char command[] = "SETDESC ";
    own(buf) text = buf_max(in.len + 1), line = buf_max(2 * PINENTRY_LINE);
    buf_add(&text, in);
    const char *s = buf_cstr(&text); /* ends at the first NUL */
    pinentry_line(&line, "SETDESC", s);
    must(buf_ok(&line) && line.len <= PINENTRY_LINE + 1);
    must(bytes_starts(buf_bytes(&line), bytes_str(command)));
    must(memchr(line.p, '\n', line.len) == line.p + line.len - 1);
    struct bytes said =
        bytes_sub(buf_bytes(&line), strlen(command), line.len - strlen(command) - 1);
    for (size_t i = 0; i < said.len; i++) must(said.p[i] >= 0x20 && said.p[i] != 0x7f);
    must(text_utf8_ok(said));
    uint8_t back[PINENTRY_LINE];
    size_t len;
    must(pinentry_unescape(said, back, sizeof back, &len));
    if (!text_utf8_ok(bytes_str(s))) return;
    must(bytes_starts(bytes_str(s), bytes_of(back, len)));
    must(pinentry_fits("SETDESC", s) == (len == strlen(s)));
}

static void check_answer(struct bytes in)
{
    enum pinentry_answer kind;
    struct bytes data;
    err_t error = OK;
    uint8_t out[64];
    size_t len;
    if (!pinentry_answer_of(in, &kind, &data, &error)) return;
    if (kind == PINENTRY_ERR || kind == PINENTRY_NO) must(error != OK);
    if (kind != PINENTRY_DATA) return;
    must(data.len == 0 || (data.p >= in.p && data.p + data.len == in.p + in.len));
    if (pinentry_unescape(data, out, sizeof out, &len)) must(len <= sizeof out && len <= data.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text(bytes_of(data, size));
    check_answer(bytes_of(data, size));
    return 0;
}
