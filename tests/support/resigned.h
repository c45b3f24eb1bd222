/* SPDX-License-Identifier: MIT */
/*
 * resigned: a signature file of ours that a test has changed, signed anew.
 *
 * Use:  resigned_swap(&file, "<xades:SigningTime", "+03:00", "Z"); resigned_all(&file, leaf);
 */
#ifndef TESTS_SUPPORT_RESIGNED_H
#define TESTS_SUPPORT_RESIGNED_H

#include "tests/support/signed.h"

/* resigned_swap replaces the first `from` behind `after` ("": from the start) by `to`; ends the
 * program when they are not there. */
void resigned_swap(struct buf *file, const char *after, const char *from, const char *to);

/* resigned_put puts `with` in the place of `part`, which lies in the file. */
void resigned_put(struct buf *file, struct bytes part, struct bytes with);

/* resigned_digest is that of the first element of that name (C14N 1.0). */
void resigned_digest(const struct buf *file, const char *name, enum digest_alg alg,
                     struct digest *out);

/* resigned_value signs the SignedInfo as it now stands (SHA-256, C14N 1.0) and puts the value in.
 */
void resigned_value(struct buf *file, const struct leaf *l);

/* resigned_value_as: with another digest. */
void resigned_value_as(struct buf *file, const struct leaf *l, enum digest_alg alg);

/* resigned_all brings the digest of SignedProperties up to date first. */
void resigned_all(struct buf *file, const struct leaf *l);

#endif
