/* SPDX-License-Identifier: MIT */
/*
 * supervisor: the first process: starts the others, joins them by fresh socketpairs, replaces what
 * dies, and reads nothing that comes from the network.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "daemon/listen.h"

struct supervisor_config {
    const struct settings *settings;
    struct doors *doors; /* stay open here for the service's successors */
    const char *bearer_token, *state_dir;
    void (*ready)(void *ctx); /* once, when the first service answers */
    void *ctx;
};

/* supervisor_run returns OK after SIGTERM or SIGINT, once every child has ended (5 s, then
 * SIGKILL); INTERNAL when the service died more than five times within a minute. */
err_t supervisor_run(const struct supervisor_config *c);

#endif
