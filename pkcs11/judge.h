/* SPDX-License-Identifier: MIT */
/*
 * judge: the worker's own look at an order, before anybody is asked.
 *
 * What: hashes the octets of every Reference, matches SignedInfo and SignedProperties against the
 *       one shape this house writes, and gives what the person must be shown. Each digest is found
 *       where it belongs and nothing that would be signed is left unexplained.
 * Not:  consent (consent.h), cards (card.h).
 * Use:  own_ptr(judged) j = NULL; e = judge_order(order, der, &j); show j->documents.
 */
#ifndef PKCS11_JUDGE_H
#define PKCS11_JUDGE_H

#include "pkcs11/consent.h"

/* What an order holds, as the worker has seen it. */
struct judged {
    size_t n;
    struct consent_document documents[TOKEN_MAX_REFERENCES]; /* views into order and beginnings */
    struct buf beginnings;
};
void judged_free(struct judged *j);
OWN_PTR(judged)

/* judge_order judges `o` for a signature by `cert` (DER). The order must outlive *out, which the
 * caller frees. Errors: DOCUMENT_CHANGED (anything that does not match, octets that are neither
 * sealed nor a nameless file), STORAGE_FULL, INTERNAL. */
err_t judge_order(const struct token_order *o, struct bytes cert, struct judged **out);

#endif
