/* SPDX-License-Identifier: MIT */
#include "api/peer.h"

#include "core/own.h"
#include "session/clock.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#define ANSWERS_MAX 8 /* late answers to earlier questions are passed over, this many */

/* One end of a connection; an IPv4 address fills the first word. Network order, as sock_diag. */
struct end {
    uint8_t family;
    in_port_t port;
    uint32_t word[4];
};

struct ends {
    struct end theirs, ours;
};

struct question {
    struct nlmsghdr head;
    struct inet_diag_req_v2 what;
};

/* ---- the ends ---- */

/* An IPv6 socket may speak IPv4; the kernel finds the connection under either name. */
static struct end plain(struct end e)
{
    const uint32_t *w = e.word;
    if (e.family == AF_INET6 && w[0] == 0 && w[1] == 0 && w[2] == htonl(0xffff))
        return (struct end){AF_INET, e.port, {w[3]}};
    if (e.family == AF_INET) return (struct end){AF_INET, e.port, {w[0]}};
    return e;
}

typedef int name_of(int fd, struct sockaddr *address, socklen_t *len);

static bool find_end(name_of *name, int fd, struct end *out)
{
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
    } a = {0};
    socklen_t n = sizeof a;
    struct end e = {0};
    if (name(fd, &a.any, &n) != 0 || n > sizeof a) return false;
    e.family = (uint8_t)a.any.sa_family;
    if (e.family == AF_INET) {
        e.port = a.in4.sin_port;
        memcpy(e.word, &a.in4.sin_addr, sizeof a.in4.sin_addr);
    } else if (e.family == AF_INET6) {
        e.port = a.in6.sin6_port;
        memcpy(e.word, &a.in6.sin6_addr, sizeof e.word);
    } else {
        return false;
    }
    *out = plain(e);
    return true;
}

/* ---- the question ---- */

/* The socket that is sought calls the other end its source. */
static struct question question_of(const struct ends *e, uint32_t number)
{
    struct question q = {
        .head = {.nlmsg_len = sizeof q,
                 .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                 .nlmsg_flags = NLM_F_REQUEST,
                 .nlmsg_seq = number},
        .what = {.sdiag_family = e->theirs.family,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_states = 1u << TCP_ESTABLISHED,
                 .id = {.idiag_sport = e->theirs.port,
                        .idiag_dport = e->ours.port,
                        .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
    };
    memcpy(q.what.id.idiag_src, e->theirs.word, sizeof e->theirs.word);
    memcpy(q.what.id.idiag_dst, e->ours.word, sizeof e->ours.word);
    return q;
}

enum answer { ANSWER_ANOTHER, ANSWER_NONE, ANSWER_SOCKET };

/* read_answer: to this question, as far as its head can be read; `out` for ANSWER_SOCKET. */
static enum answer read_answer(struct bytes b, const struct question *q, struct inet_diag_msg *out)
{
    struct nlmsghdr head;
    if (b.len < sizeof head) return ANSWER_ANOTHER;
    memcpy(&head, b.p, sizeof head);
    if (head.nlmsg_seq != q->head.nlmsg_seq) return ANSWER_ANOTHER;
    if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || head.nlmsg_len > b.len ||
        head.nlmsg_len < NLMSG_LENGTH(sizeof *out))
        return ANSWER_NONE;
    memcpy(out, b.p + NLMSG_HDRLEN, sizeof *out);
    return ANSWER_SOCKET;
}

/* tells_nothing: the kernel knows the question, and no such socket. */
static bool tells_nothing(struct bytes b, const struct question *q)
{
    struct nlmsghdr head;
    int error;
    if (b.len < NLMSG_HDRLEN + sizeof error) return false;
    memcpy(&head, b.p, sizeof head);
    memcpy(&error, b.p + NLMSG_HDRLEN, sizeof error);
    return head.nlmsg_seq == q->head.nlmsg_seq && head.nlmsg_type == NLMSG_ERROR &&
           error == -ENOENT;
}

static struct bytes hear(int fd, uint8_t *room, size_t size, int64_t deadline)
{
    struct pollfd in = {.fd = fd, .events = POLLIN};
    for (;;) {
        ssize_t n = recv(fd, room, size, MSG_DONTWAIT);
        if (n >= 0) return bytes_of(room, (size_t)n);
        if (errno != EAGAIN) return bytes_of(NULL, 0);
        const int64_t left = deadline - clock_ms();
        if (left <= 0) return bytes_of(NULL, 0);
        if (poll(&in, 1, (int)left) < 0 && errno != EINTR) return bytes_of(NULL, 0);
    }
}

/* ask leaves the answer in `room`; without one it is empty. */
static struct bytes ask(const struct peer *p, const struct question *q, uint8_t *room, size_t size)
{
    const int64_t deadline = clock_ms() + PEER_WAIT_MS;
    struct inet_diag_msg m;
    if (send(p->fd, q, sizeof *q, MSG_NOSIGNAL) != (ssize_t)sizeof *q) return bytes_of(NULL, 0);
    for (int i = 0; i < ANSWERS_MAX; i++) {
        struct bytes b = hear(p->fd, room, size, deadline);
        if (b.len == 0 || read_answer(b, q, &m) != ANSWER_ANOTHER) return b;
    }
    return bytes_of(NULL, 0);
}

/* ---- opening ---- */

/* Connected to the kernel: the kernel alone is heard, no process. */
static int dial_kernel(void)
{
    own_fd fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof kernel) != 0) return -1;
    return give_fd(&fd);
}

struct peer peer_open(void)
{
    struct peer p = {.fd = dial_kernel()};
    if (p.fd < 0) return p;
    uint8_t room[1024];
    const struct end nobody = {AF_INET, htons(1), {htonl(INADDR_NONE)}};
    const struct question q = question_of(&(struct ends){nobody, nobody}, ++p.asked);
    if (!tells_nothing(ask(&p, &q, room, sizeof room), &q)) peer_close(&p);
    return p;
}

void peer_close(struct peer *p)
{
    if (p->fd >= 0) (void)close(p->fd);
    p->fd = -1;
}

/* ---- judging ---- */

static bool tells_end(const struct inet_diag_msg *m, in_port_t port, const __be32 *words,
                      const struct end *want)
{
    struct end e = {m->idiag_family, port, {0}};
    memcpy(e.word, words, sizeof e.word);
    e = plain(e);
    return e.family == want->family && e.port == want->port &&
           memcmp(e.word, want->word, sizeof e.word) == 0;
}

/* The kernel falls back to a listening socket when there is no connection of these ends, and finds
 * one that its process has left: all that was asked for is looked at again. */
static bool tells_own(const struct inet_diag_msg *m, const struct ends *e)
{
    return tells_end(m, m->id.idiag_sport, m->id.idiag_src, &e->theirs) &&
           tells_end(m, m->id.idiag_dport, m->id.idiag_dst, &e->ours) &&
           m->idiag_state == TCP_ESTABLISHED && m->idiag_inode != 0 && m->idiag_uid == getuid();
}

/* The connection stands, and the other end has not closed it. Asked last: while our end stands, the
 * kernel gives its two names to no other pair of sockets, so the one that was found is the one that
 * speaks to us and not a successor. */
static bool stands(int fd)
{
    struct tcp_info info = {0};
    socklen_t n = sizeof info.tcpi_state;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 && n == sizeof info.tcpi_state &&
           info.tcpi_state == TCP_ESTABLISHED;
}

static bool own_tcp(struct peer *p, int fd)
{
    struct ends e;
    struct inet_diag_msg m;
    uint8_t room[1024];
    if (p->fd < 0 || !find_end(getpeername, fd, &e.theirs) || !find_end(getsockname, fd, &e.ours))
        return false;
    const struct question q = question_of(&e, ++p->asked);
    struct bytes answer = ask(p, &q, room, sizeof room);
    return read_answer(answer, &q, &m) == ANSWER_SOCKET && tells_own(&m, &e) && stands(fd);
}

static bool own_unix(int fd)
{
    struct ucred cred;
    socklen_t n = sizeof cred;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0 && n == sizeof cred &&
           cred.uid == getuid();
}

bool peer_is_own(struct peer *p, enum listener_kind kind, int fd)
{
    return kind == LISTENER_UNIX ? own_unix(fd) : own_tcp(p, fd);
}
