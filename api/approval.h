/* SPDX-License-Identifier: MIT */
/*
 * approval: the resource that everything else is there for: /v1/approvals.
 *
 * What: a JSON body read into a session's request, field by field; states written back.
 * Not:  judging certificates or documents (session).
 */
#ifndef API_APPROVAL_H
#define API_APPROVAL_H

#include "api/call.h"

err_t approval_post(struct call *c);
err_t approval_get(struct call *c);
err_t approval_events(struct call *c);
err_t approval_signature(struct call *c);
err_t approval_delete(struct call *c);

#endif
