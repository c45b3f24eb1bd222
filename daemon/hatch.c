/* SPDX-License-Identifier: MIT */
#include "daemon/hatch.h"

#include "session/clock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define ANSWER_MS 5000

struct request_wire {
    uint64_t id;
    uint32_t op;
    uint32_t question;
};
struct answer_wire {
    uint64_t id;
    uint32_t error;
    uint32_t n;
    uint32_t question;
    uint32_t zero;
    uint8_t numbers[TOKEN_MAX_MODULES];
};

union control {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(int))];
};

err_t hatch_pair(struct hatch *supervisor, struct hatch *service)
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
        return err_raise_foreign(ERR_INTERNAL, errno);
    *supervisor = (struct hatch){.fd = fds[0]};
    *service = (struct hatch){.fd = fds[1]};
    return OK;
}

static bool send_request(struct hatch *h, enum hatch_op op, uint64_t id)
{
    struct request_wire w = {.op = (uint32_t)op, .id = id, .question = ++h->question};
    return send(h->fd, &w, sizeof w, MSG_NOSIGNAL) == (ssize_t)sizeof w;
}

static int received_fd(struct msghdr *m)
{
    int fd = -1;
    struct cmsghdr *c = CMSG_FIRSTHDR(m);
    if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    return fd;
}

static bool wait_readable(int fd, int64_t deadline)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    for (;;) {
        int64_t left = deadline - clock_ms();
        int n = poll(&p, 1, left > 0 ? (int)left : 0);
        if (n != -1 || errno != EINTR) return n == 1;
    }
}

static err_t receive(const struct hatch *h, struct answer_wire *w, int *fd)
{
    union control control;
    struct iovec part = {w, sizeof *w};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    ssize_t n = recvmsg(h->fd, &m, MSG_CMSG_CLOEXEC);
    if (n <= 0) return err_raise_foreign(ERR_INTERNAL, errno);
    own_fd got = received_fd(&m);
    if (n != (ssize_t)sizeof *w || w->error >= ERR_COUNT || w->n > TOKEN_MAX_MODULES)
        return err_raise(ERR_INTERNAL);
    *fd = give_fd(&got);
    return OK;
}

/* Answers to questions that were given up are passed over: the worker of one hears the hang-up. */
static err_t receive_answer(const struct hatch *h, struct answer_wire *w, int *fd)
{
    int64_t deadline = clock_ms() + ANSWER_MS;
    while (wait_readable(h->fd, deadline)) {
        own_fd got = -1;
        err_t e = receive(h, w, &got);
        if (e) return e;
        if (w->question != h->question) continue;
        if (!w->error) *fd = give_fd(&got);
        return (err_t)w->error;
    }
    return err_raise_foreign(ERR_INTERNAL, errno);
}

static err_t source_search(void *ctx, struct token_modules *out)
{
    struct hatch *h = ctx;
    struct answer_wire w;
    own_fd none = -1;
    if (!send_request(h, HATCH_SEARCH, 0)) return err_raise_foreign(ERR_INTERNAL, errno);
    err_t e = receive_answer(h, &w, &none);
    if (e) return e;
    out->n = w.n;
    memcpy(out->numbers, w.numbers, sizeof out->numbers);
    return OK;
}

static err_t source_get(void *ctx, unsigned number, int *fd, uint64_t *id)
{
    struct hatch *h = ctx;
    struct answer_wire w;
    own_fd got = -1;
    if (!send_request(h, HATCH_GET, number)) return err_raise_foreign(ERR_INTERNAL, errno);
    err_t e = receive_answer(h, &w, &got);
    if (e) return e;
    if (got < 0) return err_raise(ERR_INTERNAL);
    *fd = give_fd(&got);
    *id = w.id;
    return OK;
}

static void source_end(void *ctx, uint64_t id)
{
    struct hatch *h = ctx;
    (void)send_request(h, HATCH_END, id);
}

struct token_source hatch_source(struct hatch *h)
{
    return (struct token_source){
        .ctx = h, .search = source_search, .get = source_get, .end = source_end};
}

static err_t admission_get(void *ctx, int *fd, uint64_t *id)
{
    return source_get(ctx, TOKEN_ADMISSION, fd, id);
}

struct worker_source hatch_admission(struct hatch *h)
{
    return (struct worker_source){.ctx = h, .get = admission_get, .end = source_end};
}

static err_t fetch_get(void *ctx, int *fd, uint64_t *id)
{
    return source_get(ctx, HATCH_FETCH, fd, id);
}

struct worker_source hatch_fetch(struct hatch *h)
{
    return (struct worker_source){.ctx = h, .get = fetch_get, .end = source_end};
}

bool hatch_receive(struct hatch *h, struct hatch_request *out, bool *closed)
{
    struct request_wire w;
    /* MSG_TRUNC: the true length of the packet, so that a longer one is not taken for ours. */
    ssize_t n = recv(h->fd, &w, sizeof w, MSG_DONTWAIT | MSG_TRUNC);
    *closed = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (n < 0 || *closed) return false;
    if (n != (ssize_t)sizeof w || w.op < HATCH_SEARCH || w.op > HATCH_END) {
        *closed = true;
        return false;
    }
    *out = (struct hatch_request){.op = (enum hatch_op)w.op, .id = w.id, .question = w.question};
    return true;
}

void hatch_answer(struct hatch *h, const struct hatch_answer *a)
{
    struct answer_wire w = {.id = a->id,
                            .error = (uint32_t)a->error,
                            .n = (uint32_t)a->modules.n,
                            .question = a->question};
    memcpy(w.numbers, a->modules.numbers, sizeof w.numbers);
    union control control = {0};
    struct iovec part = {&w, sizeof w};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (!a->error && a->fd >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof a->fd);
        memcpy(CMSG_DATA(c), &a->fd, sizeof a->fd);
    }
    (void)sendmsg(h->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}
