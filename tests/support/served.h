/* SPDX-License-Identifier: MIT */
/*
 * served: a server with a token on a script, on a Unix socket of its own, in a thread of its own;
 * and its client.
 *
 * Use:  struct served *s = served_new(pki); s->fake->by_hand = true; served_start(s);
 *       own_mem(char) answer = served_ask(s, "GET", "/v1/health", NULL, NULL);
 *       served_stop(s);
 */
#ifndef TESTS_SUPPORT_SERVED_H
#define TESTS_SUPPORT_SERVED_H

#include "api/server.h"
#include "tests/support/faketoken.h"

#include <pthread.h>
#include <sys/un.h>

struct served {
    struct settings settings; /* to be changed before served_start */
    struct fake *fake;
    struct session *session;
    struct self *self;
    struct origins *origins;
    struct server *server;
    pthread_t thread;
    struct sockaddr_un address;
};

struct served *served_new(const char *pki); /* with a card that holds p256 */
void served_start(struct served *s);
void served_start_at(struct served *s, int fd); /* a listening Unix socket, taken over */
void served_stop(struct served *s);             /* and frees it */

/* served_dial connects; served_say sends a request (type NULL: without a body), after whose answer
 * the server closes; served_hear reads to the end of the connection and closes it, the caller
 * frees. served_ask does all three. */
int served_dial(const struct served *s);
void served_say(int fd, const char *method, const char *path, const char *type, const char *body);
char *served_hear(int fd);
char *served_ask(const struct served *s, const char *method, const char *path, const char *type,
                 const char *body);

/* served_expect asks without a body and demands a piece of the answer. */
void served_expect(const struct served *s, const char *method, const char *path, const char *piece);

/* served_begin POSTs an approval of one small document; `path` gets its Location. */
void served_begin(const struct served *s, char path[64]);

#endif
