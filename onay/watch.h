/* SPDX-License-Identifier: MIT */
/* watch: onay status --watch: what comes and goes, a line each, until told to stop. */
#ifndef ONAY_WATCH_H
#define ONAY_WATCH_H

#include <stdbool.h>

/* watch_run starts the daemon when none answers, follows GET /v1/events, and connects again when
 * the daemon restarts. Ends with EXIT_GOOD on SIGINT or SIGTERM, with EXIT_BAD when nobody reads
 * what is written any more or the daemon refuses. json: each event as one line of JSON. */
int watch_run(bool json);

#endif
