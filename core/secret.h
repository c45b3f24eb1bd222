/* SPDX-License-Identifier: MIT */
/*
 * secret: a PIN or PUK in memory of its own.
 *
 * What: pages locked in RAM, left out of core dumps and of forked children, guarded on
 *       both sides, wiped before release.
 * Not:  printable. There is no function that formats a secret, and there shall be none.
 * Use:  own_ptr(secret) pin = secret_new(64); read into secret_room(pin), then
 *       secret_set_len(pin, n).
 */
#ifndef CORE_SECRET_H
#define CORE_SECRET_H

#include "core/bytes.h"
#include "core/own.h"

#define SECRET_MAX 2048 /* octets: an Assuan line with a fully escaped PIN fits */

struct secret;

/* secret_new gives an empty secret with room for `cap` ≤ SECRET_MAX octets; NULL when the
 * memory cannot be had. A failed mlock (RLIMIT_MEMLOCK) is not fatal: the rest still holds. */
struct secret *secret_new(size_t cap);

/* secret_free wipes and releases; NULL is fine. */
void secret_free(struct secret *s);
OWN_PTR(secret)

/* secret_room is where the caller writes; secret_cap says how many octets fit. */
uint8_t *secret_room(struct secret *s);
size_t secret_cap(const struct secret *s);

/* secret_set_len says how much was written; what lies behind is wiped. */
void secret_set_len(struct secret *s, size_t len);

/* secret_bytes views the content; the view is as secret as the content. */
struct bytes secret_bytes(const struct secret *s);

#endif
