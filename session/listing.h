/* SPDX-License-Identifier: MIT */
/*
 * listing: the newest answer of the token, copied out of its hands.
 *
 * What: a deep copy of a token_listing with every certificate read and its chain judged once.
 * Not:  judging who may sign (signer.h).
 * Use:  listing_store(&l, event.listing); then l.copy, l.read[i].
 */
#ifndef SESSION_LISTING_H
#define SESSION_LISTING_H

#include "pkcs11/token_listing.h"
#include "session/session.h"

struct listing_entry {
    bool readable; /* cert_read took it; else `cert` means nothing */
    struct cert cert;
    bool judged; /* `chain` is the verdict of `judged_at` */
    enum chain_status chain;
    utc_t judged_at;
    uint64_t judged_by; /* trust_version */
};

struct listing {
    bool known; /* there was an answer at all */
    struct token_listing copy;
    struct listing_entry entries[TOKEN_MAX_CERTS];
    struct buf ders;
};

/* listing_store replaces what was there; verdicts about the same certificates move along.
 * False without memory: the listing is empty then. */
bool listing_store(struct listing *l, const struct token_listing *from);
void listing_free(struct listing *l);

/* listing_chain judges the chain of one readable certificate, with the token's other certificates
 * as intermediates; a verdict younger than a minute is given again unless the trust has changed.
 * `trust` is not NULL. */
enum chain_status listing_chain(struct listing *l, size_t i, const struct trust *trust, utc_t now);

#endif
