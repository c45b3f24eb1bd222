/* SPDX-License-Identifier: MIT */
/*
 * client: talks to this user's daemon over its Unix socket (libcurl).
 */
#ifndef ONAY_CLIENT_H
#define ONAY_CLIENT_H

#include "core/buf.h"
#include "core/err.h"
#include "onay/sse.h"

#include <poll.h>

#define CLIENT_STOPS 4

/* client_get appends the body of GET `path` ("/v1/health"); *status is the HTTP number.
 * Errors: FILE_UNREADABLE (no daemon answers), BODY_TOO_LARGE. */
err_t client_get(const char *path, struct buf *body, long *status);

/* client_delete is the same with DELETE; client_post with POST, which sends `json`. */
err_t client_delete(const char *path, struct buf *body, long *status);
err_t client_post(const char *path, const char *json, struct buf *body, long *status);

/* client_follow reads the event stream at `path` until the daemon ends it or one of `stops` (at
 * most CLIENT_STOPS) has revents, which are filled in then. *status is the HTTP number, 0 when
 * there was no answer; what came with another one than 200 is appended to `refusal`. Errors:
 * FILE_UNREADABLE (no daemon answers). */
err_t client_follow(const char *path, struct sse *events, struct pollfd *stops, size_t n,
                    struct buf *refusal, long *status);

/* client_wake makes sure that the daemon answers, starting onayd from beside this program when
 * nobody listens; waits at most 5 s. Errors: FILE_UNREADABLE. */
err_t client_wake(void);

#endif
