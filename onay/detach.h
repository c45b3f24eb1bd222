/* SPDX-License-Identifier: MIT */
/*
 * detach: a program that goes on without us: a session of its own, nothing of our terminal.
 */
#ifndef ONAY_DETACH_H
#define ONAY_DETACH_H

#include <stdbool.h>
#include <sys/types.h>

/* detach starts argv[0], searched in PATH when it has no slash. False when there is none. */
bool detach(char *const argv[], pid_t *pid);

#endif
