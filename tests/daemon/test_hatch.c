/* SPDX-License-Identifier: MIT */
#include "daemon/hatch.h"

#include <check.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/own.h"

#include "tests/support/suite.h"

static struct hatch above, below;

static void open_pair(void)
{
    ck_assert_int_eq(hatch_pair(&above, &below), OK);
}

static void close_pair(void)
{
    (void)close(above.fd);
    (void)close(below.fd);
}

/* The supervisor's side: one request, which must be the expected one, and its answer. */
struct exchange {
    enum hatch_op op;
    uint64_t number;
    struct hatch_answer answer;
};

static void *answer_one(void *ctx)
{
    struct exchange *x = ctx;
    struct hatch_request r;
    bool closed = false;
    while (!hatch_receive(&above, &r, &closed) && !closed) (void)usleep(100);
    ck_assert(!closed);
    ck_assert_int_eq(r.op, x->op);
    ck_assert_uint_eq(r.id, x->number);
    x->answer.question = r.question;
    hatch_answer(&above, &x->answer);
    return NULL;
}

START_TEST(get_brings_a_socket)
{
    int pair[2];
    ck_assert_int_eq(pipe(pair), 0);
    struct exchange a = {HATCH_GET, 3, {.id = 42, .fd = pair[1]}};
    struct token_source source = hatch_source(&below);
    pthread_t t;
    uint64_t id = 0;
    own_fd fd = -1;
    ck_assert_int_eq(pthread_create(&t, NULL, answer_one, &a), 0);
    ck_assert_int_eq(source.get(source.ctx, 3, &fd, &id), OK);
    (void)pthread_join(t, NULL);
    ck_assert_uint_eq(id, 42);
    ck_assert_int_eq(write(fd, "x", 1), 1);
    char c = 0;
    ck_assert_int_eq(read(pair[0], &c, 1), 1);
    ck_assert_int_eq(c, 'x');
    (void)close(pair[0]);
    (void)close(pair[1]);
}
END_TEST

START_TEST(search_brings_numbers)
{
    struct exchange a = {HATCH_SEARCH, 0, {.modules = {3, {2, 0, 15}}, .fd = -1}};
    struct token_source source = hatch_source(&below);
    struct token_modules found = {0};
    pthread_t t;
    ck_assert_int_eq(pthread_create(&t, NULL, answer_one, &a), 0);
    ck_assert_int_eq(source.search(source.ctx, &found), OK);
    (void)pthread_join(t, NULL);
    ck_assert_uint_eq(found.n, 3);
    ck_assert(memcmp(found.numbers, "\x02\x00\x0f", 3) == 0);
}
END_TEST

/* The service has given a question up and asks the next: the old answer is not taken for its own,
 * and the old worker's socket is closed. */
START_TEST(answers_that_come_too_late)
{
    int late[2], pair[2];
    ck_assert(pipe(late) == 0 && pipe(pair) == 0);
    hatch_answer(&above, &(struct hatch_answer){.id = 7, .fd = late[1]});
    hatch_answer(&above, &(struct hatch_answer){.error = ERR_MODULE_NOT_FOUND, .fd = -1});
    (void)close(late[1]);
    struct exchange a = {HATCH_GET, 3, {.id = 42, .fd = pair[1]}};
    struct token_source source = hatch_source(&below);
    pthread_t t;
    uint64_t id = 0;
    own_fd fd = -1;
    ck_assert_int_eq(pthread_create(&t, NULL, answer_one, &a), 0);
    ck_assert_int_eq(source.get(source.ctx, 3, &fd, &id), OK);
    (void)pthread_join(t, NULL);
    ck_assert_uint_eq(id, 42);
    char c = 0;
    ck_assert_int_eq(write(fd, "x", 1), 1);
    ck_assert_int_eq(read(pair[0], &c, 1), 1);
    ck_assert_int_eq(read(late[0], &c, 1), 0); /* nobody holds the other end */
    (void)close(late[0]);
    (void)close(pair[0]);
    (void)close(pair[1]);
}
END_TEST

/* A worker without its socket is none. */
START_TEST(get_without_a_socket)
{
    struct exchange a = {HATCH_GET, 0, {.id = 1, .fd = -1}};
    struct token_source source = hatch_source(&below);
    pthread_t t;
    uint64_t id = 7;
    int fd = -1;
    ck_assert_int_eq(pthread_create(&t, NULL, answer_one, &a), 0);
    ck_assert_int_eq(source.get(source.ctx, 0, &fd, &id), ERR_INTERNAL);
    (void)pthread_join(t, NULL);
    ck_assert_int_eq(fd, -1);
    ck_assert_uint_eq(id, 7);
}
END_TEST

START_TEST(errors_travel)
{
    struct exchange a = {HATCH_GET, TOKEN_WATCHER, {.error = ERR_MODULE_NOT_FOUND, .fd = -1}};
    struct token_source source = hatch_source(&below);
    pthread_t t;
    uint64_t id = 7;
    int fd = -1;
    ck_assert_int_eq(pthread_create(&t, NULL, answer_one, &a), 0);
    ck_assert_int_eq(source.get(source.ctx, TOKEN_WATCHER, &fd, &id), ERR_MODULE_NOT_FOUND);
    (void)pthread_join(t, NULL);
    ck_assert_int_eq(fd, -1);
    ck_assert_uint_eq(id, 7); /* untouched on failure */
}
END_TEST

START_TEST(end_names_its_worker)
{
    struct token_source source = hatch_source(&below);
    struct hatch_request r;
    bool closed;
    source.end(source.ctx, 9);
    ck_assert(hatch_receive(&above, &r, &closed));
    ck_assert_int_eq(r.op, HATCH_END);
    ck_assert_uint_eq(r.id, 9);
    ck_assert(!hatch_receive(&above, &r, &closed) && !closed);
}
END_TEST

/* Whoever has taken over the service can send anything; only the three requests are taken. */
static const struct {
    size_t len;
    uint8_t octets[32];
} broken[] = {
    {1, {1}},
    {15, {0}},
    {17, {0, 0, 0, 0, 0, 0, 0, 0, 1}},
    {16, {0}},                                  /* op 0 */
    {16, {0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0}}, /* op 4 */
    {16, {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}},
};

START_TEST(broken_requests_close_the_hatch)
{
    struct hatch_request r;
    bool closed = false;
    ck_assert_int_eq(send(below.fd, broken[_i].octets, broken[_i].len, 0), (ssize_t)broken[_i].len);
    ck_assert(!hatch_receive(&above, &r, &closed));
    ck_assert(closed);
}
END_TEST

START_TEST(a_supervisor_that_is_gone)
{
    struct token_source source = hatch_source(&below);
    uint64_t id;
    int fd = -1;
    (void)shutdown(above.fd, SHUT_RDWR);
    ck_assert_int_eq(source.get(source.ctx, 0, &fd, &id), ERR_INTERNAL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("hatch");
    TCase *t = tcase_create("hatch");
    tcase_add_checked_fixture(t, open_pair, close_pair);
    tcase_add_test(t, get_brings_a_socket);
    tcase_add_test(t, search_brings_numbers);
    tcase_add_test(t, answers_that_come_too_late);
    tcase_add_test(t, get_without_a_socket);
    tcase_add_test(t, errors_travel);
    tcase_add_test(t, end_names_its_worker);
    tcase_add_loop_test(t, broken_requests_close_the_hatch, 0, ROWS(broken));
    tcase_add_test(t, a_supervisor_that_is_gone);
    suite_add_tcase(s, t);
    return suite_run(s);
}
