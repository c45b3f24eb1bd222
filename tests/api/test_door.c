/* SPDX-License-Identifier: MIT */
#include "api/door.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

#define TOKEN  "0123456789abcdefghijklmnopqrstuvwxyzABCDEFG"
#define ORIGIN "https://portal.example"
#define BEARER "Authorization: Bearer " TOKEN "\n"
#define HOST   "Host: localhost:15070\n"

static struct settings settings;
static struct origins *origins;

static void set_up(void)
{
    settings_default(&settings);
    settings.http_loopback_origins = true;
    settings.n_origins = 0;
    static const char *const listed[] = {ORIGIN, "http://localhost:3000", "http://evil.example",
                                         "http://localhost.evil.example"};
    for (size_t i = 0; i < sizeof listed / sizeof *listed; i++)
        (void)snprintf(settings.origins[settings.n_origins++], sizeof settings.origins[0], "%s",
                       listed[i]);
    ck_assert_int_eq(origins_open(&settings, "", &origins), OK);
}

static void tear_down(void)
{
    origins_free(origins);
}

/* take_headers: "Name: value" lines. */
static void take_headers(struct door_visit *v, const char *lines)
{
    while (*lines) {
        const char *end = strchr(lines, '\n'), *colon = strchr(lines, ':');
        ck_assert(end && colon && colon < end);
        const char *value = colon[1] == ' ' ? colon + 2 : colon + 1;
        door_header(v, bytes_of(lines, (size_t)(colon - lines)),
                    bytes_of(value, (size_t)(end - value)));
        lines = end + 1;
    }
}

static err_t judge(enum listener_kind kind, bool own_peer, const char *lines, struct door_visit *v)
{
    const struct door_rules rules = {origins, bytes_str(TOKEN), kind, 15070, NULL};
    *v = (struct door_visit){.own_peer = own_peer};
    take_headers(v, lines);
    return door_judge(&rules, v);
}

struct row {
    const char *why;
    const char *headers;
    err_t error;
    const char *owner; /* when let in */
};

static const struct {
    const char *origin;
    err_t error;
    bool stranger;
} strangers[] = {
    {"https://other.example", OK, true},
    {"https://other.example:8443", OK, true},
    {"https://xn--bavuru-xjb.example", OK, true},
    {"http://localhost:4000", OK, true}, /* http_loopback_origins is on */
    {ORIGIN, OK, false},                 /* known, whatever is asked for */
    {"null", ERR_ORIGIN_NOT_ALLOWED, false},
    {"", ERR_ORIGIN_NOT_ALLOWED, false},
    {"http://other.example", ERR_ORIGIN_NOT_ALLOWED, false},
    {"http://evil.example", ERR_ORIGIN_NOT_ALLOWED, false}, /* configured, and yet no https */
    {"https://Other.example", ERR_ORIGIN_NOT_ALLOWED, false},
    {"https://other.example:443", ERR_ORIGIN_NOT_ALLOWED, false},
    {"https://other.example.", ERR_ORIGIN_NOT_ALLOWED, false},
    {"https://other.example/", ERR_ORIGIN_NOT_ALLOWED, false},
    {"https://other.example https://portal.example", ERR_ORIGIN_NOT_ALLOWED, false},
    {"https://other.example\nOrigin: https://other.example", ERR_ORIGIN_NOT_ALLOWED, false},
    {"chrome-extension://abcdefghijklmnop", ERR_ORIGIN_NOT_ALLOWED, false},
};

/* api/PROTOCOL 2.3, 5.14: an unknown origin, where one may be and where none may. */
START_TEST(stranger)
{
    const struct door_rules rules = {origins, bytes_str(TOKEN), LISTENER_TCP, 15070, NULL};
    own(buf) lines = buf_max(512);
    buf_fmt(&lines, HOST "Origin: %s\n", strangers[_i].origin);
    for (int open = 0; open < 2; open++) {
        struct door_visit v = {.own_peer = true, .open = open ? OPEN_TO_STRANGERS : OPEN_TO_OWNERS};
        take_headers(&v, buf_cstr(&lines));
        const bool let_in = !strangers[_i].error && (open || !strangers[_i].stranger);
        ck_assert_int_eq(door_judge(&rules, &v), let_in ? OK : ERR_ORIGIN_NOT_ALLOWED);
        ck_assert_int_eq(v.stranger, let_in && strangers[_i].stranger);
        ck_assert_int_eq(v.origin != NULL, let_in);
        if (let_in) ck_assert_str_eq(v.owner, strangers[_i].origin);
    }
}
END_TEST

static const struct row tcp_rows[] = {
    {"the user's own shell", HOST BEARER, OK, "local"},
    {"by number", "Host: 127.0.0.1:15070\n" BEARER, OK, "local"},
    {"by IPv6", "Host: [::1]:15070\n" BEARER, OK, "local"},
    {"an allowed origin needs no token", HOST "Origin: " ORIGIN "\n", OK, ORIGIN},
    {"names without case", "hOST: localhost:15070\nauthorization: bEARER " TOKEN "\n", OK, "local"},
    {"a loopback origin", HOST "Origin: http://localhost:3000\n", OK, "http://localhost:3000"},
    {"empty body", HOST BEARER "Content-Length: 0\n", OK, "local"},
    {"chunked", HOST BEARER "Transfer-Encoding: chunked\n", OK, "local"},

    {"DNS rebinding", "Host: evil.example:15070\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"no Host", BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"empty Host", "Host: \n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"another port", "Host: localhost:15071\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"no port", "Host: localhost\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"port with a zero", "Host: localhost:015070\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"user part", "Host: localhost:15070@evil.example\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"a dot behind", "Host: localhost.:15070\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"another loopback number", "Host: 127.1:15070\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"all addresses", "Host: 0.0.0.0:15070\n" BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"two Hosts", HOST HOST BEARER, ERR_HOST_NOT_ALLOWED, NULL},
    {"Host comes before Origin", "Host: evil.example\nOrigin: https://evil.example\n",
     ERR_HOST_NOT_ALLOWED, NULL},

    {"another site", HOST "Origin: https://evil.example\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"another site with the token", HOST BEARER "Origin: https://evil.example\n",
     ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"sandboxed frame", HOST "Origin: null\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"empty", HOST BEARER "Origin: \n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"upper case", HOST "Origin: https://Portal.example\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"default port", HOST "Origin: https://portal.example:443\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"another port", HOST "Origin: https://portal.example:8443\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"plain http", HOST "Origin: http://portal.example\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"a slash behind", HOST "Origin: https://portal.example/\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"a longer name", HOST "Origin: https://portal.example.evil\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"a subdomain", HOST "Origin: https://x.portal.example\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"two origins", HOST "Origin: " ORIGIN "\nOrigin: " ORIGIN "\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"two in one", HOST "Origin: " ORIGIN " https://evil.example\n", ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"http that is not loopback, though listed", HOST "Origin: http://evil.example\n",
     ERR_ORIGIN_NOT_ALLOWED, NULL},
    {"http that only begins like loopback", HOST "Origin: http://localhost.evil.example\n",
     ERR_ORIGIN_NOT_ALLOWED, NULL},

    {"no token", HOST, ERR_TOKEN_REQUIRED, NULL},
    {"another token", HOST "Authorization: Bearer " TOKEN "x\n", ERR_TOKEN_REQUIRED, NULL},
    {"a shorter token", HOST "Authorization: Bearer 0123\n", ERR_TOKEN_REQUIRED, NULL},
    {"empty token", HOST "Authorization: Bearer \n", ERR_TOKEN_REQUIRED, NULL},
    {"another scheme", HOST "Authorization: Basic " TOKEN "\n", ERR_TOKEN_REQUIRED, NULL},
    {"token alone", HOST "Authorization: " TOKEN "\n", ERR_TOKEN_REQUIRED, NULL},
    {"two Authorizations", HOST BEARER BEARER, ERR_TOKEN_REQUIRED, NULL},

    {"9112 6.1: TE with CL", HOST BEARER "Content-Length: 2\nTransfer-Encoding: chunked\n",
     ERR_MALFORMED_REQUEST, NULL},
    {"9112 6.3: two CLs", HOST BEARER "Content-Length: 2\nContent-Length: 3\n",
     ERR_MALFORMED_REQUEST, NULL},
    {"two equal CLs", HOST BEARER "Content-Length: 2\nContent-Length: 2\n", ERR_MALFORMED_REQUEST,
     NULL},
    {"a list of CLs", HOST BEARER "Content-Length: 2, 2\n", ERR_MALFORMED_REQUEST, NULL},
    {"signed CL", HOST BEARER "Content-Length: +2\n", ERR_MALFORMED_REQUEST, NULL},
    {"hexadecimal CL", HOST BEARER "Content-Length: 0x2\n", ERR_MALFORMED_REQUEST, NULL},
    {"empty CL", HOST BEARER "Content-Length: \n", ERR_MALFORMED_REQUEST, NULL},
    {"CL beyond all", HOST BEARER "Content-Length: 9999999999999999999\n", ERR_MALFORMED_REQUEST,
     NULL},
    {"two TEs", HOST BEARER "Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n",
     ERR_MALFORMED_REQUEST, NULL},
    {"another TE", HOST BEARER "Transfer-Encoding: gzip, chunked\n", ERR_MALFORMED_REQUEST, NULL},
    {"identity TE", HOST BEARER "Transfer-Encoding: identity\n", ERR_MALFORMED_REQUEST, NULL},
    {"9110 5.5: CR in a value", HOST BEARER "X: a\rOrigin: " ORIGIN "\n", ERR_MALFORMED_REQUEST,
     NULL},
    {"9112 5.1: space before the colon", HOST BEARER "Content-Length : 2\n", ERR_MALFORMED_REQUEST,
     NULL},
};

START_TEST(tcp)
{
    const struct row *r = &tcp_rows[_i];
    struct door_visit v;
    err_t e = judge(LISTENER_TCP, true, r->headers, &v);
    ck_assert_msg(e == r->error, "%s: %s", r->why, err_slug(e));
    if (r->owner) ck_assert_str_eq(v.owner, r->owner);
    if (e && e != ERR_MALFORMED_REQUEST) ck_assert_ptr_null(v.origin); /* no CORS header */
}
END_TEST

START_TEST(nul_in_a_value)
{
    const struct door_rules rules = {origins, bytes_str(TOKEN), LISTENER_TCP, 15070, NULL};
    struct door_visit v = {.own_peer = true};
    take_headers(&v, HOST BEARER);
    door_header(&v, bytes_str("X"), bytes_of("a\0b", 3));
    ck_assert_int_eq(door_judge(&rules, &v), ERR_MALFORMED_REQUEST);
}
END_TEST

START_TEST(other_user)
{
    struct door_visit v;
    ck_assert_int_eq(judge(LISTENER_TCP, false, HOST BEARER, &v), ERR_OTHER_USER);
    ck_assert_int_eq(judge(LISTENER_UNIX, false, "", &v), ERR_OTHER_USER);
}
END_TEST

START_TEST(unix_socket)
{
    struct door_visit v;
    ck_assert_int_eq(judge(LISTENER_UNIX, true, "", &v), OK);
    ck_assert_str_eq(v.owner, "local");
    ck_assert_int_eq(judge(LISTENER_UNIX, true, "Host: anything\n", &v), OK);
    /* A proxy that passes a site's request on does not make the site local. */
    ck_assert_int_eq(judge(LISTENER_UNIX, true, "Origin: https://evil.example\n", &v),
                     ERR_ORIGIN_NOT_ALLOWED);
    ck_assert_int_eq(judge(LISTENER_UNIX, true, "Origin: " ORIGIN "\n", &v), OK);
    ck_assert_str_eq(v.owner, ORIGIN);
    ck_assert_int_eq(
        judge(LISTENER_UNIX, true, "Content-Length: 1\nTransfer-Encoding: chunked\n", &v),
        ERR_MALFORMED_REQUEST);
}
END_TEST

START_TEST(no_token_configured)
{
    const struct door_rules rules = {origins, bytes_str(""), LISTENER_TCP, 15070, NULL};
    struct door_visit v = {.own_peer = true};
    take_headers(&v, HOST "Authorization: Bearer \n");
    ck_assert_int_eq(door_judge(&rules, &v), ERR_TOKEN_REQUIRED);
}
END_TEST

START_TEST(loopback_origin_needs_the_setting)
{
    struct door_visit v;
    settings.http_loopback_origins = false;
    ck_assert_int_eq(judge(LISTENER_TCP, true, HOST "Origin: http://localhost:3000\n", &v),
                     ERR_ORIGIN_NOT_ALLOWED);
    ck_assert_int_eq(judge(LISTENER_TCP, true, HOST "Origin: " ORIGIN "\n", &v), OK);
}
END_TEST

START_TEST(body_is_measured)
{
    struct door_visit v;
    ck_assert_int_eq(judge(LISTENER_UNIX, true, "Content-Length: 123\n", &v), OK);
    ck_assert(v.has_body && !v.chunked && v.content_length == 123);
    ck_assert_int_eq(judge(LISTENER_UNIX, true, "Transfer-Encoding: Chunked\n", &v), OK);
    ck_assert(v.has_body && v.chunked);
    ck_assert_int_eq(judge(LISTENER_UNIX, true, "Content-Length: 0\n", &v), OK);
    ck_assert(!v.has_body);
}
END_TEST

/* ---- the status page ---- */

#define FETCH(site, mode, dest)                                                                    \
    "Sec-Fetch-Site: " site "\nSec-Fetch-Mode: " mode "\nSec-Fetch-Dest: " dest "\n"
#define TAB   FETCH("none", "navigate", "document")
#define STYLE FETCH("same-origin", "no-cors", "style")
#define SELF  "Origin: http://localhost:15070\n"

/* api/PROTOCOL 2.3, 5.20: what a browser says when the person opens the page, and what it says when
 * anybody else has it ask. */
static const struct {
    const char *why;
    enum door_open open;
    const char *headers;
    err_t error;
} page_rows[] = {
    {"opened from outside the browser", OPEN_TO_DOCUMENT, HOST TAB, OK},
    {"loaded again", OPEN_TO_DOCUMENT, HOST FETCH("same-origin", "navigate", "document"), OK},
    {"its style", OPEN_TO_STYLE, HOST STYLE, OK},
    {"its script", OPEN_TO_SCRIPT, HOST FETCH("same-origin", "no-cors", "script"), OK},
    {"nothing is said of it", OPEN_TO_DOCUMENT, HOST, ERR_TOKEN_REQUIRED},
    {"a site's link or window", OPEN_TO_DOCUMENT, HOST FETCH("cross-site", "navigate", "document"),
     ERR_TOKEN_REQUIRED},
    {"another port of this machine", OPEN_TO_DOCUMENT,
     HOST FETCH("same-site", "navigate", "document"), ERR_TOKEN_REQUIRED},
    {"a frame", OPEN_TO_DOCUMENT, HOST FETCH("same-origin", "navigate", "iframe"),
     ERR_TOKEN_REQUIRED},
    {"an object", OPEN_TO_DOCUMENT, HOST FETCH("none", "navigate", "object"), ERR_TOKEN_REQUIRED},
    {"an image", OPEN_TO_DOCUMENT, HOST FETCH("cross-site", "no-cors", "image"),
     ERR_TOKEN_REQUIRED},
    {"a fetch", OPEN_TO_DOCUMENT, HOST FETCH("same-origin", "cors", "empty"), ERR_TOKEN_REQUIRED},
    {"a service worker's", OPEN_TO_DOCUMENT, HOST FETCH("same-origin", "same-origin", "document"),
     ERR_TOKEN_REQUIRED},
    {"said twice", OPEN_TO_DOCUMENT, HOST TAB "Sec-Fetch-Site: none\n", ERR_TOKEN_REQUIRED},
    {"in capitals", OPEN_TO_DOCUMENT, HOST FETCH("None", "navigate", "document"),
     ERR_TOKEN_REQUIRED},
    {"a list", OPEN_TO_DOCUMENT, HOST FETCH("none, cross-site", "navigate", "document"),
     ERR_TOKEN_REQUIRED},
    {"with a site's Origin", OPEN_TO_DOCUMENT, HOST TAB "Origin: https://evil.example\n",
     ERR_ORIGIN_NOT_ALLOWED},
    {"with our own", OPEN_TO_DOCUMENT, HOST TAB SELF, ERR_ORIGIN_NOT_ALLOWED},
    {"under a rebound name", OPEN_TO_DOCUMENT, "Host: evil.example:15070\n" TAB,
     ERR_HOST_NOT_ALLOWED},
    {"its style for another site", OPEN_TO_STYLE, HOST FETCH("cross-site", "no-cors", "style"),
     ERR_TOKEN_REQUIRED},
    {"its style in a tab", OPEN_TO_STYLE, HOST TAB, ERR_TOKEN_REQUIRED},
    {"its style as a script", OPEN_TO_STYLE, HOST FETCH("same-origin", "no-cors", "script"),
     ERR_TOKEN_REQUIRED},
    {"its script as a style", OPEN_TO_SCRIPT, HOST STYLE, ERR_TOKEN_REQUIRED},
    {"its script as a module of another site", OPEN_TO_SCRIPT,
     HOST FETCH("cross-site", "cors", "script"), ERR_TOKEN_REQUIRED},
    {"a tab is not enough for anything else", OPEN_TO_PASSES, HOST TAB, ERR_TOKEN_REQUIRED},
    {"nor for what owners alone may", OPEN_TO_OWNERS, HOST TAB, ERR_TOKEN_REQUIRED},

    {"the exchange", OPEN_TO_PAGE, HOST SELF, OK},
    {"by number", OPEN_TO_PAGE, "Host: 127.0.0.1:15070\nOrigin: http://127.0.0.1:15070\n", OK},
    {"from another name of ours", OPEN_TO_PAGE, HOST "Origin: http://127.0.0.1:15070\n",
     ERR_ORIGIN_NOT_ALLOWED},
    {"from another port", OPEN_TO_PAGE, HOST "Origin: http://localhost:15071\n",
     ERR_ORIGIN_NOT_ALLOWED},
    {"from https", OPEN_TO_PAGE, HOST "Origin: https://localhost:15070\n", ERR_ORIGIN_NOT_ALLOWED},
    {"from two origins", OPEN_TO_PAGE, HOST SELF SELF, ERR_ORIGIN_NOT_ALLOWED},
    {"from nowhere", OPEN_TO_PAGE, HOST, ERR_TOKEN_REQUIRED},
    {"from a site", OPEN_TO_PAGE, HOST "Origin: https://evil.example\n", ERR_ORIGIN_NOT_ALLOWED},
    {"under a rebound name", OPEN_TO_PAGE,
     "Host: evil.example:15070\nOrigin: http://evil.example:15070\n", ERR_HOST_NOT_ALLOWED},
    {"our own origin and the token, elsewhere", OPEN_TO_PASSES, HOST SELF BEARER,
     ERR_ORIGIN_NOT_ALLOWED},
    {"our own origin, where owners alone may", OPEN_TO_OWNERS, HOST SELF, ERR_ORIGIN_NOT_ALLOWED},
    {"or to be let in", OPEN_TO_STRANGERS, HOST "Origin: http://localhost:15070/\n",
     ERR_ORIGIN_NOT_ALLOWED},
};

START_TEST(page)
{
    const struct door_rules rules = {origins, bytes_str(TOKEN), LISTENER_TCP, 15070, NULL};
    struct door_visit v = {.own_peer = true, .open = page_rows[_i].open};
    take_headers(&v, page_rows[_i].headers);
    err_t e = door_judge(&rules, &v);
    ck_assert_msg(e == page_rows[_i].error, "%s: %s", page_rows[_i].why, err_slug(e));
    ck_assert_ptr_null(v.origin); /* no CORS header, ever */
    if (!e) ck_assert_str_eq(v.owner, DOOR_PAGE);
    if (e == ERR_HOST_NOT_ALLOWED) return;
    v.own_peer = false;
    ck_assert_int_eq(door_judge(&rules, &v), ERR_OTHER_USER);
}
END_TEST

START_TEST(page_by_the_unix_socket)
{
    const struct door_rules rules = {origins, bytes_str(TOKEN), LISTENER_UNIX, 0, NULL};
    struct door_visit v = {.own_peer = true, .open = OPEN_TO_PAGE};
    take_headers(&v, HOST SELF);
    ck_assert_int_eq(door_judge(&rules, &v), ERR_ORIGIN_NOT_ALLOWED);
}
END_TEST

/* api/PROTOCOL 2.3, 5.19: a pass is good where it is, by TCP, without an Origin; and in use until
 * it is left. */
START_TEST(by_a_pass)
{
    struct tickets all = {0};
    char ticket[TICKET_TEXT], pass[TICKET_TEXT];
    own(buf) lines = buf_max(512);
    struct door_rules rules = {origins, bytes_str(TOKEN), LISTENER_TCP, 15070, &all};
    ck_assert_int_eq(tickets_issue(&all, 1, ticket), OK);
    ck_assert_int_eq(tickets_exchange(&all, bytes_str(ticket), 1, pass), OK);
    all.passes[0].calls = 1; /* does not grow old */
    buf_fmt(&lines, HOST "Authorization: Bearer %s\n", pass);
    for (enum door_open open = OPEN_TO_OWNERS; open <= OPEN_TO_SCRIPT; open++) {
        struct door_visit v = {.own_peer = true, .open = open};
        take_headers(&v, buf_cstr(&lines));
        const bool good = open == OPEN_TO_PASSES;
        ck_assert_int_eq(door_judge(&rules, &v), good ? OK : ERR_TOKEN_REQUIRED);
        ck_assert_int_eq(v.pass != 0, good);
        if (good) ck_assert_str_eq(v.owner, "local");
    }
    ck_assert_uint_eq(all.passes[0].calls, 2);
    struct door_visit v = {.own_peer = true, .open = OPEN_TO_PASSES};
    take_headers(&v, buf_cstr(&lines));
    take_headers(&v, SELF);
    ck_assert_int_eq(door_judge(&rules, &v), ERR_ORIGIN_NOT_ALLOWED);
    ck_assert_uint_eq(v.pass, 0);
}
END_TEST

/* ---- media types ---- */

static const struct {
    const char *headers;
    bool json, octets;
} media_rows[] = {
    {"Content-Type: application/json\n", true, false},
    {"Content-Type: Application/JSON ; charset=UTF-8\n", true, false},
    {"Content-Type: application/json; charset=\"utf-8\"\n", true, false},
    {"Content-Type: application/json; charset=utf-16\n", false, false},
    {"Content-Type: application/json; charset=utf-8; x=y\n", false, false},
    {"Content-Type: application/json-patch\n", false, false},
    {"Content-Type: text/plain\n", false, false},
    {"Content-Type: text/plain; application/json\n", false, false},
    {"Content-Type: application/x-www-form-urlencoded\n", false, false},
    {"Content-Type: multipart/form-data; boundary=x\n", false, false},
    {"Content-Type: \n", false, false},
    {"X: y\n", false, false},
    {"Content-Type: application/json\nContent-Type: text/plain\n", false, false},
    {"Content-Type: application/json\nContent-Encoding: gzip\n", false, false},
    {"Content-Type: application/json\nContent-Encoding: identity\n", true, false},
    {"Content-Type: application/octet-stream\n", false, true},
    {"Content-Type: application/octet-stream; x=y\n", false, false},
    {"Content-Type: application/octet-stream\nContent-Encoding: br\n", false, false},
};

START_TEST(media)
{
    struct door_visit v = {0};
    take_headers(&v, media_rows[_i].headers);
    ck_assert_msg(door_is_json(&v) == media_rows[_i].json, "%s", media_rows[_i].headers);
    ck_assert_msg(door_is_octets(&v) == media_rows[_i].octets, "%s", media_rows[_i].headers);
}
END_TEST

/* ---- language: RFC 9110 12.5.4 ---- */

static const struct {
    const char *accept;
    enum lang lang;
} lang_rows[] = {
    {"", LANG_TR},
    {"tr", LANG_TR},
    {"en", LANG_EN},
    {"EN-us", LANG_EN},
    {"en-GB, tr;q=0.9", LANG_EN},
    {"tr;q=0.3, en;q=0.4", LANG_EN},
    {"tr;q=0.4, en;q=0.399", LANG_TR},
    {"en;q=0.5, tr;q=0.5", LANG_TR},
    {"en;q=0", LANG_TR},
    {"tr;q=0, *", LANG_EN},
    {"*", LANG_TR},
    {"de, fr", LANG_TR},
    {"de, en;q=0.1", LANG_EN},
    {"tr;q=0.8, *;q=0.9", LANG_EN},
    {"en;q=1.001", LANG_TR},
    {"en;q=0.1234", LANG_TR},
    {"en;q=-1", LANG_TR},
    {"en;q=", LANG_TR},
    {",,, en ,,", LANG_EN},
    {"english", LANG_TR},
    {"en ; q=0.9 , tr ; q=0.8", LANG_EN},
};

START_TEST(language)
{
    ck_assert_msg(door_lang(bytes_str(lang_rows[_i].accept)) == lang_rows[_i].lang, "%s",
                  lang_rows[_i].accept);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("door");
    TCase *t = tcase_create("door");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, stranger, 0, ROWS(strangers));
    tcase_add_loop_test(t, tcp, 0, ROWS(tcp_rows));
    tcase_add_test(t, nul_in_a_value);
    tcase_add_test(t, other_user);
    tcase_add_test(t, unix_socket);
    tcase_add_test(t, no_token_configured);
    tcase_add_test(t, loopback_origin_needs_the_setting);
    tcase_add_test(t, body_is_measured);
    tcase_add_loop_test(t, page, 0, ROWS(page_rows));
    tcase_add_test(t, page_by_the_unix_socket);
    tcase_add_test(t, by_a_pass);
    tcase_add_loop_test(t, media, 0, ROWS(media_rows));
    tcase_add_loop_test(t, language, 0, ROWS(lang_rows));
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
