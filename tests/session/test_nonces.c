/* SPDX-License-Identifier: MIT */
#include "session/nonces.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#define A   "https://a.example"
#define B   "https://b.example"
#define NOW 1000

static char path[256];

static void set_up(void)
{
    (void)snprintf(path, sizeof path, "%s", scratch_path("nonces"));
    (void)unlink(path);
}

static struct nonces *open_ok(void)
{
    struct nonces *n = NULL;
    ck_assert_int_eq(nonces_open(path, &n), OK);
    return n;
}

START_TEST(once_for_each_owner)
{
    own_ptr(nonces) n = open_ok();
    ck_assert_int_eq(nonces_use(n, A, "one", NOW + 60, NOW), OK);
    ck_assert_int_eq(nonces_use(n, A, "one", NOW + 60, NOW), ERR_ORDER_REPLAYED);
    ck_assert_int_eq(nonces_use(n, B, "one", NOW + 60, NOW), OK);
    ck_assert_int_eq(nonces_use(n, A, "two", NOW + 60, NOW), OK);
}
END_TEST

START_TEST(again_after_a_restart)
{
    struct nonces *n = open_ok(), *second = NULL;
    ck_assert_int_eq(nonces_use(n, A, "one", NOW + 60, NOW), OK);
    ck_assert_int_eq(nonces_open(path, &second), ERR_FILE_UNREADABLE); /* one process at a time */
    nonces_free(n);
    n = open_ok();
    ck_assert_int_eq(nonces_use(n, A, "one", NOW + 60, NOW), ERR_ORDER_REPLAYED);
    nonces_free(n);
}
END_TEST

START_TEST(full_until_one_is_over)
{
    own_ptr(nonces) n = open_ok();
    char nonce[16];
    struct stat st;
    for (int i = 0; i < NONCES_MAX; i++) {
        (void)snprintf(nonce, sizeof nonce, "%d", i);
        ck_assert_int_eq(nonces_use(n, A, nonce, NOW + (i ? 60 : 30), NOW), OK);
    }
    ck_assert_int_eq(nonces_use(n, A, "more", NOW + 90, NOW + 30), ERR_TOO_MANY_REQUESTS);
    ck_assert_int_eq(nonces_use(n, A, "more", NOW + 90, NOW + 31), OK);
    ck_assert_int_eq(nonces_use(n, A, "1", NOW + 90, NOW + 31), ERR_ORDER_REPLAYED);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, NONCES_MAX * NONCES_RECORD);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

/* A write that was cut off: that nonce was never answered, those before it were. */
START_TEST(torn)
{
    struct nonces *n = open_ok();
    ck_assert_int_eq(nonces_use(n, A, "one", NOW + 60, NOW), OK);
    ck_assert_int_eq(nonces_use(n, A, "two", NOW + 60, NOW), OK);
    nonces_free(n);
    ck_assert_int_eq(truncate(path, 2 * NONCES_RECORD - 1 - _i), 0);
    n = open_ok();
    ck_assert_int_eq(nonces_use(n, A, "one", NOW + 60, NOW), ERR_ORDER_REPLAYED);
    ck_assert_int_eq(nonces_use(n, A, "two", NOW + 60, NOW), OK);
    nonces_free(n);
}
END_TEST

START_TEST(not_a_file_of_ours_alone)
{
    struct nonces *n = open_ok();
    nonces_free(n);
    n = NULL;
    ck_assert_int_eq(chmod(path, 0644), 0);
    ck_assert_int_eq(nonces_open(path, &n), ERR_FILE_UNREADABLE);
    (void)unlink(path);
    ck_assert_int_eq(symlink("/dev/null", path), 0);
    ck_assert_int_eq(nonces_open(path, &n), ERR_FILE_UNREADABLE);
    ck_assert_ptr_null(n);
}
END_TEST

int main(void)
{
    (void)scratch_new();
    Suite *s = suite_create("nonces");
    TCase *t = tcase_create("nonces");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_test(t, once_for_each_owner);
    tcase_add_test(t, again_after_a_restart);
    tcase_add_test(t, full_until_one_is_over);
    tcase_add_loop_test(t, torn, 0, NONCES_RECORD);
    tcase_add_test(t, not_a_file_of_ours_alone);
    suite_add_tcase(s, t);
    return suite_run(s);
}
