/* SPDX-License-Identifier: MIT */
/*
 * certext: the extensions of a certificate (RFC 5280 4.2, RFC 3739 3.2.6).
 *
 * What: one strict pass over [3] EXPLICIT Extensions fills the fields of struct cert that come from
 *       them; no allocation.
 * Not:  a judgement: an unknown critical extension is noted, not refused.
 * Use:  certext_read: by cert_read alone.
 */
#ifndef CORE_CERTEXT_H
#define CORE_CERTEXT_H

#include "core/cert.h"
#include "core/oid.h"

/* certext_read takes the extensions off the front of *d. On false d's latch holds the clause. */
bool certext_read(struct der *d, struct cert *c);

/* certext_find: the extnValue (content octets) of one of a certificate that was read; false when it
 * has none. */
bool certext_find(const struct cert *c, enum oid id, bool *critical, struct bytes *value);

#endif
