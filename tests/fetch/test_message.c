/* SPDX-License-Identifier: MIT */
#include "fetch/message.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

static struct message m, out;

static void ask(void)
{
    m = (struct message){.type = MESSAGE_ASK,
                         .question = 7,
                         .method = FETCH_POST,
                         .has_body = true,
                         .max_octets = 1000,
                         .max_ms = 2000,
                         .url = "http://zd.kamusm.gov.tr",
                         .body_type = "application/timestamp-query",
                         .accept = "application/timestamp-reply",
                         .has_header = {[FETCH_IDENTITY] = true},
                         .headers = {[FETCH_IDENTITY] = "3056"}};
}

static void get(void)
{
    ask();
    m.method = FETCH_GET;
    m.has_body = false;
    m.body_type[0] = 0;
}

static void cancel(void)
{
    m = (struct message){.type = MESSAGE_CANCEL, .question = UINT32_MAX};
}

static void answer(void)
{
    m = (struct message){.type = MESSAGE_ANSWER,
                         .question = 1,
                         .has_body = true,
                         .status = 200,
                         .answer_type = "application/timestamp-reply"};
}

static void fault(void)
{
    m = (struct message){
        .type = MESSAGE_ANSWER, .fault = FETCH_TLS, .detail = "certificate has expired"};
}

static void (*const makers[])(void) = {ask, get, cancel, answer, fault};

START_TEST(there_and_back)
{
    own(buf) once = buf_max(MESSAGE_MAX), twice = buf_max(MESSAGE_MAX);
    makers[_i]();
    message_encode(&once, &m);
    ck_assert(buf_ok(&once));
    ck_assert(message_decode(buf_bytes(&once), m.has_body, &out));
    ck_assert_uint_eq(out.question, m.question);
    ck_assert_str_eq(out.url, m.url);
    message_encode(&twice, &out);
    ck_assert(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
    ck_assert(!message_decode(buf_bytes(&once), m.has_body + 1u, &out));
    ck_assert(!message_decode(buf_bytes(&once), !m.has_body, &out));
    buf_byte(&once, 0);
    ck_assert(!message_decode(buf_bytes(&once), m.has_body, &out));
    for (size_t n = 0; n + 1 < once.len; n++)
        ck_assert(!message_decode(bytes_of(once.p, n), m.has_body, &out));
}
END_TEST

/* Nothing that could become another line of HTTP, another limit or another kind of message. */
static void no_url(void)
{
    ask();
    m.url[0] = 0;
}
static void long_url(void)
{
    ask();
    memset(m.url, 'a', sizeof m.url);
}
static void newline_in_header(void)
{
    ask();
    (void)snprintf(m.headers[FETCH_IDENTITY], 32, "a\r\nHost: b");
}
static void newline_in_url(void)
{
    ask();
    (void)snprintf(m.url, 32, "http://a/\nb");
}
static void newline_in_accept(void)
{
    ask();
    (void)snprintf(m.accept, 32, "a\nb: c");
}
static void letter_beyond_ascii(void)
{
    ask();
    (void)snprintf(m.url, 32, "http://ş.tr");
}
static void no_octets(void)
{
    ask();
    m.max_octets = 0;
}
static void many_octets(void)
{
    ask();
    m.max_octets = FETCH_MAX_ANSWER + 1;
}
static void no_time(void)
{
    ask();
    m.max_ms = 0;
}
static void much_time(void)
{
    ask();
    m.max_ms = FETCH_MAX_MS + 1;
}
static void get_with_body(void)
{
    ask();
    m.method = FETCH_GET;
}
static void body_without_type(void)
{
    ask();
    m.body_type[0] = 0;
}
static void cancel_with_body(void)
{
    cancel();
    m.has_body = true;
}
static void fault_with_status(void)
{
    fault();
    m.status = 200;
}
static void fault_with_body(void)
{
    fault();
    m.has_body = true;
}
static void answer_without_status(void)
{
    answer();
    m.status = 0;
}
static void informational(void)
{
    answer();
    m.status = 100;
}
static void other_type(void)
{
    answer();
    m.type = (enum message_type)3;
}

static void (*const bad[])(void) = {
    no_url,
    long_url,
    newline_in_header,
    newline_in_url,
    newline_in_accept,
    letter_beyond_ascii,
    no_octets,
    many_octets,
    no_time,
    much_time,
    get_with_body,
    body_without_type,
    cancel_with_body,
    fault_with_status,
    fault_with_body,
    answer_without_status,
    informational,
    other_type,
};

START_TEST(refused)
{
    own(buf) b = buf_max(MESSAGE_MAX);
    bad[_i]();
    message_encode(&b, &m);
    ck_assert(!buf_ok(&b));
}
END_TEST

/* The same of what comes in: an octet of a good packet changed. */
START_TEST(changed)
{
    static const struct {
        size_t at;
        uint8_t to;
    } changes[] = {{0, 2},    {1, 3},     {1, 99},    {2, 2},     {3, 1},  {8, 2},
                   {9, 0xff}, {13, 0xff}, {17, 0xff}, {19, '\n'}, {19, 0}, {19, 0x80}};
    own(buf) b = buf_max(MESSAGE_MAX);
    ask();
    message_encode(&b, &m);
    b.p[changes[_i].at] = changes[_i].to;
    ck_assert(!message_decode(buf_bytes(&b), 1, &out));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("message");
    TCase *t = tcase_create("message");
    tcase_add_loop_test(t, there_and_back, 0, ROWS(makers));
    tcase_add_loop_test(t, refused, 0, ROWS(bad));
    tcase_add_loop_test(t, changed, 0, 12);
    suite_add_tcase(s, t);
    return suite_run(s);
}
