/* SPDX-License-Identifier: MIT */
/*
 * verification: POST /v1/verifications: a signed file, judged.
 *
 * What: reads the file and the documents beside it, has them judged, answers the report.
 * Not:  judging (xades/verify), the report's shape (report.h).
 */
#ifndef API_VERIFICATION_H
#define API_VERIFICATION_H

#include "api/call.h"

err_t verification_post(struct call *c);

#endif
