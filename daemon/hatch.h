/* SPDX-License-Identifier: MIT */
/*
 * hatch: the one opening between the supervisor and the process that reads the network.
 *
 * What: over a socketpair the service asks which modules there are, asks for a worker and gets its
 *       socket, or has one ended. Three requests, fixed size, no strings: a module is named by the
 *       number that the supervisor gave it, so whoever takes over the service can start and end
 *       workers of modules that are installed, the watcher, the dialog that lets a site in, and
 *       a process that fetches from the configured time stamp authorities; nothing else.
 * Use:  service: hatch_source(&hatch) is the token_source for token_proxy;
 *       supervisor: hatch_receive, then hatch_answer.
 */
#ifndef DAEMON_HATCH_H
#define DAEMON_HATCH_H

#include "pkcs11/token.h"

struct hatch {
    int fd;            /* SOCK_SEQPACKET */
    uint32_t question; /* the service's last one */
};

/* hatch_pair makes both ends, close-on-exec. Errors: INTERNAL. */
err_t hatch_pair(struct hatch *supervisor, struct hatch *service);

/* hatch_source: every question waits at most 5 s for the supervisor; *h must outlive the source.
 * Errors: MODULE_NOT_FOUND and others of search and spawn, INTERNAL when the supervisor is gone. */
struct token_source hatch_source(struct hatch *h);

/* hatch_admission is the same for processes that ask whether a site may come in, hatch_fetch for
 * those that fetch from the network. */
struct worker_source hatch_admission(struct hatch *h);
struct worker_source hatch_fetch(struct hatch *h);

#define HATCH_FETCH 0xfd /* in place of a module's number, as TOKEN_… */

enum hatch_op { HATCH_SEARCH = 1, HATCH_GET = 2, HATCH_END = 3 };
struct hatch_request {
    enum hatch_op op;
    uint64_t id; /* HATCH_GET: number of the module, TOKEN_… or HATCH_FETCH; HATCH_END: whom */
    uint32_t question; /* of the answer: one that comes too late must not be taken for the next */
};
/* hatch_receive takes one request; false at the end of the connection or for a broken one
 * (*closed tells), or when there is none now. */
bool hatch_receive(struct hatch *h, struct hatch_request *out, bool *closed);

/* What HATCH_SEARCH (modules) and HATCH_GET (id, fd: still the caller's to close) are answered. */
struct hatch_answer {
    err_t error;
    struct token_modules modules;
    uint64_t id;
    int fd;            /* -1: none */
    uint32_t question; /* as it was asked */
};
void hatch_answer(struct hatch *h, const struct hatch_answer *a);

#endif
