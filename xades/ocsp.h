/* SPDX-License-Identifier: MIT */
/*
 * ocsp: what OCSP responses at hand say of a certificate (RFC 6960). Inside the xades floor only.
 *
 * What: the response's signature by the issuer or a responder that it names (4.2.2.2), the
 *       certificate it is about, and whether it is of a time that counts; the request's octets.
 * Not:  asking a responder (want.h).
 */
#ifndef XADES_OCSP_H
#define XADES_OCSP_H

#include <openssl/ocsp.h>

#include "xades/chain.h"
#include "xades/x509.h"

static inline void response_own(OCSP_RESPONSE **r)
{
    OCSP_RESPONSE_free(*r);
}

static inline void basic_own(OCSP_BASICRESP **b)
{
    OCSP_BASICRESP_free(*b);
}

enum ocsp_says { OCSP_SAYS_NOTHING, OCSP_SAYS_GOOD, OCSP_SAYS_REVOKED };

/* ocsp_ask looks through the responses; one that says revoked counts before all others and whatever
 * its age, `good` when it holds at time.at, or is of after time.existed and that is proven (it is
 * earlier than time.at). *revoked_at is set for REVOKED. */
enum ocsp_says ocsp_ask(const struct chain_values *with, X509 *x, X509 *issuer,
                        struct chain_time time, utc_t *revoked_at);

struct ocsp_times {
    utc_t made, revoked; /* thisUpdate; revocationTime, 0 without */
};

/* ocsp_one is the same for one response; *when is set but for NOTHING. */
enum ocsp_says ocsp_one(struct bytes response, X509 *x, X509 *issuer, struct chain_time time,
                        struct ocsp_times *when);

/* ocsp_request appends a request about one certificate (RFC 6960 4.1.1), with that nonce. */
void ocsp_request(struct buf *out, X509 *x, X509 *issuer, struct bytes nonce);

/* ocsp_refused: why an answer to that request says nothing whoever signed it; NULL: it may. The
 * nonce must be the same if there is one. Static string. */
const char *ocsp_refused(struct bytes response, struct bytes nonce);

#endif
