/* SPDX-License-Identifier: MIT */
#include "onay/sse.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

/* What was heard, "name=data;" each. */
static void note(void *ctx, const char *name, struct bytes data)
{
    buf_fmt(ctx, "%s=%.*s;", name, (int)data.len, (const char *)data.p);
}

/* Cases of WHATWG HTML 9.2.6, the last of them the examples of 9.2.6 itself. */
static const struct {
    const char *text, *events;
} rows[] = {
    {"", ""},
    {"data: a\n\n", "message=a;"},
    {"data:a\n\n", "message=a;"},
    {"data:  a\n\n", "message= a;"},
    {"data: a\r\n\r\n", "message=a;"},
    {"data: a\r\r", "message=a;"},
    {"data: a\n", ""},
    {"event: x\ndata: a\n\ndata: b\n\n", "x=a;message=b;"},
    {"event: x\n\ndata: b\n\n", "message=b;"},
    {"id: 7\nretry: 2000\nevent: x\ndata: {}\n\n", "x={};"},
    {": comment\n\n:\n\ndata: a\n: b\n\n", "message=a;"},
    {"Data: a\n\n", ""},
    {"dat: a\ndatab: b\n\n", ""},
    {"retry: 2000\n\nevent: x\nevent: y\ndata: a\n\n", "y=a;"},
    {"data: a:b: c\n\n", "message=a:b: c;"},
    {"data: YHOO\ndata: +2\ndata: 10\n\n", "message=YHOO\n+2\n10;"},
    {"data\n\ndata\ndata\n\ndata:", "message=;message=\n;"},
};

/* The same events, wherever the octets are cut. */
START_TEST(events)
{
    const struct bytes all = bytes_str(rows[_i].text);
    for (size_t cut = 0; cut <= all.len; cut++) {
        own(buf) heard = buf_max(4096);
        own(sse) s = sse_new(note, &heard);
        ck_assert(sse_add(&s, bytes_sub(all, 0, cut)));
        ck_assert(sse_add(&s, bytes_sub(all, cut, all.len)));
        ck_assert_str_eq(buf_cstr(&heard), rows[_i].events);
    }
    own(buf) heard = buf_max(4096);
    own(sse) s = sse_new(note, &heard);
    for (size_t i = 0; i < all.len; i++) ck_assert(sse_add(&s, bytes_sub(all, i, 1)));
    ck_assert_str_eq(buf_cstr(&heard), rows[_i].events);
}
END_TEST

START_TEST(without_end)
{
    static const char *const pieces[] = {"aaaaaaaaaaaaaaaa", "data: aaaaaaaaaa\n",
                                         "event: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    own(buf) heard = buf_max(4096);
    own(sse) s = sse_new(note, &heard);
    size_t n = 0;
    while (sse_add(&s, bytes_str(pieces[_i]))) ck_assert_uint_lt(n++, SSE_MAX);
    ck_assert(!sse_add(&s, bytes_str("data: a\n\n")));
    sse_begin_anew(&s);
    ck_assert(sse_add(&s, bytes_str("data: a\n\n")));
    ck_assert_str_eq(buf_cstr(&heard), "message=a;");
}
END_TEST

START_TEST(half_an_event_is_forgotten)
{
    own(buf) heard = buf_max(4096);
    own(sse) s = sse_new(note, &heard);
    ck_assert(sse_add(&s, bytes_str("event: x\ndata: a\nda")));
    sse_begin_anew(&s);
    ck_assert(sse_add(&s, bytes_str("data: b\n\n")));
    ck_assert_str_eq(buf_cstr(&heard), "message=b;");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sse");
    TCase *t = tcase_create("sse");
    tcase_add_loop_test(t, events, 0, ROWS(rows));
    tcase_add_loop_test(t, without_end, 0, 3);
    tcase_add_test(t, half_an_event_is_forgotten);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
