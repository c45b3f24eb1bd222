/* SPDX-License-Identifier: MIT */
/*
 * sse: server-sent events, read as they come (WHATWG HTML, 9.2.6 "Interpreting an event stream").
 *
 * What: octets in, however they are cut; whole events out.
 * Not:  connecting and connecting again (client.h, watch.h); "id" and "retry", which nobody here
 *       needs.
 * Use:  own(sse) s = sse_new(on_event, ctx); while (…) if (!sse_add(&s, part)) …;
 */
#ifndef ONAY_SSE_H
#define ONAY_SSE_H

#include "core/buf.h"

#define SSE_MAX (4u << 20) /* octets of a line, and of an event's data */

typedef void sse_event(void *ctx, const char *name, struct bytes data);

struct sse {
    sse_event *event;
    void *ctx;
    struct buf line, data, name;
    bool after_cr; /* an LF now belongs to the line before */
};

/* sse_new: `event` gets the name ("message" when there was none) and the data, joined by LF. */
struct sse sse_new(sse_event *event, void *ctx);
void sse_free(struct sse *s);
OWN(sse)

/* sse_add takes the next octets. False when a line or an event is larger than SSE_MAX. */
bool sse_add(struct sse *s, struct bytes part);

/* sse_begin_anew forgets a half event: the connection was lost. */
void sse_begin_anew(struct sse *s);

#endif
