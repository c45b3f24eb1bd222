/* SPDX-License-Identifier: MIT */
/*
 * typing: a PIN or PUK typed into a dialog, of a length that it can have.
 *
 * What: asks again, and says why, for what could only cost a try at the card.
 */
#ifndef PKCS11_TYPING_H
#define PKCS11_TYPING_H

#include "pkcs11/pinentry.h"

struct typing {
    const char *what; /* "PIN", "PUK": for the sentence about its length */
    size_t min, max;  /* octets */
    enum lang lang;
};

/* typing_ask replaces *secret. words->error is what is said first. Errors: those of pinentry_pin;
 * CONSENT_DECLINED after eight impossible ones. */
err_t typing_ask(struct pinentry *p, const struct pinentry_words *words, const struct typing *t,
                 struct secret *secret);

/* typing_room gives *secret room when it has none. Error: STORAGE_FULL. */
err_t typing_room(struct secret **secret);

#endif
