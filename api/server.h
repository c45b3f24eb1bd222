/* SPDX-License-Identifier: MIT */
/*
 * server: the HTTP side of onayd: doors, routes and the loop that turns session and sockets.
 *
 * What: libmicrohttpd behind it, one thread, external epoll; every listening socket is given.
 * Use:  server_new(&cfg, &srv); server_run(srv) until server_stop (async-signal-safe) or idle.
 */
#ifndef API_SERVER_H
#define API_SERVER_H

#include "api/self.h"
#include "core/originkeys.h"
#include "session/origins.h"
#include "session/session.h"

#define SERVER_MAX_LISTENERS 4

enum listener_kind { LISTENER_TCP, LISTENER_UNIX };
struct listener {
    enum listener_kind kind;
    int fd;        /* bound, listening; owned by the server afterwards */
    unsigned port; /* TCP: the port that Host must name */
};

struct server_config {
    const struct settings *settings;
    struct session *session;
    struct listener listeners[SERVER_MAX_LISTENERS];
    size_t n_listeners;
    const char *token; /* bearer token of the user's own shell, 43 base64url characters */
    const char *version;
    const struct originkeys *origin_keys; /* NULL: no origin has any */
    struct self *self;                    /* answers challenges; never NULL */
    struct origins *origins;              /* never NULL */
    struct worker_source admission;       /* processes that ask whether a site may come in */
    bool unattended;                      /* shown in /v1/info */
};

struct server;
/* Errors: INTERNAL (libmicrohttpd refused), STORAGE_FULL. */
err_t server_new(const struct server_config *c, struct server **out);
void server_free(struct server *s);
OWN_PTR(server)

/* server_is_local_only: the kernel does not tell whose TCP connections are (peer.h), so that all of
 * them are refused as another user's; the Unix socket serves. */
bool server_is_local_only(const struct server *s);

/* server_run serves until server_stop; returns OK then. */
err_t server_run(struct server *s);
void server_stop(struct server *s);

#endif
