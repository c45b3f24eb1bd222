/* SPDX-License-Identifier: MIT */
#include "api/approval.h"

#include "api/order.h"
#include "api/problem.h"
#include "api/stream.h"
#include "session/clock.h"

#include <stdio.h>

/* ---- the state, as everybody sees it ---- */

static void write_result(struct jsonw *w, const struct approval_view *v)
{
    char href[96];
    (void)snprintf(href, sizeof href, "/v1/approvals/%s/signature", v->id);
    jsonw_open(w, "signature", '{');
    jsonw_str(w, "href", href);
    jsonw_str(w, "mediaType", v->media_type);
    jsonw_number(w, "size", v->signature_size);
    jsonw_time(w, "signingTime", v->signing_time);
    jsonw_close(w, '}');
}

static void write_approval(struct jsonw *w, const struct call *c, const struct approval_view *v)
{
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "id", v->id);
    jsonw_str(w, "state", approval_state_name(v->state));
    jsonw_bool(w, "final", approval_state_final(v->state));
    jsonw_number(w, "version", v->version);
    jsonw_time(w, "createdAt", v->created);
    jsonw_time(w, "since", v->since);
    if (v->expires) jsonw_time(w, "expiresAt", v->expires);
    jsonw_str(w, "orderNo", v->order_no);
    jsonw_str(w, "profile", xades_profile_name(v->profile));
    jsonw_str(w, "packaging", xades_packaging_name(v->packaging));
    if (v->has_signer) {
        jsonw_open(w, "signer", '{');
        jsonw_hex(w, "certificateId", digest_bytes(&v->signer));
        jsonw_str(w, "pinTriesLeft", pin_state_slug(v->pin));
        if (v->tries >= 0) jsonw_number(w, "pinTries", (uint64_t)v->tries);
        jsonw_close(w, '}');
    }
    if (v->state == APPROVAL_DONE) write_result(w, v);
    if (v->waiting_for)
        problem_write(
            w, "waitingFor",
            &(struct problem){.error = v->waiting_for, .lang = c->lang, .detail = v->detail});
    if (v->problem)
        problem_write(w, "problem",
                      &(struct problem){.error = v->problem, .lang = c->lang, .detail = v->detail});
    jsonw_close(w, '}');
}

static err_t answer(struct call *c, unsigned status, const struct approval_view *v)
{
    struct jsonw w = call_json(c, status);
    write_approval(&w, c, v);
    return call_done(c);
}

/* ---- POST ---- */

static void set_owner(struct call *c, struct approval_request *q)
{
    struct bytes key = c->visit.value[DOOR_IDEMPOTENCY_KEY];
    (void)snprintf(q->owner, sizeof q->owner, "%s", c->owner);
    if (key.len) memcpy(q->key, key.p, key.len); /* its length was judged before the body */
}

static err_t digest_documents(struct call *c, const struct approval_request *q,
                              struct digest *digests)
{
    struct session *s = c->api->config.session;
    for (size_t i = 0; i < q->n_documents; i++) {
        const struct approval_document *d = &q->documents[i];
        err_t e = d->source == SOURCE_UPLOAD
                      ? session_upload_digest(s, q->owner, d->id, &digests[i])
                  : order_digest(d, &digests[i]) ? OK
                                                 : err_raise(ERR_INTERNAL);
        if (e) return e;
    }
    return OK;
}

/* An origin with a key of its own is believed nothing that the key did not sign: a script that was
 * slipped into its page can ask, but not swap a document. */
static err_t judge_order(struct call *c, struct form *form)
{
    struct approval_request *q = form_request(form);
    struct jwskey *keys[SETTINGS_ORIGINS];
    struct digest digests[XADES_MAX_DOCUMENTS];
    const struct order_rules rules = {
        .keys = keys,
        .n_keys = originkeys_of(c->api->config.origin_keys, c->owner, keys),
        .settings = c->api->config.settings,
        .now = utc_now(),
    };
    if (rules.n_keys == 0) return OK;
    if (form_order(form).len == 0) return err_raise(ERR_ORDER_REQUIRED);
    err_t e = digest_documents(c, q, digests);
    if (e) return e;
    const struct order order = {c->owner, q, digests};
    return order_judge(&order, form_order(form), &rules, q->nonce, &q->nonce_until,
                       &c->refusal.why);
}

/* Who was let in for one approval has it when it begins; what is left of the visit is to see it
 * through and to fetch what came of it. */
static err_t judge_visitor(struct call *c, const struct approval_request *q)
{
    if (origins_may_begin(c->api->config.origins, c->owner, q->key)) return OK;
    call_detail(c, "Bu siteye bir onay için izin verilmişti; yenisi için yeniden sorması gerekir.",
                "This site was let in for one approval; for another one it has to ask again.");
    return err_raise(ERR_ORIGIN_NOT_ALLOWED);
}

static void note_visitor(struct call *c, const struct approval_request *q)
{
    const struct settings *s = c->api->config.settings;
    origins_begun(
        c->api->config.origins, c->owner, q->key,
        clock_after(s->card_wait_seconds + s->consent_seconds + s->document_keep_seconds));
}

/* An order opens one approval. The same request again, under its key, is no second use of it: it
 * is answered with that approval, and nothing in it has to be judged once more. */
static err_t begin(struct call *c, struct form *form, char id[SESSION_ID])
{
    struct session *s = c->api->config.session;
    bool existed;
    err_t e = session_known(s, form_request(form), id, &existed);
    if (e || existed) return e;
    if ((e = judge_visitor(c, form_request(form)))) return e;
    if ((e = judge_order(c, form))) return e;
    e = session_begin(s, form_request(form), id, &existed, &c->refusal.why);
    if (!e) note_visitor(c, form_request(form));
    return e;
}

err_t approval_post(struct call *c)
{
    struct session *s = c->api->config.session;
    own_ptr(form) form = NULL;
    struct approval_view v;
    char id[SESSION_ID];
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (!e)
        e = form_read(buf_bytes(&c->body), c->api->config.settings, c->lang, &form,
                      &c->refusal.why);
    if (e) return e;
    set_owner(c, form_request(form));
    if ((e = begin(c, form, id))) return e;
    session_step(s); /* the worker is at it while the answer is written */
    if ((e = session_approval(s, c->owner, id, &v))) return e;
    (void)snprintf(c->location, sizeof c->location, "/v1/approvals/%s", id);
    return answer(c, 202, &v);
}

/* ---- GET ---- */

/* read_number: a query parameter of at most `digits` decimal digits. */
static bool read_number(const char *text, size_t digits, uint64_t *out)
{
    uint64_t v = 0;
    const size_t n = strlen(text);
    if (n == 0 || n > digits) return false;
    for (size_t i = 0; i < n; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        v = v * 10 + (uint64_t)(text[i] - '0');
    }
    *out = v;
    return true;
}

static err_t read_wait(struct call *c, uint64_t *seconds, bool *has_after, uint64_t *after)
{
    const char *wait = call_parameter(c, "wait"), *text = call_parameter(c, "after");
    *seconds = 0;
    if (wait && (!read_number(wait, 2, seconds) || *seconds > CALL_MAX_WAIT))
        return call_refuse_parameter(c, "wait", "wait 0 ile 30 arasında bir sayı olmalı.",
                                     "wait must be a number from 0 to 30.");
    *has_after = text != NULL;
    if (text && !read_number(text, 18, after))
        return call_refuse_parameter(c, "after", "after bir sürüm numarası olmalı.",
                                     "after must be a version number.");
    return OK;
}

err_t approval_get(struct call *c)
{
    struct approval_view v;
    uint64_t seconds, after;
    bool has_after;
    err_t e = call_only_parameters(c, (const char *const[]){"wait", "after", NULL});
    if (!e) e = read_wait(c, &seconds, &has_after, &after);
    if (!e) e = session_approval(c->api->config.session, c->owner, c->id, &v);
    if (e) return e;
    if (!has_after) after = c->wait.begun ? c->wait.version : v.version;
    if (seconds && !approval_state_final(v.state) && v.version == after &&
        call_wait(c, WAIT_APPROVAL, v.version, (unsigned)seconds))
        return OK;
    return answer(c, 200, &v);
}

/* ---- as it goes on ---- */

static void tell(struct call *c)
{
    struct approval_view v;
    c->stream.over = session_approval(c->api->config.session, c->owner, c->id, &v) != OK;
    if (c->stream.over) return;
    if (c->stream.told[0] != v.version) {
        struct jsonw w = stream_event(c, "approval", v.version);
        write_approval(&w, c, &v);
        stream_event_end(c);
    }
    c->stream.told[0] = v.version;
    c->stream.over = approval_state_final(v.state) || c->api->stopping;
}

/* A browser connects again after every end, and is sent home by 204 when it has heard the last. */
static bool heard(const struct call *c, uint64_t version)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)version);
    return bytes_eq_str(c->visit.value[DOOR_LAST_EVENT_ID], text);
}

err_t approval_events(struct call *c)
{
    struct approval_view v;
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (!e) e = session_approval(c->api->config.session, c->owner, c->id, &v);
    if (e) return e;
    if (!approval_state_final(v.state) || !heard(c, v.version)) return stream_open(c, tell);
    c->status = 204;
    return OK;
}

/* ---- the result ---- */

/* A file name that every system takes: the order's number, or the approval's id. */
static void set_disposition(struct call *c, const struct approval_view *v)
{
    char name[40];
    size_t n = 0;
    for (const char *p = v->order_no; *p && n < sizeof name - 1; p++) {
        bool safe = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                    (*p >= '0' && *p <= '9') || *p == '-';
        if (safe) name[n++] = *p;
    }
    name[n] = 0;
    bool zip = strstr(v->media_type, "zip") != NULL;
    (void)snprintf(c->disposition, sizeof c->disposition, "attachment; filename=\"%s%s\"",
                   n ? name : v->id, zip ? ".asice" : ".xml");
}

/* media_name: our own copy of the result's type, since views end with the next call. */
static const char *media_name(const char *type)
{
    static const char zip[] = "application/vnd.etsi.asic-e+zip";
    return strcmp(type, zip) == 0 ? zip : "application/xml";
}

err_t approval_signature(struct call *c)
{
    struct session *s = c->api->config.session;
    struct approval_view v;
    struct bytes file;
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (!e) e = session_approval(s, c->owner, c->id, &v);
    if (!e && v.state != APPROVAL_DONE) e = err_raise(ERR_APPROVAL_NOT_DONE);
    if (e) return e;
    set_disposition(c, &v);
    c->media = media_name(v.media_type);
    if ((e = session_signature(s, c->owner, c->id, &file))) return e;
    c->status = 200;
    buf_add(&c->out, file);
    return call_done(c);
}

/* ---- DELETE ---- */

err_t approval_delete(struct call *c)
{
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (!e) e = session_cancel(c->api->config.session, c->owner, c->id);
    if (!e) c->status = 204;
    return e;
}
