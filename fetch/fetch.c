/* SPDX-License-Identifier: MIT */
#include "fetch/fetch.h"

#include "core/file.h"
#include "fetch/message.h"

struct fetch {
    int sock;
    bool gone;
    uint32_t last;                 /* question */
    uint32_t open[FETCH_MAX_OPEN]; /* 0: free */
    struct packet packet;
    struct message in, out;
};

/* ---- faults by name ---- */

static const struct {
    const char *slug, *tr, *en;
} faults[FETCH_FAULT_COUNT] = {[FETCH_ANSWERED] = {"answered", "yanıt geldi", "answered"},
#define FETCH_ROW(name, slug, tr, en) [FETCH_##name] = {slug, tr, en},
                               FETCH_FAULTS(FETCH_ROW)
#undef FETCH_ROW
};

const char *fetch_fault_slug(enum fetch_fault f)
{
    return faults[f].slug;
}

const char *fetch_fault_text(enum fetch_fault f, enum lang lang)
{
    return lang == LANG_EN ? faults[f].en : faults[f].tr;
}

/* ---- from beginning to end ---- */

err_t fetch_new(int sock, struct fetch **out)
{
    own_fd taken = sock;
    own_ptr(fetch) f = calloc(1, sizeof *f);
    if (!f) return err_raise(ERR_STORAGE_FULL);
    f->sock = give_fd(&taken);
    if (!packet_new(&f->packet)) return err_raise(ERR_STORAGE_FULL);
    *out = give(f);
    return OK;
}

void fetch_free(struct fetch *f)
{
    if (!f) return;
    fd_own(&f->sock);
    packet_free(&f->packet);
    free(f);
}

int fetch_fd(const struct fetch *f)
{
    return f->sock;
}

/* ---- asking ---- */

static uint32_t *place_of(struct fetch *f, uint32_t question)
{
    for (size_t i = 0; i < FETCH_MAX_OPEN; i++)
        if (f->open[i] == question) return &f->open[i];
    return NULL;
}

static bool copy(char *out, size_t room, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    if (n >= room) return false;
    if (n) memcpy(out, text, n);
    out[n] = 0;
    return true;
}

static bool fill(struct message *m, const struct fetch_request *r)
{
    bool ok = copy(m->url, sizeof m->url, r->url) &&
              copy(m->body_type, sizeof m->body_type, r->type) &&
              copy(m->accept, sizeof m->accept, r->accept) && r->body.len <= FETCH_MAX_BODY;
    for (size_t i = 0; i < FETCH_HEADER_COUNT && ok; i++) {
        m->has_header[i] = r->headers[i] != NULL;
        ok = copy(m->headers[i], sizeof m->headers[i], r->headers[i]);
    }
    m->type = MESSAGE_ASK;
    m->method = r->method;
    m->max_octets = r->max_octets;
    m->max_ms = r->max_ms;
    m->has_body = r->body.len > 0;
    return ok;
}

/* Headers may prove a password: no copy of them stays here. */
static err_t send_ask(struct fetch *f, const struct fetch_request *r, uint32_t question)
{
    own_fd body = -1;
    own(buf) packet = buf_max(MESSAGE_MAX);
    bool fits = fill(&f->out, r);
    f->out.question = question;
    if (fits) message_encode(&packet, &f->out);
    explicit_bzero(&f->out, sizeof f->out);
    err_t e = fits && buf_ok(&packet) ? OK : err_raise(ERR_INVALID_FIELD);
    if (!e && r->body.len > 0) e = file_memory(r->body, &body);
    if (!e && !packet_send(f->sock, buf_bytes(&packet), &body, body >= 0, false))
        e = err_raise(ERR_INTERNAL);
    buf_wipe(&packet);
    return e;
}

err_t fetch_ask(struct fetch *f, const struct fetch_request *r, uint32_t *question)
{
    uint32_t *place = place_of(f, 0);
    if (!place) return err_raise(ERR_TOO_MANY_REQUESTS);
    if (f->gone) return err_raise(ERR_INTERNAL);
    if (++f->last == 0) f->last = 1;
    err_t e = send_ask(f, r, f->last);
    if (e) return e;
    *question = *place = f->last;
    return OK;
}

void fetch_cancel(struct fetch *f, uint32_t question)
{
    uint32_t *place = question ? place_of(f, question) : NULL;
    own(buf) packet = buf_max(MESSAGE_MAX);
    if (!place) return;
    *place = 0;
    f->out.type = MESSAGE_CANCEL;
    f->out.has_body = false;
    f->out.question = question;
    message_encode(&packet, &f->out);
    if (buf_ok(&packet)) (void)packet_send(f->sock, buf_bytes(&packet), NULL, 0, false);
}

/* ---- answers ---- */

void fetch_answer_free(struct fetch_answer *a)
{
    file_unmap(a->body);
    a->body = bytes_of(NULL, 0);
}

static bool map_body(struct fetch *f, struct bytes *out)
{
    if (!f->in.has_body) return true;
    int fd = f->packet.fds[0];
    if (!file_memory_sealed(fd) || file_map(fd, out) != OK) return false;
    if (out->len > 0 && out->len <= FETCH_MAX_ANSWER) return true;
    file_unmap(*out);
    return false;
}

/* The process reads what strangers say: it is not believed further than it must be. */
static bool understood(struct fetch *f, struct fetch_answer *a)
{
    struct bytes body = bytes_of(NULL, 0);
    struct bytes packet = bytes_of(f->packet.p, f->packet.len);
    if (!message_decode(packet, f->packet.n_fds, &f->in) || f->in.type != MESSAGE_ANSWER ||
        !map_body(f, &body))
        return false;
    *a = (struct fetch_answer){
        .question = f->in.question, .fault = f->in.fault, .status = f->in.status, .body = body};
    memcpy(a->type, f->in.answer_type, sizeof a->type);
    memcpy(a->detail, f->in.detail, sizeof a->detail);
    return true;
}

/* One open question after the other, when nobody is left to answer. */
static bool fail_next(struct fetch *f, struct fetch_answer *out)
{
    for (size_t i = 0; i < FETCH_MAX_OPEN; i++) {
        if (!f->open[i]) continue;
        *out = (struct fetch_answer){.question = f->open[i], .fault = FETCH_GONE};
        f->open[i] = 0;
        return true;
    }
    return false;
}

bool fetch_next(struct fetch *f, struct fetch_answer *out)
{
    while (!f->gone) {
        enum packet_got got = packet_receive(f->sock, &f->packet, false);
        if (got == PACKET_NOTHING) return false;
        struct fetch_answer a = {0};
        if (got == PACKET_CLOSED || !understood(f, &a)) {
            f->gone = true;
            break;
        }
        uint32_t *place = a.question ? place_of(f, a.question) : NULL;
        if (place) {
            *place = 0;
            *out = a;
            return true;
        }
        fetch_answer_free(&a); /* to a question that was given up */
    }
    return fail_next(f, out);
}
