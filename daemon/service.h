/* SPDX-License-Identifier: MIT */
/*
 * service: the confined process: HTTP, JSON, XML and the session; no card, no PIN, no new socket.
 */
#ifndef DAEMON_SERVICE_H
#define DAEMON_SERVICE_H

#include "daemon/hatch.h"
#include "daemon/listen.h"

struct service_config {
    const struct settings *settings;
    struct doors *doors; /* taken over */
    const char *bearer_token;
    const char *state_dir; /* made, if that was possible; "" when it has no place */
    struct hatch hatch;    /* the service's end; taken over */
    pid_t supervisor;      /* whose end is the service's end */
    int ready_fd;          /* gets one octet when the doors are served; taken over */
};

/* service_run serves until SIGTERM. The process belongs to it: signals, sandbox, exit code.
 * Errors: those of loading the trust folder, the server and the sandbox. */
err_t service_run(const struct service_config *c);

#endif
