/* SPDX-License-Identifier: MIT */
/*
 * signer: a key and a self-signed certificate, made on the spot, that sign as a card would.
 *
 * What: RSA-2048, P-256, P-384, P-521; an issuer with Turkish letters and characters that strings
 *       and XML escape; a serial number of 20 octets.
 * Use:  struct signer *s = signer_new(KEY_P256); n = signer_sign(s, alg, digest, value);
 */
#ifndef TESTS_SUPPORT_SIGNER_H
#define TESTS_SUPPORT_SIGNER_H

#include "core/pubkey.h"

#define SIGNER_MAX_VALUE 512 /* octets */

struct signer;
/* signer_new ends the test program when OpenSSL does not do its part. */
struct signer *signer_new(enum key_type type);
void signer_free(struct signer *s);
OWN_PTR(signer)

struct bytes signer_certificate(const struct signer *s); /* DER, owned by the signer */
const char *signer_pem(const struct signer *s);          /* the same as PEM text */

/* signer_sign signs a digest; ECDSA values are r‖s in fixed width. Returns the octets written. */
size_t signer_sign(const struct signer *s, enum sig_alg alg, const struct digest *d,
                   uint8_t value[SIGNER_MAX_VALUE]);

#endif
