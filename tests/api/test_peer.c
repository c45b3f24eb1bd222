/* SPDX-License-Identifier: MIT */
#include "api/peer.h"

#include <arpa/inet.h>
#include <check.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#include "tests/support/suite.h"

#define ANOTHER_UID 54321

static struct peer peer;

static void set_up(void)
{
    peer = peer_open();
    ck_assert_int_ge(peer.fd, 0);
}

static void tear_down(void)
{
    peer_close(&peer);
}

/* ---- connections ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
};

struct line {
    int listening, theirs, ours;
};

static socklen_t loopback_of(int family, in_port_t port, union address *a)
{
    *a = (union address){0};
    if (family == AF_INET) {
        a->in4 = (struct sockaddr_in){
            .sin_family = AF_INET, .sin_port = port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        return sizeof a->in4;
    }
    a->in6 = (struct sockaddr_in6){
        .sin6_family = AF_INET6, .sin6_port = port, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    return sizeof a->in6;
}

static int listen_at(int family, in_port_t *port)
{
    union address a;
    socklen_t n = loopback_of(family, 0, &a);
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(fd, &a.any, n), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    ck_assert_int_eq(getsockname(fd, &a.any, &n), 0);
    *port = family == AF_INET ? a.in4.sin_port : a.in6.sin6_port;
    return fd;
}

/* The uid that counts is that of who makes the socket; root can lend it another. */
static int socket_of(int family, uid_t uid)
{
    const uid_t us = geteuid();
    ck_assert_int_eq(seteuid(uid), 0);
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(seteuid(us), 0);
    ck_assert_int_ge(fd, 0);
    return fd;
}

static struct line connect_as(int family, uid_t uid)
{
    union address a;
    in_port_t port;
    struct line l = {.listening = listen_at(family, &port), .theirs = socket_of(family, uid)};
    socklen_t n = loopback_of(family, port, &a);
    ck_assert_int_eq(connect(l.theirs, &a.any, n), 0);
    l.ours = accept4(l.listening, NULL, NULL, SOCK_CLOEXEC);
    ck_assert_int_ge(l.ours, 0);
    return l;
}

static bool own_line(const struct line *l)
{
    return peer_is_own(&peer, LISTENER_TCP, l->ours);
}

static void hang_up(const struct line *l)
{
    (void)close(l->listening);
    (void)close(l->ours);
    if (l->theirs >= 0) (void)close(l->theirs);
}

static const int families[] = {AF_INET, AF_INET6};

/* ---- the kernel's own word ---- */

START_TEST(our_own)
{
    struct line l = connect_as(families[_i], getuid());
    for (int i = 0; i < 3; i++) ck_assert(own_line(&l));
    hang_up(&l);
}
END_TEST

/* A client that speaks IPv4 by an IPv6 socket: ::ffff:127.0.0.1. */
START_TEST(mapped)
{
    in_port_t port;
    struct line l = {.listening = listen_at(AF_INET, &port),
                     .theirs = socket_of(AF_INET6, getuid())};
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = port};
    ck_assert_int_eq(inet_pton(AF_INET6, "::ffff:127.0.0.1", &a.sin6_addr), 1);
    ck_assert_int_eq(connect(l.theirs, (const struct sockaddr *)&a, sizeof a), 0);
    l.ours = accept4(l.listening, NULL, NULL, SOCK_CLOEXEC);
    ck_assert(own_line(&l));
    hang_up(&l);
}
END_TEST

/* A listening socket of ours that is mapped itself, as none of the daemon's is. */
START_TEST(mapped_at_our_end)
{
    struct sockaddr_in6 any = {.sin6_family = AF_INET6};
    socklen_t n = sizeof any;
    union address a;
    struct line l = {socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0), socket_of(AF_INET, getuid()),
                     -1};
    ck_assert_int_eq(bind(l.listening, (const struct sockaddr *)&any, sizeof any), 0);
    ck_assert_int_eq(listen(l.listening, 1), 0);
    ck_assert_int_eq(getsockname(l.listening, (struct sockaddr *)&any, &n), 0);
    n = loopback_of(AF_INET, any.sin6_port, &a);
    ck_assert_int_eq(connect(l.theirs, &a.any, n), 0);
    l.ours = accept4(l.listening, NULL, NULL, SOCK_CLOEXEC);
    ck_assert(own_line(&l));
    hang_up(&l);
}
END_TEST

static bool may_lend(void)
{
    if (geteuid() == 0) return true;
    printf("# SKIPPED, needs root: sockets of another uid\n");
    return false;
}

/* Our process holds it and speaks through it: it stays who made it. */
START_TEST(another_user)
{
    if (!may_lend()) return;
    struct line l = connect_as(families[_i], ANOTHER_UID);
    ck_assert_int_eq(send(l.theirs, "x", 1, MSG_NOSIGNAL), 1);
    ck_assert(!own_line(&l));
    hang_up(&l);
}
END_TEST

/* Sent, and closed before it was looked at: root's daemon must not take the uid 0 for its own. */
START_TEST(sent_and_closed)
{
    struct line l = connect_as(families[_i], getuid());
    ck_assert_int_eq(send(l.theirs, "x", 1, MSG_NOSIGNAL), 1);
    (void)close(l.theirs);
    l.theirs = -1;
    ck_assert(!own_line(&l));
    hang_up(&l);
}
END_TEST

START_TEST(half_closed)
{
    struct line l = connect_as(families[_i], getuid());
    ck_assert_int_eq(shutdown(l.theirs, SHUT_WR), 0);
    ck_assert(!own_line(&l));
    hang_up(&l);
}
END_TEST

/* A reset leaves what was sent before it readable; the same two names may be another's by then. */
START_TEST(reset)
{
    const struct linger at_once = {1, 0};
    struct line l = connect_as(families[_i], getuid());
    ck_assert_int_eq(setsockopt(l.theirs, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    (void)close(l.theirs);
    l.theirs = -1;
    ck_assert(!own_line(&l));
    hang_up(&l);
}
END_TEST

START_TEST(no_connection)
{
    in_port_t port;
    int fd = listen_at(families[_i], &port);
    ck_assert(!peer_is_own(&peer, LISTENER_TCP, fd));
    ck_assert(!peer_is_own(&peer, LISTENER_TCP, -1));
    ck_assert(!peer_is_own(&peer, LISTENER_UNIX, -1));
    (void)close(fd);
}
END_TEST

/* A Unix connection judged as TCP has no names to ask for; TCP judged as Unix has no credentials.
 */
START_TEST(kinds_do_not_mix)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    ck_assert(peer_is_own(&peer, LISTENER_UNIX, pair[0]));
    ck_assert(!peer_is_own(&peer, LISTENER_TCP, pair[0]));
    struct line l = connect_as(AF_INET, getuid());
    ck_assert(!peer_is_own(&peer, LISTENER_UNIX, l.ours));
    hang_up(&l);
    (void)close(pair[0]);
    (void)close(pair[1]);
}
END_TEST

START_TEST(nobody_to_ask)
{
    struct line l = connect_as(AF_INET, getuid());
    peer_close(&peer);
    ck_assert(!own_line(&l));
    hang_up(&l);
}
END_TEST

/* ---- a kernel that lies: its end of a socket pair holds the answers before the question ---- */

struct reply {
    struct nlmsghdr head;
    struct inet_diag_msg m;
};

static struct line line;
static int kernel; /* the other end of peer.fd */

static void set_up_lies(void)
{
    int pair[2];
    line = connect_as(AF_INET, getuid());
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair), 0);
    peer = (struct peer){.fd = pair[0]};
    kernel = pair[1];
}

static void tear_down_lies(void)
{
    hang_up(&line);
    (void)close(kernel);
    peer_close(&peer);
}

/* The answer that lets in, to the next question. */
static struct reply good(void)
{
    struct reply r = {.head = {.nlmsg_len = sizeof r,
                               .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                               .nlmsg_seq = peer.asked + 1},
                      .m = {.idiag_family = AF_INET,
                            .idiag_state = TCP_ESTABLISHED,
                            .idiag_uid = getuid(),
                            .idiag_inode = 1}};
    struct sockaddr_in a;
    socklen_t n = sizeof a;
    ck_assert_int_eq(getpeername(line.ours, (struct sockaddr *)&a, &n), 0);
    r.m.id.idiag_sport = a.sin_port;
    r.m.id.idiag_src[0] = a.sin_addr.s_addr;
    ck_assert_int_eq(getsockname(line.ours, (struct sockaddr *)&a, &n), 0);
    r.m.id.idiag_dport = a.sin_port;
    r.m.id.idiag_dst[0] = a.sin_addr.s_addr;
    return r;
}

static void say(const void *p, size_t n)
{
    ck_assert_int_eq(send(kernel, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

static const struct {
    const char *what;
    size_t at, len; /* of struct reply, made all ones … */
    uint8_t octet;  /* … or this */
} lies[] = {
#define LIE(what, field, octet)                                                                    \
    {                                                                                              \
        what, offsetof(struct reply, field), sizeof(((struct reply *)0)->field), octet             \
    }
    LIE("longer than it is", head.nlmsg_len, 0xff),
    LIE("shorter than a socket", head.nlmsg_len, 0),
    LIE("another kind of message", head.nlmsg_type, 0x02),
    LIE("another question's", head.nlmsg_seq, 0xff),
    LIE("no family that we know", m.idiag_family, 0xff),
    LIE("IPv6, and not mapped", m.idiag_family, AF_INET6),
    LIE("a listening socket", m.idiag_state, TCP_LISTEN),
    LIE("a closing socket", m.idiag_state, TCP_FIN_WAIT2),
    LIE("another port of theirs", m.id.idiag_sport, 0xff),
    LIE("another port of ours", m.id.idiag_dport, 0xff),
    LIE("another address of theirs", m.id.idiag_src[0], 0xff),
    LIE("another address of ours", m.id.idiag_dst[0], 0xff),
    LIE("another uid", m.idiag_uid, 0xfe),
    LIE("no inode", m.idiag_inode, 0),
#undef LIE
};

START_TEST(lie)
{
    struct reply r = good();
    memset((char *)&r + lies[_i].at, lies[_i].octet, lies[_i].len);
    say(&r, sizeof r);
    ck_assert_msg(!own_line(&line), "%s", lies[_i].what);
    r = good(); /* and the next question is answered again, whatever was left over */
    say(&r, sizeof r);
    ck_assert(own_line(&line));
}
END_TEST

START_TEST(cut_off)
{
    for (size_t n = 0; n < sizeof(struct reply); n++) {
        struct reply r = good();
        say(&r, n);
        /* What cannot be told from another question's answer is passed over: one that ends it. */
        r.head.nlmsg_len = 0;
        say(&r, sizeof r.head);
        ck_assert_msg(!own_line(&line), "%zu octets", n);
        r = good();
        say(&r, sizeof r);
        ck_assert(own_line(&line));
    }
}
END_TEST

START_TEST(too_long)
{
    static uint8_t large[65536];
    struct reply r = good();
    r.head.nlmsg_len = sizeof large; /* more than is read at once */
    memcpy(large, &r, sizeof r);
    say(large, sizeof large);
    ck_assert(!own_line(&line));
}
END_TEST

/* Late answers to questions that were given up. */
START_TEST(late)
{
    struct reply r = good();
    const uint32_t number = r.head.nlmsg_seq;
    for (uint32_t i = 1; i < 4; i++) {
        r.head.nlmsg_seq = number - i;
        say(&r, sizeof r);
    }
    r.head.nlmsg_seq = number;
    say(&r, sizeof r);
    ck_assert(own_line(&line));
}
END_TEST

START_TEST(chatter_is_bounded)
{
    struct reply r = good();
    r.head.nlmsg_seq--;
    for (int i = 0; i < 8; i++) say(&r, sizeof r);
    r.head.nlmsg_seq++;
    say(&r, sizeof r);
    ck_assert(!own_line(&line));
}
END_TEST

/* Neither an answer nor an end of waiting: the deadline of the suite would tell. */
START_TEST(silence)
{
    ck_assert(!own_line(&line));
    (void)close(kernel);
    kernel = -1;
    ck_assert(!own_line(&line));
}
END_TEST

/* The answer was true of a connection that has ended since. */
START_TEST(gone_meanwhile)
{
    struct reply r = good();
    say(&r, sizeof r);
    (void)close(line.theirs);
    line.theirs = -1;
    ck_assert(!own_line(&line));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("peer");
    TCase *t = tcase_create("kernel");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, our_own, 0, ROWS(families));
    tcase_add_test(t, mapped);
    tcase_add_test(t, mapped_at_our_end);
    tcase_add_loop_test(t, another_user, 0, ROWS(families));
    tcase_add_loop_test(t, sent_and_closed, 0, ROWS(families));
    tcase_add_loop_test(t, half_closed, 0, ROWS(families));
    tcase_add_loop_test(t, reset, 0, ROWS(families));
    tcase_add_loop_test(t, no_connection, 0, ROWS(families));
    tcase_add_test(t, kinds_do_not_mix);
    tcase_add_test(t, nobody_to_ask);
    suite_add_tcase(suite, t);
    t = tcase_create("lies");
    tcase_add_checked_fixture(t, set_up_lies, tear_down_lies);
    tcase_add_loop_test(t, lie, 0, ROWS(lies));
    tcase_add_test(t, cut_off);
    tcase_add_test(t, too_long);
    tcase_add_test(t, late);
    tcase_add_test(t, chatter_is_bounded);
    tcase_add_test(t, silence);
    tcase_add_test(t, gone_meanwhile);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
