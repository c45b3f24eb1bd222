/* SPDX-License-Identifier: MIT */
/*
 * watch: the readers as they change, from a process that does nothing but watch them.
 *
 * What: our end of the socket to an `onayd-token --readers`; starts one, and another when it dies.
 * Use:  watch_new(&source, &w); poll watch_fd and watch_timeout; if (watch_next(w))
 * watch_readers(w).
 *
 * Between changes nothing happens: no process of ours wakes up.
 */
#ifndef PKCS11_WATCH_H
#define PKCS11_WATCH_H

#include "pkcs11/readers.h"
#include "pkcs11/token.h"

struct watch;

/* watch_new takes its processes from `source` (copied; ctx must outlive the watch), the first one
 * with the first watch_next. Errors: STORAGE_FULL. */
err_t watch_new(const struct worker_source *source, struct watch **out);
void watch_free(struct watch *w);
OWN_PTR(watch)

/* watch_fd is readable when watch_next may have something; constant for w's life. */
int watch_fd(const struct watch *w);

/* watch_timeout: milliseconds until watch_next must be called even if the fd is silent (a dead
 * process is replaced after a pause that grows to a minute); -1: none. */
int watch_timeout(const struct watch *w);

/* watch_next takes what has come; true when the readers have changed, and for the very first word
 * in any case. Never blocks. */
bool watch_next(struct watch *w);

/* watch_readers: the newest snapshot; before the first word service is false and there are no
 * readers. The last word of a process that died stands until its successor speaks: no card has gone
 * because nobody was looking. Never NULL; valid until the next watch_next. */
const struct readers *watch_readers(const struct watch *w);

/* watch_current: whether watch_readers is the word of the process that runs, not of one that died.
 */
bool watch_current(const struct watch *w);

#endif
