/* SPDX-License-Identifier: MIT */
/*
 * reply: a call's answer, with the headers every answer of ours carries.
 *
 * What: status, content and headers handed to libmicrohttpd; problems and preflights too.
 * Not:  deciding what to answer.
 */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "api/call.h"

/* reply_send queues what the handler filled in. reply_problem replaces it by the error.
 * reply_preflight answers OPTIONS: `methods` for Allow and CORS. False: libmicrohttpd would not
 * take it, the connection must be dropped. The call outlives the answer. */
bool reply_send(struct call *c);
bool reply_problem(struct call *c, err_t e, const char *allow);
bool reply_preflight(struct call *c, const char *methods);

#endif
