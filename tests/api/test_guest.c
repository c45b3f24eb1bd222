/* SPDX-License-Identifier: MIT */
/* Who has how long, who leaves when a place is wanted, and who is still counted. */
#include "api/guest.h"

#include <check.h>
#include <poll.h>
#include <sys/socket.h>

#include "session/clock.h"
#include "tests/support/suite.h"

#define SECOND 1000
#define LONG   ((int64_t)1000 * 1000) /* ms; longer than anybody has */

static struct guests all;

/* A guest who has come `ago` milliseconds before now into this phase; *theirs is the far end. */
static struct guest *come(enum guest_phase phase, int64_t ago, uint64_t octets, uint64_t most,
                          int *theirs)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    struct guest *g = guest_come(&all, pair[0], true, most);
    ck_assert(g && g->phase == GUEST_FIRST && g->own_peer);
    guest_turn(g, phase);
    g->since = clock_ms() - ago;
    guest_sent(g, octets);
    *theirs = pair[1];
    return g;
}

/* The far end sees the end, and nothing has been said. */
static bool shown_out(const struct guest *g, int theirs)
{
    struct pollfd p = {.fd = theirs, .events = POLLRDHUP};
    const bool over = poll(&p, 1, 0) == 1 && (p.revents & POLLRDHUP);
    ck_assert_int_eq(over, g->phase == GUEST_GONE);
    return over;
}

/* ---- deadlines ---- */

static const struct {
    const char *why;
    enum guest_phase phase;
    uint64_t octets;
    int64_t has; /* ms from the phase's begin; 0: for ever */
} phases[] = {
    {"the first headers", GUEST_FIRST, 0, GUEST_FIRST_MS},
    {"octets of headers buy nothing", GUEST_FIRST, 1u << 30, GUEST_FIRST_MS},
    {"the next headers", GUEST_NEXT, 0, GUEST_NEXT_MS},
    {"octets before the next headers buy nothing", GUEST_NEXT, 1u << 30, GUEST_NEXT_MS},
    {"a body of which nothing came", GUEST_BODY, 0, GUEST_BODY_MS},
    {"an octet a second buys nothing", GUEST_BODY, 60, GUEST_BODY_MS},
    {"an octet too little", GUEST_BODY, GUEST_RATE - 1, GUEST_BODY_MS},
    {"a second", GUEST_BODY, GUEST_RATE, GUEST_BODY_MS + SECOND},
    {"4 GiB", GUEST_BODY, 4ull << 30, GUEST_BODY_MS + (4ll << 30) / GUEST_RATE *SECOND},
    {"an answer, or a stream of events", GUEST_ANSWER, 0, 0},
};

START_TEST(deadline)
{
    int theirs;
    struct guest *g = come(phases[_i].phase, 0, phases[_i].octets, 64, &theirs);
    const int64_t due = phases[_i].has ? g->since + phases[_i].has : 0;
    ck_assert_msg(guests_deadline(&all) == due, "%s", phases[_i].why);
    guests_step(&all, due ? due - 1 : g->since + LONG * LONG);
    ck_assert_msg(!shown_out(g, theirs), "%s", phases[_i].why);
    if (!due) return;
    guests_step(&all, due);
    ck_assert_msg(shown_out(g, theirs), "%s", phases[_i].why);
    ck_assert_int_eq(guests_deadline(&all), 0);
}
END_TEST

/* The clock starts with a phase, and what came in the one before does not count. */
START_TEST(turns)
{
    int theirs;
    struct guest *g = come(GUEST_BODY, 5 * SECOND, 10 * GUEST_RATE, 64, &theirs);
    const int64_t before = clock_ms();
    guest_turn(g, GUEST_BODY);
    ck_assert(g->since >= before && g->octets == 0);
    ck_assert_int_eq(guests_deadline(&all), g->since + GUEST_BODY_MS);
}
END_TEST

/* The first of many is due; each goes in its own time. */
START_TEST(in_turn)
{
    int theirs[3];
    struct guest *late = come(GUEST_NEXT, 0, 0, 64, &theirs[0]),
                 *soon = come(GUEST_FIRST, 5 * SECOND, 0, 64, &theirs[1]),
                 *never = come(GUEST_ANSWER, LONG, 0, 64, &theirs[2]);
    ck_assert_int_eq(guests_deadline(&all), soon->since + GUEST_FIRST_MS);
    guests_step(&all, guests_deadline(&all));
    ck_assert(shown_out(soon, theirs[1]) && !shown_out(late, theirs[0]));
    ck_assert_int_eq(guests_deadline(&all), late->since + GUEST_NEXT_MS);
    guests_step(&all, guests_deadline(&all));
    ck_assert(shown_out(late, theirs[0]) && !shown_out(never, theirs[2]));
    ck_assert_int_eq(guests_deadline(&all), 0);
}
END_TEST

/* ---- making room: who of three leaves when a fourth comes ---- */

#define MIB(n) ((uint64_t)(n) << 20)

static const struct {
    const char *why;
    struct {
        enum guest_phase phase;
        int64_t ago;
        uint64_t octets;
    } there[3];
    int leaves; /* -1: nobody */
} crowds[] = {
    {"the longest at its headers",
     {{GUEST_FIRST, 2 * SECOND, 0}, {GUEST_FIRST, 3 * SECOND, 0}, {GUEST_FIRST, 0, 0}},
     1},
    {"first or next headers, the longest counts",
     {{GUEST_FIRST, 2 * SECOND, 0}, {GUEST_NEXT, 9 * SECOND, 0}, {GUEST_FIRST, 5 * SECOND, 0}},
     1},
    {"a first one, when it is older",
     {{GUEST_NEXT, SECOND, 0}, {GUEST_NEXT, 2 * SECOND, 0}, {GUEST_FIRST, 3 * SECOND, 0}},
     2},
    {"headers before bodies, however slow",
     {{GUEST_BODY, 20 * SECOND, 1}, {GUEST_BODY, 20 * SECOND, 1}, {GUEST_NEXT, 0, 0}},
     2},
    {"headers before bodies, wherever they stand",
     {{GUEST_NEXT, 0, 0}, {GUEST_BODY, 20 * SECOND, 1}, {GUEST_BODY, 20 * SECOND, 1}},
     0},
    {"the slowest body",
     {{GUEST_BODY, 10 * SECOND, MIB(10)},
      {GUEST_BODY, 10 * SECOND, MIB(1)},
      {GUEST_BODY, 10 * SECOND, MIB(100)}},
     1},
    {"slow is a rate, not an age",
     {{GUEST_BODY, 20 * SECOND, MIB(20)},
      {GUEST_BODY, 2 * SECOND, MIB(1)},
      {GUEST_BODY, 10 * SECOND, MIB(20)}},
     1},
    {"a young body is left in peace",
     {{GUEST_BODY, 0, 0}, {GUEST_BODY, 2 * SECOND, MIB(100)}, {GUEST_BODY, 0, 0}},
     1},
    {"bodies alone, and all of them young",
     {{GUEST_BODY, 0, 0}, {GUEST_BODY, 0, 0}, {GUEST_BODY, 0, 0}},
     -1},
    {"who is being answered stays",
     {{GUEST_ANSWER, LONG, 0}, {GUEST_ANSWER, LONG, 0}, {GUEST_FIRST, 0, 0}},
     2},
    {"who is being answered stays, also among slow bodies",
     {{GUEST_ANSWER, LONG, 0}, {GUEST_BODY, 2 * SECOND, MIB(100)}, {GUEST_ANSWER, LONG, 0}},
     1},
    {"nobody may leave",
     {{GUEST_ANSWER, LONG, 0}, {GUEST_ANSWER, LONG, 0}, {GUEST_ANSWER, LONG, 0}},
     -1},
};

START_TEST(crowd)
{
    struct guest *g[3];
    int theirs[3], newcomers;
    for (size_t i = 0; i < 3; i++)
        g[i] = come(crowds[_i].there[i].phase, crowds[_i].there[i].ago, crowds[_i].there[i].octets,
                    64, &theirs[i]);
    struct guest *newcomer = come(GUEST_FIRST, 0, 0, 3, &newcomers);
    for (int i = 0; i < 3; i++)
        ck_assert_msg(shown_out(g[i], theirs[i]) == (i == crowds[_i].leaves), "%s: %d",
                      crowds[_i].why, i);
    ck_assert(!shown_out(newcomer, newcomers));
    ck_assert_uint_eq(all.n, 4);
    ck_assert_uint_eq(all.n_gone, crowds[_i].leaves >= 0);
}
END_TEST

/* ---- counting ---- */

/* A place that is being cleared is not cleared twice: who was shown out is counted until the
 * library has let it go, but not as one of those who are there. */
START_TEST(gone_ones)
{
    int theirs[4];
    struct guest *first = come(GUEST_FIRST, 2 * SECOND, 0, 2, &theirs[0]),
                 *second = come(GUEST_FIRST, SECOND, 0, 2, &theirs[1]);
    ck_assert_uint_eq(all.n_gone, 0);
    struct guest *third = come(GUEST_FIRST, 0, 0, 2, &theirs[2]);
    ck_assert(shown_out(first, theirs[0]) && !shown_out(second, theirs[1]));
    ck_assert(all.n == 3 && all.n_gone == 1);
    guest_leave(third);
    ck_assert(all.n == 2 && all.n_gone == 1);
    third = come(GUEST_FIRST, 0, 0, 2, &theirs[2]);
    ck_assert(!shown_out(second, theirs[1]));
    guest_leave(first);
    ck_assert(all.n == 2 && all.n_gone == 0);
    (void)come(GUEST_FIRST, 0, 0, 2, &theirs[3]);
    ck_assert(shown_out(second, theirs[1]) && !shown_out(third, theirs[2]));
    ck_assert(all.n == 3 && all.n_gone == 1);
}
END_TEST

/* Whatever the library still says of it. */
START_TEST(gone_for_good)
{
    int theirs;
    struct guest *g = come(GUEST_FIRST, 0, 0, 64, &theirs);
    guests_step(&all, g->since + GUEST_FIRST_MS);
    ck_assert(shown_out(g, theirs));
    guest_turn(g, GUEST_ANSWER);
    guest_sent(g, 1);
    ck_assert(shown_out(g, theirs));
    guests_step(&all, g->since + LONG);
    ck_assert_uint_eq(all.n_gone, 1);
    guest_leave(g);
    ck_assert(all.n == 0 && all.n_gone == 0 && !all.first);
}
END_TEST

/* From the front, the middle and the end of the list. */
START_TEST(leaving)
{
    static const size_t orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}, {1, 2, 0}};
    struct guest *g[3];
    int theirs;
    for (size_t i = 0; i < 3; i++) g[i] = come(GUEST_FIRST, (int64_t)i, 0, 64, &theirs);
    for (size_t i = 0; i < 3; i++) {
        guest_leave(g[orders[_i][i]]);
        g[orders[_i][i]] = NULL;
        size_t there = 0;
        for (const struct guest *at = all.first; at; at = at->next, there++)
            ck_assert(at == g[0] || at == g[1] || at == g[2]);
        ck_assert_uint_eq(there, 2 - i);
        ck_assert_uint_eq(all.n, there);
    }
}
END_TEST

/* There was no memory for it: the library's callbacks come all the same. */
START_TEST(nobody)
{
    guest_turn(NULL, GUEST_BODY);
    guest_sent(NULL, 1);
    guest_leave(NULL);
    ck_assert_int_eq(guests_deadline(&all), 0);
    guests_step(&all, LONG);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("guest");
    TCase *t = tcase_create("guest");
    tcase_add_loop_test(t, deadline, 0, ROWS(phases));
    tcase_add_test(t, turns);
    tcase_add_test(t, in_turn);
    tcase_add_loop_test(t, crowd, 0, ROWS(crowds));
    tcase_add_test(t, gone_ones);
    tcase_add_test(t, gone_for_good);
    tcase_add_loop_test(t, leaving, 0, 4);
    tcase_add_test(t, nobody);
    suite_add_tcase(s, t);
    return suite_run(s);
}
