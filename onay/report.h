/* SPDX-License-Identifier: MIT */
/* report: a verification report as JSON, for scripts. */
#ifndef ONAY_REPORT_H
#define ONAY_REPORT_H

#include "xades/verify.h"

/* report_json appends the report as one JSON object and LF. False without memory. */
bool report_json(struct buf *out, const struct xades_report *r);

#endif
