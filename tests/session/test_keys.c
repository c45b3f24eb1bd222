/* SPDX-License-Identifier: MIT */
#include "session/keys.h"

#include <check.h>
#include <stdio.h>

#include "session/ident.h"

#include "tests/support/suite.h"

static struct keys *keys;

static bool put(const char *owner, const char *key, const struct digest *body, const char *id)
{
    struct keys_entry e;
    if (!keys_entry_of(owner, key, body, id, &e)) return false;
    keys_put(keys, &e);
    return true;
}
static struct digest body, other_body;

static void set_up(void)
{
    keys = keys_new();
    ck_assert_ptr_nonnull(keys);
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("body"), &body));
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("other"), &other_body));
}

static void tear_down(void)
{
    keys_free(keys);
}

static void nth(unsigned n, char key[32], char id[SESSION_ID])
{
    uint8_t raw[16] = {(uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};
    (void)snprintf(key, 32, "key-%u", n);
    ident_text(raw, id);
}

static bool holds(unsigned n)
{
    char key[32], id[SESSION_ID], found[SESSION_ID];
    nth(n, key, id);
    enum keys_found f = keys_find(keys, "local", key, &body, found);
    if (f == KEYS_SAME) ck_assert_str_eq(found, id);
    return f == KEYS_SAME;
}

static void add(unsigned n)
{
    char key[32], id[SESSION_ID];
    nth(n, key, id);
    ck_assert(put("local", key, &body, id));
}

START_TEST(owner_key_and_body)
{
    char id[SESSION_ID], found[SESSION_ID];
    ck_assert(ident_new(id));
    ck_assert_int_eq(keys_find(keys, "a", "bc", &body, found), KEYS_UNUSED);
    ck_assert(put("a", "bc", &body, id));
    ck_assert_int_eq(keys_find(keys, "a", "bc", &body, found), KEYS_SAME);
    ck_assert_str_eq(found, id);
    ck_assert_int_eq(keys_find(keys, "a", "bc", &other_body, found), KEYS_OTHER);
    ck_assert_int_eq(keys_find(keys, "ab", "c", &body, found), KEYS_UNUSED);
    ck_assert_int_eq(keys_find(keys, "", "abc", &body, found), KEYS_UNUSED);
    ck_assert_int_eq(keys_find(keys, "a", "bC", &body, found), KEYS_UNUSED);
}
END_TEST

START_TEST(oldest_makes_room)
{
    for (unsigned n = 0; n < KEYS_MAX; n++) add(n);
    for (unsigned n = 0; n < KEYS_MAX; n++) ck_assert(holds(n));
    for (unsigned n = 0; n < 3 * KEYS_MAX / 2; n++) {
        ck_assert(holds(n));
        add(KEYS_MAX + n);
        ck_assert(!holds(n));
        ck_assert(holds(n + 1));
        ck_assert(holds(KEYS_MAX + n));
    }
}
END_TEST

static const char *const no_ids[] = {"",
                                     "0",
                                     "0123456789abcdef0123456789abcdeF",
                                     "0123456789abcdef0123456789abcdef0",
                                     "0123456789abcdef0123456789abcde ",
                                     "../../../../../../etc/passwd...."};

START_TEST(what_is_no_id)
{
    uint8_t raw[16];
    ck_assert(!ident_raw(no_ids[_i], raw));
    ck_assert(!put("local", "k", &body, no_ids[_i]));
}
END_TEST

START_TEST(ids_differ)
{
    char a[SESSION_ID], b[SESSION_ID], back[SESSION_ID];
    uint8_t raw[16];
    ck_assert(ident_new(a) && ident_new(b));
    ck_assert_str_ne(a, b);
    ck_assert(ident_raw(a, raw));
    ident_text(raw, back);
    ck_assert_str_eq(a, back);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keys");
    TCase *t = tcase_create("keys");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, owner_key_and_body);
    tcase_add_test(t, oldest_makes_room);
    tcase_add_loop_test(t, what_is_no_id, 0, ROWS(no_ids));
    tcase_add_test(t, ids_differ);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
