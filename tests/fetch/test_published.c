/* SPDX-License-Identifier: MIT */
#include "fetch/published.h"

#include <check.h>
#include <sys/socket.h>

#include "core/file.h"
#include "fetch/message.h"
#include "tests/support/suite.h"

/* ---- what is asked ---- */

static const struct {
    enum published what;
    const char *body;
    enum fetch_method method;
    const char *type;
    uint32_t most; /* octets of the answer */
} questions[] = {
    {PUBLISHED_RESPONSE, "0x", FETCH_POST, "application/ocsp-request",
     128u << 10},                                           /* RFC 6960 A.1 */
    {PUBLISHED_LIST, "", FETCH_GET, "", FETCH_MAX_ANSWER},  /* RFC 5280 4.2.1.13 */
    {PUBLISHED_CERTIFICATE, "", FETCH_GET, "", 128u << 10}, /* RFC 5280 4.2.2.1 */
};

START_TEST(asked)
{
    int ends[2];
    static struct message m;
    own(packet) p = {0};
    own_ptr(fetch) f = NULL;
    uint32_t question = 0;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    own_fd far_end = ends[1];
    ck_assert_int_eq(fetch_new(ends[0], &f), OK);
    ck_assert_int_eq(published_ask(f, questions[_i].what, "http://a.tr/x",
                                   bytes_str(questions[_i].body), &question),
                     OK);
    ck_assert(packet_new(&p));
    ck_assert_int_eq(packet_receive(far_end, &p, true), PACKET_GOT);
    ck_assert(message_decode(bytes_of(p.p, p.len), p.n_fds, &m));
    ck_assert_uint_eq(m.question, question);
    ck_assert_int_eq(m.method, questions[_i].method);
    ck_assert_str_eq(m.url, "http://a.tr/x");
    ck_assert_str_eq(m.body_type, questions[_i].type);
    ck_assert_uint_eq(m.max_octets, questions[_i].most);
    ck_assert(m.max_ms <= PUBLISHED_MAX_MS && m.has_body == (questions[_i].body[0] != 0));
    /* Nothing of the user's is among what is told. */
    for (size_t i = 0; i < FETCH_HEADER_COUNT; i++) ck_assert(!m.has_header[i]);
}
END_TEST

/* ---- what is an answer ---- */

static const struct {
    enum published what;
    enum fetch_fault fault;
    unsigned status;
    const char *type, *body, *detail; /* NULL: it is one */
} answers[] = {
    {PUBLISHED_RESPONSE, FETCH_ANSWERED, 200, "application/ocsp-response", "0", NULL},
    {PUBLISHED_RESPONSE, FETCH_ANSWERED, 200, "Application/OCSP-Response; x=y", "0", NULL},
    {PUBLISHED_RESPONSE, FETCH_ANSWERED, 200, "application/ocsp-responses", "0", "RFC 6960 A.1"},
    {PUBLISHED_RESPONSE, FETCH_ANSWERED, 200, "text/html", "0", "RFC 6960 A.1"},
    {PUBLISHED_RESPONSE, FETCH_ANSWERED, 200, "", "0", "RFC 6960 A.1"},
    {PUBLISHED_RESPONSE, FETCH_ANSWERED, 200, "application/ocsp-response", "", "an empty answer"},
    {PUBLISHED_RESPONSE, FETCH_ANSWERED, 503, "application/ocsp-response", "0", "HTTP 503"},
    {PUBLISHED_LIST, FETCH_ANSWERED, 200, "application/octet-stream", "0", NULL},
    {PUBLISHED_LIST, FETCH_ANSWERED, 200, "", "0", NULL},
    {PUBLISHED_LIST, FETCH_ANSWERED, 304, "", "", "HTTP 304"},
    {PUBLISHED_LIST, FETCH_TOO_LARGE, 0, "", "", "the answer is too large"},
    {PUBLISHED_CERTIFICATE, FETCH_ANSWERED, 206, "", "0", "HTTP 206"},
    {PUBLISHED_CERTIFICATE, FETCH_ADDRESS, 0, "", "", "an address in a private network"},
};

START_TEST(good)
{
    char detail[FETCH_ROOM_DETAIL] = "";
    const char *want = answers[_i].detail;
    struct fetch_answer a = {.fault = answers[_i].fault,
                             .status = answers[_i].status,
                             .body = bytes_str(answers[_i].body)};
    memcpy(a.type, answers[_i].type, strlen(answers[_i].type));
    ck_assert(published_good(answers[_i].what, &a, detail) == (want == NULL));
    if (want) ck_assert_msg(strncmp(detail, want, strlen(want)) == 0, "%s", detail);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("published");
    TCase *t = tcase_create("published");
    tcase_add_loop_test(t, asked, 0, ROWS(questions));
    tcase_add_loop_test(t, good, 0, ROWS(answers));
    suite_add_tcase(s, t);
    return suite_run(s);
}
