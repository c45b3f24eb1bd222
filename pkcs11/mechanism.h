/* SPDX-License-Identifier: MIT */
/*
 * mechanism: how one of our signature algorithms is asked of a PKCS#11 module.
 *
 * What: the bare mechanisms (CKM_RSA_PKCS, CKM_RSA_PKCS_PSS, CKM_ECDSA) and the octets they sign;
 *       those that hash by themselves fail on AKİS cards, and hash what nobody was shown.
 */
#ifndef PKCS11_MECHANISM_H
#define PKCS11_MECHANISM_H

#include "core/pubkey.h"

#include <p11-kit/pkcs11.h>

#define MECHANISM_PREFIX 19 /* octets of DigestInfo before the digest */

struct mechanism {
    CK_MECHANISM ck; /* may point at params: the struct is not to be copied */
    CK_RSA_PKCS_PSS_PARAMS params;
    uint8_t data[MECHANISM_PREFIX + DIGEST_MAX];
    size_t len;
};

/* mechanism_for fills *out: DigestInfo (RFC 8017 9.2), the digest with PSS parameters (salt as long
 * as the digest), or as many of the digest's leftmost octets as the curve's order has (FIPS 186-4
 * 6.4). `alg`, `d` and `key` fit together (sig_alg_fits, sig_alg_digest). */
void mechanism_for(enum sig_alg alg, const struct digest *d, enum key_type key,
                   struct mechanism *out);

#endif
