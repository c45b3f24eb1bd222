/* SPDX-License-Identifier: MIT */
/*
 * order: what a portal's server signed, compared with what its page asks.
 *
 * What: a JWS whose payload is the request itself, each document replaced by its digest, and five
 *       claims: aud, origin, nonce, iat, exp (api/PROTOCOL 5.6.1). Writing one is the same file.
 * Not:  whether the nonce was used before (session/nonces), which keys an origin has
 *       (core/originkeys). Knows no clock.
 * Use:  e = order_judge(&order, jws, &rules, nonce, &until, &why);
 *
 * The request's fields are compared with the claims one by one, both read by form.h: nothing
 * hangs on two writers agreeing about a canonical form.
 */
#ifndef API_ORDER_H
#define API_ORDER_H

#include "api/form.h"
#include "core/jwskey.h"

#define ORDER_AUDIENCE "urn:onayd:approval:1"
#define ORDER_SECONDS  600 /* from iat to exp, at most */
#define ORDER_SKEW     60  /* seconds that the portal's clock and ours may differ */

/* A request, who makes it, and the digest of each of its documents. */
struct order {
    const char *origin;
    const struct approval_request *request;
    const struct digest *documents; /* SHA-256; of SOURCE_DIGEST the one that is asked for */
};

/* order_digest: that of a document that is not an upload; false when OpenSSL fails. */
bool order_digest(const struct approval_document *d, struct digest *out);

struct order_rules {
    struct jwskey *const *keys; /* of the origin */
    size_t n_keys;
    const struct settings *settings;
    utc_t now;
};

/* order_judge: the JWS is by one of the keys, for this very request, and may be presented now. Then
 * `nonce` gets its nonce, *until the last second at which it may. The payload is not looked at
 * before the signature is good. Errors: ORDER_INVALID, ORDER_EXPIRED (both with *why in the
 * request's language, pointer: the field that differs, or /order), STORAGE_FULL. */
err_t order_judge(const struct order *o, struct bytes jws, const struct order_rules *rules,
                  char nonce[FORM_NONCE], utc_t *until, struct session_why *why);

/* order_sign appends the JWS that order_judge takes. `audience` and `origin` of the claims are
 * not looked at. Errors: INTERNAL, STORAGE_FULL. */
err_t order_sign(const struct order *o, const struct form_claims *claims, const struct jwskey *key,
                 struct buf *jws);

#endif
