/* SPDX-License-Identifier: MIT */
#include "core/err.h"

#include <check.h>
#include <string.h>

#include "tests/support/suite.h"

START_TEST(every_error_has_its_words)
{
    for (unsigned e = OK; e < ERR_COUNT; e++) {
        ck_assert_uint_gt(strlen(err_slug((err_t)e)), 0);
        for (unsigned other = OK; other < e; other++)
            ck_assert_str_ne(err_slug((err_t)other), err_slug((err_t)e));
        ck_assert_uint_gt(strlen(err_title((err_t)e, LANG_TR)), 0);
        ck_assert_uint_gt(strlen(err_title((err_t)e, LANG_EN)), 0);
    }
    ck_assert_str_eq(err_slug((err_t)12345), "internal");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("err");
    TCase *t = tcase_create("err");
    tcase_add_test(t, every_error_has_its_words);
    suite_add_tcase(s, t);
    return suite_run(s);
}
