/* SPDX-License-Identifier: MIT */
/*
 * proving: proof of certificates for a command: what is at hand, and what is missing fetched.
 *
 * What: xades names what is missing (want.h), best first; onayd-fetch gets it, one after the other;
 *       what counts of it is kept here, and lists on the disk too (cache.h). Each failure is said.
 * Use:  own(proving) p = {.stamping = &s, .settings = &settings, .trust = trust};
 *       proving_lift(&p, &lift, signer, &rules, &proofs, &why);
 */
#ifndef ONAY_PROVING_H
#define ONAY_PROVING_H

#include "fetch/published.h"
#include "onay/stamping.h"

#define PROVING_MAX_TRIES 48     /* questions to the world of one command */
#define PROVING_MAX_MS    180000 /* from the first of them; none begins later */

struct proving {
    struct stamping *stamping; /* whose process fetches */
    const struct settings *settings;
    const struct trust *trust;
    bool offline; /* what is at hand must do */
    /* fetched, by enum published */
    struct buf kept[PUBLISHED_COUNT][PROVING_MAX_TRIES];
    struct bytes views[PUBLISHED_COUNT][PROVING_MAX_TRIES];
    size_t n_kept[PUBLISHED_COUNT];
    struct digest tried[PROVING_MAX_TRIES];
    size_t n_tried;
    int64_t until; /* clock_ms; 0: none was asked yet */
};
void proving_free(struct proving *p);
OWN(proving)

/* proving_lift is xades_lift_prove with what has to be fetched for it. Errors: as there. */
err_t proving_lift(struct proving *p, const struct xades_lift *t, struct bytes signer,
                   const struct proof_rules *rules, struct xades_proofs *out,
                   struct xades_why *why);

/* proving_certificate is the same for a certificate that has not signed yet. */
err_t proving_certificate(struct proving *p, struct bytes signer, const struct proof_rules *rules,
                          struct xades_why *why);

#endif
