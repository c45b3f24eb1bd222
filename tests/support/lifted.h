/* SPDX-License-Identifier: MIT */
/*
 * lifted: signature files with time stamps of the test's own TSA.
 */
#ifndef TESTS_SUPPORT_LIFTED_H
#define TESTS_SUPPORT_LIFTED_H

#include "tests/support/stamped.h"
#include "xades/lift.h"

/* lifted_stamp adds a SignatureTimeStamp to the file's one signature, lifted_stamp_as the stamp
 * that `how` names, with its detached documents; both end the program when they cannot. */
void lifted_stamp(struct buf *file, const struct stamped_by *by, enum digest_alg alg);
void lifted_stamp_as(struct buf *file, const struct stamped_by *by, enum digest_alg alg,
                     const struct xades_lift *how);

/* lifted_values adds the certificates and lists of the test PKI that its leaves lead to. */
void lifted_values(struct buf *file, const char *pki);

/* lifted_btk completes a file of P3 or P4 (P3: no `response`, which is OCSP's about the signer):
 * stamp, its proof, references, the stamp on both, values. */
void lifted_btk(struct buf *file, const struct stamped_by *by, struct bytes response);

#endif
