/* SPDX-License-Identifier: MIT */
/*
 * chain: from a certificate to an anchor the user trusts, with the CRLs at hand (RFC 5280 6).
 *
 * What: chains built and checked at a given time, with the certificates and lists of a trust
 *       folder (trust.h) and those that came with a signature.
 * Not:  fetching: what is not in the folder or the signature is not there; the result names it.
 *       Certificate policies are processed only as far as a chain demands one (RFC 5280 6.1.1 (d),
 *       (e): any policy).
 */
#ifndef XADES_CHAIN_H
#define XADES_CHAIN_H

#include "core/bytes.h"
#include "core/err.h"
#include "core/utc.h"
#include "xades/trust.h"

enum chain_status {
    CHAIN_OK,            /* anchor reached, every certificate but the anchor checked by CRL */
    CHAIN_NO_REVOCATION, /* anchor reached, revocation information is missing or stale */
    CHAIN_NONE,          /* no anchor reached */
    CHAIN_EXPIRED,       /* outside validity at that time (any certificate of the chain) */
    CHAIN_NOT_YET_VALID,
    CHAIN_REVOKED,
    CHAIN_CONSTRAINTS, /* basicConstraints, keyUsage, weak algorithm, name constraints */
};
/* chain_status_slug: "ok", "no-revocation", "no-chain", … Static string. */
const char *chain_status_slug(enum chain_status s);

struct chain_result {
    enum chain_status status;
    utc_t revoked_at; /* CHAIN_REVOKED, or after the signature existed; else 0 */
    bool signer;      /* the status is about the signer itself, not a CA */
    char detail[200]; /* for people and logs, English, no personal data */
    /* CHAIN_NONE for want of a certificate: whose (RFC 2253, plain), and where the one below says
     * that it is to be had (caIssuers, RFC 5280 4.2.2.1), each "" when not known. */
    char missing[160], address[160];
};

/* When a chain is judged. */
struct chain_time {
    utc_t at;      /* the time of validation */
    utc_t existed; /* the signature is proven to have existed then (EN 319 102-1 5.5); else `at`: a
                    * revocation of after that does not touch it */
};

/* What came with a signature: DER, all of it untrusted: certificates only as intermediates, lists
 * and OCSP responses only where the folder has none that count. */
struct chain_values {
    const struct bytes *certificates, *lists, *responses;
    size_t n_certificates, n_lists, n_responses;
};

/* chain_check builds the chain of `cert` with the folder's and the `n_extra` other certificates
 * (DER; untrusted, only as intermediates) and checks it at time `at`. Where several lead to an
 * anchor (cross-certificates) the best one counts, and one that says the signer is revoked before
 * all; the work is bounded (path.h). */
void chain_check(const struct trust *t, struct bytes cert, const struct bytes *extra,
                 size_t n_extra, utc_t at, struct chain_result *out);

/* chain_check_with is the same for a signature that brings values along, and of which it may be
 * proven when it existed: then a list or response of after that counts though its time is over. */
void chain_check_with(const struct trust *t, struct bytes cert, const struct chain_values *with,
                      struct chain_time time, struct chain_result *out);

/* chain_check_archived is the same, and where nobody tells today any more (the lists have ended, or
 * a certificate has), once more as of `archived`: then, an archive time stamp proves, the values
 * were there (EN 319 102-1 5.6.2.2). What is known today of a revocation counts before. */
void chain_check_archived(const struct trust *t, struct bytes cert, const struct chain_values *with,
                          struct chain_time time, utc_t archived, struct chain_result *out);

/* chain_time_of: EN 319 102-1 5.5.4: of a certificate that has expired since the signature is known
 * to have existed, the last moment of its validity counts, with the lists of then: those of today
 * need not speak of it any more. */
struct chain_time chain_time_of(utc_t at, utc_t existed, utc_t not_after);

#endif
