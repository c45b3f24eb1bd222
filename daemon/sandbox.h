/* SPDX-License-Identifier: MIT */
/*
 * sandbox: what the process that reads the network can no longer do.
 *
 * What: no new privileges, no core, no debugger; landlock leaves no file but those in the folders
 *       for large uploads, where none may be made or deleted by name, those in the state folder,
 * and those in the trust folder, to be read; seccomp leaves the calls that serving takes: no new
 *       socket, no connect, no exec, no executable memory, no signal to another process, nothing
 *       typed into a terminal.
 * Not:  a promise on old kernels: what the kernel lacks is left out.
 */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include <stddef.h>

#include "core/err.h"

/* sandbox_private: for every process of ours, first thing: not dumpable, no core file. */
void sandbox_private(void);

/* sandbox_enter confines the calling process for good. Nameless files may still be made in the
 * `n` folders (NULL and missing ones are passed over): documents too large for memory go there.
 * What lies in the open folder `readable` (-1: none) may be listed and read. In `state_dir` (""
 * is none) regular files may be made, renamed and deleted: what the service remembers.
 * Errors: INTERNAL when a protection that the kernel has cannot be set. */
err_t sandbox_enter(const char *const *upload_dirs, size_t n, int readable, const char *state_dir);

#endif
