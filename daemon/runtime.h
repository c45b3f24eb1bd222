/* SPDX-License-Identifier: MIT */
/*
 * runtime: the daemon's folder $XDG_RUNTIME_DIR/onayd: lock, port, token.
 *
 * What: a 0700 folder that is ours, one daemon per user by a lock, and the two 0600 files by which
 *       the person's own shell finds and enters the daemon.
 */
#ifndef DAEMON_RUNTIME_H
#define DAEMON_RUNTIME_H

#include "core/buf.h"
#include "core/err.h"

#define RUNTIME_TOKEN 44 /* 43 base64url characters of 256 random bits, and NUL */

struct runtime {
    char dir[256];
    char token[RUNTIME_TOKEN];
    int lock; /* held while the daemon lives */
};

/* runtime_open makes the folder, takes the lock and writes a fresh token.
 * Errors: FILE_UNREADABLE (no $XDG_RUNTIME_DIR, or the folder is another's or open to others),
 * TOO_MANY_REQUESTS (a daemon of this user runs already), STORAGE_FULL. */
err_t runtime_open(struct runtime *out);

/* runtime_announce writes the port file. */
err_t runtime_announce(const struct runtime *r, unsigned port);

/* runtime_close removes port and token and lets the lock go. */
void runtime_close(struct runtime *r);

#endif
