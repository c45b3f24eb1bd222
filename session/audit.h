/* SPDX-License-Identifier: MIT */
/*
 * audit: one line for each approval that is over, for the journal.
 *
 * What: who asked, for which order, whose certificate (number masked, id cut), how it ended.
 * Not:  document names, digests or contents, full identity numbers, anything secret.
 */
#ifndef SESSION_AUDIT_H
#define SESSION_AUDIT_H

#include "session/approval.h"

/* audit_line appends the line without its end; `a` is final and still has its work, unless it was
 * another process's. */
void audit_line(struct buf *out, const struct approval *a);

/* audit_write writes it to stderr in one piece, with journald's priority mark (sd-daemon(3)). */
void audit_write(const struct approval *a);

/* audit_store writes there that the store of approvals cannot be used, and why. */
void audit_store(err_t e, const char *why);

#endif
