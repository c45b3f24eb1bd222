/* SPDX-License-Identifier: MIT */
/*
 * algorithm: digest and signature algorithms by the URIs of XMLDSig.
 *
 * What: one table each (XMLDSig 1.1 6.2 and 6.4, RFC 6931 2.1, 2.3).
 * Not:  SHA-1 for making anything: it is known to those alone who judge old files. DSA, MD5 and
 *       HMAC: not at all.
 */
#ifndef XADES_ALGORITHM_H
#define XADES_ALGORITHM_H

#include "core/pubkey.h"

/* algorithm_digest_uri, algorithm_signature_uri: what we write. Static strings. Those beyond
 * DIGEST_COUNT and SIG_COUNT are never written. */
const char *algorithm_digest_uri(enum digest_alg a);
const char *algorithm_signature_uri(enum sig_alg a);

/* algorithm_signature_name: for people, "ECDSA with SHA-384". Static string. */
const char *algorithm_signature_name(enum sig_alg a);

/* algorithm_digest_of, algorithm_signature_of: the row of that URI, compared octet by octet;
 * false when there is none. */
bool algorithm_digest_of(struct bytes uri, enum digest_alg *out);
bool algorithm_signature_of(struct bytes uri, enum sig_alg *out);

/* algorithm_digest_found, algorithm_signature_found: the same for judging: SHA-1 too. Who asks must
 * say what that is worth (verify.c). */
bool algorithm_digest_found(struct bytes uri, enum digest_alg *out);
bool algorithm_signature_found(struct bytes uri, enum sig_alg *out);

/* algorithm_weak: a URI of SHA-1, MD5 or DSA: known to be too weak, rather than unknown. */
bool algorithm_weak(struct bytes uri);

#endif
