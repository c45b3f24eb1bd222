/* SPDX-License-Identifier: MIT */
#include "api/pairing.h"

#include "api/body.h"
#include "pkcs11/admission.h"
#include "session/clock.h"

#include <stdio.h>

#define SLACK_SECONDS 10 /* the dialog ends by itself; this is for a process that hangs */

/* ---- who may ask ---- */

static size_t askers(const struct api *a)
{
    size_t n = 0;
    for (const struct call *c = a->waiting; c; c = c->next) n += c->wait.kind == WAIT_PAIRING;
    return n;
}

static unsigned seconds_until(int64_t deadline)
{
    const int64_t left = deadline - clock_ms();
    return left > 0 ? (unsigned)((left + 999) / 1000) : 0;
}

static err_t may_ask(const struct api *a, const char *origin)
{
    const struct pairing *p = &a->pairing;
    if (!a->config.settings->pairing) return err_raise(ERR_ORIGIN_NOT_ALLOWED);
    if (p->fd >= 0 && strcmp(p->origin, origin) == 0)
        return askers(a) < PAIRING_ASKERS ? OK : err_raise(ERR_TOO_MANY_REQUESTS);
    if (p->fd >= 0 || clock_ms() < p->closed_until) return err_raise(ERR_TOO_MANY_REQUESTS);
    return OK;
}

err_t pairing_door(struct call *c)
{
    err_t e = may_ask(c->api, c->visit.origin_text);
    if (!e) return OK;
    c->visit.origin = NULL;
    c->retry_after = seconds_until(c->api->pairing.closed_until);
    return e;
}

/* ---- the dialog ---- */

static void pause_asking(struct pairing *p)
{
    unsigned seconds = PAIRING_FIRST_PAUSE;
    for (unsigned i = 0; i < p->refused && seconds < PAIRING_LAST_PAUSE; i++) seconds *= 2;
    if (seconds > PAIRING_LAST_PAUSE) seconds = PAIRING_LAST_PAUSE;
    p->refused++;
    p->closed_until = clock_after(seconds);
}

static void close_dialog(struct api *a)
{
    struct pairing *p = &a->pairing;
    if (p->fd < 0) return;
    fd_own(&p->fd);
    p->fd = -1;
    a->config.admission.end(a->config.admission.ctx, p->id);
}

static err_t open_dialog(struct api *a, const char *origin, enum lang lang)
{
    struct pairing *p = &a->pairing;
    struct admission_question q = {.lang = lang,
                                   .seconds = (unsigned)a->config.settings->consent_seconds};
    (void)snprintf(q.origin, sizeof q.origin, "%s", origin);
    err_t e = a->config.admission.get(a->config.admission.ctx, &p->fd, &p->id);
    if (e) return p->fd = -1, e;
    (void)snprintf(p->origin, sizeof p->origin, "%s", origin);
    if (admission_ask(p->fd, &q)) return OK;
    close_dialog(a);
    return err_raise(ERR_DIALOG_UNAVAILABLE);
}

static void tell_askers(struct api *a, err_t e)
{
    for (struct call *c = a->waiting; c; c = c->next)
        if (c->wait.kind == WAIT_PAIRING) c->asking = (struct asking){true, e};
}

static err_t let_in(struct api *a, enum admission granted)
{
    struct origins *o = a->config.origins;
    if (granted == ADMISSION_ALWAYS) return origins_pair(o, a->pairing.origin, utc_now());
    origins_invite(o, a->pairing.origin, clock_after(a->config.settings->document_keep_seconds));
    return OK;
}

void pairing_hear(struct api *a)
{
    struct pairing *p = &a->pairing;
    enum admission granted;
    err_t e = admission_hear(p->fd, &granted);
    close_dialog(a);
    if (e)
        pause_asking(p);
    else
        p->refused = 0, e = let_in(a, granted);
    tell_askers(a, e == ERR_CONSENT_DECLINED ? ERR_PAIRING_DECLINED
                   : e == ERR_INTERNAL       ? ERR_DIALOG_UNAVAILABLE
                                             : e);
}

void pairing_tend(struct api *a)
{
    if (a->pairing.fd < 0 || askers(a) > 0) return;
    close_dialog(a);
    pause_asking(&a->pairing);
}

void pairing_close(struct api *a)
{
    close_dialog(a);
}

/* ---- POST ---- */

static err_t read_body(struct call *c)
{
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    return e ? e
             : body_nothing(buf_bytes(&c->body), c->api->config.settings, c->lang, &c->refusal.why);
}

static err_t answer(struct call *c, enum origins_kind kind)
{
    struct jsonw w = call_json(c, 200);
    jsonw_open(&w, NULL, '{');
    jsonw_str(&w, "origin", c->visit.origin);
    jsonw_str(&w, "granted",
              kind == ORIGINS_CONFIGURED ? "configured"
              : kind == ORIGINS_PAIRED   ? "always"
                                         : "once");
    if (kind == ORIGINS_VISITOR)
        jsonw_time(&w, "expiresAt",
                   utc_now() + seconds_until(origins_until(c->api->config.origins, c->owner)));
    jsonw_close(&w, '}');
    return call_done(c);
}

/* The pause that a page is told is the one that has just begun. */
static err_t refuse(struct call *c)
{
    if (c->asking.error == ERR_STORE_UNUSABLE)
        call_detail(c, "İzin kaydedilemedi; onayd'nin günlüğü nedenini yazar.",
                    "The permission could not be written down; onayd's log says why.");
    c->retry_after = seconds_until(c->api->pairing.closed_until);
    return err_raise(c->asking.error);
}

static err_t wait_for_answer(struct call *c)
{
    struct api *a = c->api;
    if (!c->wait.begun) {
        err_t e = pairing_door(c); /* somebody else may have been quicker */
        if (!e && a->pairing.fd < 0) e = open_dialog(a, c->owner, c->lang);
        if (e) return e;
        call_watch(c);
    }
    const unsigned seconds = (unsigned)a->config.settings->consent_seconds + SLACK_SECONDS;
    if (!c->watched.gone && call_wait(c, WAIT_PAIRING, 0, seconds)) return OK;
    return err_raise(a->stopping ? ERR_SHUTTING_DOWN : ERR_CONSENT_TIMEOUT);
}

err_t pairing_post(struct call *c)
{
    err_t e = read_body(c);
    if (e) return e;
    if (!c->visit.origin)
        return call_refuse_header(c, "Origin", "Yalnız siteler izin ister; Origin başlığı yok.",
                                  "Only web sites ask to be let in; there is no Origin header.");
    if (c->asking.told && c->asking.error) return refuse(c);
    const struct origins *o = c->api->config.origins;
    const enum origins_kind kind = origins_find(o, bytes_str(c->owner));
    const bool again = kind == ORIGINS_UNKNOWN || origins_used(o, c->owner);
    return again ? wait_for_answer(c) : answer(c, kind);
}
