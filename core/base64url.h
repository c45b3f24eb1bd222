/* SPDX-License-Identifier: MIT */
/*
 * base64url: RFC 4648 section 5 without padding, as RFC 7515 (JWS) writes it; strict both ways.
 *
 * What: one text per input: no padding, no white space, unused bits zero (RFC 4648 3.5).
 * Not:  base64 (base64.h). For texts of some kilobytes: this one is short, not fast.
 */
#ifndef CORE_BASE64URL_H
#define CORE_BASE64URL_H

#include "core/buf.h"

/* base64url_encode appends the encoding of `data`. */
void base64url_encode(struct buf *out, struct bytes data);

/* base64url_decode appends the octets of `text`. False, and `out` cut back to where it was, when
 * it is not exactly what base64url_encode would write, or does not fit. */
bool base64url_decode(struct buf *out, struct bytes text);

#endif
