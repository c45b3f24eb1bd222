/* SPDX-License-Identifier: MIT */
/*
 * issuer_serial: a certificate named by its issuer and serial number. Inside the xades floor only.
 *
 * What: the decimal of X509SerialNumber (XMLDSig 1.1 4.5.4.1), and the DER of IssuerSerial
 *       (RFC 5035 3, as IssuerSerialV2 holds it: EN 319 132-1 5.2.2).
 */
#ifndef XADES_ISSUER_SERIAL_H
#define XADES_ISSUER_SERIAL_H

#include "core/cert.h"

/* RFC 5280 4.1.2.2 says 20 octets; a sign octet and some tolerance for odd CAs. */
#define ISSUER_SERIAL_MAX 64

/* issuer_serial_decimal appends the decimal of INTEGER content octets; false when they are none,
 * negative, or more than ISSUER_SERIAL_MAX. */
bool issuer_serial_decimal(struct buf *out, struct bytes serial);

/* issuer_serial_der appends IssuerSerial: the issuer as the one GeneralName, and the serial. */
void issuer_serial_der(struct buf *out, const struct cert *c);

#endif
