/* SPDX-License-Identifier: MIT */
#include "api/route.h"

#include <check.h>
#include <stdio.h>

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
    {"GET", "/", OK, "/", ""},
    {"POST", "/", ERR_METHOD_NOT_ALLOWED, NULL, NULL},
    {"GET", "//", ERR_NOT_FOUND, NULL, NULL},
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

/* api/PROTOCOL 2.3, 5.19: what is open to others than owners, and nothing else is. */
static const struct {
    const char *method, *path;
    enum door_open open;
} opened[] = {
    {"POST", "/v1/pairings", OPEN_TO_STRANGERS}, {"OPTIONS", "/v1/pairings", OPEN_TO_STRANGERS},
    {"GET", "/v1/health", OPEN_TO_PASSES},       {"GET", "/v1/info", OPEN_TO_PASSES},
    {"GET", "/v1/readers", OPEN_TO_PASSES},      {"GET", "/v1/certificates", OPEN_TO_PASSES},
    {"GET", "/v1/events", OPEN_TO_PASSES},       {"GET", "/v1/history", OPEN_TO_PASSES},
    {"POST", "/v1/passes", OPEN_TO_PAGE},        {"GET", "/", OPEN_TO_DOCUMENT},
    {"GET", "/status.css", OPEN_TO_STYLE},       {"GET", "/status.js", OPEN_TO_SCRIPT},
};

/* A path of each row, where {id} is one. */
static const char *path_of(const struct route *r, char room[128])
{
    const char *mark = strstr(r->path, "{id}");
    if (!mark) return r->path;
    (void)snprintf(room, 128, "%.*s" ID "%s", (int)(mark - r->path), r->path, mark + 4);
    return room;
}

static enum door_open open_by_list(const char *method, const char *path)
{
    const char *as = strcmp(method, "HEAD") == 0 ? "GET" : method;
    for (size_t i = 0; i < ROWS(opened); i++)
        if (strcmp(opened[i].method, as) == 0 && strcmp(opened[i].path, path) == 0)
            return opened[i].open;
    return OPEN_TO_OWNERS;
}

START_TEST(open)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", ""};
    const struct route *r;
    char room[128];
    for (size_t i = 0; (r = route_at(i)); i++)
        for (int m = 0; m < ROWS(known); m++) {
            const char *path = path_of(r, room);
            ck_assert_msg(route_open(bytes_str(known[m]), bytes_str(path)) ==
                              open_by_list(known[m], path),
                          "%s %s", known[m], path);
        }
    static const char *const near[] = {"/v1/pairings/", "/v1/pairing", "", "//", "/?",
                                       "/index.html",   "/status.css/"};
    for (int i = 0; i < ROWS(near); i++)
        for (int m = 0; m < ROWS(known); m++)
            ck_assert_int_eq(route_open(bytes_str(known[m]), bytes_str(near[i])), OPEN_TO_OWNERS);
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
    tcase_add_test(t, open);
    tcase_add_test(t, methods);
    tcase_add_test(t, no_simple_request_has_an_effect);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
