/* SPDX-License-Identifier: MIT */
/* What a person reads of an origin. */
#include "pkcs11/site.h"

#include <check.h>

#include "core/origin.h"

#include "tests/support/suite.h"

#define L50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"

static const struct {
    const char *origin;
    size_t max;
    const char *shown;
} rows[] = {
    {"https://portal.example", 80, "https://portal.example"},
    {"https://portal.example:8443", 80, "https://portal.example:8443"},
    {"http://localhost:3000", 80, "http://localhost:3000"},
    {"https://[2001:db8::1]:8443", 80, "https://[2001:db8::1]:8443"},
    /* RFC 5891: the name, beside what decides */
    {"https://xn--bavuru-xjb.example", 80, "https://xn--bavuru-xjb.example (başvuru.example)"},
    {"https://xn--bavuru-xjb.example:8443", 80,
     "https://xn--bavuru-xjb.example:8443 (başvuru.example)"},
    /* Cyrillic а, as it is told from Latin a */
    {"https://xn--kmusm-4ve.example", 80, "https://xn--kmusm-4ve.example (kаmusm.example)"},
    /* not what a name encodes to: it stands alone */
    {"https://xn--a.example", 80, "https://xn--a.example"},
    {"https://xn--abc-.example", 80, "https://xn--abc-.example"},
    {"https://xn--portal-.example", 80, "https://xn--portal-.example"},
    {"https://xn--99zzzzzzzzzzzz.example", 80, "https://xn--99zzzzzzzzzzzz.example"},
    /* U+202E would turn what follows around: not a name either (RFC 5892) */
    {"https://xn--example-z76c.example", 80, "https://xn--example-z76c.example"},
    /* a long one keeps its end: the owner's name is there */
    {"https://kamusm.gov.tr." L50 ".evil.example", 40, "https://…ddddddddeeeeeeeeee.evil.example"},
    {"https://kamusm.gov.tr." L50 ".evil.example", SITE_WHOLE,
     "https://kamusm.gov.tr." L50 ".evil.example"},
    /* no origin: a line at most */
    {"https://portal.example\nOK: yes", 80, "https://portal.example OK: yes"},
    {"null", 80, "null"},
};

START_TEST(one_row)
{
    own(buf) out = buf_max(2048);
    site_show(&out, rows[_i].origin, rows[_i].max);
    ck_assert_str_eq(buf_cstr(&out), rows[_i].shown);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("site");
    TCase *t = tcase_create("site");
    tcase_add_loop_test(t, one_row, 0, ROWS(rows));
    suite_add_tcase(s, t);
    return suite_run(s);
}
