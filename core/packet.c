/* SPDX-License-Identifier: MIT */
#include "core/packet.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* ---- small pieces: big-endian numbers, counted texts ---- */

struct bytes packet_take(struct packet_in *in, size_t n)
{
    if (in->bad || n > in->rest.len) {
        in->bad = true;
        return bytes_of(NULL, 0);
    }
    struct bytes taken = bytes_sub(in->rest, 0, n);
    in->rest = bytes_sub(in->rest, n, SIZE_MAX);
    return taken;
}

void packet_put_number(struct buf *b, uint64_t v, size_t n)
{
    while (n-- > 0) buf_byte(b, (uint8_t)(v >> (8 * n)));
}

uint64_t packet_get_number(struct packet_in *in, size_t n)
{
    struct bytes octets = packet_take(in, n);
    uint64_t v = 0;
    for (size_t i = 0; i < octets.len; i++) v = v << 8 | octets.p[i];
    return v;
}

/* A number that must stay below `end`: enums, counts, flags. */
unsigned packet_get_below(struct packet_in *in, size_t n, unsigned end)
{
    uint64_t v = packet_get_number(in, n);
    if (v >= end) in->bad = true;
    return in->bad ? 0 : (unsigned)v;
}

bool packet_get_flag(struct packet_in *in)
{
    return packet_get_below(in, 1, 2) == 1;
}

void packet_refuse(struct buf *b)
{
    b->failed = true;
}

void packet_put_text(struct buf *b, const char *text, size_t room)
{
    size_t len = strnlen(text, room);
    if (len == room) packet_refuse(b);
    packet_put_number(b, len, 2);
    buf_add(b, bytes_of(text, len));
}

void packet_get_text(struct packet_in *in, char *text, size_t room)
{
    struct bytes octets = packet_take(in, packet_get_below(in, 2, (unsigned)room));
    text[0] = 0;
    if (octets.len == 0) return;
    if (memchr(octets.p, 0, octets.len)) in->bad = true;
    memcpy(text, octets.p, octets.len);
    text[octets.len] = 0;
}

void packet_put_octets(struct buf *b, struct bytes v, size_t max)
{
    if (v.len == 0 || v.len > max) packet_refuse(b);
    packet_put_number(b, v.len, 4);
    buf_add(b, v);
}

struct bytes packet_get_octets(struct packet_in *in, size_t max)
{
    unsigned len = packet_get_below(in, 4, (unsigned)max + 1);
    if (len == 0) in->bad = true;
    return packet_take(in, len);
}

/* ---- one packet ---- */

bool packet_new(struct packet *out)
{
    uint8_t *p = malloc(PACKET_MAX);
    if (!p) return false;
    *out = (struct packet){.p = p};
    return true;
}

void packet_clear(struct packet *p)
{
    for (size_t i = 0; i < p->n_fds; i++) fd_own(&p->fds[i]);
    p->n_fds = 0;
    p->len = 0;
}

void packet_free(struct packet *p)
{
    packet_clear(p);
    free(give(p->p));
}

int packet_socket(const char *text)
{
    char *end;
    long n = strtol(text, &end, 10);
    int type = 0;
    socklen_t len = sizeof type;
    if (end == text || *end || n <= 2 || n > 1 << 20) return -1;
    bool fits = getsockopt((int)n, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_SEQPACKET;
    return fits ? (int)n : -1;
}

union control {
    char room[CMSG_SPACE(PACKET_MAX_FDS * sizeof(int))];
    struct cmsghdr align;
};

bool packet_send(int sock, struct bytes packet, const int *fds, size_t n_fds, bool wait)
{
    if (n_fds > PACKET_MAX_FDS) return false;
    union control control;
    /* sendmsg wants a writable pointer and does not write. */
    struct iovec part = {(void *)(uintptr_t)packet.p, packet.len};
    struct msghdr h = {.msg_iov = &part, .msg_iovlen = 1};
    if (n_fds > 0) {
        memset(&control, 0, sizeof control);
        h.msg_control = control.room;
        h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&h);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    ssize_t n;
    do n = sendmsg(sock, &h, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)packet.len;
}

/* Takes what came as descriptors, also from a message that will be refused: whatever the kernel
 * installed here must be closed by somebody. */
static void take_fds(struct msghdr *h, struct packet *p)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        if (n > sizeof p->fds / sizeof p->fds[0] - p->n_fds) abort(); /* control is smaller */
        memcpy(p->fds + p->n_fds, CMSG_DATA(c), n * sizeof(int));
        p->n_fds += n;
    }
}

enum packet_got packet_receive(int sock, struct packet *p, bool wait)
{
    union control control;
    struct iovec part = {p->p, PACKET_MAX};
    struct msghdr h = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.room,
                       .msg_controllen = sizeof control.room};
    packet_clear(p);
    ssize_t n;
    /* A peer that ended with something of ours unread resets the connection, once; what it said
     * before is still there behind that. */
    do n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? PACKET_NOTHING : PACKET_CLOSED;
    take_fds(&h, p);
    if (n == 0 || h.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return PACKET_CLOSED;
    p->len = (size_t)n;
    return PACKET_GOT;
}
