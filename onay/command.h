/* SPDX-License-Identifier: MIT */
/*
 * command: what every `onay` command has in common.
 *
 * What: one row a command; exit codes; the language; how an error is said.
 */
#ifndef ONAY_COMMAND_H
#define ONAY_COMMAND_H

#include "core/args.h"
#include "core/digest.h"
#include "core/err.h"
#include "core/settings.h"

enum exit_code {
    EXIT_GOOD = 0,          /* verify: TOTAL-PASSED */
    EXIT_BAD = 1,           /* failed; verify: TOTAL-FAILED */
    EXIT_INDETERMINATE = 2, /* verify: INDETERMINATE */
    EXIT_USAGE = 64,
    EXIT_NO_INPUT = 66, /* a file cannot be read */
};

/* A command gets its own arguments: argv[0] is its name. */
struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *meaning;
};

int run_sign(int argc, char **argv);
int run_verify(int argc, char **argv);
int run_extend(int argc, char **argv);
int run_inspect(int argc, char **argv);
int run_status(int argc, char **argv);
int run_certs(int argc, char **argv);
int run_order(int argc, char **argv);
int run_history(int argc, char **argv);
int run_origins(int argc, char **argv);
int run_token(int argc, char **argv);
int run_tsa(int argc, char **argv);
int run_trust(int argc, char **argv);
int run_pin(int argc, char **argv);

/* command_lang: English when the locale (LC_ALL, LC_MESSAGES, LANG) says so, else Turkish. */
enum lang command_lang(void);

/* What one command takes: its usage line, its options, and who takes each of them in; these return
 * false for what they refuse. NULL takes none. Every table has COMMAND_HELP_ROW. */
struct command_line {
    const char *name, *words;
    const struct arg_row *rows;
    size_t n_rows;
    bool (*take_word)(void *into, const char *word);
    bool (*take_option)(void *into, int id, const char *value);
};
#define COMMAND_HELP -1
#define COMMAND_HELP_ROW                                                                           \
    {                                                                                              \
        "--help", NULL, COMMAND_HELP, "print this"                                                 \
    }

/* command_read gives each word and option to its taker. False: help was asked for, or something was
 * refused; the usage has been printed and *code is what to exit with. */
bool command_read(const struct command_line *line, int argc, char **argv, void *into, int *code);

/* command_usage prints the usage of one command, to stdout when asked for (wrong is NULL), else to
 * stderr with the word that was wrong, and returns EXIT_GOOD or EXIT_USAGE. */
int command_usage(const struct command_line *line, const char *wrong);

/* command_fail says on stderr what failed, and why, and returns EXIT_BAD (EXIT_NO_INPUT for
 * FILE_UNREADABLE). `detail` may be NULL. */
int command_fail(const char *what, err_t e, const char *detail);

/* command_print writes the text to stdout; false when that fails (a full disk, a closed pipe). */
bool command_print(struct buf *text);

/* command_certificate reads a certificate's id as `onay certs` prints it: 64 lower-case hex digits.
 */
bool command_certificate(const char *hex, struct digest *out);

/* command_settings reads the configuration as the daemon would; `path` may be NULL. On false the
 * reason has been said. */
bool command_settings(const char *path, struct settings *out);

#endif
