/* SPDX-License-Identifier: MIT */
#include "pkcs11/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define VERSION             1
#define HEADER              8 /* version, type, descriptors (2), body length (4) */
#define MAX_CONSENT_SECONDS 3600
#define TRIES_UNKNOWN       255

/* ---- small pieces: big-endian numbers, counted texts ---- */

/* A view that shrinks from the front; the first refusal latches. */
struct in {
    struct bytes rest;
    bool bad;
};

static struct bytes take(struct in *in, size_t n)
{
    if (in->bad || n > in->rest.len) {
        in->bad = true;
        return bytes_of(NULL, 0);
    }
    struct bytes taken = bytes_sub(in->rest, 0, n);
    in->rest = bytes_sub(in->rest, n, SIZE_MAX);
    return taken;
}

static void put_number(struct buf *b, uint64_t v, size_t n)
{
    while (n-- > 0) buf_byte(b, (uint8_t)(v >> (8 * n)));
}

static uint64_t get_number(struct in *in, size_t n)
{
    struct bytes octets = take(in, n);
    uint64_t v = 0;
    for (size_t i = 0; i < octets.len; i++) v = v << 8 | octets.p[i];
    return v;
}

/* A number that must stay below `end`: enums, counts, flags. */
static unsigned get_below(struct in *in, size_t n, unsigned end)
{
    uint64_t v = get_number(in, n);
    if (v >= end) in->bad = true;
    return in->bad ? 0 : (unsigned)v;
}

static bool get_flag(struct in *in)
{
    return get_below(in, 1, 2) == 1;
}

static void refuse(struct buf *b)
{
    b->failed = true;
}

static void put_text(struct buf *b, const char *text, size_t room)
{
    size_t len = strnlen(text, room);
    if (len == room) refuse(b);
    put_number(b, len, 2);
    buf_add(b, bytes_of(text, len));
}

static void get_text(struct in *in, char *text, size_t room)
{
    struct bytes octets = take(in, get_below(in, 2, (unsigned)room));
    text[0] = 0;
    if (octets.len == 0) return;
    if (memchr(octets.p, 0, octets.len)) in->bad = true;
    memcpy(text, octets.p, octets.len);
    text[octets.len] = 0;
}

/* Fixed-size arrays only, so that no call can name a wrong room. */
#define PUT_TEXT(b, array)  put_text((b), (array), sizeof(array))
#define GET_TEXT(in, array) get_text((in), (array), sizeof(array))

static void put_octets(struct buf *b, struct bytes v, size_t max)
{
    if (v.len == 0 || v.len > max) refuse(b);
    put_number(b, v.len, 4);
    buf_add(b, v);
}

static struct bytes get_octets(struct in *in, size_t max)
{
    unsigned len = get_below(in, 4, (unsigned)max + 1);
    if (len == 0) in->bad = true;
    return take(in, len);
}

static void put_digest(struct buf *b, const struct digest *d)
{
    put_number(b, d->alg, 1);
    buf_add(b, bytes_of(d->v, digest_len(d->alg)));
}

static void get_digest(struct in *in, struct digest *d)
{
    *d = (struct digest){.alg = (enum digest_alg)get_below(in, 1, DIGEST_COUNT)};
    d->len = digest_len(d->alg);
    struct bytes v = take(in, d->len);
    if (v.len) memcpy(d->v, v.p, v.len);
}

static void put_pin_state(struct buf *b, enum pin_state pin, int tries)
{
    if (tries > TOKEN_MAX_TRIES) refuse(b);
    put_number(b, pin, 1);
    put_number(b, tries < 0 ? TRIES_UNKNOWN : (unsigned)tries, 1);
}

static void get_pin_state(struct in *in, enum pin_state *pin, int *tries)
{
    *pin = (enum pin_state)get_below(in, 1, PIN_NOT_SET + 1);
    unsigned n = get_below(in, 1, TRIES_UNKNOWN + 1);
    if (n > TOKEN_MAX_TRIES && n != TRIES_UNKNOWN) in->bad = true;
    *tries = n == TRIES_UNKNOWN ? -1 : (int)n;
}

/* ---- to the worker ---- */

static void put_nothing(struct buf *b, const struct wire_message *m)
{
    (void)b, (void)m;
}

static void get_nothing(struct in *in, struct wire_message *m)
{
    (void)in, (void)m;
}

/* Who asks and for what: shared by the choice and the order. */
static void put_words(struct buf *b, const struct token_order *o)
{
    PUT_TEXT(b, o->origin);
    PUT_TEXT(b, o->order_no);
    PUT_TEXT(b, o->order_type);
    PUT_TEXT(b, o->applicant);
    PUT_TEXT(b, o->profile);
    put_number(b, o->lang, 1);
    if (o->consent_seconds > MAX_CONSENT_SECONDS) refuse(b);
    put_number(b, o->consent_seconds, 2);
}

static void get_words(struct in *in, struct token_order *o)
{
    GET_TEXT(in, o->origin);
    GET_TEXT(in, o->order_no);
    GET_TEXT(in, o->order_type);
    GET_TEXT(in, o->applicant);
    GET_TEXT(in, o->profile);
    o->lang = (enum lang)get_below(in, 1, LANG_EN + 1);
    o->consent_seconds = get_below(in, 2, MAX_CONSENT_SECONDS + 1);
}

static void put_choice(struct buf *b, const struct wire_message *m)
{
    if (!token_choice_ok(m->n_ids, &m->order)) {
        refuse(b);
        return;
    }
    put_words(b, &m->order);
    put_number(b, m->order.n_before, 1);
    put_number(b, m->order.n_after, 1);
    put_number(b, m->n_ids, 1);
    for (size_t i = 0; i < m->n_ids; i++) put_digest(b, &m->ids[i]);
}

static void get_choice(struct in *in, struct wire_message *m)
{
    get_words(in, &m->order);
    m->order.n_before = get_below(in, 1, TOKEN_MAX_CERTS + 1);
    m->order.n_after = get_below(in, 1, TOKEN_MAX_CERTS + 1);
    m->n_ids = get_below(in, 1, TOKEN_MAX_CERTS + 1);
    if (!token_choice_ok(m->n_ids, &m->order)) in->bad = true;
    for (size_t i = 0; i < m->n_ids && !in->bad; i++) get_digest(in, &m->ids[i]);
}

static void put_order(struct buf *b, const struct wire_message *m)
{
    const struct token_order *o = &m->order;
    if (o->n_octets == 0 || o->n_octets > TOKEN_MAX_REFERENCES) {
        refuse(b);
        return;
    }
    put_words(b, o);
    put_digest(b, &o->certificate);
    put_number(b, o->alg, 1);
    put_octets(b, o->signed_info, TOKEN_MAX_SIGNEDINFO);
    put_number(b, o->n_octets, 1);
    for (size_t i = 0; i < o->n_octets; i++) {
        put_number(b, o->octets[i].kind, 1);
        PUT_TEXT(b, o->octets[i].name);
        PUT_TEXT(b, o->octets[i].mime);
    }
}

static void get_order(struct in *in, struct wire_message *m)
{
    struct token_order *o = &m->order;
    get_words(in, o);
    get_digest(in, &o->certificate);
    o->alg = (enum sig_alg)get_below(in, 1, SIG_COUNT);
    o->signed_info = get_octets(in, TOKEN_MAX_SIGNEDINFO);
    o->n_octets = get_below(in, 1, TOKEN_MAX_REFERENCES + 1);
    if (o->n_octets == 0) in->bad = true;
    o->octets = m->octets;
    int next_fd = 0;
    for (size_t i = 0; i < o->n_octets && !in->bad; i++) {
        struct token_octets *t = &m->octets[i];
        t->kind = (enum token_octets_kind)get_below(in, 1, TOKEN_SIGNED_PROPERTIES + 1);
        t->fd = t->kind == TOKEN_DIGEST_ONLY ? -1 : next_fd++;
        GET_TEXT(in, t->name);
        GET_TEXT(in, t->mime);
    }
}

static void put_proceed(struct buf *b, const struct wire_message *m)
{
    put_number(b, m->go, 1);
}

static void get_proceed(struct in *in, struct wire_message *m)
{
    m->go = get_flag(in);
}

static void put_pin_order(struct buf *b, const struct wire_message *m)
{
    const struct token_pin_order *o = &m->pin_order;
    put_number(b, o->task, 1);
    put_number(b, o->has_certificate, 1);
    if (o->has_certificate) put_digest(b, &o->certificate);
    put_number(b, o->lang, 1);
    if (o->consent_seconds > MAX_CONSENT_SECONDS) refuse(b);
    put_number(b, o->consent_seconds, 2);
}

static void get_pin_order(struct in *in, struct wire_message *m)
{
    struct token_pin_order *o = &m->pin_order;
    o->task = (enum token_pin_task)get_below(in, 1, TOKEN_PIN_TASK_COUNT);
    o->has_certificate = get_flag(in);
    if (o->has_certificate) get_digest(in, &o->certificate);
    o->lang = (enum lang)get_below(in, 1, LANG_EN + 1);
    o->consent_seconds = get_below(in, 2, MAX_CONSENT_SECONDS + 1);
}

/* ---- from the worker ---- */

static void put_ready(struct buf *b, const struct wire_message *m)
{
    put_number(b, m->error, 2);
}

static void get_ready(struct in *in, struct wire_message *m)
{
    m->error = (err_t)get_below(in, 2, ERR_COUNT);
}

static void put_slot(struct buf *b, const struct wire_message *m)
{
    const struct token_slot *s = &m->slot;
    PUT_TEXT(b, s->id);
    PUT_TEXT(b, s->reader);
    PUT_TEXT(b, s->label);
    PUT_TEXT(b, s->model);
    PUT_TEXT(b, s->manufacturer);
    PUT_TEXT(b, s->serial);
    put_number(b, s->present, 1);
    put_number(b, s->pin_pad, 1);
    put_number(b, s->unattended, 1);
    put_pin_state(b, s->pin, s->tries);
}

static void get_slot(struct in *in, struct wire_message *m)
{
    struct token_slot *s = &m->slot;
    GET_TEXT(in, s->id);
    GET_TEXT(in, s->reader);
    GET_TEXT(in, s->label);
    GET_TEXT(in, s->model);
    GET_TEXT(in, s->manufacturer);
    GET_TEXT(in, s->serial);
    s->present = get_flag(in);
    s->pin_pad = get_flag(in);
    s->unattended = get_flag(in);
    get_pin_state(in, &s->pin, &s->tries);
}

static void put_cert(struct buf *b, const struct wire_message *m)
{
    put_number(b, m->cert_slot, 1);
    put_number(b, m->cert_has_key, 1);
    put_octets(b, m->cert, WIRE_MAX_CERT);
}

static void get_cert(struct in *in, struct wire_message *m)
{
    m->cert_slot = get_below(in, 1, TOKEN_MAX_SLOTS);
    m->cert_has_key = get_flag(in);
    m->cert = get_octets(in, WIRE_MAX_CERT);
}

static void put_listed(struct buf *b, const struct wire_message *m)
{
    PUT_TEXT(b, m->module);
    put_number(b, m->n_slots, 1);
    put_number(b, m->n_certs, 1);
}

static void get_listed(struct in *in, struct wire_message *m)
{
    GET_TEXT(in, m->module);
    m->n_slots = get_below(in, 1, TOKEN_MAX_SLOTS + 1);
    m->n_certs = get_below(in, 1, TOKEN_MAX_CERTS + 1);
}

static void put_chosen(struct buf *b, const struct wire_message *m)
{
    put_number(b, m->none, 1);
    if (!m->none) put_digest(b, &m->chosen);
}

static void get_chosen(struct in *in, struct wire_message *m)
{
    m->none = get_flag(in);
    if (!m->none) get_digest(in, &m->chosen);
}

static void put_pin(struct buf *b, const struct wire_message *m)
{
    put_pin_state(b, m->pin, m->tries);
}

static void get_pin(struct in *in, struct wire_message *m)
{
    get_pin_state(in, &m->pin, &m->tries);
}

static void put_at_card(struct buf *b, const struct wire_message *m)
{
    put_number(b, m->step, 1);
}

static void get_at_card(struct in *in, struct wire_message *m)
{
    m->step = (enum token_step)get_below(in, 1, TOKEN_STEP_COUNT);
}

static void put_signed(struct buf *b, const struct wire_message *m)
{
    put_octets(b, m->signature, TOKEN_MAX_SIGNATURE);
}

static void get_signed(struct in *in, struct wire_message *m)
{
    m->signature = get_octets(in, TOKEN_MAX_SIGNATURE);
}

static void put_failed(struct buf *b, const struct wire_message *m)
{
    put_number(b, m->error, 2);
    put_pin_state(b, m->pin, m->tries);
    put_number(b, m->sent, 1);
    put_number(b, m->foreign, 8);
}

static void get_failed(struct in *in, struct wire_message *m)
{
    m->error = (err_t)get_below(in, 2, ERR_COUNT);
    if (m->error == OK) in->bad = true;
    get_pin_state(in, &m->pin, &m->tries);
    m->sent = get_flag(in);
    m->foreign = (unsigned long)get_number(in, 8);
}

/* ---- from a watcher ---- */

static void put_reader(struct buf *b, const struct reader *r)
{
    PUT_TEXT(b, r->name);
    put_number(b, r->state, 1);
    put_number(b, r->events, 2);
    if (r->atr_len > READERS_ATR_MAX) refuse(b);
    put_number(b, r->atr_len, 1);
    buf_add(b, bytes_of(r->atr, r->atr_len > READERS_ATR_MAX ? 0 : r->atr_len));
}

static void get_reader(struct in *in, struct reader *r)
{
    GET_TEXT(in, r->name);
    r->state = (enum reader_state)get_below(in, 1, READER_STATE_COUNT);
    r->events = (uint16_t)get_number(in, 2);
    r->atr_len = get_below(in, 1, READERS_ATR_MAX + 1);
    struct bytes atr = take(in, r->atr_len);
    if (atr.len) memcpy(r->atr, atr.p, atr.len);
}

static void put_readers(struct buf *b, const struct wire_message *m)
{
    const struct readers *r = &m->readers;
    if (r->n > READERS_MAX || (r->n > 0 && !r->service)) {
        refuse(b);
        return;
    }
    put_number(b, r->service, 1);
    put_number(b, r->n, 1);
    for (size_t i = 0; i < r->n; i++) put_reader(b, &r->at[i]);
}

static void get_readers(struct in *in, struct wire_message *m)
{
    struct readers *r = &m->readers;
    r->service = get_flag(in);
    r->n = get_below(in, 1, r->service ? READERS_MAX + 1 : 1);
    for (size_t i = 0; i < r->n && !in->bad; i++) get_reader(in, &r->at[i]);
}

/* ---- packets ---- */

static const struct kind {
    enum wire_type type;
    void (*put)(struct buf *b, const struct wire_message *m);
    void (*get)(struct in *in, struct wire_message *m);
} kinds[] = {
    {WIRE_ASK_LISTING, put_nothing, get_nothing},
    {WIRE_ASK_CHOICE, put_choice, get_choice},
    {WIRE_ASK_SIGNATURE, put_order, get_order},
    {WIRE_PROCEED, put_proceed, get_proceed},
    {WIRE_CANCEL, put_nothing, get_nothing},
    {WIRE_ASK_PIN, put_pin_order, get_pin_order},
    {WIRE_READY, put_ready, get_ready},
    {WIRE_SLOT, put_slot, get_slot},
    {WIRE_CERT, put_cert, get_cert},
    {WIRE_LISTED, put_listed, get_listed},
    {WIRE_CHOSEN, put_chosen, get_chosen},
    {WIRE_ASKING, put_pin, get_pin},
    {WIRE_CONSENTED, put_pin, get_pin},
    {WIRE_AT_CARD, put_at_card, get_at_card},
    {WIRE_SIGNED, put_signed, get_signed},
    {WIRE_FAILED, put_failed, get_failed},
    {WIRE_PIN_SET, put_nothing, get_nothing},
    {WIRE_READERS, put_readers, get_readers},
};

static const struct kind *kind_of(uint64_t type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (kinds[i].type == type) return &kinds[i];
    return NULL;
}

static size_t n_descriptors(const struct wire_message *m)
{
    if (m->type != WIRE_ASK_SIGNATURE) return 0;
    size_t n = 0;
    for (size_t i = 0; i < m->order.n_octets && i < TOKEN_MAX_REFERENCES; i++)
        n += m->order.octets[i].kind != TOKEN_DIGEST_ONLY;
    return n;
}

void wire_encode(struct buf *out, const struct wire_message *m)
{
    const struct kind *k = kind_of(m->type);
    own(buf) body = buf_max(WIRE_MAX - HEADER);
    if (k) k->put(&body, m);
    if (!k || !buf_ok(&body)) {
        refuse(out);
        return;
    }
    put_number(out, VERSION, 1);
    put_number(out, m->type, 1);
    put_number(out, n_descriptors(m), 2);
    put_number(out, body.len, 4);
    buf_add(out, buf_bytes(&body));
}

bool wire_decode(struct bytes packet, size_t n_fds, struct wire_message *m)
{
    struct in in = {packet, packet.len > WIRE_MAX};
    if (get_number(&in, 1) != VERSION) return false;
    const struct kind *k = kind_of(get_number(&in, 1));
    uint64_t fds = get_number(&in, 2), body = get_number(&in, 4);
    if (!k || in.bad || fds != n_fds || body != in.rest.len) return false;
    m->type = k->type;
    k->get(&in, m);
    return !in.bad && in.rest.len == 0 && n_descriptors(m) == n_fds;
}

bool wire_packet_new(struct wire_packet *out)
{
    uint8_t *p = malloc(WIRE_MAX);
    if (!p) return false;
    *out = (struct wire_packet){.p = p};
    return true;
}

void wire_packet_clear(struct wire_packet *p)
{
    for (size_t i = 0; i < p->n_fds; i++) fd_own(&p->fds[i]);
    p->n_fds = 0;
    p->len = 0;
}

void wire_packet_free(struct wire_packet *p)
{
    wire_packet_clear(p);
    free(give(p->p));
}

union control {
    char room[CMSG_SPACE(WIRE_MAX_FDS * sizeof(int))];
    struct cmsghdr align;
};

bool wire_send(int sock, struct bytes packet, const int *fds, size_t n_fds, bool wait)
{
    if (n_fds > WIRE_MAX_FDS) return false;
    union control control;
    /* sendmsg wants a writable pointer and does not write. */
    struct iovec part = {(void *)(uintptr_t)packet.p, packet.len};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds > 0) {
        memset(&control, 0, sizeof control);
        h.msg_control = control.room;
        h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&h);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    ssize_t n;
    do n = sendmsg(sock, &h, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)packet.len;
}

/* Takes what came as descriptors, also from a message that will be refused: whatever the kernel
 * installed here must be closed by somebody. */
static void take_fds(struct msghdr *h, struct wire_packet *p)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (n > sizeof p->fds / sizeof p->fds[0] - p->n_fds) abort(); /* control is smaller */
        memcpy(p->fds + p->n_fds, CMSG_DATA(c), n * sizeof(int));
        p->n_fds += n;
    }
}

enum wire_got wire_receive(int sock, struct wire_packet *p, bool wait)
{
    union control control;
    struct iovec part = {p->p, WIRE_MAX};
    struct msghdr h = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    wire_packet_clear(p);
    ssize_t n;
    /* A peer that ended with something of ours unread resets the connection, once; what it said
     * before is still there behind that. */
    do n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? WIRE_NOTHING : WIRE_CLOSED;
    take_fds(&h, p);
    if (n == 0 || h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return WIRE_CLOSED;
    p->len = (size_t)n;
    return WIRE_PACKET;
}
