/* SPDX-License-Identifier: MIT */
/*
 * confine: what onayd-fetch can no longer do once it listens.
 *
 * What: not dumpable, no core file, no new privileges; ends with its parent; an empty environment;
 *       landlock: no file is written, and only the system's own are read (resolver, certificates);
 *       seccomp: IP sockets that connect and never listen, threads and no processes, no exec, no
 *       Unix socket to anybody: a library that was taken over finds no session bus and no card.
 * Not:  a promise on old kernels: what the kernel lacks is left out.
 */
#ifndef FETCH_CONFINE_H
#define FETCH_CONFINE_H

#include "core/err.h"

/* confine_early: before anything is read. INTERNAL when the kernel refuses. */
err_t confine_early(void);

/* confine_late: when all that is needed is open. Errors: as above. */
err_t confine_late(void);

#endif
