/* SPDX-License-Identifier: MIT */
/*
 * name: X.501 distinguished names: as text (RFC 2253), and compared by what they say.
 *
 * What: works on the DER of a Name (with header), as struct cert gives it.
 * Use:  name_rfc2253(&buf, c.issuer); name_equal(a.issuer, b.subject).
 */
#ifndef CORE_NAME_H
#define CORE_NAME_H

#include "core/buf.h"

/* name_rfc2253 appends the string of RFC 2253: last RDN first, types by short name (CN, OU, O, L,
 * ST, C, DC, STREET, UID), others dotted with #hex value; UTF-8; special characters escaped.
 * False when the DER is not a Name. */
bool name_rfc2253(struct buf *out, struct bytes name);

/* name_equal compares decoded attribute by attribute (RFC 5280 7.1: string types differ, case of
 * ASCII and inner white space do not count). */
bool name_equal(struct bytes a, struct bytes b);

/* name_equal_text compares an RFC 2253 / RFC 4514 string, in either RDN order and with either
 * short names or dotted types, with a Name: as foreign X509IssuerName elements are written. */
bool name_equal_text(struct bytes name, struct bytes text);

/* name_get appends the value of the last attribute of that type as UTF-8; false if absent. */
bool name_get(struct buf *out, struct bytes name, int oid /* enum oid */);

/* name_string appends one DirectoryString's content (tag says which type) as UTF-8. False for
 * octets that are not of that type (X.680 41; BMPString surrogates refused). */
bool name_string(struct buf *out, unsigned char tag, struct bytes content);

#endif
