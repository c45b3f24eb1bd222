/* SPDX-License-Identifier: MIT */
#include "xades/profile.h"

#include <check.h>

#include "tests/support/suite.h"

START_TEST(names_lead_back)
{
    for (unsigned i = 0; i < XADES_PROFILE_COUNT; i++) {
        enum xades_profile p;
        ck_assert(xades_profile_of(xades_profile_name((enum xades_profile)i), &p));
        ck_assert_uint_eq(p, i);
    }
    for (unsigned i = 0; i < XADES_PACKAGING_COUNT; i++) {
        enum xades_packaging p;
        ck_assert(xades_packaging_of(xades_packaging_name((enum xades_packaging)i), &p));
        ck_assert_uint_eq(p, i);
    }
    for (unsigned i = 0; i < XADES_COMMITMENT_COUNT; i++) {
        enum xades_commitment c;
        ck_assert(xades_commitment_of(xades_commitment_name((enum xades_commitment)i), &c));
        ck_assert_uint_eq(c, i);
    }
}
END_TEST

/* Stable words of the API (API.md "Resources"). */
START_TEST(words)
{
    ck_assert_str_eq(xades_profile_name(XADES_P1), "P1");
    ck_assert_str_eq(xades_profile_name(XADES_B_B), "B-B");
    ck_assert_str_eq(xades_profile_name(XADES_B_T), "B-T");
    ck_assert_str_eq(xades_packaging_name(XADES_ENVELOPING), "enveloping");
    ck_assert_str_eq(xades_packaging_name(XADES_ENVELOPED), "enveloped");
    ck_assert_str_eq(xades_packaging_name(XADES_DETACHED), "detached");
    ck_assert_str_eq(xades_commitment_name(XADES_PROOF_OF_APPROVAL), "proof-of-approval");
    ck_assert_str_eq(xades_commitment_name(XADES_COMMITMENT_NONE), "");
    ck_assert(xades_profile_turkish(XADES_P1) && !xades_profile_turkish(XADES_B_B));
    ck_assert(!xades_profile_turkish(XADES_B_T) && xades_profile_stamped(XADES_B_T));
    ck_assert(!xades_profile_stamped(XADES_P1) && !xades_profile_stamped(XADES_B_B));
}
END_TEST

/* A page cannot ask for what it would get incomplete. */
START_TEST(completed)
{
    static const char *const names[] = {"P3", "P4"};
    for (size_t i = 0; i < 2; i++) {
        enum xades_profile p = XADES_B_B;
        ck_assert(!xades_profile_of(names[i], &p) && p == XADES_B_B);
        ck_assert(xades_profile_known(names[i], &p) && xades_profile_turkish(p));
        ck_assert_str_eq(xades_profile_name(p), names[i]);
    }
}
END_TEST

START_TEST(unknown)
{
    enum xades_profile p = XADES_B_B;
    enum xades_packaging k = XADES_DETACHED;
    enum xades_commitment c = XADES_PROOF_OF_ORIGIN;
    static const char *const strange[] = {"p1", "B-LTA", "P4", "enveloping ", "asic-e", "proof"};
    for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++)
        ck_assert(!xades_profile_of(strange[i], &p) && !xades_packaging_of(strange[i], &k) &&
                  !xades_commitment_of(strange[i], &c));
    ck_assert(p == XADES_B_B && k == XADES_DETACHED && c == XADES_PROOF_OF_ORIGIN);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("profile");
    TCase *t = tcase_create("profile");
    tcase_add_test(t, names_lead_back);
    tcase_add_test(t, words);
    tcase_add_test(t, completed);
    tcase_add_test(t, unknown);
    suite_add_tcase(s, t);
    return suite_run(s);
}
