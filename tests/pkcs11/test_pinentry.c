/* SPDX-License-Identifier: MIT */
#include "pkcs11/pinentry.h"

#include <check.h>
#include <signal.h>
#include <sys/socket.h>

#include "core/text.h"
#include "tests/support/dialog.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static const char *dir;

/* ---- the text of the protocol (libassuan manual: "Client requests", "Server responses") ---- */

static const struct {
    const char *text, *line;
} escapes[] = {
    {"", "SETDESC \n"},
    {"Taahhütname", "SETDESC Taahhütname\n"},
    {"100 %", "SETDESC 100 %25\n"},
    {"a\nb", "SETDESC a%0Ab\n"},
    {"x\r\nGETPIN\nBYE", "SETDESC x%0D%0AGETPIN%0ABYE\n"},
    {"x\nSETDESC y", "SETDESC x%0ASETDESC y\n"},
    {"\t\x01\x1f\x7f", "SETDESC %09%01%1F%7F\n"},
    {"%0AGETPIN", "SETDESC %250AGETPIN\n"},
    {"\xff\xc3", "SETDESC ??\n"}, /* malformed UTF-8 */
};

START_TEST(escaping)
{
    own(buf) line = buf_max(4096);
    pinentry_line(&line, "SETDESC", escapes[_i].text);
    ck_assert_str_eq(buf_cstr(&line), escapes[_i].line);
    ck_assert(pinentry_fits("SETDESC", escapes[_i].text));
}
END_TEST

START_TEST(cut_on_code_points)
{
    static const char *const units[] = {"a", "ş", "€", "😀", "%", "\n"};
    own(buf) text = buf_max(8192), line = buf_max(4096);
    buf_str(&text, "x"); /* so that the units do not end where the line does */
    while (text.len < 4000) buf_str(&text, units[_i]);
    pinentry_line(&line, "SETDESC", buf_cstr(&text));
    ck_assert(!pinentry_fits("SETDESC", buf_cstr(&text)));
    ck_assert_uint_le(line.len, PINENTRY_LINE + 1);
    ck_assert_uint_gt(line.len, PINENTRY_LINE - 4);
    ck_assert_int_eq(line.p[line.len - 1], '\n');
    ck_assert(text_utf8_ok(buf_bytes(&line)));
    ck_assert_ptr_eq(memchr(line.p, '\n', line.len), line.p + line.len - 1);
}
END_TEST

static const struct {
    const char *line;
    bool known;
    enum pinentry_answer kind;
    err_t error;
} answers[] = {
    {"OK", true, PINENTRY_OK, OK},
    {"OK Pleased to meet you", true, PINENTRY_OK, OK},
    {"D 1234", true, PINENTRY_DATA, OK},
    {"D", true, PINENTRY_DATA, OK},
    {"S PIN_REPEATED", true, PINENTRY_NOISE, OK},
    {"# x", true, PINENTRY_NOISE, OK},
    {"ERR 83886179 Operation cancelled", true, PINENTRY_ERR, ERR_CONSENT_DECLINED},
    {"ERR 99", true, PINENTRY_ERR, ERR_CONSENT_DECLINED},
    {"ERR 83886278", true, PINENTRY_ERR, ERR_CONSENT_DECLINED},
    {"ERR 83886194 Not confirmed", true, PINENTRY_NO, ERR_CONSENT_DECLINED},
    {"ERR 83886142 Timeout", true, PINENTRY_ERR, ERR_CONSENT_TIMEOUT},
    {"ERR 83918950 no tty", true, PINENTRY_ERR, ERR_DIALOG_UNAVAILABLE},
    {"ERR 83886246 locale", true, PINENTRY_ERR, ERR_DIALOG_UNAVAILABLE},
    {"ERR 99999999999999999999", true, PINENTRY_ERR, ERR_DIALOG_UNAVAILABLE},
    {"ERR", true, PINENTRY_ERR, ERR_DIALOG_UNAVAILABLE},
    {"", false, PINENTRY_OK, OK},
    {"OKAY", false, PINENTRY_OK, OK},
    {"D1234", false, PINENTRY_OK, OK},
    {"INQUIRE QUALITY", false, PINENTRY_OK, OK},
    {"hello", false, PINENTRY_OK, OK},
};

START_TEST(answer_lines)
{
    enum pinentry_answer kind = PINENTRY_OK;
    struct bytes data = {0};
    err_t error = OK;
    bool known = pinentry_answer_of(bytes_str(answers[_i].line), &kind, &data, &error);
    ck_assert(known == answers[_i].known);
    if (!known) return;
    ck_assert_int_eq(kind, answers[_i].kind);
    ck_assert_int_eq(error, answers[_i].error);
}
END_TEST

static const struct {
    const char *data, *octets;
    bool good;
} data_lines[] = {
    {"1234", "1234", true},   {"", "", true},
    {"a%25b", "a%b", true},   {"%0a%0D", "\n\r", true},
    {"ş", "ş", true},         {"%", "", false},
    {"%2", "", false},        {"%zz", "", false},
    {"123456789", "", false}, {"12345678", "12345678", true},
};

START_TEST(unescaping)
{
    uint8_t room[8];
    size_t len = 0;
    bool good = pinentry_unescape(bytes_str(data_lines[_i].data), room, sizeof room, &len);
    ck_assert(good == data_lines[_i].good);
    if (good) ck_assert(bytes_eq_str(bytes_of(room, len), data_lines[_i].octets));
}
END_TEST

/* ---- with a program ---- */

static err_t open_scripted(const char *script, int64_t ms, int cancel_fd, struct pinentry **p)
{
    struct pinentry_setup s = {DIALOG_PROGRAM, cancel_fd, pinentry_now() + ms};
    dialog_script(dir, script);
    return pinentry_open(&s, p);
}

static const struct {
    const char *script;
    err_t error;
    const char *pin;
} dialogs[] = {
    {"pin 123456\n", OK, "123456"},
    {"pin a%25b%20c\n", OK, "a%b c"},
    {"pin şifre\n", OK, "şifre"},
    {"pin\n", OK, ""},
    {"cancel\n", ERR_CONSENT_DECLINED, NULL},
    {"no\n", ERR_CONSENT_DECLINED, NULL},
    {"timeout\n", ERR_CONSENT_TIMEOUT, NULL},
    {"no-display\n", ERR_DIALOG_UNAVAILABLE, NULL},
    {"garbage\n", ERR_DIALOG_UNAVAILABLE, NULL},
    {"long\n", ERR_DIALOG_UNAVAILABLE, NULL},
    {"die\n", ERR_DIALOG_UNAVAILABLE, NULL},
    {"pin %zz\n", ERR_DIALOG_UNAVAILABLE, NULL},
};

START_TEST(asking_for_a_pin)
{
    own_ptr(pinentry) p = NULL;
    own_ptr(secret) pin = secret_new(64);
    struct pinentry_words w = {.title = "T", .desc = "D\nGETPIN", .prompt = "PIN:", .error = "E"};
    ck_assert_int_eq(open_scripted(dialogs[_i].script, 20000, -1, &p), OK);
    ck_assert_int_eq(pinentry_pin(p, &w, pin), dialogs[_i].error);
    if (dialogs[_i].pin) ck_assert(bytes_eq_str(secret_bytes(pin), dialogs[_i].pin));
    ck_assert_uint_eq(dialog_count("GETPIN"), 1);
    ck_assert_uint_eq(dialog_count("SETDESC D%0AGETPIN"), 1);
    ck_assert_uint_eq(dialog_count("SETTIMEOUT "), 1);
    ck_assert_uint_eq(dialog_count("SETERROR E"), 1);
}
END_TEST

START_TEST(a_yes_and_a_no)
{
    own_ptr(pinentry) p = NULL;
    struct pinentry_words w = {.desc = "D", .ok = "Evet", .no = "Hayır"};
    bool yes = false;
    ck_assert_int_eq(open_scripted("ok\nno\nok\nok\ncancel\n", 20000, -1, &p), OK);
    ck_assert_int_eq(pinentry_confirm(p, &w), OK);
    ck_assert_int_eq(pinentry_choose(p, &w, &yes), OK);
    ck_assert(!yes);
    ck_assert_int_eq(pinentry_choose(p, &w, &yes), OK);
    ck_assert(yes);
    ck_assert_int_eq(pinentry_message(p, &w), OK);
    ck_assert_int_eq(pinentry_choose(p, &w, &yes), ERR_CONSENT_DECLINED);
    ck_assert_uint_eq(dialog_count("CONFIRM --one-button"), 1);
    ck_assert_uint_eq(dialog_count("SETNOTOK Hayır"), 5);
}
END_TEST

START_TEST(no_program)
{
    static const char *const programs[] = {"/no/such/pinentry", "/bin/false", "/etc/passwd"};
    struct pinentry_setup s = {programs[_i], -1, pinentry_now() + 20000};
    own_ptr(pinentry) p = NULL;
    ck_assert_int_eq(pinentry_open(&s, &p), ERR_DIALOG_UNAVAILABLE);
    ck_assert_ptr_null(p);
}
END_TEST

START_TEST(cancelled)
{
    int ends[2];
    own_ptr(pinentry) p = NULL;
    own_ptr(secret) pin = secret_new(64);
    struct pinentry_words w = {.desc = "D"};
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    ck_assert_int_eq(open_scripted("wait\n", 60000, ends[0], &p), OK);
    if (_i == 0)
        ck_assert_int_eq(write(ends[1], "x", 1), 1);
    else
        (void)close(ends[1]); /* whoever asked is gone */
    ck_assert_int_eq(pinentry_pin(p, &w, pin), ERR_CONSENT_DECLINED);
}
END_TEST

START_TEST(late)
{
    own_ptr(pinentry) p = NULL;
    own_ptr(secret) pin = secret_new(64);
    struct pinentry_words w = {.desc = "D"};
    ck_assert_int_eq(open_scripted("wait\n", 1500, -1, &p), OK);
    ck_assert_int_eq(pinentry_pin(p, &w, pin), ERR_CONSENT_TIMEOUT);
}
END_TEST

int main(void)
{
    dir = scratch_new();
    (void)signal(SIGPIPE, SIG_IGN);
    Suite *s = suite_create("pinentry");
    TCase *t = tcase_create("text");
    tcase_add_loop_test(t, escaping, 0, ROWS(escapes));
    tcase_add_loop_test(t, cut_on_code_points, 0, 6);
    tcase_add_loop_test(t, answer_lines, 0, ROWS(answers));
    tcase_add_loop_test(t, unescaping, 0, ROWS(data_lines));
    suite_add_tcase(s, t);
    t = tcase_create("program");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, asking_for_a_pin, 0, ROWS(dialogs));
    tcase_add_test(t, a_yes_and_a_no);
    tcase_add_loop_test(t, no_program, 0, 3);
    tcase_add_loop_test(t, cancelled, 0, 2);
    tcase_add_test(t, late);
    suite_add_tcase(s, t);
    return suite_run(s);
}
