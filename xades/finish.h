/* SPDX-License-Identifier: MIT */
/*
 * finish: the signature value set into the file. Inside the xades floor only, and for its bench.
 *
 * What: the writing half of xades_finish, which checks the value first and is what callers use.
 */
#ifndef XADES_FINISH_H
#define XADES_FINISH_H

#include "xades/job.h"

/* finish_write appends the signed file without looking at the value. Errors: STORAGE_FULL. */
err_t finish_write(const struct xades_job *j, struct bytes signature, struct buf *out);

#endif
