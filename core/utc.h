/* SPDX-License-Identifier: MIT */
/*
 * utc: points in time, in whole seconds, and the texts they are written in.
 *
 * What: seconds since 1970-01-01T00:00:00Z, proleptic Gregorian, no leap seconds.
 * Not:  a clock, except utc_now(); floors below session get the time as an argument.
 */
#ifndef CORE_UTC_H
#define CORE_UTC_H

#include "core/buf.h"

typedef int64_t utc_t;

#define UTC_TURKEY_MINUTES 180 /* UTC+03:00 all year since 2016 */

utc_t utc_now(void);

/* utc_read_utctime: RFC 5280 4.1.2.5.1, YYMMDDHHMMSSZ exactly, years 1950 to 2049. */
bool utc_read_utctime(struct bytes text, utc_t *out);

/* utc_read_generalized: RFC 5280 4.1.2.5.2, YYYYMMDDHHMMSSZ exactly. */
bool utc_read_generalized(struct bytes text, utc_t *out);

/* utc_read_xsd: xsd:dateTime with a zone (Z or ±hh:mm, at most 14:00); a fraction of at
 * most 9 digits is read and dropped. Without a zone: false. Surrounding XML white space is
 * not accepted; the caller strips it. */
bool utc_read_xsd(struct bytes text, utc_t *out);

/* utc_write_xsd appends 2026-11-22T12:00:00+03:00 for offset_minutes 180, …Z for 0. */
void utc_write_xsd(struct buf *out, utc_t t, int offset_minutes);

#endif
