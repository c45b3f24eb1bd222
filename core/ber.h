/* SPDX-License-Identifier: MIT */
/*
 * ber: CMS that was written as BER (X.690 8), turned into DER for strict readers.
 *
 * What: OpenSSL reads it and writes it again; signatures hold, since what they cover is DER anyway
 *       (RFC 5652 5.4).
 * Not:  a way around core/der: what comes out is read strictly as before.
 */
#ifndef CORE_BER_H
#define CORE_BER_H

#include "core/buf.h"

/* ber_to_der appends a ContentInfo of at most 2^31-1 octets as DER. False when it is none in BER
 * either. */
bool ber_to_der(struct buf *out, struct bytes content_info);

#endif
