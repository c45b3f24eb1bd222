/* SPDX-License-Identifier: MIT */
#include "api/server.h"

#include <check.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/support/pki.h"
#include "tests/support/served.h"
#include "tests/support/suite.h"

static const char *pki;
static struct served *served;

static void set_up(void)
{
    served = served_new(pki);
}

static void expect(const char *method, const char *path, const char *piece)
{
    served_expect(served, method, path, piece);
}

START_TEST(a_whole_approval)
{
    char path[64], poll[96];
    served_start(served);
    served_begin(served, path);
    (void)snprintf(poll, sizeof poll, "%s?wait=20&after=0", path);
    for (int i = 0; i < 50; i++) {
        own_mem(char) answer = served_ask(served, "GET", poll, NULL, NULL);
        if (strstr(answer, "\"final\":true")) break;
    }
    expect("GET", path, "\"state\":\"done\"");
    (void)snprintf(poll, sizeof poll, "%s/signature", path);
    expect("GET", poll, "<ds:Signature ");
    expect("HEAD", poll, "Content-Type: application/xml");
    expect("DELETE", path, " 204 ");
    expect("GET", path, "approval-unknown");
    served_stop(served);
}
END_TEST

START_TEST(listing_is_waited_for)
{
    served_start(served);
    expect("GET", "/v1/certificates", "\"keyType\":\"P-256\"");
    expect("GET", "/v1/readers", "card-present");
    for (int i = 0; i < 98; i++) expect("GET", "/v1/certificates", "\"qualified\":true");
    /* Within two seconds the card is left alone; a hundred requests would take minutes to need
     * more listings than this. */
    server_stop(served->server);
    ck_assert_uint_lt(served->fake->listings, 50);
    served_stop(served);
}
END_TEST

START_TEST(module_fault_is_told)
{
    served->fake->listing_fault = ERR_MODULE_NOT_FOUND;
    served->fake->listing_faults = 1000;
    served_start(served);
    expect("GET", "/v1/certificates", "\"slug\":\"module-not-found\"");
    expect("GET", "/v1/certificates", " 409 ");
    served_stop(served);
}
END_TEST

START_TEST(unfinished_requests_are_let_go)
{
    served_start(served);
    int silent = served_dial(served), half = served_dial(served), body = served_dial(served),
        upload = served_dial(served);
    ck_assert_int_eq(send(half, "GET /v1/he", 10, MSG_NOSIGNAL), 10);
    static const char begun[] =
        "POST /v1/approvals HTTP/1.1\r\nHost: x\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"a\"";
    ck_assert_int_gt(send(body, begun, sizeof begun - 1, MSG_NOSIGNAL), 0);
    static const char pieces[] = "POST /v1/documents HTTP/1.1\r\nHost: x\r\n"
                                 "Content-Type: application/octet-stream\r\n"
                                 "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n";
    ck_assert_int_gt(send(upload, pieces, sizeof pieces - 1, MSG_NOSIGNAL), 0);
    expect("GET", "/v1/health", "\"state\":\"ready\"");
    (void)close(silent);
    (void)close(half);
    (void)close(body);
    expect("GET", "/v1/health", "\"state\":\"ready\"");
    served_stop(served); /* with the upload still open */
    (void)close(upload);
}
END_TEST

START_TEST(another_user_is_refused)
{
    if (getuid() != 0) {
        printf("# another_user_is_refused needs root to become another user\n");
        return;
    }
    served_start(served);
    /* The system call, not the library's function: this thread alone becomes another user. */
    ck_assert_int_eq(syscall(SYS_setresuid, -1, 65534, -1), 0);
    int stranger = served_dial(served);
    ck_assert_int_eq(syscall(SYS_setresuid, -1, 0, -1), 0);
    served_say(stranger, "GET", "/v1/health", NULL, NULL);
    own_mem(char) answer = served_hear(stranger);
    ck_assert_msg(strstr(answer, "\"slug\":\"other-user\""), "%s", answer);
    expect("GET", "/v1/health", "\"state\":\"ready\"");
    served_stop(served);
}
END_TEST

START_TEST(parked_calls_hear_the_end)
{
    char path[64], poll[96];
    served->fake->by_hand = true;
    served_start(served);
    served_begin(served, path);
    (void)snprintf(poll, sizeof poll, "%s?wait=30", path);
    int parked = served_dial(served);
    served_say(parked, "GET", poll, NULL, NULL);
    expect("GET", "/v1/health", "\"state\":\"ready\"");
    served_stop(served);
    own_mem(char) answer = served_hear(parked);
    ck_assert_msg(strstr(answer, " 200 ") && strstr(answer, path + strlen("/v1/approvals/")), "%s",
                  answer);
}
END_TEST

int main(void)
{
    pki = pki_make("test_server");
    Suite *suite = suite_create("server");
    TCase *t = tcase_create("server");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_test(t, a_whole_approval);
    tcase_add_test(t, listing_is_waited_for);
    tcase_add_test(t, module_fault_is_told);
    tcase_add_test(t, unfinished_requests_are_let_go);
    tcase_add_test(t, another_user_is_refused);
    tcase_add_test(t, parked_calls_hear_the_end);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
