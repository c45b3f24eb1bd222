/* SPDX-License-Identifier: MIT */
#include "core/pins.h"

#include <check.h>
#include <stdio.h>

#include "core/cert.h"
#include "core/file.h"
#include "core/name.h"

#include "tests/support/suite.h"

#define FOLDER "../shared/data/kamusm/"

/* The published certificates themselves, where they are at hand. */
static const struct {
    const char *file, *name; /* name: a part of the row's; NULL: not a pinned one */
} published[] = {
    {"root-v4.pem", "4"}, {"root-v5.pem", "5"},     {"root-v6.pem", "6"},
    {"root-v7.pem", "7"}, {"sub-nes-v5.pem", NULL}, {"sub-nes-v6.crt", "ESHS Sürüm 6"},
};

/* What the row says of the certificate is what the certificate says. */
static void must_agree(const struct pin *pin, const char *name, struct bytes der)
{
    struct cert c;
    struct der_latch why = {0};
    own(buf) until = buf_max(64);
    ck_assert(cert_read(der, &c, &why));
    utc_write_xsd(&until, c.not_after, 0);
    ck_assert_ptr_nonnull(strstr(pin->name, name));
    ck_assert_mem_eq(buf_cstr(&until), pin->until, 10);
    ck_assert_int_eq(c.key_type, pin->key);
    ck_assert_uint_eq(c.key_bits, pin->bits);
    ck_assert_int_eq(name_equal(c.issuer, c.subject), pin->kind == PIN_ROOT);
}

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
    if (pin) must_agree(pin, published[_i].name, buf_bytes(&der));
}
END_TEST

static void must_be_a_row(const struct pin *p)
{
    utc_t until;
    own(buf) time = buf_max(64);
    buf_fmt(&time, "%sT00:00:00Z", p->until);
    ck_assert_msg(utc_read_xsd(buf_bytes(&time), &until), "%s: %s", p->name, p->until);
    ck_assert_uint_eq(strlen(p->sha256), 64);
    ck_assert_uint_eq(strspn(p->sha256, "0123456789ABCDEF"), 64);
    ck_assert_uint_ge(p->bits, p->key == KEY_RSA ? 2048 : 256); /* Tebliğ art. 6 */
    ck_assert(p->name[0]);
}

START_TEST(table)
{
    size_t n = 0;
    const struct pin *all = pins_all(&n);
    ck_assert_uint_eq(n, 15);
    for (size_t i = 0; i < n; i++) must_be_a_row(&all[i]);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < i; k++) ck_assert_str_ne(all[i].sha256, all[k].sha256);
    }
    const struct digest other = {.alg = DIGEST_SHA384, .len = 48};
    ck_assert_ptr_null(pins_find(&other));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pins");
    TCase *t = tcase_create("pins");
    tcase_add_loop_test(t, published_roots_are_recognised, 0, ROWS(published));
    tcase_add_test(t, table);
    suite_add_tcase(s, t);
    return suite_run(s);
}
