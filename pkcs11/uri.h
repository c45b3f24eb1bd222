/* SPDX-License-Identifier: MIT */
/*
 * uri: PKCS#11 URIs (RFC 7512) that say which module, token or certificate is meant.
 *
 * What: strict reading into decoded values, and matching against what a module shows.
 * Not:  a place for PINs: pin-value and pin-source (2.4) are refused, and so are vendors'
 *       attributes, which we could only ignore.
 * Use:  struct uri u; e = uri_read(text, &u); if (uri_fits_token(&u, &info)) …
 */
#ifndef PKCS11_URI_H
#define PKCS11_URI_H

#include "core/bytes.h"
#include "core/err.h"

#include <p11-kit/pkcs11.h>

#define URI_MAX 1024 /* octets of the text; decoded values are never longer */

enum uri_attribute {
    /* path, RFC 7512 2.3 */
    URI_TOKEN,
    URI_MANUFACTURER,
    URI_SERIAL,
    URI_MODEL,
    URI_LIBRARY_MANUFACTURER,
    URI_LIBRARY_VERSION,
    URI_LIBRARY_DESCRIPTION,
    URI_OBJECT,
    URI_TYPE,
    URI_ID,
    URI_SLOT_MANUFACTURER,
    URI_SLOT_DESCRIPTION,
    URI_SLOT_ID,
    /* query, RFC 7512 2.4 */
    URI_MODULE_NAME,
    URI_MODULE_PATH,
    URI_PIN_SOURCE, /* always refused */
    URI_PIN_VALUE,  /* always refused */
    URI_ATTRIBUTES
};

struct uri {
    bool has[URI_ATTRIBUTES];
    uint16_t from[URI_ATTRIBUTES], len[URI_ATTRIBUTES]; /* into `decoded` */
    uint8_t decoded[URI_MAX];
};

/* uri_read fills *out. "" and NULL give the URI that matches everything. Refused: another scheme,
 * over URI_MAX octets, characters outside RFC 7512 2.3's grammar, broken percent-encoding, NUL
 * anywhere but in id, text that is not UTF-8, an attribute twice, unknown or in the wrong part,
 * pin-value and pin-source, a slot-id or library-version that is not a number, an unknown type,
 * a module-path that is not absolute, a module-name with a slash. Error: URI_REFUSED. */
err_t uri_read(const char *text, struct uri *out);

/* uri_value views the decoded value; empty also when the attribute is absent (see has[]). */
struct bytes uri_value(const struct uri *u, enum uri_attribute a);

/* Matching: an absent attribute fits everything. Blank or NUL padding of a module's fields and at
 * the end of a value does not count. */
bool uri_fits_library(const struct uri *u, const CK_INFO *info);
bool uri_fits_slot(const struct uri *u, CK_SLOT_ID id, const CK_SLOT_INFO *info);
bool uri_fits_token(const struct uri *u, const CK_TOKEN_INFO *info);

/* uri_fits_cert: type (cert, or the key that goes with it), id and object (the certificate's
 * CKA_ID and CKA_LABEL). */
bool uri_fits_cert(const struct uri *u, struct bytes id, struct bytes label);

/* uri_names_one_token: label and serial number are both there and not empty. */
bool uri_names_one_token(const struct uri *u);

/* uri_field views a blank-padded field of a PKCS#11 structure without its padding. */
struct bytes uri_field(const unsigned char *field, size_t size);

#endif
