/* SPDX-License-Identifier: MIT */
#include "session/stamper.h"

#include <check.h>
#include <stdio.h>
#include <sys/socket.h>

#include "core/file.h"
#include "core/tst.h"
#include "fetch/message.h"
#include "fetch/tsa.h"
#include "tests/support/pki.h"
#include "tests/support/scratch.h"
#include "tests/support/stamped.h"
#include "tests/support/suite.h"

static const char *pki;
static struct settings settings;
static struct stamper *stamper;

/* ---- the other end: an onayd-fetch that is played, and an authority behind it ---- */

static int far_end = -1;
static unsigned gets, ends;
static err_t get_error;

static err_t get(void *ctx, int *fd, uint64_t *id)
{
    int pair[2];
    (void)ctx;
    if (get_error) return get_error;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    fd_own(&far_end);
    far_end = pair[1];
    *fd = pair[0];
    *id = ++gets;
    return OK;
}

static void end(void *ctx, uint64_t id)
{
    (void)ctx;
    ck_assert_uint_eq(id, gets);
    ends++;
}

static struct message asked; /* the newest question; what is in its body: */
static struct buf query;

static void hear(void)
{
    own(packet) p = {0};
    struct bytes body;
    ck_assert(packet_new(&p));
    ck_assert_int_eq(packet_receive(far_end, &p, true), PACKET_GOT);
    ck_assert(message_decode(bytes_of(p.p, p.len), p.n_fds, &asked));
    ck_assert_int_eq(asked.type, MESSAGE_ASK);
    ck_assert_int_eq(file_map(p.fds[0], &body), OK);
    buf_cut(&query, 0);
    buf_add(&query, body);
    file_unmap(body);
}

static void answer(enum fetch_fault fault, unsigned status, struct bytes body)
{
    static struct message m;
    own_fd fd = -1;
    own(buf) packet = buf_max(MESSAGE_MAX);
    m = (struct message){.type = MESSAGE_ANSWER,
                         .question = asked.question,
                         .fault = fault,
                         .status = status,
                         .has_body = body.len > 0};
    if (body.len > 0) {
        ck_assert_int_eq(file_memory(body, &fd), OK);
        (void)snprintf(m.answer_type, sizeof m.answer_type, "application/timestamp-reply");
    }
    message_encode(&packet, &m);
    ck_assert(packet_send(far_end, buf_bytes(&packet), &fd, fd >= 0, true));
}

static void stamp(int64_t skew)
{
    const struct stamped_by by = {pki, "tsa", utc_now() + skew};
    own(buf) made = buf_max(TST_MAX);
    stamped_answer(&by, buf_bytes(&query), &made);
    answer(FETCH_ANSWERED, 200, buf_bytes(&made));
}

/* ---- set up ---- */

static void add(struct settings_list *l, const char *text)
{
    (void)snprintf(l->at[l->n++], SETTINGS_ENTRY, "%s", text);
}

static void open_stamper(void)
{
    const struct worker_source source = {NULL, get, end};
    const char *why = NULL;
    ck_assert_int_eq(stamper_new(&settings, &source, &stamper, &why), OK);
}

static void set_up(void)
{
    settings_default(&settings);
    add(&settings.tsa, "http://tsa.example/stamp");
    query = buf_max(4096);
    gets = ends = 0;
    get_error = OK;
}

static void tear_down(void)
{
    stamper_free(stamper);
    stamper = NULL;
    ck_assert_uint_eq(gets, ends); /* no process is forgotten */
    fd_own(&far_end);
    far_end = -1;
    buf_free(&query);
}

static void sell(void)
{
    const char *path = scratch_path("basic");
    ck_assert_int_eq(file_write_private(path, bytes_str("user = ayse\npassword = gizli\n")), OK);
    (void)snprintf(settings.tsa_basic_file, sizeof settings.tsa_basic_file, "%s", path);
    add(&settings.tsa_basic_hosts, "tsa.example");
}

static struct digest imprint(void)
{
    struct digest d;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("SignatureValue"), &d));
    return d;
}

/* ---- a stamp ---- */

START_TEST(stamps)
{
    const struct digest d = imprint();
    struct tst token;
    struct der_latch why = {0};
    open_stamper();
    ck_assert_uint_eq(gets, 0); /* nothing is started before there is something to ask */
    ck_assert_int_eq(stamper_deadline(stamper), 0);
    stamper_ask(stamper, &d);
    ck_assert_int_eq(stamper_step(stamper), STAMPER_BUSY);
    ck_assert_int_ne(stamper_deadline(stamper), 0);
    hear();
    ck_assert_str_eq(asked.url, "http://tsa.example/stamp");
    stamp(0);
    ck_assert_int_eq(stamper_step(stamper), STAMPER_ANSWERED);
    ck_assert(tst_read(stamper_token(stamper), &token, &why) && tst_covers(&token, &d));
    ck_assert_int_eq(stamper_deadline(stamper), 0);
    stamper_rest(stamper);
    ck_assert_uint_eq(ends, 1);
    ck_assert(tst_read(stamper_token(stamper), &token, &why)); /* it outlives its process */
}
END_TEST

/* What an answer may have done to one process, no other question meets. */
START_TEST(a_process_each)
{
    const struct digest d = imprint();
    open_stamper();
    for (unsigned i = 1; i <= 3; i++) {
        stamper_ask(stamper, &d);
        hear();
        stamp(0);
        ck_assert_int_eq(stamper_step(stamper), STAMPER_ANSWERED);
        ck_assert_uint_eq(gets, i);
    }
}
END_TEST

START_TEST(the_next_authority)
{
    const struct digest d = imprint();
    add(&settings.tsa, "http://second.example/");
    open_stamper();
    stamper_ask(stamper, &d);
    hear();
    answer(FETCH_CONNECT, 0, bytes_of(NULL, 0));
    ck_assert_int_eq(stamper_step(stamper), STAMPER_BUSY);
    hear();
    ck_assert_str_eq(asked.url, "http://second.example/");
    stamp(0);
    ck_assert_int_eq(stamper_step(stamper), STAMPER_ANSWERED);
}
END_TEST

/* ---- the clock ---- */

static const struct {
    int64_t skew; /* s, the authority's clock minus ours */
    err_t error;
    int64_t least, most; /* of what SigningTime is put back by */
} clocks[] = {
    {0, OK, -2, 0},
    {5, OK, 0, 0},
    {-40, OK, -42, -40},
    {-TSA_MAX_SKEW + 5, OK, -TSA_MAX_SKEW, -TSA_MAX_SKEW + 4},
    {TSA_MAX_SKEW + 60, ERR_CLOCK_SKEW, 0, 0},
    {-TSA_MAX_SKEW - 60, ERR_CLOCK_SKEW, 0, 0},
};

START_TEST(clock_of)
{
    open_stamper();
    stamper_probe(stamper);
    hear();
    stamp(clocks[_i].skew);
    const bool good = clocks[_i].error == OK;
    ck_assert_int_eq(stamper_step(stamper), good ? STAMPER_ANSWERED : STAMPER_FAILED);
    if (!good) ck_assert_int_eq(stamper_error(stamper, NULL), clocks[_i].error);
    ck_assert_int_ge(stamper_skew(stamper), clocks[_i].least);
    ck_assert_int_le(stamper_skew(stamper), clocks[_i].most);
}
END_TEST

/* ---- a probe ---- */

/* RFC 3161 2.4.2: who sells stamps is asked for one that has to be refused; a token is as good. */
START_TEST(probe_of_who_sells)
{
    sell();
    open_stamper();
    stamper_probe(stamper);
    hear();
    ck_assert(asked.has_header[FETCH_AUTHORIZATION]);
    /* 2.999, DER 88 37 */
    ck_assert_ptr_nonnull(memmem(query.p, query.len, "\x06\x02\x88\x37", 4));
    stamp(0); /* OpenSSL refuses a policy that it does not have */
    ck_assert_int_eq(stamper_step(stamper), STAMPER_ANSWERED);
    ck_assert_uint_eq(stamper_token(stamper).len, 0);
}
END_TEST

START_TEST(probe_of_who_does_not)
{
    open_stamper();
    stamper_probe(stamper);
    hear();
    ck_assert(!asked.has_header[FETCH_AUTHORIZATION]);
    ck_assert_ptr_null(memmem(query.p, query.len, "\x06\x02\x88\x37", 4));
    /* 2.4.2: PKIStatus rejection, badRequest */
    answer(FETCH_ANSWERED, 200, bytes_str("\x30\x09\x30\x07\x02\x01\x02\x03\x02\x05\x20"));
    ck_assert_int_eq(stamper_step(stamper), STAMPER_FAILED);
    ck_assert_int_eq(stamper_error(stamper, NULL), ERR_TSA_REJECTED);
}
END_TEST

/* ---- failures ---- */

static const struct {
    enum fetch_fault fault;
    unsigned status;
    err_t error;
} failures[] = {
    {FETCH_TIMEOUT, 0, ERR_TSA_UNREACHABLE},    {FETCH_HOST, 0, ERR_TSA_UNREACHABLE},
    {FETCH_ANSWERED, 503, ERR_TSA_UNREACHABLE}, {FETCH_ANSWERED, 429, ERR_TSA_UNREACHABLE},
    {FETCH_ANSWERED, 401, ERR_TSA_REJECTED},    {FETCH_ANSWERED, 200, ERR_TSA_REJECTED},
};

START_TEST(fails)
{
    const struct digest d = imprint();
    char detail[200];
    open_stamper();
    stamper_ask(stamper, &d);
    hear();
    answer(failures[_i].fault, failures[_i].status, bytes_of(NULL, 0));
    ck_assert_int_eq(stamper_step(stamper), STAMPER_FAILED);
    ck_assert_int_eq(stamper_error(stamper, detail), failures[_i].error);
    ck_assert(detail[0] != 0);
    ck_assert_uint_eq(stamper_token(stamper).len, 0);
}
END_TEST

START_TEST(the_process_dies)
{
    const struct digest d = imprint();
    open_stamper();
    stamper_ask(stamper, &d);
    fd_own(&far_end);
    far_end = -1;
    ck_assert_int_eq(stamper_step(stamper), STAMPER_FAILED);
    ck_assert_int_eq(stamper_error(stamper, NULL), ERR_TSA_UNREACHABLE);
    stamper_ask(stamper, &d); /* the next question has another one */
    hear();
    stamp(0);
    ck_assert_int_eq(stamper_step(stamper), STAMPER_ANSWERED);
}
END_TEST

START_TEST(no_process)
{
    const struct digest d = imprint();
    get_error = ERR_FILE_UNREADABLE;
    open_stamper();
    stamper_ask(stamper, &d);
    ck_assert_int_eq(stamper_step(stamper), STAMPER_FAILED);
    ck_assert_int_eq(stamper_error(stamper, NULL), ERR_FILE_UNREADABLE);
    get_error = OK;
    stamper_ask(stamper, &d);
    hear();
    stamp(0);
    ck_assert_int_eq(stamper_step(stamper), STAMPER_ANSWERED);
}
END_TEST

START_TEST(given_up)
{
    const struct digest d = imprint();
    open_stamper();
    stamper_ask(stamper, &d);
    stamper_rest(stamper);
    ck_assert_int_eq(stamper_step(stamper), STAMPER_IDLE);
    ck_assert_int_eq(stamper_deadline(stamper), 0);
    ck_assert_uint_eq(ends, 1);
}
END_TEST

int main(void)
{
    pki = pki_make("stamper");
    Suite *s = suite_create("stamper");
    TCase *t = tcase_create("stamper");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, stamps);
    tcase_add_test(t, a_process_each);
    tcase_add_test(t, the_next_authority);
    tcase_add_loop_test(t, clock_of, 0, ROWS(clocks));
    tcase_add_test(t, probe_of_who_sells);
    tcase_add_test(t, probe_of_who_does_not);
    tcase_add_loop_test(t, fails, 0, ROWS(failures));
    tcase_add_test(t, the_process_dies);
    tcase_add_test(t, no_process);
    tcase_add_test(t, given_up);
    suite_add_tcase(s, t);
    return suite_run(s);
}
