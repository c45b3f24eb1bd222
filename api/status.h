/* SPDX-License-Identifier: MIT */
/*
 * status: the only place that knows HTTP numbers of errors.
 *
 * What: error → status code, and whether the same request may succeed later as it is.
 */
#ifndef API_STATUS_H
#define API_STATUS_H

#include "core/err.h"

struct status {
    unsigned code;
    bool retryable;
};

/* status_of judges every error; a new name in core/err.h does not compile until it is here. */
struct status status_of(err_t e);

#endif
