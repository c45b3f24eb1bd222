/* SPDX-License-Identifier: MIT */
#include "core/packet.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>

#include "tests/support/suite.h"

START_TEST(fields)
{
    char text[4] = "abc", got[4], small[3];
    own(buf) b = buf_max(64);
    packet_put_number(&b, 0x0102, 2);
    packet_put_number(&b, 1, 1);
    PACKET_PUT_TEXT(&b, text);
    packet_put_octets(&b, bytes_str("xyz"), 3);
    ck_assert(buf_ok(&b));
    struct packet_in in = {.rest = buf_bytes(&b)};
    ck_assert_uint_eq(packet_get_number(&in, 2), 0x0102);
    ck_assert(packet_get_flag(&in));
    PACKET_GET_TEXT(&in, got);
    ck_assert_str_eq(got, "abc");
    ck_assert(bytes_eq_str(packet_get_octets(&in, 3), "xyz"));
    ck_assert(!in.bad && in.rest.len == 0);
    (void)packet_get_number(&in, 1);
    ck_assert(in.bad);
    in = (struct packet_in){.rest = bytes_sub(buf_bytes(&b), 3, SIZE_MAX)};
    PACKET_GET_TEXT(&in, small); /* does not fit */
    ck_assert(in.bad);
    ck_assert_str_eq(small, "");
}
END_TEST

static const struct {
    uint8_t octets[6];
    size_t n;
} bad_texts[] = {
    {{0, 2, 'a'}, 3},                /* cut */
    {{0, 2, 'a', 0}, 4},             /* a NUL in it */
    {{0xff, 0xff, 'a'}, 3},          /* longer than all there is */
    {{0, 4, 'a', 'b', 'c', 'd'}, 6}, /* no room for the NUL */
};

START_TEST(bad_text)
{
    char text[4];
    struct packet_in in = {.rest = bytes_of(bad_texts[_i].octets, bad_texts[_i].n)};
    PACKET_GET_TEXT(&in, text);
    ck_assert(in.bad);
    ck_assert(packet_get_number(&in, 1) == 0 && packet_get_below(&in, 1, 200) == 0);
}
END_TEST

START_TEST(nothing_beyond_its_bound)
{
    char endless[3] = {'a', 'a', 'a'};
    own(buf) a = buf_max(64), b = buf_max(64), c = buf_max(64);
    PACKET_PUT_TEXT(&a, endless);
    packet_put_octets(&b, bytes_str("xyz"), 2);
    packet_put_octets(&c, bytes_of(NULL, 0), 2);
    ck_assert(!buf_ok(&a) && !buf_ok(&b) && !buf_ok(&c));
}
END_TEST

START_TEST(named_by_a_command_line)
{
    int ends[2], other[2];
    char text[16];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, other), 0);
    (void)snprintf(text, sizeof text, "%d", ends[0]);
    ck_assert_int_eq(packet_socket(text), ends[0]);
    (void)snprintf(text, sizeof text, "%dx", ends[0]);
    ck_assert_int_eq(packet_socket(text), -1);
    (void)snprintf(text, sizeof text, "%d", other[0]);
    ck_assert_int_eq(packet_socket(text), -1);
    ck_assert_int_eq(packet_socket("0"), -1);
    ck_assert_int_eq(packet_socket(""), -1);
    ck_assert_int_eq(packet_socket("99999999999999999999"), -1);
    for (int i = 0; i < 2; i++) (void)close(ends[i]), (void)close(other[i]);
}
END_TEST

static bool open_fd(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

START_TEST(over_a_socket)
{
    int ends[2];
    own(packet) p = {0};
    ck_assert(packet_new(&p));
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(packet_receive(ends[1], &p, false), PACKET_NOTHING);
    int fds[] = {ends[0], ends[1]};
    ck_assert(packet_send(ends[0], bytes_str("one"), fds, 2, false));
    ck_assert(packet_send(ends[0], bytes_str("three"), NULL, 0, false));
    ck_assert_int_eq(packet_receive(ends[1], &p, true), PACKET_GOT);
    ck_assert(bytes_eq_str(bytes_of(p.p, p.len), "one"));
    ck_assert_uint_eq(p.n_fds, 2);
    int kept = p.fds[0];
    ck_assert(open_fd(kept) && fcntl(kept, F_GETFD) == FD_CLOEXEC);
    ck_assert_int_eq(packet_receive(ends[1], &p, true), PACKET_GOT);
    ck_assert(!open_fd(kept)); /* nobody took it */
    ck_assert_uint_eq(p.n_fds, 0);
    (void)close(ends[0]);
    ck_assert_int_eq(packet_receive(ends[1], &p, false), PACKET_CLOSED);
    ck_assert(!packet_send(ends[1], bytes_str("x"), NULL, 0, true)); /* and no SIGPIPE */
    (void)close(ends[1]);
}
END_TEST

START_TEST(too_large_for_us)
{
    int ends[2];
    own(packet) p = {0};
    own_mem(uint8_t) large = calloc(1, PACKET_MAX + 1);
    ck_assert(packet_new(&p));
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert(packet_send(ends[0], bytes_of(large, PACKET_MAX), NULL, 0, false));
    ck_assert_int_eq(packet_receive(ends[1], &p, false), PACKET_GOT);
    ck_assert_uint_eq(p.len, PACKET_MAX);
    ck_assert(packet_send(ends[0], bytes_of(large, PACKET_MAX + 1), NULL, 0, false));
    ck_assert_int_eq(packet_receive(ends[1], &p, false), PACKET_CLOSED);
    int fds[PACKET_MAX_FDS + 8];
    for (int i = 0; i < ROWS(fds); i++) fds[i] = ends[0];
    ck_assert(!packet_send(ends[0], bytes_str("x"), fds, PACKET_MAX_FDS + 1, false));
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("packet");
    TCase *t = tcase_create("packet");
    tcase_add_test(t, fields);
    tcase_add_loop_test(t, bad_text, 0, ROWS(bad_texts));
    tcase_add_test(t, nothing_beyond_its_bound);
    tcase_add_test(t, named_by_a_command_line);
    tcase_add_test(t, over_a_socket);
    tcase_add_test(t, too_large_for_us);
    suite_add_tcase(s, t);
    return suite_run(s);
}
