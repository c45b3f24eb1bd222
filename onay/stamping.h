/* SPDX-License-Identifier: MIT */
/*
 * stamping: time stamps for a command: a process that fetches, and waiting for it.
 */
#ifndef ONAY_STAMPING_H
#define ONAY_STAMPING_H

#include "fetch/tsa.h"
#include "xades/lift.h"

#include <json-c/json.h>

/* One onayd-fetch, and who is asked through it. */
struct stamping {
    pid_t pid; /* 0: none */
    struct fetch *fetch;
    struct tsa *tsa;
    int64_t ahead; /* s; of this machine's clock is the time that counts */
};

/* stamping_connect starts the process by the settings unless it runs. Errors: of process_start and
 * fetch_new. */
err_t stamping_connect(struct stamping *s, const struct settings *settings);

/* stamping_open starts the process by the settings, for the authorities of the settings or `url`
 * alone; *why as tsa_new. stamping_free ends it. */
err_t stamping_open(struct stamping *s, const struct settings *settings, const char *url,
                    const char **why);
void stamping_free(struct stamping *s);
OWN(stamping)

/* stamping_stamp and stamping_credit wait until it is done or has failed. */
err_t stamping_stamp(struct stamping *s, const struct digest *imprint);
err_t stamping_credit(struct stamping *s);

/* stamping_lift raises one signature of a file to level T (xades_lift): it asks, says on stderr
 * what failed, and appends the lifted file. Errors: of stamping_stamp and xades_lift_stamp. */
err_t stamping_lift(struct stamping *s, const struct xades_lift *t, struct buf *out,
                    struct xades_why *why);

/* stamping_say writes a line on stderr for each authority that failed, and for the clock that is
 * more than a minute off. */
void stamping_say(const struct stamping *s);

/* stamping_json gives what was tried as an array; NULL without memory. */
json_object *stamping_json(const struct stamping *s);

#endif
