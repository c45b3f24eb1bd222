/* SPDX-License-Identifier: MIT */
/*
 * audit: one line for each approval that is over, or signed and still to be completed, for the
 * journal.
 *
 * What: who asked, for which order, whose certificate (number masked, id cut), how it ended.
 * Not:  document names, digests or contents, full identity numbers, anything secret.
 */
#ifndef SESSION_AUDIT_H
#define SESSION_AUDIT_H

#include "session/approval.h"

/* audit_line appends the line without its end. Identity and chain are told while `a` has its work.
 */
void audit_line(struct buf *out, const struct approval *a);

/* audit_write writes it to stderr in one piece, with journald's priority mark (sd-daemon(3)). */
void audit_write(const struct approval *a);

/* audit_stamp writes the same of one that waits for its time stamp, with a reason in English. */
void audit_stamp(const struct approval *a, const char *why);

/* audit_store writes there that the store of approvals cannot be used, and why. */
void audit_store(err_t e, const char *why);

#endif
