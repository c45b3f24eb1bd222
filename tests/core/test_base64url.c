/* SPDX-License-Identifier: MIT */
#include "core/base64url.h"

#include <check.h>

#include "tests/support/suite.h"

static const struct {
    const char *why, *text, *octets; /* octets NULL: refused */
} rows[] = {
    {"nothing", "", ""},
    {"RFC 4648 10", "Zg", "f"},
    {"RFC 4648 10", "Zm8", "fo"},
    {"RFC 4648 10", "Zm9v", "foo"},
    {"RFC 4648 10", "Zm9vYmFy", "foobar"},
    {"RFC 4648 5: - and _", "-_8", "\xfb\xff"},
    {"+ and / are base64's", "+/8", NULL},
    {"RFC 7515 2: no padding", "Zg==", NULL},
    {"RFC 4648 3.5: bits left over", "Zh", NULL},
    {"RFC 4648 3.5: bits left over", "Zm9", NULL},
    {"one character holds no octet", "Zm9vY", NULL},
    {"a line break", "Zm9v\n", NULL},
    {"a space", "Zm 9", NULL},
    {"not ASCII", "Zm\xc3\xa7", NULL},
};

START_TEST(both_ways)
{
    own(buf) out = buf_max(64);
    own(buf) back = buf_max(64);
    buf_byte(&out, '>');
    bool good = base64url_decode(&out, bytes_str(rows[_i].text));
    ck_assert_msg(good == (rows[_i].octets != NULL), "%s", rows[_i].why);
    ck_assert_str_eq(buf_cstr(&out) + 1, good ? rows[_i].octets : "");
    if (!good) return;
    base64url_encode(&back, bytes_str(rows[_i].octets));
    ck_assert_str_eq(buf_cstr(&back), rows[_i].text);
}
END_TEST

START_TEST(no_room)
{
    own(buf) out = buf_max(3);
    buf_byte(&out, '>');
    ck_assert(!base64url_decode(&out, bytes_str("Zm9v")));
    ck_assert_uint_eq(out.len, 1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base64url");
    TCase *t = tcase_create("base64url");
    tcase_add_loop_test(t, both_ways, 0, ROWS(rows));
    tcase_add_test(t, no_room);
    suite_add_tcase(s, t);
    return suite_run(s);
}
