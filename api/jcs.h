/* SPDX-License-Identifier: MIT */
/*
 * jcs: the canonical form of a JSON text (RFC 8785).
 *
 * What: no white space, members in the order of their UTF-16 code units, one spelling for every
 *       string and number.
 * Not:  a reader: what jsonscan refuses has no canonical form here, nor has a number beyond the
 *       range of a double (RFC 8785 3.2.2.3, RFC 7493 2.2).
 * Use:  e = jcs_write(text, depth, &out, &why);
 */
#ifndef API_JCS_H
#define API_JCS_H

#include "api/jsonscan.h"
#include "core/buf.h"

/* jcs_write appends the canonical form. Errors: MALFORMED_JSON (with *why), STORAGE_FULL. */
err_t jcs_write(struct bytes text, unsigned max_depth, struct buf *out,
                struct jsonscan_refusal *why);

#define JCS_NUMBER 64 /* characters of the longest number, and NUL */
/* jcs_number writes a double as ECMAScript does (Number::toString); false for NaN and infinities.
 */
bool jcs_number(double v, char out[JCS_NUMBER]);

#endif
