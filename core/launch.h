/* SPDX-License-Identifier: MIT */
/*
 * launch: starts one of our own programs, which then knows nobody but us.
 *
 * What: a fresh socketpair that no other process can reach; one end becomes descriptor 3 of the
 *       child, which gets no other of ours.
 * Not:  which arguments and environment it gets, and who reaps it: the caller knows.
 * Use:  e = launch(&(struct launch){"onayd-token", "ONAYD_TOKEN", argv, environ}, &fd, &pid);
 */
#ifndef CORE_LAUNCH_H
#define CORE_LAUNCH_H

#include <sys/types.h>

#include "core/err.h"

#define LAUNCH_FD 3 /* the child's end */

struct launch {
    const char *program;  /* searched beside /proc/self/exe, then in the prefix's libexec folder */
    const char *variable; /* of the environment: names another program (tests) */
    char *const *argv;    /* argv[0] included, NULL behind the last */
    char *const *environment;
};

/* launch starts it. *fd is this side's SOCK_SEQPACKET end (CLOEXEC), *pid the child, which the
 * caller reaps. Its standard input is empty, its standard output is our standard error. Errors:
 * FILE_UNREADABLE (no such program), STORAGE_FULL (no process, no memory). */
err_t launch(const struct launch *l, int *fd, pid_t *pid);

#endif
