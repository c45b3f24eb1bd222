/* SPDX-License-Identifier: MIT */
/*
 * pintask: the person changes a token's PIN, or sets a new one with the PUK.
 *
 * What: which token, what is typed in which order, what is said when it was wrong; at a pin pad
 *       everything is typed on the reader.
 * Not:  the calls of the module (newpin.h).
 * Use:  e = pintask_run(&task); nothing is left behind but the new PIN.
 *
 * All that is typed is known to be possible before anything reaches the card; a wrong PIN or PUK is
 * never presented again by itself.
 */
#ifndef PKCS11_PINTASK_H
#define PKCS11_PINTASK_H

#include "pkcs11/newpin.h"
#include "pkcs11/pinentry.h"

struct pintask {
    struct card *card;
    const struct token_listing *listing; /* the card's newest */
    const struct token_pin_order *order;
    struct pinentry_setup dialog; /* its deadline is that of all dialogs together */
    void *ctx;
    /* A dialog opens: what the token has told right before. */
    void (*asking)(void *ctx, const struct card_pin_info *info);
    void (*step)(void *ctx, enum token_step step);
};

/* pintask_run: OK when the new PIN is set; errors are token_ask_pin's. */
err_t pintask_run(const struct pintask *t);

#endif
