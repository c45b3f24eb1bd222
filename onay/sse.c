/* SPDX-License-Identifier: MIT */
#include "onay/sse.h"

struct sse sse_new(sse_event *event, void *ctx)
{
    return (struct sse){.event = event,
                        .ctx = ctx,
                        .line = buf_max(SSE_MAX),
                        .data = buf_max(SSE_MAX),
                        .name = buf_max(256)};
}

void sse_free(struct sse *s)
{
    buf_free(&s->line);
    buf_free(&s->data);
    buf_free(&s->name);
}

void sse_begin_anew(struct sse *s)
{
    sse_event *event = s->event;
    void *ctx = s->ctx;
    sse_free(s);
    *s = sse_new(event, ctx);
}

static void dispatch(struct sse *s)
{
    if (s->data.len > 0) {
        const struct bytes all = buf_bytes(&s->data);
        s->event(s->ctx, s->name.len ? buf_cstr(&s->name) : "message",
                 bytes_sub(all, 0, all.len - 1)); /* without the last LF */
    }
    buf_cut(&s->data, 0);
    buf_cut(&s->name, 0);
}

static void take_field(struct sse *s, struct bytes name, struct bytes value)
{
    if (bytes_eq_str(name, "data")) {
        buf_add(&s->data, value);
        buf_byte(&s->data, '\n');
    } else if (bytes_eq_str(name, "event")) {
        buf_cut(&s->name, 0);
        buf_add(&s->name, value);
    }
}

/* A line that begins with a colon has a field without a name: a comment. */
static void take_line(struct sse *s, struct bytes line)
{
    const uint8_t *colon = line.len ? memchr(line.p, ':', line.len) : NULL;
    const size_t n = colon ? (size_t)(colon - line.p) : line.len;
    struct bytes value = bytes_sub(line, n + (colon != NULL), line.len);
    if (value.len && value.p[0] == ' ') value = bytes_sub(value, 1, value.len);
    if (line.len == 0)
        dispatch(s);
    else
        take_field(s, bytes_sub(line, 0, n), value);
}

static size_t line_end(struct bytes b)
{
    size_t n = 0;
    while (n < b.len && b.p[n] != '\n' && b.p[n] != '\r') n++;
    return n;
}

bool sse_add(struct sse *s, struct bytes part)
{
    while (part.len > 0 && buf_ok(&s->line) && buf_ok(&s->data) && buf_ok(&s->name)) {
        if (s->after_cr && part.p[0] == '\n') part = bytes_sub(part, 1, part.len);
        s->after_cr = false;
        const size_t n = line_end(part);
        buf_add(&s->line, bytes_sub(part, 0, n));
        if (n == part.len) break;
        s->after_cr = part.p[n] == '\r';
        part = bytes_sub(part, n + 1, part.len);
        if (buf_ok(&s->line)) take_line(s, buf_bytes(&s->line));
        buf_cut(&s->line, 0);
    }
    return buf_ok(&s->line) && buf_ok(&s->data) && buf_ok(&s->name);
}
