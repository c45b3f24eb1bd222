/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "core/der.h"

#include "tests/support/suite.h"

/* Every refusal of the reader: the octets, how they are read, the clause. */
enum how { ANY, BOOL, UINT, INT, OID, NUL, BITS, SEQ };

static const struct {
    enum how how;
    const char *octets;
    size_t len;
    const char *clause; /* NULL: taken */
} rows[] = {
#define ROW(how, octets, clause)                                                                   \
    {                                                                                              \
        how, octets, sizeof(octets) - 1, clause                                                    \
    }
    ROW(ANY, "", "X.690 8.1.3"),
    ROW(ANY, "\x04", "X.690 8.1.3"),
    ROW(ANY, "\x04\x01", "X.690 8.1.3"),
    ROW(ANY, "\x04\x00", NULL),
    ROW(ANY, "\x04\x80", "X.690 10.1: indef"),
    ROW(ANY, "\x04\x81\x01\x00", "X.690 10.1: length not"),
    ROW(ANY, "\x04\x81", "X.690 8.1.3"),
    ROW(ANY, "\x04\x82\x00\x80", "X.690 10.1: length not"),
    ROW(ANY, "\x04\x84\xff\xff\xff\xff", "X.690 8.1.3"),
    ROW(ANY, "\x04\x88\xff\xff\xff\xff\xff\xff\xff\xff", "X.690 8.1.3"),
    ROW(ANY, "\x04\x89\x01\x01\x01\x01\x01\x01\x01\x01\x01", "X.690 8.1.3.5"),
    ROW(ANY, "\x04\xff", "X.690 8.1.3.5"),
    ROW(ANY, "\x1f\x81\x01\x00", "X.690 8.1.2.4"),
    ROW(ANY, "\x00\x00", "X.690 8.1.5"),
    ROW(ANY, "\x10\x00", "X.690 10.2"),
    ROW(ANY, "\x24\x00", "X.690 10.2"),
    ROW(ANY, "\xa0\x00", NULL),
    ROW(ANY, "\x28\x00", "X.690 8.17"),
    ROW(ANY, "\x2b\x00", "X.690 8.17"),
    ROW(ANY, "\x3d\x02\x2a\x86", "X.690 8.17"),
    ROW(ANY, "\x1d\x00", "X.690 8.17"),
    ROW(ANY, "\x1e\x01\x61", "X.690 8.23.8"),
    ROW(ANY, "\x1c\x02\x00\x61", "X.690 8.23.7"),
    ROW(ANY, "\x02\x00", "X.690 8.3.1"),
    ROW(BOOL, "\x01\x01\xff", NULL),
    ROW(BOOL, "\x01\x01\x00", NULL),
    ROW(BOOL, "\x01\x01\x01", "X.690 11.1"),
    ROW(BOOL, "\x01\x00", "X.690 11.1"),
    ROW(UINT, "\x02\x01\x7f", NULL),
    ROW(UINT, "\x02\x02\x00\x80", NULL),
    ROW(UINT, "\x02\x09\x00\xff\xff\xff\xff\xff\xff\xff\xff", NULL),
    ROW(UINT, "\x02\x09\x01\xff\xff\xff\xff\xff\xff\xff\xff", "X.690 8.3.3"),
    ROW(UINT, "\x02\x01\x80", "X.690 8.3.3"),
    ROW(INT, "\x02\x01\x80", NULL),
    ROW(INT, "\x02\x02\x00\x7f", "X.690 8.3.2"),
    ROW(INT, "\x02\x02\xff\x80", "X.690 8.3.2"),
    ROW(INT, "\x04\x01\x00", "X.690 8.1.2"),
    ROW(OID, "\x06\x01\x2a", NULL),
    ROW(OID, "\x06\x00", "X.690 8.19.2"),
    ROW(OID, "\x06\x02\x2a\x86", "X.690 8.19.2"),
    ROW(OID, "\x06\x03\x2a\x80\x01", "X.690 8.19.2"),
    ROW(OID, "\x06\x03\x2a\x81\x00", NULL),
    ROW(NUL, "\x05\x00", NULL),
    ROW(NUL, "\x05\x01\x00", "X.690 8.8.2"),
    ROW(BITS, "\x03\x01\x00", NULL),
    ROW(BITS, "\x03\x00", "X.690 8.6.2.1"),
    ROW(BITS, "\x03\x01\x01", "X.690 8.6.2.2"),
    ROW(BITS, "\x03\x02\x08\x00", "X.690 8.6.2.2"),
    ROW(BITS, "\x03\x02\x04\xf0", NULL),
    ROW(BITS, "\x03\x02\x04\xf8", "X.690 11.2.1"),
    ROW(SEQ, "\x30\x00", NULL),
    ROW(SEQ, "\x31\x00", "X.690 8.1.2"),
    ROW(SEQ, "\x30\x00\x00", "X.690 8.1.1"),
};

START_TEST(reads_what_der_allows)
{
    struct der_latch why = {0};
    struct der d = der_of(bytes_of(rows[_i].octets, rows[_i].len), &why), inner;
    struct bytes v;
    uint64_t n;
    unsigned unused;
    bool flag, ok = false;
    switch (rows[_i].how) {
    case ANY:
        ok = der_get_any(&d, NULL, NULL, NULL);
        break;
    case BOOL:
        ok = der_get_bool(&d, &flag);
        break;
    case UINT:
        ok = der_get_uint(&d, &n);
        break;
    case INT:
        ok = der_get_integer(&d, &v);
        break;
    case OID:
        ok = der_get_oid(&d, &v);
        break;
    case NUL:
        ok = der_get_null(&d);
        break;
    case BITS:
        ok = der_get_bits(&d, &v, &unused);
        break;
    case SEQ:
        ok = der_get(&d, DER_SEQUENCE, &inner);
        break;
    }
    ok = ok && der_end(&d);
    const char *wanted = rows[_i].clause;
    ck_assert_msg(ok == !wanted && ok == !why.clause, "row %d: %s", _i, why.clause);
    if (wanted)
        ck_assert_msg(strncmp(why.clause, wanted, strlen(wanted)) == 0, "row %d: %s", _i,
                      why.clause);
}
END_TEST

START_TEST(first_refusal_and_its_place_stay)
{
    static const uint8_t in[] = {0x30, 0x05, 0x02, 0x01, 0x07, 0x01, 0x00};
    struct der_latch why = {0};
    struct der d = der_of(bytes_of(in, sizeof in), &why), seq;
    uint64_t n;
    bool flag;
    ck_assert(der_get(&d, DER_SEQUENCE, &seq) && der_get_uint(&seq, &n) && n == 7);
    ck_assert(!der_get_bool(&seq, &flag));
    ck_assert(!der_refuse(&d, "later"));
    ck_assert_uint_eq(why.at, 5);
    ck_assert(strncmp(why.clause, "X.690 11.1", 10) == 0);
}
END_TEST

START_TEST(optional_elements)
{
    static const uint8_t in[] = {0xa0, 0x02, 0x05, 0x00, 0x02, 0x02, 0x01};
    struct der_latch why = {0};
    struct der d = der_of(bytes_of(in, sizeof in), &why), v;
    bool present = true;
    ck_assert(der_opt(&d, DER_CONTEXT_CONS(1), &v, &present) && !present);
    ck_assert(der_opt(&d, DER_CONTEXT_CONS(0), &v, &present) && present);
    ck_assert(der_get_null(&v) && der_end(&v) && der_more(&d) && der_peek(&d, DER_INTEGER));
    ck_assert(!der_opt(&d, DER_INTEGER, &v, &present)); /* there, but cut off */
    ck_assert_ptr_nonnull(why.clause);
}
END_TEST

/* X.690 10.1: lengths at each step of their encoding, written by both ways and read back. */
START_TEST(lengths_come_back)
{
    static const size_t lengths[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 70000};
    size_t len = lengths[_i];
    own(buf) content = buf_max(1 << 20), put = buf_max(1 << 20), opened = buf_max(1 << 20);
    for (size_t i = 0; i < len; i++) buf_byte(&content, (uint8_t)i);
    der_put(&put, DER_OCTET_STRING, buf_bytes(&content));
    size_t at = der_put_open(&opened, DER_OCTET_STRING);
    buf_add(&opened, buf_bytes(&content));
    der_put_close(&opened, at);
    ck_assert(bytes_eq(buf_bytes(&put), buf_bytes(&opened)));
    struct der_latch why = {0};
    struct der d = der_of(buf_bytes(&put), &why);
    struct bytes v;
    ck_assert(der_get_bytes(&d, DER_OCTET_STRING, &v) && der_end(&d));
    ck_assert(bytes_eq(v, buf_bytes(&content)));
}
END_TEST

START_TEST(nested_elements_and_integers)
{
    own(buf) b = buf_max(1024), small = buf_max(5);
    size_t outer = der_put_open(&b, DER_SEQUENCE), inner = der_put_open(&b, DER_SET);
    der_put_integer(&b, bytes_of("", 0));
    der_put_integer(&b, bytes_of("\x80", 1));
    der_put_integer(&b, bytes_of("\0\xff\xff\xff\xff\xff\xff\xff\xff", 9));
    der_put_close(&b, inner);
    der_put_integer(&b, bytes_of("\0\0\x81", 3));
    der_put_close(&b, outer);
    static const uint8_t wanted[] = "\x30\x18\x31\x12\x02\x01\x00\x02\x02\x00\x80\x02\x09\x00\xff"
                                    "\xff\xff\xff\xff\xff\xff\xff\x02\x02\x00\x81";
    ck_assert(bytes_eq(buf_bytes(&b), bytes_of(wanted, sizeof wanted - 1)));
    size_t at = der_put_open(&small, DER_SEQUENCE);
    der_put_integer(&small, bytes_of("\x01\x11\x70", 3));
    der_put_close(&small, at);
    ck_assert(!buf_ok(&small));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("der");
    TCase *t = tcase_create("der");
    tcase_add_loop_test(t, reads_what_der_allows, 0, ROWS(rows));
    tcase_add_test(t, first_refusal_and_its_place_stay);
    tcase_add_test(t, optional_elements);
    tcase_add_loop_test(t, lengths_come_back, 0, 9);
    tcase_add_test(t, nested_elements_and_integers);
    suite_add_tcase(s, t);
    return suite_run(s);
}
