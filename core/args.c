/* SPDX-License-Identifier: MIT */
#include "core/args.h"

#define HELP_COLUMN 28

static const struct arg_row *find(const struct args *a, struct bytes name)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (bytes_eq_str(name, a->rows[i].name)) return &a->rows[i];
    }
    return NULL;
}

enum args_got args_next(struct args *a, int *id, const char **value)
{
    if (a->at >= a->argc) return ARGS_END;
    const char *word = a->argv[a->at++];
    *value = word;
    if (!a->only_words && strcmp(word, "--") == 0) {
        a->only_words = true;
        return args_next(a, id, value);
    }
    if (a->only_words || strncmp(word, "--", 2) != 0) return ARGS_WORD;
    const char *equals = strchr(word, '=');
    const struct arg_row *row =
        find(a, bytes_of(word, equals ? (size_t)(equals - word) : strlen(word)));
    if (!row || (equals && !row->argument)) return ARGS_BAD;
    *id = row->id;
    if (!row->argument) return ARGS_OPTION;
    if (equals)
        *value = equals + 1;
    else if (a->at < a->argc)
        *value = a->argv[a->at++];
    else
        return ARGS_BAD;
    return ARGS_OPTION;
}

void args_help(struct buf *out, const struct arg_row *rows, size_t n_rows)
{
    for (size_t i = 0; i < n_rows; i++) {
        size_t before = out->len;
        buf_fmt(out, "  %s", rows[i].name);
        if (rows[i].argument) buf_fmt(out, " %s", rows[i].argument);
        do buf_byte(out, ' ');
        while (buf_ok(out) && out->len - before < HELP_COLUMN);
        buf_fmt(out, "%s\n", rows[i].meaning);
    }
}
