/* SPDX-License-Identifier: MIT */
#include "api/problem.h"

#include <check.h>

#include "tests/support/suite.h"

static const char *written(struct buf *out, const struct problem *p)
{
    struct jsonw w = {out, false};
    problem_write(&w, NULL, p);
    return buf_cstr(out);
}

START_TEST(turkish)
{
    own(buf) out = buf_max(4096);
    ck_assert_str_eq(written(&out, &(struct problem){.error = ERR_NOT_FOUND}),
                     "{\"type\":\"urn:onayd:error:not-found\",\"slug\":\"not-found\","
                     "\"title\":\"Böyle bir adres yok\",\"detail\":\"Böyle bir adres yok\","
                     "\"status\":404,\"retryable\":false}");
}
END_TEST

START_TEST(english_with_places)
{
    own(buf) out = buf_max(4096);
    const struct problem p = {.error = ERR_INVALID_FIELD,
                              .lang = LANG_EN,
                              .detail = "A \"quoted\"\nline.",
                              .pointer = "/documents/0/name",
                              .parameter = "wait",
                              .header = "Idempotency-Key",
                              .request_id = "00ff"};
    ck_assert_str_eq(
        written(&out, &p),
        "{\"type\":\"urn:onayd:error:invalid-field\",\"slug\":\"invalid-field\","
        "\"title\":\"A field is invalid\",\"detail\":\"A \\\"quoted\\\"\\u000aline.\","
        "\"status\":422,\"retryable\":false,\"pointer\":\"/documents/0/name\","
        "\"parameter\":\"wait\",\"header\":\"Idempotency-Key\",\"requestId\":\"00ff\"}");
}
END_TEST

START_TEST(inside_another)
{
    own(buf) out = buf_max(4096);
    struct jsonw w = {&out, false};
    jsonw_open(&w, NULL, '{');
    jsonw_number(&w, "a", 18446744073709551615u);
    problem_write(&w, "problem", &(struct problem){.error = ERR_NO_CARD, .lang = LANG_EN});
    jsonw_bool(&w, "b", true);
    jsonw_null(&w, "c");
    jsonw_close(&w, '}');
    ck_assert_str_eq(
        buf_cstr(&out),
        "{\"a\":18446744073709551615,\"problem\":{\"type\":\"urn:onayd:error:no-card\","
        "\"slug\":\"no-card\",\"title\":\"No card is present\",\"detail\":\"No card is "
        "present\",\"status\":409,\"retryable\":true},\"b\":true,\"c\":null}");
}
END_TEST

/* A reader's name comes from a driver: no octet of it may break the JSON around it. */
START_TEST(any_octets)
{
    own(buf) out = buf_max(4096);
    struct jsonw w = {&out, false};
    jsonw_text(&w, NULL, bytes_str("a\xff\"\\\x01ş"));
    ck_assert_str_eq(buf_cstr(&out), "\"a?\\\"\\\\\\u0001??\"");
    buf_cut(&out, 0);
    w.comma = false;
    jsonw_text(&w, NULL, bytes_str("ş\"😀"));
    ck_assert_str_eq(buf_cstr(&out), "\"ş\\\"😀\"");
    buf_cut(&out, 0);
    w.comma = false;
    jsonw_text(&w, NULL, bytes_of(NULL, 0));
    ck_assert_str_eq(buf_cstr(&out), "\"\"");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("problem");
    TCase *t = tcase_create("problem");
    tcase_add_test(t, turkish);
    tcase_add_test(t, english_with_places);
    tcase_add_test(t, inside_another);
    tcase_add_test(t, any_octets);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
