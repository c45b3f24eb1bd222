/* SPDX-License-Identifier: MIT */
/*
 * signing: the two ends of one signature: what the token is given, and what it gives back.
 *
 * What: documents and certificate → xades_prepare → a token_order with the octets of every
 *       Reference; later the signature value → the signed file.
 * Not:  choosing the certificate (signer), states (story).
 */
#ifndef SESSION_SIGNING_H
#define SESSION_SIGNING_H

#include "session/store.h"

/* signing_prepare makes a->work->job for the certificate (DER, copied) and sets shown.signer and
 * shown.signing_time (`now`). Errors: those of xades_prepare, with the clause in `why`. */
err_t signing_prepare(struct approval *a, const struct settings *settings, utc_t now,
                      const struct token_cert *tc, const struct cert *c, struct xades_why *why);

/* signing_ask puts the prepared order to the token. Errors: STORAGE_FULL, and what
 * token_ask_signature answers at once. */
err_t signing_ask(const struct approval *a, const struct settings *settings, struct token *t);

/* signing_store writes what a successor would need to finish, and what the history tells, into the
 * store (NULL: nowhere). Errors: STORAGE_FULL, STORE_UNUSABLE. */
err_t signing_store(const struct approval *a, const struct cert *c, struct store *store);

/* signing_words fills the order's texts: who asks and for what. */
void signing_words(const struct approval *a, const struct settings *settings,
                   struct token_order *out);

/* signing_finish sets the signature value in and makes a->file. Errors: those of xades_finish. */
err_t signing_finish(struct approval *a, struct bytes signature);

#endif
