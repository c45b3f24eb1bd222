/* SPDX-License-Identifier: MIT */
/*
 * token_listing: keeping a token_listing longer than its views live, and making one of several.
 */
#ifndef PKCS11_TOKEN_LISTING_H
#define PKCS11_TOKEN_LISTING_H

#include "pkcs11/token.h"

/* token_listing_copy makes *to a copy of *from whose certificates are views into *ders (emptied
 * before). False without memory: *to is empty then. */
bool token_listing_copy(const struct token_listing *from, struct token_listing *to,
                        struct buf *ders);

/* token_listing_add appends slots and certificates of one module to those of others; views stay
 * views. Slots get the module's number, and from number 1 on their id begins with "mNUMBER-". A
 * certificate that is there already is not added, but takes the place of one without a key. What
 * does not fit is left out. */
void token_listing_add(struct token_listing *to, const struct token_listing *from, unsigned module);

/* token_listing_find: the index of the certificate of that id; n_certs when it is not there. */
size_t token_listing_find(const struct token_listing *l, const struct digest *id);

/* token_listing_present: an initialised token is in some slot. */
bool token_listing_present(const struct token_listing *l);

#endif
