/* SPDX-License-Identifier: MIT */
/*
 * kimlik: the T.C. kimlik no, the Turkish identity number.
 *
 * What: its check digits, and how it may be shown.
 */
#ifndef CORE_KIMLIK_H
#define CORE_KIMLIK_H

#include "core/bytes.h"

#define KIMLIK_LEN 11

/* kimlik_valid: eleven digits, the first not 0, both check digits right. */
bool kimlik_valid(struct bytes text);

/* kimlik_mask writes 100******46 for an 11-digit text (digits or not), all stars for any other
 * length (at most 31 are written). Always NUL-terminates. */
void kimlik_mask(struct bytes text, char out[32]);

#endif
