/* SPDX-License-Identifier: MIT */
/* RFC 8785's own vectors, and what it leaves to ECMA-262. */
#include "api/jcs.h"

#include <check.h>
#include <math.h>

#include "tests/support/suite.h"

/* Appendix B, and where the nearest short decimal is another double's (a power of two). */
static const struct {
    uint64_t bits;
    const char *text; /* NULL: has none */
} numbers[] = {
    {0x0000000000000000, "0"},
    {0x8000000000000000, "0"},
    {0x0000000000000001, "5e-324"},
    {0x8000000000000001, "-5e-324"},
    {0x7fefffffffffffff, "1.7976931348623157e+308"},
    {0xffefffffffffffff, "-1.7976931348623157e+308"},
    {0x4340000000000000, "9007199254740992"},
    {0xc340000000000000, "-9007199254740992"},
    {0x4430000000000000, "295147905179352830000"},
    {0x7fffffffffffffff, NULL},
    {0x7ff0000000000000, NULL},
    {0x44b52d02c7e14af5, "9.999999999999997e+22"},
    {0x44b52d02c7e14af6, "1e+23"},
    {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
    {0x444b1ae4d6e2ef4e, "999999999999999700000"},
    {0x444b1ae4d6e2ef4f, "999999999999999900000"},
    {0x444b1ae4d6e2ef50, "1e+21"},
    {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
    {0x3eb0c6f7a0b5ed8d, "0.000001"},
    {0x41b3de4355555553, "333333333.3333332"},
    {0x41b3de4355555554, "333333333.33333325"},
    {0x41b3de4355555555, "333333333.3333333"},
    {0x41b3de4355555556, "333333333.3333334"},
    {0x41b3de4355555557, "333333333.33333343"},
    {0xbecbf647612f3696, "-0.0000033333333333333333"},
    {0x43143ff3c1cb0959, "1424953923781206.2"},
    {0x3d30000000000000, "5.684341886080802e-14"}, /* 2^-44 */
};

START_TEST(number)
{
    char text[JCS_NUMBER];
    double v;
    memcpy(&v, &numbers[_i].bits, sizeof v);
    ck_assert(jcs_number(v, text) == (numbers[_i].text != NULL));
    if (numbers[_i].text) ck_assert_str_eq(text, numbers[_i].text);
}
END_TEST

static const struct {
    const char *why, *text, *canonical; /* NULL: refused */
} rows[] = {
    {"3.2.2",
     "{\n  \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],\n"
     "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
     "  \"literals\": [null, true, false]\n}",
     "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
     "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"},
    {"3.2.3",
     "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet "
     "With Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":"
     "\"Control\",\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
     "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"ö\":\"Latin Small "
     "Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning "
     "Face\",\"\xef\xac\xb3\":\"Hebrew "
     "Letter Dalet With Dagesh\"}"},
    {"3.2.3 inner objects", "{\"b\":[{\"d\":{},\"c\":[ ]}],\"a\":1}",
     "{\"a\":1,\"b\":[{\"c\":[],\"d\":{}}]}"},
    {"a prefix comes first", "{\"ab\":1,\"a\":2,\"\":3}", "{\"\":3,\"a\":2,\"ab\":1}"},
    {"3.2.2.2 control", "\"\\b\\f\\u001F\x7f\"", "\"\\b\\f\\u001f\x7f\""},
    {"a number beyond doubles", "[1e999]", NULL},
    {"an integer beyond 64 bits", "[100000000000000000000000]", "[1e+23]"},
    {"a lone surrogate", "\"\\ud800\"", NULL},
    {"a key twice", "{\"a\":1,\"\\u0061\":2}", NULL},
};

START_TEST(text)
{
    own(buf) out = buf_max(4096);
    struct jsonscan_refusal why;
    buf_byte(&out, '>');
    err_t e = jcs_write(bytes_str(rows[_i].text), 8, &out, &why);
    ck_assert_int_eq(e, rows[_i].canonical ? OK : ERR_MALFORMED_JSON);
    ck_assert_str_eq(buf_cstr(&out) + 1, rows[_i].canonical ? rows[_i].canonical : "");
}
END_TEST

START_TEST(what_does_not_fit)
{
    own(buf) out = buf_max(8);
    struct jsonscan_refusal why;
    ck_assert_int_eq(jcs_write(bytes_str("{\"b\":1,\"a\":2}"), 8, &out, &why), ERR_STORAGE_FULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jcs");
    TCase *t = tcase_create("jcs");
    tcase_add_loop_test(t, number, 0, ROWS(numbers));
    tcase_add_loop_test(t, text, 0, ROWS(rows));
    tcase_add_test(t, what_does_not_fit);
    suite_add_tcase(s, t);
    return suite_run(s);
}
