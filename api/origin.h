/* SPDX-License-Identifier: MIT */
/*
 * origin: which web sites are let in, for the person: GET /v1/origins, DELETE /v1/origins/{id}.
 *
 * What: for the local user alone; no site may know of another.
 * Not:  letting in (pairing.h).
 */
#ifndef API_ORIGIN_H
#define API_ORIGIN_H

#include "api/call.h"

err_t origin_list(struct call *c);
err_t origin_delete(struct call *c);

#endif
