/* SPDX-License-Identifier: MIT */
/*
 * status_page: the person's status page: GET / and what it loads, and how it gets in.
 *
 * What: api/status-page's files, octet by octet, put into the program when it is built; tickets for
 *       the local user (POST /v1/tickets), and what the page gets for one (POST /v1/passes).
 * Not:  who may have the files, and what a pass may see: door.h and route.h. The files hold no
 *       data: all that the page shows it asks for with its pass.
 */
#ifndef API_STATUS_PAGE_H
#define API_STATUS_PAGE_H

#include "api/call.h"

err_t status_page_document(struct call *c);
err_t status_page_style(struct call *c);
err_t status_page_script(struct call *c);
err_t ticket_post(struct call *c);
err_t pass_post(struct call *c);

#endif
