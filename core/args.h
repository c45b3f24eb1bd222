/* SPDX-License-Identifier: MIT */
/*
 * args: a command line read by a table, and the help text made from the same table.
 *
 * What: long options `--name VALUE` or `--name=VALUE`, words, and `--` before words.
 * Use:  struct args a = {argc, argv, 1, rows, n}; while ((got = args_next(&a, &id, &v)) > ARGS_END)
 * …
 */
#ifndef CORE_ARGS_H
#define CORE_ARGS_H

#include "core/buf.h"

struct arg_row {
    const char *name;     /* "--port" */
    const char *argument; /* "N", NULL when it takes none */
    int id;
    const char *meaning;
};

struct args {
    int argc;
    char **argv;
    int at; /* the next word; start at 1, or behind a command's name */
    const struct arg_row *rows;
    size_t n_rows;
    bool only_words; /* `--` was seen */
};

enum args_got { ARGS_BAD = -1, ARGS_END = 0, ARGS_OPTION, ARGS_WORD };

/* args_next takes the next one. ARGS_OPTION: *id and, if the row has an argument, *value.
 * ARGS_WORD: *value. ARGS_BAD: unknown, or its argument is missing or unwanted; *value is the word.
 */
enum args_got args_next(struct args *a, int *id, const char **value);

/* args_help appends one indented line a row. */
void args_help(struct buf *out, const struct arg_row *rows, size_t n_rows);

#endif
