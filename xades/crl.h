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

/* crl_revokes: what a list that is not refused says of one of that issuer's certificates. */
bool crl_revokes(X509_CRL *crl, X509 *x, utc_t *revoked_at);

/* crl_completes: what the delta says is to be added to that list (RFC 5280 6.3.3 (c)). */
bool crl_completes(const X509_CRL *delta, const X509_CRL *base);

#endif
