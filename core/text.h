/* SPDX-License-Identifier: MIT */
/*
 * text: words that a caller sent and a person will read.
 *
 * What: UTF-8 checks, and making caller text harmless on one line.
 * Not:  escaping for one output format (Assuan: pkcs11/pinentry; JSON: json-c; XML: xades/xmlw).
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "core/buf.h"

/* text_utf8_ok: well-formed UTF-8 (RFC 3629: no overlong forms, surrogates, > U+10FFFF). */
bool text_utf8_ok(struct bytes s);

/* text_utf8_next takes one code point off the front of *s; false at the end or when malformed. */
bool text_utf8_next(struct bytes *s, uint32_t *cp);

/* text_utf8_put appends one code point. */
void text_utf8_put(struct buf *out, uint32_t cp);

/* text_wide_next takes one big-endian character of `width` octets (BMPString: 2, UniversalString:
 * 4) off the front of *s; false at the end, when cut off, for surrogates and above U+10FFFF. */
bool text_wide_next(struct bytes *s, size_t width, uint32_t *cp);

/* text_plain appends `s` without control, line and paragraph separator, bidi, zero-width and
 * other invisible format characters and unassigned-plane noncharacters; runs of white space
 * become one space, ends trimmed; at most `max_chars` code points, then "…".
 * Malformed UTF-8 becomes U+FFFD. */
void text_plain(struct buf *out, struct bytes s, size_t max_chars);

/* text_plain_in does the same into an array of `room` octets (at least 1): NUL-terminated, and cut
 * between code points when it does not fit. text_plain_same holds for what it leaves. */
void text_plain_in(char *out, size_t room, struct bytes s, size_t max_chars);

/* text_plain_same: true when text_plain would give `s` back unchanged. */
bool text_plain_same(struct bytes s, size_t max_chars);

/* text_size appends "4,0 KiB" (TR) or "4.0 KiB" (EN). `lang` as enum lang. */
void text_size(struct buf *out, uint64_t octets, int lang);

#endif
