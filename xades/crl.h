/* SPDX-License-Identifier: MIT */
/*
 * crl: one revocation list beside the issuer it should be of (RFC 5280 5). Inside the xades floor
 * only.
 */
#ifndef XADES_CRL_H
#define XADES_CRL_H

#include "core/utc.h"
#include "xades/x509.h"

/* crl_made: thisUpdate. crl_is_delta: it only says what has changed (5.2.4). */
utc_t crl_made(const X509_CRL *crl);
bool crl_is_delta(const X509_CRL *crl);

/* crl_refused: why the list says nothing of that issuer's certificates at that time; NULL: it does.
 * Which kind it is to be is the caller's. Static string. */
const char *crl_refused(X509_CRL *crl, X509 *issuer, bool delta, utc_t at);

/* crl_speaks: what a list that is not refused says of a certificate: whether it is revoked. A delta
 * says it only for those lists that it is a delta to (6.3.3 (c)): `base`. */
bool crl_revokes(X509_CRL *crl, X509 *x, utc_t *revoked_at);
bool crl_completes(const X509_CRL *delta, const X509_CRL *base);

#endif
