/* SPDX-License-Identifier: MIT */
#include "session/signer.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/faketoken.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static const char *pki;
static struct settings settings;
static struct trust *trust;
static struct fake *fake;
static struct listing listing;

static void set_up(void)
{
    char dir[512];
    (void)snprintf(dir, sizeof dir, "%s/trust", pki);
    settings_default(&settings);
    ck_assert_int_eq(trust_load(dir, &trust), OK);
    fake = fake_new(pki);
}

static void tear_down(void)
{
    listing_free(&listing);
    fake_free(fake);
    trust_free(trust);
}

static struct signer_rules rules(void)
{
    return (struct signer_rules){&settings, trust, utc_now()};
}

/* ---- one certificate ---- */

static const struct {
    const char *name;
    unsigned bits;
    err_t error;
} rows[] = {
    {"rsa", 0, OK},
    {"p256", 0, OK},
    {"p384", 0, OK},
    {"etugra", 0, OK},
    {"eseal", 0, OK},
    {"expired", UNUSABLE_EXPIRED, ERR_CERTIFICATE_EXPIRED},
    {"notyet", UNUSABLE_NOT_YET_VALID, ERR_CERTIFICATE_NOT_YET_VALID},
    {"nononrep", UNUSABLE_NOT_QUALIFIED, ERR_CERTIFICATE_NOT_QUALIFIED},
    {"noqc", UNUSABLE_NOT_QUALIFIED, ERR_CERTIFICATE_NOT_QUALIFIED},
    {"nonotice", UNUSABLE_NOT_QUALIFIED, ERR_CERTIFICATE_NOT_QUALIFIED},
    {"weak", UNUSABLE_KEY_TYPE, ERR_CERTIFICATE_NOT_QUALIFIED}, /* Tebliğ art. 6 */
    {"revoked", UNUSABLE_REVOKED, ERR_CERTIFICATE_REVOKED},
    {"stranger", UNUSABLE_UNTRUSTED, ERR_CERTIFICATE_UNTRUSTED},
    {"selfsigned", UNUSABLE_UNTRUSTED, ERR_CERTIFICATE_UNTRUSTED},
    {"malformed", UNUSABLE_MALFORMED, ERR_CERTIFICATE_MALFORMED},
};

START_TEST(unusable)
{
    fake_add(fake, rows[_i].name);
    ck_assert(listing_store(&listing, &fake->listing));
    struct signer_rules r = rules();
    unsigned bits = signer_unusable(&r, &listing, 0);
    ck_assert_uint_eq(bits, rows[_i].bits);
    ck_assert_str_eq(err_slug(unusable_error(bits)), err_slug(rows[_i].error));
    if (bits) ck_assert_str_ne(unusable_slug((enum unusable)bits), "");
}
END_TEST

START_TEST(key_and_pin)
{
    static const struct {
        enum pin_state pin;
        unsigned bits;
    } pins[] = {{PIN_OK, 0},
                {PIN_LOW, 0},
                {PIN_FINAL, 0},
                {PIN_LOCKED, UNUSABLE_PIN_LOCKED},
                {PIN_NOT_SET, UNUSABLE_PIN_NOT_SET}};
    fake_add(fake, "rsa");
    struct signer_rules r = rules();
    for (size_t i = 0; i < sizeof pins / sizeof *pins; i++) {
        fake->listing.slots[0].pin = pins[i].pin;
        ck_assert(listing_store(&listing, &fake->listing));
        ck_assert_uint_eq(signer_unusable(&r, &listing, 0), pins[i].bits);
    }
    fake->listing.slots[0].pin = PIN_OK;
    fake->listing.certs[0].has_key = false;
    ck_assert(listing_store(&listing, &fake->listing));
    ck_assert_uint_eq(signer_unusable(&r, &listing, 0), UNUSABLE_NO_KEY);
}
END_TEST

START_TEST(without_trust_no_chain_is_judged)
{
    fake_add(fake, "stranger");
    fake_add(fake, "revoked");
    ck_assert(listing_store(&listing, &fake->listing));
    struct signer_rules r = rules();
    r.trust = NULL;
    ck_assert_uint_eq(signer_unusable(&r, &listing, 0), 0);
    ck_assert_uint_eq(signer_unusable(&r, &listing, 1), 0);
}
END_TEST

/* ---- one approval: what is told when nothing fits ---- */

static const struct {
    const char *certs[3];
    const char *identity;
    bool undertaking;
    size_t n;
    err_t problem;
    bool wait;
} choices[] = {
    {{NULL}, "", false, 0, ERR_NO_CARD, true},
    {{"rsa"}, "", false, 1, OK, false},
    {{"rsa", "p256"}, "", false, 2, OK, false},
    {{"rsa", "rsa"}, "", false, 1, OK, false}, /* one certificate in two slots */
    {{"rsa", "mehmet"}, "12345678950", false, 1, OK, false},
    {{"mehmet", "expired"}, "10000000146", false, 0, ERR_IDENTITY_MISMATCH, false},
    {{"expired", "noqc"}, "", false, 0, ERR_CERTIFICATE_EXPIRED, false},
    {{"noqc", "expired"}, "", false, 0, ERR_CERTIFICATE_EXPIRED, false},
    {{"malformed", "noqc"}, "", false, 0, ERR_CERTIFICATE_NOT_QUALIFIED, false},
    {{"eseal"}, "", false, 1, OK, false},
    {{"eseal", "p256"}, "", true, 1, OK, false},
    {{"eseal"}, "", true, 0, ERR_CERTIFICATE_NOT_QUALIFIED, false},
    {{"revoked", "p256"}, "10000000146", true, 1, OK, false},
};

START_TEST(choosing)
{
    for (size_t i = 0; i < 3 && choices[_i].certs[i]; i++) fake_add(fake, choices[_i].certs[i]);
    ck_assert(listing_store(&listing, &fake->listing));
    struct signer_rules r = rules();
    struct signer_choice c;
    struct signer_wish wish = {.identity = choices[_i].identity,
                               .undertaking = choices[_i].undertaking};
    signer_choose(&r, &listing, &wish, &c);
    ck_assert_uint_eq(c.n, choices[_i].n);
    ck_assert_str_eq(err_slug(c.problem), err_slug(choices[_i].problem));
    ck_assert(c.wait == choices[_i].wait);
}
END_TEST

/* Two valid certificates of one person: the renewed one first, equals in the card's order. */
START_TEST(newest_first)
{
    static const char *const orders[][4] = {{"rsa", "renewed", "p256", "p384"},
                                            {"renewed", "rsa", "p256", "p384"},
                                            {"rsa", "p256", "p384", "renewed"}};
    size_t at[4], n = 0;
    struct signer_choice c;
    struct signer_wish wish = {.identity = ""};
    for (size_t i = 0; i < 4; i++) at[i] = fake_add(fake, orders[_i][i]);
    ck_assert(listing_store(&listing, &fake->listing));
    struct signer_rules r = rules();
    signer_choose(&r, &listing, &wish, &c);
    ck_assert_uint_eq(c.n, 4);
    for (size_t i = 0; i < 4; i++)
        if (strcmp(orders[_i][i], "renewed") == 0)
            ck_assert_uint_eq(token_listing_find(&listing.copy, &c.ids[0]), at[i]);
        else
            ck_assert_uint_eq(token_listing_find(&listing.copy, &c.ids[++n]), at[i]);
}
END_TEST

START_TEST(named_one_is_not_there)
{
    struct signer_choice c;
    struct signer_wish wish = {.identity = "", .has_certificate = true};
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("?"), &wish.certificate));
    ck_assert(listing_store(&listing, &fake->listing));
    struct signer_rules r = rules();
    signer_choose(&r, &listing, &wish, &c);
    ck_assert(c.n == 0 && c.wait && c.problem == ERR_NO_CARD);
    fake_add(fake, "rsa");
    ck_assert(listing_store(&listing, &fake->listing));
    signer_choose(&r, &listing, &wish, &c);
    ck_assert(c.n == 0 && !c.wait && c.problem == ERR_NO_CERTIFICATE);
}
END_TEST

START_TEST(listing_outlives_the_tokens_own)
{
    fake_add(fake, "rsa");
    ck_assert(listing_store(&listing, &fake->listing));
    ck_assert(listing_store(&listing, &fake->listing)); /* unchanged */
    struct signer_rules r = rules();
    ck_assert_uint_eq(signer_unusable(&r, &listing, 0), 0);
    ck_assert(listing.entries[0].judged);
    fake_add(fake, "p256");
    ck_assert(listing_store(&listing, &fake->listing));
    ck_assert(listing.entries[0].judged); /* the verdict moved along */
    ck_assert(!listing.entries[1].judged);
    fake_eject(fake); /* frees what the listing was copied from */
    ck_assert(bytes_eq_str(listing.entries[0].cert.serial_number, "10000000146"));
    ck_assert(listing.entries[1].readable);
    ck_assert(listing_store(&listing, &fake->listing));
    ck_assert_uint_eq(listing.copy.n_certs, 0);
}
END_TEST

int main(void)
{
    pki = pki_make("signer");
    Suite *suite = suite_create("signer");
    TCase *t = tcase_create("signer");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_loop_test(t, unusable, 0, ROWS(rows));
    tcase_add_test(t, key_and_pin);
    tcase_add_test(t, without_trust_no_chain_is_judged);
    tcase_add_loop_test(t, choosing, 0, ROWS(choices));
    tcase_add_loop_test(t, newest_first, 0, 3);
    tcase_add_test(t, named_one_is_not_there);
    tcase_add_test(t, listing_outlives_the_tokens_own);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
