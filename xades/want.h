/* SPDX-License-Identifier: MIT */
/*
 * want: one question to the world about a certificate, and whether an answer to it counts.
 *
 * What: the addresses that certificates and lists name (RFC 5280 4.2.1.13, 4.2.2.1, 5.2.6), the
 *       OCSP request (RFC 6960 4.1.1) with its nonce (RFC 8954), and what an answer must be: of
 *       that issuer, rightly signed, of a time that counts.
 * Not:  asking: the nonce and the time are arguments.
 * Use:  want_ask(&w, nonce, &request); …POST or GET w.url…; want_take(&w, octets, nonce, at, &der,
 *       &clause).
 */
#ifndef XADES_WANT_H
#define XADES_WANT_H

#include "core/buf.h"
#include "core/err.h"
#include "core/own.h"
#include "core/utc.h"

#define WANT_MAX      16
#define WANT_ROOM_URL 1024
#define WANT_NONCE    16 /* octets; RFC 8954 2.1: 1 to 32, and older responders know 16 */

enum want_kind {
    WANT_RESPONSE,    /* OCSP, by POST */
    WANT_LIST,        /* a CRL */
    WANT_DELTA,       /* one to such a list */
    WANT_CERTIFICATE, /* of the issuer */
};

struct want {
    enum want_kind kind;
    char url[WANT_ROOM_URL];
    utc_t since;                /* it must be of then or later */
    struct buf subject, issuer; /* certificates, DER; WANT_CERTIFICATE: without issuer */
};
struct wants {
    size_t n;
    struct want at[WANT_MAX];
};
void wants_free(struct wants *w);
OWN(wants)

/* want_ask appends the OCSP request of a WANT_RESPONSE; nothing for any other. */
void want_ask(const struct want *w, const uint8_t nonce[WANT_NONCE], struct buf *out);

/* want_take appends what counts of an answer: DER (of a WANT_CERTIFICATE one certificate, also out
 * of a CMS of certificates alone, RFC 5280 4.2.2.1). Errors: REVOCATION_UNAVAILABLE,
 * CERTIFICATE_UNTRUSTED (of a WANT_CERTIFICATE), STORAGE_FULL; *clause says why, static. That a
 * certificate is revoked is an answer that counts. */
err_t want_take(const struct want *w, struct bytes octets, const uint8_t nonce[WANT_NONCE],
                utc_t at, struct buf *out, const char **clause);

#endif
