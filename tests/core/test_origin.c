/* SPDX-License-Identifier: MIT */
/* Origins: one spelling each (RFC 6454 6.2, the URL standard's host serialising). */
#include "core/origin.h"

#include <check.h>
#include <string.h>

#include "tests/support/suite.h"

#define L10 "abcdefghij"
#define L60 L10 L10 L10 L10 L10 L10

static const struct {
    const char *text;
    bool ok, https, loopback;
    const char *host;
} rows[] = {
    {"https://portal.example", true, true, false, "portal.example"},
    {"https://portal.example:8443", true, true, false, "portal.example"},
    {"https://a", true, true, false, "a"},
    {"https://xn--mnchen-3ya.example", true, true, false, "xn--mnchen-3ya.example"},
    {"https://192.0.2.1", true, true, false, "192.0.2.1"},
    {"https://[2001:db8::1]", true, true, false, "[2001:db8::1]"},
    {"https://[2001:db8::1]:8443", true, true, false, "[2001:db8::1]"},
    {"https://" L60 "abc.example", true, true, false, L60 "abc.example"},
    {"https://127.0.0.1", true, true, false, "127.0.0.1"},
    {"http://127.0.0.1", true, false, true, "127.0.0.1"},
    {"http://localhost:3000", true, false, true, "localhost"},
    {"http://[::1]:3000", true, false, true, "[::1]"},
    {"http://localhost.example", true, false, false, "localhost.example"},
    {"http://127.0.0.10", true, false, false, "127.0.0.10"},
    {"http://portal.example", true, false, false, "portal.example"},
    /* not an origin, or not its one spelling */
    {"", false, false, false, NULL},
    {"null", false, false, false, NULL},
    {"https://", false, false, false, NULL},
    {"https://.", false, false, false, NULL},
    {"https://.example", false, false, false, NULL},
    {"https://portal.example.", false, false, false, NULL},
    {"https://portal..example", false, false, false, NULL},
    {"https://-portal.example", false, false, false, NULL},
    {"https://portal-.example", false, false, false, NULL},
    {"https://" L60 "abcd.example", false, false, false, NULL},
    {"https://Portal.example", false, false, false, NULL},
    {"HTTPS://portal.example", false, false, false, NULL},
    {"https://portal.example/", false, false, false, NULL},
    {"https://portal.example?x", false, false, false, NULL},
    {"https://portal.example#x", false, false, false, NULL},
    {"https://user@portal.example", false, false, false, NULL},
    {"https://portal.example:443", false, false, false, NULL},
    {"http://portal.example:80", false, false, false, NULL},
    {"https://portal.example:", false, false, false, NULL},
    {"https://portal.example:0", false, false, false, NULL},
    {"https://portal.example:08443", false, false, false, NULL},
    {"https://portal.example:65536", false, false, false, NULL},
    {"https://portal.example:8443:1", false, false, false, NULL},
    {"https://portal.example:8443/", false, false, false, NULL},
    {"https://m\xc3\xbcnchen.example", false, false, false, NULL},
    {"https://portal_x.example", false, false, false, NULL},
    {"https://portal.example\n", false, false, false, NULL},
    {"https:// portal.example", false, false, false, NULL},
    {"https://[2001:db8::1", false, false, false, NULL},
    {"https://[]", false, false, false, NULL},
    {"https://[portal]", false, false, false, NULL},
    {"https://[2001:DB8::1]", false, false, false, NULL},
    {"https://[::1%25lo]", false, false, false, NULL},
    {"ftp://portal.example", false, false, false, NULL},
    {"file://", false, false, false, NULL},
    {"chrome-extension://abcdefghijklmnop", false, false, false, NULL},
    {"https://" L60 "." L60 "." L60 "." L60 ".abcde", false, false, false, NULL},
};

START_TEST(one_row)
{
    unsigned n;
    ck_assert_int_eq(origin_ok(rows[_i].text), rows[_i].ok);
    if (!rows[_i].ok) return;
    ck_assert_int_eq(origin_is_https(rows[_i].text), rows[_i].https);
    ck_assert_int_eq(origin_is_loopback(rows[_i].text), rows[_i].loopback);
    const char *host = origin_host(rows[_i].text, &n);
    ck_assert_uint_eq(n, strlen(rows[_i].host));
    ck_assert_int_eq(memcmp(host, rows[_i].host, n), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("origin");
    TCase *t = tcase_create("origin");
    tcase_add_loop_test(t, one_row, 0, ROWS(rows));
    suite_add_tcase(s, t);
    return suite_run(s);
}
