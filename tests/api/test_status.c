/* SPDX-License-Identifier: MIT */
#include "api/status.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

/* The numbers that integrators were promised. */
static const struct {
    err_t error;
    unsigned code;
    bool retryable;
} rows[] = {
    {ERR_HOST_NOT_ALLOWED, 421, false},
    {ERR_OTHER_USER, 403, false},
    {ERR_ORIGIN_NOT_ALLOWED, 403, false},
    {ERR_TOKEN_REQUIRED, 401, false},
    {ERR_NOT_FOUND, 404, false},
    {ERR_METHOD_NOT_ALLOWED, 405, false},
    {ERR_MEDIA_TYPE, 415, false},
    {ERR_BODY_TOO_LARGE, 413, false},
    {ERR_MALFORMED_REQUEST, 400, false},
    {ERR_MALFORMED_JSON, 400, false},
    {ERR_INVALID_FIELD, 422, false},
    {ERR_DOCUMENT_UNKNOWN, 404, false},
    {ERR_DOCUMENT_EXPIRED, 410, false},
    {ERR_APPROVAL_UNKNOWN, 404, false},
    {ERR_APPROVAL_NOT_DONE, 409, true},
    {ERR_APPROVAL_SIGNING, 409, true},
    {ERR_IDEMPOTENCY_CONFLICT, 409, false},
    {ERR_TOO_MANY_REQUESTS, 429, true},
    {ERR_NO_CARD, 409, true},
    {ERR_CERTIFICATE_EXPIRED, 409, false},
    {ERR_IDENTITY_MISMATCH, 409, false},
    {ERR_PIN_LOCKED, 409, false},
    {ERR_MODULE_CRASHED, 409, true},
    {ERR_XML_REJECTED, 422, false},
    {ERR_SIGNATURE_INVALID, 422, false},
    {ERR_TSA_REJECTED, 502, false},
    {ERR_TSA_UNREACHABLE, 504, true},
    {ERR_STORAGE_FULL, 507, true},
    {ERR_SHUTTING_DOWN, 503, true},
    {ERR_INTERNAL, 500, false},
};

START_TEST(promised)
{
    struct status s = status_of(rows[_i].error);
    ck_assert_msg(s.code == rows[_i].code, "%s: %u", err_slug(rows[_i].error), s.code);
    ck_assert_msg(s.retryable == rows[_i].retryable, "%s", err_slug(rows[_i].error));
}
END_TEST

START_TEST(every_error_is_one)
{
    for (unsigned e = OK + 1; e < ERR_COUNT; e++) {
        struct status s = status_of((err_t)e);
        ck_assert_msg(s.code >= 400 && s.code < 600, "%s", err_slug((err_t)e));
    }
    ck_assert_uint_eq(status_of((err_t)9999).code, 500);
    ck_assert_uint_eq(status_of(OK).code, 200);
}
END_TEST

/* What api/PROTOCOL tells integrators is what the code does, for every error. */
START_TEST(protocol_says_the_same)
{
    static char text[65536];
    FILE *f = fopen("api/PROTOCOL", "r");
    ck_assert_ptr_nonnull(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    (void)fclose(f);
    for (unsigned e = OK + 1; e < ERR_COUNT; e++) {
        const struct status status = status_of((err_t)e);
        char line[96];
        (void)snprintf(line, sizeof line, "\n   %-26s %u     %s\n", err_slug((err_t)e), status.code,
                       status.retryable ? "yes" : "no");
        ck_assert_msg(strstr(text, line) != NULL, "%s", line);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *t = tcase_create("status");
    tcase_add_loop_test(t, promised, 0, ROWS(rows));
    tcase_add_test(t, every_error_is_one);
    tcase_add_test(t, protocol_says_the_same);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
