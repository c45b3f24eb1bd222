/* SPDX-License-Identifier: MIT */
#include "pkcs11/token_queue.h"

void token_queue_add(struct token_queue *q, struct token_event e)
{
    if (q->n < TOKEN_QUEUE_MAX) q->at[q->n++] = e;
}

bool token_queue_take(struct token_queue *q, struct token_event *out)
{
    if (q->n == 0) return false;
    *out = q->at[0];
    q->n--;
    memmove(q->at, q->at + 1, q->n * sizeof q->at[0]);
    return true;
}
