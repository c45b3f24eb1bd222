/* SPDX-License-Identifier: MIT */
/* May a site come in: what is asked, what an answer opens, and what is no question. */
#include "pkcs11/admission.h"

#include <check.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "core/packet.h"
#include "pkcs11/pinentry.h"
#include "tests/support/dialog.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static const char *dir;

/* ---- the process, as a thread ---- */

struct process {
    pthread_t thread;
    int ours, theirs;
    int status;
};

static void *process(void *p)
{
    struct process *q = p;
    q->status = admission_run(q->theirs, DIALOG_PROGRAM);
    (void)shutdown(q->theirs, SHUT_RDWR);
    return NULL;
}

static void start(struct process *p)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    *p = (struct process){.ours = fds[0], .theirs = fds[1]};
    ck_assert_int_eq(pthread_create(&p->thread, NULL, process, p), 0);
}

static int ended(struct process *p)
{
    ck_assert_int_eq(pthread_join(p->thread, NULL), 0);
    (void)close(p->ours);
    (void)close(p->theirs);
    return p->status;
}

static struct admission_question question(const char *origin, enum lang lang)
{
    struct admission_question q = {.lang = lang, .seconds = 20};
    (void)snprintf(q.origin, sizeof q.origin, "%s", origin);
    return q;
}

/* ---- answers ---- */

static const struct {
    const char *script;
    err_t error;
    enum admission granted;
    size_t dialogs;
} rows[] = {
    {"ok\n", OK, ADMISSION_ONCE, 1},
    {"no\nok\n", OK, ADMISSION_ALWAYS, 2},
    {"cancel\n", ERR_CONSENT_DECLINED, 0, 1},
    {"no\ncancel\n", ERR_CONSENT_DECLINED, 0, 2},
    /* a program that tells every closed window as the button for no: still two answers short */
    {"no\nno\n", ERR_CONSENT_DECLINED, 0, 2},
    {"timeout\n", ERR_CONSENT_TIMEOUT, 0, 1},
    {"no\ntimeout\n", ERR_CONSENT_TIMEOUT, 0, 2},
    {"no-display\n", ERR_DIALOG_UNAVAILABLE, 0, 1},
    {"die\n", ERR_DIALOG_UNAVAILABLE, 0, 1},
    {"garbage\n", ERR_DIALOG_UNAVAILABLE, 0, 1},
    {"no\ndie\n", ERR_DIALOG_UNAVAILABLE, 0, 2},
};

START_TEST(answers)
{
    const struct admission_question q = question("https://portal.example", LANG_TR);
    enum admission granted = ADMISSION_ONCE;
    struct process p;
    dialog_script(dir, rows[_i].script);
    start(&p);
    ck_assert(admission_ask(p.ours, &q));
    struct pollfd wait = {.fd = p.ours, .events = POLLIN};
    ck_assert_int_eq(poll(&wait, 1, 10000), 1);
    ck_assert_int_eq(admission_hear(p.ours, &granted), rows[_i].error);
    if (!rows[_i].error) ck_assert_int_eq(granted, rows[_i].granted);
    ck_assert_int_eq(ended(&p), 0);
    ck_assert_uint_eq(dialog_count("CONFIRM"), rows[_i].dialogs);
}
END_TEST

/* ---- what is shown ---- */

#define L60 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"
static const char *const shown[] = {
    "https://portal.example",
    "https://xn--bavuru-xjb.example:8443",
    "https://" L60 "." L60 "." L60 ".aaaaaaaaaabbbbbbbbbbcccccccccc.ddddddddddeeee.example:4433",
};

START_TEST(texts)
{
    static const char *const asks[] = {"Tanınmayan bir internet sitesi soruyor:%0A%0A",
                                       "A web site that is not known asks:%0A%0A"};
    for (size_t i = 0; i < ROWS(shown); i++) {
        const struct admission_question q = question(shown[i], (enum lang)_i);
        struct process p;
        dialog_script(dir, "no\ncancel\n");
        start(&p);
        ck_assert(admission_ask(p.ours, &q));
        ck_assert_int_eq(ended(&p), 0);
        char line[512];
        (void)snprintf(line, sizeof line, "SETDESC %s%s", asks[_i], shown[i]);
        ck_assert_msg(strstr(dialog_log(), line), "%s\n%s", line, dialog_log());
        /* nothing was cut: the last sentence of both is there */
        ck_assert_ptr_nonnull(
            strstr(dialog_log(), _i == LANG_EN ? "this address.\n" : "izin vermeyin.\n"));
        ck_assert_ptr_nonnull(strstr(dialog_log(), "onay origins remove\n"));
    }
}
END_TEST

START_TEST(name_beside)
{
    const struct admission_question q = question(shown[1], LANG_TR);
    struct process p;
    dialog_script(dir, "no\ncancel\n");
    start(&p);
    ck_assert(admission_ask(p.ours, &q));
    ck_assert_int_eq(ended(&p), 0);
    static const char both[] = "https://xn--bavuru-xjb.example:8443 (başvuru.example)";
    const char *first = strstr(dialog_log(), both);
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(strstr(first + 1, both)); /* in the second dialog too */
}
END_TEST

/* ---- who asked has gone ---- */

START_TEST(hang_up)
{
    const struct admission_question q = question("https://portal.example", LANG_TR);
    struct process p;
    dialog_script(dir, "wait\n");
    start(&p);
    ck_assert(admission_ask(p.ours, &q));
    ck_assert(dialog_wait());
    (void)close(p.ours);
    p.ours = -1;
    const int64_t before = pinentry_now();
    ck_assert_int_eq(ended(&p), 0);
    ck_assert_int_lt(pinentry_now() - before, 5000);
}
END_TEST

/* ---- what is no question, and what is no answer ---- */

static const struct {
    const char *octets;
    size_t len;
} no_questions[] = {
    {"", 0},
    {"\0", 1},
    {"\0\0\x14", 3},
    {"\2\0\x14\0\x16https://portal.example", 27},   /* no such language */
    {"\0\0\0\0\x16https://portal.example", 27},     /* no time */
    {"\0\xff\xff\0\x16https://portal.example", 27}, /* too much */
    {"\0\0\x14\0\x16https://Portal.example", 27},   /* no origin */
    {"\0\0\x14\0\x17https://portal.example\n", 28}, /* */
    {"\0\0\x14\0\x04null", 9},                      /* */
    {"\0\0\x14\0\x00", 5},                          /* */
    {"\0\0\x14\0\x16https://portal.examplex", 28},  /* more than one question */
    {"\0\0\x14\0\x17https://portal.example", 27},   /* cut off */
    {"\0\0\x14\0\x16https://portal\0example", 27},  /* NUL */
};

START_TEST(no_question)
{
    struct process p;
    dialog_script(dir, "ok\n");
    start(&p);
    if (no_questions[_i].len)
        ck_assert(packet_send(p.ours, bytes_of(no_questions[_i].octets, no_questions[_i].len), NULL,
                              0, true));
    else
        (void)shutdown(p.ours, SHUT_WR);
    ck_assert_int_eq(ended(&p), 1);
    ck_assert_uint_eq(dialog_count("CONFIRM"), 0);
}
END_TEST

static const struct {
    const char *octets;
    size_t len;
} no_answers[] = {{"", 0}, {"\0", 1}, {"\0\2", 2}, {"\5\0", 2}, {"\0\0\0", 3}, {"\xff\xff", 2}};

START_TEST(no_answer)
{
    int fds[2];
    enum admission granted = ADMISSION_ONCE;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    if (no_answers[_i].len)
        ck_assert(packet_send(fds[1], bytes_of(no_answers[_i].octets, no_answers[_i].len), NULL, 0,
                              true));
    (void)close(fds[1]);
    ck_assert_int_eq(admission_hear(fds[0], &granted), ERR_INTERNAL);
    (void)close(fds[0]);
}
END_TEST

/* The question that is taken, octet by octet: what the rows above are broken from. */
START_TEST(a_question)
{
    struct process p;
    dialog_script(dir, "ok\n");
    start(&p);
    ck_assert(
        packet_send(p.ours, bytes_of("\0\0\x14\0\x16https://portal.example", 27), NULL, 0, true));
    ck_assert_int_eq(ended(&p), 0);
    ck_assert_uint_eq(dialog_count("CONFIRM"), 1);
}
END_TEST

int main(void)
{
    dir = scratch_new();
    Suite *s = suite_create("admission");
    TCase *t = tcase_create("admission");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, answers, 0, ROWS(rows));
    tcase_add_loop_test(t, texts, 0, 2);
    tcase_add_test(t, name_beside);
    tcase_add_test(t, hang_up);
    tcase_add_test(t, a_question);
    tcase_add_loop_test(t, no_question, 0, ROWS(no_questions));
    tcase_add_loop_test(t, no_answer, 0, ROWS(no_answers));
    suite_add_tcase(s, t);
    return suite_run(s);
}
