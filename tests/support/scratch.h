/* SPDX-License-Identifier: MIT */
/*
 * scratch: a folder of the test program's own under /tmp, and commands that fill it.
 *
 * What: the folder goes when the program and all its children have ended, however they ended.
 * Use:  const char *dir = scratch_new(); scratch_run("fixtures/pki/make %s/pki", dir);
 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

/* scratch_new makes the folder (one a program) and gives its path; ends the program on failure. */
const char *scratch_new(void);

/* scratch_run runs a shell command and ends the program, with its output, when it fails. */
void scratch_run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* scratch_path gives "DIR/name" in static storage; sixteen of them at a time. */
const char *scratch_path(const char *name);

#endif
