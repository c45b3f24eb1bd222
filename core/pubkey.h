/* SPDX-License-Identifier: MIT */
/*
 * pubkey: public keys built straight from SubjectPublicKeyInfo, and signature checks.
 *
 * What: EVP_PKEY_fromdata, not d2i (40 times faster in OpenSSL 3.0), for RSA ≥ 2048
 *       (≥ 1024 only to verify), P-256, P-384, P-521.
 * Not:  private keys; those never leave the card.
 * Use:  own_ptr(pubkey) k = pubkey_of_spki(c.spki);
 *       if (!pubkey_check(k, SIG_RSA_SHA256, digest, signature)) refuse.
 */
#ifndef CORE_PUBKEY_H
#define CORE_PUBKEY_H

#include "core/cert.h"
#include "core/digest.h"

/* Signature algorithms as XMLDSig and PKCS#11 both know them. */
enum sig_alg {
    SIG_RSA_SHA256,
    SIG_RSA_SHA384,
    SIG_RSA_SHA512,
    SIG_PSS_SHA256, /* MGF1 with the same hash, salt as long as the hash (RFC 6931 2.3.10) */
    SIG_PSS_SHA384,
    SIG_PSS_SHA512,
    SIG_ECDSA_SHA256,
    SIG_ECDSA_SHA384,
    SIG_ECDSA_SHA512,
    SIG_COUNT, /* beyond: what old files have, checked and never made */
    SIG_RSA_SHA1 = SIG_COUNT,
    SIG_ECDSA_SHA1,
    SIG_KNOWN
};

enum digest_alg sig_alg_digest(enum sig_alg a);
bool sig_alg_fits(enum sig_alg a, enum key_type k); /* RSA with RSA, ECDSA with EC */

/* sig_alg_for_key: what we sign with: RSA → PKCS#1 v1.5 SHA-256; P-256, 384, 521 → ECDSA with
 * SHA-256, 384, 512. False for KEY_UNKNOWN. */
bool sig_alg_for_key(enum key_type k, enum sig_alg *out);

struct pubkey;
/* pubkey_of_spki: NULL for a type we do not know or a point not on its curve. */
struct pubkey *pubkey_of_spki(struct bytes spki);
void pubkey_free(struct pubkey *k);
OWN_PTR(pubkey)
enum key_type pubkey_type(const struct pubkey *k);

/* pubkey_check verifies `sig` over the digest of the message. ECDSA signatures are r‖s in fixed
 * width (XMLDSig, PKCS#11), not DER. False for any mismatch of algorithm, length or value. */
bool pubkey_check(struct pubkey *k, enum sig_alg a, const struct digest *d, struct bytes sig);

/* pubkey_rs_of_der appends r‖s of an ECDSA-Sig-Value (RFC 3279 2.2.3), as X.509 and CMS have it.
 * False for a key that is not EC, and for what is no such value. */
bool pubkey_rs_of_der(const struct pubkey *k, struct bytes der, struct buf *out);

#endif
