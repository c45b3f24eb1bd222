/* SPDX-License-Identifier: MIT */
/*
 * suite: how a program of unit tests ends.
 *
 * Use:  int main(void) { Suite *s = suite_create("der"); …; return suite_run(s); }
 *       tcase_add_loop_test(t, one_row, 0, ROWS(rows));
 */
#ifndef TESTS_SUPPORT_SUITE_H
#define TESTS_SUPPORT_SUITE_H

#include <check.h>

/* ROWS: how many rows a table has. */
#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* suite_run runs and frees it, as verbosely as CK_VERBOSITY says (tests/run takes the TAP of
 * CK_TAP_LOG_FILE_NAME); the exit status of main. */
static inline int suite_run(Suite *s)
{
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
