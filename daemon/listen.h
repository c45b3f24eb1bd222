/* SPDX-License-Identifier: MIT */
/*
 * listen: the doors' sockets: given by systemd, or bound here.
 *
 * What: with socket activation exactly the sockets that were given; otherwise 127.0.0.1 and [::1]
 *       on one free port of 15070–15073 (or the one asked for) and the Unix socket api.sock.
 * Not:  any address beyond the loopback: a given socket that is bound elsewhere is refused.
 */
#ifndef DAEMON_LISTEN_H
#define DAEMON_LISTEN_H

#include "api/server.h"

#define LISTEN_PORT_FIRST 15070
#define LISTEN_PORT_LAST  15073

struct doors {
    size_t n;
    struct listener at[SERVER_MAX_LISTENERS];
    unsigned port;  /* of the TCP doors; 0 when there are none */
    bool activated; /* the sockets came from systemd */
};

/* listen_open opens the doors. `runtime_dir` holds api.sock. When all of the four ports are taken
 * the Unix socket is the only door. Errors: TOO_MANY_REQUESTS (the port that was given is taken, or
 * another daemon has the Unix socket), FILE_UNREADABLE (the Unix socket), SETTING_INVALID (a given
 * socket is not ours to use). */
err_t listen_open(const char *runtime_dir, bool port_given, unsigned port, struct doors *out);
void listen_close(struct doors *d);

#endif
