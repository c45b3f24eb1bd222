/* SPDX-License-Identifier: MIT */
/*
 * Several modules as one token: real workers with SoftHSM and with a module that misbehaves, and a
 * watcher whose words are the test's own.
 */
#include "pkcs11/spawn.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>

#include "core/file.h"
#include "pkcs11/pinentry.h"
#include "pkcs11/wire.h"
#include "tests/support/dialog.h"
#include "tests/support/event.h"
#include "tests/support/order.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#define MAX_MODULES 3

static const char *dir;
static char softhsm[256], mock[4096];

static const struct test_document documents[] = {
    {"form.xml", "application/xml", "<form/>", false},
};

static void run_output(const char *command, char *out, size_t size)
{
    FILE *f = popen(command, "re");
    if (!f || !fgets(out, (int)size, f) || pclose(f) != 0) exit(99);
    out[strcspn(out, "\n")] = 0;
}

static void make_tokens(void)
{
    char path[5000];
    const char *o = getenv("O");
    dir = scratch_new();
    scratch_run("fixtures/pki/make %s/pki", dir);
    scratch_run("fixtures/token/make --attended %s/a %s/pki rsa p256", dir, dir);
    scratch_run("fixtures/token/make --attended %s/b %s/pki p384", dir, dir);
    scratch_run(
        "mkdir -p %s/none/tokens && sed s,/b/,/none/, %s/b/softhsm2.conf >%s/none/softhsm2.conf",
        dir, dir, dir);
    (void)snprintf(path, sizeof path, "sed -n 's/^module = //p' %s/a/onayd.conf", dir);
    run_output(path, softhsm, sizeof softhsm);
    (void)snprintf(path, sizeof path, "%s/onayd-token", o ? o : "build/release");
    char real[5000];
    if (!realpath(path, real) || setenv("ONAYD_TOKEN", real, 1) != 0) exit(99);
    (void)snprintf(path, sizeof path, "%s/tests/mock/fault.so", o ? o : "build/release");
    if (!realpath(path, mock)) exit(99);
    (void)snprintf(path, sizeof path, "%s/pki/p256.der", dir);
    if (setenv("MOCK_CERT", path, 1) != 0) exit(99);
}

/* ---- a source of the test's own ---- */

static struct machine {
    size_t n;
    struct {
        const char *module, *token, *fault; /* its path; folder of the SoftHSM token; of the mock */
        unsigned gets;
        pid_t pid;
    } at[MAX_MODULES];
    int watcher; /* the far end */
    struct readers readers;
} machine;

static err_t search(void *ctx, struct token_modules *out)
{
    (void)ctx;
    out->n = machine.n;
    for (size_t i = 0; i < machine.n; i++) out->numbers[i] = (uint8_t)i;
    return machine.n ? OK : ERR_MODULE_NOT_FOUND;
}

static err_t get_watcher(int *fd, uint64_t *id)
{
    int pair[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    *fd = pair[0];
    *id = 0;
    machine.watcher = pair[1];
    return OK;
}

static err_t get(void *ctx, unsigned number, int *fd, uint64_t *id)
{
    (void)ctx;
    if (number == TOKEN_WATCHER) return get_watcher(fd, id);
    ck_assert_uint_lt(number, machine.n);
    char conf[128];
    (void)snprintf(conf, sizeof conf, "%s/%s/softhsm2.conf", dir,
                   machine.at[number].token ? machine.at[number].token : "none");
    ck_assert_int_eq(setenv("SOFTHSM2_CONF", conf, 1), 0);
    const char *fault = machine.at[number].fault;
    ck_assert_int_eq(setenv("MOCK_FAULT", fault ? fault : "", 1), 0);
    struct token_config c = {.module = machine.at[number].module, .pinentry = DIALOG_PROGRAM};
    err_t e = spawn_worker(&c, fd, &machine.at[number].pid);
    machine.at[number].gets++;
    *id = (uint64_t)machine.at[number].pid;
    return e;
}

static void end(void *ctx, uint64_t id)
{
    (void)ctx;
    if (id) (void)kill((pid_t)id, SIGKILL);
}

static void add_softhsm(const char *token)
{
    machine.at[machine.n].module = softhsm;
    machine.at[machine.n++].token = token;
}

static void add_mock(const char *fault)
{
    machine.at[machine.n].module = mock;
    machine.at[machine.n++].fault = fault;
}

static struct token *proxy(unsigned call_seconds)
{
    struct token *t = NULL;
    struct token_source source = {NULL, search, get, end};
    dialog_script(dir, "");
    ck_assert_int_eq(token_proxy(&source, call_seconds, &t), OK);
    struct token_event e;
    ck_assert(!token_next(t, &e)); /* the watcher is there */
    return t;
}

/* ---- the watcher ---- */

static struct wire_message out;

static void say(enum wire_type type)
{
    own(buf) packet = buf_max(PACKET_MAX);
    out.type = type;
    wire_encode(&packet, &out);
    ck_assert(buf_ok(&packet));
    ck_assert(packet_send(machine.watcher, buf_bytes(&packet), NULL, 0, true));
}

static void watcher_says(const struct readers *r)
{
    out.readers = *r;
    say(WIRE_READERS);
}

/* pcscd runs, and a reader of that name holds a card. */
static void watch_reader(const char *name)
{
    out.error = OK;
    say(WIRE_READY);
    machine.readers = (struct readers){.service = true, .n = 1};
    machine.readers.at[0] = (struct reader){.state = READER_CARD, .events = 1};
    (void)snprintf(machine.readers.at[0].name, READERS_NAME_MAX, "%s", name);
    watcher_says(&machine.readers);
}

static void card_leaves(void)
{
    machine.readers.at[0].state = READER_EMPTY;
    machine.readers.at[0].events++;
    watcher_says(&machine.readers);
}

static void pcscd_dies(void)
{
    watcher_says(readers_none());
}

/* ---- questions ---- */

static const struct token_listing *list(struct token *t)
{
    ck_assert_int_eq(token_ask_listing(t), OK);
    return event_expect(t, TOKEN_LISTED).listing;
}

static void read_der(const char *name, struct buf *der)
{
    char path[64];
    *der = buf_max(65536);
    (void)snprintf(path, sizeof path, "pki/%s.der", name);
    ck_assert_int_eq(file_read(scratch_path(path), der), OK);
}

static struct digest id_of(const char *name)
{
    own(buf) der = {0};
    struct digest id;
    read_der(name, &der);
    ck_assert(cert_id(buf_bytes(&der), &id));
    return id;
}

static void ask(struct token *t, const char *name, enum sig_alg alg, struct test_order *o)
{
    own(buf) der = {0};
    read_der(name, &der);
    order_make(o, buf_bytes(&der), alg, documents, 1);
    ck_assert_int_eq(token_ask_signature(t, &o->order), OK);
}

/* The person has agreed and typed the PIN; the card has not been asked yet. */
static void consent(struct token *t, const char *name, enum sig_alg alg, struct test_order *o)
{
    dialog_script(dir, "pin 123456\n");
    ask(t, name, alg, o);
    (void)event_expect(t, TOKEN_ASKING);
    (void)event_expect(t, TOKEN_CONSENTED);
}

static void sign(struct token *t, const char *name, enum sig_alg alg)
{
    own(test_order) o = {0};
    consent(t, name, alg, &o);
    token_proceed(t, true);
    (void)event_expect(t, TOKEN_SIGNED);
}

/* ---- listing ---- */

START_TEST(two_modules)
{
    add_softhsm("a");
    add_softhsm("b");
    own_ptr(token) t = proxy(60);
    const struct token_listing *l = list(t);
    ck_assert_uint_eq(l->n_certs, 3);
    size_t i = 0;
    while (l->slots[i].module == 0) i++;
    ck_assert(strncmp(l->slots[i].id, "m1-", 3) == 0);
    sign(t, "p256", SIG_ECDSA_SHA256);
    (void)list(t);
    sign(t, "p384", SIG_ECDSA_SHA384);
}
END_TEST

/* One card through two modules: each certificate once, in the hands of the preferred module. */
START_TEST(two_modules_one_card)
{
    add_softhsm("a");
    add_softhsm("a");
    own_ptr(token) t = proxy(60);
    const struct token_listing *l = list(t);
    ck_assert_uint_eq(l->n_certs, 2);
    for (size_t i = 0; i < 2; i++) ck_assert_uint_eq(l->slots[l->certs[i].slot].module, 0);
}
END_TEST

static const char *const broken[] = {"load-crash", "load-hang", "slots-hang", "init-error"};

/* A module that dies or hangs keeps nobody's card waiting, neither now nor the next time. */
START_TEST(broken_module)
{
    add_mock(broken[_i]);
    add_softhsm("b");
    own_ptr(token) t = proxy(4);
    int64_t begun = pinentry_now();
    for (int i = 0; i < 3; i++) {
        ck_assert_uint_eq(list(t)->n_certs, 1);
        sign(t, "p384", SIG_ECDSA_SHA384);
    }
    printf("# beside a module with %s: three signatures in %lld ms\n", broken[_i],
           (long long)(pinentry_now() - begun));
    /* It costs no storm of processes either. */
    ck_assert_uint_le(machine.at[0].gets, 6);
}
END_TEST

START_TEST(late_module)
{
    add_mock("load-hang");
    add_softhsm("b");
    own_ptr(token) t = proxy(4);
    (void)list(t);
    machine.at[0].fault = ""; /* its next worker will be fine */
    struct token_event e;
    size_t n = 0;
    for (int i = 0; i < 10 && n != 2; i++) {
        do ck_assert(event_wait(t, &e, 20000));
        while (e.kind != TOKEN_CHANGED);
        n = list(t)->n_certs;
    }
    ck_assert_uint_eq(n, 2);
}
END_TEST

START_TEST(all_broken)
{
    add_mock("load-crash");
    add_mock("init-error");
    own_ptr(token) t = proxy(4);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect_failure(t, ERR_MODULE_CRASHED);
}
END_TEST

/* A broken module is only worth an error when it may be the one that knows the card. */
START_TEST(broken_and_a_card)
{
    add_mock("load-crash");
    add_softhsm(NULL);
    own_ptr(token) t = proxy(4);
    ck_assert_uint_eq(list(t)->n_certs, 0);
    watch_reader("Reader");
    (void)event_expect(t, TOKEN_CHANGED);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect_failure(t, ERR_MODULE_CRASHED);
}
END_TEST

START_TEST(no_module)
{
    own_ptr(token) t = proxy(4);
    ck_assert_int_eq(token_ask_listing(t), ERR_MODULE_NOT_FOUND);
    add_softhsm("b"); /* a driver is installed */
    ck_assert_uint_eq(list(t)->n_certs, 1);
}
END_TEST

/* ---- choice ---- */

static const struct {
    const char *answers;
    const char *chosen; /* NULL: declined */
} choices[] = {
    {"ok\n", "rsa"},        {"no\nok\n", "p256"}, {"no\nno\nok\n", "p384"},
    {"no\nno\nno\n", NULL}, {"cancel\n", NULL},   {"no\nno\ncancel\n", NULL},
};

START_TEST(choice)
{
    add_softhsm("a");
    add_softhsm("b");
    own_ptr(token) t = proxy(60);
    struct digest ids[] = {id_of("rsa"), id_of("p256"), id_of("p384")};
    struct token_order words = {.order_no = "SD-780", .consent_seconds = 60};
    (void)list(t);
    dialog_script(dir, choices[_i].answers);
    ck_assert_int_eq(token_ask_choice(t, ids, 3, &words), OK);
    struct token_event e;
    do ck_assert(event_wait(t, &e, 60000));
    while (e.kind == TOKEN_ASKING);
    if (choices[_i].chosen) {
        ck_assert_int_eq(e.kind, TOKEN_CHOSEN);
        ck_assert(!e.none);
        struct digest want = id_of(choices[_i].chosen);
        ck_assert(bytes_eq(digest_bytes(&e.chosen), digest_bytes(&want)));
    } else {
        ck_assert_int_eq(e.kind, TOKEN_FAILED);
        ck_assert_int_eq(e.error, ERR_CONSENT_DECLINED);
    }
    const char *last = strrchr(dialog_log(), '3');
    ck_assert_ptr_nonnull(last); /* "… / 3", whoever offers it */
}
END_TEST

/* ---- the card leaves ---- */

static const char *reader_of(struct token *t)
{
    static char name[READERS_NAME_MAX];
    const struct token_listing *l = list(t);
    ck_assert_uint_ge(l->n_certs, 1);
    (void)snprintf(name, sizeof name, "%s", l->slots[l->certs[0].slot].reader);
    return name;
}

/* PC/SC knows the reader of the first certificate, and its card. */
static void watch_card(struct token *t)
{
    watch_reader(reader_of(t));
    (void)event_expect(t, TOKEN_CHANGED);
}

static const struct {
    void (*happens)(void);
    err_t error;
} leavings[] = {{card_leaves, ERR_CARD_REMOVED}, {pcscd_dies, ERR_CARD_SERVICE}};

START_TEST(leaves_during_consent)
{
    own(test_order) o = {0};
    add_softhsm("b");
    own_ptr(token) t = proxy(60);
    watch_card(t);
    dialog_script(dir, "wait\n");
    ask(t, "p384", SIG_ECDSA_SHA384, &o);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(dialog_wait());
    leavings[_i].happens();
    ck_assert(!event_expect_failure(t, leavings[_i].error).sent);
}
END_TEST

/* Any of those that the person chooses among: what is offered is no longer so. */
START_TEST(leaves_during_choice)
{
    add_softhsm("a");
    own_ptr(token) t = proxy(60);
    struct digest ids[] = {id_of("rsa"), id_of("p256")};
    struct token_order words = {.order_no = "SD-780", .consent_seconds = 60};
    watch_card(t);
    dialog_script(dir, "wait\n");
    ck_assert_int_eq(token_ask_choice(t, ids, 2, &words), OK);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(dialog_wait());
    leavings[_i].happens();
    ck_assert(!event_expect_failure(t, leavings[_i].error).sent);
    ck_assert_int_eq(token_ask_listing(t), OK); /* nothing is open */
}
END_TEST

/* Nothing may reach a card of which nobody knows whose it is. */
START_TEST(leaves_before_proceed)
{
    own(test_order) o = {0};
    add_softhsm("b");
    own_ptr(token) t = proxy(60);
    watch_card(t);
    consent(t, "p384", SIG_ECDSA_SHA384, &o);
    machine.readers.at[0].events += 2; /* out and in again: another card, perhaps */
    watcher_says(&machine.readers);
    struct token_event e;
    do ck_assert(event_wait(t, &e, 10000));
    while (e.kind == TOKEN_CHANGED);
    token_proceed(t, true);
    ck_assert_int_eq(e.kind, TOKEN_FAILED);
    ck_assert_int_eq(e.error, ERR_CARD_REMOVED);
    ck_assert(!e.sent);
}
END_TEST

/* A module that does not notice: it is ended, long before its own deadline. */
START_TEST(leaves_during_signature)
{
    own(test_order) o = {0};
    add_mock("sign-hang");
    own_ptr(token) t = proxy(600);
    (void)list(t);
    watch_card(t);
    consent(t, "p256", SIG_ECDSA_SHA256, &o);
    token_proceed(t, true);
    event_none(t, 300); /* it hangs */
    int64_t left = pinentry_now();
    leavings[_i].happens();
    struct token_event e = event_expect_failure(t, leavings[_i].error);
    ck_assert(e.sent);
    ck_assert_int_lt(pinentry_now() - left, 600 * 1000 / 2);
    printf("# a hanging module was given up %lld ms after the card had left\n",
           (long long)(pinentry_now() - left));
    machine.at[0].fault = "";
    (void)list(t); /* another worker answers */
}
END_TEST

/* So is one that was reading the card, long before its own deadline; its successor reads the next.
 */
START_TEST(leaves_during_listing)
{
    add_mock("slots-hang");
    own_ptr(token) t = proxy(600);
    watch_reader("Mock reader");
    (void)event_expect(t, TOKEN_CHANGED);
    ck_assert_int_eq(token_ask_listing(t), OK);
    event_none(t, 300);
    machine.at[0].fault = "";
    card_leaves();
    (void)event_expect_failure(t, ERR_MODULE_TIMEOUT);
    ck_assert_uint_eq(list(t)->n_certs, 1);
}
END_TEST

/* A module feels it first, and calls it what it likes. */
START_TEST(module_notices_first)
{
    own(test_order) o = {0};
    add_mock("sign-error");
    own_ptr(token) t = proxy(60);
    (void)list(t);
    watch_card(t);
    consent(t, "p256", SIG_ECDSA_SHA256, &o);
    token_proceed(t, true);
    event_none(t, 200);
    if (_i) card_leaves();
    (void)event_expect_failure(t, _i ? ERR_CARD_REMOVED : ERR_CARD_ERROR);
}
END_TEST

START_TEST(workers_follow_a_new_pcscd)
{
    add_softhsm("b");
    own_ptr(token) t = proxy(60);
    watch_card(t);
    unsigned before = machine.at[0].gets;
    pcscd_dies();
    (void)event_expect(t, TOKEN_CHANGED);
    ck_assert_uint_eq(machine.at[0].gets, before);
    watcher_says(&machine.readers);
    (void)event_expect(t, TOKEN_CHANGED);
    (void)list(t);
    ck_assert_uint_eq(machine.at[0].gets, before + 1);
}
END_TEST

/* A warm worker has read the card that was there: once one has come or gone, another takes its
 * place. */
START_TEST(warm_worker_follows_the_cards)
{
    own(test_order) o = {0};
    add_softhsm("b");
    own_ptr(token) t = proxy(60);
    watch_card(t);
    dialog_script(dir, "wait\n");
    ask(t, "p384", SIG_ECDSA_SHA384, &o);
    (void)event_expect(t, TOKEN_ASKING);
    event_none(t, 500); /* the next one gets warm */
    ck_assert_uint_eq(machine.at[0].gets, 2);
    machine.readers.n = 2;
    machine.readers.at[1] = (struct reader){.name = "Other", .state = READER_CARD, .events = 1};
    watcher_says(&machine.readers);
    (void)event_expect(t, TOKEN_CHANGED);
    token_cancel(t);
    (void)event_expect_failure(t, ERR_CONSENT_DECLINED);
    sign(t, "p384", SIG_ECDSA_SHA384);
    (void)list(t);
    ck_assert_uint_gt(machine.at[0].gets, 2);
}
END_TEST

/* Nobody was looking for a moment: no card has left. */
START_TEST(watcher_dies)
{
    own(test_order) o = {0};
    add_softhsm("b");
    own_ptr(token) t = proxy(60);
    watch_card(t);
    dialog_script(dir, "wait\n");
    ask(t, "p384", SIG_ECDSA_SHA384, &o);
    (void)event_expect(t, TOKEN_ASKING);
    (void)close(machine.watcher);
    event_none(t, 500);
    ck_assert(token_readers(t)->service);
    token_cancel(t);
    (void)event_expect_failure(t, ERR_CONSENT_DECLINED);
}
END_TEST

int main(void)
{
    make_tokens();
    Suite *s = suite_create("proxy");
    TCase *t = tcase_create("proxy");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, two_modules);
    tcase_add_test(t, two_modules_one_card);
    tcase_add_loop_test(t, broken_module, 0, ROWS(broken));
    tcase_add_test(t, late_module);
    tcase_add_test(t, all_broken);
    tcase_add_test(t, broken_and_a_card);
    tcase_add_test(t, no_module);
    tcase_add_loop_test(t, choice, 0, ROWS(choices));
    tcase_add_loop_test(t, leaves_during_consent, 0, ROWS(leavings));
    tcase_add_loop_test(t, leaves_during_choice, 0, ROWS(leavings));
    tcase_add_test(t, leaves_before_proceed);
    tcase_add_loop_test(t, leaves_during_signature, 0, ROWS(leavings));
    tcase_add_test(t, leaves_during_listing);
    tcase_add_loop_test(t, module_notices_first, 0, 2);
    tcase_add_test(t, workers_follow_a_new_pcscd);
    tcase_add_test(t, warm_worker_follows_the_cards);
    tcase_add_test(t, watcher_dies);
    suite_add_tcase(s, t);
    return suite_run(s);
}
