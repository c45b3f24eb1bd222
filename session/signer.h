/* SPDX-License-Identifier: MIT */
/*
 * signer: which certificate signs, and why the others may not.
 *
 * What: every rule that is known before a PIN is asked: validity, key, qualification, chain and
 *       revocation, tries left, and what the approval itself demands.
 * Not:  asking the person (session) or the card (pkcs11).
 * Use:  signer_choose(&rules, &listing, &wish, &choice); choice.n is 0, 1 or more.
 */
#ifndef SESSION_SIGNER_H
#define SESSION_SIGNER_H

#include "session/listing.h"

struct signer_rules {
    const struct settings *settings;
    const struct trust *trust; /* NULL: the chain is not judged */
    utc_t now;
};

/* signer_unusable gives the UNUSABLE_ bits of one certificate of the listing. */
unsigned signer_unusable(const struct signer_rules *rules, struct listing *l, size_t i);

/* What an approval demands of its signer. */
struct signer_wish {
    bool has_certificate;
    struct digest certificate; /* exactly this one */
    const char *identity;      /* the applicant's, "" = anybody */
    bool undertaking;          /* a personal, qualified certificate, whatever is configured */
};

struct signer_choice {
    size_t n;                           /* certificates that may sign */
    struct digest ids[TOKEN_MAX_CERTS]; /* the newest (notBefore) first */
    err_t problem; /* n 0: why: of the certificate that came furthest through the rules */
    bool wait;     /* n 0: putting in a card may mend it */
};
void signer_choose(const struct signer_rules *rules, struct listing *l,
                   const struct signer_wish *wish, struct signer_choice *out);

#endif
