/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <time.h>

#include "core/utc.h"

#include "tests/support/suite.h"

enum form { UTCTIME, GENERALIZED, XSD };

static const struct {
    enum form form;
    const char *text;
    bool ok;
    utc_t t;
} rows[] = {
    {UTCTIME, "700101000000Z", true, 0},
    {UTCTIME, "261122120000Z", true, 1795348800},
    {UTCTIME, "500101000000Z", true, -631152000}, /* RFC 5280 4.1.2.5.1: 50 is 1950 */
    {UTCTIME, "491231235959Z", true, 2524607999},
    {UTCTIME, "240229000000Z", true, 1709164800},
    {UTCTIME, "230229000000Z", false, 0},
    {UTCTIME, "260431000000Z", false, 0},
    {UTCTIME, "261322120000Z", false, 0},
    {UTCTIME, "260022120000Z", false, 0},
    {UTCTIME, "261100120000Z", false, 0},
    {UTCTIME, "261122240000Z", false, 0},
    {UTCTIME, "261122126000Z", false, 0},
    {UTCTIME, "261122120060Z", false, 0},
    {UTCTIME, "2611221200Z", false, 0},
    {UTCTIME, "261122120000+0300", false, 0},
    {UTCTIME, "261122120000z", false, 0},
    {UTCTIME, "2611221200 0Z", false, 0},
    {UTCTIME, "", false, 0},
    {GENERALIZED, "20261122120000Z", true, 1795348800},
    {GENERALIZED, "20500101000000Z", true, 2524608000},
    {GENERALIZED, "00000101000000Z", true, -62167219200},
    {GENERALIZED, "99991231235959Z", true, 253402300799},
    {GENERALIZED, "19000229000000Z", false, 0}, /* a century without its leap day */
    {GENERALIZED, "20000229000000Z", true, 951782400},
    {GENERALIZED, "20261122120000.5Z", false, 0}, /* RFC 5280 4.1.2.5.2: no fraction */
    {GENERALIZED, "20261122120000", false, 0},
    {XSD, "2026-11-22T12:00:00Z", true, 1795348800},
    {XSD, "2026-11-22T15:00:00+03:00", true, 1795348800},
    {XSD, "2026-11-22T08:30:00-03:30", true, 1795348800},
    {XSD, "2026-11-22T12:00:00.123456789Z", true, 1795348800},
    {XSD, "2026-11-22T12:00:00.1234567890Z", false, 0},
    {XSD, "2026-11-22T12:00:00.Z", false, 0},
    {XSD, "2026-11-22T12:00:00", false, 0},
    {XSD, "2026-11-22T12:00:00+14:00", true, 1795298400},
    {XSD, "2026-11-22T12:00:00+14:01", false, 0},
    {XSD, "2026-11-22T12:00:00+03:60", false, 0},
    {XSD, "2026-11-22T12:00:00+0300", false, 0},
    {XSD, "2026-11-22 12:00:00Z", false, 0},
    {XSD, " 2026-11-22T12:00:00Z", false, 0},
    {XSD, "2026-11-22T12:00:00Z ", false, 0},
    {XSD, "2026-11-22T12:00:00ZZ", false, 0},
    {XSD, "2026-02-30T12:00:00Z", false, 0},
    {XSD, "0000-01-01T00:00:00Z", false, 0},
    {XSD, "-2026-11-22T12:00:00Z", false, 0},
    {XSD, "2026-11-22", false, 0},
};

START_TEST(reads)
{
    static bool (*const readers[])(struct bytes, utc_t *) = {utc_read_utctime, utc_read_generalized,
                                                             utc_read_xsd};
    utc_t t = 42;
    bool ok = readers[rows[_i].form](bytes_str(rows[_i].text), &t);
    ck_assert_msg(ok == rows[_i].ok && t == (ok ? rows[_i].t : 42), "%s: %lld", rows[_i].text,
                  (long long)t);
}
END_TEST

START_TEST(writes)
{
    static const struct {
        int minutes;
        const char *text;
    } texts[] = {{0, "2026-11-22T12:00:00Z"},
                 {UTC_TURKEY_MINUTES, "2026-11-22T15:00:00+03:00"},
                 {-210, "2026-11-22T08:30:00-03:30"},
                 {720, "2026-11-23T00:00:00+12:00"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        own(buf) out = buf_max(64);
        utc_write_xsd(&out, 1795348800, texts[i].minutes);
        ck_assert_str_eq(buf_cstr(&out), texts[i].text);
    }
}
END_TEST

/* The C library's calendar beside ours, over nine thousand years. */
START_TEST(agrees_with_gmtime)
{
    for (utc_t t = -62135596800; t < 253402300799; t += 86400 * 397 + 3607) {
        own(buf) out = buf_max(64);
        char wanted[64];
        struct tm tm;
        time_t of = (time_t)t;
        ck_assert_ptr_nonnull(gmtime_r(&of, &tm));
        (void)snprintf(wanted, sizeof wanted, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
        utc_write_xsd(&out, t, 0);
        ck_assert_str_eq(buf_cstr(&out), wanted);
        utc_t back;
        ck_assert(utc_read_xsd(buf_bytes(&out), &back) && back == t);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("utc");
    TCase *t = tcase_create("utc");
    tcase_add_loop_test(t, reads, 0, ROWS(rows));
    tcase_add_test(t, writes);
    tcase_add_test(t, agrees_with_gmtime);
    suite_add_tcase(s, t);
    return suite_run(s);
}
