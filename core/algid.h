/* SPDX-License-Identifier: MIT */
/*
 * algid: AlgorithmIdentifier (RFC 5280 4.1.1.2) as CMS uses it: which hash, which signature.
 *
 * What: SHA-256, 384 and 512, and the signature algorithms of core/pubkey.
 * Not:  SHA-1 and older: what is not in the tables is unknown here.
 */
#ifndef CORE_ALGID_H
#define CORE_ALGID_H

#include "core/oid.h"
#include "core/pubkey.h"

/* algid_get takes one off the front of *d: its content and the row of its OID. Parameters are one
 * element or none (RFC 5754 2: NULL or nothing mean the same). */
bool algid_get(struct der *d, struct bytes *content, enum oid *id);

bool algid_hash(enum oid id, enum digest_alg *out);
void algid_put_hash(struct buf *out, enum digest_alg alg); /* with NULL parameters */

/* algid_signature: the algorithm of a SignerInfo (RFC 5652 5.3) from the contents of its two
 * identifiers. False when one is unknown, they name different hashes, or the parameters of RSA-PSS
 * are not the set that core/pubkey knows. */
bool algid_signature(struct bytes signature_algorithm, struct bytes digest_algorithm,
                     enum sig_alg *out);

#endif
