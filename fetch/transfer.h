/* SPDX-License-Identifier: MIT */
/*
 * transfer: one question to the world, from its URL to its answer (libcurl). Inside onayd-fetch.
 *
 * What: http and https alone, at every redirect anew, and where that is so configured certain hosts
 *       alone; an address that is not public only for hosts that are configured; at most 5
 * redirects, on which extra headers stay at home; TLS verified; sizes counted while they come; one
 * deadline over all of it. No cookies, no cache, no encodings, no other protocol. Not:  the loop
 * that drives it: serve.c. Use:  t = transfer_new(&rules, &ask, &body_fd); while
 * (transfer_begin(t)) { …curl… ; if (transfer_end(t, code)) continue; } transfer_answer(t, &m,
 * &fd);
 */
#ifndef FETCH_TRANSFER_H
#define FETCH_TRANSFER_H

#include "fetch/message.h"
#include "fetch/proxy.h"

#include <curl/curl.h>

#define TRANSFER_MAX_HOSTS     16
#define TRANSFER_MAX_REDIRECTS 5

struct transfer_rules {
    const char *private_hosts[TRANSFER_MAX_HOSTS]; /* may have an address that is not public */
    size_t n_private_hosts;
    const char *only_hosts[TRANSFER_MAX_HOSTS]; /* none: all that are public */
    size_t n_only_hosts;
    struct proxy proxy;
    struct curl_slist *resolve; /* HOST:PORT:ADDRESS, for tests */
    struct buf ca;              /* PEM; empty: the system's */
};

struct transfer;

/* transfer_new takes the body's descriptor (-1 none) over; NULL without memory. */
struct transfer *transfer_new(const struct transfer_rules *r, const struct message *ask,
                              int *body_fd);
void transfer_free(struct transfer *t);
OWN_PTR(transfer)

/* transfer_begin makes the handle ready for the next hop; false: it is over, see transfer_answer.
 * Its CURLOPT_PRIVATE is the transfer. */
bool transfer_begin(struct transfer *t);
CURL *transfer_handle(const struct transfer *t);

/* transfer_end takes how a hop ended; true: there is another one. */
bool transfer_end(struct transfer *t, CURLcode code);

uint32_t transfer_question(const struct transfer *t);

/* transfer_answer tells how it ended; *fd is the body or -1, the caller's. */
void transfer_answer(struct transfer *t, struct message *out, int *fd);

#endif
