/* SPDX-License-Identifier: MIT */
/*
 * web: onay status --web: the status page, in the person's browser.
 *
 * What: a ticket of the daemon's, and xdg-open with the address that it is in.
 * Not:  the page (api/status-page), what a ticket is good for (api/ticket).
 */
#ifndef ONAY_WEB_H
#define ONAY_WEB_H

#include <stdbool.h>

/* web_run starts the daemon if need be, and opens the page; prints its address when `print`, when
 * there is no desktop, or when no browser could be started. Returns an exit code. */
int web_run(bool print);

#endif
