/* SPDX-License-Identifier: MIT */
/*
 * peer: whose process is at the other end of a connection.
 *
 * What: on a Unix socket the kernel says it (SO_PEERCRED). On TCP the kernel is asked (sock_diag,
 *       sock_diag(7)) for the socket at the other end: it has to be established, held by a process
 *       and made by our uid. Who sends and closes at once leaves no such socket behind.
 * Not:  a word about what a process of our own uid may do.
 * Use:  struct peer p = peer_open(); if (peer_is_own(&p, LISTENER_TCP, fd)) …; peer_close(&p);
 *
 * A socket keeps the uid that made it, whoever holds it later (SCM_RIGHTS, exec, setuid): what was
 * true when a connection was accepted stays true of all its requests.
 */
#ifndef API_PEER_H
#define API_PEER_H

#include "api/server.h"

#define PEER_WAIT_MS 100 /* the kernel answers before the question's call returns; or never */

struct peer {
    int fd;         /* NETLINK_SOCK_DIAG; -1: this kernel does not tell */
    uint32_t asked; /* questions so far: an answer carries its question's number */
};

/* peer_open asks the kernel once, so that its module is loaded before anybody waits for it. Where
 * it does not answer (built without, or forbidden by a container) fd is -1, and peer_is_own is
 * false for every TCP connection. No new socket is needed afterwards. */
struct peer peer_open(void);
void peer_close(struct peer *p);

/* peer_is_own: the socket connected to `fd` is our uid's. For TCP of either family, IPv4-mapped
 * addresses too. Waits PEER_WAIT_MS at most; what cannot be found out is false. */
bool peer_is_own(struct peer *p, enum listener_kind kind, int fd);

#endif
