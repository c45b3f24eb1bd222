/* SPDX-License-Identifier: MIT */
#include "core/kimlik.h"

#include <check.h>

#include "tests/support/suite.h"

START_TEST(check_digits_and_mask)
{
    static const struct {
        const char *no;
        bool good;
        const char *masked;
    } rows[] = {
        {"10000000146", true, "100******46"},
        {"10000000078", true, "100******78"},
        {"12345678950", true, "123******50"},
        {"10000000111", false, "100******11"},
        {"11111111111", false, "111******11"},
        {"01234567890", false, "012******90"},
        {"1000000014", false, "**********"},
        {"1000000014a", false, "100******4a"},
        {"", false, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char masked[32];
        ck_assert_int_eq(kimlik_valid(bytes_str(rows[i].no)), rows[i].good);
        kimlik_mask(bytes_str(rows[i].no), masked);
        ck_assert_str_eq(masked, rows[i].masked);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("kimlik");
    TCase *t = tcase_create("kimlik");
    tcase_add_test(t, check_digits_and_mask);
    suite_add_tcase(s, t);
    return suite_run(s);
}
