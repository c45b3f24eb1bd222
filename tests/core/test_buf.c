/* SPDX-License-Identifier: MIT */
#include "core/buf.h"

#include <check.h>

#include "tests/support/suite.h"

START_TEST(appends_and_texts)
{
    own(buf) b = buf_max(64);
    buf_str(&b, "a");
    buf_fmt(&b, "%d", 12);
    buf_byte(&b, 'z');
    buf_hex(&b, bytes_of("\x0f\xf0", 2));
    ck_assert_str_eq(buf_cstr(&b), "a12z0ff0");
    buf_cut(&b, 3);
    ck_assert_str_eq(buf_cstr(&b), "a12");
    ck_assert_uint_eq(b.len, 3);
}
END_TEST

START_TEST(maximum_is_exact_and_failure_stays)
{
    own(buf) b = buf_max(4);
    buf_str(&b, "1234");
    ck_assert(buf_ok(&b));
    buf_byte(&b, '5');
    ck_assert(!buf_ok(&b));
    buf_cut(&b, 0);
    buf_str(&b, "x");
    ck_assert(!buf_ok(&b));
    ck_assert_uint_eq(b.len, 0);
}
END_TEST

START_TEST(long_format_grows)
{
    own(buf) b = buf_max(4096);
    buf_fmt(&b, "%0*d", 1000, 7);
    ck_assert_uint_eq(b.len, 1000);
    own(buf) small = buf_max(999);
    buf_fmt(&small, "%0*d", 1000, 7);
    ck_assert(!buf_ok(&small));
}
END_TEST

START_TEST(take_moves_the_storage)
{
    own(buf) b = buf_max(16);
    buf_str(&b, "moved");
    own(buf) taken = buf_take(&b);
    ck_assert_uint_eq(b.len, 0);
    ck_assert(bytes_eq_str(buf_bytes(&taken), "moved"));
}
END_TEST

START_TEST(wiped_is_empty)
{
    struct buf b = buf_max(8), none = buf_max(8);
    buf_str(&b, "secret");
    buf_wipe(&b);
    buf_wipe(&none);
    ck_assert(b.p == NULL && b.len == 0 && b.cap == 0 && b.max == 8);
    buf_str(&b, "eight ok");
    ck_assert(buf_ok(&b));
    buf_wipe(&b);
}
END_TEST

START_TEST(views)
{
    struct bytes b = bytes_str("abcdef");
    ck_assert(bytes_eq_str(bytes_sub(b, 2, 2), "cd"));
    ck_assert_uint_eq(bytes_sub(b, 7, 1).len, 0);
    ck_assert_uint_eq(bytes_sub(b, 4, SIZE_MAX).len, 2);
    ck_assert(bytes_starts(b, bytes_str("abc")) && !bytes_starts(bytes_str("ab"), b));
    ck_assert(bytes_eq_secret(b, bytes_str("abcdef")) && !bytes_eq_secret(b, bytes_str("abcdeg")));
    ck_assert(!bytes_eq_secret(b, bytes_str("abcde")));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("buf");
    TCase *t = tcase_create("buf");
    tcase_add_test(t, appends_and_texts);
    tcase_add_test(t, maximum_is_exact_and_failure_stays);
    tcase_add_test(t, long_format_grows);
    tcase_add_test(t, take_moves_the_storage);
    tcase_add_test(t, wiped_is_empty);
    tcase_add_test(t, views);
    suite_add_tcase(s, t);
    return suite_run(s);
}
