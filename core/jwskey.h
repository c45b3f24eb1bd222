/* SPDX-License-Identifier: MIT */
/*
 * jwskey: a key whose JWS algorithm follows from the key alone (RFC 7518 3.1, RFC 8037 3.1).
 *
 * What: RSA of 2048 bits or more signs RS256, P-256 signs ES256, Ed25519 signs EdDSA. No other
 *       key is taken and no key takes another algorithm: what a JWS says of itself decides
 *       nothing ("none", or HMAC with a public key as its secret, have no key to go to).
 * Not:  the JWS around the signature (api/jws). Nothing of a person's card.
 * Use:  own_ptr(jwskey) k = NULL; e = jwskey_of_pem(pem, &k);
 *       if (!jwskey_check(k, signing_input, signature)) refuse.
 */
#ifndef CORE_JWSKEY_H
#define CORE_JWSKEY_H

#include "core/buf.h"
#include "core/err.h"

enum jws_alg { JWS_RS256, JWS_ES256, JWS_EDDSA, JWS_ALG_COUNT };
const char *jws_alg_name(enum jws_alg a); /* "RS256" … */

#define JWSKEY_MAX_PEM   16384 /* octets of a PEM file */
#define JWSKEY_SIGNATURE 1024  /* octets of the longest signature: RSA-8192 */

struct jwskey;
void jwskey_free(struct jwskey *k);
OWN_PTR(jwskey)
enum jws_alg jwskey_alg(const struct jwskey *k);

/* jwskey_of_pem reads the one PUBLIC KEY block (RFC 7468 13) of a text that holds no other block,
 * so that a private key is never left where a public one belongs. Errors: SETTING_INVALID,
 * STORAGE_FULL. */
err_t jwskey_of_pem(struct bytes pem, struct jwskey **out);

/* jwskey_check verifies over the JWS signing input. ES256 signatures are R‖S, 64 octets
 * (RFC 7518 3.4), never DER. */
bool jwskey_check(const struct jwskey *k, struct bytes input, struct bytes signature);

/* ---- the other half, for who signs ---- */

/* jwskey_private reads an unencrypted private key (RFC 7468 10, or the older forms that OpenSSL
 * writes). Errors: SETTING_INVALID. */
err_t jwskey_private(struct bytes pem, struct jwskey **out);

/* jwskey_sign appends the signature that jwskey_check takes. Errors: INTERNAL (also for a key
 * without its private half), STORAGE_FULL. */
err_t jwskey_sign(const struct jwskey *k, struct bytes input, struct buf *signature);

/* jwskey_make appends a new P-256 key in the form that jwskey_private reads: the caller wipes it.
 * Errors: INTERNAL, STORAGE_FULL. */
err_t jwskey_make(struct buf *pem);

/* jwskey_public appends the key's public half as SubjectPublicKeyInfo (RFC 5280 4.1), DER.
 * Errors: INTERNAL, STORAGE_FULL. */
err_t jwskey_public(const struct jwskey *k, struct buf *der);

#endif
