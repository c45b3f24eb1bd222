/* SPDX-License-Identifier: MIT */
/*
 * nonces: which nonces of whose signed orders have been used, also before a kill -9.
 *
 * What: a table of fixed size in memory and, place by place, in a 0600 file: a nonce is on disk
 *       before nonces_use returns. A place is taken again when its nonce could not be presented
 *       any more, so neither grows.
 * Not:  what an order says, or its signature (api/order).
 * Use:  e = nonces_open(path, &n); … e = nonces_use(n, owner, nonce, until, now);
 *
 * The file is opened once: the process that serves may open no file by name.
 */
#ifndef SESSION_NONCES_H
#define SESSION_NONCES_H

#include "session/session.h"

#define NONCES_MAX    4096 /* that could still be presented, of all owners */
#define NONCES_RECORD 48   /* octets of a place in the file */

struct nonces;

/* nonces_open reads what is there and makes the file when it is not; its folder must be there.
 * A place that was torn while it was written is free: what it stood for was never answered.
 * Errors: FILE_UNREADABLE (not a file of ours alone, or another process has it), STORAGE_FULL. */
err_t nonces_open(const char *path, struct nonces **out);
void nonces_free(struct nonces *n);
OWN_PTR(nonces)

/* nonces_use remembers a nonce of that owner until the time `until`. Errors: ORDER_REPLAYED,
 * TOO_MANY_REQUESTS (no place is free), STORAGE_FULL (it is not on disk: not used). */
err_t nonces_use(struct nonces *n, const char *owner, const char *nonce, utc_t until, utc_t now);

#endif
