/* SPDX-License-Identifier: MIT */
/*
 * tst: a time-stamp token (RFC 3161): the question, the answer, and what a token says.
 *
 * What: writing TimeStampReq, reading TimeStampResp and the token (CMS SignedData, RFC 5652, with
 *       TSTInfo inside) without allocation.
 * Not:  whether its signature holds: core/tstcheck. Not the network.
 * Use:  struct tst t; struct der_latch why = {0};
 *       if (!tst_read(token, &t, &why)) say(why.clause);
 *       if (tst_covers(&t, &digest) && tst_check(&t, &clause) == TST_GOOD) believe(t.time);
 *
 * Every view points into the octets given to tst_read, which must outlive the struct.
 */
#ifndef CORE_TST_H
#define CORE_TST_H

#include "core/buf.h"
#include "core/der.h"
#include "core/digest.h"
#include "core/utc.h"

#define TST_MAX              (256u * 1024) /* octets of a token, or of an answer */
#define TST_MAX_CERTIFICATES 16
#define TST_NONCE            8 /* octets of the nonces that are asked with */

/* ---- asking, RFC 3161 2.4.1 ---- */

/* tst_query appends TimeStampReq version 1 with certReq. `policy`: OID content octets, empty for
 * the TSA's own choice. */
void tst_query(struct buf *out, const struct digest *imprint, struct bytes policy,
               const uint8_t nonce[TST_NONCE]);

/* What a TSA that refuses says, RFC 3161 2.4.2. */
struct tst_refusal {
    unsigned status;     /* PKIStatus */
    const char *failure; /* "badAlg", "timeNotAvailable" …; "" when it gives no reason. Static. */
};

/* tst_answer reads TimeStampResp. True: *token views the token. False with why->clause: it is none;
 * with a refusal: the TSA granted nothing. */
bool tst_answer(struct bytes response, struct bytes *token, struct tst_refusal *refusal,
                struct der_latch *why);

/* ---- reading ---- */

struct tst {
    struct bytes info; /* TSTInfo, whole: what the TSA signed */
    struct bytes policy, serial;
    struct bytes nonce; /* INTEGER content octets; empty when there is none */
    struct digest imprint;
    bool imprint_known;   /* its hash algorithm is SHA-256, 384 or 512 */
    utc_t time;           /* genTime, fractions of a second dropped */
    unsigned accuracy_ms; /* 0 when it claims none; rounded up */
    size_t n_certificates;
    struct bytes certificates[TST_MAX_CERTIFICATES]; /* DER, in the token's order */
    struct bytes signer; /* the one among them that signed; empty when it is not there */
    /* SignerInfo, RFC 5652 5.3 */
    struct bytes attributes;                                   /* signedAttrs, content */
    struct bytes content_type, message_digest, ess_v1, ess_v2; /* of them, values' content */
    struct bytes digest_algorithm, signature_algorithm;        /* AlgorithmIdentifier, content */
    struct bytes signature;
};

/* tst_read takes exactly one DER token of at most TST_MAX octets apart; for one in BER, which RFC
 * 5652 allows, see core/ber.h. */
bool tst_read(struct bytes token, struct tst *out, struct der_latch *why);

/* ---- what it is about ---- */

/* tst_covers: whether it is a stamp on that digest. */
bool tst_covers(const struct tst *t, const struct digest *d);

/* tst_answers: whether it answers a question with that nonce and policy (empty: any). */
bool tst_answers(const struct tst *t, struct bytes policy, const uint8_t nonce[TST_NONCE]);

#endif
