/* SPDX-License-Identifier: MIT */
#include "pkcs11/token.h"

#include <sys/epoll.h>

#include "pkcs11/members.h"
#include "pkcs11/pinentry.h"
#include "pkcs11/token_listing.h"
#include "pkcs11/token_queue.h"
#include "pkcs11/watch.h"

#define AFTER_START_MS 50  /* workers must not compete with their service's own start */
#define NOTICE_MS      600 /* for PC/SC to see what a module has felt already */
#define LAST_WORD_MS   700 /* for a module to see what PC/SC has seen already */

enum question { NOTHING, LISTING, CHOICE, SIGNATURE, PIN };

/* A card that an open question is about, as PC/SC told it when the question began. Where its word
 * was an old one then (the module saw the card first, or nobody watched), its next word is taken.
 */
struct held {
    char name[READERS_NAME_MAX];
    bool counted;
    uint16_t events;
};

struct choice {
    size_t n, at; /* `at`: the first that is in the hands of the module being asked */
    struct digest ids[TOKEN_MAX_CERTS];
    struct token_order words;
};

struct asked {
    enum question what;
    struct member *by; /* whose worker has it; NULL for a LISTING */
    size_t n_held;     /* several when the person chooses among cards */
    struct held held[READERS_MAX];
    err_t gone; /* why one of them can no longer be reached; OK: they can */
    bool proceeded;
    int64_t last_word_ms;       /* the module is ended then */
    struct token_event failure; /* waits for PC/SC to say whether the card has gone */
    int64_t failure_at_ms;      /* 0: none waits */
};

struct proxy {
    struct token base; /* first: token.h's functions are given its address */
    struct token_source source;
    struct members members;
    struct watch *watch;
    enum { UNKNOWN, DOWN, UP } service; /* pcscd, as the watcher last told */
    int64_t start_ms;                   /* 0: started */
    struct asked asked;
    struct choice choice;
    struct token_queue events;
};

static struct proxy *proxy_of(struct token *t)
{
    return (struct proxy *)t;
}

static void push(struct proxy *p, struct token_event e)
{
    token_queue_add(&p->events, e);
}

/* Once is enough, however often it changed since the last one was taken. */
static void push_changed(struct proxy *p)
{
    for (size_t i = 0; i < p->events.n; i++)
        if (p->events.at[i].kind == TOKEN_CHANGED) return;
    push(p, (struct token_event){.kind = TOKEN_CHANGED});
}

static err_t begin(struct proxy *p)
{
    return p->asked.what == NOTHING ? OK : err_raise(ERR_TOO_MANY_REQUESTS);
}

static void end_question(struct proxy *p, struct token_event e)
{
    p->asked = (struct asked){0};
    push(p, e);
}

/* ---- listing ---- */

static bool card_in_reader(const struct proxy *p)
{
    const struct readers *r = watch_readers(p->watch);
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i].state != READER_EMPTY) return true;
    return false;
}

static void listing_step(struct proxy *p)
{
    if (p->asked.what != LISTING || !members_ready(&p->members)) return;
    err_t e = members_merge(&p->members, card_in_reader(p));
    struct token_event listed = {.kind = TOKEN_LISTED, .listing = &p->members.merged};
    struct token_event failed = {.kind = TOKEN_FAILED, .error = e};
    end_question(p, e ? failed : listed);
}

static err_t ask_listing(struct token *t)
{
    struct proxy *p = proxy_of(t);
    err_t e = begin(p);
    if (e) return e;
    p->start_ms = 0;
    e = members_ask(&p->members);
    if (e) return e;
    p->asked = (struct asked){.what = LISTING};
    listing_step(p);
    return OK;
}

static void on_listing(struct proxy *p, struct member *one, const struct token_event *ev)
{
    members_answer(one, ev);
    if (p->asked.what == LISTING)
        listing_step(p);
    else
        push_changed(p);
}

/* ---- the cards of a question ---- */

static struct member *member_of(const struct proxy *p, const struct digest *id, size_t *slot)
{
    const struct token_listing *l = &p->members.merged;
    size_t cert = token_listing_find(l, id);
    *slot = cert < l->n_certs ? l->certs[cert].slot : l->n_slots;
    return members_of_slot(&p->members, *slot);
}

static err_t nothing_there(const struct proxy *p)
{
    bool any = token_listing_present(&p->members.merged);
    return err_raise(any ? ERR_NO_CERTIFICATE : ERR_NO_CARD);
}

static bool is_held(const struct asked *a, const char *name)
{
    for (size_t i = 0; i < a->n_held; i++)
        if (strcmp(a->held[i].name, name) == 0) return true;
    return false;
}

static void hold(struct proxy *p, size_t slot)
{
    struct asked *a = &p->asked;
    const struct readers *r = watch_readers(p->watch);
    size_t i = readers_find(r, p->members.merged.slots[slot].reader);
    if (i == r->n || a->n_held == READERS_MAX || is_held(a, r->at[i].name)) return;
    struct held *h = &a->held[a->n_held++];
    memcpy(h->name, r->at[i].name, sizeof h->name);
    h->events = r->at[i].events;
    h->counted = watch_current(p->watch) && r->at[i].state != READER_EMPTY;
}

/* Another count of comings and goings: a card may be there, but it is not this one's session. */
static bool still_there(struct held *h, const struct readers *r)
{
    size_t i = 0;
    while (i < r->n && strcmp(r->at[i].name, h->name) != 0) i++;
    if (i == r->n || r->at[i].state == READER_EMPTY) return false;
    if (!h->counted) h->events = r->at[i].events;
    h->counted = true;
    return r->at[i].events == h->events;
}

static void count_held(struct proxy *p)
{
    for (size_t i = 0; i < p->asked.n_held && watch_current(p->watch); i++)
        (void)still_there(&p->asked.held[i], watch_readers(p->watch));
}

static err_t held_gone(struct proxy *p)
{
    struct asked *a = &p->asked;
    const struct readers *r = watch_readers(p->watch);
    if (a->n_held && !r->service) return ERR_CARD_SERVICE;
    for (size_t i = 0; i < a->n_held; i++)
        if (!still_there(&a->held[i], r)) return ERR_CARD_REMOVED;
    return OK;
}

static void card_gone(struct proxy *p, err_t why)
{
    struct asked *a = &p->asked;
    a->gone = why;
    if (a->failure_at_ms) {
        a->failure.error = why;
        end_question(p, a->failure);
    } else if (a->proceeded) {
        a->last_word_ms = pinentry_now() + LAST_WORD_MS;
    } else {
        token_cancel(a->by->token);
        /* A new PIN may be on its way to the card, and no dialog is there to be closed. */
        if (a->what == PIN) a->last_word_ms = pinentry_now() + LAST_WORD_MS;
    }
}

/* Modules do not find their way back to a pcscd that was started again; new workers do. */
static void renew(struct proxy *p)
{
    for (size_t i = 0; i < p->members.n; i++) {
        struct member *one = p->members.at[i];
        if (!one->stale || one->listing || one == p->asked.by) continue;
        one->stale = false;
        token_abandon(one->token, ERR_CARD_SERVICE);
    }
}

static void on_readers(struct proxy *p)
{
    bool up = watch_readers(p->watch)->service;
    for (size_t i = 0; up && p->service == DOWN && i < p->members.n; i++)
        p->members.at[i]->stale = true;
    p->service = up ? UP : DOWN;
    members_readers_changed(&p->members);
    push_changed(p);
    err_t gone = p->asked.gone ? OK : held_gone(p);
    if (gone) card_gone(p, gone);
}

/* ---- choice and signature ---- */

/* Candidates of one module are one question to it; the order of preference goes first. */
static err_t ask_part_of_choice(struct proxy *p)
{
    struct choice *c = &p->choice;
    size_t slot, n = 0;
    struct member *one = member_of(p, &c->ids[c->at], &slot);
    if (!one) return err_raise(ERR_NO_CERTIFICATE);
    while (c->at + n < c->n && member_of(p, &c->ids[c->at + n], &slot) == one) n++;
    c->words.n_before = (unsigned)c->at;
    c->words.n_after = (unsigned)(c->n - c->at - n);
    err_t e = token_ask_choice(one->token, &c->ids[c->at], n, &c->words);
    c->at += n;
    if (e) return e;
    p->asked = (struct asked){.what = CHOICE, .by = one};
    for (size_t i = 0; i < c->n; i++)
        if (member_of(p, &c->ids[i], &slot)) hold(p, slot);
    return OK;
}

static err_t ask_choice(struct token *t, const struct digest *ids, size_t n,
                        const struct token_order *words)
{
    struct proxy *p = proxy_of(t);
    err_t e = begin(p);
    if (e) return e;
    if (!token_choice_ok(n, words)) return err_raise(ERR_INTERNAL);
    p->choice = (struct choice){.n = n, .words = *words};
    memcpy(p->choice.ids, ids, n * sizeof *ids);
    return ask_part_of_choice(p);
}

static err_t ask_signature(struct token *t, const struct token_order *order)
{
    struct proxy *p = proxy_of(t);
    size_t slot;
    err_t e = begin(p);
    if (e) return e;
    struct member *one = member_of(p, &order->certificate, &slot);
    if (!one) return nothing_there(p);
    e = token_ask_signature(one->token, order);
    if (e) return e;
    p->asked = (struct asked){.what = SIGNATURE, .by = one};
    hold(p, slot);
    return OK;
}

/* Without a certificate the person chooses among the cards of the most preferred module that shows
 * any. */
static size_t slot_for_pin(const struct proxy *p, const struct token_pin_order *order)
{
    const struct token_listing *l = &p->members.merged;
    size_t cert = order->has_certificate ? token_listing_find(l, &order->certificate) : l->n_certs;
    if (order->has_certificate) return cert < l->n_certs ? l->certs[cert].slot : l->n_slots;
    size_t i = 0;
    while (i < l->n_slots && !l->slots[i].present) i++;
    return i;
}

static err_t ask_pin(struct token *t, const struct token_pin_order *order)
{
    struct proxy *p = proxy_of(t);
    err_t e = begin(p);
    if (e) return e;
    size_t slot = slot_for_pin(p, order);
    struct member *one = members_of_slot(&p->members, slot);
    if (!one) return nothing_there(p);
    e = token_ask_pin(one->token, order);
    if (e) return e;
    p->asked = (struct asked){.what = PIN, .by = one};
    hold(p, slot);
    return OK;
}

static void proceed(struct token *t, bool go)
{
    struct proxy *p = proxy_of(t);
    struct asked *a = &p->asked;
    if (a->what != SIGNATURE) return;
    a->proceeded = go && !a->gone;
    token_proceed(a->by->token, a->proceeded);
}

static void cancel(struct token *t)
{
    struct proxy *p = proxy_of(t);
    if (p->asked.by) token_cancel(p->asked.by->token);
}

static void abandon(struct token *t, err_t why)
{
    struct proxy *p = proxy_of(t);
    if (p->asked.by) token_abandon(p->asked.by->token, why);
}

static void on_chosen(struct proxy *p, struct token_event ev)
{
    if (!ev.none) {
        end_question(p, ev);
        return;
    }
    err_t e = p->asked.gone ? p->asked.gone : ask_part_of_choice(p);
    if (e) end_question(p, (struct token_event){.kind = TOKEN_FAILED, .error = e});
}

/* What a card that leaves looks like to a module, which feels it before PC/SC says so. */
static bool may_be_removal(err_t e)
{
    return e == ERR_CARD_ERROR || e == ERR_NO_CARD || e == ERR_NO_CERTIFICATE ||
           e == ERR_MODULE_CRASHED || e == ERR_MODULE_TIMEOUT || e == ERR_CARD_REMOVED;
}

static void on_failed(struct proxy *p, struct token_event ev)
{
    struct asked *a = &p->asked;
    if (ev.error == ERR_MODULE_CRASHED || ev.error == ERR_MODULE_TIMEOUT) a->by->failures++;
    if (a->gone) ev.error = a->gone;
    if (a->gone || a->n_held == 0 || !may_be_removal(ev.error)) {
        end_question(p, ev);
        return;
    }
    a->failure = ev;
    a->failure_at_ms = pinentry_now() + NOTICE_MS;
}

static void on_event(struct proxy *p, struct member *one, const struct token_event *ev)
{
    if (one->listing) {
        on_listing(p, one, ev);
        return;
    }
    if (one != p->asked.by) return;
    switch (ev->kind) {
    case TOKEN_CHOSEN:
        on_chosen(p, *ev);
        break;
    case TOKEN_SIGNED:
    case TOKEN_PIN_SET:
        end_question(p, *ev);
        break;
    case TOKEN_FAILED:
        on_failed(p, *ev);
        break;
    case TOKEN_CONSENTED:
        if (p->asked.gone)
            token_proceed(one->token, false);
        else
            push(p, *ev);
        break;
    default:
        push(p, *ev);
    }
}

/* ---- time ---- */

static void keep_time(struct proxy *p)
{
    struct asked *a = &p->asked;
    int64_t now = pinentry_now();
    if (p->start_ms && now >= p->start_ms) {
        p->start_ms = 0;
        (void)members_search(&p->members); /* what is wrong is told by the first question */
    }
    members_keep_time(&p->members);
    listing_step(p);
    if (a->failure_at_ms && now >= a->failure_at_ms) end_question(p, a->failure);
    if (a->last_word_ms && now >= a->last_word_ms) {
        a->last_word_ms = 0;
        token_abandon(a->by->token, a->gone);
    }
}

static void sooner(int64_t *first, int64_t at)
{
    if (at && (!*first || at < *first)) *first = at;
}

static int timeout(const struct token *t)
{
    const struct proxy *p = (const struct proxy *)t;
    const struct asked *a = &p->asked;
    if (p->events.n) return 0;
    int64_t now = pinentry_now(), first = p->start_ms;
    sooner(&first, members_deadline(&p->members));
    sooner(&first, a->failure_at_ms);
    sooner(&first, a->last_word_ms);
    for (size_t i = 0; i < p->members.n; i++) {
        int ms = token_timeout(p->members.at[i]->token);
        if (ms >= 0) sooner(&first, now + ms);
    }
    int ms = watch_timeout(p->watch);
    if (ms >= 0) sooner(&first, now + ms);
    if (!first) return -1;
    return first <= now ? 0 : first - now > 3600000 ? 3600000 : (int)(first - now);
}

/* ---- the rest of token.h ---- */

static int fd_of(const struct token *t)
{
    return ((const struct proxy *)t)->members.epoll;
}

static void hear_all(struct proxy *p)
{
    const bool news = watch_next(p->watch);
    count_held(p);
    if (news) on_readers(p);
    for (size_t i = 0; i < p->members.n; i++) {
        struct token_event ev = {0};
        while (token_next(p->members.at[i]->token, &ev)) on_event(p, p->members.at[i], &ev);
    }
    renew(p);
}

static bool next(struct token *t, struct token_event *out)
{
    struct proxy *p = proxy_of(t);
    if (p->events.n == 0) hear_all(p);
    if (p->events.n == 0) keep_time(p);
    return token_queue_take(&p->events, out);
}

static const struct readers *readers(const struct token *t)
{
    return watch_readers(((const struct proxy *)t)->watch);
}

static void proxy_free(struct token *t)
{
    struct proxy *p = proxy_of(t);
    members_free(&p->members);
    watch_free(p->watch);
    fd_own(&p->members.epoll);
    free(p);
}

static const struct token_ops ops = {
    .ask_listing = ask_listing,
    .ask_choice = ask_choice,
    .ask_signature = ask_signature,
    .ask_pin = ask_pin,
    .proceed = proceed,
    .cancel = cancel,
    .abandon = abandon,
    .fd = fd_of,
    .timeout = timeout,
    .next = next,
    .readers = readers,
    .free = proxy_free,
};

static err_t watcher_get(void *ctx, int *fd, uint64_t *id)
{
    struct proxy *p = ctx;
    return p->source.get(p->source.ctx, TOKEN_WATCHER, fd, id);
}

static void watcher_end(void *ctx, uint64_t id)
{
    struct proxy *p = ctx;
    p->source.end(p->source.ctx, id);
}

err_t token_proxy(const struct token_source *source, unsigned call_seconds, struct token **out)
{
    struct proxy *p = calloc(1, sizeof *p);
    if (!p) return err_raise(ERR_STORAGE_FULL);
    p->base.ops = &ops;
    own_ptr(token) t = &p->base;
    p->source = *source;
    p->members = (struct members){.source = &p->source, .call_seconds = call_seconds};
    p->members.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (p->members.epoll < 0) return err_raise(ERR_STORAGE_FULL);
    struct worker_source watcher = {.ctx = p, .get = watcher_get, .end = watcher_end};
    err_t e = watch_new(&watcher, &p->watch);
    if (e) return e;
    struct epoll_event ev = {.events = EPOLLIN};
    if (epoll_ctl(p->members.epoll, EPOLL_CTL_ADD, watch_fd(p->watch), &ev) != 0)
        return err_raise(ERR_STORAGE_FULL);
    p->start_ms = pinentry_now() + AFTER_START_MS;
    *out = give(t);
    return OK;
}
