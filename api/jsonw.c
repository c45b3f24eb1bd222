/* SPDX-License-Identifier: MIT */
#include "api/jsonw.h"

#include "core/base64.h"
#include "core/text.h"

#include <inttypes.h>

static void begin(struct jsonw *w, const char *key)
{
    if (w->comma) buf_byte(w->out, ',');
    w->comma = true;
    if (!key) return;
    buf_byte(w->out, '"');
    buf_str(w->out, key);
    buf_str(w->out, "\":");
}

void jsonw_open(struct jsonw *w, const char *key, char bracket)
{
    begin(w, key);
    buf_byte(w->out, (uint8_t)bracket);
    w->comma = false;
}

void jsonw_close(struct jsonw *w, char bracket)
{
    buf_byte(w->out, (uint8_t)bracket);
    w->comma = true;
}

static bool plain(uint8_t c, bool utf8)
{
    return c >= 0x20 && c != '"' && c != '\\' && (c < 0x80 || utf8);
}

static void escape(struct buf *out, uint8_t c)
{
    if (c == '"' || c == '\\') {
        buf_byte(out, '\\');
        buf_byte(out, c);
    } else if (c >= 0x80) {
        buf_byte(out, '?');
    } else {
        buf_fmt(out, "\\u%04x", c);
    }
}

void jsonw_text(struct jsonw *w, const char *key, struct bytes text)
{
    const bool utf8 = text_utf8_ok(text);
    begin(w, key);
    buf_byte(w->out, '"');
    for (size_t i = 0, run = 0; i <= text.len; i++) {
        if (i < text.len && plain(text.p[i], utf8)) continue;
        buf_add(w->out, bytes_sub(text, run, i - run));
        if (i < text.len) escape(w->out, text.p[i]);
        run = i + 1;
    }
    buf_byte(w->out, '"');
}

void jsonw_str(struct jsonw *w, const char *key, const char *text)
{
    jsonw_text(w, key, bytes_str(text));
}

void jsonw_number(struct jsonw *w, const char *key, uint64_t v)
{
    begin(w, key);
    buf_fmt(w->out, "%" PRIu64, v);
}

void jsonw_bool(struct jsonw *w, const char *key, bool v)
{
    begin(w, key);
    buf_str(w->out, v ? "true" : "false");
}

void jsonw_null(struct jsonw *w, const char *key)
{
    begin(w, key);
    buf_str(w->out, "null");
}

void jsonw_time(struct jsonw *w, const char *key, utc_t t)
{
    begin(w, key);
    buf_byte(w->out, '"');
    utc_write_xsd(w->out, t, 0);
    buf_byte(w->out, '"');
}

void jsonw_hex(struct jsonw *w, const char *key, struct bytes v)
{
    begin(w, key);
    buf_byte(w->out, '"');
    buf_hex(w->out, v);
    buf_byte(w->out, '"');
}

void jsonw_base64(struct jsonw *w, const char *key, struct bytes v)
{
    begin(w, key);
    buf_byte(w->out, '"');
    base64_encode(w->out, v, 0);
    buf_byte(w->out, '"');
}
