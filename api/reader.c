/* SPDX-License-Identifier: MIT */
#include "api/reader.h"

#include "api/problem.h"
#include "pkcs11/family.h"
#include "session/detail.h"

#include <stdio.h>

#define PATIENCE_SECONDS 1 /* for a card's label, while PC/SC tells all the rest */

/* ---- ids ---- */

/* From the name alone: the same before and after a restart, of the daemon and of pcscd. */
static void id_of_name(const char *name, char id[READER_ID])
{
    struct digest d;
    own(buf) hex = buf_max(2 * DIGEST_MAX);
    if (digest_of(DIGEST_SHA256, bytes_str(name), &d)) buf_hex(&hex, digest_bytes(&d));
    (void)snprintf(id, READER_ID, "reader-%.16s", buf_cstr(&hex));
}

void reader_id_of_slot(const struct readers *r, const struct token_slot *s, char id[READER_ID])
{
    const size_t i = readers_find(r, s->reader);
    if (i < r->n)
        id_of_name(r->at[i].name, id);
    else
        (void)snprintf(id, READER_ID, "%s", s->id);
}

/* ---- which card the listing has seen ---- */

/* What PC/SC says now, and what was true of the newest listing. */
struct view {
    const struct readers *now, *then;
    const struct token_listing *listing; /* NULL: none to rely upon */
    err_t error;                         /* of the module */
};

static struct view view_of(const struct session *s)
{
    struct view v = {.now = session_readers(s), .then = session_listing_readers(s)};
    const struct token_listing *l = session_listing(s, &v.error);
    v.listing = v.error ? NULL : l;
    return v;
}

/* The card in this reader is the one that was in it when the listing was asked for. */
static bool seen(const struct view *v, const struct reader *r)
{
    for (size_t i = 0; i < v->then->n; i++) {
        const struct reader *was = &v->then->at[i];
        if (strcmp(was->name, r->name) == 0)
            return was->state == READER_CARD && was->events == r->events;
    }
    return false;
}

static bool has_certificate(const struct token_listing *l, size_t slot)
{
    for (size_t i = 0; i < l->n_certs; i++)
        if (l->certs[i].slot == slot) return true;
    return false;
}

/* The slot that tells of the card in reader i: a module may make several of one reader, and what
 * counts is the one that can sign. */
static const struct token_slot *slot_of_reader(const struct view *v, size_t i)
{
    const struct token_slot *found = NULL;
    if (!v->listing || v->now->at[i].state != READER_CARD || !seen(v, &v->now->at[i])) return NULL;
    for (size_t k = 0; k < v->listing->n_slots; k++) {
        const struct token_slot *s = &v->listing->slots[k];
        if (!s->present || readers_find(v->now, s->reader) != i) continue;
        if (has_certificate(v->listing, k)) return s;
        if (!found) found = s;
    }
    return found;
}

/* Not a PC/SC reader's, nor that of one which has gone since. */
static bool has_no_reader(const struct view *v, const struct token_slot *s)
{
    return readers_find(v->now, s->reader) == v->now->n &&
           readers_find(v->then, s->reader) == v->then->n;
}

/* ---- as JSON ---- */

static void write_token(struct jsonw *w, const struct token_slot *s)
{
    jsonw_open(w, "token", '{');
    jsonw_str(w, "label", s->label);
    jsonw_str(w, "model", s->model);
    jsonw_str(w, "manufacturer", s->manufacturer);
    jsonw_str(w, "serial", s->serial);
    jsonw_close(w, '}');
    jsonw_str(w, "pinTriesLeft", pin_state_slug(s->pin));
    if (s->tries >= 0) jsonw_number(w, "pinTries", (uint64_t)s->tries);
}

static void write_family(struct jsonw *w, const struct reader *r)
{
    const struct family *f = family_of(bytes_of(r->atr, r->atr_len));
    if (!f) return;
    jsonw_open(w, "cardFamily", '{');
    jsonw_str(w, "slug", f->slug);
    jsonw_str(w, "name", f->name);
    jsonw_close(w, '}');
}

static void write_reader(struct jsonw *w, const struct reader *r, const struct token_slot *s)
{
    char id[READER_ID];
    id_of_name(r->name, id);
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "id", id);
    jsonw_str(w, "name", r->name);
    jsonw_str(w, "state", reader_state_slug(r->state));
    write_family(w, r);
    if (s) {
        write_token(w, s);
        jsonw_bool(w, "pinPad", s->pin_pad);
        jsonw_bool(w, "unattended", s->unattended);
    }
    jsonw_close(w, '}');
}

static void write_slot(struct jsonw *w, const struct token_slot *s)
{
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "id", s->id);
    jsonw_str(w, "name", s->reader);
    jsonw_str(w, "state", reader_state_slug(s->present ? READER_CARD : READER_EMPTY));
    if (s->present) write_token(w, s);
    jsonw_bool(w, "pinPad", s->pin_pad);
    jsonw_bool(w, "unattended", s->unattended);
    jsonw_close(w, '}');
}

/* While PC/SC answers, an empty slot without a reader is nothing to put a card into. */
static void write_slots(struct jsonw *w, const struct view *v)
{
    for (size_t k = 0; v->listing && k < v->listing->n_slots; k++) {
        const struct token_slot *s = &v->listing->slots[k];
        if (has_no_reader(v, s) && (s->present || !v->now->service)) write_slot(w, s);
    }
}

static void write_service(struct jsonw *w, bool running, enum lang lang)
{
    jsonw_str(w, "cardService", running ? "running" : "not-running");
    if (running) return;
    char detail[256];
    detail_of(ERR_CARD_SERVICE, lang, "", detail, sizeof detail);
    jsonw_str(w, "detail", detail);
}

void reader_write(struct jsonw *w, const struct session *s, enum lang lang)
{
    const struct view v = view_of(s);
    jsonw_open(w, NULL, '{');
    write_service(w, v.now->service, lang);
    jsonw_open(w, "readers", '[');
    for (size_t i = 0; i < v.now->n; i++) write_reader(w, &v.now->at[i], slot_of_reader(&v, i));
    write_slots(w, &v);
    jsonw_close(w, ']');
    if (v.error) problem_write(w, "problem", &(struct problem){.error = v.error, .lang = lang});
    jsonw_close(w, '}');
}

/* ---- the resource ---- */

/* unknown: a listing could add to what PC/SC says. */
static bool unknown(const struct session *s)
{
    const struct view v = view_of(s);
    if (!v.listing) return true;
    for (size_t i = 0; i < v.now->n; i++)
        if (v.now->at[i].state == READER_CARD && !seen(&v, &v.now->at[i])) return true;
    /* Slots that PC/SC does not know change unannounced. */
    for (size_t k = 0; k < v.listing->n_slots; k++)
        if (has_no_reader(&v, &v.listing->slots[k])) return true;
    return false;
}

err_t reader_list(struct call *c)
{
    const struct session *s = c->api->config.session;
    const bool service = session_readers(s)->service;
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (e) return e;
    if ((c->wait.begun || !service || unknown(s)) &&
        call_wait_listing(c, service ? PATIENCE_SECONDS : CALL_REFRESH_SECONDS))
        return OK;
    struct jsonw w = call_json(c, 200);
    reader_write(&w, s, c->lang);
    return call_done(c);
}
