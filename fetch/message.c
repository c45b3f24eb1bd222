/* SPDX-License-Identifier: MIT */
#include "fetch/message.h"

#define VERSION    1
#define HEADER     8 /* version, type, descriptors (1), nothing (1), question (4) */
#define MAX_STATUS 600

/* ---- texts: printable ASCII, so that none can end a line of HTTP ---- */

static bool printable(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~') return false;
    return true;
}

static void put_ascii(struct buf *b, const char *text, size_t room)
{
    packet_put_text(b, text, room);
    if (buf_ok(b) && !printable(text)) packet_refuse(b);
}

static void get_ascii(struct packet_in *in, char *text, size_t room)
{
    packet_get_text(in, text, room);
    if (!printable(text)) in->bad = true;
}

/* A number from 1 to `most`. */
static void put_limit(struct buf *b, uint32_t v, uint32_t most)
{
    if (v == 0 || v > most) packet_refuse(b);
    packet_put_number(b, v, 4);
}

static uint32_t get_limit(struct packet_in *in, uint32_t most)
{
    uint32_t v = packet_get_below(in, 4, most + 1);
    if (v == 0) in->bad = true;
    return v;
}

/* ---- each message ---- */

/* Which fields go together: what a GET has no use for, it does not carry. */
static bool ask_ok(const struct message *m)
{
    return m->url[0] && (m->method == FETCH_POST || (!m->has_body && !m->body_type[0])) &&
           (m->method != FETCH_POST || m->body_type[0] || !m->has_body);
}

static void put_ask(struct buf *b, const struct message *m)
{
    if (!ask_ok(m)) packet_refuse(b);
    packet_put_number(b, m->method, 1);
    put_limit(b, m->max_octets, FETCH_MAX_ANSWER);
    put_limit(b, m->max_ms, FETCH_MAX_MS);
    put_ascii(b, m->url, sizeof m->url);
    put_ascii(b, m->body_type, sizeof m->body_type);
    put_ascii(b, m->accept, sizeof m->accept);
    for (size_t i = 0; i < FETCH_HEADER_COUNT; i++) {
        packet_put_number(b, m->has_header[i], 1);
        if (m->has_header[i]) put_ascii(b, m->headers[i], sizeof m->headers[i]);
    }
}

static void get_ask(struct packet_in *in, struct message *m)
{
    m->method = (enum fetch_method)packet_get_below(in, 1, FETCH_METHOD_COUNT);
    m->max_octets = get_limit(in, FETCH_MAX_ANSWER);
    m->max_ms = get_limit(in, FETCH_MAX_MS);
    get_ascii(in, m->url, sizeof m->url);
    get_ascii(in, m->body_type, sizeof m->body_type);
    get_ascii(in, m->accept, sizeof m->accept);
    for (size_t i = 0; i < FETCH_HEADER_COUNT; i++) {
        m->has_header[i] = packet_get_flag(in);
        m->headers[i][0] = 0;
        if (m->has_header[i]) get_ascii(in, m->headers[i], sizeof m->headers[i]);
    }
    if (!ask_ok(m)) in->bad = true;
}

static void put_cancel(struct buf *b, const struct message *m)
{
    if (m->has_body) packet_refuse(b);
}

static void get_cancel(struct packet_in *in, struct message *m)
{
    if (m->has_body) in->bad = true;
}

/* A status is there when there was an answer, and only then a body or a type. */
static bool answer_ok(const struct message *m)
{
    bool answered = m->fault == FETCH_ANSWERED;
    return answered ? m->status >= 200 && m->status < MAX_STATUS
                    : m->status == 0 && !m->has_body && !m->answer_type[0];
}

static void put_answer(struct buf *b, const struct message *m)
{
    if (!answer_ok(m)) packet_refuse(b);
    packet_put_number(b, m->fault, 1);
    packet_put_number(b, m->status, 2);
    put_ascii(b, m->answer_type, sizeof m->answer_type);
    put_ascii(b, m->detail, sizeof m->detail);
}

static void get_answer(struct packet_in *in, struct message *m)
{
    m->fault = (enum fetch_fault)packet_get_below(in, 1, FETCH_FAULT_COUNT);
    m->status = packet_get_below(in, 2, MAX_STATUS);
    get_ascii(in, m->answer_type, sizeof m->answer_type);
    get_ascii(in, m->detail, sizeof m->detail);
    if (!answer_ok(m)) in->bad = true;
}

/* ---- all of them ---- */

static const struct kind {
    enum message_type type;
    void (*put)(struct buf *b, const struct message *m);
    void (*get)(struct packet_in *in, struct message *m);
} kinds[] = {
    {MESSAGE_ASK, put_ask, get_ask},
    {MESSAGE_CANCEL, put_cancel, get_cancel},
    {MESSAGE_ANSWER, put_answer, get_answer},
};

static const struct kind *kind_of(unsigned type)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].type == type) return &kinds[i];
    return NULL;
}

void message_encode(struct buf *out, const struct message *m)
{
    const struct kind *k = kind_of(m->type);
    packet_put_number(out, VERSION, 1);
    packet_put_number(out, m->type, 1);
    packet_put_number(out, m->has_body, 1);
    packet_put_number(out, 0, 1);
    packet_put_number(out, m->question, 4);
    if (k)
        k->put(out, m);
    else
        packet_refuse(out);
}

bool message_decode(struct bytes packet, size_t n_fds, struct message *m)
{
    struct packet_in in = {packet, packet.len > MESSAGE_MAX || packet.len < HEADER};
    if (packet_get_number(&in, 1) != VERSION) return false;
    const struct kind *k = kind_of(packet_get_below(&in, 1, 256));
    m->has_body = packet_get_flag(&in);
    (void)packet_get_below(&in, 1, 1);
    m->question = (uint32_t)packet_get_number(&in, 4);
    if (!k || in.bad || n_fds != (m->has_body ? 1 : 0)) return false;
    m->type = k->type;
    k->get(&in, m);
    return !in.bad && in.rest.len == 0;
}
