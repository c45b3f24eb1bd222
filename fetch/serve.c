/* SPDX-License-Identifier: MIT */
#include "fetch/serve.h"

#define WAIT_MS 60000

struct serving {
    int sock;
    const struct transfer_rules *rules;
    CURLM *multi;
    struct transfer *open[FETCH_MAX_OPEN]; /* NULL: free */
    struct packet packet;
    struct message in, out;
};

static void say(struct serving *s, int fd)
{
    own(buf) packet = buf_max(MESSAGE_MAX);
    message_encode(&packet, &s->out);
    if (buf_ok(&packet)) (void)packet_send(s->sock, buf_bytes(&packet), &fd, fd >= 0, true);
}

/* ---- one question's life ---- */

static struct transfer **place_of(struct serving *s, const struct transfer *t)
{
    for (size_t i = 0; i < FETCH_MAX_OPEN; i++)
        if (s->open[i] == t) return &s->open[i];
    return NULL;
}

static struct transfer **asked(struct serving *s, uint32_t question)
{
    for (size_t i = 0; i < FETCH_MAX_OPEN; i++)
        if (s->open[i] && transfer_question(s->open[i]) == question) return &s->open[i];
    return NULL;
}

static void drop(struct serving *s, struct transfer **place)
{
    (void)curl_multi_remove_handle(s->multi, transfer_handle(*place));
    transfer_free(give(*place));
}

static void finish(struct serving *s, struct transfer **place)
{
    own_fd body = -1;
    transfer_answer(*place, &s->out, &body);
    say(s, body);
    drop(s, place);
}

static void go_on(struct serving *s, struct transfer **place)
{
    if (!transfer_begin(*place) ||
        curl_multi_add_handle(s->multi, transfer_handle(*place)) != CURLM_OK)
        finish(s, place);
}

static void refuse_busy(struct serving *s)
{
    s->out =
        (struct message){.type = MESSAGE_ANSWER, .question = s->in.question, .fault = FETCH_BUSY};
    say(s, -1);
}

static bool begin(struct serving *s)
{
    struct transfer **place = place_of(s, NULL);
    if (asked(s, s->in.question)) return false;
    own_fd body = -1;
    if (s->in.has_body) {
        body = s->packet.fds[0];
        s->packet.fds[0] = -1;
    }
    if (place) *place = transfer_new(s->rules, &s->in, &body);
    explicit_bzero(&s->in.headers, sizeof s->in.headers);
    if (place && *place)
        go_on(s, place);
    else
        refuse_busy(s);
    return true;
}

/* ---- the loop ---- */

/* False: the other side is gone, or none of ours. */
static bool take(struct serving *s, bool *gone)
{
    for (;;) {
        enum packet_got got = packet_receive(s->sock, &s->packet, false);
        if (got == PACKET_NOTHING) return true;
        *gone = got == PACKET_CLOSED;
        if (*gone || !message_decode(bytes_of(s->packet.p, s->packet.len), s->packet.n_fds, &s->in))
            return false;
        explicit_bzero(s->packet.p, s->packet.len);
        struct transfer **place = NULL;
        switch (s->in.type) {
        case MESSAGE_ASK:
            if (!begin(s)) return false;
            break;
        case MESSAGE_CANCEL:
            if ((place = asked(s, s->in.question))) drop(s, place);
            break;
        case MESSAGE_ANSWER:
            return false;
        }
    }
}

static void collect(struct serving *s)
{
    int left;
    CURLMsg *m;
    while ((m = curl_multi_info_read(s->multi, &left))) {
        void *private = NULL;
        if (m->msg != CURLMSG_DONE) continue;
        CURLcode code = m->data.result;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &private);
        struct transfer **place = private ? place_of(s, private) : NULL;
        if (!place) continue;
        (void)curl_multi_remove_handle(s->multi, transfer_handle(*place));
        if (transfer_end(*place, code))
            go_on(s, place);
        else
            finish(s, place);
    }
}

static int loop(struct serving *s)
{
    int running;
    bool gone = false;
    struct curl_waitfd door = {.fd = s->sock, .events = CURL_WAIT_POLLIN};
    for (;;) {
        if (!take(s, &gone)) return gone ? 0 : 1;
        (void)curl_multi_perform(s->multi, &running);
        collect(s);
        (void)curl_multi_poll(s->multi, &door, 1, WAIT_MS, NULL);
    }
}

int serve_run(int sock, const struct transfer_rules *rules)
{
    static struct serving s;
    s.sock = sock;
    s.rules = rules;
    s.multi = curl_multi_init();
    if (!s.multi || !packet_new(&s.packet)) return 1;
    int status = loop(&s);
    for (size_t i = 0; i < FETCH_MAX_OPEN; i++)
        if (s.open[i]) drop(&s, &s.open[i]);
    packet_free(&s.packet);
    (void)curl_multi_cleanup(s.multi);
    return status;
}
