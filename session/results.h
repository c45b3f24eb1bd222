/* SPDX-License-Identifier: MIT */
/*
 * results: approvals that are over, kept until they are fetched, forgotten or crowded out.
 *
 * What: a list bounded in number and in octets; the oldest is forgotten first. The newest is
 *       always kept, however large its file is.
 */
#ifndef SESSION_RESULTS_H
#define SESSION_RESULTS_H

#include "session/store.h"

struct results {
    const struct settings *settings; /* max_results, max_results_octets, result_keep_days */
    struct store *store;             /* that forgets with us, or NULL */
    struct approval *oldest, *newest;
    size_t n;
    uint64_t octets;
};

/* results_keep takes a rested approval over. */
void results_keep(struct results *r, struct approval *a);

/* results_take is for those read back from the store, oldest first; results_trim forgets what is
 * then beyond the limits. */
void results_take(struct results *r, struct approval *a);
void results_trim(struct results *r);

/* results_give_up: it is not over after all, and the caller's. */
void results_give_up(struct results *r, struct approval *a);

/* results_find: by name alone; ownership is the caller's question. NULL when it is not there. */
struct approval *results_find(const struct results *r, const char *id);

void results_forget(struct results *r, struct approval *a);

/* results_expire forgets what is older than result_keep_days. */
void results_expire(struct results *r, utc_t now);

/* results_lose is for one that the store knows no more; results_free leaves the store as it is. */
void results_lose(struct results *r, struct approval *a);
void results_free(struct results *r);

#endif
