/* SPDX-License-Identifier: MIT */
#include "daemon/hatch.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#define ANSWER_MS 5000

struct request_wire {
    uint64_t id;
    uint32_t op;
    uint32_t zero;
};
struct answer_wire {
    uint64_t id;
    uint32_t error;
    uint32_t zero;
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
    supervisor->fd = fds[0];
    service->fd = fds[1];
    return OK;
}

static bool send_request(const struct hatch *h, enum hatch_op op, uint64_t id)
{
    struct request_wire w = {.op = (uint32_t)op, .id = id};
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

static err_t receive_answer(const struct hatch *h, int *fd, uint64_t *id)
{
    struct answer_wire w;
    union control control;
    struct iovec part = {&w, sizeof w};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = &control,
                       .msg_controllen = sizeof control};
    struct pollfd p = {.fd = h->fd, .events = POLLIN};
    if (poll(&p, 1, ANSWER_MS) != 1) return err_raise_foreign(ERR_INTERNAL, errno);
    ssize_t n = recvmsg(h->fd, &m, MSG_CMSG_CLOEXEC);
    if (n <= 0) return err_raise_foreign(ERR_INTERNAL, errno);
    own_fd got = received_fd(&m);
    if (n != (ssize_t)sizeof w || w.error >= ERR_COUNT) return err_raise(ERR_INTERNAL);
    if (w.error) return (err_t)w.error;
    if (got < 0) return err_raise(ERR_INTERNAL);
    *fd = give_fd(&got);
    *id = w.id;
    return OK;
}

static err_t source_get(void *ctx, int *fd, uint64_t *id)
{
    struct hatch *h = ctx;
    if (!send_request(h, HATCH_GET, 0)) return err_raise_foreign(ERR_INTERNAL, errno);
    return receive_answer(h, fd, id);
}

static void source_end(void *ctx, uint64_t id)
{
    struct hatch *h = ctx;
    (void)send_request(h, HATCH_END, id);
}

struct worker_source hatch_source(struct hatch *h)
{
    return (struct worker_source){.ctx = h, .get = source_get, .end = source_end};
}

bool hatch_receive(struct hatch *h, struct hatch_request *out, bool *closed)
{
    struct request_wire w;
    /* MSG_TRUNC: the true length of the packet, so that a longer one is not taken for ours. */
    ssize_t n = recv(h->fd, &w, sizeof w, MSG_DONTWAIT | MSG_TRUNC);
    *closed = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    if (n < 0 || *closed) return false;
    if (n != (ssize_t)sizeof w || (w.op != HATCH_GET && w.op != HATCH_END)) {
        *closed = true;
        return false;
    }
    *out = (struct hatch_request){.op = (enum hatch_op)w.op, .id = w.id};
    return true;
}

void hatch_answer(struct hatch *h, err_t e, uint64_t id, int fd)
{
    struct answer_wire w = {.id = id, .error = (uint32_t)e};
    union control control = {0};
    struct iovec part = {&w, sizeof w};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (!e) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    (void)sendmsg(h->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
}
