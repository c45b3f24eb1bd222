/* SPDX-License-Identifier: MIT */
/*
 * report: what a verification found, as JSON: POST /v1/verifications and `onay verify --json`.
 */
#ifndef API_REPORT_H
#define API_REPORT_H

#include "api/jsonw.h"
#include "xades/verify.h"

/* report_write writes the report as one JSON object. */
void report_write(struct jsonw *w, const struct xades_report *r);

#endif
