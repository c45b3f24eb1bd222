/* SPDX-License-Identifier: MIT */
#include "api/json.h"
#include "core/buf.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

/* ---- the scanner: RFC 8259, and what this house refuses beyond it ---- */

struct row {
    const char *why; /* clause or attack */
    const char *text;
    size_t len; /* 0: strlen */
    enum json_flaw flaw;
    size_t offset; /* of the flaw */
};

static const struct row rows[] = {
    {"3 values", "{}", 0, JSON_SOUND, 0},
    {"3 values", " [ true , false , null ] ", 0, JSON_SOUND, 0},
    {"4 objects", "{\"a\":{\"b\":[]},\"c\":\"d\"}", 0, JSON_SOUND, 0},
    {"6 numbers", "[0,-0,1.5,1e9,-1E-9,10]", 0, JSON_SOUND, 0},
    {"7 strings", "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e7\\ud83d\\ude00\",\"ş😀\"]", 0, JSON_SOUND, 0},
    {"2 white space", "\t\r\n {} \n", 0, JSON_SOUND, 0},
    {"a scalar is a text", "\"a\"", 0, JSON_SOUND, 0},
    {"nothing", "", 0, JSON_EMPTY, 0},
    {"only white space", "  ", 0, JSON_EMPTY, 2},
    {"8.1 byte order mark", "\xef\xbb\xbf{}", 0, JSON_BOM, 0},
    {"two values", "{}{}", 0, JSON_TRAILING, 2},
    {"NUL behind", "{}\0", 3, JSON_TRAILING, 2},
    {"cut off", "{\"a\":", 0, JSON_CUT_OFF, 5},
    {"cut off in a string", "[\"a", 0, JSON_CUT_OFF, 3},
    {"cut off after an item", "[1", 0, JSON_CUT_OFF, 2},
    {"cut off after a comma", "[1,", 0, JSON_CUT_OFF, 3},
    {"trailing comma", "[1,]", 0, JSON_UNEXPECTED, 3},
    {"trailing comma", "{\"a\":1,}", 0, JSON_UNEXPECTED, 7},
    {"leading comma", "[,1]", 0, JSON_UNEXPECTED, 1},
    {"missing colon", "{\"a\" 1}", 0, JSON_UNEXPECTED, 5},
    {"wrong bracket", "[1}", 0, JSON_UNEXPECTED, 2},
    {"key without quotes", "{a:1}", 0, JSON_UNEXPECTED, 1},
    {"number as a key", "{1:1}", 0, JSON_UNEXPECTED, 1},
    {"single quotes", "{'a':1}", 0, JSON_UNEXPECTED, 1},
    {"comment", "{/**/}", 0, JSON_UNEXPECTED, 1},
    {"NaN (json-c takes it)", "[NaN]", 0, JSON_UNEXPECTED, 1},
    {"Infinity (json-c takes it)", "[Infinity]", 0, JSON_UNEXPECTED, 1},
    {"-Infinity", "[-Infinity]", 0, JSON_NUMBER, 1},
    {"True (json-c takes it)", "[True]", 0, JSON_UNEXPECTED, 1},
    {"6 leading zero", "[01]", 0, JSON_NUMBER, 1},
    {"6 leading plus", "[+1]", 0, JSON_UNEXPECTED, 1},
    {"6 no digit before the point", "[.5]", 0, JSON_UNEXPECTED, 1},
    {"6 no digit after the point", "[1.]", 0, JSON_NUMBER, 1},
    {"6 empty exponent", "[1e]", 0, JSON_NUMBER, 1},
    {"hexadecimal", "[0x1]", 0, JSON_UNEXPECTED, 2},
    {"a number too long", "[123456789012345678901234567890123]", 0, JSON_NUMBER, 1},
    {"7 raw newline", "[\"a\nb\"]", 0, JSON_CONTROL, 3},
    {"7 raw NUL", "[\"a\0b\"]", 7, JSON_CONTROL, 3},
    {"7 raw tab", "[\"\t\"]", 0, JSON_CONTROL, 2},
    {"raw newline in a key", "{\"a\n\":1}", 0, JSON_CONTROL, 3},
    {"7 unknown escape", "[\"\\x41\"]", 0, JSON_ESCAPE, 2},
    {"7 backslash and NUL", "[\"\\\0\"]", 6, JSON_ESCAPE, 2},
    {"7 three digits", "[\"\\u12g4\"]", 0, JSON_ESCAPE, 2},
    {"\\u0000 in a string", "[\"a\\u0000b\"]", 0, JSON_NUL, 3},
    {"\\u0000 in a key cuts it for json-c", "{\"a\\u0000b\":1}", 0, JSON_NUL, 3},
    {"8.2 lone high surrogate", "[\"\\ud800\"]", 0, JSON_SURROGATE, 2},
    {"8.2 lone low surrogate", "[\"\\udc00\"]", 0, JSON_SURROGATE, 2},
    {"8.2 two high surrogates", "[\"\\ud800\\ud800\"]", 0, JSON_SURROGATE, 2},
    {"8.1 overlong UTF-8", "[\"\xc0\xaf\"]", 0, JSON_BAD_UTF8, 2},
    {"8.1 surrogate in UTF-8", "[\"\xed\xa0\x80\"]", 0, JSON_BAD_UTF8, 2},
    {"8.1 beyond U+10FFFF", "[\"\xf4\x90\x80\x80\"]", 0, JSON_BAD_UTF8, 2},
    {"8.1 stray continuation", "[\"\x80\"]", 0, JSON_BAD_UTF8, 2},
    {"8.1 sequence cut off", "[\"\xc3", 0, JSON_BAD_UTF8, 2},
    {"4 same key twice", "{\"a\":1,\"a\":2}", 0, JSON_DUPLICATE, 7},
    {"the same after decoding", "{\"a\":1,\"\\u0061\":2}", 0, JSON_DUPLICATE, 7},
    {"the same after decoding a pair", "{\"😀\":1,\"\\ud83d\\ude00\":2}", 0, JSON_DUPLICATE, 10},
    {"escaped slash", "{\"/\":1,\"\\/\":2}", 0, JSON_DUPLICATE, 7},
    {"empty key twice", "{\"\":1,\"\":2}", 0, JSON_DUPLICATE, 6},
    {"deep inside", "[{\"b\":{\"x\":1,\"y\":2,\"x\":3}}]", 0, JSON_DUPLICATE, 19},
    {"a prefix is another key", "{\"a\":1,\"ab\":2,\"a\\u0062c\":3}", 0, JSON_SOUND, 0},
    {"the same key in two objects", "[{\"a\":1},{\"a\":2}]", 0, JSON_SOUND, 0},
    {"the same key outside and inside", "{\"a\":{\"a\":1},\"b\":2}", 0, JSON_SOUND, 0},
    {"8 levels", "[[[[[[[[]]]]]]]]", 0, JSON_SOUND, 0},
    {"9 levels", "[[[[[[[[[]]]]]]]]]", 0, JSON_TOO_DEEP, 8},
    {"9 levels of both", "{\"a\":[[[[[[[{}]]]]]]]}", 0, JSON_TOO_DEEP, 12},
};

START_TEST(scanner)
{
    const struct row *r = &rows[_i];
    struct json_broken why = {0};
    size_t len = r->len ? r->len : strlen(r->text);
    bool ok = json_scan(bytes_of(r->text, len), 8, &why);
    ck_assert_msg(ok == (r->flaw == JSON_SOUND), "%s", r->why);
    ck_assert_msg(why.flaw == r->flaw, "%s: flaw %d", r->why, (int)why.flaw);
    ck_assert_msg(ok || why.offset == r->offset, "%s: at %zu", r->why, why.offset);
}
END_TEST

/* Bounds that a table cannot hold: built here, one below and one above. */
static bool scan_many(bool object, size_t n)
{
    own(buf) text = buf_max(1 << 20);
    struct json_broken why = {0};
    buf_byte(&text, object ? '{' : '[');
    for (size_t i = 0; i < n; i++) {
        if (i) buf_byte(&text, ',');
        if (object) buf_fmt(&text, "\"%zu\":", i);
        buf_fmt(&text, "%zu", i);
    }
    buf_byte(&text, object ? '}' : ']');
    bool ok = json_scan(buf_bytes(&text), 8, &why);
    ck_assert(ok || why.flaw == JSON_TOO_MANY);
    return ok;
}

START_TEST(bounds)
{
    ck_assert(scan_many(true, JSON_MAX_MEMBERS));
    ck_assert(!scan_many(true, JSON_MAX_MEMBERS + 1));
    ck_assert(scan_many(false, JSON_MAX_VALUES - 1));
    ck_assert(!scan_many(false, JSON_MAX_VALUES));
}
END_TEST

START_TEST(texts)
{
    for (enum json_flaw f = JSON_SOUND + 1; f < JSON_FLAW_COUNT; f++) {
        ck_assert_int_gt((int)strlen(json_flaw_text(f, LANG_TR)), 0);
        ck_assert_int_gt((int)strlen(json_flaw_text(f, LANG_EN)), 0);
    }
    for (enum json_wrong w = JSON_FINE + 1; w < JSON_WRONG_COUNT; w++) {
        ck_assert_int_gt((int)strlen(json_wrong_text(w, LANG_TR)), 0);
        ck_assert_int_gt((int)strlen(json_wrong_text(w, LANG_EN)), 0);
    }
}
END_TEST

/* ---- fields ---- */

struct field_row {
    const char *text;
    enum json_wrong kind;
    const char *pointer;
};

/* One shape: {"name": string required, "list": [ {"x": string} … ], "inner"?: {"y"?: string}} */
static const struct field_row field_rows[] = {
    {"{\"name\":\"a\",\"list\":[]}", JSON_FINE, ""},
    {"{\"name\":\"a\",\"list\":[{\"x\":\"\"}],\"inner\":{}}", JSON_FINE, ""},
    {"[]", JSON_NOT_OBJECT, ""},
    {"12", JSON_NOT_OBJECT, ""},
    {"null", JSON_NOT_OBJECT, ""},
    {"{\"list\":[]}", JSON_MISSING, "/name"},
    {"{\"name\":\"a\"}", JSON_MISSING, "/list"},
    {"{\"name\":1,\"list\":[]}", JSON_NOT_STRING, "/name"},
    {"{\"name\":null,\"list\":[]}", JSON_NOT_STRING, "/name"},
    {"{\"name\":\"a\",\"list\":{}}", JSON_NOT_ARRAY, "/list"},
    {"{\"name\":\"a\",\"list\":[1]}", JSON_NOT_OBJECT, "/list/0"},
    {"{\"name\":\"a\",\"list\":[{\"x\":\"\"},{}]}", JSON_MISSING, "/list/1/x"},
    {"{\"name\":\"a\",\"list\":[{\"x\":[]}]}", JSON_NOT_STRING, "/list/0/x"},
    {"{\"name\":\"a\",\"list\":[],\"inner\":7}", JSON_NOT_OBJECT, "/inner"},
    {"{\"name\":\"a\",\"list\":[],\"inner\":null}", JSON_NOT_OBJECT, "/inner"},
    {"{\"name\":\"a\",\"list\":[],\"inner\":{\"y\":true}}", JSON_NOT_STRING, "/inner/y"},
    {"{\"name\":\"a\",\"list\":[],\"new\":1}", JSON_UNKNOWN, "/new"},
    {"{\"name\":\"a\",\"list\":[],\"a/b~c\":1}", JSON_UNKNOWN, "/a~1b~0c"},
    {"{\"name\":\"a\",\"list\":[],\"Name\":1}", JSON_UNKNOWN, "/Name"},
};

static void read_shape(const struct json_at *root)
{
    static const char *const keys[] = {"name", "list", "inner", NULL};
    size_t n;
    json_only(root, keys);
    (void)json_member_string(root, "name", true);
    struct json_at list = json_member_array(root, "list", &n);
    for (size_t i = 0; i < n; i++) {
        struct json_at e = json_element(&list, i);
        (void)json_member_string(&e, "x", true);
    }
    struct json_at inner = json_member_object(root, "inner", false);
    (void)json_member_string(&inner, "y", false);
}

START_TEST(fields)
{
    const struct field_row *r = &field_rows[_i];
    own_ptr(json) doc = NULL;
    struct json_broken why = {0};
    struct json_fault fault = {0};
    ck_assert_int_eq(json_read(bytes_str(r->text), 8, &doc, &why), OK);
    struct json_at root = json_root(doc, &fault);
    read_shape(&root);
    ck_assert_msg(fault.kind == r->kind, "%s: %d", r->text, (int)fault.kind);
    ck_assert_str_eq(fault.pointer, r->pointer);
}
END_TEST

START_TEST(strings_decoded)
{
    own_ptr(json) doc = NULL;
    struct json_broken why = {0};
    struct json_fault fault = {0};
    const char *text = " {\"\\u0061\":\"\\u015f\\/\\ud83d\\ude00\"} ";
    ck_assert_int_eq(json_read(bytes_str(text), 8, &doc, &why), OK);
    struct json_at root = json_root(doc, &fault);
    ck_assert(bytes_eq_str(json_member_string(&root, "a", true), "ş/😀"));
    ck_assert_int_eq(fault.kind, JSON_FINE);
}
END_TEST

START_TEST(pointer_is_cut)
{
    char text[600], long_key[400];
    own_ptr(json) doc = NULL;
    struct json_broken why = {0};
    struct json_fault fault = {0};
    memset(long_key, 'k', sizeof long_key - 1);
    long_key[sizeof long_key - 1] = 0;
    (void)snprintf(text, sizeof text, "{\"\\u202e%s\":1}", long_key);
    ck_assert_int_eq(json_read(bytes_str(text), 8, &doc, &why), OK);
    struct json_at root = json_root(doc, &fault);
    json_only(&root, (const char *const[]){NULL});
    ck_assert_int_eq(fault.kind, JSON_UNKNOWN);
    ck_assert_int_lt((int)strlen(fault.pointer), 64);
    ck_assert_ptr_null(strstr(fault.pointer, "\xe2\x80\xae")); /* no bidi character comes back */
}
END_TEST

START_TEST(malformed_is_told)
{
    struct json *doc = NULL;
    struct json_broken why = {0};
    ck_assert_int_eq(json_read(bytes_str("{\"a\":1,\"a\":2}"), 8, &doc, &why), ERR_MALFORMED_JSON);
    ck_assert_int_eq(why.flaw, JSON_DUPLICATE);
    ck_assert_ptr_null(doc);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *scan = tcase_create("scan"), *tree = tcase_create("fields");
    tcase_add_loop_test(scan, scanner, 0, ROWS(rows));
    tcase_add_test(scan, bounds);
    tcase_add_test(scan, texts);
    tcase_add_loop_test(tree, fields, 0, ROWS(field_rows));
    tcase_add_test(tree, strings_decoded);
    tcase_add_test(tree, pointer_is_cut);
    tcase_add_test(tree, malformed_is_told);
    suite_add_tcase(suite, scan);
    suite_add_tcase(suite, tree);
    return suite_run(suite);
}
