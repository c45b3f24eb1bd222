/* SPDX-License-Identifier: MIT */
/*
 * route: the one table of resources.
 *
 * What: method, path, what the request must bring, and the handler. Everything that the API
 *       answers is a row; tests/lint compares the rows with api/PROTOCOL.
 * Not:  what a handler does.
 *
 * Paths are compared octet by octet as they came: nothing is percent-decoded, no slash is
 * forgiven, so that no two spellings of one resource exist.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/call.h"

enum route_body { BODY_NONE, BODY_JSON, BODY_OCTETS };

struct route {
    const char *method; /* GET answers HEAD too */
    const char *path;   /* "{id}" stands for 32 lower-case hex digits */
    enum route_body body;
    bool needs_key; /* origins must send an Idempotency-Key */
    err_t (*handle)(struct call *c);
    enum door_open open;
};

const struct route *route_at(size_t i); /* NULL past the last row */

/* route_find finds the row; `id` gets the {id} of the path, "" when it has none.
 * Errors: NOT_FOUND, METHOD_NOT_ALLOWED (the path exists). */
err_t route_find(struct bytes method, struct bytes path, const struct route **out,
                 char id[SESSION_ID]);

/* route_open: to whom else but owners it is open. OPTIONS is to strangers, as the preflight of what
 * is. */
enum door_open route_open(struct bytes method, struct bytes path);

/* route_methods appends the methods of a path, ", " between them ("GET, HEAD, OPTIONS");
 * nothing when there is no such path. */
void route_methods(struct buf *out, struct bytes path);

#endif
