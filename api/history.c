/* SPDX-License-Identifier: MIT */
#include "api/history.h"

#include "session/store.h"

struct page {
    size_t n;
    struct stored at[HISTORY_PAGE];
};

static void take(void *ctx, const struct stored *one)
{
    struct page *p = ctx;
    if (p->n < HISTORY_PAGE) p->at[p->n++] = *one;
}

static void write_document(void *ctx, const struct store_document *d)
{
    struct jsonw *w = ctx;
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "name", d->name);
    jsonw_open(w, "digest", '{');
    jsonw_str(w, "algorithm", digest_name(d->digest.alg));
    jsonw_base64(w, "value", digest_bytes(&d->digest));
    jsonw_close(w, '}');
    jsonw_close(w, '}');
}

static void write_signer(struct jsonw *w, const struct stored *one)
{
    if (!one->shown.has_signer) return;
    jsonw_open(w, "signer", '{');
    jsonw_hex(w, "certificateId", digest_bytes(&one->shown.signer));
    jsonw_str(w, "subject", one->subject);
    if (one->identity[0]) jsonw_str(w, "identityNoMasked", one->identity);
    jsonw_close(w, '}');
}

static err_t write_record(struct jsonw *w, struct session *s, const struct stored *one)
{
    const struct approval_view *v = &one->shown;
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "id", v->id);
    jsonw_str(w, "state", approval_state_name(v->state));
    jsonw_time(w, "since", v->since);
    if (v->has_signer) jsonw_time(w, "signingTime", v->signing_time);
    jsonw_str(w, "owner", one->owner);
    jsonw_str(w, "orderNo", v->order_no);
    jsonw_str(w, "profile", xades_profile_name(v->profile));
    jsonw_str(w, "packaging", xades_packaging_name(v->packaging));
    write_signer(w, one);
    jsonw_open(w, "documents", '[');
    err_t e = session_history_documents(s, one->n, write_document, w);
    jsonw_close(w, ']');
    jsonw_bool(w, "kept", one->kept && v->state == APPROVAL_DONE);
    jsonw_close(w, '}');
    return e;
}

/* No site may know that there is such a thing. */
static err_t check(struct call *c, const char *parameter)
{
    if (strcmp(c->owner, "local") != 0) return err_raise(ERR_NOT_FOUND);
    return call_only_parameters(c, (const char *const[]){parameter, NULL});
}

static err_t read_before(struct call *c, int64_t *before)
{
    const char *text = call_parameter(c, "before");
    const size_t n = text ? strlen(text) : 0;
    *before = INT64_MAX;
    if (!text) return OK;
    if (n == 0 || n > 15 || strspn(text, "0123456789") != n)
        return call_refuse_parameter(c, "before", "before bir sıra numarası olmalı.",
                                     "before must be a number that an answer gave as next.");
    *before = strtoll(text, NULL, 10);
    return OK;
}

err_t history_list(struct call *c)
{
    struct session *s = c->api->config.session;
    int64_t before = 0;
    own_mem(struct page) p = calloc(1, sizeof *p);
    if (!p) return err_raise(ERR_STORAGE_FULL);
    err_t e = check(c, "before");
    if (!e) e = read_before(c, &before);
    if (!e) e = session_history(s, before, HISTORY_PAGE, take, p);
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    jsonw_open(&w, NULL, '{');
    jsonw_open(&w, "history", '[');
    for (size_t i = 0; i < p->n && !e; i++) e = write_record(&w, s, &p->at[i]);
    jsonw_close(&w, ']');
    if (p->n == HISTORY_PAGE) jsonw_number(&w, "next", (uint64_t)p->at[p->n - 1].n);
    jsonw_close(&w, '}');
    return e ? e : call_done(c);
}

err_t history_forget(struct call *c)
{
    err_t e = check(c, NULL);
    if (!e) e = session_forget(c->api->config.session, c->id);
    if (!e) c->status = 204;
    return e;
}

err_t history_forget_all(struct call *c)
{
    err_t e = check(c, NULL);
    if (!e) e = session_forget(c->api->config.session, NULL);
    if (!e) c->status = 204;
    return e;
}
