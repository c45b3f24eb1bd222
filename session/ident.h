/* SPDX-License-Identifier: MIT */
/*
 * ident: the unguessable names of approvals and documents.
 *
 * What: 128 random bits as 32 lower-case hex digits. Whoever does not own the thing cannot name it.
 */
#ifndef SESSION_IDENT_H
#define SESSION_IDENT_H

#include "session/session.h"

/* ident_random fills `n` ≤ 256 octets from the kernel's generator; false when it has none to give.
 */
bool ident_random(uint8_t *out, size_t n);

/* ident_new writes a fresh name; false when there is no randomness (nothing may be named then). */
bool ident_new(char out[SESSION_ID]);

/* ident_raw reads a name back into its 16 octets; false for anything ident_new does not write. */
bool ident_raw(const char *id, uint8_t out[16]);
/* ident_text is its inverse. */
void ident_text(const uint8_t raw[16], char out[SESSION_ID]);

#endif
