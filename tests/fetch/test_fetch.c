/* SPDX-License-Identifier: MIT */
/* The client, opposite a process that says what it should not: it is believed no further. */
#include "fetch/fetch.h"

#include <check.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "core/file.h"
#include "fetch/message.h"
#include "tests/support/suite.h"

static int far_end;
static struct fetch *f;
static struct message m;

static void setup(void)
{
    int ends[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    far_end = ends[1];
    ck_assert_int_eq(fetch_new(ends[0], &f), OK);
}

static void teardown(void)
{
    fetch_free(f);
    if (far_end >= 0) (void)close(far_end);
}

static const struct fetch_request plain = {
    .url = "http://a.tr/", .max_octets = 1000, .max_ms = 1000};

static uint32_t ask(void)
{
    uint32_t question = 0;
    ck_assert_int_eq(fetch_ask(f, &plain, &question), OK);
    ck_assert_uint_ne(question, 0);
    return question;
}

/* What arrived there. */
static void hear(struct buf *body)
{
    own(packet) p = {0};
    struct bytes mapped;
    ck_assert(packet_new(&p));
    ck_assert_int_eq(packet_receive(far_end, &p, true), PACKET_GOT);
    ck_assert(message_decode(bytes_of(p.p, p.len), p.n_fds, &m));
    if (!m.has_body) return;
    ck_assert(file_memory_sealed(p.fds[0]));
    ck_assert_int_eq(file_map(p.fds[0], &mapped), OK);
    buf_add(body, mapped);
    file_unmap(mapped);
}

static void answer(uint32_t question, int fd)
{
    own(buf) b = buf_max(MESSAGE_MAX);
    m = (struct message){.type = MESSAGE_ANSWER,
                         .question = question,
                         .has_body = fd >= 0,
                         .status = 200,
                         .answer_type = "text/plain"};
    message_encode(&b, &m);
    ck_assert(buf_ok(&b) && packet_send(far_end, buf_bytes(&b), &fd, fd >= 0, true));
}

static void expect_gone(uint32_t question)
{
    struct fetch_answer a;
    uint32_t none;
    ck_assert(fetch_next(f, &a));
    ck_assert_uint_eq(a.question, question);
    ck_assert_int_eq(a.fault, FETCH_GONE);
    ck_assert(!fetch_next(f, &a));
    ck_assert_int_eq(fetch_ask(f, &plain, &none), ERR_INTERNAL);
}

START_TEST(question_and_answer)
{
    own(buf) body = buf_max(100);
    own(fetch_answer) a = {0};
    own_fd memory = -1;
    uint32_t question;
    const struct fetch_request r = {.method = FETCH_POST,
                                    .url = "https://a.tr/x",
                                    .type = "text/plain",
                                    .accept = "image/png",
                                    .headers = {[FETCH_AUTHORIZATION] = "Basic x"},
                                    .body = bytes_str("what?"),
                                    .max_octets = 7,
                                    .max_ms = 8};
    ck_assert_int_eq(fetch_ask(f, &r, &question), OK);
    hear(&body);
    ck_assert(bytes_eq_str(buf_bytes(&body), "what?"));
    ck_assert_str_eq(m.url, "https://a.tr/x");
    ck_assert_str_eq(m.headers[FETCH_AUTHORIZATION], "Basic x");
    ck_assert(!m.has_header[FETCH_IDENTITY]);
    ck_assert(m.max_octets == 7 && m.max_ms == 8);
    ck_assert(!fetch_next(f, &a));
    ck_assert_int_eq(file_memory(bytes_str("that"), &memory), OK);
    answer(question, memory);
    ck_assert(fetch_next(f, &a));
    ck_assert(a.question == question && a.status == 200 && a.fault == FETCH_ANSWERED);
    ck_assert(bytes_eq_str(a.body, "that"));
}
END_TEST

START_TEST(not_asked)
{
    static const struct fetch_request bad[] = {
        {.url = "", .max_octets = 1, .max_ms = 1},
        {.url = "http://a.tr/\r\nX: y", .max_octets = 1, .max_ms = 1},
        {.url = "http://a.tr/", .max_octets = 0, .max_ms = 1},
        {.url = "http://a.tr/", .max_octets = FETCH_MAX_ANSWER + 1, .max_ms = 1},
        {.url = "http://a.tr/", .max_octets = 1, .max_ms = FETCH_MAX_MS + 1},
        {.url = "http://a.tr/", .body = {(const uint8_t *)"x", 1}, .max_octets = 1, .max_ms = 1},
        {.url = "http://a.tr/", .headers = {"a\nb"}, .max_octets = 1, .max_ms = 1},
    };
    struct fetch_answer a;
    uint32_t question = 0;
    for (int i = 0; i < ROWS(bad); i++)
        ck_assert_int_eq(fetch_ask(f, &bad[i], &question), ERR_INVALID_FIELD);
    ck_assert_uint_eq(question, 0);
    ck_assert(!fetch_next(f, &a));
}
END_TEST

START_TEST(so_many_at_a_time)
{
    uint32_t question, first = ask();
    struct fetch_answer a;
    for (int i = 1; i < FETCH_MAX_OPEN; i++) (void)ask();
    ck_assert_int_eq(fetch_ask(f, &plain, &question), ERR_TOO_MANY_REQUESTS);
    answer(first, -1);
    ck_assert(fetch_next(f, &a));
    (void)ask();
}
END_TEST

START_TEST(given_up)
{
    own(buf) body = buf_max(100);
    uint32_t first = ask(), second = ask();
    struct fetch_answer a;
    fetch_cancel(f, first);
    fetch_cancel(f, 4711);
    for (int i = 0; i < 3; i++) hear(&body);
    ck_assert(m.type == MESSAGE_CANCEL && m.question == first);
    answer(first, -1);
    answer(4712, -1);
    answer(second, -1);
    ck_assert(fetch_next(f, &a));
    ck_assert_uint_eq(a.question, second);
    ck_assert(!fetch_next(f, &a));
}
END_TEST

START_TEST(hung_up)
{
    uint32_t question = ask();
    (void)close(far_end);
    far_end = -1;
    expect_gone(question);
}
END_TEST

/* What could still be changed behind our back is no body. */
START_TEST(not_sealed)
{
    uint32_t question = ask();
    own_fd memory = memfd_create("x", MFD_CLOEXEC);
    ck_assert_int_eq(write(memory, "that", 4), 4);
    answer(question, memory);
    expect_gone(question);
}
END_TEST

START_TEST(an_empty_body)
{
    uint32_t question = ask();
    own_fd memory = -1;
    ck_assert_int_eq(file_memory(bytes_of(NULL, 0), &memory), OK);
    answer(question, memory);
    expect_gone(question);
}
END_TEST

START_TEST(not_an_answer)
{
    static const char *const said[] = {"", "hello", "\1\20\1\0\0\0\0\1", "\1\2\0\0\0\0\0\1"};
    static const size_t lengths[] = {1, 5, 8, 8};
    uint32_t question = ask();
    ck_assert(packet_send(far_end, bytes_of(said[_i], lengths[_i]), NULL, 0, true));
    expect_gone(question);
}
END_TEST

START_TEST(names)
{
    for (enum fetch_fault i = FETCH_ANSWERED; i < FETCH_FAULT_COUNT; i++) {
        ck_assert_uint_gt(strlen(fetch_fault_slug(i)), 0);
        ck_assert_uint_gt(strlen(fetch_fault_text(i, LANG_TR)), 0);
        ck_assert_str_ne(fetch_fault_text(i, LANG_TR), fetch_fault_text(i, LANG_EN));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fetch");
    TCase *t = tcase_create("fetch");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, question_and_answer);
    tcase_add_test(t, not_asked);
    tcase_add_test(t, so_many_at_a_time);
    tcase_add_test(t, given_up);
    tcase_add_test(t, hung_up);
    tcase_add_test(t, not_sealed);
    tcase_add_test(t, an_empty_body);
    tcase_add_loop_test(t, not_an_answer, 0, 4);
    tcase_add_test(t, names);
    suite_add_tcase(s, t);
    return suite_run(s);
}
