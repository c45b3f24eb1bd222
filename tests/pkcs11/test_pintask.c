/* SPDX-License-Identifier: MIT */
/* A new PIN through the dialogs: on SoftHSM, and on the mock for what SoftHSM has not. */
#include "pkcs11/pintask.h"

#include "core/file.h"
#include "core/settings.h"
#include "tests/support/dialog.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>

static const char *dir;
static struct settings settings;

/* Two tokens of one module, the second one with another person's certificate. */
static void make_tokens(void)
{
    dir = scratch_new();
    scratch_run("fixtures/pki/make %s/pki", dir);
    scratch_run("fixtures/token/make --attended %s/a %s/pki rsa", dir, dir);
    char path[256];
    (void)snprintf(path, sizeof path, "%s/pki/rsa.der", dir);
    if (setenv("MOCK_CERT", path, 1) != 0) exit(99);
}

static void second_token(void)
{
    scratch_run(
        "cd %s && export SOFTHSM2_CONF=w/softhsm2.conf && module=$(sed -n 's/^module = //p' "
        "w/onayd.conf) && softhsm2-util --init-token --free --label Other --pin 123456 "
        "--so-pin 12345678 >log && pkcs11-tool --module $module --token-label Other --login "
        "--pin 123456 --write-object pki/mehmet.der --type cert --id 01 >log 2>&1",
        dir);
}

static void open_with(const char *module, const char *uri, struct token **t)
{
    struct token_config c = {
        .module = module, .token_uri = uri, .pinentry = DIALOG_PROGRAM, .cancel_fd = -1};
    ck_assert_int_eq(token_open(&c, t), OK);
}

/* Every test works on a copy of its own. */
static void copy_token(void)
{
    own(buf) why = buf_max(4096);
    scratch_run("cd %s && rm -rf w && cp -r a w && sed -i s,/a/,/w/, w/softhsm2.conf w/onayd.conf",
                dir);
    ck_assert_int_eq(setenv("SOFTHSM2_CONF", scratch_path("w/softhsm2.conf"), 1), 0);
    settings_default(&settings);
    ck_assert_int_eq(settings_read(&settings, scratch_path("w/onayd.conf"), &why), OK);
}

static void open_softhsm(const char *uri, struct token **t)
{
    open_with(settings.module, uri ? uri : settings.token_uri, t);
}

static void open_mock(const char *faults, struct token **t)
{
    static char path[4096];
    const char *o = getenv("O");
    own(buf) so = buf_max(512);
    buf_fmt(&so, "%s/tests/mock/fault.so", o ? o : "build/release");
    ck_assert_ptr_nonnull(realpath(buf_cstr(&so), path));
    ck_assert_int_eq(setenv("MOCK_FAULT", faults, 1), 0);
    open_with(path, "", t);
}

/* Is this the user's PIN of that token? Asked of the token itself. */
static void expect_pin(const char *label, const char *pin)
{
    scratch_run(
        "SOFTHSM2_CONF=%s/w/softhsm2.conf pkcs11-tool --module %s --token-label '%s' --login "
        "--pin %s --list-objects >%s/log 2>&1",
        dir, settings.module, label, pin, dir);
}

static struct token_pin_order order_of(enum token_pin_task task)
{
    return (struct token_pin_order){.task = task, .lang = LANG_TR, .consent_seconds = 60};
}

/* Asks, skips the dialogs' events, gives the end. */
static struct token_event end_of(struct token *t, const struct token_pin_order *o)
{
    struct token_event e = {0}, none;
    ck_assert_int_eq(token_ask_pin(t, o), OK);
    do ck_assert(token_next(t, &e));
    while (e.kind == TOKEN_ASKING);
    ck_assert(!token_next(t, &none));
    return e;
}

static void expect_end(struct token *t, enum token_pin_task task, err_t error)
{
    struct token_pin_order o = order_of(task);
    struct token_event e = end_of(t, &o);
    ck_assert_str_eq(err_slug(e.error), err_slug(error));
    ck_assert_int_eq(e.kind, error ? TOKEN_FAILED : TOKEN_PIN_SET);
}

/* What the token says of its PIN now: nothing was tried behind the person's back. */
static void expect_state(struct token *t, enum pin_state state)
{
    struct token_event e = {0};
    ck_assert_int_eq(token_ask_listing(t), OK);
    ck_assert(token_next(t, &e));
    ck_assert_int_eq(e.kind, TOKEN_LISTED);
    ck_assert_int_eq(e.listing->slots[0].pin, state);
}

/* ---- SoftHSM ---- */

static const struct {
    enum token_pin_task task;
    const char *script;
    err_t error;
    const char *pin; /* afterwards */
    const char *told;
    unsigned n_told;
} rows[] = {
    {TOKEN_PIN_CHANGE, "pin 123456\npin 24680\npin 24680\n", OK, "24680", "SETPROMPT Eski PIN:", 1},
    {TOKEN_PIN_CHANGE, "pin 999999\npin 24680\npin 24680\npin 123456\n", OK, "24680",
     "SETERROR PIN yanlış.", 1},
    {TOKEN_PIN_CHANGE, "pin 999999\npin 24680\npin 24680\ncancel\n", ERR_PIN_WRONG, "123456",
     "GETPIN", 4},
    {TOKEN_PIN_CHANGE, "pin 123456\npin 24680\npin 24681\npin 13579\npin 13579\n", OK, "13579",
     "SETERROR İki yeni PIN aynı değil", 1},
    {TOKEN_PIN_CHANGE, "pin 1\npin 123456\npin 12\npin 24680\npin 24680\n", OK, "24680",
     "SETERROR PIN 4 ile", 2},
    {TOKEN_PIN_CHANGE, "cancel\n", ERR_CONSENT_DECLINED, "123456", "GETPIN", 1},
    {TOKEN_PIN_CHANGE, "pin 123456\ncancel\n", ERR_CONSENT_DECLINED, "123456", "GETPIN", 2},
    {TOKEN_PIN_CHANGE, "pin 123456\npin 24680\ncancel\n", ERR_CONSENT_DECLINED, "123456", "GETPIN",
     3},
    {TOKEN_PIN_CHANGE, "pin 123456\ntimeout\n", ERR_CONSENT_TIMEOUT, "123456", "GETPIN", 2},
    {TOKEN_PIN_CHANGE, "no-display\n", ERR_DIALOG_UNAVAILABLE, "123456", "GETPIN", 1},
    {TOKEN_PIN_UNBLOCK, "pin 12345678\npin 24680\npin 24680\n", OK, "24680", "SETPROMPT PUK:", 1},
    {TOKEN_PIN_UNBLOCK, "pin 87654321\npin 24680\npin 24680\npin 12345678\n", OK, "24680",
     "SETERROR PUK yanlış.", 1},
    {TOKEN_PIN_UNBLOCK, "pin 87654321\npin 24680\npin 24680\ncancel\n", ERR_PUK_WRONG, "123456",
     "GETPIN", 4},
    {TOKEN_PIN_UNBLOCK, "pin 123\npin 12345678\npin 24680\npin 24680\n", OK, "24680",
     "SETERROR PUK 4 ile", 1},
    {TOKEN_PIN_UNBLOCK, "pin 12345678\ncancel\n", ERR_CONSENT_DECLINED, "123456", "GETPIN", 2},
};

START_TEST(softhsm)
{
    own_ptr(token) t = NULL;
    copy_token();
    dialog_script(dir, rows[_i].script);
    open_softhsm(NULL, &t);
    expect_end(t, rows[_i].task, rows[_i].error);
    ck_assert_uint_eq(dialog_count(rows[_i].told), rows[_i].n_told);
    expect_pin("Test NES", rows[_i].pin);
    const char *log = dialog_log();
    ck_assert_ptr_nonnull(strstr(log, "Kart: Test NES%0A"));
    ck_assert_ptr_nonnull(strstr(log, "Okuyucu: SoftHSM slot"));
    ck_assert_ptr_nonnull(strstr(log, "Sertifika: Ayşe Yılmaz (100******46)"));
}
END_TEST

START_TEST(after_a_listing)
{
    own_ptr(token) t = NULL;
    copy_token();
    dialog_script(dir, "pin 12345678\npin 24680\npin 24680\n");
    open_softhsm(NULL, &t);
    expect_state(t, PIN_OK); /* its open session would keep the security officer out */
    expect_end(t, TOKEN_PIN_UNBLOCK, OK);
    expect_pin("Test NES", "24680");
}
END_TEST

START_TEST(english)
{
    own_ptr(token) t = NULL;
    copy_token();
    dialog_script(dir, "pin 123456\npin 24680\npin 24680\n");
    open_softhsm(NULL, &t);
    struct token_pin_order o = order_of(TOKEN_PIN_CHANGE);
    o.lang = LANG_EN;
    ck_assert_int_eq(end_of(t, &o).kind, TOKEN_PIN_SET);
    ck_assert_uint_eq(dialog_count("SETPROMPT New PIN, again:"), 1);
}
END_TEST

/* ---- which token ---- */

static const struct {
    const char *script, *uri, *certificate, *changed; /* the label; NULL: none */
    err_t error;
} choices[] = {
    {"no\nok\npin 123456\npin 24680\npin 24680\n", "", NULL, "*", OK},
    {"ok\npin 123456\npin 24680\npin 24680\n", "", NULL, "*", OK},
    {"no\nno\n", "", NULL, NULL, ERR_CONSENT_DECLINED},
    {"cancel\n", "", NULL, NULL, ERR_CONSENT_DECLINED},
    {"pin 123456\npin 24680\npin 24680\n", "pkcs11:token=Other", NULL, "Other", OK},
    {"pin 123456\npin 24680\npin 24680\n", "", "mehmet", "Other", OK},
    {"pin 123456\npin 24680\npin 24680\n", "", "rsa", "Test NES", OK},
    {"", "", "p256", NULL, ERR_NO_CERTIFICATE},
    {"", "pkcs11:token=Nobody", NULL, NULL, ERR_NO_CARD},
};

/* The label of the token that the person said yes to, in the last question of which. */
static const char *chosen_label(void)
{
    const char *log = dialog_log(), *last = NULL;
    for (const char *at = log; (at = strstr(at, "SETDESC Hangi kart?")) != NULL; at++) last = at;
    ck_assert_ptr_nonnull(last);
    return strncmp(strstr(last, "Kart: "), "Kart: Other", 11) == 0 ? "Other" : "Test NES";
}

START_TEST(choosing)
{
    own_ptr(token) t = NULL;
    struct token_pin_order o = order_of(TOKEN_PIN_CHANGE);
    copy_token();
    second_token();
    dialog_script(dir, choices[_i].script);
    open_softhsm(choices[_i].uri, &t);
    if (choices[_i].certificate) {
        char path[64];
        own(buf) der = buf_max(65536);
        (void)snprintf(path, sizeof path, "pki/%s.der", choices[_i].certificate);
        ck_assert_int_eq(file_read(scratch_path(path), &der), OK);
        ck_assert(cert_id(buf_bytes(&der), &o.certificate));
        o.has_certificate = true;
    }
    ck_assert_str_eq(err_slug(end_of(t, &o).error), err_slug(choices[_i].error));
    const char *changed = choices[_i].changed;
    if (changed && *changed == '*') changed = chosen_label();
    static const char *const labels[] = {"Test NES", "Other"};
    for (int i = 0; i < 2; i++)
        expect_pin(labels[i], changed && strcmp(changed, labels[i]) == 0 ? "24680" : "123456");
}
END_TEST

/* ---- what SoftHSM has not ---- */

#define TYPED_PUK "pin 87654321\npin 24680\npin 24680\n"
static const struct {
    const char *faults;
    enum token_pin_task task;
    const char *script;
    err_t error;
    enum pin_state state; /* afterwards */
    const char *told;
} mocks[] = {
    {"", TOKEN_PIN_CHANGE, "pin 123456\npin 0000\npin 0000\n", ERR_NEW_PIN_REFUSED, PIN_OK, ""},
    {"set-never", TOKEN_PIN_CHANGE, "pin 123456\npin 24680\npin 24680\n", ERR_NOT_SUPPORTED, PIN_OK,
     ""},
    {"expired", TOKEN_PIN_CHANGE, "pin 123456\npin 24680\npin 24680\n", OK, PIN_OK, ""},
    {"pin-locked", TOKEN_PIN_CHANGE, "ok\n", ERR_PIN_LOCKED, PIN_LOCKED, "onay pin unblock"},
    {"pin-not-set", TOKEN_PIN_CHANGE, "ok\n", ERR_PIN_NOT_SET, PIN_NOT_SET, "Kamu SM"},
    {"pin-final", TOKEN_PIN_CHANGE, "ok\npin 123456\npin 24680\npin 24680\n", OK, PIN_OK,
     "Bu son PIN denemesi"},
    {"pin-final", TOKEN_PIN_CHANGE, "cancel\n", ERR_CONSENT_DECLINED, PIN_FINAL, ""},
    {"pin-final", TOKEN_PIN_CHANGE, "ok\npin 999999\npin 24680\npin 24680\nok\n", ERR_PIN_LOCKED,
     PIN_LOCKED, "onay pin unblock"},
    /* one habit, the other, both, none */
    {"pin-locked,officer", TOKEN_PIN_UNBLOCK, TYPED_PUK, OK, PIN_OK, ""},
    {"pin-locked,set-unlogged", TOKEN_PIN_UNBLOCK, TYPED_PUK, OK, PIN_OK, ""},
    {"pin-locked,set-unlogged,officer", TOKEN_PIN_UNBLOCK, TYPED_PUK, OK, PIN_OK, ""},
    {"pin-locked", TOKEN_PIN_UNBLOCK, TYPED_PUK, ERR_NOT_SUPPORTED, PIN_LOCKED, ""},
    {"pin-locked,set-never", TOKEN_PIN_UNBLOCK, TYPED_PUK, ERR_NOT_SUPPORTED, PIN_LOCKED, ""},
    {"officer", TOKEN_PIN_UNBLOCK, TYPED_PUK, OK, PIN_OK, ""},
    /* not locked: C_SetPIN would take the PUK for the old PIN and cost a try */
    {"", TOKEN_PIN_UNBLOCK, TYPED_PUK, ERR_PIN_NOT_LOCKED, PIN_OK, ""},
    {"set-unlogged", TOKEN_PIN_UNBLOCK, TYPED_PUK, ERR_PIN_NOT_LOCKED, PIN_OK, ""},
    {"pin-locked,set-unlogged", TOKEN_PIN_UNBLOCK,
     "pin 11111111\npin 24680\npin 24680\npin 87654321\n", OK, PIN_OK, "PUK yanlış."},
    {"pin-locked,set-unlogged", TOKEN_PIN_UNBLOCK, "pin 11111111\npin 24680\npin 24680\ncancel\n",
     ERR_PUK_WRONG, PIN_LOCKED, "PUK yanlış."},
    {"pin-locked,officer", TOKEN_PIN_UNBLOCK, "pin 87654321\npin 0000\npin 0000\n",
     ERR_NEW_PIN_REFUSED, PIN_LOCKED, ""},
    {"pin-locked,officer,puk-final", TOKEN_PIN_UNBLOCK, "cancel\n", ERR_CONSENT_DECLINED,
     PIN_LOCKED, "Bu son PUK denemesi"},
    {"pin-locked,officer,puk-final", TOKEN_PIN_UNBLOCK,
     "ok\npin 11111111\npin 24680\npin 24680\nok\n", ERR_PUK_LOCKED, PIN_LOCKED,
     "PUK'u da kilitli"},
    {"pin-locked,officer,puk-locked", TOKEN_PIN_UNBLOCK, "ok\n", ERR_PUK_LOCKED, PIN_LOCKED,
     "Kamu SM"},
    {"pin-pad", TOKEN_PIN_CHANGE, "ok\nwait\nwait\n", OK, PIN_OK, "kart okuyucunun tuşlarından"},
    {"pin-pad", TOKEN_PIN_CHANGE, "cancel\n", ERR_CONSENT_DECLINED, PIN_OK, ""},
    {"pin-pad,pin-locked,set-unlogged", TOKEN_PIN_UNBLOCK, "ok\nwait\n", OK, PIN_OK, ""},
};

START_TEST(other_modules)
{
    own_ptr(token) t = NULL;
    dialog_script(dir, mocks[_i].script);
    open_mock(mocks[_i].faults, &t);
    expect_end(t, mocks[_i].task, mocks[_i].error);
    ck_assert_ptr_nonnull(strstr(dialog_log(), mocks[_i].told));
    if (strstr(mocks[_i].faults, "pin-pad")) ck_assert_uint_eq(dialog_count("GETPIN"), 0);
    expect_state(t, mocks[_i].state);
}
END_TEST

/* Wrong for ever: each was typed by the person, and the questions end. */
START_TEST(no_end_of_tries)
{
    own_ptr(token) t = NULL;
    own(buf) script = buf_max(1024);
    copy_token();
    for (int i = 0; i < 12; i++)
        buf_str(&script, i ? "pin 999999\n" : "pin 999999\npin 1357\npin 1357\n");
    dialog_script(dir, buf_cstr(&script));
    open_softhsm(NULL, &t);
    expect_end(t, TOKEN_PIN_CHANGE, ERR_PIN_WRONG);
    ck_assert_uint_eq(dialog_count("SETPROMPT Eski PIN:"), 8);
}
END_TEST

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    make_tokens();
    Suite *s = suite_create("pintask");
    TCase *t = tcase_create("in this process");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, softhsm, 0, ROWS(rows));
    tcase_add_test(t, after_a_listing);
    tcase_add_test(t, english);
    tcase_add_loop_test(t, choosing, 0, ROWS(choices));
    tcase_add_loop_test(t, other_modules, 0, ROWS(mocks));
    tcase_add_test(t, no_end_of_tries);
    suite_add_tcase(s, t);
    return suite_run(s);
}
