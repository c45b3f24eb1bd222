/* SPDX-License-Identifier: MIT */
#include "fetch/proxy.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"

static const struct {
    const char *none_for, *host;
    bool direct;
} rows[] = {
    {"", "a.tr", false},
    {"*", "a.tr", true},
    {"a.tr", "a.tr", true},
    {"A.TR", "a.tr", true},
    {"a.tr", "b.a.tr", true},
    {".a.tr", "b.a.tr", true},
    {".a.tr", "a.tr", true},
    {"a.tr", "ba.tr", false},
    {"b.a.tr", "a.tr", false},
    {"x.tr,a.tr", "a.tr", true},
    {"x.tr, a.tr ,y.tr", "a.tr", true},
    {"x.tr a.tr", "a.tr", true},
    {",,a.tr", "a.tr", true},
    {",", "a.tr", false},
    {".", "a.tr", false},
    {"10.0.0.1", "10.0.0.1", true},
    {"0.0.1", "10.0.0.1", false}, /* an address has nothing below it */
    {"10.0.0.0/8", "10.9.9.9", true},
    {"10.0.0.0/8", "11.9.9.9", false},
    {"fd00::1", "[fd00::1]", true},
    {"[fd00::1]", "[fd00::1]", true},
    {"fd00::/8", "[fd00::1]", true},
};

START_TEST(exceptions)
{
    struct proxy p = {.http = "http://v.tr:3128", .https = "http://w.tr:3128"};
    memcpy(p.none_for, rows[_i].none_for, strlen(rows[_i].none_for) + 1);
    ck_assert_str_eq(proxy_for(&p, "http", rows[_i].host),
                     rows[_i].direct ? "" : "http://v.tr:3128");
    ck_assert_str_eq(proxy_for(&p, "https", rows[_i].host),
                     rows[_i].direct ? "" : "http://w.tr:3128");
}
END_TEST

static void forget(void)
{
    for (size_t i = 0; proxy_variables[i]; i++) (void)unsetenv(proxy_variables[i]);
    (void)unsetenv("HTTP_PROXY");
}

static const struct {
    const char *name, *http, *https, *none_for;
} variables[] = {
    {"http_proxy", "v", "", ""}, {"https_proxy", "", "v", ""}, {"HTTPS_PROXY", "", "v", ""},
    {"all_proxy", "v", "v", ""}, {"ALL_PROXY", "v", "v", ""},  {"no_proxy", "", "", "v"},
    {"NO_PROXY", "", "", "v"},   {"HTTP_PROXY", "", "", ""},
};

START_TEST(environment)
{
    struct proxy p;
    forget();
    (void)setenv(variables[_i].name, "v", 1);
    proxy_read(&p);
    forget();
    ck_assert_str_eq(p.http, variables[_i].http);
    ck_assert_str_eq(p.https, variables[_i].https);
    ck_assert_str_eq(p.none_for, variables[_i].none_for);
}
END_TEST

START_TEST(too_long)
{
    struct proxy p;
    char long_one[PROXY_TEXT + 1];
    memset(long_one, 'a', PROXY_TEXT);
    long_one[PROXY_TEXT] = 0;
    forget();
    (void)setenv("http_proxy", long_one, 1);
    proxy_read(&p);
    forget();
    ck_assert_str_eq(p.http, "");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("proxy");
    TCase *t = tcase_create("proxy");
    tcase_add_loop_test(t, exceptions, 0, ROWS(rows));
    tcase_add_loop_test(t, environment, 0, ROWS(variables));
    tcase_add_test(t, too_long);
    suite_add_tcase(s, t);
    return suite_run(s);
}
