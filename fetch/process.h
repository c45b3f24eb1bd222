/* SPDX-License-Identifier: MIT */
/*
 * process: starts onayd-fetch.
 *
 * The program is $ONAYD_FETCH if set (tests), else onayd-fetch beside /proc/self/exe, else under
 * the prefix's libexec folder. Of the environment it gets the proxies and nothing else.
 */
#ifndef FETCH_PROCESS_H
#define FETCH_PROCESS_H

#include <sys/types.h>

#include "core/err.h"
#include "core/settings.h"

/* Whom it may visit: everybody public, or the time stamp authorities of the settings and nobody
 * else, wherever they redirect. */
enum process_reach { PROCESS_ANYWHERE, PROCESS_AUTHORITIES };

/* process_start starts one by the settings. *fd is this side's socket, for fetch_new; *pid the
 * child, which the caller reaps; it dies with the calling thread's process. Errors: FILE_UNREADABLE
 * (no program), SETTING_INVALID (no authorities), STORAGE_FULL. */
err_t process_start(const struct settings *s, enum process_reach reach, int *fd, pid_t *pid);

#endif
