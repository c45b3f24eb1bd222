/* SPDX-License-Identifier: MIT */
#include "pkcs11/token.h"

#include <sys/epoll.h>

#include "pkcs11/pinentry.h"
#include "pkcs11/token_listing.h"
#include "pkcs11/watch.h"

#define MAX_EVENTS     8
#define AFTER_START_MS 50 /* workers must not compete with their service's own start */
#define SEARCH_AGAIN_MS                                                                            \
    2000 /* while there is no certificate: a driver may just have been installed */
#define PATIENCE_MS      1500 /* with slower modules, once one has shown a certificate */
#define LONG_PATIENCE_MS 5000 /* before */
#define NOTICE_MS        600  /* for PC/SC to see what a module has felt already */
#define LAST_WORD_MS     1000 /* for a module to see what PC/SC has seen already */
#define MAX_REST_MS      60000
#define MAX_DERS         (TOKEN_MAX_CERTS * 65536u)

struct proxy;

/* One PKCS#11 module: its workers, and what it last showed. */
struct module {
    struct proxy *proxy; /* the context of its worker_source */
    unsigned number;
    struct token *token;
    bool listing; /* it has been asked and has not answered */
    bool late;    /* nobody waits for that answer any more */
    bool stale;   /* its workers were started before pcscd was */
    err_t error;  /* of its last answer */
    unsigned failures;
    int64_t rest_until_ms; /* a module that fails again and again is left alone for a while */
    struct token_listing last;
    struct buf ders;
};

enum question { NOTHING, LISTING, CHOICE, SIGNATURE, PIN };

/* The card that an open question is about, as PC/SC told it when the question began. */
struct held {
    bool known;
    char name[READERS_NAME_MAX];
    uint16_t events;
};

struct choice {
    size_t n, at; /* `at`: the first that is in the hands of the module being asked */
    struct digest ids[TOKEN_MAX_CERTS];
    struct token_order words;
};

struct asked {
    enum question what;
    struct module *by;   /* whose worker has it; NULL for a LISTING */
    int64_t patience_ms; /* LISTING: until when slower modules are waited for */
    struct held held;
    err_t gone; /* why the card can no longer be reached; OK: it can */
    bool proceeded;
    int64_t last_word_ms;       /* the module is ended then */
    struct token_event failure; /* waits for PC/SC to say whether the card has gone */
    int64_t failure_at_ms;      /* 0: none waits */
};

struct proxy {
    struct token base; /* first: token.h's functions are given its address */
    struct token_source source;
    unsigned call_seconds;
    int epoll;
    struct watch *watch;
    enum { UNKNOWN, DOWN, UP } service; /* pcscd, as the watcher last told */
    size_t n_modules;
    struct module *modules[TOKEN_MAX_MODULES]; /* in the order of preference */
    int64_t searched_ms;
    int64_t start_ms; /* 0: started */
    struct asked asked;
    struct choice choice;
    struct token_listing merged;
    struct token_event events[MAX_EVENTS];
    size_t n_events;
};

static struct proxy *proxy_of(struct token *t)
{
    return (struct proxy *)t;
}

static void push(struct proxy *p, struct token_event e)
{
    if (p->n_events < MAX_EVENTS) p->events[p->n_events++] = e;
}

/* Once is enough, however often it changed since the last one was taken. */
static void push_changed(struct proxy *p)
{
    for (size_t i = 0; i < p->n_events; i++)
        if (p->events[i].kind == TOKEN_CHANGED) return;
    push(p, (struct token_event){.kind = TOKEN_CHANGED});
}

/* ---- modules ---- */

static err_t module_get(void *ctx, int *fd, uint64_t *id)
{
    struct module *m = ctx;
    return m->proxy->source.get(m->proxy->source.ctx, m->number, fd, id);
}

static void module_end(void *ctx, uint64_t id)
{
    struct module *m = ctx;
    m->proxy->source.end(m->proxy->source.ctx, id);
}

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

static void module_free(struct module *m)
{
    if (!m) return;
    token_free(m->token);
    buf_free(&m->ders);
    free(m);
}
OWN_PTR(module)

static bool follow(const struct proxy *p, int fd)
{
    struct epoll_event ev = {.events = EPOLLIN};
    return epoll_ctl(p->epoll, EPOLL_CTL_ADD, fd, &ev) == 0;
}

static err_t module_new(struct proxy *p, unsigned number, struct module **out)
{
    own_ptr(module) m = calloc(1, sizeof *m);
    if (!m) return err_raise(ERR_STORAGE_FULL);
    m->proxy = p;
    m->number = number;
    m->ders = buf_max(MAX_DERS);
    struct worker_source workers = {.ctx = m, .get = module_get, .end = module_end};
    err_t e = token_connect(&workers, p->call_seconds, &m->token);
    if (e) return e;
    if (!follow(p, token_fd(m->token))) return err_raise(ERR_STORAGE_FULL);
    *out = give(m);
    return OK;
}

/* The place of a number in the order of preference; those that are not found any more stay behind.
 */
static void put_at(struct proxy *p, size_t from, size_t to)
{
    struct module *m = p->modules[from];
    memmove(&p->modules[to + 1], &p->modules[to], (from - to) * sizeof m);
    p->modules[to] = m;
}

static err_t search(struct proxy *p)
{
    struct token_modules found = {0};
    p->searched_ms = pinentry_now();
    err_t e = p->source.search(p->source.ctx, &found);
    for (size_t i = 0, to = 0; !e && i < found.n; i++) {
        size_t at = 0;
        while (at < p->n_modules && p->modules[at]->number != found.numbers[i]) at++;
        if (at == TOKEN_MAX_MODULES) continue;
        if (at == p->n_modules) {
            e = module_new(p, found.numbers[i], &p->modules[at]);
            if (!e) p->n_modules++;
        }
        if (!e) put_at(p, at, to++);
    }
    return e;
}

/* A first failure is forgiven; a module that keeps failing costs a process every time. */
static void note_answer(struct module *m, err_t e)
{
    m->error = e;
    m->failures = e ? m->failures + 1 : 0;
    if (m->failures < 2 || m->proxy->n_modules < 2) return;
    unsigned doublings = m->failures - 2 < 6 ? m->failures - 2 : 6;
    int64_t rest = (int64_t)1000 << doublings;
    m->rest_until_ms = pinentry_now() + (rest < MAX_REST_MS ? rest : MAX_REST_MS);
}

/* ---- listing ---- */

static void merge(struct proxy *p)
{
    p->merged.n_slots = p->merged.n_certs = 0;
    for (size_t i = 0; i < p->n_modules; i++) {
        const struct module *m = p->modules[i];
        if (!m->error) token_listing_add(&p->merged, &m->last, m->number);
    }
}

static bool card_in_reader(const struct proxy *p)
{
    const struct readers *r = watch_readers(p->watch);
    for (size_t i = 0; i < r->n; i++)
        if (r->at[i].state != READER_EMPTY) return true;
    return false;
}

/* What is wrong with the listing as a whole: every module failed; or there is a card, none of the
 * good modules knows it, and the one that failed might. */
static err_t listing_error(const struct proxy *p)
{
    err_t first = OK;
    size_t good = 0;
    for (size_t i = 0; i < p->n_modules; i++) {
        err_t e = p->modules[i]->error;
        good += e == OK;
        if (!first) first = e;
    }
    if (good == 0) return first;
    return card_in_reader(p) && !token_listing_present(&p->merged) ? first : OK;
}

static void tell_listing(struct proxy *p)
{
    p->asked = (struct asked){0};
    for (size_t i = 0; i < p->n_modules; i++) p->modules[i]->late = p->modules[i]->listing;
    merge(p);
    err_t e = listing_error(p);
    if (e)
        push(p, (struct token_event){.kind = TOKEN_FAILED, .error = e});
    else
        push(p, (struct token_event){.kind = TOKEN_LISTED, .listing = &p->merged});
}

static bool awaited(const struct proxy *p)
{
    for (size_t i = 0; i < p->n_modules; i++)
        if (p->modules[i]->listing && !p->modules[i]->late) return true;
    return false;
}

/* A certificate in hand shortens the wait for those who are slow. A module alone is waited for: its
 * own deadline ends that, and there is nobody who could be kept waiting. */
static void set_patience(struct proxy *p)
{
    if (p->n_modules < 2) return;
    bool cert = false;
    for (size_t i = 0; i < p->n_modules; i++) {
        const struct module *m = p->modules[i];
        cert |= !m->listing && !m->error && m->last.n_certs > 0;
    }
    int64_t until = pinentry_now() + (cert ? PATIENCE_MS : LONG_PATIENCE_MS);
    if (!p->asked.patience_ms || until < p->asked.patience_ms) p->asked.patience_ms = until;
}

static void listing_step(struct proxy *p)
{
    if (p->asked.what != LISTING) return;
    if (awaited(p))
        set_patience(p);
    else
        tell_listing(p);
}

static void ask_module(struct module *m)
{
    if (m->listing || pinentry_now() < m->rest_until_ms) return;
    err_t e = token_ask_listing(m->token);
    if (e == OK)
        m->listing = true;
    else if (e != ERR_TOO_MANY_REQUESTS)
        note_answer(m, e);
}

static err_t begin(struct proxy *p)
{
    return p->asked.what == NOTHING ? OK : err_raise(ERR_TOO_MANY_REQUESTS);
}

static err_t ask_listing(struct token *t)
{
    struct proxy *p = proxy_of(t);
    err_t e = begin(p);
    if (e) return e;
    p->start_ms = 0;
    bool old = pinentry_now() - p->searched_ms >= SEARCH_AGAIN_MS;
    if (p->n_modules == 0 || (p->merged.n_certs == 0 && old)) e = search(p);
    if (e && p->n_modules == 0) return e;
    for (size_t i = 0; i < p->n_modules; i++) ask_module(p->modules[i]);
    p->asked = (struct asked){.what = LISTING};
    listing_step(p);
    return OK;
}

static void on_listing_answer(struct proxy *p, struct module *m, const struct token_event *ev)
{
    m->listing = m->late = false;
    err_t e = ev->kind == TOKEN_LISTED ? OK : ev->error;
    if (!e && !token_listing_copy(ev->listing, &m->last, &m->ders)) e = err_raise(ERR_STORAGE_FULL);
    note_answer(m, e);
    if (p->asked.what == LISTING)
        listing_step(p);
    else
        push_changed(p);
}

/* ---- the card of a question ---- */

static struct module *module_of_slot(const struct proxy *p, size_t slot)
{
    size_t i = 0;
    if (slot >= p->merged.n_slots) return NULL;
    while (i < p->n_modules && p->modules[i]->number != p->merged.slots[slot].module) i++;
    return i < p->n_modules ? p->modules[i] : NULL;
}

static struct module *module_of(const struct proxy *p, const struct digest *id, size_t *slot)
{
    size_t cert = token_listing_find(&p->merged, id);
    *slot = cert < p->merged.n_certs ? p->merged.certs[cert].slot : p->merged.n_slots;
    return module_of_slot(p, *slot);
}

static err_t nothing_there(const struct proxy *p)
{
    return err_raise(token_listing_present(&p->merged) ? ERR_NO_CERTIFICATE : ERR_NO_CARD);
}

static void hold(struct proxy *p, size_t slot)
{
    const struct readers *r = watch_readers(p->watch);
    size_t i = readers_find(r, p->merged.slots[slot].reader);
    if (i == r->n) return;
    struct held *h = &p->asked.held;
    h->known = true;
    memcpy(h->name, r->at[i].name, sizeof h->name);
    h->events = r->at[i].events;
}

/* Another count of comings and goings: a card may be there, but it is not this one's session. */
static err_t held_gone(const struct proxy *p)
{
    const struct held *h = &p->asked.held;
    const struct readers *r = watch_readers(p->watch);
    if (!h->known) return OK;
    if (!r->service) return ERR_CARD_SERVICE;
    size_t i = 0;
    while (i < r->n && strcmp(r->at[i].name, h->name) != 0) i++;
    bool same = i < r->n && r->at[i].state != READER_EMPTY && r->at[i].events == h->events;
    return same ? OK : ERR_CARD_REMOVED;
}

static void end_question(struct proxy *p, struct token_event e)
{
    p->asked = (struct asked){0};
    push(p, e);
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
    for (size_t i = 0; i < p->n_modules; i++) {
        struct module *m = p->modules[i];
        if (!m->stale || m->listing || m == p->asked.by) continue;
        m->stale = false;
        token_abandon(m->token, ERR_CARD_SERVICE);
    }
}

static void on_readers(struct proxy *p)
{
    bool up = watch_readers(p->watch)->service;
    for (size_t i = 0; up && p->service == DOWN && i < p->n_modules; i++)
        p->modules[i]->stale = true;
    p->service = up ? UP : DOWN;
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
    struct module *m = module_of(p, &c->ids[c->at], &slot);
    if (!m) return err_raise(ERR_NO_CERTIFICATE);
    while (c->at + n < c->n && module_of(p, &c->ids[c->at + n], &slot) == m) n++;
    c->words.n_before = (unsigned)c->at;
    c->words.n_after = (unsigned)(c->n - c->at - n);
    err_t e = token_ask_choice(m->token, &c->ids[c->at], n, &c->words);
    c->at += n;
    if (!e) p->asked = (struct asked){.what = CHOICE, .by = m};
    return e;
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
    struct module *m = module_of(p, &order->certificate, &slot);
    if (!m) return nothing_there(p);
    e = token_ask_signature(m->token, order);
    if (e) return e;
    p->asked = (struct asked){.what = SIGNATURE, .by = m};
    hold(p, slot);
    return OK;
}

/* Without a certificate the person chooses among the cards of the most preferred module that shows
 * any. */
static size_t slot_for_pin(const struct proxy *p, const struct token_pin_order *order)
{
    const struct token_listing *l = &p->merged;
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
    struct module *m = module_of_slot(p, slot);
    if (!m) return nothing_there(p);
    e = token_ask_pin(m->token, order);
    if (e) return e;
    p->asked = (struct asked){.what = PIN, .by = m};
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
    err_t e = ask_part_of_choice(p);
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
    if (a->gone || !a->held.known || !may_be_removal(ev.error)) {
        end_question(p, ev);
        return;
    }
    a->failure = ev;
    a->failure_at_ms = pinentry_now() + NOTICE_MS;
}

static void on_event(struct proxy *p, struct module *m, const struct token_event *ev)
{
    if (m->listing) {
        on_listing_answer(p, m, ev);
        return;
    }
    if (m != p->asked.by) return;
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
            token_proceed(m->token, false);
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
        (void)search(p); /* what is wrong is told by the first question */
    }
    if (a->patience_ms && now >= a->patience_ms) tell_listing(p);
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
    if (p->n_events) return 0;
    int64_t now = pinentry_now(), first = p->start_ms;
    sooner(&first, a->patience_ms);
    sooner(&first, a->failure_at_ms);
    sooner(&first, a->last_word_ms);
    for (size_t i = 0; i < p->n_modules; i++) {
        int ms = token_timeout(p->modules[i]->token);
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
    return ((const struct proxy *)t)->epoll;
}

static void hear_all(struct proxy *p)
{
    if (watch_next(p->watch)) on_readers(p);
    for (size_t i = 0; i < p->n_modules; i++) {
        struct token_event ev = {0};
        while (token_next(p->modules[i]->token, &ev)) on_event(p, p->modules[i], &ev);
    }
    renew(p);
}

static bool next(struct token *t, struct token_event *out)
{
    struct proxy *p = proxy_of(t);
    if (p->n_events == 0) hear_all(p);
    if (p->n_events == 0) keep_time(p);
    if (p->n_events == 0) return false;
    *out = p->events[0];
    p->n_events--;
    memmove(p->events, p->events + 1, p->n_events * sizeof p->events[0]);
    return true;
}

static const struct readers *readers(const struct token *t)
{
    return watch_readers(((const struct proxy *)t)->watch);
}

static void proxy_free(struct token *t)
{
    struct proxy *p = proxy_of(t);
    for (size_t i = 0; i < p->n_modules; i++) module_free(p->modules[i]);
    watch_free(p->watch);
    fd_own(&p->epoll);
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

err_t token_proxy(const struct token_source *source, unsigned call_seconds, struct token **out)
{
    struct proxy *p = calloc(1, sizeof *p);
    if (!p) return err_raise(ERR_STORAGE_FULL);
    p->base.ops = &ops;
    own_ptr(token) t = &p->base;
    p->source = *source;
    p->call_seconds = call_seconds;
    p->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (p->epoll < 0) return err_raise(ERR_STORAGE_FULL);
    struct worker_source watcher = {.ctx = p, .get = watcher_get, .end = watcher_end};
    err_t e = watch_new(&watcher, &p->watch);
    if (e) return e;
    if (!follow(p, watch_fd(p->watch))) return err_raise(ERR_STORAGE_FULL);
    p->start_ms = pinentry_now() + AFTER_START_MS;
    *out = give(t);
    return OK;
}
