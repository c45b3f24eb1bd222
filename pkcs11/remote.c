/* SPDX-License-Identifier: MIT */
#include "pkcs11/token.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "core/text.h"
#include "pkcs11/pinentry.h"
#include "pkcs11/token_listing.h"
#include "pkcs11/token_queue.h"
#include "pkcs11/wire.h"

#define MAX_WORKERS     6    /* one that answers, its successor, and some that log out */
#define FAREWELL_MS     5000 /* for logging out; then it is ended */
#define AFTER_ANSWER_MS 2    /* starting a successor must not delay the answer on its way */
#define BLIND_LOOKS     3    /* listings without a card before another worker has a look */
#define MAX_DER         (TOKEN_MAX_CERTS * (size_t)WIRE_MAX_CERT)

struct worker {
    int fd; /* -1: this place is free */
    uint64_t id;
    bool ready;
    int64_t deadline_ms; /* to be ready, or to be gone */
};

/* The questions are bits, so that a message can name several it may answer. */
enum question { NONE = 0, LISTING = 1, CHOICE = 2, SIGNATURE = 4, PIN = 8 };

struct asked {
    enum question what;
    bool cancelled;
    bool consented; /* now waiting for token_proceed */
    bool spent;     /* this worker has seen a PIN */
    bool proceeded;
    bool sent;
    enum pin_state pin;
    int tries;
    int64_t deadline_ms; /* 0: the next step is not the worker's */
    int64_t consent_ms;
    size_t n_ids;
    struct digest ids[TOKEN_MAX_CERTS];
    bool more; /* of them, in other hands */
};

struct remote {
    struct token base; /* first: token.h's functions are given its address */
    struct worker_source source;
    int64_t call_ms;
    int epoll;
    struct worker workers[MAX_WORKERS];
    struct worker *current, *successor; /* or NULL */
    int64_t successor_at_ms;            /* when to start one; 0: not now */
    bool broken;                        /* the last worker to start did not get ready */
    unsigned blind_looks;               /* listings in a row in which current saw no card */
    struct asked asked;
    struct token_listing listing;
    struct buf ders; /* the listing's certificates */
    size_t der_at[TOKEN_MAX_CERTS];
    struct buf signature;
    struct token_queue events;
    struct packet packet;
    struct wire_message in, out;
};

static struct remote *remote_of(struct token *t)
{
    return (struct remote *)t;
}

/* ---- workers ---- */

/* Also for one that is gone already: the source reaps what it started. */
static void drop(struct remote *r, struct worker *w)
{
    if (r->current == w) r->current = NULL;
    if (r->successor == w) r->successor = NULL;
    (void)epoll_ctl(r->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    fd_own(&w->fd);
    w->fd = -1;
    r->source.end(r->source.ctx, w->id);
}

/* A free place, made by ending the one that has been logging out for longest if need be. */
static struct worker *place(struct remote *r)
{
    struct worker *oldest = NULL;
    for (size_t i = 0; i < MAX_WORKERS; i++) {
        struct worker *w = &r->workers[i];
        if (w->fd < 0) return w;
        if (w == r->current || w == r->successor) continue;
        if (!oldest || w->deadline_ms < oldest->deadline_ms) oldest = w;
    }
    drop(r, oldest);
    return oldest;
}

static err_t hire(struct remote *r, struct worker **out)
{
    own_fd fd = -1;
    uint64_t id;
    struct worker *w = place(r);
    err_t e = r->source.get(r->source.ctx, &fd, &id);
    if (e) return e;
    struct epoll_event ev = {.events = EPOLLIN, .data.ptr = w};
    if (epoll_ctl(r->epoll, EPOLL_CTL_ADD, fd, &ev) != 0) {
        r->source.end(r->source.ctx, id);
        return err_raise(ERR_STORAGE_FULL);
    }
    int64_t deadline = pinentry_now() + r->call_ms;
    *w = (struct worker){.fd = give_fd(&fd), .id = id, .deadline_ms = deadline};
    *out = w;
    return OK;
}

static void hire_successor(struct remote *r)
{
    r->successor_at_ms = 0;
    struct worker **where = r->current ? &r->successor : &r->current;
    /* When it fails the next question tries again and says why. */
    if (!*where) (void)hire(r, where);
}

/* It logs out by itself; nobody waits for it. */
static void retire(struct remote *r)
{
    r->current->deadline_ms = pinentry_now() + FAREWELL_MS;
    r->current = give(r->successor);
}

/* ---- answers ---- */

static void push(struct remote *r, struct token_event e)
{
    token_queue_add(&r->events, e);
}

/* Modules lose sight of a card for good: one that was rewritten or taken while they read it. A new
 * process looks with new eyes; without a card it costs little. */
static void judge_eyes(struct remote *r, const struct token_event *e)
{
    bool sees = e->kind == TOKEN_LISTED && token_listing_present(e->listing);
    r->blind_looks = sees ? 0 : r->blind_looks + 1;
    if (r->blind_looks < BLIND_LOOKS || !r->current) return;
    r->blind_looks = 0;
    drop(r, r->current);
    r->current = give(r->successor);
}

static void finish(struct remote *r, struct token_event e)
{
    bool spent = r->asked.spent && r->current;
    bool looked = r->asked.what == LISTING;
    r->asked = (struct asked){0};
    push(r, e);
    if (spent) retire(r);
    if (looked) judge_eyes(r, &e);
}

static void fail(struct remote *r, err_t error)
{
    finish(r, (struct token_event){.kind = TOKEN_FAILED,
                                   .error = error,
                                   .pin = r->asked.pin,
                                   .tries = r->asked.tries,
                                   .sent = r->asked.sent});
}

/* The worker died, hangs, or speaks another language: it is ended, and whoever waits is told. */
static void lose(struct remote *r, struct worker *w, err_t why)
{
    bool answering = w == r->current && r->asked.what != NONE;
    if (!w->ready) r->broken = true;
    if (answering) r->asked.spent = false; /* it is gone already, and its successor is not */
    drop(r, w);
    if (!r->current) r->current = give(r->successor);
    if (answering) fail(r, err_raise(why));
}

static void wait_for_worker(struct remote *r, int64_t ms)
{
    r->asked.deadline_ms = pinentry_now() + ms;
}

/* Text that came through a vendor's module and another process is checked, not believed. */
static bool plain(const char *text)
{
    return text_plain_same(bytes_str(text), 1024);
}

static bool take_slot(struct remote *r, const struct wire_message *m)
{
    const struct token_slot *s = &m->slot;
    if (r->listing.n_slots == TOKEN_MAX_SLOTS) return false;
    r->listing.slots[r->listing.n_slots++] = *s;
    return plain(s->id) && plain(s->reader) && plain(s->label) && plain(s->model) &&
           plain(s->manufacturer) && plain(s->serial);
}

static bool take_cert(struct remote *r, const struct wire_message *m)
{
    size_t i = r->listing.n_certs;
    if (i == TOKEN_MAX_CERTS || m->cert_slot >= r->listing.n_slots) return false;
    struct token_cert *c = &r->listing.certs[i];
    *c = (struct token_cert){.slot = m->cert_slot, .has_key = m->cert_has_key};
    c->der.len = m->cert.len;
    r->der_at[i] = r->ders.len;
    buf_add(&r->ders, m->cert);
    r->listing.n_certs++;
    return buf_ok(&r->ders) && cert_id(m->cert, &c->id);
}

static bool take_listed(struct remote *r, const struct wire_message *m)
{
    struct token_listing *l = &r->listing;
    if (m->n_slots != l->n_slots || m->n_certs != l->n_certs || !plain(m->module)) return false;
    memcpy(l->module, m->module, sizeof l->module);
    for (size_t i = 0; i < l->n_certs; i++) l->certs[i].der.p = r->ders.p + r->der_at[i];
    finish(r, (struct token_event){.kind = TOKEN_LISTED, .listing = l});
    return true;
}

static bool take_chosen(struct remote *r, const struct wire_message *m)
{
    bool offered = false;
    if (m->none) {
        if (!r->asked.more) return false;
        finish(r, (struct token_event){.kind = TOKEN_CHOSEN, .none = true});
        return true;
    }
    for (size_t i = 0; i < r->asked.n_ids; i++)
        offered |= bytes_eq(digest_bytes(&r->asked.ids[i]), digest_bytes(&m->chosen));
    if (!offered || m->chosen.alg != DIGEST_SHA256) return false;
    finish(r, (struct token_event){.kind = TOKEN_CHOSEN, .chosen = m->chosen});
    return true;
}

static bool take_asking(struct remote *r, const struct wire_message *m)
{
    r->asked.pin = m->pin;
    r->asked.tries = m->tries;
    r->asked.proceeded = false;
    r->asked.sent = false; /* asking again, it says that nothing was signed */
    if (r->asked.cancelled) return true;
    wait_for_worker(r, r->asked.consent_ms + r->call_ms);
    push(r, (struct token_event){.kind = TOKEN_ASKING, .pin = m->pin, .tries = m->tries});
    /* The person reads for seconds; meanwhile the next worker warms up. */
    if (r->asked.what == SIGNATURE && !r->successor) r->successor_at_ms = pinentry_now();
    return true;
}

static bool take_consented(struct remote *r, const struct wire_message *m)
{
    r->asked.pin = m->pin;
    r->asked.tries = m->tries;
    r->asked.spent = true;
    if (r->asked.cancelled) return true;
    r->asked.consented = true;
    r->asked.deadline_ms = 0;
    push(r, (struct token_event){.kind = TOKEN_CONSENTED, .pin = m->pin, .tries = m->tries});
    return true;
}

/* Which steps belong to which question; to sign, the session must have let it go. */
static bool step_fits(const struct asked *a, enum token_step step)
{
    if (step == TOKEN_STEP_TRIES) return true;
    if (a->what == PIN) return step == TOKEN_STEP_PIN_PAD || step == TOKEN_STEP_NEW_PIN;
    return a->what == SIGNATURE && a->proceeded && step != TOKEN_STEP_NEW_PIN;
}

static bool take_at_card(struct remote *r, const struct wire_message *m)
{
    if (!step_fits(&r->asked, m->step)) return false;
    if (m->step == TOKEN_STEP_SIGN) r->asked.sent = true;
    wait_for_worker(r, r->call_ms + (m->step == TOKEN_STEP_PIN_PAD ? r->asked.consent_ms : 0));
    return true;
}

static bool take_signed(struct remote *r, const struct wire_message *m)
{
    buf_cut(&r->signature, 0);
    buf_add(&r->signature, m->signature);
    finish(r, (struct token_event){.kind = TOKEN_SIGNED, .signature = buf_bytes(&r->signature)});
    return buf_ok(&r->signature);
}

static bool take_pin_set(struct remote *r, const struct wire_message *m)
{
    (void)m;
    finish(r, (struct token_event){.kind = TOKEN_PIN_SET, .tries = -1});
    return true;
}

static bool take_failed(struct remote *r, const struct wire_message *m)
{
    finish(r, (struct token_event){.kind = TOKEN_FAILED,
                                   .error = m->error,
                                   .pin = m->pin,
                                   .tries = m->tries,
                                   .foreign = m->foreign,
                                   .sent = m->sent});
    return true;
}

/* What a worker may say, and when. Anything else ends it. */
static const struct {
    enum wire_type type;
    unsigned questions;
    bool after_proceed;
    bool (*take)(struct remote *r, const struct wire_message *m);
} answers[] = {
    {WIRE_SLOT, LISTING, false, take_slot},
    {WIRE_CERT, LISTING, false, take_cert},
    {WIRE_LISTED, LISTING, false, take_listed},
    {WIRE_CHOSEN, CHOICE, false, take_chosen},
    {WIRE_ASKING, CHOICE | SIGNATURE | PIN, false, take_asking},
    {WIRE_CONSENTED, SIGNATURE, false, take_consented},
    {WIRE_AT_CARD, LISTING | SIGNATURE | PIN, false, take_at_card},
    {WIRE_SIGNED, SIGNATURE, true, take_signed},
    {WIRE_PIN_SET, PIN, false, take_pin_set},
    {WIRE_FAILED, LISTING | CHOICE | SIGNATURE | PIN, false, take_failed},
};

static bool take_answer(struct remote *r, const struct wire_message *m)
{
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (answers[i].type != m->type) continue;
        if (!(answers[i].questions & r->asked.what)) return false;
        if (answers[i].after_proceed && !r->asked.proceeded) return false;
        /* Between CONSENTED and token_proceed a worker has nothing to say but that it failed. */
        if (r->asked.consented && m->type != WIRE_FAILED) return false;
        return answers[i].take(r, m);
    }
    return false;
}

static void take_ready(struct remote *r, struct worker *w, err_t error)
{
    if (error) {
        lose(r, w, error);
        return;
    }
    w->ready = true;
    r->broken = false;
    if (w == r->current && r->asked.what != NONE)
        wait_for_worker(r, r->call_ms); /* the question's own time begins now */
}

/* False when it has nothing to say now. */
static bool hear(struct remote *r, struct worker *w)
{
    enum packet_got got = packet_receive(w->fd, &r->packet, false);
    if (got == PACKET_NOTHING) return false;
    bool retired = w != r->current && w != r->successor;
    bool understood = got == PACKET_GOT && !retired &&
                      wire_decode(bytes_of(r->packet.p, r->packet.len), r->packet.n_fds, &r->in);
    if (understood && r->in.type == WIRE_READY && !w->ready)
        take_ready(r, w, r->in.error);
    else if (!understood || w != r->current || !w->ready || !take_answer(r, &r->in))
        lose(r, w, ERR_MODULE_CRASHED);
    packet_clear(&r->packet);
    return true;
}

static void hear_all(struct remote *r)
{
    struct epoll_event ev;
    while (r->events.n == 0 && epoll_wait(r->epoll, &ev, 1, 0) == 1) (void)hear(r, ev.data.ptr);
}

/* ---- time ---- */

static bool has_deadline(const struct remote *r, const struct worker *w)
{
    bool retired = w != r->current && w != r->successor;
    return w->fd >= 0 && (retired || !w->ready);
}

static void keep_time(struct remote *r)
{
    int64_t now = pinentry_now();
    for (size_t i = 0; i < MAX_WORKERS; i++) {
        struct worker *w = &r->workers[i];
        if (has_deadline(r, w) && now >= w->deadline_ms) lose(r, w, ERR_MODULE_TIMEOUT);
    }
    if (r->asked.deadline_ms && now >= r->asked.deadline_ms)
        lose(r, r->current, ERR_MODULE_TIMEOUT);
    if (r->successor_at_ms && now >= r->successor_at_ms) hire_successor(r);
}

static void sooner(int64_t *first, int64_t at)
{
    if (at && (!*first || at < *first)) *first = at;
}

static int timeout(const struct token *t)
{
    const struct remote *r = (const struct remote *)t;
    if (r->events.n) return 0;
    int64_t first = r->asked.deadline_ms;
    sooner(&first, r->successor_at_ms);
    for (size_t i = 0; i < MAX_WORKERS; i++)
        if (has_deadline(r, &r->workers[i])) sooner(&first, r->workers[i].deadline_ms);
    if (!first) return -1;
    int64_t left = first - pinentry_now();
    return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

/* ---- questions ---- */

/* A worker that can take a question, started now if there is none: at most one attempt per
 * question, so a module that dies while loading cannot make a storm of processes. */
static err_t begin(struct remote *r, enum question what)
{
    if (r->asked.what != NONE || r->events.n) return err_raise(ERR_TOO_MANY_REQUESTS);
    hear_all(r);
    keep_time(r);
    if (!r->current) r->current = give(r->successor);
    if (!r->current) {
        err_t e = hire(r, &r->current);
        if (e) return e;
        r->successor_at_ms = 0;
    }
    r->asked = (struct asked){.what = what, .tries = -1};
    return OK;
}

static size_t descriptors(const struct token_order *o, int fds[PACKET_MAX_FDS])
{
    size_t n = 0;
    for (size_t i = 0; i < o->n_octets && n < PACKET_MAX_FDS; i++)
        if (o->octets[i].kind != TOKEN_DIGEST_ONLY) fds[n++] = o->octets[i].fd;
    return n;
}

static bool send_out(struct remote *r, const int *fds, size_t n_fds)
{
    own(buf) packet = buf_max(PACKET_MAX);
    wire_encode(&packet, &r->out);
    return buf_ok(&packet) && packet_send(r->current->fd, buf_bytes(&packet), fds, n_fds, false);
}

static err_t ask(struct remote *r, const int *fds, size_t n_fds)
{
    struct worker *w = r->current;
    wait_for_worker(r, r->call_ms);
    if (send_out(r, fds, n_fds)) return OK;
    /* What it cannot say in a packet was never sent; one that has ended left word why. */
    while (r->current == w && r->asked.what != NONE && hear(r, w)) continue;
    if (r->asked.what != NONE) lose(r, r->current, ERR_MODULE_CRASHED);
    return OK;
}

static err_t ask_listing(struct token *t)
{
    struct remote *r = remote_of(t);
    err_t e = begin(r, LISTING);
    if (e) return e;
    r->listing.n_slots = r->listing.n_certs = 0;
    buf_cut(&r->ders, 0);
    r->out.type = WIRE_ASK_LISTING;
    return ask(r, NULL, 0);
}

static err_t ask_choice(struct token *t, const struct digest *ids, size_t n,
                        const struct token_order *o)
{
    struct remote *r = remote_of(t);
    if (!token_choice_ok(n, o)) return err_raise(ERR_INTERNAL);
    err_t e = begin(r, CHOICE);
    if (e) return e;
    r->out.type = WIRE_ASK_CHOICE;
    r->out.order = *o;
    r->out.n_ids = r->asked.n_ids = n;
    memcpy(r->out.ids, ids, n * sizeof *ids);
    memcpy(r->asked.ids, ids, n * sizeof *ids);
    r->asked.more = o->n_after > 0;
    r->asked.consent_ms = (int64_t)o->consent_seconds * 1000;
    return ask(r, NULL, 0);
}

static err_t ask_signature(struct token *t, const struct token_order *o)
{
    struct remote *r = remote_of(t);
    if (o->n_octets == 0 || o->n_octets > TOKEN_MAX_REFERENCES) return err_raise(ERR_INTERNAL);
    err_t e = begin(r, SIGNATURE);
    if (e) return e;
    int fds[PACKET_MAX_FDS];
    size_t n_fds = descriptors(o, fds);
    r->out.type = WIRE_ASK_SIGNATURE;
    r->out.order = *o;
    r->asked.consent_ms = (int64_t)o->consent_seconds * 1000;
    return ask(r, fds, n_fds);
}

static err_t ask_pin(struct token *t, const struct token_pin_order *o)
{
    struct remote *r = remote_of(t);
    err_t e = begin(r, PIN);
    if (e) return e;
    r->out.type = WIRE_ASK_PIN;
    r->out.pin_order = *o;
    r->asked.consent_ms = (int64_t)o->consent_seconds * 1000;
    r->asked.spent = true; /* it is going to see one */
    return ask(r, NULL, 0);
}

static void say(struct remote *r, enum wire_type type)
{
    r->out.type = type;
    wait_for_worker(r, r->call_ms);
    /* A worker that has ended left its last words, or its hang-up: token_next hears which. */
    (void)send_out(r, NULL, 0);
}

/* A successor that still reads the cards would come between login and signature. */
static void keep_card_to_one(struct remote *r)
{
    if (r->successor && !r->successor->ready) drop(r, r->successor);
}

static void proceed(struct token *t, bool go)
{
    struct remote *r = remote_of(t);
    if (!r->asked.consented) return;
    if (go) keep_card_to_one(r);
    r->asked.consented = false;
    r->asked.proceeded = go;
    r->out.go = go;
    say(r, WIRE_PROCEED);
}

static void cancel(struct token *t)
{
    struct remote *r = remote_of(t);
    struct asked *a = &r->asked;
    if (!(a->what & (CHOICE | SIGNATURE | PIN)) || a->cancelled || a->proceeded) return;
    a->cancelled = true;
    a->consented = false;
    say(r, WIRE_CANCEL);
}

static void abandon(struct token *t, err_t why)
{
    struct remote *r = remote_of(t);
    if (r->successor) drop(r, r->successor);
    if (r->current) lose(r, r->current, why);
}

static void cards_changed(struct token *t)
{
    struct remote *r = remote_of(t);
    if (r->successor) drop(r, r->successor);
}

/* ---- the rest of token.h ---- */

static int fd_of(const struct token *t)
{
    return ((const struct remote *)t)->epoll;
}

static bool next(struct token *t, struct token_event *out)
{
    struct remote *r = remote_of(t);
    if (r->events.n == 0) hear_all(r);
    if (r->events.n == 0) keep_time(r);
    if (!token_queue_take(&r->events, out)) return false;
    /* The answer first, then whoever will give the next one. One that cannot even start is tried
     * again by the next question only. */
    if (!r->current && !r->broken && r->asked.what == NONE && !r->successor_at_ms)
        r->successor_at_ms = pinentry_now() + AFTER_ANSWER_MS;
    return true;
}

static void remote_free(struct token *t)
{
    struct remote *r = remote_of(t);
    for (size_t i = 0; i < MAX_WORKERS; i++)
        if (r->workers[i].fd >= 0) drop(r, &r->workers[i]);
    fd_own(&r->epoll);
    buf_free(&r->ders);
    buf_free(&r->signature);
    packet_free(&r->packet);
    free(r);
}

static const struct readers *readers_of_none(const struct token *t)
{
    (void)t;
    return readers_none();
}

static const struct token_ops ops = {
    .ask_listing = ask_listing,
    .ask_choice = ask_choice,
    .ask_signature = ask_signature,
    .proceed = proceed,
    .cancel = cancel,
    .abandon = abandon,
    .cards_changed = cards_changed,
    .fd = fd_of,
    .timeout = timeout,
    .next = next,
    .readers = readers_of_none,
    .free = remote_free,
    .ask_pin = ask_pin,
};

err_t token_connect(const struct worker_source *source, unsigned call_seconds, struct token **out)
{
    struct remote *r = calloc(1, sizeof *r);
    if (!r) return err_raise(ERR_STORAGE_FULL);
    r->base.ops = &ops;
    own_ptr(token) t = &r->base;
    r->source = *source;
    r->call_ms = (int64_t)call_seconds * 1000;
    r->ders = buf_max(MAX_DER);
    r->signature = buf_max(TOKEN_MAX_SIGNATURE);
    for (size_t i = 0; i < MAX_WORKERS; i++) r->workers[i].fd = -1;
    r->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (r->epoll < 0 || !packet_new(&r->packet)) return err_raise(ERR_STORAGE_FULL);
    r->successor_at_ms = pinentry_now();
    *out = give(t);
    return OK;
}
