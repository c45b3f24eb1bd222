/* SPDX-License-Identifier: MIT */
/*
 * pins: the Turkish roots this house knows, by the SHA-256 of their DER.
 *
 * What: recognition only; the certificates themselves come from the user's import.
 */
#ifndef CORE_PINS_H
#define CORE_PINS_H

#include "core/digest.h"

struct pin {
    const char *name;   /* common name, UTF-8 */
    const char *sha256; /* 64 hex digits, upper case */
};

/* pins_find returns the row of that certificate digest, NULL when it is none of them. */
const struct pin *pins_find(const struct digest *sha256);

/* pins_all gives the table; *n its rows. */
const struct pin *pins_all(size_t *n);

#endif
