/* SPDX-License-Identifier: MIT */
#include "pkcs11/members.h"

#include <sys/epoll.h>

#include "pkcs11/pinentry.h"
#include "pkcs11/token_listing.h"

#define SEARCH_AGAIN_MS  2000 /* a driver may just have been installed */
#define PATIENCE_MS      1500 /* with slower modules, once one has shown a certificate */
#define LONG_PATIENCE_MS 5000 /* before */
#define LAST_WORD_MS     5000 /* of a listing that a card may have left */
#define FIRST_REST_MS    1000
#define MAX_DOUBLINGS    6 /* a minute */
#define MAX_DERS         (TOKEN_MAX_CERTS * 65536u)

/* ---- finding them ---- */

static err_t get(void *ctx, int *fd, uint64_t *id)
{
    struct member *one = ctx;
    const struct token_source *s = one->all->source;
    return s->get(s->ctx, one->number, fd, id);
}

static void end(void *ctx, uint64_t id)
{
    struct member *one = ctx;
    one->all->source->end(one->all->source->ctx, id);
}

static void member_free(struct member *one)
{
    if (!one) return;
    token_free(one->token);
    buf_free(&one->ders);
    free(one);
}
OWN_PTR(member)

static err_t member_new(struct members *m, unsigned number, struct member **out)
{
    own_ptr(member) one = calloc(1, sizeof *one);
    if (!one) return err_raise(ERR_STORAGE_FULL);
    one->all = m;
    one->number = number;
    one->ders = buf_max(MAX_DERS);
    struct worker_source workers = {.ctx = one, .get = get, .end = end};
    err_t e = token_connect(&workers, m->call_seconds, &one->token);
    if (e) return e;
    struct epoll_event ev = {.events = EPOLLIN};
    if (epoll_ctl(m->epoll, EPOLL_CTL_ADD, token_fd(one->token), &ev) != 0)
        return err_raise(ERR_STORAGE_FULL);
    *out = give(one);
    return OK;
}

static void move(struct members *m, size_t from, size_t to)
{
    struct member *one = m->at[from];
    memmove(&m->at[to + 1], &m->at[to], (from - to) * sizeof one);
    m->at[to] = one;
}

err_t members_search(struct members *m)
{
    struct token_modules found = {0};
    m->searched_ms = pinentry_now();
    err_t e = m->source->search(m->source->ctx, &found);
    for (size_t i = 0, to = 0; !e && i < found.n; i++) {
        size_t at = 0;
        while (at < m->n && m->at[at]->number != found.numbers[i]) at++;
        if (at == TOKEN_MAX_MODULES) continue;
        if (at == m->n) {
            e = member_new(m, found.numbers[i], &m->at[at]);
            if (!e) m->n++;
        }
        if (!e) move(m, at, to++);
    }
    return e;
}

void members_free(struct members *m)
{
    for (size_t i = 0; i < m->n; i++) member_free(m->at[i]);
    m->n = 0;
}

/* ---- asking ---- */

/* A first failure is forgiven; one that keeps failing costs a process every time. */
static void note(struct member *one, err_t e)
{
    one->error = e;
    one->failures = e ? one->failures + 1 : 0;
    one->rest_until_ms = 0;
    if (one->failures < 2 || one->all->n < 2) return;
    unsigned doublings = one->failures - 2;
    if (doublings > MAX_DOUBLINGS) doublings = MAX_DOUBLINGS;
    one->rest_until_ms = pinentry_now() + ((int64_t)FIRST_REST_MS << doublings);
}

static void ask(struct member *one)
{
    if (one->listing || pinentry_now() < one->rest_until_ms) return;
    err_t e = token_ask_listing(one->token);
    if (e == OK)
        one->listing = true;
    else if (e != ERR_TOO_MANY_REQUESTS)
        note(one, e);
}

err_t members_ask(struct members *m)
{
    bool old = pinentry_now() - m->searched_ms >= SEARCH_AGAIN_MS;
    err_t e = m->n == 0 || (m->merged.n_certs == 0 && old) ? members_search(m) : OK;
    if (e && m->n == 0) return e;
    m->patience_ms = 0;
    for (size_t i = 0; i < m->n; i++) ask(m->at[i]);
    return OK;
}

void members_answer(struct member *one, const struct token_event *ev)
{
    one->listing = one->late = false;
    one->answer_before_ms = 0;
    err_t e = ev->kind == TOKEN_LISTED ? OK : ev->error;
    if (!e && !token_listing_copy(ev->listing, &one->last, &one->ders))
        e = err_raise(ERR_STORAGE_FULL);
    note(one, e);
}

/* ---- one listing of all ---- */

/* A certificate in hand shortens the wait for those who are slow. A module alone is waited for: its
 * own deadline ends that, and there is nobody who could be kept waiting. */
static void set_patience(struct members *m)
{
    if (m->n < 2) return;
    bool cert = false;
    for (size_t i = 0; i < m->n; i++)
        cert |= !m->at[i]->listing && !m->at[i]->error && m->at[i]->last.n_certs > 0;
    int64_t until = pinentry_now() + (cert ? PATIENCE_MS : LONG_PATIENCE_MS);
    if (!m->patience_ms || until < m->patience_ms) m->patience_ms = until;
}

bool members_ready(struct members *m)
{
    bool awaited = false;
    for (size_t i = 0; i < m->n; i++) awaited |= m->at[i]->listing && !m->at[i]->late;
    if (awaited) set_patience(m);
    return !awaited || (m->patience_ms && pinentry_now() >= m->patience_ms);
}

err_t members_merge(struct members *m, bool cards)
{
    err_t first = OK;
    size_t good = 0;
    m->patience_ms = 0;
    m->merged.n_slots = m->merged.n_certs = 0;
    for (size_t i = 0; i < m->n; i++) {
        struct member *one = m->at[i];
        one->late = one->listing;
        good += one->error == OK;
        if (!first) first = one->error;
        if (!one->late && !one->error) token_listing_add(&m->merged, &one->last, one->number);
    }
    return good == 0 || (cards && !token_listing_present(&m->merged)) ? first : OK;
}

struct member *members_of_slot(const struct members *m, size_t slot)
{
    size_t i = 0;
    if (slot >= m->merged.n_slots) return NULL;
    while (i < m->n && m->at[i]->number != m->merged.slots[slot].module) i++;
    return i < m->n ? m->at[i] : NULL;
}

/* ---- time ---- */

void members_readers_changed(struct members *m)
{
    int64_t until = pinentry_now() + LAST_WORD_MS;
    for (size_t i = 0; i < m->n; i++) {
        struct member *one = m->at[i];
        if (one->listing && !one->answer_before_ms) one->answer_before_ms = until;
        token_cards_changed(one->token);
    }
}

void members_keep_time(struct members *m)
{
    for (size_t i = 0; i < m->n; i++) {
        struct member *one = m->at[i];
        if (!one->answer_before_ms || pinentry_now() < one->answer_before_ms) continue;
        one->answer_before_ms = 0;
        token_abandon(one->token, ERR_MODULE_TIMEOUT);
    }
}

int64_t members_deadline(const struct members *m)
{
    int64_t first = m->patience_ms;
    for (size_t i = 0; i < m->n; i++) {
        int64_t at = m->at[i]->answer_before_ms;
        if (at && (!first || at < first)) first = at;
    }
    return first;
}
