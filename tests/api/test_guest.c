/* SPDX-License-Identifier: MIT */
/* How long a connection may take for what it says, and who leaves when there are too many. */
#include "api/guest.h"

#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "session/clock.h"

#include "tests/support/suite.h"

#define MANY 8

static struct guests all;
static int ends[MANY][2]; /* the library's, the client's */

static void set_up(void)
{
    all = (struct guests){0};
    for (int i = 0; i < MANY; i++)
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends[i]), 0);
}

static struct guest *come(int i, uint64_t most)
{
    struct guest *g = guest_come(&all, ends[i][0], true, most);
    ck_assert_ptr_nonnull(g);
    return g;
}

/* Its client reads an end. */
static bool shown_out(int i)
{
    struct pollfd p = {.fd = ends[i][1], .events = POLLIN};
    char octet;
    return poll(&p, 1, 0) == 1 && read(ends[i][1], &octet, 1) == 0;
}

/* ---- time ---- */

static const struct {
    enum guest_phase phase;
    uint64_t octets;
    int64_t ms; /* from the phase's beginning; 0: no end */
} times[] = {
    {GUEST_FIRST, 0, GUEST_FIRST_MS},
    {GUEST_NEXT, 0, GUEST_NEXT_MS},
    {GUEST_BODY, 0, GUEST_BODY_MS},
    {GUEST_BODY, GUEST_RATE - 1, GUEST_BODY_MS},
    {GUEST_BODY, GUEST_RATE, GUEST_BODY_MS + 1000},
    {GUEST_BODY, 100ull * GUEST_RATE, GUEST_BODY_MS + 100000},
    {GUEST_BODY, 4ull << 30, GUEST_BODY_MS + 65536000}, /* a whole document at that rate */
    {GUEST_ANSWER, 0, 0},
};

START_TEST(deadline)
{
    struct guest *g = come(0, MANY);
    if (times[_i].phase != GUEST_FIRST) guest_turn(g, times[_i].phase);
    guest_sent(g, times[_i].octets);
    const int64_t end = times[_i].ms ? g->since + times[_i].ms : 0;
    ck_assert_int_eq(guests_deadline(&all), end);
    if (end) guests_step(&all, end - 1);
    ck_assert(!shown_out(0));
    guests_step(&all, end ? end : INT64_MAX);
    ck_assert_int_eq(shown_out(0), end != 0);
    ck_assert_int_eq(g->phase, end ? GUEST_GONE : GUEST_ANSWER);
    ck_assert_uint_eq(all.n_gone, end != 0);
    guest_leave(g);
    ck_assert_uint_eq(all.n + all.n_gone, 0);
}
END_TEST

START_TEST(first_deadline)
{
    struct guest *a = come(0, MANY), *b = come(1, MANY), *c = come(2, MANY);
    guest_turn(a, GUEST_NEXT);
    guest_turn(c, GUEST_ANSWER);
    ck_assert_int_eq(guests_deadline(&all), b->since + GUEST_FIRST_MS);
    guest_turn(b, GUEST_BODY);
    guest_sent(b, 10 * GUEST_RATE);
    ck_assert_int_eq(guests_deadline(&all), a->since + GUEST_NEXT_MS);
    guest_leave(b); /* from the middle */
    guest_leave(c);
    guest_leave(a);
    ck_assert_ptr_null(all.first);
    ck_assert_int_eq(guests_deadline(&all), 0);
}
END_TEST

/* A new phase begins with nothing; one that was shown out stays so. */
START_TEST(phases)
{
    struct guest *g = come(0, MANY);
    guest_turn(g, GUEST_BODY);
    guest_sent(g, 10 * GUEST_RATE);
    guest_turn(g, GUEST_NEXT);
    ck_assert_uint_eq(g->octets, 0);
    guests_step(&all, g->since + GUEST_NEXT_MS);
    ck_assert_int_eq(g->phase, GUEST_GONE);
    guest_turn(g, GUEST_BODY);
    ck_assert_int_eq(g->phase, GUEST_GONE);
    guests_step(&all, INT64_MAX);
    ck_assert_uint_eq(all.n_gone, 1); /* counted once */
    guest_leave(g);
    guest_turn(NULL, GUEST_BODY);
    guest_sent(NULL, 1);
    guest_leave(NULL);
}
END_TEST

/* ---- room ---- */

struct standing {
    enum guest_phase phase;
    int64_t age; /* ms in that phase */
    uint64_t octets;
};

static const struct {
    const char *why;
    struct standing there[3];
    int leaves; /* -1: nobody */
} rooms[] = {
    {"the longest at its headers",
     {{GUEST_FIRST, 10, 0}, {GUEST_FIRST, 30, 0}, {GUEST_FIRST, 20, 0}},
     1},
    {"first and further headers alike",
     {{GUEST_NEXT, 40, 0}, {GUEST_FIRST, 30, 0}, {GUEST_NEXT, 20, 0}},
     0},
    {"headers before the slowest body",
     {{GUEST_BODY, 20000, 1}, {GUEST_NEXT, 10, 0}, {GUEST_BODY, 20000, 1}},
     1},
    {"the slowest body",
     {{GUEST_BODY, 5000, 500000}, {GUEST_BODY, 5000, 5000}, {GUEST_BODY, 5000, 50000}},
     1},
    {"slow by its rate, not by its octets",
     {{GUEST_BODY, 2000, 20000}, {GUEST_BODY, 20000, 30000}, {GUEST_ANSWER, 9, 0}},
     1},
    {"a young body has its second",
     {{GUEST_BODY, GUEST_GRACE_MS - 500, 0}, {GUEST_ANSWER, 90000, 0}, {GUEST_ANSWER, 1, 0}},
     -1},
    {"who is answered stays",
     {{GUEST_ANSWER, 90000, 0}, {GUEST_ANSWER, 90000, 0}, {GUEST_ANSWER, 90000, 0}},
     -1},
};

START_TEST(room)
{
    struct guest *g[3];
    const int64_t now = clock_ms();
    for (int i = 0; i < 3; i++) {
        g[i] = come(i, 3);
        guest_turn(g[i], rooms[_i].there[i].phase);
        g[i]->since = now - rooms[_i].there[i].age;
        g[i]->octets = rooms[_i].there[i].octets;
    }
    for (int i = 0; i < 3; i++) ck_assert_msg(!shown_out(i), "%s", rooms[_i].why);
    struct guest *newcomer = come(3, 3);
    ck_assert(!shown_out(3)); /* never the newcomer */
    for (int i = 0; i < 3; i++)
        ck_assert_msg(shown_out(i) == (rooms[_i].leaves == i), "%s: %d", rooms[_i].why, i);
    ck_assert_uint_eq(all.n, 4);
    ck_assert_uint_eq(all.n_gone, rooms[_i].leaves >= 0);
    guest_leave(newcomer);
    for (int i = 0; i < 3; i++) guest_leave(g[i]);
    ck_assert_uint_eq(all.n + all.n_gone, 0);
}
END_TEST

/* Those shown out are still there until the library notices; they make no further ones leave. */
START_TEST(one_for_one)
{
    struct guest *g[MANY];
    const int64_t now = clock_ms();
    for (int i = 0; i < 4; i++) {
        g[i] = come(i, 4);
        g[i]->since = now - 1000 + i;
    }
    for (int i = 4; i < MANY; i++) g[i] = come(i, 4);
    for (int i = 0; i < MANY; i++) ck_assert_int_eq(shown_out(i), i < 4);
    ck_assert_uint_eq(all.n, MANY);
    ck_assert_uint_eq(all.n_gone, 4);
    for (int i = 0; i < MANY; i++) guest_leave(g[i]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("guest");
    TCase *t = tcase_create("guest");
    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_loop_test(t, deadline, 0, ROWS(times));
    tcase_add_test(t, first_deadline);
    tcase_add_test(t, phases);
    tcase_add_loop_test(t, room, 0, ROWS(rooms));
    tcase_add_test(t, one_for_one);
    suite_add_tcase(s, t);
    return suite_run(s);
}
