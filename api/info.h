/* SPDX-License-Identifier: MIT */
/*
 * info: what this daemon is and can do: GET /v1/health, GET /v1/info.
 */
#ifndef API_INFO_H
#define API_INFO_H

#include "api/call.h"

/* info_state: "ready", "local-only" (TCP is refused to everybody) or "shutting-down". */
const char *info_state(const struct api *a);

err_t info_health(struct call *c);
err_t info_get(struct call *c);

/* info_state: "ready", "shutting-down", or the slug of what is wrong with the store. */
const char *info_state(const struct api *a);

#endif
