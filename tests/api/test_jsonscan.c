/* SPDX-License-Identifier: MIT */
#include "api/jsonscan.h"
#include "core/buf.h"

#include <check.h>

#include "tests/support/suite.h"

/* RFC 8259, and what this house refuses beyond it. */

struct row {
    const char *why; /* clause or attack */
    const char *text;
    size_t len; /* 0: strlen */
    enum jsonscan_flaw flaw;
    size_t offset; /* of the flaw */
};

static const struct row rows[] = {
    {"3 values", "{}", 0, JSONSCAN_SOUND, 0},
    {"3 values", " [ true , false , null ] ", 0, JSONSCAN_SOUND, 0},
    {"4 objects", "{\"a\":{\"b\":[]},\"c\":\"d\"}", 0, JSONSCAN_SOUND, 0},
    {"6 numbers", "[0,-0,1.5,1e9,-1E-9,10]", 0, JSONSCAN_SOUND, 0},
    {"7 strings", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e7\\ud83d\\ude00\",\"ş😀\"]", 0, JSONSCAN_SOUND,
     0},
    {"2 white space", "\t\r\n {} \n", 0, JSONSCAN_SOUND, 0},
    {"a scalar is a text", "\"a\"", 0, JSONSCAN_SOUND, 0},
    {"nothing", "", 0, JSONSCAN_EMPTY, 0},
    {"only white space", "  ", 0, JSONSCAN_EMPTY, 2},
    {"8.1 byte order mark", "\xef\xbb\xbf{}", 0, JSONSCAN_BOM, 0},
    {"two values", "{}{}", 0, JSONSCAN_TRAILING, 2},
    {"NUL behind", "{}\0", 3, JSONSCAN_TRAILING, 2},
    {"cut off", "{\"a\":", 0, JSONSCAN_CUT_OFF, 5},
    {"cut off in a string", "[\"a", 0, JSONSCAN_CUT_OFF, 3},
    {"cut off after an item", "[1", 0, JSONSCAN_CUT_OFF, 2},
    {"cut off after a comma", "[1,", 0, JSONSCAN_CUT_OFF, 3},
    {"trailing comma", "[1,]", 0, JSONSCAN_UNEXPECTED, 3},
    {"trailing comma", "{\"a\":1,}", 0, JSONSCAN_UNEXPECTED, 7},
    {"leading comma", "[,1]", 0, JSONSCAN_UNEXPECTED, 1},
    {"missing colon", "{\"a\" 1}", 0, JSONSCAN_UNEXPECTED, 5},
    {"wrong bracket", "[1}", 0, JSONSCAN_UNEXPECTED, 2},
    {"key without quotes", "{a:1}", 0, JSONSCAN_UNEXPECTED, 1},
    {"number as a key", "{1:1}", 0, JSONSCAN_UNEXPECTED, 1},
    {"single quotes", "{'a':1}", 0, JSONSCAN_UNEXPECTED, 1},
    {"comment", "{/**/}", 0, JSONSCAN_UNEXPECTED, 1},
    {"NaN (json-c takes it)", "[NaN]", 0, JSONSCAN_UNEXPECTED, 1},
    {"Infinity (json-c takes it)", "[Infinity]", 0, JSONSCAN_UNEXPECTED, 1},
    {"-Infinity", "[-Infinity]", 0, JSONSCAN_NUMBER, 1},
    {"True (json-c takes it)", "[True]", 0, JSONSCAN_UNEXPECTED, 1},
    {"6 leading zero", "[01]", 0, JSONSCAN_NUMBER, 1},
    {"6 leading plus", "[+1]", 0, JSONSCAN_UNEXPECTED, 1},
    {"6 no digit before the point", "[.5]", 0, JSONSCAN_UNEXPECTED, 1},
    {"6 no digit after the point", "[1.]", 0, JSONSCAN_NUMBER, 1},
    {"6 empty exponent", "[1e]", 0, JSONSCAN_NUMBER, 1},
    {"hexadecimal", "[0x1]", 0, JSONSCAN_UNEXPECTED, 2},
    {"a number too long", "[123456789012345678901234567890123]", 0, JSONSCAN_NUMBER, 1},
    {"7 raw newline", "[\"a\nb\"]", 0, JSONSCAN_CONTROL, 3},
    {"7 raw NUL", "[\"a\0b\"]", 7, JSONSCAN_CONTROL, 3},
    {"7 raw tab", "[\"\t\"]", 0, JSONSCAN_CONTROL, 2},
    {"raw newline in a key", "{\"a\n\":1}", 0, JSONSCAN_CONTROL, 3},
    {"7 unknown escape", "[\"\\x41\"]", 0, JSONSCAN_ESCAPE, 2},
    {"7 backslash and NUL", "[\"\\\0\"]", 6, JSONSCAN_ESCAPE, 2},
    {"7 three digits", "[\"\\u12g4\"]", 0, JSONSCAN_ESCAPE, 2},
    {"\\u0000 in a string", "[\"a\\u0000b\"]", 0, JSONSCAN_NUL, 3},
    {"\\u0000 in a key cuts it for json-c", "{\"a\\u0000b\":1}", 0, JSONSCAN_NUL, 3},
    {"8.2 lone high surrogate", "[\"\\ud800\"]", 0, JSONSCAN_SURROGATE, 2},
    {"8.2 lone low surrogate", "[\"\\udc00\"]", 0, JSONSCAN_SURROGATE, 2},
    {"8.2 two high surrogates", "[\"\\ud800\\ud800\"]", 0, JSONSCAN_SURROGATE, 2},
    {"8.1 overlong UTF-8", "[\"\xc0\xaf\"]", 0, JSONSCAN_BAD_UTF8, 2},
    {"8.1 surrogate in UTF-8", "[\"\xed\xa0\x80\"]", 0, JSONSCAN_BAD_UTF8, 2},
    {"8.1 beyond U+10FFFF", "[\"\xf4\x90\x80\x80\"]", 0, JSONSCAN_BAD_UTF8, 2},
    {"8.1 stray continuation", "[\"\x80\"]", 0, JSONSCAN_BAD_UTF8, 2},
    {"8.1 sequence cut off", "[\"\xc3", 0, JSONSCAN_BAD_UTF8, 2},
    {"4 same key twice", "{\"a\":1,\"a\":2}", 0, JSONSCAN_DUPLICATE, 7},
    {"the same after decoding", "{\"a\":1,\"\\u0061\":2}", 0, JSONSCAN_DUPLICATE, 7},
    {"the same after decoding a pair", "{\"😀\":1,\"\\ud83d\\ude00\":2}", 0, JSONSCAN_DUPLICATE, 10},
    {"escaped slash", "{\"/\":1,\"\\/\":2}", 0, JSONSCAN_DUPLICATE, 7},
    {"empty key twice", "{\"\":1,\"\":2}", 0, JSONSCAN_DUPLICATE, 6},
    {"deep inside", "[{\"b\":{\"x\":1,\"y\":2,\"x\":3}}]", 0, JSONSCAN_DUPLICATE, 19},
    {"a prefix is another key", "{\"a\":1,\"ab\":2,\"a\\u0062c\":3}", 0, JSONSCAN_SOUND, 0},
    {"the same key in two objects", "[{\"a\":1},{\"a\":2}]", 0, JSONSCAN_SOUND, 0},
    {"the same key outside and inside", "{\"a\":{\"a\":1},\"b\":2}", 0, JSONSCAN_SOUND, 0},
    {"8 levels", "[[[[[[[[]]]]]]]]", 0, JSONSCAN_SOUND, 0},
    {"9 levels", "[[[[[[[[[]]]]]]]]]", 0, JSONSCAN_TOO_DEEP, 8},
    {"9 levels of both", "{\"a\":[[[[[[[{}]]]]]]]}", 0, JSONSCAN_TOO_DEEP, 12},
};

START_TEST(scanner)
{
    const struct row *r = &rows[_i];
    struct jsonscan_refusal why = {0};
    size_t len = r->len ? r->len : strlen(r->text);
    bool ok = jsonscan_text(bytes_of(r->text, len), 8, &why);
    ck_assert_msg(ok == (r->flaw == JSONSCAN_SOUND), "%s", r->why);
    ck_assert_msg(why.flaw == r->flaw, "%s: flaw %d", r->why, (int)why.flaw);
    ck_assert_msg(ok || why.offset == r->offset, "%s: at %zu", r->why, why.offset);
}
END_TEST

/* Bounds that a table cannot hold: built here, one below and one above. */
static bool scan_many(bool object, size_t n)
{
    own(buf) text = buf_max(1 << 20);
    struct jsonscan_refusal why = {0};
    buf_byte(&text, object ? '{' : '[');
    for (size_t i = 0; i < n; i++) {
        if (i) buf_byte(&text, ',');
        if (object) buf_fmt(&text, "\"%zu\":", i);
        buf_fmt(&text, "%zu", i);
    }
    buf_byte(&text, object ? '}' : ']');
    bool ok = jsonscan_text(buf_bytes(&text), 8, &why);
    ck_assert(ok || why.flaw == JSONSCAN_TOO_MANY);
    return ok;
}

START_TEST(bounds)
{
    ck_assert(scan_many(true, JSONSCAN_MAX_MEMBERS));
    ck_assert(!scan_many(true, JSONSCAN_MAX_MEMBERS + 1));
    ck_assert(scan_many(false, JSONSCAN_MAX_VALUES - 1));
    ck_assert(!scan_many(false, JSONSCAN_MAX_VALUES));
}
END_TEST

START_TEST(texts)
{
    for (enum jsonscan_flaw f = JSONSCAN_SOUND + 1; f < JSONSCAN_COUNT; f++) {
        ck_assert_int_gt((int)strlen(jsonscan_flaw_text(f, LANG_TR)), 0);
        ck_assert_int_gt((int)strlen(jsonscan_flaw_text(f, LANG_EN)), 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jsonscan");
    TCase *scan = tcase_create("scan");
    tcase_add_loop_test(scan, scanner, 0, ROWS(rows));
    tcase_add_test(scan, bounds);
    tcase_add_test(scan, texts);
    suite_add_tcase(suite, scan);
    return suite_run(suite);
}
