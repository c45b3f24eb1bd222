/* SPDX-License-Identifier: MIT */
#include "fetch/account.h"

#include <check.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/digest.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *f = fopen(path, "w");
    ck_assert_ptr_nonnull(f);
    (void)fputs(text, f);
    (void)fclose(f);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static struct account *read_text(const char *text)
{
    struct account *a = NULL;
    const char *why = NULL, *path = scratch_path("account");
    write_file(path, text, 0600);
    err_t e = account_read(path, &a, &why);
    ck_assert_msg(e == OK, "%s", why);
    return a;
}

/* Kamu SM's header for a known password, salt and iv, made apart from this code. */
START_TEST(known_answer)
{
    static const uint8_t salt[ACCOUNT_SALT] = {0, 1, 2, 3, 4, 5, 6, 7};
    static const uint8_t iv[ACCOUNT_IV] = {0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17,
                                           0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f};
    own_ptr(account) a = read_text("user = 123456\npassword = parola-1234\n");
    own(buf) out = buf_max(1024);
    struct digest imprint;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("abc"), &imprint));
    ck_assert(account_identity(a, digest_bytes(&imprint), salt, iv, &out));
    ck_assert_str_eq(buf_cstr(&out),
                     "3056020301e240040800010203040506070201640410101112131415161718191a1b1c1d1e1f"
                     "04301ceb049c855a8ce491a60de2328709fce5033af185943fbc83ca035ca2af602b287e36ee"
                     "cf46d0ac7d82e99edfe8fc93");
}
END_TEST

/* RFC 7617 2. */
START_TEST(basic)
{
    own_ptr(account) a = read_text("# test\n\n  password=open sesame  \r\nuser = Aladdin");
    own(buf) out = buf_max(1024);
    ck_assert_str_eq(account_user(a), "Aladdin");
    ck_assert(!account_user_is_number(a));
    ck_assert(account_basic(a, &out));
    ck_assert_str_eq(buf_cstr(&out), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}
END_TEST

START_TEST(a_name_is_no_number)
{
    static const uint8_t salt[ACCOUNT_SALT] = {0}, iv[ACCOUNT_IV] = {0};
    own_ptr(account) a = read_text("user = 12a\npassword = p\n");
    own(buf) out = buf_max(1024);
    ck_assert(!account_identity(a, bytes_str("abc"), salt, iv, &out));
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

#define LONG                                                                                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const char *const malformed[] = {
    "",
    "user = 1\n",
    "password = p\n",
    "user = 1\npassword =\n",
    "user =\npassword = p\n",
    "user = 1\nuser = 2\npassword = p\n",
    "user = 1\npassword = p\npassword = q\n",
    "user = 1\npassword = p\nother = x\n",
    "user = a:b\npassword = p\n", /* RFC 7617 2: no colon */
    "user = 1\npassword\n",
    "user = " LONG "\npassword = p\n",
    "user = 1\npassword = " LONG LONG LONG "\n",
    "user = 1\npassword = \xff\n",
    "# " LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG "\nuser = 1\npassword = p\n",
};

START_TEST(refused)
{
    struct account *a = NULL;
    const char *why = NULL, *path = scratch_path("account");
    write_file(path, malformed[_i], 0600);
    ck_assert_int_eq(account_read(path, &a, &why), ERR_SETTING_INVALID);
    ck_assert_ptr_null(a);
    ck_assert_ptr_null(strstr(why, LONG));
}
END_TEST

START_TEST(open_to_others)
{
    struct account *a = NULL;
    const char *why = NULL, *path = scratch_path("open");
    static const mode_t modes[] = {0640, 0604, 0666, 0700};
    write_file(path, "user = 1\npassword = p\n", modes[_i]);
    ck_assert_int_eq(account_read(path, &a, &why), ERR_FILE_UNREADABLE);
    ck_assert_int_eq(account_read("/no/such/file", &a, &why), ERR_FILE_UNREADABLE);
    ck_assert_ptr_null(a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("account");
    TCase *t = tcase_create("account");
    (void)scratch_new();
    tcase_add_test(t, known_answer);
    tcase_add_test(t, basic);
    tcase_add_test(t, a_name_is_no_number);
    tcase_add_loop_test(t, refused, 0, ROWS(malformed));
    tcase_add_loop_test(t, open_to_others, 0, 4);
    suite_add_tcase(s, t);
    return suite_run(s);
}
