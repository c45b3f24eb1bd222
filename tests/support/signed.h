/* SPDX-License-Identifier: MIT */
/*
 * signed: signature files made with the leaves of the test PKI, as a card would sign them.
 *
 * Use:  struct leaf *l = leaf_load(pki, "p256"); own(buf) file = buf_max(1 << 24);
 *       signed_make(l, XADES_B_B, XADES_ENVELOPING, docs, n, &file);
 */
#ifndef TESTS_SUPPORT_SIGNED_H
#define TESTS_SUPPORT_SIGNED_H

#include "xades/prepare.h"
#include "xades/verify.h"

struct leaf;
/* leaf_load reads DIR/NAME.der and DIR/NAME.key; ends the program when it cannot. */
struct leaf *leaf_load(const char *dir, const char *name);
void leaf_free(struct leaf *l);
OWN_PTR(leaf)
struct bytes leaf_certificate(const struct leaf *l);

/* leaf_sign appends the signature over a digest; ECDSA as r‖s in fixed width. */
void leaf_sign(const struct leaf *l, const struct digest *d, struct buf *value);

/* signed_make appends a signature file over the documents, signed now. */
void signed_make(const struct leaf *l, enum xades_profile profile, enum xades_packaging packaging,
                 const struct xades_document *documents, size_t n, struct buf *file);

/* signed_make_at: signed at that time. */
void signed_make_at(const struct leaf *l, enum xades_profile profile,
                    enum xades_packaging packaging, const struct xades_document *documents,
                    size_t n, utc_t time, struct buf *file);

/* signed_judge verifies with the limits that every test has; what `q` says of limits is not read.
 * Free the report; ends the program when there is none. */
struct xades_report *signed_judge(struct xades_verification q);

/* signed_trust loads the trust folder of the test PKI in DIR; ends the program when it cannot. */
struct trust *signed_trust(const char *dir);

#endif
