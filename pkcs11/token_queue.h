/* SPDX-License-Identifier: MIT */
/*
 * token_queue: events that wait for token_next, in the order in which they came.
 *
 * A full queue loses the newest: no token has as many answers outstanding, so whoever fills it is
 * not one of ours.
 */
#ifndef PKCS11_TOKEN_QUEUE_H
#define PKCS11_TOKEN_QUEUE_H

#include "pkcs11/token.h"

#define TOKEN_QUEUE_MAX 16

struct token_queue {
    size_t n;
    struct token_event at[TOKEN_QUEUE_MAX];
};

void token_queue_add(struct token_queue *q, struct token_event e);

/* token_queue_take: false when there is none. */
bool token_queue_take(struct token_queue *q, struct token_event *out);

#endif
