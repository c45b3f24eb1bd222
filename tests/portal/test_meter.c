/* SPDX-License-Identifier: MIT */
#include "fixtures/portal/meter.h"

#include "tests/support/suite.h"

#include <stdio.h>

START_TEST(counts)
{
    static struct meter m;
    m = (struct meter){0};
    for (int i = 0; i < 3; i++) ck_assert(meter_take(&m, "ayse", 3, 1000));
    ck_assert(!meter_take(&m, "ayse", 3, 1000));
    ck_assert(meter_take(&m, "mehmet", 3, 1000));
    ck_assert(!meter_take(&m, "ayse", 3, 59999));
    ck_assert(meter_take(&m, "ayse", 3, 60000)); /* the next minute */
}
END_TEST

/* Many names do not free the one that asks too often: only who was quiet longest makes room. */
START_TEST(crowd)
{
    static struct meter m;
    char name[32];
    m = (struct meter){0};
    for (int i = 0; i < METER_ROWS - 1; i++) {
        (void)snprintf(name, sizeof name, "old %d", i);
        ck_assert(meter_take(&m, name, 1, 0));
    }
    ck_assert(meter_take(&m, "ayse", 1, 60000));
    for (int i = 0; i < METER_ROWS - 1; i++) {
        (void)snprintf(name, sizeof name, "new %d", i);
        ck_assert(meter_take(&m, name, 1, 60000));
    }
    ck_assert(!meter_take(&m, "ayse", 1, 60000));
}
END_TEST

/* After how many failures how long is waited. */
static const struct {
    unsigned failures, seconds;
} pauses[] = {{0, 0}, {1, 0},   {2, 0},    {3, 2},    {4, 4},
              {5, 8}, {9, 128}, {10, 256}, {11, 300}, {99, 300}};

START_TEST(pause)
{
    static struct patience p;
    p = (struct patience){0};
    for (unsigned i = 0; i < pauses[_i].failures; i++) patience_failed(&p, "ayse", 5000);
    ck_assert_uint_eq(patience_wait(&p, "ayse", 5000), pauses[_i].seconds);
    ck_assert_uint_eq(patience_wait(&p, "mehmet", 5000), 0);
    ck_assert_uint_eq(patience_wait(&p, "ayse", 5000 + pauses[_i].seconds * 1000), 0);
    patience_forget(&p, "ayse");
    ck_assert_uint_eq(patience_wait(&p, "ayse", 5000), 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("meter");
    TCase *t = tcase_create("meter");
    tcase_add_test(t, counts);
    tcase_add_test(t, crowd);
    tcase_add_loop_test(t, pause, 0, ROWS(pauses));
    suite_add_tcase(s, t);
    return suite_run(s);
}
