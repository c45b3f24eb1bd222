/* SPDX-License-Identifier: MIT */
#include "api/stream.h"

#include <microhttpd.h>

/* Streams stay open for hours: they never take more than half of a door's connections. */
static size_t most_streams(const struct settings *s)
{
    const uint64_t half = s->max_connections / 2;
    return (size_t)(s->max_streams < half ? s->max_streams : half);
}

static err_t admit(struct call *c)
{
    const struct settings *s = c->api->config.settings;
    size_t all = 0, owned = 0;
    for (const struct call *o = c->api->watched; o; o = o->watched.next) {
        if (!o->stream.tell) continue;
        all++;
        owned += strcmp(o->owner, c->owner) == 0;
    }
    if (all < most_streams(s) && owned < s->max_owner_streams) return OK;
    call_detail(c, "Çok fazla olay akışı açık; kullanılmayanları kapatın.",
                "Too many event streams are open; close those that are not used.");
    return err_raise(ERR_TOO_MANY_REQUESTS);
}

err_t stream_open(struct call *c, void (*tell)(struct call *c))
{
    err_t e = admit(c);
    if (e) return e;
    c->stream.tell = tell;
    call_watch(c);
    c->status = 200;
    c->media = "text/event-stream";
    buf_fmt(&c->out, "retry: %d\n\n", STREAM_RETRY_MS);
    return call_done(c);
}

/* ---- frames ---- */

/* Our JSON holds no line breaks: one data line is one event. */
struct jsonw stream_event(struct call *c, const char *name, uint64_t id)
{
    buf_fmt(&c->out, "id: %llu\nevent: %s\ndata: ", (unsigned long long)id, name);
    return (struct jsonw){&c->out, false};
}

void stream_event_end(struct call *c)
{
    buf_str(&c->out, "\n\n");
}

/* ---- octets ---- */

static void refill(struct call *c)
{
    buf_wipe(&c->out);
    c->stream.sent = 0;
    if (!c->stream.over) c->stream.tell(c);
}

bool stream_wakes(struct call *c)
{
    if (!c->watched.gone && c->out.len == 0) refill(c);
    return c->watched.gone || c->stream.over || c->out.len > 0 || !buf_ok(&c->out);
}

ssize_t stream_read(void *cls, uint64_t at, char *out, size_t most)
{
    struct call *c = cls;
    (void)at;
    if (c->stream.sent == c->out.len) refill(c);
    if (c->watched.gone || !buf_ok(&c->out)) return MHD_CONTENT_READER_END_WITH_ERROR;
    struct bytes part = bytes_sub(buf_bytes(&c->out), c->stream.sent, most);
    if (part.len == 0 && c->stream.over) return MHD_CONTENT_READER_END_OF_STREAM;
    if (part.len == 0) {
        call_park(c, WAIT_STREAM, INT64_MAX);
        return 0;
    }
    memcpy(out, part.p, part.len);
    c->stream.sent += part.len;
    return (ssize_t)part.len;
}
