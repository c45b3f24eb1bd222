/* SPDX-License-Identifier: MIT */
#include "api/json.h"
#include "core/buf.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

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
    struct jsonscan_refusal why = {0};
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
    struct jsonscan_refusal why = {0};
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
    struct jsonscan_refusal why = {0};
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
    struct jsonscan_refusal why = {0};
    ck_assert_int_eq(json_read(bytes_str("{\"a\":1,\"a\":2}"), 8, &doc, &why), ERR_MALFORMED_JSON);
    ck_assert_int_eq(why.flaw, JSONSCAN_DUPLICATE);
    ck_assert_ptr_null(doc);
}
END_TEST

START_TEST(texts)
{
    for (enum json_wrong w = JSON_FINE + 1; w < JSON_WRONG_COUNT; w++) {
        ck_assert_int_gt((int)strlen(json_wrong_text(w, LANG_TR)), 0);
        ck_assert_int_gt((int)strlen(json_wrong_text(w, LANG_EN)), 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tree = tcase_create("fields");
    tcase_add_loop_test(tree, fields, 0, ROWS(field_rows));
    tcase_add_test(tree, strings_decoded);
    tcase_add_test(tree, pointer_is_cut);
    tcase_add_test(tree, malformed_is_told);
    tcase_add_test(tree, texts);
    suite_add_tcase(suite, tree);
    return suite_run(suite);
}
