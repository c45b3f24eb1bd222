/* SPDX-License-Identifier: MIT */
#include "pkcs11/token.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>

#include "core/file.h"
#include "core/settings.h"
#include "tests/support/dialog.h"
#include "tests/support/order.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static const char *dir;

static const struct test_document documents[] = {
    {"basvuru-formu.xml", "application/xml", "<form><ad>Ayşe</ad><soyad>Yılmaz</soyad></form>",
     false},
    {"taahhutname.txt", "text/plain; charset=utf-8", "Taahhüt ederim ki\nbilgiler doğrudur.",
     false},
};

static void make_tokens(void)
{
    dir = scratch_new();
    scratch_run("fixtures/pki/make %s/pki", dir);
    scratch_run("fixtures/token/make --attended %s/a %s/pki rsa p256 p384", dir, dir);
    scratch_run("fixtures/token/make %s/u %s/pki p256 stranger", dir, dir);
}

static void open_token(const char *name, struct token **t)
{
    static struct settings s;
    char path[64];
    own(buf) why = buf_max(4096);
    (void)snprintf(path, sizeof path, "%s/softhsm2.conf", name);
    ck_assert_int_eq(setenv("SOFTHSM2_CONF", scratch_path(path), 1), 0);
    (void)snprintf(path, sizeof path, "%s/onayd.conf", name);
    settings_default(&s);
    ck_assert_int_eq(settings_read(&s, scratch_path(path), &why), OK);
    struct token_config c = {.module = s.module,
                             .token_uri = s.token_uri,
                             .pinentry = DIALOG_PROGRAM,
                             .unattended_token = s.unattended_token,
                             .unattended_pin_file = s.unattended_pin_file,
                             .unattended_issuer = s.unattended_issuer,
                             .cancel_fd = -1};
    ck_assert_int_eq(token_open(&c, t), OK);
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

static struct token_event expect(struct token *t, enum token_event_kind kind)
{
    struct token_event e = {0};
    ck_assert(token_next(t, &e));
    ck_assert_msg(e.kind == kind, "event %d instead of %d (%s)", (int)e.kind, (int)kind,
                  err_slug(e.error));
    return e;
}

static void expect_failure(struct token *t, err_t error)
{
    struct token_event e = expect(t, TOKEN_FAILED);
    ck_assert_str_eq(err_slug(e.error), err_slug(error));
    ck_assert(!e.sent);
    ck_assert(!token_next(t, &e));
}

/* The value must be one over the SignedInfo that was ordered, by the certificate that was named. */
static void expect_signature(struct token *t, const char *name, const struct test_order *o)
{
    struct token_event e = expect(t, TOKEN_SIGNED);
    struct cert c;
    struct der_latch why = {0};
    struct digest d;
    own(buf) der = {0};
    read_der(name, &der);
    ck_assert(cert_read(buf_bytes(&der), &c, &why));
    own_ptr(pubkey) key = pubkey_of_spki(c.spki);
    ck_assert(digest_of(sig_alg_digest(o->order.alg), o->order.signed_info, &d));
    ck_assert(pubkey_check(key, o->order.alg, &d, e.signature));
    ck_assert(!token_next(t, &e));
}

START_TEST(slugs)
{
    static const char *const names[] = {"ok", "low", "final", "locked", "not-set"};
    for (int i = 0; i < ROWS(names); i++)
        ck_assert_str_eq(pin_state_slug((enum pin_state)i), names[i]);
}
END_TEST

START_TEST(listing)
{
    own_ptr(token) t = NULL;
    dialog_script(dir, "");
    open_token("a", &t);
    ck_assert_int_eq(token_fd(t), -1);
    ck_assert_int_eq(token_ask_listing(t), OK);
    struct token_event e = expect(t, TOKEN_LISTED);
    ck_assert_uint_eq(e.listing->n_certs, 3);
    ck_assert_str_eq(dialog_log(), ""); /* asking a PIN merely to list is never needed */
}
END_TEST

static const struct {
    const char *name;
    enum sig_alg alg;
} keys[] = {
    {"rsa", SIG_RSA_SHA256},
    {"rsa", SIG_PSS_SHA256},
    {"p256", SIG_ECDSA_SHA256},
    {"p384", SIG_ECDSA_SHA384},
};

START_TEST(signature)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 123456\n");
    open_token("a", &t);
    order_for(keys[_i].name, keys[_i].alg, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    ck_assert_int_eq(expect(t, TOKEN_ASKING).pin, PIN_OK);
    (void)expect(t, TOKEN_CONSENTED);
    struct token_event e;
    ck_assert(!token_next(t, &e)); /* nothing before token_proceed */
    token_proceed(t, true);
    expect_signature(t, keys[_i].name, &o);
    const char *log = dialog_log();
    ck_assert_ptr_nonnull(strstr(log, "https://portal.example"));
    ck_assert_ptr_nonnull(strstr(log, "basvuru-formu.xml"));
    ck_assert_ptr_nonnull(strstr(log, "bilgiler doğrudur."));
    ck_assert_ptr_nonnull(strstr(log, "100******46"));
    ck_assert_ptr_null(strstr(log, "10000000146"));
}
END_TEST

START_TEST(wrong_pin_is_asked_again)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 654321\npin 123456\n");
    open_token("a", &t);
    order_for("p256", SIG_ECDSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_ASKING);
    (void)expect(t, TOKEN_CONSENTED);
    ck_assert_uint_eq(dialog_count("GETPIN"), 1);
    token_proceed(t, true);
    ck_assert_int_eq(expect(t, TOKEN_ASKING).pin, PIN_LOW);
    (void)expect(t, TOKEN_CONSENTED);
    ck_assert_uint_eq(dialog_count("GETPIN"), 2);
    ck_assert_uint_eq(dialog_count("SETERROR PIN yanlış. Az deneme hakkı kaldı."), 1);
    token_proceed(t, true); /* each try is consented to by itself */
    expect_signature(t, "p256", &o);
}
END_TEST

START_TEST(wrong_pin_and_cancel)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 654321\ncancel\n");
    open_token("a", &t);
    order_for("p256", SIG_ECDSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_ASKING);
    (void)expect(t, TOKEN_CONSENTED);
    token_proceed(t, true);
    (void)expect(t, TOKEN_ASKING);
    expect_failure(t, ERR_PIN_WRONG);
}
END_TEST

START_TEST(impossible_pin_costs_no_try)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 123\npin\npin 123456\n");
    open_token("a", &t);
    order_for("p256", SIG_ECDSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_ASKING);
    (void)expect(t, TOKEN_CONSENTED);
    ck_assert_uint_eq(dialog_count("GETPIN"), 3);
    ck_assert_uint_eq(dialog_count("SETERROR PIN 4 ile 64 karakter"), 2);
    token_proceed(t, true);
    expect_signature(t, "p256", &o);
}
END_TEST

static const struct {
    const char *script;
    err_t error;
} refusals[] = {
    {"cancel\n", ERR_CONSENT_DECLINED},
    {"timeout\n", ERR_CONSENT_TIMEOUT},
    {"no-display\n", ERR_DIALOG_UNAVAILABLE},
    {"die\n", ERR_DIALOG_UNAVAILABLE},
};

START_TEST(no_consent)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, refusals[_i].script);
    open_token("a", &t);
    order_for("rsa", SIG_RSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_ASKING);
    expect_failure(t, refusals[_i].error);
}
END_TEST

START_TEST(not_proceeded)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 654321\n"); /* wrong, and never sent */
    open_token("a", &t);
    order_for("rsa", SIG_RSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_ASKING);
    (void)expect(t, TOKEN_CONSENTED);
    ck_assert_int_eq(token_ask_listing(t), ERR_TOO_MANY_REQUESTS);
    if (_i)
        token_cancel(t);
    else
        token_proceed(t, false);
    expect_failure(t, ERR_CONSENT_DECLINED);
    ck_assert_int_eq(token_ask_listing(t), OK);
    ck_assert_int_eq(expect(t, TOKEN_LISTED).listing->slots[0].pin, PIN_OK);
}
END_TEST

/* ---- what the worker finds out by itself ---- */

static void replace(int *fd, const char *content, bool sealed)
{
    (void)close(*fd);
    if (sealed) {
        ck_assert_int_eq(file_memory(bytes_str(content), fd), OK);
        return;
    }
    *fd = memfd_create("unsealed", MFD_CLOEXEC);
    ck_assert_int_eq(write(*fd, content, strlen(content)), (ssize_t)strlen(content));
}

static void other_document(struct test_order *o)
{
    replace(&o->octets[2].fd, "something else", true);
}

static void swapped_documents(struct test_order *o)
{
    int fd = o->octets[1].fd;
    o->octets[1].fd = o->octets[2].fd;
    o->octets[2].fd = fd;
}

static void unsealed(struct test_order *o)
{
    replace(&o->octets[2].fd, documents[1].content, false);
}

static void a_pipe(struct test_order *o)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    (void)close(o->octets[1].fd);
    (void)close(ends[1]);
    o->octets[1].fd = ends[0];
}

static void one_less(struct test_order *o)
{
    fd_own(&o->octets[2].fd);
    o->order.n_octets = 2;
}

static void hidden_by_digest(struct test_order *o)
{
    fd_own(&o->octets[1].fd);
    o->octets[1].fd = -1;
    o->octets[1].kind = TOKEN_DIGEST_ONLY; /* but the signature file holds the document */
}

static void properties_twice(struct test_order *o)
{
    o->octets[2].kind = TOKEN_SIGNED_PROPERTIES;
}

static void other_algorithm(struct test_order *o)
{
    o->order.alg = SIG_RSA_SHA512;
}

static void other_kind(struct test_order *o)
{
    (void)snprintf(o->octets[1].mime, sizeof o->octets[1].mime, "text/plain;x");
}

static void other_key_type(struct test_order *o)
{
    o->order.alg = SIG_ECDSA_SHA256;
}

static void other_shape(struct test_order *o)
{
    ((uint8_t *)(uintptr_t)o->order.signed_info.p)[1] = 'x';
}

static void other_certificate(struct test_order *o)
{
    own(buf) der = {0};
    read_der("p256", &der);
    ck_assert(cert_id(buf_bytes(&der), &o->order.certificate));
}

static void unknown_certificate(struct test_order *o)
{
    o->order.certificate.v[0] ^= 1;
}

static const struct {
    const char *what;
    void (*change)(struct test_order *o);
    err_t error;
} frauds[] = {
    {"another document is shown", other_document, ERR_DOCUMENT_CHANGED},
    {"documents in another order", swapped_documents, ERR_DOCUMENT_CHANGED},
    {"octets that can still change", unsealed, ERR_DOCUMENT_CHANGED},
    {"octets that cannot be read twice", a_pipe, ERR_DOCUMENT_CHANGED},
    {"a Reference nobody explains", one_less, ERR_DOCUMENT_CHANGED},
    {"a document that is not shown", hidden_by_digest, ERR_DOCUMENT_CHANGED},
    {"SignedProperties as a document", properties_twice, ERR_DOCUMENT_CHANGED},
    {"a document as another kind of file", other_kind, ERR_DOCUMENT_CHANGED},
    {"another algorithm", other_algorithm, ERR_DOCUMENT_CHANGED},
    {"an algorithm of another key", other_key_type, ERR_DOCUMENT_CHANGED},
    {"SignedInfo of another shape", other_shape, ERR_DOCUMENT_CHANGED},
    {"SignedProperties of another certificate", other_certificate, ERR_DOCUMENT_CHANGED},
    {"a certificate that is not there", unknown_certificate, ERR_NO_CERTIFICATE},
};

START_TEST(fraud)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 123456\n");
    open_token("a", &t);
    order_for("rsa", SIG_RSA_SHA256, &o);
    frauds[_i].change(&o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    expect_failure(t, frauds[_i].error);
    ck_assert_str_eq(dialog_log(), ""); /* and the person was not bothered */
}
END_TEST

/* ---- words that would be commands ---- */

START_TEST(hostile_words)
{
    static const struct test_document hostile[] = {
        {"\xe2\x80\xaetxt.exe\nSETPROMPT y", "text/plain\nBYE\xff", "x", false}};
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 123456\n");
    open_token("a", &t);
    own(buf) der = {0};
    read_der("rsa", &der);
    order_make(&o, buf_bytes(&der), SIG_RSA_SHA256, hostile, 1);
    (void)snprintf(o.order.order_no, sizeof o.order.order_no, "1\nGETPIN\nBYE");
    (void)snprintf(o.order.applicant, sizeof o.order.applicant, "A%%0ASETDESC x\r\nBYE");
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_ASKING);
    (void)expect(t, TOKEN_CONSENTED);
    ck_assert_uint_eq(dialog_count("GETPIN"), 1);
    ck_assert_uint_eq(dialog_count("BYE"), 0);
    ck_assert_uint_eq(dialog_count("SETDESC"), 1);
    ck_assert_uint_eq(dialog_count("SETPROMPT"), 1);
    ck_assert_ptr_null(strstr(dialog_log(), "\xe2\x80\xae"));
    ck_assert_ptr_nonnull(strstr(dialog_log(), "A%250ASETDESC x BYE"));
}
END_TEST

/* ---- choosing ---- */

static const struct {
    const char *script;
    int chosen; /* -1: none */
} choices[] = {
    {"ok\n", 0},
    {"no\nok\n", 1},
    {"no\nno\n", -1},
    {"cancel\n", -1},
};

START_TEST(choice)
{
    own_ptr(token) t = NULL;
    own(test_order) words = {0};
    struct digest ids[2];
    dialog_script(dir, choices[_i].script);
    open_token("a", &t);
    for (size_t i = 0; i < 2; i++) {
        own(buf) der = {0};
        read_der(i ? "p384" : "p256", &der);
        ck_assert(cert_id(buf_bytes(&der), &ids[i]));
    }
    order_for("p256", SIG_ECDSA_SHA256, &words);
    ck_assert_int_eq(token_ask_choice(t, ids, 2, &words.order), OK);
    (void)expect(t, TOKEN_ASKING);
    if (choices[_i].chosen < 0) {
        expect_failure(t, ERR_CONSENT_DECLINED);
        return;
    }
    struct token_event e = expect(t, TOKEN_CHOSEN);
    ck_assert(bytes_eq(digest_bytes(&e.chosen), digest_bytes(&ids[choices[_i].chosen])));
    ck_assert_uint_eq(dialog_count("GETPIN"), 0);
}
END_TEST

/* ---- a PIN file ---- */

START_TEST(unattended)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "");
    open_token("u", &t);
    order_for("p256", SIG_ECDSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_CONSENTED);
    token_proceed(t, true);
    expect_signature(t, "p256", &o);
    ck_assert_str_eq(dialog_log(), "");
}
END_TEST

START_TEST(unattended_refused)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 123456\n");
    open_token("u", &t);
    if (_i == 0) { /* a certificate of another issuer */
        order_for("stranger", SIG_ECDSA_SHA256, &o);
    } else {
        order_for("p256", SIG_ECDSA_SHA256, &o);
        scratch_run("chmod 0640 %s/u/pin", dir);
    }
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_CONSENTED); /* told before the file is read */
    expect_failure(t, ERR_PIN_FILE_REFUSED);
    token_proceed(t, true); /* comes too late and does nothing */
    struct token_event none;
    ck_assert(!token_next(t, &none));
    ck_assert_str_eq(dialog_log(), "");
    scratch_run("chmod 0600 %s/u/pin", dir);
}
END_TEST

START_TEST(unattended_wrong)
{
    own_ptr(token) t = NULL;
    own(test_order) o = {0};
    dialog_script(dir, "pin 123456\n");
    scratch_run("cp %s/u/pin %s/pin.good && printf 654321 >%s/u/pin", dir, dir, dir);
    open_token("u", &t);
    order_for("p256", SIG_ECDSA_SHA256, &o);
    ck_assert_int_eq(token_ask_signature(t, &o.order), OK);
    (void)expect(t, TOKEN_CONSENTED);
    token_proceed(t, true);
    struct token_event e = expect(t, TOKEN_FAILED);
    scratch_run("cp %s/pin.good %s/u/pin", dir, dir);
    ck_assert_int_eq(e.error, ERR_PIN_WRONG);
    ck_assert_int_eq(e.pin, PIN_LOW);
    ck_assert(!e.sent && e.foreign != 0);
    ck_assert_str_eq(dialog_log(), "");
}
END_TEST

static const struct {
    struct token_config config;
    err_t error;
} openings[] = {
    {{.module = "/no/such/module.so"}, ERR_MODULE_NOT_FOUND},
    {{.token_uri = "pkcs11:?pin-value=1"}, ERR_URI_REFUSED},
    {{.unattended_token = "pkcs11:token=a;serial=b"}, ERR_PIN_FILE_REFUSED},
};

START_TEST(not_opened)
{
    own_ptr(token) t = NULL;
    ck_assert_str_eq(err_slug(token_open(&openings[_i].config, &t)), err_slug(openings[_i].error));
    ck_assert_ptr_null(t);
}
END_TEST

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    make_tokens();
    Suite *s = suite_create("token");
    TCase *t = tcase_create("in this process");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, slugs);
    tcase_add_test(t, listing);
    tcase_add_loop_test(t, signature, 0, ROWS(keys));
    tcase_add_test(t, wrong_pin_is_asked_again);
    tcase_add_test(t, wrong_pin_and_cancel);
    tcase_add_test(t, impossible_pin_costs_no_try);
    tcase_add_loop_test(t, no_consent, 0, ROWS(refusals));
    tcase_add_loop_test(t, not_proceeded, 0, 2);
    tcase_add_loop_test(t, fraud, 0, ROWS(frauds));
    tcase_add_test(t, hostile_words);
    tcase_add_loop_test(t, choice, 0, ROWS(choices));
    tcase_add_test(t, unattended);
    tcase_add_loop_test(t, unattended_refused, 0, 2);
    tcase_add_test(t, unattended_wrong);
    tcase_add_loop_test(t, not_opened, 0, ROWS(openings));
    suite_add_tcase(s, t);
    return suite_run(s);
}
