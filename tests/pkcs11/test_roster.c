/* SPDX-License-Identifier: MIT */
#include "pkcs11/roster.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static struct roster roster;
static struct token_modules found;

/* Only ~/.config/pkcs11/modules is the test's own; what else this machine has comes behind it. */
static void make_home(void)
{
    const char *dir = scratch_new();
    scratch_run("mkdir -p %s/.config/pkcs11/modules", dir);
    if (setenv("HOME", dir, 1) != 0) exit(99);
}

static void add_driver(const char *name)
{
    scratch_run("touch %s && echo 'module: %s' >%s/.config/pkcs11/modules/%s.module",
                scratch_path(name), scratch_path(name), getenv("HOME"), name);
}

static const char *first(void)
{
    ck_assert_uint_gt(found.n, 0);
    const char *path = roster_path(&roster, found.numbers[0]);
    ck_assert_ptr_nonnull(path);
    return strrchr(path, '/') + 1;
}

START_TEST(a_number_stays)
{
    add_driver("b.so");
    ck_assert_int_eq(roster_search(&roster, "", "", &found), OK);
    ck_assert_str_eq(first(), "b.so");
    uint8_t b = found.numbers[0];
    size_t n = found.n;
    add_driver("a.so"); /* installed later, found before */
    ck_assert_int_eq(roster_search(&roster, "", "", &found), OK);
    ck_assert_uint_eq(found.n, n + 1);
    ck_assert_str_eq(first(), "a.so");
    ck_assert_uint_eq(found.numbers[1], b);
    ck_assert_ptr_nonnull(strstr(roster_path(&roster, b), "b.so"));
}
END_TEST

START_TEST(configured_alone)
{
    ck_assert_int_eq(roster_search(&roster, "/no/such.so", "", &found), OK);
    ck_assert_uint_eq(found.n, 1);
    ck_assert_str_eq(first(), "such.so"); /* its worker says that there is none */
}
END_TEST

START_TEST(refused)
{
    ck_assert_int_eq(roster_search(&roster, "no-such-name.so", "", &found), ERR_MODULE_NOT_FOUND);
    ck_assert_int_eq(roster_search(&roster, "", "pkcs11:?pin-value=1", &found), ERR_URI_REFUSED);
    ck_assert_ptr_null(roster_path(&roster, 0));
    ck_assert_ptr_null(roster_path(&roster, TOKEN_WATCHER));
}
END_TEST

int main(void)
{
    make_home();
    Suite *s = suite_create("roster");
    TCase *t = tcase_create("roster");
    tcase_add_test(t, a_number_stays);
    tcase_add_test(t, configured_alone);
    tcase_add_test(t, refused);
    suite_add_tcase(s, t);
    return suite_run(s);
}
