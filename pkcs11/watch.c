/* SPDX-License-Identifier: MIT */
#include "pkcs11/watch.h"

#include <sys/epoll.h>

#include "core/text.h"
#include "pkcs11/pinentry.h"
#include "pkcs11/wire.h"

#define READY_MS       5000 /* to be there; afterwards it may be silent for ever */
#define FIRST_PAUSE_MS 1000
#define LAST_PAUSE_MS  60000
#define GOOD_LIFE_MS   60000 /* then its end is no sign of a fault that stays */
#define PACKETS        64    /* a flood must not keep us from everything else */

struct watch {
    struct worker_source source;
    int epoll;
    int fd; /* -1: no process */
    uint64_t id;
    bool ready;
    int64_t started_ms;
    int64_t start_at_ms; /* the next one, without a process */
    int64_t pause_ms;
    bool told;    /* there was a word at all */
    bool current; /* by the process that runs */
    bool news;    /* since the last watch_next */
    struct readers now;
    struct packet packet;
    struct wire_message in;
};

/* ---- the process ---- */

static void pause_first(struct watch *w, int64_t now)
{
    if (w->ready && now - w->started_ms >= GOOD_LIFE_MS) w->pause_ms = FIRST_PAUSE_MS;
    w->start_at_ms = now + w->pause_ms;
    w->pause_ms = w->pause_ms * 2 < LAST_PAUSE_MS ? w->pause_ms * 2 : LAST_PAUSE_MS;
}

/* Also for one that is gone already: the source reaps what it started. */
static void lose(struct watch *w)
{
    (void)epoll_ctl(w->epoll, EPOLL_CTL_DEL, w->fd, NULL);
    fd_own(&w->fd);
    w->fd = -1;
    w->current = false;
    w->source.end(w->source.ctx, w->id);
    pause_first(w, pinentry_now());
}

static void start(struct watch *w)
{
    w->ready = false;
    w->started_ms = pinentry_now();
    if (w->source.get(w->source.ctx, &w->fd, &w->id) != OK) {
        w->fd = -1;
        pause_first(w, w->started_ms);
        return;
    }
    struct epoll_event ev = {.events = EPOLLIN};
    if (epoll_ctl(w->epoll, EPOLL_CTL_ADD, w->fd, &ev) != 0) lose(w);
}

/* ---- what it says ---- */

/* Names that came through a driver and another process are checked, not believed. */
static bool plain(const struct readers *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (!text_plain_same(bytes_str(r->at[i].name), READERS_NAME_MAX)) return false;
    return true;
}

static bool take(struct watch *w)
{
    const struct wire_message *m = &w->in;
    if (!w->ready) {
        w->ready = m->type == WIRE_READY && m->error == OK;
        return w->ready;
    }
    if (m->type != WIRE_READERS || !plain(&m->readers)) return false;
    w->news |= !w->told || !readers_same(&w->now, &m->readers);
    w->told = w->current = true;
    w->now = m->readers;
    return true;
}

/* False when there is nothing more to hear. */
static bool hear(struct watch *w)
{
    enum packet_got got = packet_receive(w->fd, &w->packet, false);
    if (got == PACKET_NOTHING) return false;
    bool understood = got == PACKET_GOT &&
                      wire_decode(bytes_of(w->packet.p, w->packet.len), w->packet.n_fds, &w->in) &&
                      take(w);
    packet_clear(&w->packet);
    if (!understood) lose(w);
    return understood;
}

/* ---- watch.h ---- */

static int64_t due(const struct watch *w)
{
    if (w->fd < 0) return w->start_at_ms;
    return w->ready ? INT64_MAX : w->started_ms + READY_MS;
}

int watch_timeout(const struct watch *w)
{
    int64_t at = due(w), left = at - pinentry_now();
    if (at == INT64_MAX) return -1;
    return left < 0 ? 0 : (int)left;
}

bool watch_next(struct watch *w)
{
    w->news = false;
    if (w->fd < 0 && pinentry_now() >= due(w)) start(w);
    for (int i = 0; i < PACKETS && w->fd >= 0 && hear(w); i++) continue;
    if (w->fd >= 0 && pinentry_now() >= due(w)) lose(w);
    return w->news;
}

int watch_fd(const struct watch *w)
{
    return w->epoll;
}

bool watch_current(const struct watch *w)
{
    return w->current;
}

const struct readers *watch_readers(const struct watch *w)
{
    return &w->now;
}

err_t watch_new(const struct worker_source *source, struct watch **out)
{
    own_ptr(watch) w = calloc(1, sizeof *w);
    if (!w) return err_raise(ERR_STORAGE_FULL);
    w->source = *source;
    w->fd = -1;
    w->pause_ms = FIRST_PAUSE_MS;
    w->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (w->epoll < 0 || !packet_new(&w->packet)) return err_raise(ERR_STORAGE_FULL);
    *out = give(w);
    return OK;
}

void watch_free(struct watch *w)
{
    if (!w) return;
    if (w->fd >= 0) lose(w);
    fd_own(&w->epoll);
    packet_free(&w->packet);
    free(w);
}
