/* SPDX-License-Identifier: MIT */
#include "api/server.h"

#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>

#include "tests/support/faketoken.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

/* A server with a token on a script, on a Unix socket of its own, in a thread of its own. */
static const char *pki;
static bool by_hand; /* the script, set before start: each test is a process of its own */
static err_t fault;
static struct settings settings;
static struct fake *fake;
static struct session *session;
static struct server *server;
static pthread_t thread;
static struct sockaddr_un address = {.sun_family = AF_UNIX};

static int listen_here(void)
{
    socklen_t n = sizeof address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    ck_assert_int_ge(fd, 0);
    /* Linux gives a name of its own choice, outside any folder, for an address without one. */
    address = (struct sockaddr_un){.sun_family = AF_UNIX};
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address.sun_family), 0);
    ck_assert_int_eq(listen(fd, 8), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &n), 0);
    return fd;
}

static void *serve(void *unused)
{
    (void)unused;
    ck_assert_int_eq(server_run(server), OK);
    return NULL;
}

static void start(void)
{
    settings_default(&settings);
    fake = fake_new(pki);
    (void)fake_add(fake, "p256");
    fake->by_hand = by_hand;
    fake->listing_fault = fault;
    fake->listing_faults = fault ? 1000 : 0;
    session = session_new(&settings, &fake->token, NULL);
    ck_assert_ptr_nonnull(session);
    struct server_config config = {
        .settings = &settings, .session = session, .n_listeners = 1, .token = "", .version = "0"};
    config.listeners[0] = (struct listener){LISTENER_UNIX, listen_here(), 0};
    ck_assert_int_eq(server_new(&config, &server), OK);
    ck_assert_int_eq(pthread_create(&thread, NULL, serve, NULL), 0);
}

static void stop(void)
{
    server_stop(server);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    server_free(server);
    session_free(session);
    fake_free(fake);
}

/* ---- a client ---- */

static int dial(void)
{
    /* An address without a path has the length that bind gave it: NUL and five hex digits. */
    const socklen_t n = sizeof address.sun_family + 6;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, n), 0);
    return fd;
}

/* hear reads until the server closes; the caller frees. */
static char *hear(int fd)
{
    own(buf) answer = buf_max(1 << 20);
    for (;;) {
        uint8_t *room = buf_reserve(&answer, 65536);
        ck_assert_ptr_nonnull(room);
        ssize_t n = recv(fd, room, 65536, 0);
        ck_assert_int_ge(n, 0);
        if (n == 0) break;
        buf_commit(&answer, (size_t)n);
    }
    (void)close(fd);
    return strdup(buf_cstr(&answer));
}

static void say(int fd, const char *method, const char *path, const char *type, const char *body)
{
    own(buf) text = buf_max(1 << 20);
    buf_fmt(&text, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Language: en\r\n",
            method, path);
    if (type) buf_fmt(&text, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, strlen(body));
    buf_str(&text, "\r\n");
    buf_str(&text, type ? body : "");
    ck_assert(buf_ok(&text));
    ck_assert_int_eq(send(fd, text.p, text.len, MSG_NOSIGNAL), (ssize_t)text.len);
}

static char *ask(const char *method, const char *path, const char *type, const char *body)
{
    int fd = dial();
    say(fd, method, path, type, body);
    return hear(fd);
}

/* expect asks without a body and demands a piece of the answer. */
static void expect(const char *method, const char *path, const char *piece)
{
    own_mem(char) answer = ask(method, path, NULL, NULL);
    ck_assert_msg(strstr(answer, piece) != NULL, "%s %s: %s", method, path, answer);
}

#define BODY                                                                                       \
    "{\"application\":{\"orderNo\":\"SD-780\"},\"documents\":[{\"role\":\"other\",\"name\":\"a\"," \
    "\"mimeType\":\"text/plain\",\"content\":\"YQ==\"}],\"signature\":{\"profile\":\"B-B\","       \
    "\"packaging\":\"detached\"}}"

/* begin POSTs an approval; `path` gets its Location. */
static void begin(char path[64])
{
    own_mem(char) answer = ask("POST", "/v1/approvals", "application/json", BODY);
    const char *at = strstr(answer, "\r\nLocation: ");
    ck_assert_msg(at && strstr(answer, " 202 "), "%s", answer);
    ck_assert_int_eq(sscanf(at, "\r\nLocation: %63s", path), 1);
}

/* ---- the tests ---- */

START_TEST(a_whole_approval)
{
    char path[64], poll[96];
    start();
    begin(path);
    (void)snprintf(poll, sizeof poll, "%s?wait=20&after=0", path);
    for (int i = 0; i < 50; i++) {
        own_mem(char) answer = ask("GET", poll, NULL, NULL);
        if (strstr(answer, "\"final\":true")) break;
    }
    expect("GET", path, "\"state\":\"done\"");
    (void)snprintf(poll, sizeof poll, "%s/signature", path);
    expect("GET", poll, "<ds:Signature ");
    expect("HEAD", poll, "Content-Type: application/xml");
    expect("DELETE", path, " 204 ");
    expect("GET", path, "approval-unknown");
    stop();
}
END_TEST

START_TEST(listing_is_waited_for)
{
    start();
    expect("GET", "/v1/certificates", "\"keyType\":\"P-256\"");
    expect("GET", "/v1/readers", "card-present");
    for (int i = 0; i < 98; i++) expect("GET", "/v1/certificates", "\"qualified\":true");
    /* Within two seconds the card is left alone; a hundred requests would take minutes to need
     * more listings than this. */
    server_stop(server);
    ck_assert_uint_lt(fake->listings, 50);
    stop();
}
END_TEST

START_TEST(module_fault_is_told)
{
    fault = ERR_MODULE_NOT_FOUND;
    start();
    expect("GET", "/v1/certificates", "\"slug\":\"module-not-found\"");
    expect("GET", "/v1/certificates", " 409 ");
    stop();
}
END_TEST

START_TEST(unfinished_requests_are_let_go)
{
    start();
    int silent = dial(), half = dial(), body = dial(), upload = dial();
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
    stop(); /* with the upload still open */
    (void)close(upload);
}
END_TEST

START_TEST(another_user_is_refused)
{
    if (getuid() != 0) {
        printf("# another_user_is_refused needs root to become another user\n");
        return;
    }
    start();
    /* The system call, not the library's function: this thread alone becomes another user. */
    ck_assert_int_eq(syscall(SYS_setresuid, -1, 65534, -1), 0);
    int stranger = dial();
    ck_assert_int_eq(syscall(SYS_setresuid, -1, 0, -1), 0);
    say(stranger, "GET", "/v1/health", NULL, NULL);
    own_mem(char) answer = hear(stranger);
    ck_assert_msg(strstr(answer, "\"slug\":\"other-user\""), "%s", answer);
    expect("GET", "/v1/health", "\"state\":\"ready\"");
    stop();
}
END_TEST

START_TEST(parked_calls_hear_the_end)
{
    char path[64], poll[96];
    by_hand = true;
    start();
    begin(path);
    (void)snprintf(poll, sizeof poll, "%s?wait=30", path);
    int parked = dial();
    say(parked, "GET", poll, NULL, NULL);
    expect("GET", "/v1/health", "\"state\":\"ready\"");
    stop();
    own_mem(char) answer = hear(parked);
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
    tcase_add_test(t, a_whole_approval);
    tcase_add_test(t, listing_is_waited_for);
    tcase_add_test(t, module_fault_is_told);
    tcase_add_test(t, unfinished_requests_are_let_go);
    tcase_add_test(t, another_user_is_refused);
    tcase_add_test(t, parked_calls_hear_the_end);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
