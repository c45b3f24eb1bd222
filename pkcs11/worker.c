/* SPDX-License-Identifier: MIT */
#include "pkcs11/worker.h"

#include "pkcs11/warm.h"
#include "pkcs11/wire.h"

#include <sched.h>

struct worker {
    int sock;
    struct token *token;
    bool warming; /* nobody has asked yet */
    bool spent;   /* a PIN was seen: the module may remember it */
    bool over;    /* the question is answered */
    struct packet packet;
    struct wire_message in, out;
};

static void worker_free(struct worker *w)
{
    if (!w) return;
    token_free(w->token);
    packet_free(&w->packet);
    free(w);
}
OWN_PTR(worker)

/* A packet that cannot be sent means that nobody listens any more; the next receive ends the loop.
 */
static void send_out(struct worker *w)
{
    own(buf) packet = buf_max(PACKET_MAX);
    wire_encode(&packet, &w->out);
    if (buf_ok(&packet)) (void)packet_send(w->sock, buf_bytes(&packet), NULL, 0, true);
}

static void send_listing(struct worker *w, const struct token_listing *l)
{
    w->out.type = WIRE_SLOT;
    for (size_t i = 0; i < l->n_slots; i++) {
        w->out.slot = l->slots[i];
        send_out(w);
    }
    w->out.type = WIRE_CERT;
    for (size_t i = 0; i < l->n_certs; i++) {
        w->out.cert = l->certs[i].der;
        w->out.cert_slot = l->certs[i].slot;
        w->out.cert_has_key = l->certs[i].has_key;
        send_out(w);
    }
    w->out.type = WIRE_LISTED;
    memcpy(w->out.module, l->module, sizeof w->out.module);
    w->out.n_slots = l->n_slots;
    w->out.n_certs = l->n_certs;
    send_out(w);
}

static const enum wire_type type_of[] = {
    [TOKEN_LISTED] = WIRE_LISTED,       [TOKEN_CHOSEN] = WIRE_CHOSEN, [TOKEN_ASKING] = WIRE_ASKING,
    [TOKEN_CONSENTED] = WIRE_CONSENTED, [TOKEN_SIGNED] = WIRE_SIGNED, [TOKEN_FAILED] = WIRE_FAILED,
    [TOKEN_PIN_SET] = WIRE_PIN_SET,
};

/* The first certificate's key stands for all: a person rarely has cards of two kinds. */
static void warm(const struct token_event *e)
{
    struct cert cert;
    struct der_latch why = {0};
    bool known = e->kind == TOKEN_LISTED && e->listing->n_certs > 0 &&
                 cert_read(e->listing->certs[0].der, &cert, &why);
    warm_up(known ? cert.key_type : KEY_UNKNOWN);
}

static void on_event(void *ctx, const struct token_event *e)
{
    struct worker *w = ctx;
    if (w->warming) {
        warm(e);
        return;
    }
    if (e->kind == TOKEN_CONSENTED) w->spent = true;
    w->over = e->kind != TOKEN_ASKING && e->kind != TOKEN_CONSENTED;
    if (e->kind == TOKEN_LISTED) {
        send_listing(w, e->listing);
        return;
    }
    w->out.type = type_of[e->kind];
    w->out.error = e->error;
    w->out.pin = e->pin;
    w->out.tries = e->tries;
    w->out.sent = e->sent;
    w->out.foreign = e->foreign;
    w->out.none = e->none;
    w->out.chosen = e->chosen;
    w->out.signature = e->signature;
    send_out(w);
    /* What is left, logging out and ending, nobody waits for. */
    if (w->spent && w->over) (void)sched_yield();
}

static void on_step(void *ctx, enum token_step step)
{
    struct worker *w = ctx;
    w->out.type = WIRE_AT_CARD;
    w->out.step = step;
    send_out(w);
}

/* The module keeps this thread until the reader answers; what had to be said is said. */
static void on_gone(void *ctx)
{
    (void)ctx;
    _exit(0);
}

static err_t ask_signature(struct worker *w)
{
    struct wire_message *m = &w->in;
    for (size_t i = 0; i < m->order.n_octets; i++)
        if (m->octets[i].fd >= 0) m->octets[i].fd = w->packet.fds[m->octets[i].fd];
    return token_ask_signature(w->token, &m->order);
}

/* False for a message that has no business here. */
static bool serve(struct worker *w)
{
    struct wire_message *m = &w->in;
    err_t e = OK;
    switch ((int)m->type) {
    case WIRE_ASK_LISTING:
        e = token_ask_listing(w->token);
        break;
    case WIRE_ASK_CHOICE:
        e = token_ask_choice(w->token, m->ids, m->n_ids, &m->order);
        break;
    case WIRE_ASK_SIGNATURE:
        e = ask_signature(w);
        break;
    case WIRE_PROCEED:
        token_proceed(w->token, m->go);
        break;
    case WIRE_CANCEL:
        token_cancel(w->token);
        break;
    case WIRE_ASK_PIN:
        w->spent = true;
        e = token_ask_pin(w->token, &m->pin_order);
        break;
    default:
        return false;
    }
    if (e) on_event(w, &(struct token_event){.kind = TOKEN_FAILED, .error = e, .tries = -1});
    return true;
}

static err_t start(struct worker *w, const struct token_config *config,
                   const struct token_watch *watch)
{
    struct token_config c = *config;
    c.cancel_fd = w->sock; /* while a dialog is open only CANCEL can come, or the end */
    c.watch = watch;
    err_t e = token_open(&c, &w->token);
    if (e) return e;
    /* What the card holds is read before anybody waits for it. */
    w->warming = true;
    (void)token_ask_listing(w->token);
    w->warming = false;
    return OK;
}

static void serve_all(struct worker *w)
{
    while (!(w->spent && w->over)) {
        if (packet_receive(w->sock, &w->packet, true) != PACKET_GOT) return;
        if (!wire_decode(bytes_of(w->packet.p, w->packet.len), w->packet.n_fds, &w->in)) return;
        if (!serve(w)) return;
    }
}

int worker_run(int sock, const struct token_config *config)
{
    own_ptr(worker) w = calloc(1, sizeof *w);
    if (!w || !packet_new(&w->packet)) return 1;
    struct token_watch watch = {w, on_event, on_step, on_gone};
    w->sock = sock;
    err_t e = start(w, config, &watch);
    w->out.type = WIRE_READY;
    w->out.error = e;
    send_out(w);
    if (!e) serve_all(w);
    return e ? 1 : 0;
}
