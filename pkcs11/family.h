/* SPDX-License-Identifier: MIT */
/*
 * family: which kind of card an ATR hints at.
 *
 * What: the reading of an ATR (ISO 7816-3:2006 8.2) and a table of known historical bytes.
 * Not:  a reason to trust or refuse a card: anybody can print an ATR. The certificate decides.
 * Use:  const struct family *f = family_of(bytes_of(reader->atr, reader->atr_len));
 */
#ifndef PKCS11_FAMILY_H
#define PKCS11_FAMILY_H

#include "core/bytes.h"

struct family {
    const char *slug;       /* "akis-tc": stable, for programs */
    const char *name;       /* "AKİS (T.C.)": for persons, the same in every language */
    const char *historical; /* the mask: family.c */
};

/* family_of: the first row of the table that the historical bytes of `atr` fit; NULL when none does
 * or the ATR is not well-formed. Static. */
const struct family *family_of(struct bytes atr);

/* family_historical finds the historical bytes of an ATR (a view into it, at most 15 octets). False
 * when it is not well-formed, and *broken is the clause of ISO 7816-3:2006 that it breaks. */
bool family_historical(struct bytes atr, struct bytes *historical, const char **broken);

/* family_at: the rows in their order, NULL after the last. */
const struct family *family_at(size_t row);

#endif
