/* SPDX-License-Identifier: MIT */
/*
 * stream: an answer that goes on: server-sent events (WHATWG HTML, "Server-sent events").
 *
 * What: the frames, the sleeping between two events, the limits, the noticing of clients that have
 *       gone. Every event holds all there is to know, so nothing is kept for a slow client: when it
 *       has taken what it was sent it is told the newest, and nothing in between.
 * Not:  what is told (event.h, approval.h).
 * Use:  return stream_open(c, tell); and in tell, for what the client has not been told yet:
 *       struct jsonw w = stream_event(c, "readers", id); …; stream_event_end(c);
 *
 * A stream on which nothing happens costs nothing: no timer, no comment lines. A client that closes
 * is seen by its socket.
 */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "api/call.h"

#include <sys/types.h>

#define STREAM_MAX      256  /* of one server; max_streams is at most that */
#define STREAM_RETRY_MS 2000 /* after which a browser connects again */

/* stream_open makes the call's answer a stream. `tell` is called whenever something may have
 * happened: it writes the events that are news to this client, none otherwise, and sets
 * c->stream.over with the last one. Errors: TOO_MANY_REQUESTS. */
err_t stream_open(struct call *c, void (*tell)(struct call *c));

/* stream_event begins one event; the caller writes one JSON value, then stream_event_end. */
struct jsonw stream_event(struct call *c, const char *name, uint64_t id);
void stream_event_end(struct call *c);

/* stream_read: the HTTP library's MHD_ContentReaderCallback; cls is the call. Parks the call when
 * there is nothing to tell. */
ssize_t stream_read(void *cls, uint64_t at, char *out, size_t most);

/* stream_wakes: a parked stream has something to tell, or to end for. */
bool stream_wakes(struct call *c);

#endif
