/* SPDX-License-Identifier: MIT */
#include "pkcs11/watch.h"

#include <check.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "pkcs11/pinentry.h"
#include "pkcs11/spawn.h"
#include "pkcs11/wire.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#define PATIENCE_MS 60000

/* ---- watchers that the test plays ---- */

static unsigned gets, ends;
static bool barren; /* the source has none to give */
static int far_end = -1;
static struct wire_message said;

static err_t lend(void *ctx, int *fd, uint64_t *id)
{
    (void)ctx;
    int both[2];
    gets++;
    if (barren) return ERR_MODULE_NOT_FOUND;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, both), 0);
    fd_own(&far_end);
    far_end = both[1];
    *fd = both[0];
    *id = gets;
    return OK;
}

static void count_end(void *ctx, uint64_t id)
{
    (void)ctx;
    ck_assert_uint_eq(id, gets);
    ends++;
}

static struct watch *new_watch(void)
{
    struct worker_source played = {NULL, lend, count_end};
    struct watch *w = NULL;
    said = (struct wire_message){0};
    ck_assert_int_eq(watch_new(&played, &w), OK);
    ck_assert_uint_eq(gets, 0);
    return w;
}

static void say(enum wire_type type)
{
    own(buf) b = buf_max(PACKET_MAX);
    said.type = type;
    wire_encode(&b, &said);
    ck_assert(buf_ok(&b));
    ck_assert(packet_send(far_end, buf_bytes(&b), NULL, 0, true));
}

static void say_readers(size_t n, uint16_t events)
{
    said.readers = (struct readers){.service = true, .n = n};
    for (size_t i = 0; i < n; i++)
        said.readers.at[i] = (struct reader){.name = "ACS ACR39U",
                                             .state = READER_CARD,
                                             .events = events,
                                             .atr = {0x3b, 0},
                                             .atr_len = 2};
    say(WIRE_READERS);
}

/* One that is there and has told of a reader. */
static struct watch *working_watch(void)
{
    struct watch *w = new_watch();
    ck_assert(!watch_next(w));
    say(WIRE_READY);
    say_readers(1, 1);
    ck_assert(watch_next(w));
    return w;
}

/* Waits as a caller's loop does, until the readers change; false when `ms` passed. */
static bool changes(struct watch *w, int ms)
{
    int64_t until = pinentry_now() + ms;
    while (!watch_next(w)) {
        int64_t left = until - pinentry_now();
        int timeout = watch_timeout(w);
        if (left <= 0) return false;
        if (timeout < 0 || timeout > left) timeout = (int)left;
        struct pollfd p = {watch_fd(w), POLLIN, 0};
        (void)poll(&p, 1, timeout);
    }
    return true;
}

static bool has_none(const struct watch *w)
{
    return readers_same(watch_readers(w), readers_none());
}

START_TEST(starts_with_the_first_question)
{
    own_ptr(watch) w = new_watch();
    ck_assert(has_none(w));
    ck_assert_int_eq(watch_timeout(w), 0);
    ck_assert(!watch_next(w));
    ck_assert_uint_eq(gets, 1);
    ck_assert(has_none(w));
    ck_assert_int_gt(watch_timeout(w), 0); /* it must say something */
    say(WIRE_READY);
    ck_assert(!watch_next(w));
    ck_assert_int_eq(watch_timeout(w), -1); /* and then may be silent for ever */
}
END_TEST

START_TEST(tells_changes)
{
    own_ptr(watch) w = working_watch();
    int fd = watch_fd(w);
    ck_assert(readers_same(watch_readers(w), &said.readers));
    ck_assert(!watch_next(w));
    say_readers(1, 1);
    ck_assert(!watch_next(w)); /* the same */
    say_readers(1, 3);
    ck_assert(watch_next(w)); /* out and in again */
    ck_assert_uint_eq(watch_readers(w)->at[0].events, 3);
    say_readers(0, 0);
    say_readers(READERS_MAX, 4);
    struct pollfd p = {fd, POLLIN, 0};
    ck_assert_int_eq(poll(&p, 1, 0), 1);
    ck_assert(watch_next(w)); /* the newest */
    ck_assert_uint_eq(watch_readers(w)->n, READERS_MAX);
    ck_assert_int_eq(poll(&p, 1, 0), 0);
    ck_assert_uint_eq(gets, 1);
    ck_assert_uint_eq(ends, 0);
}
END_TEST

/* Also when it is what was thought before there was a word. */
START_TEST(the_first_word_is_news)
{
    own_ptr(watch) w = new_watch();
    ck_assert(!watch_next(w));
    say(WIRE_READY);
    said.readers = *readers_none();
    say(WIRE_READERS);
    ck_assert(watch_next(w));
    ck_assert(has_none(w));
    say(WIRE_READERS);
    ck_assert(!watch_next(w));
}
END_TEST

/* What its successor says is compared with the last word of one that died. */
START_TEST(the_last_word_stands)
{
    own_ptr(watch) w = working_watch();
    fd_own(&far_end);
    far_end = -1;
    while (gets == 1) ck_assert(!changes(w, 100));
    say(WIRE_READY);
    say_readers(1, 1);
    ck_assert(!watch_next(w));
    ck_assert_uint_eq(watch_readers(w)->n, 1);
    say_readers(0, 0);
    ck_assert(watch_next(w));
}
END_TEST

START_TEST(a_flood_is_taken_in_pieces)
{
    own_ptr(watch) w = working_watch();
    int room = 1 << 20;
    ck_assert_int_eq(setsockopt(far_end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
    unsigned told = 0, taken = 0;
    own(buf) b = buf_max(PACKET_MAX);
    wire_encode(&b, &said);
    while (told < 1000 && packet_send(far_end, buf_bytes(&b), NULL, 0, false)) told++;
    struct pollfd p = {watch_fd(w), POLLIN, 0};
    for (; poll(&p, 1, 0) == 1; taken++) (void)watch_next(w);
    ck_assert_uint_ge(taken, told / 64);
    ck_assert_uint_eq(ends, 0);
}
END_TEST

/* ---- watchers that lie ---- */

static void say_ready(void)
{
    say(WIRE_READY);
}

static void say_listed(void)
{
    say(WIRE_LISTED);
}

static void say_question(void)
{
    say(WIRE_ASK_LISTING);
}

static void say_garbage(void)
{
    ck_assert(packet_send(far_end, bytes_str("hello"), NULL, 0, true));
}

static void say_goodbye(void)
{
    fd_own(&far_end);
    far_end = -1;
}

static void say_with_descriptor(void)
{
    own(buf) b = buf_max(PACKET_MAX);
    wire_encode(&b, &said);
    ck_assert(packet_send(far_end, buf_bytes(&b), &far_end, 1, true));
}

static void say_name(const char *name)
{
    (void)snprintf(said.readers.at[0].name, READERS_NAME_MAX, "%s", name);
    say(WIRE_READERS);
}

static void say_escape(void)
{
    say_name("Reader \x1b[31m");
}

static void say_turned_round(void)
{
    say_name("Reader \xe2\x80\xae");
}

static void say_malformed(void)
{
    say_name("Reader \xff");
}

static void (*const lies[])(void) = {
    say_ready,           say_listed, say_question,     say_garbage,   say_goodbye,
    say_with_descriptor, say_escape, say_turned_round, say_malformed,
};

START_TEST(lying)
{
    own_ptr(watch) w = working_watch();
    const struct readers before = *watch_readers(w);
    lies[_i]();
    ck_assert(!watch_next(w));
    ck_assert(readers_same(watch_readers(w), &before)); /* nothing has gone for that */
    ck_assert_uint_eq(ends, 1);
    ck_assert_int_gt(watch_timeout(w), 0); /* another one, but not at once */
    ck_assert_int_le(watch_timeout(w), 1000);
    ck_assert(!watch_next(w));
    ck_assert_uint_eq(gets, 1);
}
END_TEST

static void say_readers_first(void)
{
    say_readers(1, 1);
}

static void say_not_ready(void)
{
    said.error = ERR_MODULE_NOT_FOUND;
    say(WIRE_READY);
}

static void (*const bad_starts[])(void) = {say_readers_first, say_not_ready, say_garbage,
                                           say_goodbye};

START_TEST(starting_badly)
{
    own_ptr(watch) w = new_watch();
    ck_assert(!watch_next(w));
    bad_starts[_i]();
    ck_assert(!watch_next(w));
    ck_assert(has_none(w));
    ck_assert_uint_eq(ends, 1);
}
END_TEST

START_TEST(silent)
{
    own_ptr(watch) w = new_watch();
    ck_assert(!changes(w, 1000));
    ck_assert_uint_eq(gets, 1);
    while (ends == 0) ck_assert(!changes(w, 100));
}
END_TEST

/* Pauses that double; what is asserted is never less time than that. */
START_TEST(no_storm)
{
    own_ptr(watch) w = new_watch();
    barren = _i;
    for (int pause = 1000; pause <= 2000; pause *= 2) {
        unsigned before = gets;
        int64_t then = pinentry_now();
        ck_assert(!watch_next(w));
        ck_assert_uint_eq(gets, before + 1);
        if (!barren) say_goodbye();
        ck_assert(!watch_next(w));
        ck_assert_uint_eq(gets, before + 1);
        ck_assert_int_le(watch_timeout(w), pause);
        while (watch_timeout(w) > 0) (void)poll(NULL, 0, watch_timeout(w));
        ck_assert_int_ge(pinentry_now() - then, pause);
    }
    ck_assert_uint_eq(ends, barren ? 0 : 2);
}
END_TEST

/* ---- real ones ---- */

static struct worker_source real;
static pid_t newest;

static err_t real_get(void *ctx, int *fd, uint64_t *id)
{
    err_t e = real.get(ctx, fd, id);
    gets++;
    if (!e) newest = (pid_t)*id;
    return e;
}

static void no_service(void)
{
    char path[4096];
    const char *o = getenv("O");
    (void)snprintf(path, sizeof path, "%s/onayd-token", o ? o : "build/release");
    char *program = realpath(path, NULL);
    if (!program || setenv("ONAYD_TOKEN", program, 1) != 0) exit(99);
    free(program);
    if (setenv("PCSCLITE_CSOCK_NAME", scratch_path("none/pcscd.comm"), 1) != 0) exit(99);
}

START_TEST(replaced_when_killed)
{
    own_ptr(spawn_source) children = NULL;
    own_ptr(watch) w = NULL;
    const struct token_config config = {.cancel_fd = -1};
    ck_assert_int_eq(spawn_source_new(&config, &children), OK);
    real = spawn_source_watcher(children);
    const struct worker_source counted = {real.ctx, real_get, real.end};
    ck_assert_int_eq(watch_new(&counted, &w), OK);
    for (unsigned life = 1; life <= 2; life++) {
        if (life == 1) ck_assert(changes(w, PATIENCE_MS)); /* that there is no service */
        while (gets < life || watch_timeout(w) != -1) ck_assert(!changes(w, 50));
        ck_assert_uint_eq(gets, life);
        ck_assert(has_none(w));
        ck_assert_int_eq(kill(newest, SIGKILL), 0);
        while (watch_timeout(w) == -1) ck_assert(!changes(w, 50));
    }
}
END_TEST

static void start_real(int *fd, pid_t *pid)
{
    own(packet) p = {0};
    ck_assert(packet_new(&p));
    ck_assert_int_eq(spawn_watcher(fd, pid), OK);
    ck_assert_int_eq(packet_receive(*fd, &p, true), PACKET_GOT);
    ck_assert(wire_decode(bytes_of(p.p, p.len), p.n_fds, &said));
    ck_assert_int_eq(said.type, WIRE_READY);
    ck_assert_int_eq(said.error, OK);
}

/* Its parent lives on: no signal ends it. */
START_TEST(ends_with_its_socket)
{
    own_fd fd = -1;
    pid_t pid;
    int status;
    start_real(&fd, &pid);
    if (_i)
        ck_assert(packet_send(fd, bytes_str("?"), NULL, 0, true));
    else
        (void)close(give_fd(&fd));
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(no_program)
{
    own_fd fd = -1;
    pid_t pid;
    ck_assert_int_eq(setenv("ONAYD_TOKEN", "/nonexistent", 1), 0);
    ck_assert_int_eq(spawn_watcher(&fd, &pid), ERR_MODULE_NOT_FOUND);
}
END_TEST

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)scratch_new();
    no_service();
    Suite *s = suite_create("watch");
    TCase *t = tcase_create("played");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, starts_with_the_first_question);
    tcase_add_test(t, tells_changes);
    tcase_add_test(t, the_first_word_is_news);
    tcase_add_test(t, the_last_word_stands);
    tcase_add_test(t, a_flood_is_taken_in_pieces);
    tcase_add_loop_test(t, lying, 0, ROWS(lies));
    tcase_add_loop_test(t, starting_badly, 0, ROWS(bad_starts));
    tcase_add_test(t, silent);
    tcase_add_loop_test(t, no_storm, 0, 2);
    suite_add_tcase(s, t);
    t = tcase_create("real");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, replaced_when_killed);
    tcase_add_loop_test(t, ends_with_its_socket, 0, 2);
    tcase_add_test(t, no_program);
    suite_add_tcase(s, t);
    return suite_run(s);
}
