/* SPDX-License-Identifier: MIT */
#include "fixtures/portal/production.h"

#include "fixtures/portal/moment.h"
#include "tests/support/suite.h"

/* All times are Turkish: 21:00 of the day before in UTC. */
static utc_t day(const char *text)
{
    own(buf) b = buf_max(64);
    utc_t t = 0;
    buf_fmt(&b, "%sT00:00:00+03:00", text);
    ck_assert(utc_read_xsd(buf_bytes(&b), &t));
    return t;
}

#define NOW "2026-11-22"
#define A   "Örnek Belediyesi"
#define B   "Örnek Üniversitesi"

struct held {
    const char *serial, *institution, *until;
    bool revoked;
};

static const struct {
    enum production_type type;
    struct held held[3];
    const char *not_before; /* NULL: at once */
    const char *revokes;    /* serials */
    unsigned notes;
} plans[] = {
    /* at once, whatever there is */
    {TYPE_FIRST, {{0}}, NULL, "", 0},
    {TYPE_FIRST, {{"1", A, "2028-01-01", false}}, NULL, "", 0},
    {TYPE_OTHER, {{"1", A, "2028-01-01", false}}, NULL, "", 0},
    /* a renewal, when the newest active one has two months left */
    {TYPE_RENEWAL, {{0}}, NULL, "", 0},
    {TYPE_RENEWAL, {{"1", A, "2027-01-21", false}}, NULL, "", 0},
    {TYPE_RENEWAL, {{"1", A, "2027-01-22", false}}, NULL, "", 0}, /* to the day */
    {TYPE_RENEWAL, {{"1", A, "2027-01-23", false}}, "2026-11-23", "", 0},
    {TYPE_RENEWAL, {{"1", A, "2028-04-30", false}}, "2028-02-29", "", 0}, /* no 30 February */
    {TYPE_RENEWAL, {{"1", A, "2027-04-30", false}}, "2027-02-28", "", 0},
    {TYPE_RENEWAL, {{"1", A, "2028-01-15", false}}, "2027-11-15", "", 0}, /* another year */
    {TYPE_RENEWAL,
     {{"1", A, "2027-01-01", false}, {"2", A, "2027-06-01", false}},
     "2027-04-01",
     "",
     0},
    {TYPE_RENEWAL, {{"1", A, "2027-01-01", false}, {"2", A, "2027-06-01", true}}, NULL, "", 0},
    {TYPE_RENEWAL, {{"1", A, "2026-11-01", false}}, NULL, "", 0}, /* it has ended */
    {TYPE_RENEWAL, {{"1", A, "2028-01-01", true}}, NULL, "", 0},
    /* at once, and the others of the institution are revoked */
    {TYPE_LOST, {{"1", A, "2028-01-01", false}}, NULL, "1", 0},
    {TYPE_HARDWARE, {{"1", A, "2028-01-01", false}, {"2", A, "2027-01-01", false}}, NULL, "12", 0},
    {TYPE_IDENTITY, {{"1", A, "2028-01-01", true}, {"2", A, "2026-01-01", false}}, NULL, "", 0},
    {TYPE_PIN, {{0}}, NULL, "", 0},
    /* another institution's are left alone, and said once */
    {TYPE_LOST, {{"1", A, "2028-01-01", false}, {"2", B, "2028-01-01", false}}, NULL, "1", 1},
    {TYPE_PIN, {{"1", B, "2028-01-01", false}, {"2", B, "2027-01-01", false}}, NULL, "", 1},
    {TYPE_RENEWAL, {{"1", B, "2027-06-01", false}}, "2027-04-01", "", 1},
    {TYPE_FIRST, {{"1", B, "2027-06-01", true}}, NULL, "", 0},
};

static size_t hold(const struct held *held, struct certificate *out)
{
    size_t n = 0;
    for (; n < 3 && held[n].serial; n++) {
        out[n] = (struct certificate){.not_after = day(held[n].until), .revoked = held[n].revoked};
        memcpy(out[n].serial, held[n].serial, strlen(held[n].serial));
        memcpy(out[n].institution, held[n].institution, strlen(held[n].institution));
    }
    return n;
}

START_TEST(plan)
{
    struct certificate held[3];
    struct production p;
    own(buf) revoked = buf_max(256);
    const size_t n = hold(plans[_i].held, held);
    production_plan(plans[_i].type, A, held, n, day(NOW), &p);
    ck_assert_int_eq(p.not_before, plans[_i].not_before ? day(plans[_i].not_before) : 0);
    for (size_t i = 0; i < p.n_revokes; i++) buf_str(&revoked, p.revokes[i]->serial);
    ck_assert_str_eq(buf_cstr(&revoked), plans[_i].revokes);
    ck_assert_uint_eq(p.n_notes, plans[_i].notes);
    ck_assert_str_eq(p.title, "Üretim Bekleniyor");
    ck_assert(p.explanation[0] != 0);
}
END_TEST

START_TEST(many)
{
    struct certificate held[PRODUCTION_MAX_CERTIFICATES + 1] = {0};
    struct production p;
    for (size_t i = 0; i <= PRODUCTION_MAX_CERTIFICATES; i++) {
        held[i].not_after = day("2028-01-01");
        memcpy(held[i].institution, A, sizeof A);
    }
    production_plan(TYPE_LOST, A, held, PRODUCTION_MAX_CERTIFICATES + 1, day(NOW), &p);
    ck_assert_uint_eq(p.n_revokes, PRODUCTION_MAX_CERTIFICATES);
}
END_TEST

/* ---- times ---- */

static const struct {
    const char *at, *date, *time;
} moments[] = {
    {"2026-11-22T12:00:00Z", "22/11/2026", "22/11/2026 15:00:00"},
    {"2026-12-31T21:00:00Z", "01/01/2027", "01/01/2027 00:00:00"}, /* already next year there */
    {"2021-09-20T20:59:59Z", "20/09/2021", "20/09/2021 23:59:59"},
};

START_TEST(moment)
{
    own(buf) date = buf_max(64), time = buf_max(64);
    utc_t t = 0;
    ck_assert(utc_read_xsd(bytes_str(moments[_i].at), &t));
    moment_date(&date, t);
    moment_time(&time, t);
    ck_assert_str_eq(buf_cstr(&date), moments[_i].date);
    ck_assert_str_eq(buf_cstr(&time), moments[_i].time);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("production");
    TCase *t = tcase_create("production");
    tcase_add_loop_test(t, plan, 0, ROWS(plans));
    tcase_add_test(t, many);
    tcase_add_loop_test(t, moment, 0, ROWS(moments));
    suite_add_tcase(s, t);
    return suite_run(s);
}
