/* SPDX-License-Identifier: MIT */
/*
 * base64: RFC 4648 section 4, strict both ways.
 *
 * What: one encoding per input: padding demanded, unused bits zero (RFC 4648 3.5).
 * Not:  base64url.
 * Use:  base64_encode(&buf, data, 76); base64_decode(&buf, text).
 */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include "core/buf.h"

/* base64_encode appends the encoding of `data`; `columns` > 0 (a multiple of 4) breaks lines
 * by LF after that many characters, none after the last. 0: one line. */
void base64_encode(struct buf *out, struct bytes data, unsigned columns);

/* base64_decode appends the octets of `text`, which holds nothing but the encoding.
 * False, and `out` cut back to where it was, when it is not exactly what base64_encode
 * with columns 0 would write, or does not fit. */
bool base64_decode(struct buf *out, struct bytes text);

/* base64_decode_xml is the same for xsd:base64Binary: XML white space between
 * characters is passed over (XML Schema part 2, 3.2.16). */
bool base64_decode_xml(struct buf *out, struct bytes text);

#endif
