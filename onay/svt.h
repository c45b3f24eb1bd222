/* SPDX-License-Identifier: MIT */
/*
 * svt: Kamu SM's store of certificates as a database (.svt, SQLite 3).
 *
 * What: the BLOBs of the columns named …Value of the tables KOKSERTIFIKA and SERTIFIKA.
 * Not:  a database on disk: SQLite gets a copy in memory, so that nobody changes it meanwhile, no
 *       journal lying beside it is replayed, and nothing is written.
 *
 * The file may be hostile. Its schema is not trusted; it has no views, triggers, virtual tables or
 * extensions; SQL is our own, and nothing but plain reading of those two tables is authorised;
 * sizes, memory and steps are bounded.
 */
#ifndef ONAY_SVT_H
#define ONAY_SVT_H

#include "core/buf.h"
#include "xades/depo.h"

#define SVT_MAX_OCTETS (32u << 20)

/* svt_is: the file begins like an SQLite 3 database. */
bool svt_is(struct bytes file);

/* svt_read shows the entries as depo_read does; a value that is no BLOB of at most DEPO_MAX_DER
 * octets is shown empty. Errors: CERTIFICATE_MALFORMED with the reason in `why` (what was read
 * before has been shown), STORAGE_FULL. */
err_t svt_read(struct bytes file, depo_taker *take, void *ctx, struct buf *why);

#endif
