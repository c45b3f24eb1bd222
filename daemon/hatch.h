/* SPDX-License-Identifier: MIT */
/*
 * hatch: the one opening between the supervisor and the process that reads the network.
 *
 * What: over a socketpair the service asks for a worker and gets its socket, or has one ended.
 *       Two requests, fixed size, no strings: whoever takes over the service can start and end
 *       workers of the one configured module, and nothing else.
 * Use:  service: hatch_source(&hatch) is the worker_source for token_connect;
 *       supervisor: hatch_receive, then hatch_answer.
 */
#ifndef DAEMON_HATCH_H
#define DAEMON_HATCH_H

#include "pkcs11/token.h"

struct hatch {
    int fd; /* SOCK_SEQPACKET */
};

/* hatch_pair makes both ends, close-on-exec. Errors: INTERNAL. */
err_t hatch_pair(struct hatch *supervisor, struct hatch *service);

/* hatch_source: get() waits at most 5 s for the supervisor; *h must outlive the source.
 * get's errors: MODULE_NOT_FOUND and others of the spawn, INTERNAL when the supervisor is gone. */
struct worker_source hatch_source(struct hatch *h);

enum hatch_op { HATCH_GET = 1, HATCH_END = 2 };
struct hatch_request {
    enum hatch_op op;
    uint64_t id; /* HATCH_END: whom */
};
/* hatch_receive takes one request; false at the end of the connection or for a broken one
 * (*closed tells), or when there is none now. */
bool hatch_receive(struct hatch *h, struct hatch_request *out, bool *closed);

/* hatch_answer answers HATCH_GET: e, or OK with the worker's socket (still the caller's to close).
 */
void hatch_answer(struct hatch *h, err_t e, uint64_t id, int fd);

#endif
