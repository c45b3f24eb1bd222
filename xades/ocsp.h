/* SPDX-License-Identifier: MIT */
/*
 * ocsp: what OCSP responses at hand say of a certificate (RFC 6960). Inside the xades floor only.
 *
 * What: the response's signature by the issuer or a responder that it names (4.2.2.2), the
 *       certificate it is about, and whether it is of a time that counts.
 * Not:  asking a responder.
 */
#ifndef XADES_OCSP_H
#define XADES_OCSP_H

#include "xades/chain.h"
#include "xades/x509.h"

enum ocsp_says { OCSP_SAYS_NOTHING, OCSP_SAYS_GOOD, OCSP_SAYS_REVOKED };

/* ocsp_ask looks through the responses; one that says revoked counts before all others and whatever
 * its age, `good` when it holds at time.at, or is of after time.existed and that is proven (it is
 * earlier than time.at). *revoked_at is set for REVOKED. */
enum ocsp_says ocsp_ask(const struct chain_values *with, X509 *x, X509 *issuer,
                        struct chain_time time, utc_t *revoked_at);

#endif
