/* SPDX-License-Identifier: MIT */
#include "xades/issuer_serial.h"

#include <check.h>

#include "tests/support/suite.h"

static const struct {
    struct bytes serial;
    const char *decimal; /* NULL: refused */
} rows[] = {
#define ROW(octets, decimal)                                                                       \
    {                                                                                              \
        {(const uint8_t *)octets, sizeof octets - 1}, decimal                                      \
    }
    ROW("\x00", "0"), ROW("\x01", "1"), ROW("\x7f", "127"), ROW("\x00\xff", "255"),
    ROW("\x01\x00", "256"), ROW("\x00\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"),
    /* 20 octets, the most RFC 5280 4.1.2.2 allows: 2^159 - 1 */
    ROW("\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        "730750818665451459101842416358141509827966271487"),
    ROW("\x7f\xfe\xdc\xba\x98\x76\x54\x32\x10\x0f\x1e\x2d\x3c\x4b\x5a\x69\x78\x87\x96\xa5",
        "730725445373136686481774997712119891193349248677"),
    ROW("", NULL), ROW("\x80", NULL), /* negative */
#undef ROW
};

START_TEST(decimal)
{
    own(buf) b = buf_max(200);
    bool ok = issuer_serial_decimal(&b, rows[_i].serial);
    ck_assert_int_eq(ok, rows[_i].decimal != NULL);
    if (ok) ck_assert_str_eq(buf_cstr(&b), rows[_i].decimal);
}
END_TEST

START_TEST(too_long)
{
    uint8_t v[ISSUER_SERIAL_MAX + 1] = {1};
    own(buf) b = buf_max(1000);
    ck_assert(issuer_serial_decimal(&b, bytes_of(v, ISSUER_SERIAL_MAX)));
    ck_assert(!issuer_serial_decimal(&b, bytes_of(v, sizeof v)));
}
END_TEST

/* RFC 5035 3: SEQUENCE { GeneralNames { [4] Name }, INTEGER }. */
START_TEST(der)
{
    static const uint8_t name[] = {0x30, 0x00}, serial[] = {0x00, 0x80};
    static const uint8_t wanted[] = {0x30, 0x0a, 0x30, 0x04, 0xa4, 0x02,
                                     0x30, 0x00, 0x02, 0x02, 0x00, 0x80};
    struct cert c = {.issuer = bytes_of(name, 2), .serial = bytes_of(serial, 2)};
    own(buf) b = buf_max(100);
    issuer_serial_der(&b, &c);
    ck_assert(bytes_eq(buf_bytes(&b), bytes_of(wanted, sizeof wanted)));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("issuer_serial");
    TCase *t = tcase_create("issuer_serial");
    tcase_add_loop_test(t, decimal, 0, ROWS(rows));
    tcase_add_test(t, too_long);
    tcase_add_test(t, der);
    suite_add_tcase(s, t);
    return suite_run(s);
}
