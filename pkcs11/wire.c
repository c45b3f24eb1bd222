/* SPDX-License-Identifier: MIT */
#include "pkcs11/wire.h"

_Static_assert(TOKEN_MAX_REFERENCES <= PACKET_MAX_FDS, "one descriptor a reference");

#define VERSION             1
#define HEADER              8 /* version, type, descriptors (2), body length (4) */
#define MAX_CONSENT_SECONDS 3600
#define TRIES_UNKNOWN       255

static void put_digest(struct buf *b, const struct digest *d)
{
    packet_put_number(b, d->alg, 1);
    buf_add(b, bytes_of(d->v, digest_len(d->alg)));
}

static void get_digest(struct packet_in *in, struct digest *d)
{
    *d = (struct digest){.alg = (enum digest_alg)packet_get_below(in, 1, DIGEST_COUNT)};
    d->len = digest_len(d->alg);
    struct bytes v = packet_take(in, d->len);
    if (v.len) memcpy(d->v, v.p, v.len);
}

static void put_pin_state(struct buf *b, enum pin_state pin, int tries)
{
    if (tries > TOKEN_MAX_TRIES) packet_refuse(b);
    packet_put_number(b, pin, 1);
    packet_put_number(b, tries < 0 ? TRIES_UNKNOWN : (unsigned)tries, 1);
}

static void get_pin_state(struct packet_in *in, enum pin_state *pin, int *tries)
{
    *pin = (enum pin_state)packet_get_below(in, 1, PIN_NOT_SET + 1);
    unsigned n = packet_get_below(in, 1, TRIES_UNKNOWN + 1);
    if (n > TOKEN_MAX_TRIES && n != TRIES_UNKNOWN) in->bad = true;
    *tries = n == TRIES_UNKNOWN ? -1 : (int)n;
}

/* ---- to the worker ---- */

static void put_nothing(struct buf *b, const struct wire_message *m)
{
    (void)b, (void)m;
}

static void get_nothing(struct packet_in *in, struct wire_message *m)
{
    (void)in, (void)m;
}

/* Who asks and for what: shared by the choice and the order. */
static void put_words(struct buf *b, const struct token_order *o)
{
    PACKET_PUT_TEXT(b, o->origin);
    PACKET_PUT_TEXT(b, o->order_no);
    PACKET_PUT_TEXT(b, o->order_type);
    PACKET_PUT_TEXT(b, o->applicant);
    PACKET_PUT_TEXT(b, o->profile);
    packet_put_number(b, o->lang, 1);
    if (o->consent_seconds > MAX_CONSENT_SECONDS) packet_refuse(b);
    packet_put_number(b, o->consent_seconds, 2);
}

static void get_words(struct packet_in *in, struct token_order *o)
{
    PACKET_GET_TEXT(in, o->origin);
    PACKET_GET_TEXT(in, o->order_no);
    PACKET_GET_TEXT(in, o->order_type);
    PACKET_GET_TEXT(in, o->applicant);
    PACKET_GET_TEXT(in, o->profile);
    o->lang = (enum lang)packet_get_below(in, 1, LANG_EN + 1);
    o->consent_seconds = packet_get_below(in, 2, MAX_CONSENT_SECONDS + 1);
}

static void put_choice(struct buf *b, const struct wire_message *m)
{
    if (!token_choice_ok(m->n_ids, &m->order)) {
        packet_refuse(b);
        return;
    }
    put_words(b, &m->order);
    packet_put_number(b, m->order.n_before, 1);
    packet_put_number(b, m->order.n_after, 1);
    packet_put_number(b, m->n_ids, 1);
    for (size_t i = 0; i < m->n_ids; i++) put_digest(b, &m->ids[i]);
}

static void get_choice(struct packet_in *in, struct wire_message *m)
{
    get_words(in, &m->order);
    m->order.n_before = packet_get_below(in, 1, TOKEN_MAX_CERTS + 1);
    m->order.n_after = packet_get_below(in, 1, TOKEN_MAX_CERTS + 1);
    m->n_ids = packet_get_below(in, 1, TOKEN_MAX_CERTS + 1);
    if (!token_choice_ok(m->n_ids, &m->order)) in->bad = true;
    for (size_t i = 0; i < m->n_ids && !in->bad; i++) get_digest(in, &m->ids[i]);
}

static void put_order(struct buf *b, const struct wire_message *m)
{
    const struct token_order *o = &m->order;
    if (o->n_octets == 0 || o->n_octets > TOKEN_MAX_REFERENCES) {
        packet_refuse(b);
        return;
    }
    put_words(b, o);
    put_digest(b, &o->certificate);
    packet_put_number(b, o->alg, 1);
    packet_put_octets(b, o->signed_info, TOKEN_MAX_SIGNEDINFO);
    packet_put_number(b, o->n_octets, 1);
    for (size_t i = 0; i < o->n_octets; i++) {
        packet_put_number(b, o->octets[i].kind, 1);
        PACKET_PUT_TEXT(b, o->octets[i].name);
        PACKET_PUT_TEXT(b, o->octets[i].mime);
    }
}

static void get_order(struct packet_in *in, struct wire_message *m)
{
    struct token_order *o = &m->order;
    get_words(in, o);
    get_digest(in, &o->certificate);
    o->alg = (enum sig_alg)packet_get_below(in, 1, SIG_COUNT);
    o->signed_info = packet_get_octets(in, TOKEN_MAX_SIGNEDINFO);
    o->n_octets = packet_get_below(in, 1, TOKEN_MAX_REFERENCES + 1);
    if (o->n_octets == 0) in->bad = true;
    o->octets = m->octets;
    int next_fd = 0;
    for (size_t i = 0; i < o->n_octets && !in->bad; i++) {
        struct token_octets *t = &m->octets[i];
        t->kind = (enum token_octets_kind)packet_get_below(in, 1, TOKEN_SIGNED_PROPERTIES + 1);
        t->fd = t->kind == TOKEN_DIGEST_ONLY ? -1 : next_fd++;
        PACKET_GET_TEXT(in, t->name);
        PACKET_GET_TEXT(in, t->mime);
    }
}

static void put_proceed(struct buf *b, const struct wire_message *m)
{
    packet_put_number(b, m->go, 1);
}

static void get_proceed(struct packet_in *in, struct wire_message *m)
{
    m->go = packet_get_flag(in);
}

static void put_pin_order(struct buf *b, const struct wire_message *m)
{
    const struct token_pin_order *o = &m->pin_order;
    packet_put_number(b, o->task, 1);
    packet_put_number(b, o->has_certificate, 1);
    if (o->has_certificate) put_digest(b, &o->certificate);
    packet_put_number(b, o->lang, 1);
    if (o->consent_seconds > MAX_CONSENT_SECONDS) packet_refuse(b);
    packet_put_number(b, o->consent_seconds, 2);
}

static void get_pin_order(struct packet_in *in, struct wire_message *m)
{
    struct token_pin_order *o = &m->pin_order;
    o->task = (enum token_pin_task)packet_get_below(in, 1, TOKEN_PIN_TASK_COUNT);
    o->has_certificate = packet_get_flag(in);
    if (o->has_certificate) get_digest(in, &o->certificate);
    o->lang = (enum lang)packet_get_below(in, 1, LANG_EN + 1);
    o->consent_seconds = packet_get_below(in, 2, MAX_CONSENT_SECONDS + 1);
}

/* ---- from the worker ---- */

static void put_ready(struct buf *b, const struct wire_message *m)
{
    packet_put_number(b, m->error, 2);
}

static void get_ready(struct packet_in *in, struct wire_message *m)
{
    m->error = (err_t)packet_get_below(in, 2, ERR_COUNT);
}

static void put_slot(struct buf *b, const struct wire_message *m)
{
    const struct token_slot *s = &m->slot;
    PACKET_PUT_TEXT(b, s->id);
    PACKET_PUT_TEXT(b, s->reader);
    PACKET_PUT_TEXT(b, s->label);
    PACKET_PUT_TEXT(b, s->model);
    PACKET_PUT_TEXT(b, s->manufacturer);
    PACKET_PUT_TEXT(b, s->serial);
    packet_put_number(b, s->present, 1);
    packet_put_number(b, s->pin_pad, 1);
    packet_put_number(b, s->unattended, 1);
    put_pin_state(b, s->pin, s->tries);
}

static void get_slot(struct packet_in *in, struct wire_message *m)
{
    struct token_slot *s = &m->slot;
    PACKET_GET_TEXT(in, s->id);
    PACKET_GET_TEXT(in, s->reader);
    PACKET_GET_TEXT(in, s->label);
    PACKET_GET_TEXT(in, s->model);
    PACKET_GET_TEXT(in, s->manufacturer);
    PACKET_GET_TEXT(in, s->serial);
    s->present = packet_get_flag(in);
    s->pin_pad = packet_get_flag(in);
    s->unattended = packet_get_flag(in);
    get_pin_state(in, &s->pin, &s->tries);
}

static void put_cert(struct buf *b, const struct wire_message *m)
{
    packet_put_number(b, m->cert_slot, 1);
    packet_put_number(b, m->cert_has_key, 1);
    packet_put_octets(b, m->cert, WIRE_MAX_CERT);
}

static void get_cert(struct packet_in *in, struct wire_message *m)
{
    m->cert_slot = packet_get_below(in, 1, TOKEN_MAX_SLOTS);
    m->cert_has_key = packet_get_flag(in);
    m->cert = packet_get_octets(in, WIRE_MAX_CERT);
}

static void put_listed(struct buf *b, const struct wire_message *m)
{
    PACKET_PUT_TEXT(b, m->module);
    packet_put_number(b, m->n_slots, 1);
    packet_put_number(b, m->n_certs, 1);
}

static void get_listed(struct packet_in *in, struct wire_message *m)
{
    PACKET_GET_TEXT(in, m->module);
    m->n_slots = packet_get_below(in, 1, TOKEN_MAX_SLOTS + 1);
    m->n_certs = packet_get_below(in, 1, TOKEN_MAX_CERTS + 1);
}

static void put_chosen(struct buf *b, const struct wire_message *m)
{
    packet_put_number(b, m->none, 1);
    if (!m->none) put_digest(b, &m->chosen);
}

static void get_chosen(struct packet_in *in, struct wire_message *m)
{
    m->none = packet_get_flag(in);
    if (!m->none) get_digest(in, &m->chosen);
}

static void put_pin(struct buf *b, const struct wire_message *m)
{
    put_pin_state(b, m->pin, m->tries);
}

static void get_pin(struct packet_in *in, struct wire_message *m)
{
    get_pin_state(in, &m->pin, &m->tries);
}

static void put_at_card(struct buf *b, const struct wire_message *m)
{
    packet_put_number(b, m->step, 1);
}

static void get_at_card(struct packet_in *in, struct wire_message *m)
{
    m->step = (enum token_step)packet_get_below(in, 1, TOKEN_STEP_COUNT);
}

static void put_signed(struct buf *b, const struct wire_message *m)
{
    packet_put_octets(b, m->signature, TOKEN_MAX_SIGNATURE);
}

static void get_signed(struct packet_in *in, struct wire_message *m)
{
    m->signature = packet_get_octets(in, TOKEN_MAX_SIGNATURE);
}

static void put_failed(struct buf *b, const struct wire_message *m)
{
    packet_put_number(b, m->error, 2);
    put_pin_state(b, m->pin, m->tries);
    packet_put_number(b, m->sent, 1);
    packet_put_number(b, m->foreign, 8);
}

static void get_failed(struct packet_in *in, struct wire_message *m)
{
    m->error = (err_t)packet_get_below(in, 2, ERR_COUNT);
    if (m->error == OK) in->bad = true;
    get_pin_state(in, &m->pin, &m->tries);
    m->sent = packet_get_flag(in);
    m->foreign = (unsigned long)packet_get_number(in, 8);
}

/* ---- from a watcher ---- */

static void put_reader(struct buf *b, const struct reader *r)
{
    PACKET_PUT_TEXT(b, r->name);
    packet_put_number(b, r->state, 1);
    packet_put_number(b, r->events, 2);
    if (r->atr_len > READERS_ATR_MAX) packet_refuse(b);
    packet_put_number(b, r->atr_len, 1);
    buf_add(b, bytes_of(r->atr, r->atr_len > READERS_ATR_MAX ? 0 : r->atr_len));
}

static void get_reader(struct packet_in *in, struct reader *r)
{
    PACKET_GET_TEXT(in, r->name);
    r->state = (enum reader_state)packet_get_below(in, 1, READER_STATE_COUNT);
    r->events = (uint16_t)packet_get_number(in, 2);
    r->atr_len = packet_get_below(in, 1, READERS_ATR_MAX + 1);
    struct bytes atr = packet_take(in, r->atr_len);
    if (atr.len) memcpy(r->atr, atr.p, atr.len);
}

static void put_readers(struct buf *b, const struct wire_message *m)
{
    const struct readers *r = &m->readers;
    if (r->n > READERS_MAX || (r->n > 0 && !r->service)) {
        packet_refuse(b);
        return;
    }
    packet_put_number(b, r->service, 1);
    packet_put_number(b, r->n, 1);
    for (size_t i = 0; i < r->n; i++) put_reader(b, &r->at[i]);
}

static void get_readers(struct packet_in *in, struct wire_message *m)
{
    struct readers *r = &m->readers;
    r->service = packet_get_flag(in);
    r->n = packet_get_below(in, 1, r->service ? READERS_MAX + 1 : 1);
    for (size_t i = 0; i < r->n && !in->bad; i++) get_reader(in, &r->at[i]);
}

/* ---- packets ---- */

static const struct kind {
    enum wire_type type;
    void (*put)(struct buf *b, const struct wire_message *m);
    void (*get)(struct packet_in *in, struct wire_message *m);
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
    own(buf) body = buf_max(PACKET_MAX - HEADER);
    if (k) k->put(&body, m);
    if (!k || !buf_ok(&body)) {
        packet_refuse(out);
        return;
    }
    packet_put_number(out, VERSION, 1);
    packet_put_number(out, m->type, 1);
    packet_put_number(out, n_descriptors(m), 2);
    packet_put_number(out, body.len, 4);
    buf_add(out, buf_bytes(&body));
}

bool wire_decode(struct bytes packet, size_t n_fds, struct wire_message *m)
{
    struct packet_in in = {packet, packet.len > PACKET_MAX};
    if (packet_get_number(&in, 1) != VERSION) return false;
    const struct kind *k = kind_of(packet_get_number(&in, 1));
    uint64_t fds = packet_get_number(&in, 2), body = packet_get_number(&in, 4);
    if (!k || in.bad || fds != n_fds || body != in.rest.len) return false;
    m->type = k->type;
    k->get(&in, m);
    return !in.bad && in.rest.len == 0 && n_descriptors(m) == n_fds;
}
