/* SPDX-License-Identifier: MIT */
#include "pkcs11/token_listing.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/suite.h"

static struct token_listing a, b, all;

/* Texts in the place of certificates: nothing here looks into them. */
static void add(struct token_listing *l, unsigned slot, const char *text, bool has_key)
{
    struct token_cert *c = &l->certs[l->n_certs++];
    *c = (struct token_cert){.der = bytes_str(text), .slot = slot, .has_key = has_key};
    ck_assert(digest_of(DIGEST_SHA256, c->der, &c->id));
}

static void add_slot(struct token_listing *l, const char *reader, bool present)
{
    struct token_slot *s = &l->slots[l->n_slots++];
    *s = (struct token_slot){.present = present};
    (void)snprintf(s->id, sizeof s->id, "slot-%zu", l->n_slots);
    (void)snprintf(s->reader, sizeof s->reader, "%s", reader);
}

static void two_modules(void)
{
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    memset(&all, 0, sizeof all);
    add_slot(&a, "Reader A", true);
    add(&a, 0, "ayşe", true);
    add(&a, 0, "ca", false);
    add_slot(&b, "Reader A", true);
    add_slot(&b, "Reader B", false);
    add(&b, 0, "ayşe", true);
    add(&b, 0, "ca", true);
    add(&b, 1, "mehmet", true);
}

static const struct token_cert *found(const char *text)
{
    struct digest id;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str(text), &id));
    size_t i = token_listing_find(&all, &id);
    return i < all.n_certs ? &all.certs[i] : NULL;
}

START_TEST(several_modules)
{
    token_listing_add(&all, &a, 0);
    token_listing_add(&all, &b, 7);
    ck_assert_uint_eq(all.n_slots, 3);
    ck_assert_str_eq(all.slots[0].id, "slot-1");
    ck_assert_str_eq(all.slots[2].id, "m7-slot-2");
    ck_assert_uint_eq(all.slots[0].module, 0);
    ck_assert_uint_eq(all.slots[1].module, 7);
    ck_assert_uint_eq(all.n_certs, 3);
    ck_assert_uint_eq(found("ayşe")->slot, 0); /* the preferred module's */
    ck_assert_uint_eq(found("ca")->slot, 1);   /* the one that has its key */
    ck_assert_uint_eq(found("mehmet")->slot, 2);
    ck_assert_ptr_null(found("nobody"));
    ck_assert(token_listing_present(&all));
}
END_TEST

START_TEST(what_does_not_fit)
{
    static char texts[TOKEN_MAX_CERTS][16];
    for (size_t i = 0; i < TOKEN_MAX_SLOTS - 1; i++) add_slot(&all, "R", false);
    for (size_t i = 0; i < TOKEN_MAX_CERTS - 1; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%zu", i);
        add(&all, 0, texts[i], true);
    }
    token_listing_add(&all, &b, 1);
    ck_assert_uint_eq(all.n_slots, TOKEN_MAX_SLOTS);
    ck_assert_uint_eq(all.n_certs, TOKEN_MAX_CERTS);
    ck_assert_ptr_nonnull(found("ayşe"));
    ck_assert_ptr_null(found("mehmet")); /* its slot found no place */
}
END_TEST

START_TEST(longest_slot_id)
{
    memset(b.slots[0].id, 'x', sizeof b.slots[0].id - 1);
    token_listing_add(&all, &b, 255);
    ck_assert_uint_lt(strlen(all.slots[0].id), sizeof all.slots[0].id);
    ck_assert(strncmp(all.slots[0].id, "m255-x", 6) == 0);
}
END_TEST

START_TEST(a_copy_owns_its_octets)
{
    char text[] = "ayşe";
    own(buf) ders = buf_max(64), small = buf_max(2);
    a.certs[0].der = bytes_str(text);
    ck_assert(token_listing_copy(&a, &all, &ders));
    memset(text, 'x', sizeof text - 1);
    ck_assert(bytes_eq(all.certs[0].der, bytes_str("ayşe")));
    ck_assert(bytes_eq(all.certs[1].der, bytes_str("ca")));
    ck_assert(!token_listing_copy(&a, &all, &small));
    ck_assert_uint_eq(all.n_certs + all.n_slots, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("token_listing");
    TCase *t = tcase_create("token_listing");
    tcase_add_checked_fixture(t, two_modules, NULL);
    tcase_add_test(t, several_modules);
    tcase_add_test(t, what_does_not_fit);
    tcase_add_test(t, longest_slot_id);
    tcase_add_test(t, a_copy_owns_its_octets);
    suite_add_tcase(s, t);
    return suite_run(s);
}
