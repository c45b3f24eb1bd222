/* SPDX-License-Identifier: MIT */
/*
 * jsonw: JSON written straight into a buffer.
 *
 * What: commas and escapes (RFC 8259 7) are its own business; the caller opens, fills, closes.
 * Not:  reading (json.h).
 * Use:  struct jsonw w = {&buf, false}; jsonw_open(&w, NULL, '{'); jsonw_str(&w, "id", id);
 *       jsonw_close(&w, '}'); then buf_ok.
 *
 * `key` is NULL inside arrays and for the outermost value; keys are our own, written unescaped.
 */
#ifndef API_JSONW_H
#define API_JSONW_H

#include "core/buf.h"
#include "core/utc.h"

struct jsonw {
    struct buf *out;
    bool comma; /* a value stands before the next one */
};

void jsonw_open(struct jsonw *w, const char *key, char bracket); /* '{' or '[' */
void jsonw_close(struct jsonw *w, char bracket);                 /* '}' or ']' */

/* jsonw_text writes UTF-8; octets that are not become '?'. */
void jsonw_text(struct jsonw *w, const char *key, struct bytes text);
void jsonw_str(struct jsonw *w, const char *key, const char *text);
void jsonw_number(struct jsonw *w, const char *key, uint64_t v);
void jsonw_bool(struct jsonw *w, const char *key, bool v);
void jsonw_null(struct jsonw *w, const char *key);
void jsonw_time(struct jsonw *w, const char *key, utc_t t); /* RFC 3339, Z */
void jsonw_hex(struct jsonw *w, const char *key, struct bytes v);
void jsonw_base64(struct jsonw *w, const char *key, struct bytes v);

#endif
