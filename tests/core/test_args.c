/* SPDX-License-Identifier: MIT */
#include "core/args.h"

#include <check.h>

#include "tests/support/suite.h"

START_TEST(options_and_words)
{
    static const struct arg_row rows[] = {{"--port", "N", 1, "p"}, {"--json", NULL, 2, "j"}};
    static const struct {
        const char *argv[5];
        enum args_got got[4];
    } cases[] = {
        {{"x", "--port", "1", "--json", "w"}, {ARGS_OPTION, ARGS_OPTION, ARGS_WORD, ARGS_END}},
        {{"x", "--port=1", "--", "--json", "w"}, {ARGS_OPTION, ARGS_WORD, ARGS_WORD, ARGS_END}},
        {{"x", "a", "b", "c", "--port"}, {ARGS_WORD, ARGS_WORD, ARGS_WORD, ARGS_BAD}},
        {{"x", "--json=1", "--nope", "-", "-x"}, {ARGS_BAD, ARGS_BAD, ARGS_WORD, ARGS_WORD}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *argv[5];
        for (size_t k = 0; k < 5; k++) argv[k] = strdup(cases[i].argv[k]);
        struct args a = {.argc = 5, .argv = argv, .at = 1, .rows = rows, .n_rows = 2};
        for (size_t k = 0; k < 4; k++) {
            int id;
            const char *value;
            ck_assert_int_eq(args_next(&a, &id, &value), cases[i].got[k]);
        }
        for (size_t k = 0; k < 5; k++) free(argv[k]);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("args");
    TCase *t = tcase_create("args");
    tcase_add_test(t, options_and_words);
    suite_add_tcase(s, t);
    return suite_run(s);
}
