/* SPDX-License-Identifier: MIT */
/*
 * proof: what proves a certificate good, gathered for those who have no folder, and what is missing
 * for it.
 *
 * What: the certificates above it, and of each the list or OCSP response that speaks of it, out of
 *       the folder, the signature, and what has been fetched so far. What is missing is told as
 *       questions (want.h), best first.
 * Not:  fetching.
 * Use:  proof_gather(trust, cert, &with, &rules, at, &proof, &wants, &result); fetch the first
 *       of wants that was not tried, add it to `with`, and again.
 */
#ifndef XADES_PROOF_H
#define XADES_PROOF_H

#include "xades/chain.h"
#include "xades/want.h"

#define PROOF_MAX 32 /* of each kind */

/* DER, owned. */
struct proof {
    size_t n_certificates, n_lists, n_responses;
    struct buf certificates[PROOF_MAX], lists[PROOF_MAX], responses[PROOF_MAX];
};
void proof_free(struct proof *p);
OWN(proof)

/* Who may speak of the signer's certificate, and of those above it. ANY: of the signer OCSP before
 * a list, because it is of now; of the others what is at hand. */
enum proof_source { PROOF_ANY, PROOF_LIST, PROOF_RESPONSE };
struct proof_rules {
    enum proof_source signer, above;
    utc_t since; /* what speaks of the signer's must be of then or later */
};

/* proof_gather checks as chain_check_with at time `at`, and with CHAIN_OK has added what that rests
 * on to *out, each once. Any other status: nothing is added. Whatever the status, *wants (NULL:
 * nobody asks) gets what would mend or better it. Delta lists of `with` only say who is revoked. */
void proof_gather(const struct trust *t, struct bytes cert, const struct chain_values *with,
                  const struct proof_rules *rules, utc_t at, struct proof *out, struct wants *wants,
                  struct chain_result *result);

#endif
