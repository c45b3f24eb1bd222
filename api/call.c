/* SPDX-License-Identifier: MIT */
#include "api/call.h"

#include "api/stream.h"
#include "session/clock.h"

#include <microhttpd.h>
#include <stdio.h>

const char *call_parameter(const struct call *c, const char *key)
{
    for (size_t i = 0; i < c->n_parameters; i++) {
        if (strcmp(c->parameters[i].key, key) == 0) return c->parameters[i].value;
    }
    return NULL;
}

static bool listed(const char *key, const char *const *keys)
{
    for (; *keys; keys++) {
        if (strcmp(key, *keys) == 0) return true;
    }
    return false;
}

static bool repeated(const struct call *c, size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (strcmp(c->parameters[k].key, c->parameters[i].key) == 0) return true;
    }
    return false;
}

err_t call_only_parameters(struct call *c, const char *const *keys)
{
    if (c->too_many_parameters)
        return call_refuse_parameter(c, "*", "Adreste çok fazla değişken var.",
                                     "The address has too many parameters.");
    for (size_t i = 0; i < c->n_parameters; i++) {
        if (listed(c->parameters[i].key, keys) && !repeated(c, i)) continue;
        return call_refuse_parameter(c, c->parameters[i].key,
                                     "Adreste bilinmeyen veya yinelenen bir değişken var.",
                                     "The address has an unknown or repeated parameter.");
    }
    return OK;
}

void call_detail(struct call *c, const char *tr, const char *en)
{
    (void)snprintf(c->refusal.why.detail, sizeof c->refusal.why.detail, "%s",
                   c->lang == LANG_EN ? en : tr);
}

err_t call_refuse_parameter(struct call *c, const char *parameter, const char *tr, const char *en)
{
    c->refusal.parameter = parameter;
    call_detail(c, tr, en);
    return err_raise(ERR_INVALID_FIELD);
}

err_t call_refuse_header(struct call *c, const char *header, const char *tr, const char *en)
{
    c->refusal.header = header;
    call_detail(c, tr, en);
    return err_raise(ERR_INVALID_FIELD);
}

struct jsonw call_json(struct call *c, unsigned status)
{
    c->status = status;
    c->media = "application/json";
    return (struct jsonw){&c->out, false};
}

err_t call_done(struct call *c)
{
    return buf_ok(&c->out) ? OK : err_raise(ERR_STORAGE_FULL);
}

/* ---- parked calls ---- */

void call_park(struct call *c, enum wait_kind kind, int64_t deadline)
{
    c->wait.kind = kind;
    c->wait.deadline = deadline;
    MHD_suspend_connection(c->connection);
    c->next = c->api->waiting;
    if (c->next) c->next->prev = &c->next;
    c->prev = &c->api->waiting;
    c->api->waiting = c;
}

void call_watch(struct call *c)
{
    struct watched *w = &c->watched;
    w->next = c->api->watched;
    if (w->next) w->next->watched.prev = &w->next;
    w->prev = &c->api->watched;
    c->api->watched = c;
}

void call_unwatch(struct call *c)
{
    struct watched *w = &c->watched;
    if (!w->prev) return;
    *w->prev = w->next;
    if (w->next) w->next->watched.prev = w->prev;
    w->prev = NULL;
}

bool call_wait(struct call *c, enum wait_kind kind, uint64_t version, unsigned seconds)
{
    if (!c->wait.begun) {
        c->wait.begun = true;
        c->wait.version = version;
        c->wait.deadline = clock_after(seconds);
    }
    if (c->api->stopping || clock_ms() >= c->wait.deadline) return false;
    call_park(c, kind, c->wait.deadline);
    return true;
}

bool call_listing_is_old(const struct api *a)
{
    return a->listing_ms == 0 || clock_ms() - a->listing_ms > CALL_STALE_MS ||
           session_listing_outdated(a->config.session);
}

bool call_wait_listing(struct call *c, unsigned seconds)
{
    struct session *s = c->api->config.session;
    const bool first = !c->wait.begun;
    if (first && !call_listing_is_old(c->api)) return false;
    const uint64_t version = session_listing_version(s);
    const bool answered = !first && version != c->wait.version;
    /* Once more for an answer that a card has overtaken; not for ever, should cards come and go. */
    if (answered && (c->wait.again || !session_listing_outdated(s))) return false;
    /* Asked before parking: a token in this process answers at once. */
    if (first || answered) session_refresh(s);
    c->wait.again = answered;
    if (answered) c->wait.version = version;
    return call_wait(c, WAIT_LISTING, version, seconds);
}

bool call_wakes(struct call *c, int64_t now)
{
    struct session *s = c->api->config.session;
    struct approval_view v;
    if (c->api->stopping || now >= c->wait.deadline) return true;
    if (c->wait.kind == WAIT_STREAM) return stream_wakes(c);
    if (c->wait.kind == WAIT_PAIRING) return c->asking.told || c->watched.gone;
    if (c->wait.kind == WAIT_LISTING) return session_listing_version(s) != c->wait.version;
    return session_approval(s, c->owner, c->id, &v) != OK || v.version != c->wait.version;
}

void call_resume(struct call *c)
{
    c->wait.kind = WAIT_NOTHING;
    *c->prev = c->next;
    if (c->next) c->next->prev = c->prev;
    c->next = NULL;
    c->prev = NULL;
    c->api->resumed = true;
    MHD_resume_connection(c->connection);
}
