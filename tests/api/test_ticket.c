/* SPDX-License-Identifier: MIT */
/* api/PROTOCOL 5.18, 5.19: how long a ticket and a pass are good, and how often. */
#include "api/ticket.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

#define NOW 1000000

static struct tickets t;
static char ticket[TICKET_TEXT], pass[TICKET_TEXT];

static void set_up(void)
{
    t = (struct tickets){0};
    ck_assert_int_eq(tickets_issue(&t, NOW, ticket), OK);
}

static err_t exchange(const char *text, int64_t now)
{
    return tickets_exchange(&t, bytes_str(text), now, pass);
}

static bool passes(const char *text, int64_t now)
{
    const uint64_t id = tickets_enter(&t, bytes_str(text), now);
    tickets_leave(&t, id, now);
    return id != 0;
}

static const struct {
    const char *why;
    int64_t after; /* milliseconds */
    err_t error;
} ages[] = {
    {"at once", 0, OK},
    {"a moment before its end", TICKET_MS - 1, OK},
    {"at its end", TICKET_MS, ERR_TOKEN_REQUIRED},
    {"long afterwards", 100 * TICKET_MS, ERR_TOKEN_REQUIRED},
};

START_TEST(age)
{
    ck_assert_int_eq(exchange(ticket, NOW + ages[_i].after), ages[_i].error);
}
END_TEST

START_TEST(once)
{
    char first[TICKET_TEXT];
    ck_assert_int_eq(exchange(ticket, NOW), OK);
    memcpy(first, pass, sizeof first);
    ck_assert_int_eq(exchange(ticket, NOW), ERR_TOKEN_REQUIRED);
    ck_assert_str_eq(pass, first);
    ck_assert(passes(first, NOW));
}
END_TEST

/* A ticket is no pass, a pass no ticket. */
START_TEST(one_is_not_the_other)
{
    ck_assert(!passes(ticket, NOW));
    ck_assert_int_eq(exchange(ticket, NOW), OK);
    ck_assert(!passes(ticket, NOW));
    ck_assert_int_eq(exchange(pass, NOW), ERR_TOKEN_REQUIRED);
}
END_TEST

/* RFC 4648 5: 256 bits in 43 characters, none of them twice the same. */
START_TEST(texts)
{
    char other[TICKET_TEXT];
    ck_assert_int_eq(tickets_issue(&t, NOW, other), OK);
    ck_assert_uint_eq(strlen(ticket), 43);
    ck_assert_uint_eq(strspn(ticket, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-_"),
                      43);
    ck_assert_str_ne(ticket, other);
    ck_assert_ptr_null(memmem(&t, sizeof t, ticket, 43)); /* a digest is kept, not the text */
    ck_assert_int_eq(exchange(ticket, NOW), OK);
    ck_assert_str_ne(ticket, pass);
    ck_assert_ptr_null(memmem(&t, sizeof t, pass, 43));
}
END_TEST

START_TEST(what_is_none)
{
    char wrong[2 * TICKET_TEXT] = "";
    ck_assert_int_eq(exchange("", NOW), ERR_TOKEN_REQUIRED);
    for (size_t i = 0; i < TICKET_TEXT - 1; i++) { /* one character of it is another */
        memcpy(wrong, ticket, TICKET_TEXT);
        wrong[i] = wrong[i] == 'A' ? 'B' : 'A';
        ck_assert_int_eq(exchange(wrong, NOW), ERR_TOKEN_REQUIRED);
        memcpy(wrong, ticket, TICKET_TEXT);
        wrong[i] = 0; /* shorter */
        ck_assert_int_eq(exchange(wrong, NOW), ERR_TOKEN_REQUIRED);
    }
    (void)snprintf(wrong, sizeof wrong, "%sA", ticket);
    ck_assert_int_eq(exchange(wrong, NOW), ERR_TOKEN_REQUIRED);
    ck_assert_int_eq(exchange(ticket, NOW), OK);
    (void)snprintf(wrong, sizeof wrong, "%sA", pass);
    ck_assert(!passes(wrong, NOW));
    ck_assert(!passes("", NOW));
    tickets_leave(&t, 0, NOW);
    tickets_leave(&t, 77, NOW);
}
END_TEST

START_TEST(a_few_tickets)
{
    char more[TICKETS_MAX][TICKET_TEXT];
    for (int i = 0; i < TICKETS_MAX; i++)
        ck_assert_int_eq(tickets_issue(&t, NOW + 1 + i, more[i]), OK);
    ck_assert_int_eq(exchange(ticket, NOW + 10), ERR_TOKEN_REQUIRED); /* the oldest made room */
    for (int i = 0; i < TICKETS_MAX; i++) ck_assert_int_eq(exchange(more[i], NOW + 10), OK);
}
END_TEST

START_TEST(idle)
{
    ck_assert_int_eq(exchange(ticket, NOW), OK);
    ck_assert(passes(pass, NOW + PASS_IDLE_MS - 1));
    ck_assert(passes(pass, NOW + 2 * (PASS_IDLE_MS - 1))); /* from its last use */
    ck_assert(!passes(pass, NOW + 2 * (PASS_IDLE_MS - 1) + PASS_IDLE_MS));
}
END_TEST

/* A stream of events is one long use. */
START_TEST(a_call_under_way)
{
    const int64_t late = NOW + 10 * PASS_IDLE_MS;
    ck_assert_int_eq(exchange(ticket, NOW), OK);
    const uint64_t stream = tickets_enter(&t, bytes_str(pass), NOW);
    ck_assert(passes(pass, late));
    tickets_leave(&t, stream, late + 1);
    ck_assert(passes(pass, late + PASS_IDLE_MS));
    ck_assert(!passes(pass, late + 2 * PASS_IDLE_MS));
    tickets_leave(&t, stream, late + 2 * PASS_IDLE_MS); /* once too often */
    ck_assert(!passes(pass, late + 2 * PASS_IDLE_MS));
}
END_TEST

static void fill(char all[PASSES_MAX][TICKET_TEXT])
{
    for (int i = 0; i < PASSES_MAX; i++) {
        ck_assert_int_eq(tickets_issue(&t, NOW, ticket), OK);
        ck_assert_int_eq(exchange(ticket, NOW + i), OK);
        memcpy(all[i], pass, TICKET_TEXT);
    }
    ck_assert_int_eq(tickets_issue(&t, NOW + PASSES_MAX, ticket), OK);
}

START_TEST(a_few_passes)
{
    char all[PASSES_MAX][TICKET_TEXT];
    fill(all);
    const uint64_t used = tickets_enter(&t, bytes_str(all[0]), NOW + 1);
    ck_assert_int_eq(exchange(ticket, NOW + 20), OK);
    ck_assert(passes(all[0], NOW + 20)); /* is being used */
    ck_assert(!passes(all[1], NOW + 20));
    for (int i = 2; i < PASSES_MAX; i++) ck_assert(passes(all[i], NOW + 20));
    ck_assert(passes(pass, NOW + 20));
    tickets_leave(&t, used, NOW + 21);
}
END_TEST

START_TEST(all_in_use)
{
    char all[PASSES_MAX][TICKET_TEXT];
    uint64_t ids[PASSES_MAX];
    fill(all);
    for (int i = 0; i < PASSES_MAX; i++) ids[i] = tickets_enter(&t, bytes_str(all[i]), NOW + 10);
    ck_assert_int_eq(exchange(ticket, NOW + 20), ERR_TOO_MANY_REQUESTS);
    tickets_leave(&t, ids[5], NOW + 30);
    ck_assert_int_eq(exchange(ticket, NOW + 40), OK);
    ck_assert(!passes(all[5], NOW + 40));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("ticket");
    TCase *c = tcase_create("ticket");
    tcase_add_checked_fixture(c, set_up, NULL);
    tcase_add_loop_test(c, age, 0, ROWS(ages));
    tcase_add_test(c, once);
    tcase_add_test(c, one_is_not_the_other);
    tcase_add_test(c, texts);
    tcase_add_test(c, what_is_none);
    tcase_add_test(c, a_few_tickets);
    tcase_add_test(c, idle);
    tcase_add_test(c, a_call_under_way);
    tcase_add_test(c, a_few_passes);
    tcase_add_test(c, all_in_use);
    suite_add_tcase(s, c);
    return suite_run(s);
}
