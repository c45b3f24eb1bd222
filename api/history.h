/* SPDX-License-Identifier: MIT */
/*
 * history: the person's own record of what was signed: GET and DELETE /v1/history.
 *
 * Not:  any site's business: to an origin these resources do not exist.
 */
#ifndef API_HISTORY_H
#define API_HISTORY_H

#include "api/call.h"

#define HISTORY_PAGE 64 /* records of one answer */

err_t history_list(struct call *c);
err_t history_forget(struct call *c);
err_t history_forget_all(struct call *c);

#endif
