/* SPDX-License-Identifier: MIT */
/*
 * certificate: what the cards hold: GET /v1/certificates.
 *
 * What: the session's listing as JSON, freshened when it is older than two seconds.
 * Not:  asking for a PIN, ever.
 */
#ifndef API_CERTIFICATE_H
#define API_CERTIFICATE_H

#include "api/call.h"

err_t certificate_list(struct call *c);

#endif
