/* SPDX-License-Identifier: MIT */
#include "session/stamper.h"

#include "fetch/tsa.h"
#include "session/clock.h"

#include <sys/epoll.h>

#define SPARE_MS 10000 /* it says itself that nobody answered; this is for one that hangs */

struct stamper {
    struct worker_source source;
    int epoll;
    uint64_t process;
    struct fetch *fetch; /* NULL: no process */
    struct tsa *tsa;
    size_t n_authorities;
    enum stamper_state state;
    err_t error;      /* why nobody could be asked */
    int64_t deadline; /* of what is open */
    int64_t skew;
};

err_t stamper_new(const struct settings *settings, const struct worker_source *source,
                  struct stamper **out, const char **why)
{
    own_ptr(stamper) st = calloc(1, sizeof *st);
    *why = "memory";
    if (!st) return err_raise(ERR_STORAGE_FULL);
    st->source = *source;
    st->n_authorities = settings->tsa.n;
    st->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (st->epoll < 0) return err_raise(ERR_STORAGE_FULL);
    err_t e = tsa_new(settings, NULL, NULL, &st->tsa, why);
    if (!e) *out = give(st);
    return e;
}

void stamper_rest(struct stamper *st)
{
    if (!st->fetch) return;
    tsa_through(st->tsa, NULL);
    (void)epoll_ctl(st->epoll, EPOLL_CTL_DEL, fetch_fd(st->fetch), NULL);
    fetch_free(give(st->fetch));
    st->source.end(st->source.ctx, st->process);
    st->deadline = 0;
    if (st->state == STAMPER_BUSY) st->state = STAMPER_IDLE;
}

void stamper_free(struct stamper *st)
{
    if (!st) return;
    stamper_rest(st);
    tsa_free(st->tsa);
    fd_own(&st->epoll);
    free(st);
}

/* ---- asking ---- */

static err_t start(struct stamper *st)
{
    int fd = -1;
    err_t e = st->source.get(st->source.ctx, &fd, &st->process);
    if (e) return e;
    e = fetch_new(fd, &st->fetch);
    struct epoll_event ev = {.events = EPOLLIN};
    if (!e && epoll_ctl(st->epoll, EPOLL_CTL_ADD, fetch_fd(st->fetch), &ev) != 0) {
        fetch_free(give(st->fetch));
        e = err_raise(ERR_STORAGE_FULL);
    }
    if (e)
        st->source.end(st->source.ctx, st->process);
    else
        tsa_through(st->tsa, st->fetch);
    return e;
}

/* A process for each question: one that was spoilt by an answer spoils no other. */
static bool begin(struct stamper *st)
{
    stamper_rest(st);
    st->error = start(st);
    st->state = st->error ? STAMPER_FAILED : STAMPER_BUSY;
    st->deadline = st->error ? 0 : clock_ms() + TSA_MS * (int64_t)st->n_authorities + SPARE_MS;
    return !st->error;
}

static void settle(struct stamper *st, enum tsa_state state)
{
    size_t n;
    if (state == TSA_WAITING) return;
    st->state = state == TSA_DONE ? STAMPER_ANSWERED : STAMPER_FAILED;
    st->deadline = 0;
    const struct tsa_try *tries = tsa_tries(st->tsa, &n);
    if (state == TSA_DONE && n > 0 && tries[n - 1].has_skew)
        st->skew = tries[n - 1].skew < 0 ? tries[n - 1].skew - 1 : 0; /* both are whole seconds */
}

void stamper_probe(struct stamper *st)
{
    if (begin(st)) settle(st, tsa_begin_probe(st->tsa));
}

void stamper_ask(struct stamper *st, const struct digest *imprint)
{
    if (begin(st)) settle(st, tsa_begin(st->tsa, imprint));
}

/* ---- what comes back ---- */

enum stamper_state stamper_step(struct stamper *st)
{
    struct fetch_answer a;
    while (st->state == STAMPER_BUSY && fetch_next(st->fetch, &a)) {
        settle(st, tsa_take(st->tsa, &a, utc_now()));
        fetch_answer_free(&a);
    }
    if (st->state == STAMPER_BUSY && clock_ms() >= st->deadline) {
        tsa_through(st->tsa, NULL);
        settle(st, TSA_FAILED);
    }
    return st->state;
}

int stamper_fd(const struct stamper *st)
{
    return st->epoll;
}

int64_t stamper_deadline(const struct stamper *st)
{
    return st->deadline;
}

struct bytes stamper_token(const struct stamper *st)
{
    return tsa_token(st->tsa);
}

err_t stamper_error(const struct stamper *st, char detail[200])
{
    size_t n;
    const struct tsa_try *tries = tsa_tries(st->tsa, &n);
    if (detail) detail[0] = 0;
    if (st->error) return st->error;
    if (detail && n > 0) memcpy(detail, tries[n - 1].detail, 200);
    for (size_t i = 0; i < n; i++)
        if (tries[i].has_skew && (tries[i].skew > TSA_MAX_SKEW || tries[i].skew < -TSA_MAX_SKEW))
            return ERR_CLOCK_SKEW;
    return tsa_error(st->tsa);
}

int64_t stamper_skew(const struct stamper *st)
{
    return st->skew;
}
