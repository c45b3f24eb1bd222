/* SPDX-License-Identifier: MIT */
#include "core/pins.h"

#include <check.h>
#include <stdio.h>

#include "core/cert.h"
#include "core/file.h"

#include "tests/support/suite.h"

#define FOLDER "../shared/data/kamusm/"

/* The published certificates themselves, where they are at hand. */
static const struct {
    const char *file, *name; /* name: a part of the row's; NULL: not a pinned one */
} published[] = {
    {"root-v4.pem", "4"}, {"root-v5.pem", "5"},     {"root-v6.pem", "6"},
    {"root-v7.pem", "7"}, {"sub-nes-v5.pem", NULL},
};

START_TEST(published_roots_are_recognised)
{
    own(buf) path = buf_max(256), pem = buf_max(65536), der = buf_max(65536);
    buf_fmt(&path, FOLDER "%s", published[_i].file);
    if (file_read(buf_cstr(&path), &pem)) {
        printf("# %s is absent: skipped\n", published[_i].file);
        return;
    }
    size_t at = 0;
    struct digest id;
    ck_assert(cert_from_pem(buf_bytes(&pem), &at, &der));
    ck_assert(cert_id(buf_bytes(&der), &id));
    const struct pin *pin = pins_find(&id);
    ck_assert_int_eq(pin != NULL, published[_i].name != NULL);
    if (pin) ck_assert_ptr_nonnull(strstr(pin->name, published[_i].name));
}
END_TEST

START_TEST(table)
{
    size_t n = 0;
    const struct pin *all = pins_all(&n);
    ck_assert_uint_eq(n, 15);
    for (size_t i = 0; i < n; i++) ck_assert_uint_eq(strlen(all[i].sha256), 64);
    const struct digest other = {.alg = DIGEST_SHA384, .len = 48};
    ck_assert_ptr_null(pins_find(&other));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pins");
    TCase *t = tcase_create("pins");
    tcase_add_loop_test(t, published_roots_are_recognised, 0, 5);
    tcase_add_test(t, table);
    suite_add_tcase(s, t);
    return suite_run(s);
}
