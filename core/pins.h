/* SPDX-License-Identifier: MIT */
/*
 * pins: the Turkish roots this house knows, by the SHA-256 of their DER.
 *
 * What: recognition only; the certificates themselves come from the user's import (onay trust).
 * Not:  trust by itself: an intermediate among them (PIN_SUB) is never an anchor.
 */
#ifndef CORE_PINS_H
#define CORE_PINS_H

#include "core/cert.h"

enum pin_kind { PIN_ROOT, PIN_SUB };

struct pin {
    const char *name;  /* common name, UTF-8 */
    const char *until; /* day of notAfter, UTC: "2035-09-22" */
    enum pin_kind kind;
    enum key_type key;
    unsigned bits;
    const char *sha256; /* 64 hex digits, upper case */
};

/* pins_find returns the row of that certificate digest, NULL when it is none of them. */
const struct pin *pins_find(const struct digest *sha256);

/* pins_all gives the table; *n its rows. */
const struct pin *pins_all(size_t *n);

#endif
