/* SPDX-License-Identifier: MIT */
#include "api/serve.h"

#include "api/drain.h"
#include "api/pairing.h"
#include "api/reply.h"
#include "api/route.h"
#include "session/clock.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>

/* ---- the call's life ---- */

static void call_free(struct call *c)
{
    if (!c) return;
    c->api->body_octets -= c->body_claimed;
    c->api->n_calls--;
    call_unwatch(c);
    tickets_leave(&c->api->tickets, c->visit.pass, clock_ms());
    if (c->body.p) explicit_bzero(c->body.p, c->body.cap);
    buf_free(&c->body);
    if (c->out.p) explicit_bzero(c->out.p, c->out.cap);
    buf_free(&c->out);
    session_upload_free(c->upload);
    if (c->drain_fd >= 0) drain_add(c->api->drain, c->drain_fd, clock_ms());
    free(c);
}

/* A name for logs, not a secret, but one that tells nobody how many requests others made. Drawn in
 * bulk: a system call for each would be felt. */
static void set_request_id(struct call *c)
{
    static uint64_t drawn[32];
    static size_t left;
    if (left == 0) {
        (void)!getrandom(drawn, sizeof drawn, 0);
        left = sizeof drawn / sizeof *drawn;
    }
    (void)snprintf(c->request_id, sizeof c->request_id, "%016llx",
                   (unsigned long long)drawn[--left]);
}

static struct call *call_new(const struct api_door *at, struct MHD_Connection *connection)
{
    struct call *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->at = at;
    c->api = at->api;
    c->api->n_calls++;
    c->connection = connection;
    c->drain_fd = -1;
    c->body = buf_max(0);
    c->out = buf_max(CALL_MAX_ANSWER);
    set_request_id(c);
    return c;
}

/* ---- headers ---- */

static enum MHD_Result take_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                   size_t name_len, const char *value, size_t value_len)
{
    struct call *c = cls;
    (void)kind;
    door_header(&c->visit, bytes_of(name, name_len), bytes_of(value, value_len));
    return MHD_YES;
}

static enum MHD_Result take_parameter(void *cls, enum MHD_ValueKind kind, const char *key,
                                      const char *value)
{
    struct call *c = cls;
    (void)kind;
    c->too_many_parameters = c->n_parameters == CALL_PARAMETERS;
    if (c->too_many_parameters) return MHD_NO;
    c->parameters[c->n_parameters].key = key ? key : "";
    c->parameters[c->n_parameters++].value = value ? value : "";
    return MHD_YES;
}

static int socket_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info ? info->connect_fd : -1;
}

int serve_socket(const struct call *c)
{
    return socket_of(c->connection);
}

void serve_connected(void *cls, struct MHD_Connection *connection, void **known,
                     enum MHD_ConnectionNotificationCode what)
{
    struct api_door *at = cls;
    const int fd = socket_of(connection);
    if (what == MHD_CONNECTION_NOTIFY_STARTED)
        *known = guest_come(&at->guests, fd, peer_is_own(&at->api->peer, at->rules.kind, fd),
                            at->api->config.settings->max_connections);
    else
        guest_leave(*known);
}

static struct guest *guest_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static err_t check_header_block(struct call *c)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(c->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info && info->header_size <= c->api->config.settings->max_header_block) return OK;
    call_detail(c, "İsteğin başlıkları çok uzun.", "The request's headers are too long.");
    return err_raise(ERR_MALFORMED_REQUEST);
}

static err_t judge(struct call *c, struct bytes method, struct bytes path)
{
    (void)MHD_get_connection_values_n(c->connection, MHD_HEADER_KIND, take_header, c);
    (void)MHD_get_connection_values(c->connection, MHD_GET_ARGUMENT_KIND, take_parameter, c);
    c->lang = door_lang(c->visit.value[DOOR_ACCEPT_LANGUAGE]);
    c->visit.open = route_open(method, path);
    c->visit.own_peer = c->guest && c->guest->own_peer;
    err_t e = door_judge(&c->at->rules, &c->visit);
    if (!e && c->visit.stranger) e = pairing_door(c);
    if (e) return e;
    (void)snprintf(c->owner, sizeof c->owner, "%s", c->visit.owner);
    return check_header_block(c);
}

/* ---- what the body may be ---- */

static err_t check_media(const struct call *c)
{
    switch (c->route->body) {
    case BODY_JSON:
        return door_is_json(&c->visit) ? OK : err_raise(ERR_MEDIA_TYPE);
    case BODY_OCTETS:
        return door_is_octets(&c->visit) ? OK : err_raise(ERR_MEDIA_TYPE);
    case BODY_NONE:
        break;
    }
    return c->visit.has_body ? err_raise(ERR_MALFORMED_REQUEST) : OK;
}

static uint64_t body_limit(const struct call *c)
{
    const struct settings *s = c->api->config.settings;
    return c->route->body == BODY_JSON ? s->max_json_body : s->max_document;
}

static bool key_ok(struct bytes key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (key.p[i] < 0x21 || key.p[i] > 0x7e) return false;
    }
    return key.len >= 1 && key.len <= SESSION_KEY_MAX;
}

static err_t check_key(struct call *c)
{
    const unsigned seen = c->visit.seen[DOOR_IDEMPOTENCY_KEY];
    if (!c->route->needs_key) return OK;
    if (seen == 0 && !c->visit.origin) return OK;
    if (seen == 0)
        return call_refuse_header(c, "Idempotency-Key", "Idempotency-Key başlığı zorunlu.",
                                  "The Idempotency-Key header is required.");
    if (seen > 1 || !key_ok(c->visit.value[DOOR_IDEMPOTENCY_KEY]))
        return call_refuse_header(
            c, "Idempotency-Key",
            "Idempotency-Key tek olmalı ve 1-255 görünür ASCII karakterden oluşmalı.",
            "There must be one Idempotency-Key of 1 to 255 visible ASCII characters.");
    return OK;
}

/* claim_body keeps all bodies in flight together within what four of the largest would take. */
static err_t claim_body(struct call *c)
{
    const uint64_t most = c->api->config.settings->max_json_body;
    const uint64_t claim = c->visit.chunked ? most : c->visit.content_length;
    if (c->route->body != BODY_JSON || claim == 0) return OK;
    if (c->api->body_octets + claim > 4 * most) return err_raise(ERR_TOO_MANY_REQUESTS);
    c->body = buf_max((size_t)most);
    c->body_claimed = claim;
    c->api->body_octets += claim;
    if (!c->visit.chunked && !buf_reserve(&c->body, (size_t)claim))
        return err_raise(ERR_STORAGE_FULL);
    return OK;
}

static err_t check_body(struct call *c)
{
    err_t e = check_media(c);
    if (e) return e;
    if (c->visit.content_length > body_limit(c)) return err_raise(ERR_BODY_TOO_LARGE);
    e = check_key(c);
    return e ? e : claim_body(c);
}

/* ---- refusing before the body ---- */

static enum MHD_Result refuse_early(struct call *c, err_t e, const char *allow)
{
    if (c->visit.has_body) c->close = true;
    guest_turn(c->guest, GUEST_ANSWER);
    if (c->close) c->drain_fd = fcntl(socket_of(c->connection), F_DUPFD_CLOEXEC, 3);
    return reply_problem(c, e, allow) ? MHD_YES : MHD_NO;
}

static enum MHD_Result refuse_route(struct call *c, err_t e, struct bytes path)
{
    own(buf) methods = buf_max(256);
    route_methods(&methods, path);
    return refuse_early(c, e, e == ERR_METHOD_NOT_ALLOWED ? buf_cstr(&methods) : NULL);
}

static enum MHD_Result preflight(struct call *c, struct bytes path)
{
    own(buf) methods = buf_max(256);
    route_methods(&methods, path);
    if (methods.len == 0) return refuse_early(c, err_raise(ERR_NOT_FOUND), NULL);
    if (c->visit.has_body) return refuse_early(c, err_raise(ERR_MALFORMED_REQUEST), NULL);
    guest_turn(c->guest, GUEST_ANSWER);
    return reply_preflight(c, buf_cstr(&methods)) ? MHD_YES : MHD_NO;
}

/* open_call: the headers are there, nothing else yet. */
static enum MHD_Result open_call(struct call *c, struct bytes method, struct bytes path)
{
    err_t e = judge(c, method, path);
    if (e) {
        c->close = true;
        return refuse_early(c, e, NULL);
    }
    if (bytes_eq_str(method, "OPTIONS")) return preflight(c, path);
    if ((e = route_find(method, path, &c->route, c->id))) return refuse_route(c, e, path);
    if ((e = check_body(c))) return refuse_early(c, e, NULL);
    guest_turn(c->guest, GUEST_BODY);
    return MHD_YES;
}

/* ---- the body ---- */

/* A chunked body has no announced size: room is doubled by hand, so that the old room is wiped. */
static bool make_room(struct buf *b, size_t n)
{
    if (n <= b->cap - b->len) return true;
    size_t want = b->cap * 2 > b->len + n ? b->cap * 2 : b->len + n;
    if (want > b->max) want = b->max;
    if (want < b->len + n) return false;
    struct buf larger = buf_max(b->max);
    if (!buf_reserve(&larger, want)) return false;
    buf_add(&larger, buf_bytes(b));
    if (b->p) explicit_bzero(b->p, b->cap);
    buf_free(b);
    *b = larger;
    return true;
}

static err_t take_json(struct call *c, struct bytes part)
{
    if (!make_room(&c->body, part.len)) return err_raise(ERR_STORAGE_FULL);
    buf_add(&c->body, part);
    return OK;
}

static err_t begin_upload(struct call *c)
{
    err_t e = session_upload_begin(c->api->config.session, c->owner, &c->upload);
    return e ? e : session_upload_expect(c->upload, c->visit.content_length);
}

static err_t take_octets(struct call *c, struct bytes part)
{
    err_t e = c->upload ? OK : begin_upload(c);
    return e ? e : session_upload_add(c->upload, part);
}

/* What is wrong in the middle is told at the end: HTTP has no other place for it. The rest is
 * thrown away, up to a bound. */
static enum MHD_Result take_body(struct call *c, struct bytes part)
{
    const uint64_t limit = body_limit(c);
    c->body_seen += part.len;
    guest_sent(c->guest, part.len);
    if (!c->body_error && c->body_seen > limit) {
        c->body_error = err_raise(ERR_BODY_TOO_LARGE);
        c->close = true;
    }
    if (c->body_seen > limit + DRAIN_OCTETS) return MHD_NO;
    if (c->body_error) return MHD_YES;
    c->body_error = c->route->body == BODY_JSON ? take_json(c, part) : take_octets(c, part);
    return MHD_YES;
}

/* ---- the end ---- */

static enum MHD_Result finish(struct call *c)
{
    guest_turn(c->guest, GUEST_ANSWER);
    err_t e = c->body_error ? c->body_error : c->route->handle(c);
    if (e) return reply_problem(c, e, NULL) ? MHD_YES : MHD_NO;
    if (c->wait.kind != WAIT_NOTHING) return MHD_YES;
    return reply_send(c) ? MHD_YES : MHD_NO;
}

enum MHD_Result serve_request(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
    struct call *c = *state;
    (void)version;
    if (!c) {
        c = *state = call_new(cls, connection);
        if (!c) return MHD_NO;
        c->guest = guest_of(connection);
        return open_call(c, bytes_str(method), bytes_str(url));
    }
    if (*size == 0) return finish(c);
    struct bytes part = bytes_of(data, *size);
    *size = 0;
    return take_body(c, part);
}

void serve_ended(void *cls, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode why)
{
    (void)cls;
    (void)why;
    guest_turn(guest_of(connection), GUEST_NEXT);
    call_free(*state);
    *state = NULL;
}

size_t serve_raw(void *cls, struct MHD_Connection *connection, char *text)
{
    (void)cls;
    (void)connection;
    return strlen(text);
}
