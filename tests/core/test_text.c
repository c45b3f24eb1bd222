/* SPDX-License-Identifier: MIT */
#include "core/text.h"

#include <check.h>

#include "core/err.h"

#include "tests/support/suite.h"

static const struct {
    const char *in, *out;
    size_t max;
} plain[] = {
    {"Ayşe Yılmaz", "Ayşe Yılmaz", 100},
    {"  a \t b \n c  ", "a b c", 100},
    {"form\nBYE\nD 1234", "form BYE D 1234", 100},
    {"a\x01\x1b[31mb\x7f", "a[31mb", 100},
    {"abc\xe2\x80\xae"
     "gpj.exe",
     "abcgpj.exe", 100}, /* U+202E right-to-left override */
    {"a\xe2\x81\xa6"
     "b\xe2\x81\xa9",
     "ab", 100}, /* isolates */
    {"a\xe2\x80\x8b"
     "b\xef\xbb\xbf",
     "ab", 100}, /* zero width space, BOM */
    {"a\xe2\x80\xa8"
     "b",
     "a b", 100}, /* line separator */
    {"\xff\xc0\x80"
     "x",
     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx", 100},
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", 100}, /* a surrogate */
    {"abcdef", "abc…", 3},
    {"ab cdef", "ab…", 2},
    {"abc", "abc", 3},
    {"", "", 3},
};

START_TEST(plain_text)
{
    own(buf) b = buf_max(256);
    text_plain(&b, bytes_str(plain[_i].in), plain[_i].max);
    ck_assert_str_eq(buf_cstr(&b), plain[_i].out);
    ck_assert_int_eq(text_plain_same(bytes_str(plain[_i].in), plain[_i].max),
                     strcmp(plain[_i].in, plain[_i].out) == 0);
    own(buf) again = buf_max(256);
    text_plain(&again, buf_bytes(&b), 100);
    ck_assert_str_eq(buf_cstr(&again), buf_cstr(&b)); /* idempotent */
}
END_TEST

static const struct {
    const char *in, *out;
    size_t room;
} fitted[] = {
    {"reader", "reader", 7},
    {"reader", "reade", 6},
    {"reader", "", 1},
    {"", "", 4},
    {"a\nb", "a b", 4},
    {"ab cd", "ab", 4},      /* no blank at the end */
    {"ab\xc5\x9f", "ab", 4}, /* ş is whole or not there */
    {"ab\xc5\x9f", "ab\xc5\x9f", 5},
    {"\xff\xff", "\xef\xbf\xbd", 6}, /* malformed octets grow */
};

START_TEST(plain_text_in)
{
    char out[8];
    memset(out, 'x', sizeof out);
    text_plain_in(out, fitted[_i].room, bytes_str(fitted[_i].in), 100);
    ck_assert_str_eq(out, fitted[_i].out);
    ck_assert(text_plain_same(bytes_str(out), 100));
    for (size_t i = fitted[_i].room; i < sizeof out; i++) ck_assert_int_eq(out[i], 'x');
}
END_TEST

START_TEST(utf8)
{
    static const struct {
        const char *s;
        bool good;
    } rows[] = {
        {"ğüşiöç", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\xf4\x90\x80\x80", false},
        {"\xc1\x81", false},
        {"\xe0\x80\x80", false},
        {"\xf0\x80\x80\x80", false},
        {"\xe2\x82", false},
        {"\x80", false},
        {"a\xc3", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_int_eq(text_utf8_ok(bytes_str(rows[i].s)), rows[i].good);
}
END_TEST

START_TEST(sizes)
{
    static const struct {
        uint64_t n;
        const char *tr, *en;
    } rows[] = {
        {0, "0 bayt", "0 bytes"},
        {1023, "1023 bayt", "1023 bytes"},
        {4096, "4,0 KiB", "4.0 KiB"},
        {1536, "1,5 KiB", "1.5 KiB"},
        {33u << 20, "33,0 MiB", "33.0 MiB"},
        {UINT64_MAX, "15,9 EiB", "15.9 EiB"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        own(buf) tr = buf_max(64), en = buf_max(64);
        text_size(&tr, rows[i].n, LANG_TR);
        text_size(&en, rows[i].n, LANG_EN);
        ck_assert_str_eq(buf_cstr(&tr), rows[i].tr);
        ck_assert_str_eq(buf_cstr(&en), rows[i].en);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("text");
    TCase *t = tcase_create("text");
    tcase_add_loop_test(t, plain_text, 0, ROWS(plain));
    tcase_add_loop_test(t, plain_text_in, 0, ROWS(fitted));
    tcase_add_test(t, utf8);
    tcase_add_test(t, sizes);
    suite_add_tcase(s, t);
    return suite_run(s);
}
