/* SPDX-License-Identifier: MIT */
#include "pkcs11/spawn.h"

#include <check.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "core/file.h"
#include "core/settings.h"
#include "pkcs11/pinentry.h"
#include "pkcs11/wire.h"
#include "tests/support/dialog.h"
#include "tests/support/event.h"
#include "tests/support/order.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#define PATIENCE_MS 60000

static const char *dir;

static const struct test_document documents[] = {
    {"form.xml", "application/xml", "<form/>", false},
    {"text.txt", "text/plain", "Taahhüt ederim.", false},
};

static const char *built(const char *name)
{
    static char path[512];
    const char *o = getenv("O");
    (void)snprintf(path, sizeof path, "%s/%s", o ? o : "build/release", name);
    return path;
}

static void make_tokens(void)
{
    dir = scratch_new();
    scratch_run("fixtures/pki/make %s/pki", dir);
    scratch_run("fixtures/token/make --attended %s/a %s/pki rsa p256 p384", dir, dir);
    scratch_run("fixtures/token/make %s/u %s/pki p256", dir, dir);
    char path[5000];
    if (!realpath(built("onayd-token"), path) || setenv("ONAYD_TOKEN", path, 1) != 0) exit(99);
    (void)snprintf(path, sizeof path, "%s/pki/p256.der", dir);
    if (setenv("MOCK_CERT", path, 1) != 0) exit(99);
}

/* ---- a source that counts ---- */

static struct worker_source real;
static unsigned gets, ends;
static uint64_t newest, first_worker;
static bool stop_next; /* the next one never gets ready */

static err_t counted_get(void *ctx, int *fd, uint64_t *id)
{
    err_t e = real.get(ctx, fd, id);
    gets++;
    if (!e) newest = *id;
    if (gets == 1) first_worker = newest;
    if (!e && stop_next) ck_assert_int_eq(kill((pid_t)*id, SIGSTOP), 0);
    return e;
}

static void counted_end(void *ctx, uint64_t id)
{
    ends++;
    real.end(ctx, id);
}

/* `uri` in the place of the configured one, if not NULL */
static struct spawn_source *source_with(const char *name, const char *uri)
{
    static struct settings s;
    struct spawn_source *source = NULL;
    char path[64];
    own(buf) why = buf_max(4096);
    settings_default(&s);
    (void)snprintf(path, sizeof path, "%s/softhsm2.conf", name);
    ck_assert_int_eq(setenv("SOFTHSM2_CONF", scratch_path(path), 1), 0);
    (void)snprintf(path, sizeof path, "%s/onayd.conf", name);
    ck_assert_int_eq(settings_read(&s, scratch_path(path), &why), OK);
    struct token_config c = {.module = s.module,
                             .token_uri = uri ? uri : s.token_uri,
                             .pinentry = DIALOG_PROGRAM,
                             .unattended_token = s.unattended_token,
                             .unattended_pin_file = s.unattended_pin_file,
                             .unattended_issuer = s.unattended_issuer};
    ck_assert_int_eq(spawn_source_new(&c, &source), OK);
    return source;
}

static struct spawn_source *source_for(const char *name)
{
    return source_with(name, NULL);
}

static struct spawn_source *source_of_mock(const char *fault, const char *module)
{
    struct spawn_source *source = NULL;
    char path[4096];
    ck_assert_ptr_nonnull(realpath(built(module), path));
    ck_assert_int_eq(setenv("MOCK_FAULT", fault, 1), 0);
    struct token_config c = {.module = path, .pinentry = DIALOG_PROGRAM};
    ck_assert_int_eq(spawn_source_new(&c, &source), OK);
    return source;
}

static struct token *connect_to(struct spawn_source *source, unsigned call_seconds)
{
    struct token *t = NULL;
    dialog_script(dir, ""); /* the first worker inherits where its dialog's script is */
    real = spawn_source_worker(source);
    struct worker_source counted = {real.ctx, counted_get, counted_end};
    ck_assert_int_eq(token_connect(&counted, call_seconds, &t), OK);
    return t;
}

static void read_der(const char *name, struct buf *der)
{
    char path[64];
    *der = buf_max(65536);
    (void)snprintf(path, sizeof path, "pki/%s.der", name);
    ck_assert_int_eq(file_read(scratch_path(path), der), OK);
}

static void order_for(const char *name, enum sig_alg alg, struct test_order *o)
{
    own(buf) der = {0};
    read_der(name, &der);
    order_make(o, buf_bytes(&der), alg, documents, 2);
}

static void expect_signature(struct token *t, const char *name, const struct test_order *o)
{
    struct token_event e = event_expect(t, TOKEN_SIGNED);
    struct cert c;
    struct der_latch why = {0};
    struct digest d;
    own(buf) der = {0};
    read_der(name, &der);
    ck_assert(cert_read(buf_bytes(&der), &c, &why));
    own_ptr(pubkey) key = pubkey_of_spki(c.spki);
    ck_assert(digest_of(sig_alg_digest(o->order.alg), o->order.signed_info, &d));
    ck_assert(pubkey_check(key, o->order.alg, &d, e.signature));
}

/* ---- with a real module ---- */

START_TEST(listing)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    for (int i = 0; i < 3; i++) {
        own(buf) der = {0};
        ck_assert_int_eq(token_ask_listing(t), OK);
        ck_assert_int_eq(token_ask_listing(t), ERR_TOO_MANY_REQUESTS);
        struct token_event e = event_expect(t, TOKEN_LISTED);
        ck_assert_str_eq(e.listing->module, "libsofthsm2.so");
        ck_assert_uint_eq(e.listing->n_certs, 3);
        read_der("rsa", &der);
        bool there = false;
        for (size_t j = 0; j < 3; j++) there |= bytes_eq(e.listing->certs[j].der, buf_bytes(&der));
        ck_assert(there);
    }
    ck_assert_uint_eq(gets, 1);
}
END_TEST

START_TEST(signatures)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    int fd = token_fd(t);
    scratch_run("echo 0.5 >%s/dialog/seconds", dir); /* typing takes longer than reading a card */
    for (unsigned i = 0; i < 3; i++) {
        own(test_order) o = {0};
        dialog_script(dir, i == 1 ? "pin 654321\npin 123456\n" : "pin 123456\n");
        order_for("p384", SIG_ECDSA_SHA384, &o);
        ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
        (void)event_expect(t, TOKEN_ASKING);
        (void)event_expect(t, TOKEN_CONSENTED);
        token_proceed(t, true);
        if (i == 1) {
            ck_assert_int_eq(event_expect(t, TOKEN_ASKING).pin, PIN_LOW);
            (void)event_expect(t, TOKEN_CONSENTED);
            token_proceed(t, true);
        }
        expect_signature(t, "p384", &o);
        ck_assert_int_eq(token_fd(t), fd);
        /* Each worker that saw a PIN is followed by another, started while the person read. */
        ck_assert_uint_eq(gets, i + 2);
    }
    while (ends < 3) event_none(t, 20); /* they log out and end by themselves */
    scratch_run("rm %s/dialog/seconds", dir);
}
END_TEST

/* Who types faster than the next worker reads the card has the card alone: that one is ended. */
START_TEST(card_for_one)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    own(test_order) o = {0};
    scratch_run("echo 0.2 >%s/dialog/seconds", dir);
    dialog_script(dir, "pin 123456\n");
    order_for("rsa", SIG_RSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)event_expect(t, TOKEN_ASKING);
    stop_next = true;
    (void)event_expect(t, TOKEN_CONSENTED);
    ck_assert_uint_eq(gets, 2);
    stop_next = false;
    token_proceed(t, true);
    ck_assert_uint_eq(ends, 1);
    expect_signature(t, "rsa", &o);
    event_none(t, 300);
    ck_assert_uint_eq(gets, 3);
    scratch_run("rm %s/dialog/seconds", dir);
}
END_TEST

START_TEST(unattended)
{
    own_ptr(spawn_source) s = source_for("u");
    own_ptr(token) t = connect_to(s, 60);
    dialog_script(dir, "");
    for (unsigned i = 0; i < 2; i++) {
        own(test_order) o = {0};
        order_for("p256", SIG_ECDSA_SHA256, &o);
        ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
        (void)event_expect(t, TOKEN_CONSENTED);
        token_proceed(t, true);
        expect_signature(t, "p256", &o);
        ck_assert_uint_eq(gets, i + 1); /* nothing is started while an answer is on its way */
        event_none(t, 100);
        ck_assert_uint_eq(gets, i + 2);
    }
    ck_assert_str_eq(dialog_log(), "");
}
END_TEST

START_TEST(cancelled)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    own(test_order) o = {0};
    dialog_script(dir, "wait\n");
    order_for("rsa", SIG_RSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(dialog_wait());
    token_cancel(t);
    ck_assert(!event_expect_failure(t, ERR_CONSENT_DECLINED).sent);
    /* No PIN was seen: the same worker goes on. */
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect(t, TOKEN_LISTED);
    ck_assert_uint_eq(ends, 0);
}
END_TEST

START_TEST(cancelled_after_consent)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    own(test_order) o = {0};
    dialog_script(dir, "pin 123456\n");
    order_for("rsa", SIG_RSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)event_expect(t, TOKEN_ASKING);
    (void)event_expect(t, TOKEN_CONSENTED);
    if (_i)
        token_cancel(t);
    else
        token_proceed(t, false);
    ck_assert(!event_expect_failure(t, ERR_CONSENT_DECLINED).sent);
    while (ends < 1) event_none(t, 20); /* this one saw a PIN */
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect(t, TOKEN_LISTED);
}
END_TEST

START_TEST(choice)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    own(test_order) o = {0};
    struct digest ids[2];
    dialog_script(dir, "no\nok\n");
    for (size_t i = 0; i < 2; i++) {
        own(buf) der = {0};
        read_der(i ? "rsa" : "p256", &der);
        ck_assert(cert_id(buf_bytes(&der), &ids[i]));
    }
    order_for("rsa", SIG_RSA_SHA256, &o);
    ck_assert_int_eq(token_ask_choice(t, ids, 2, &o.order), OK);
    (void)event_expect(t, TOKEN_ASKING);
    struct token_event e = event_expect(t, TOKEN_CHOSEN);
    ck_assert(bytes_eq(digest_bytes(&e.chosen), digest_bytes(&ids[1])));
    ck_assert_uint_eq(gets, 1);
}
END_TEST

START_TEST(killed)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    own(test_order) o = {0};
    dialog_script(dir, "wait\n");
    order_for("rsa", SIG_RSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    uint64_t first = newest;
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(dialog_wait());
    ck_assert_int_eq(kill((pid_t)first, SIGKILL), 0);
    ck_assert(!event_expect_failure(t, ERR_MODULE_CRASHED).sent);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect(t, TOKEN_LISTED);
}
END_TEST

/* A worker that sees no card, three times in a row, is replaced before the fourth look. */
START_TEST(new_eyes)
{
    own_ptr(spawn_source) blind = source_with("a", "pkcs11:token=Nobody");
    own_ptr(token) t = connect_to(blind, 60);
    for (unsigned look = 1; look <= 7; look++) {
        ck_assert_int_eq(token_ask_listing(t), OK);
        (void)event_expect(t, TOKEN_LISTED);
        ck_assert_uint_eq(ends, look / 3);
    }
    ck_assert_uint_eq(gets, 3);
}
END_TEST

START_TEST(killed_while_idle)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    for (unsigned i = 1; i <= 2; i++) {
        ck_assert_int_eq(token_ask_listing(t), OK);
        (void)event_expect(t, TOKEN_LISTED);
        ck_assert_uint_eq(gets, i);
        ck_assert_int_eq(kill((pid_t)newest, SIGKILL), 0);
        while (ends < i) event_none(t, 20);
    }
}
END_TEST

/* ---- with a module that misbehaves ---- */

static const struct {
    const char *fault;
    bool lists; /* the listing still works */
    err_t error;
    bool sent;
} faults[] = {
    {"load-crash", false, ERR_MODULE_CRASHED, false},
    {"load-hang", false, ERR_MODULE_TIMEOUT, false},
    {"init-crash", false, ERR_MODULE_CRASHED, false},
    {"init-hang", false, ERR_MODULE_TIMEOUT, false},
    {"init-error", false, ERR_CARD_ERROR, false},
    {"slots-garbage", false, ERR_CARD_ERROR, false},
    {"slots-hang", false, ERR_MODULE_TIMEOUT, false},
    {"value-garbage", true, ERR_NO_CERTIFICATE, false},
    {"login-crash", true, ERR_MODULE_CRASHED, false},
    {"login-hang", true, ERR_MODULE_TIMEOUT, false},
    {"sign-crash", true, ERR_MODULE_CRASHED, true},
    {"sign-hang", true, ERR_MODULE_TIMEOUT, true},
    {"sign-error", true, ERR_CARD_ERROR, true},
    {"sign-garbage", true, ERR_CARD_ERROR, true},
    {"init-removed", true, ERR_CARD_REMOVED, false},
    {"sign-removed", true, ERR_CARD_REMOVED, true},
    {"", true, ERR_CARD_ERROR, true}, /* a signature that does not verify */
};

static void ask_and_consent(struct token *t, struct test_order *o)
{
    dialog_script(dir, "pin 123456\n");
    order_for("p256", SIG_ECDSA_SHA256, o);
    ck_assert_int_eq(token_ask_signature(t, &o->order), OK);
}

START_TEST(misbehaving)
{
    own_ptr(spawn_source) s = source_of_mock(faults[_i].fault, "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 2);
    own(test_order) o = {0};
    if (faults[_i].lists) {
        ck_assert_int_eq(token_ask_listing(t), OK);
        struct token_event e = event_expect(t, TOKEN_LISTED);
        ck_assert_str_eq(e.listing->slots[0].reader, "Mock reader [2J");
    }
    ask_and_consent(t, &o);
    struct token_event e;
    ck_assert(event_wait(t, &e, PATIENCE_MS));
    if (e.kind == TOKEN_ASKING) {
        (void)event_expect(t, TOKEN_CONSENTED);
        token_proceed(t, true);
        ck_assert(event_wait(t, &e, PATIENCE_MS));
    }
    ck_assert_int_eq(e.kind, TOKEN_FAILED);
    ck_assert_str_eq(err_slug(e.error), err_slug(faults[_i].error));
    ck_assert(e.sent == faults[_i].sent);
}
END_TEST

START_TEST(no_storm)
{
    own_ptr(spawn_source) s =
        source_of_mock(_i ? "init-error" : "load-crash", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    for (unsigned question = 1; question <= 3; question++) {
        event_none(t, 300);
        ck_assert_int_eq(token_ask_listing(t), OK);
        (void)event_expect_failure(t, _i ? ERR_CARD_ERROR : ERR_MODULE_CRASHED);
        ck_assert_uint_le(gets, question + 1); /* one to be warm, then one a question */
    }
    event_none(t, 300);
    ck_assert_uint_eq(ends, gets);
}
END_TEST

START_TEST(mended)
{
    own_ptr(spawn_source) s = source_of_mock("init-error", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect_failure(t, ERR_CARD_ERROR);
    ck_assert_int_eq(setenv("MOCK_FAULT", "", 1), 0);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect(t, TOKEN_LISTED);
}
END_TEST

START_TEST(no_module)
{
    own_ptr(spawn_source) s = source_of_mock("", "tests/mock/nolist.so");
    own_ptr(token) t = connect_to(s, 20);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect_failure(t, ERR_MODULE_NOT_FOUND);
}
END_TEST

START_TEST(no_worker)
{
    own_ptr(spawn_source) s = source_of_mock("", "tests/mock/fault.so");
    struct worker_source w = spawn_source_worker(s);
    own_ptr(token) t = NULL;
    ck_assert_int_eq(setenv("ONAYD_TOKEN", "/no/such/program", 1), 0);
    ck_assert_int_eq(token_connect(&w, 20, &t), OK);
    ck_assert_int_eq(token_ask_listing(t), ERR_MODULE_NOT_FOUND);
}
END_TEST

/* ---- what the card says of its PIN ---- */

START_TEST(final_try_is_confirmed_first)
{
    own_ptr(spawn_source) s = source_of_mock("pin-final", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, _i ? "ok\npin 654321\nok\n" : "cancel\n");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    ck_assert_int_eq(event_expect(t, TOKEN_ASKING).pin, PIN_FINAL);
    if (_i == 0) {
        (void)event_expect_failure(t, ERR_CONSENT_DECLINED);
        ck_assert_uint_eq(dialog_count("GETPIN"), 0);
        return;
    }
    (void)event_expect(t, TOKEN_CONSENTED);
    ck_assert_uint_eq(dialog_count("CONFIRM"), 1);
    ck_assert_uint_eq(dialog_count("SETERROR SON DENEME"), 1);
    token_proceed(t, true);
    ck_assert_int_eq(event_expect(t, TOKEN_ASKING).pin, PIN_LOCKED);
    ck_assert_int_eq(event_expect_failure(t, ERR_PIN_LOCKED).pin, PIN_LOCKED);
    ck_assert_uint_eq(dialog_count("CONFIRM --one-button"), 1);
    ck_assert_uint_eq(dialog_count("GETPIN"), 1);
}
END_TEST

static const struct {
    const char *fault;
    err_t error;
    const char *told;
} hopeless[] = {
    {"pin-locked", ERR_PIN_LOCKED, "PUK"},
    {"pin-not-set", ERR_PIN_NOT_SET, "Kamu SM"},
};

START_TEST(no_pin_to_ask_for)
{
    own_ptr(spawn_source) s = source_of_mock(hopeless[_i].fault, "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, "ok\n");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)event_expect(t, TOKEN_ASKING);
    (void)event_expect_failure(t, hopeless[_i].error);
    ck_assert_uint_eq(dialog_count("GETPIN"), 0);
    ck_assert_ptr_nonnull(strstr(dialog_log(), hopeless[_i].told));
}
END_TEST

/* ---- a card that was reset by another program ---- */

static void consent_again(struct token *t)
{
    (void)event_expect(t, TOKEN_ASKING);
    (void)event_expect(t, TOKEN_CONSENTED);
    token_proceed(t, true);
}

START_TEST(login_is_lost)
{
    own_ptr(spawn_source) s = source_of_mock(_i ? "sign-lost" : "init-lost", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, "pin 123456\npin 123456\n");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    consent_again(t);
    consent_again(t);
    ck_assert_uint_eq(dialog_count("SETERROR Kart sıfırlandı"), 1);
    ck_assert_uint_eq(dialog_count("GETPIN"), 2); /* no second login by itself */
    ck_assert(
        event_expect_failure(t, ERR_CARD_ERROR).sent); /* signed at last; the mock signs nonsense */
}
END_TEST

START_TEST(login_is_always_lost)
{
    own_ptr(spawn_source) s = source_of_mock("lost-always", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, "pin 123456\npin 123456\npin 123456\npin 123456\n");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    for (int i = 0; i < 3; i++) consent_again(t);
    ck_assert(!event_expect_failure(t, ERR_CARD_ERROR).sent);
    ck_assert_uint_eq(dialog_count("GETPIN"), 3);
}
END_TEST

START_TEST(login_is_lost_and_cancelled)
{
    own_ptr(spawn_source) s = source_of_mock("sign-lost", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, "pin 123456\nwait\n");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    consent_again(t);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(dialog_wait());
    token_cancel(t);
    ck_assert(!event_expect_failure(t, ERR_CONSENT_DECLINED).sent);
}
END_TEST

/* It had been asked to sign, said that nothing was signed, and then died. */
START_TEST(killed_after_login_was_lost)
{
    own_ptr(spawn_source) s = source_of_mock("sign-lost", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, "pin 123456\nwait\n");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    uint64_t first = newest;
    consent_again(t);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(dialog_wait());
    ck_assert_int_eq(kill((pid_t)first, SIGKILL), 0);
    ck_assert(!event_expect_failure(t, ERR_MODULE_CRASHED).sent);
}
END_TEST

/* ---- a reader with keys of its own ---- */

/* The mock's reader waits until the file is there. */
static const char *pad_file(void)
{
    const char *path = scratch_path("pressed");
    (void)unlink(path);
    ck_assert_int_eq(setenv("MOCK_PAD", path, 1), 0);
    return path;
}

static struct token *ask_at_pad(struct spawn_source *s, const char *script, unsigned call_seconds)
{
    own(test_order) o = {0};
    struct token *t = connect_to(s, call_seconds);
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, script);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    consent_again(t);
    return t;
}

START_TEST(pin_pad_is_waited_for)
{
    const char *pressed = pad_file();
    own_ptr(spawn_source) s = source_of_mock("pin-pad", "tests/mock/fault.so");
    own_ptr(token) t = ask_at_pad(s, "ok\nwait\n", 2);
    ck_assert(dialog_wait());
    ck_assert_uint_eq(dialog_count("CONFIRM --one-button"), 1);
    ck_assert_ptr_nonnull(strstr(dialog_log(), "SETOK Vazgeç"));
    event_none(t, 3000); /* longer than a module call: the person is typing */
    scratch_run("touch %s", pressed);
    ck_assert(
        event_expect_failure(t, ERR_CARD_ERROR).sent); /* logged in; the mock signs nonsense */
    ck_assert_uint_eq(dialog_count("GETPIN"), 0);
}
END_TEST

static const struct {
    const char *script;
    err_t error;
} pad_ends[] = {
    {"ok\nok\n", ERR_CONSENT_DECLINED},     /* the one button is Cancel */
    {"ok\ncancel\n", ERR_CONSENT_DECLINED}, /* the window was closed */
    {"ok\ntimeout\n", ERR_CONSENT_TIMEOUT},
};

/* The module would wait for ever; its process ends and is replaced. */
START_TEST(pin_pad_given_up)
{
    (void)pad_file();
    own_ptr(spawn_source) s = source_of_mock("pin-pad", "tests/mock/fault.so");
    own_ptr(token) t = ask_at_pad(s, pad_ends[_i].script, 20);
    struct token_event e = event_expect_failure(t, pad_ends[_i].error);
    ck_assert(!e.sent);
    ck_assert_int_eq(e.tries, -1);
    while (ends < 1) event_none(t, 20);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect(t, TOKEN_LISTED);
}
END_TEST

static void let_live(void *ctx, uint64_t id)
{
    (void)ctx, (void)id;
}

/* Nobody listens any more: what the reader says then must not lead to a signature. */
START_TEST(pin_pad_and_nobody_waits)
{
    (void)pad_file();
    own_ptr(spawn_source) s = source_of_mock("pin-pad", "tests/mock/fault.so");
    struct token *t = ask_at_pad(s, "ok\nwait\n", 20);
    ck_assert(dialog_wait());
    pid_t waiting = (pid_t)first_worker;
    real.end = let_live;
    token_free(t);
    for (int i = 0; i < 1000 && waitpid(waiting, NULL, WNOHANG) == 0; i++) (void)usleep(10000);
    ck_assert_int_eq(kill(waiting, 0), -1);
}
END_TEST

/* Without a dialog the reader is waited for all the same. */
START_TEST(pin_pad_without_dialog)
{
    const char *pressed = pad_file();
    own_ptr(spawn_source) s = source_of_mock("pin-pad", "tests/mock/fault.so");
    own_ptr(token) t = ask_at_pad(s, "ok\ndie\n", 20);
    event_none(t, 500);
    scratch_run("touch %s", pressed);
    ck_assert(event_expect_failure(t, ERR_CARD_ERROR).sent);
}
END_TEST

/* ---- a new PIN ---- */

static struct token_pin_order pin_order(enum token_pin_task task)
{
    return (struct token_pin_order){.task = task, .consent_seconds = 60};
}

START_TEST(new_pin)
{
    own_ptr(spawn_source) s = source_of_mock("pin-locked,officer", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    struct token_pin_order o = pin_order(TOKEN_PIN_UNBLOCK);
    dialog_script(dir, "pin 11111111\npin 24680\npin 24680\npin 87654321\n");
    ck_assert_int_eq(token_ask_pin(t, &o), OK);
    ck_assert_int_eq(token_ask_pin(t, &o), ERR_TOO_MANY_REQUESTS);
    ck_assert_int_eq(event_expect(t, TOKEN_ASKING).pin, PIN_LOCKED);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert_int_eq(event_expect(t, TOKEN_PIN_SET).tries, -1);
    while (ends < 1) event_none(t, 20); /* that worker has seen a PIN */
}
END_TEST

START_TEST(new_pin_cancelled)
{
    own_ptr(spawn_source) s = source_for("a");
    own_ptr(token) t = connect_to(s, 60);
    struct token_pin_order o = pin_order(TOKEN_PIN_CHANGE);
    dialog_script(dir, "pin 123456\nwait\n");
    ck_assert_int_eq(token_ask_pin(t, &o), OK);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(dialog_wait());
    token_cancel(t);
    ck_assert(!event_expect_failure(t, ERR_CONSENT_DECLINED).sent);
    while (ends < 1) event_none(t, 20);
    ck_assert_int_eq(token_ask_listing(t), OK);
    (void)event_expect(t, TOKEN_LISTED);
}
END_TEST

START_TEST(new_pin_given_up_at_the_pad)
{
    (void)pad_file();
    own_ptr(spawn_source) s = source_of_mock("pin-pad", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    struct token_pin_order o = pin_order(TOKEN_PIN_CHANGE);
    dialog_script(dir, "ok\ncancel\n");
    ck_assert_int_eq(token_ask_pin(t, &o), OK);
    (void)event_expect(t, TOKEN_ASKING);
    (void)event_expect_failure(t, ERR_CONSENT_DECLINED);
    while (ends < 1) event_none(t, 20);
}
END_TEST

START_TEST(new_pin_and_a_crash)
{
    own_ptr(spawn_source) s = source_of_mock("login-crash", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    struct token_pin_order o = pin_order(TOKEN_PIN_CHANGE);
    dialog_script(dir, "pin 123456\npin 24680\npin 24680\n");
    ck_assert_int_eq(token_ask_pin(t, &o), OK);
    (void)event_expect(t, TOKEN_ASKING);
    ck_assert(!event_expect_failure(t, ERR_MODULE_CRASHED).sent);
}
END_TEST

START_TEST(pin_pad)
{
    own_ptr(spawn_source) s = source_of_mock("pin-pad", "tests/mock/fault.so");
    own_ptr(token) t = connect_to(s, 20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    dialog_script(dir, "ok\nwait\n");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)event_expect(t, TOKEN_ASKING);
    (void)event_expect(t, TOKEN_CONSENTED);
    token_proceed(t, true);
    ck_assert(
        event_expect_failure(t, ERR_CARD_ERROR).sent); /* logged in; the mock signs nonsense */
    ck_assert_uint_eq(dialog_count("GETPIN"), 0);
    ck_assert_ptr_nonnull(strstr(dialog_log(), "okuyucunun tuşlarından"));
}
END_TEST

/* ---- with a worker that was taken over ---- */

static int far_end;

static err_t lend(void *ctx, int *fd, uint64_t *id)
{
    int pair[2];
    (void)ctx;
    if (gets++ > 0) return ERR_SHUTTING_DOWN;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
    *fd = pair[0];
    far_end = pair[1];
    *id = 1;
    return OK;
}

static void count_end(void *ctx, uint64_t id)
{
    (void)ctx;
    ck_assert_uint_eq(id, 1);
    ends++;
}

/* The first worker is fetched a little later, without a question. */
static struct token *connect_to_test(unsigned call_seconds)
{
    struct worker_source w = {NULL, lend, count_end};
    struct token *t = NULL;
    struct token_event none;
    ck_assert_int_eq(token_connect(&w, call_seconds, &t), OK);
    while (gets == 0) {
        (void)poll(NULL, 0, token_timeout(t));
        ck_assert(!token_next(t, &none));
    }
    return t;
}

static struct wire_message said;

static void tell(enum wire_type type)
{
    own(buf) b = buf_max(PACKET_MAX);
    said.type = type;
    wire_encode(&b, &said);
    ck_assert(buf_ok(&b));
    ck_assert(packet_send(far_end, buf_bytes(&b), NULL, 0, true));
}

static void say_garbage(void)
{
    ck_assert(packet_send(far_end, bytes_str("hello"), NULL, 0, true));
}

static void say_signed(void)
{
    said.signature = bytes_str("forged");
    tell(WIRE_SIGNED);
}

static void say_ready_again(void)
{
    tell(WIRE_READY);
}

static void say_question(void)
{
    tell(WIRE_ASK_LISTING);
}

static void say_early_sign(void)
{
    tell(WIRE_AT_CARD);
}

static void say_listed(void)
{
    said.n_slots = 1; /* none came */
    tell(WIRE_LISTED);
}

static void say_cert_of_no_slot(void)
{
    said.cert = bytes_str("DER");
    tell(WIRE_CERT);
}

static void say_dressed_up_slot(void)
{
    said.slot = (struct token_slot){.id = "slot-1", .reader = "a\x1b[2Jb"};
    tell(WIRE_SLOT);
}

static void say_too_many_slots(void)
{
    said.slot = (struct token_slot){.id = "slot-1"};
    for (int i = 0; i <= TOKEN_MAX_SLOTS; i++) tell(WIRE_SLOT);
}

static void say_other_choice(void)
{
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("not offered"), &said.chosen));
    tell(WIRE_CHOSEN);
}

static void say_sign_step(void)
{
    said.step = TOKEN_STEP_SIGN;
    tell(WIRE_AT_CARD);
}

static void say_new_pin_step(void)
{
    said.step = TOKEN_STEP_NEW_PIN;
    tell(WIRE_AT_CARD);
}

static void say_pin_set(void)
{
    tell(WIRE_PIN_SET);
}

static void say_consented(void)
{
    tell(WIRE_CONSENTED);
}

static void say_goodbye(void)
{
    (void)close(far_end);
}

enum asked { ASK_LISTING, ASK_CHOICE, ASK_SIGNATURE, ASK_PIN };
static const struct {
    enum asked question;
    void (*say)(void);
} lies[] = {
    {ASK_LISTING, say_garbage},
    {ASK_LISTING, say_signed},
    {ASK_LISTING, say_ready_again},
    {ASK_LISTING, say_question},
    {ASK_LISTING, say_listed},
    {ASK_LISTING, say_cert_of_no_slot},
    {ASK_LISTING, say_dressed_up_slot},
    {ASK_LISTING, say_too_many_slots},
    {ASK_LISTING, say_other_choice},
    {ASK_LISTING, say_goodbye},
    {ASK_CHOICE, say_other_choice},
    {ASK_CHOICE, say_signed},
    {ASK_SIGNATURE, say_signed},
    {ASK_SIGNATURE, say_early_sign},
    {ASK_SIGNATURE, say_listed},
    {ASK_SIGNATURE, say_goodbye},
    {ASK_SIGNATURE, say_sign_step},
    {ASK_SIGNATURE, say_new_pin_step},
    {ASK_SIGNATURE, say_pin_set},
    {ASK_LISTING, say_early_sign},
    {ASK_LISTING, say_pin_set},
    {ASK_PIN, say_sign_step},
    {ASK_PIN, say_signed},
    {ASK_PIN, say_consented},
    {ASK_PIN, say_listed},
    {ASK_PIN, say_goodbye},
};

static void ask(struct token *t, enum asked question, struct test_order *o)
{
    struct digest ids[2] = {o->order.certificate, o->order.certificate};
    ids[0].v[0] ^= 1;
    if (question == ASK_LISTING) ck_assert_int_eq(token_ask_listing(t), OK);
    if (question == ASK_CHOICE) ck_assert_int_eq(token_ask_choice(t, ids, 2, &o->order), OK);
    if (question == ASK_SIGNATURE) ck_assert_int_eq(token_ask_signature(t, &o->order), OK);
    struct token_pin_order pin = pin_order(TOKEN_PIN_CHANGE);
    if (question == ASK_PIN) ck_assert_int_eq(token_ask_pin(t, &pin), OK);
}

/* The tries are counted before anybody has agreed to anything. */
static const enum asked counted[] = {ASK_LISTING, ASK_SIGNATURE, ASK_PIN};

START_TEST(counting)
{
    own_ptr(token) t = connect_to_test(20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    tell(WIRE_READY);
    ask(t, counted[_i], &o);
    said.step = TOKEN_STEP_TRIES;
    tell(WIRE_AT_CARD);
    said.tries = 2;
    said.error = ERR_PIN_WRONG;
    tell(WIRE_FAILED);
    ck_assert_int_eq(event_expect_failure(t, ERR_PIN_WRONG).tries, 2);
}
END_TEST

START_TEST(lying)
{
    own_ptr(token) t = connect_to_test(20);
    own(test_order) o = {0};
    struct token_event e;
    order_for("p256", SIG_ECDSA_SHA256, &o);
    tell(WIRE_READY);
    ask(t, lies[_i].question, &o);
    lies[_i].say();
    e = event_expect_failure(t, ERR_MODULE_CRASHED);
    ck_assert(!e.sent);
    ck_assert_uint_eq(ends, 1);
    ck_assert(!token_next(t, &e));
}
END_TEST

START_TEST(signed_before_proceed)
{
    own_ptr(token) t = connect_to_test(20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    tell(WIRE_READY);
    ask(t, ASK_SIGNATURE, &o);
    tell(WIRE_CONSENTED);
    say_signed();
    (void)event_expect(t, TOKEN_CONSENTED);
    (void)event_expect_failure(t, ERR_MODULE_CRASHED);
}
END_TEST

/* What a worker said before it ended stands, also when it is no longer there to hear the answer. */
START_TEST(last_words)
{
    own_ptr(token) t = connect_to_test(20);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    tell(WIRE_READY);
    ask(t, ASK_SIGNATURE, &o);
    tell(WIRE_CONSENTED);
    said.error = ERR_PIN_FILE_REFUSED;
    if (_i) tell(WIRE_FAILED);
    said.error = OK;
    say_goodbye();
    (void)event_expect(t, TOKEN_CONSENTED);
    token_proceed(t, true);
    (void)event_expect_failure(t, _i ? ERR_PIN_FILE_REFUSED : ERR_MODULE_CRASHED);
}
END_TEST

START_TEST(silent)
{
    own_ptr(token) t = connect_to_test(1);
    struct token_event e;
    ck_assert_int_eq(token_ask_listing(t), OK);
    ck_assert(!token_next(t, &e)); /* never waits */
    ck_assert_int_ge(token_timeout(t), 0);
    ck_assert_int_le(token_timeout(t), 1000);
    (void)event_expect_failure(t, ERR_MODULE_TIMEOUT);
    ck_assert_uint_eq(ends, 1);
    ck_assert_int_eq(token_ask_listing(t), ERR_SHUTTING_DOWN); /* as its source says */
}
END_TEST

START_TEST(a_dialog_may_take_its_time)
{
    own_ptr(token) t = connect_to_test(1);
    own(test_order) o = {0};
    order_for("p256", SIG_ECDSA_SHA256, &o);
    o.order.consent_seconds = 1;
    tell(WIRE_READY);
    ask(t, ASK_SIGNATURE, &o);
    tell(WIRE_ASKING);
    (void)event_expect(t, TOKEN_ASKING);
    event_none(t, 1300);                               /* longer than a module call */
    (void)event_expect_failure(t, ERR_MODULE_TIMEOUT); /* but not for ever */
}
END_TEST

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    make_tokens();
    Suite *s = suite_create("remote");
    TCase *t = tcase_create("real module");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, listing);
    tcase_add_test(t, signatures);
    tcase_add_test(t, card_for_one);
    tcase_add_test(t, unattended);
    tcase_add_test(t, cancelled);
    tcase_add_loop_test(t, cancelled_after_consent, 0, 2);
    tcase_add_test(t, choice);
    tcase_add_test(t, killed);
    tcase_add_test(t, killed_while_idle);
    tcase_add_test(t, new_eyes);
    suite_add_tcase(s, t);
    t = tcase_create("faults");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, misbehaving, 0, ROWS(faults));
    tcase_add_loop_test(t, no_storm, 0, 2);
    tcase_add_test(t, mended);
    tcase_add_test(t, no_module);
    tcase_add_test(t, no_worker);
    tcase_add_loop_test(t, final_try_is_confirmed_first, 0, 2);
    tcase_add_loop_test(t, no_pin_to_ask_for, 0, ROWS(hopeless));
    tcase_add_loop_test(t, login_is_lost, 0, 2);
    tcase_add_test(t, login_is_always_lost);
    tcase_add_test(t, login_is_lost_and_cancelled);
    tcase_add_test(t, killed_after_login_was_lost);
    tcase_add_test(t, pin_pad);
    tcase_add_test(t, pin_pad_is_waited_for);
    tcase_add_loop_test(t, pin_pad_given_up, 0, ROWS(pad_ends));
    tcase_add_test(t, pin_pad_without_dialog);
    tcase_add_test(t, pin_pad_and_nobody_waits);
    tcase_add_test(t, new_pin);
    tcase_add_test(t, new_pin_cancelled);
    tcase_add_test(t, new_pin_given_up_at_the_pad);
    tcase_add_test(t, new_pin_and_a_crash);
    suite_add_tcase(s, t);
    t = tcase_create("lies");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, lying, 0, ROWS(lies));
    tcase_add_loop_test(t, counting, 0, ROWS(counted));
    tcase_add_test(t, signed_before_proceed);
    tcase_add_loop_test(t, last_words, 0, 2);
    tcase_add_test(t, silent);
    tcase_add_test(t, a_dialog_may_take_its_time);
    suite_add_tcase(s, t);
    return suite_run(s);
}
