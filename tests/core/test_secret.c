/* SPDX-License-Identifier: MIT */
#include "core/secret.h"

#include <check.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/support/suite.h"

START_TEST(room_and_length)
{
    own_ptr(secret) s = secret_new(8);
    ck_assert_ptr_nonnull(s);
    ck_assert_uint_eq(secret_cap(s), 8);
    ck_assert_uint_eq(secret_bytes(s).len, 0);
    memcpy(secret_room(s), "12345678", 8);
    secret_set_len(s, 6);
    ck_assert(bytes_eq_str(secret_bytes(s), "123456"));
    ck_assert_int_eq(secret_room(s)[6], 0); /* what lies behind is wiped */
    secret_set_len(s, 100);
    ck_assert_uint_eq(secret_bytes(s).len, 8);
    ck_assert_ptr_null(secret_new(SECRET_MAX + 1));
}
END_TEST

/* A fork must not carry the PIN along (MADV_WIPEONFORK). */
START_TEST(children_see_nothing)
{
    own_ptr(secret) s = secret_new(8);
    memcpy(secret_room(s), "12345678", 8);
    secret_set_len(s, 8);
    int status = 0;
    pid_t child = fork();
    if (child == 0) _exit(memcmp(secret_room(s), "12345678", 8) == 0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

/* The page behind a secret is unreadable: an overrun cannot walk out of it. */
START_TEST(guarded)
{
    own_ptr(secret) s = secret_new(SECRET_MAX);
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        volatile uint8_t *beyond = secret_room(s) + 4096;
        _exit(*beyond);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) || WEXITSTATUS(status) != 0); /* the sanitizers exit instead */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("secret");
    TCase *t = tcase_create("secret");
    tcase_add_test(t, room_and_length);
    tcase_add_test(t, children_see_nothing);
    tcase_add_test(t, guarded);
    suite_add_tcase(s, t);
    return suite_run(s);
}
