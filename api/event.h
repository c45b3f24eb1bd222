/* SPDX-License-Identifier: MIT */
/*
 * event: what happens around the card, told as it happens: GET /v1/events.
 *
 * What: state, readers and certificates, each whole, when a client comes and whenever it changes;
 *       to the local user also that the history has changed.
 * Not:  how events travel (stream.h), those of an approval (approval.h).
 */
#ifndef API_EVENT_H
#define API_EVENT_H

#include "api/call.h"

err_t event_list(struct call *c);

/* event_look sees what has changed since it was last called, and asks for a new listing when a card
 * has come or gone. Without listeners it does nothing. The loop calls it after every step. */
void event_look(struct api *a);

#endif
