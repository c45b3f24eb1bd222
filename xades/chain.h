/* SPDX-License-Identifier: MIT */
/*
 * chain: from a certificate to an anchor the user trusts, with the CRLs at hand (RFC 5280 6).
 *
 * What: a trust directory (PEM and DER files: self-signed certificates are anchors, others are
 *       intermediates, CRLs are CRLs) loaded once, and chains checked at a given time.
 * Not:  fetching: what is not in the directory or the signature is not there.
 */
#ifndef XADES_CHAIN_H
#define XADES_CHAIN_H

#include "core/err.h"
#include "core/utc.h"
#include "core/bytes.h"
#include "core/own.h"

struct trust;

/* trust_load reads every file of the directory (at most 1,000 files of 64 MiB in all); a file that
 * is neither certificate nor CRL is passed over. Errors: FILE_UNREADABLE, STORAGE_FULL. */
err_t trust_load(const char *dir, struct trust **out);
/* trust_empty: nothing is trusted. */
struct trust *trust_empty(void);
void trust_free(struct trust *t);
OWN_PTR(trust)
size_t trust_n_anchors(const struct trust *t);

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
    utc_t revoked_at; /* CHAIN_REVOKED */
    bool signer;      /* the status is about the signer itself, not a CA */
    char detail[200]; /* for people and logs, English, no personal data */
};

/* chain_check builds and checks the chain of `cert` with the directory's and the `n_extra` other
 * certificates (DER; untrusted, only as intermediates) at time `at`. */
void chain_check(const struct trust *t, struct bytes cert, const struct bytes *extra,
                 size_t n_extra, utc_t at, struct chain_result *out);

#endif
