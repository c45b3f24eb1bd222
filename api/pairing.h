/* SPDX-License-Identifier: MIT */
/*
 * pairing: POST /v1/pairings: an origin that nobody configured asks to be let in.
 *
 * What: the person is asked, by a process that does nothing else; the request waits for the answer.
 *       One dialog at a time for all origins together. After a "no", and after a dialog that nobody
 *       answered or that its page left alone, nobody is asked for a while, and longer each time:
 *       names cost a site nothing, so no name has a pause of its own.
 * Not:  the dialog (pkcs11/admission), who is let in (session/origins).
 *
 * A site that may not ask now is told what every unknown origin is told: nothing that a page can
 * read.
 */
#ifndef API_PAIRING_H
#define API_PAIRING_H

#include "api/call.h"

#define PAIRING_FIRST_PAUSE 60 /* seconds; doubled with every refusal */
#define PAIRING_LAST_PAUSE  3600

err_t pairing_post(struct call *c);

/* pairing_door judges a stranger (door.h) before anything of the body is read. What it refuses gets
 * no CORS headers. Errors: ORIGIN_NOT_ALLOWED (pairing is off), TOO_MANY_REQUESTS. */
err_t pairing_door(struct call *c);

/* ---- for the loop ---- */

/* pairing_hear takes the answer of the dialog whose descriptor is readable, and lets go who waits.
 */
void pairing_hear(struct api *a);

/* pairing_tend closes a dialog for which nobody waits any more. */
void pairing_tend(struct api *a);

/* pairing_close: the server ends. */
void pairing_close(struct api *a);

#endif
