/* SPDX-License-Identifier: MIT */
#include "api/reply.h"

#include "api/problem.h"
#include "api/status.h"
#include "api/stream.h"

#include <microhttpd.h>
#include <stdint.h>
#include <stdio.h>

/* While one is being made, failures latch: headers are asked for once, at the end. */
struct reply {
    struct MHD_Response *response;
    bool failed;
};

static void header(struct reply *r, const char *name, const char *value)
{
    if (!r->failed && MHD_add_response_header(r->response, name, value) != MHD_YES)
        r->failed = true;
}

static void reply_free(struct reply *r)
{
    if (r->response) MHD_destroy_response(r->response);
}
OWN(reply)

/* The content stays where the call has it: the call is freed after the last octet was sent. */
static struct reply reply_new(const struct call *c)
{
    static char nothing[1];
    void *p = c->out.len ? (void *)c->out.p : (void *)nothing;
    struct reply r = {.response =
                          MHD_create_response_from_buffer(c->out.len, p, MHD_RESPMEM_PERSISTENT)};
    r.failed = !r.response;
    return r;
}

static struct reply reply_stream(struct call *c)
{
    struct reply r = {.response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096,
                                                                    stream_read, c, NULL)};
    r.failed = !r.response;
    return r;
}

static void common_headers(struct reply *r, const struct call *c)
{
    header(r, "X-Request-Id", c->request_id);
    header(r, "X-Content-Type-Options", "nosniff");
    header(r, "Cache-Control", "no-store");
    header(r, "Cross-Origin-Resource-Policy", "same-origin");
    header(r, "Vary", "Origin, Accept-Language");
    if (c->visit.origin) {
        header(r, "Access-Control-Allow-Origin", c->visit.origin);
        header(r, "Access-Control-Expose-Headers",
               "Location, Content-Disposition, Content-Language, Retry-After, X-Request-Id");
    }
    if (c->close) header(r, "Connection", "close");
}

/* What is told of a moment that will pass: 2 seconds, unless somebody knows better. */
static void retry_after(struct reply *r, const struct call *c)
{
    char seconds[16];
    const bool usual = c->status == 429 || c->status == 503;
    if (!usual && !c->retry_after) return;
    (void)snprintf(seconds, sizeof seconds, "%u", c->retry_after ? c->retry_after : 2);
    header(r, "Retry-After", seconds);
}

static bool queue(struct reply *r, const struct call *c)
{
    return !r->failed && MHD_queue_response(c->connection, c->status, r->response) == MHD_YES;
}

bool reply_send(struct call *c)
{
    own(reply) r = c->stream.tell ? reply_stream(c) : reply_new(c);
    common_headers(&r, c);
    if (c->media) header(&r, "Content-Type", c->media);
    if (c->location[0]) header(&r, "Location", c->location);
    if (c->disposition[0]) header(&r, "Content-Disposition", c->disposition);
    for (const char *const *h = c->headers; h && *h; h += 2) header(&r, h[0], h[1]);
    return queue(&r, c);
}

/* "" is a pointer too: to the whole body. */
static const char *pointer_of(const struct refusal *f, err_t e)
{
    const bool body = e == ERR_INVALID_FIELD || e == ERR_ORDER_INVALID || e == ERR_ORDER_EXPIRED;
    return body && !f->parameter && !f->header ? f->why.pointer : NULL;
}

static void write_problem(struct call *c, err_t e)
{
    const struct refusal *f = &c->refusal;
    buf_free(&c->out);
    struct jsonw w = {&c->out, false};
    problem_write(&w, NULL,
                  &(struct problem){.error = e,
                                    .lang = c->lang,
                                    .detail = f->why.detail,
                                    .pointer = pointer_of(f, e),
                                    .parameter = f->parameter,
                                    .header = f->header,
                                    .request_id = c->request_id});
}

bool reply_problem(struct call *c, err_t e, const char *allow)
{
    write_problem(c, e);
    c->status = status_of(e).code;
    own(reply) r = reply_new(c);
    common_headers(&r, c);
    header(&r, "Content-Type", PROBLEM_MEDIA);
    header(&r, "Content-Language", c->lang == LANG_EN ? "en" : "tr");
    if (allow) header(&r, "Allow", allow);
    if (c->status == 401) header(&r, "WWW-Authenticate", "Bearer realm=\"onayd\"");
    retry_after(&r, c);
    return queue(&r, c);
}

bool reply_preflight(struct call *c, const char *methods)
{
    c->status = 204;
    own(reply) r = reply_new(c);
    common_headers(&r, c);
    header(&r, "Allow", methods);
    if (c->visit.origin) {
        header(&r, "Access-Control-Allow-Methods", methods);
        header(&r, "Access-Control-Allow-Headers",
               "Content-Type, Idempotency-Key, Authorization, Accept-Language, Last-Event-ID");
        header(&r, "Access-Control-Max-Age", "600");
        if (bytes_eq_str(c->visit.value[DOOR_PRIVATE_NETWORK], "true"))
            header(&r, "Access-Control-Allow-Private-Network", "true");
    }
    return queue(&r, c);
}
