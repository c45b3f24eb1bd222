/* SPDX-License-Identifier: MIT */
/*
 * dialog: fake-pinentry for C tests: what it shall answer, and what it was told.
 *
 * Use:  dialog_script(dir, "pin 123456\n"); … dialog_told("SETDESC ", line, sizeof line);
 */
#ifndef TESTS_SUPPORT_DIALOG_H
#define TESTS_SUPPORT_DIALOG_H

#include <stdbool.h>
#include <stddef.h>

#define DIALOG_PROGRAM "tests/support/fake-pinentry"

/* dialog_script starts a new script in that folder, which is made when missing; the log begins
 * anew. */
void dialog_script(const char *dir, const char *answers);

/* dialog_log gives all lines that came so far; static storage. */
const char *dialog_log(void);

/* dialog_count counts lines that start with `command`. */
size_t dialog_count(const char *command);

/* dialog_wait waits until the answer "wait" was reached; false after ten seconds. */
bool dialog_wait(void);

#endif
