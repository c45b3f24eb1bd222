/* SPDX-License-Identifier: MIT */
/*
 * spawn: starts worker processes.
 *
 * What: one onayd-token per call, in one of its roles, on a fresh socketpair that no other process
 *       can reach; and sources that own such children.
 * Not:  the supervisor's door to onayd (daemon).
 * Use:  spawn_worker(&config, &fd, &pid) in the supervisor; in a command:
 *       own_ptr(spawn_source) s = NULL; spawn_source_new(&config, &s);
 *       struct token_source t = spawn_source_modules(s); token_proxy(&t, 60, &token);
 *
 * The program is $ONAYD_TOKEN if set (tests), else onayd-token beside /proc/self/exe, else
 * under the prefix's libexec folder.
 */
#ifndef PKCS11_SPAWN_H
#define PKCS11_SPAWN_H

#include <sys/types.h>

#include "pkcs11/token.h"

/* spawn_worker starts one worker. *fd is this side's SOCK_SEQPACKET end (CLOEXEC), *pid the child,
 * which the caller reaps. The child dies with the calling thread's process. cancel_fd and watch of
 * *c are not used. Errors: MODULE_NOT_FOUND (no program), STORAGE_FULL (no process, no memory). */
err_t spawn_worker(const struct token_config *c, int *fd, pid_t *pid);

/* spawn_watcher starts one that watches the readers (watch.h). Contract and errors as above. */
err_t spawn_watcher(int *fd, pid_t *pid);

/* spawn_admission starts one that asks one question (admission.h) by the program `pinentry`.
 * Contract and errors as above. */
err_t spawn_admission(const char *pinentry, int *fd, pid_t *pid);

/* A source of workers for one process; copies *c. Children are reaped by themselves in get() and
 * end(); spawn_source_free kills and reaps what is left, so free the token first. At most 16
 * children at a time: then get() says TOO_MANY_REQUESTS. */
struct spawn_source;
err_t spawn_source_new(const struct token_config *c, struct spawn_source **out);
void spawn_source_free(struct spawn_source *s);
OWN_PTR(spawn_source)

/* spawn_source_modules: workers of every module that the settings lead to, and the watcher of
 * readers, for token_proxy; spawn_source_worker: of the first such module alone, for token_connect;
 * spawn_source_watcher: the watcher alone, for watch_new. */
struct token_source spawn_source_modules(struct spawn_source *s);
struct worker_source spawn_source_worker(struct spawn_source *s);
struct worker_source spawn_source_watcher(struct spawn_source *s);

#endif
