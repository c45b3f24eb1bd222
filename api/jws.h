/* SPDX-License-Identifier: MIT */
/*
 * jws: the compact serialisation of a JSON Web Signature (RFC 7515 7.1), as narrow as it gets.
 *
 * What: three base64url parts; a header that holds alg, at most typ, and nothing else; a signature
 *       by one of the keys that the caller pins. The payload is handed out only when it verified.
 * Not:  what the payload means (order.h), algorithms (core/jwskey.h). No kid, jwk, x5u, crit, b64
 *       or zip: what a header cannot say cannot be made to lead anywhere.
 * Use:  e = jws_verify(text, keys, n, &payload, &flaw);
 */
#ifndef API_JWS_H
#define API_JWS_H

#include "core/jwskey.h"

#define JWS_MAX        (128u * 1024) /* characters of the whole */
#define JWS_MAX_HEADER 128           /* octets of the header */

/* Why a text is no JWS for us. */
enum jws_flaw {
    JWS_SOUND,
    JWS_NOT_COMPACT, /* not three parts, not base64url, too long */
    JWS_HEADER,      /* not exactly alg and perhaps typ; an alg that none of the keys has */
    JWS_SIGNATURE,   /* none of the keys made it */
    JWS_FLAW_COUNT
};

/* jws_verify appends the payload of a JWS that one of the keys signed (RFC 7515 5.2). On an error
 * nothing is appended. Errors: ORDER_INVALID (with *flaw), STORAGE_FULL. */
err_t jws_verify(struct bytes text, struct jwskey *const *keys, size_t n, struct buf *payload,
                 enum jws_flaw *flaw);

/* jws_sign appends the compact serialisation. Errors: INTERNAL, STORAGE_FULL. */
err_t jws_sign(const struct jwskey *k, struct bytes payload, struct buf *out);

#endif
