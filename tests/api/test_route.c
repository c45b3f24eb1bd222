/* SPDX-License-Identifier: MIT */
#include "api/route.h"

#include <check.h>

#include "tests/support/suite.h"

#define ID "0123456789abcdef0123456789abcdef"

static const struct {
    const char *method, *path;
    err_t error;
    const char *row, *id;
} rows[] = {
    {"GET", "/v1/health", OK, "/v1/health", ""},
    {"HEAD", "/v1/health", OK, "/v1/health", ""},
    {"POST", "/v1/health", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"get", "/v1/health", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"TRACE", "/v1/approvals", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"GET", "/v1/approvals", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"POST", "/v1/approvals", OK, "/v1/approvals", ""},
    {"HEAD", "/v1/documents", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"GET", "/v1/approvals/" ID, OK, "/v1/approvals/{id}", ID},
    {"DELETE", "/v1/approvals/" ID, OK, "/v1/approvals/{id}", ID},
    {"PUT", "/v1/approvals/" ID, ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"GET", "/v1/approvals/" ID "/signature", OK, "/v1/approvals/{id}/signature", ID},
    {"GET", "/v1/approvals/" ID "/events", OK, "/v1/approvals/{id}/events", ID},
    {"GET", "/v1/events", OK, "/v1/events", ""},
    {"GET", "/v1/events/" ID, ERR_NOT_FOUND, NULL, NULL},
    {"DELETE", "/v1/approvals/" ID "/signature", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"GET", "/v1/approvals/" ID "/", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/v1/approvals/" ID "0", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/v1/approvals/0123456789ABCDEF0123456789ABCDEF", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/v1/approvals/../approvals/" ID, ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/v1/approvals/", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/v1/approvals/%30123456789abcdef0123456789abcde", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/V1/health", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "//v1/health", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/v1/health/", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/v1/pairings", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"GET", "/v1/pairing", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "http://localhost/v1/health", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "/", ERR_NOT_FOUND, NULL, NULL},
    {"GET", "", ERR_NOT_FOUND, NULL, NULL},
    {"OPTIONS", "*", ERR_NOT_FOUND, NULL, NULL},
};

START_TEST(found)
{
    const struct route *r = NULL;
    char id[SESSION_ID];
    err_t e = route_find(bytes_str(rows[_i].method), bytes_str(rows[_i].path), &r, id);
    ck_assert_msg(e == rows[_i].error, "%s %s: %s", rows[_i].method, rows[_i].path, err_slug(e));
    if (e) return;
    ck_assert_str_eq(r->path, rows[_i].row);
    ck_assert_str_eq(id, rows[_i].id);
}
END_TEST

/* api/PROTOCOL 2.3: nothing else of an unknown origin reaches a handler. */
START_TEST(strangers)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", ""};
    const struct route *r;
    for (size_t i = 0; (r = route_at(i)); i++) {
        const bool pairing = strcmp(r->path, "/v1/pairings") == 0;
        for (int m = 0; m < ROWS(known); m++) {
            const bool open =
                pairing && (strcmp(known[m], "POST") == 0 || strcmp(known[m], "OPTIONS") == 0);
            ck_assert_int_eq(route_open_to_strangers(bytes_str(known[m]), bytes_str(r->path)),
                             open);
        }
    }
    ck_assert(!route_open_to_strangers(bytes_str("POST"), bytes_str("/v1/pairings/")));
    ck_assert(!route_open_to_strangers(bytes_str("POST"), bytes_str("/v1/pairing")));
    ck_assert(!route_open_to_strangers(bytes_str("POST"), bytes_str("")));
}
END_TEST

START_TEST(methods)
{
    own(buf) out = buf_max(256);
    route_methods(&out, bytes_str("/v1/approvals/" ID));
    ck_assert_str_eq(buf_cstr(&out), "GET, HEAD, DELETE, OPTIONS");
    buf_cut(&out, 0);
    route_methods(&out, bytes_str("/v1/documents"));
    ck_assert_str_eq(buf_cstr(&out), "POST, OPTIONS");
    buf_cut(&out, 0);
    route_methods(&out, bytes_str("/v1/nothing"));
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

/* No simple request (Fetch standard) ever has an effect: what changes something needs a body type
 * or a method that a browser asks about first. */
START_TEST(no_simple_request_has_an_effect)
{
    for (size_t i = 0; route_at(i); i++) {
        const struct route *r = route_at(i);
        if (strcmp(r->method, "POST") == 0)
            ck_assert_int_ne(r->body, BODY_NONE);
        else
            ck_assert_int_eq(r->body, BODY_NONE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("route");
    TCase *t = tcase_create("route");
    tcase_add_loop_test(t, found, 0, ROWS(rows));
    tcase_add_test(t, strangers);
    tcase_add_test(t, methods);
    tcase_add_test(t, no_simple_request_has_an_effect);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
