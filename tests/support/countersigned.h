/* SPDX-License-Identifier: MIT */
/*
 * countersigned: counter-signatures put into a signature file, as another maker might.
 *
 * Use:  countersigned_ready(&file);
 *       countersigned_put(&file, "<xades:SignedProperties", l, (struct counter){"c1", "#v0"});
 */
#ifndef TESTS_SUPPORT_COUNTERSIGNED_H
#define TESTS_SUPPORT_COUNTERSIGNED_H

#include "tests/support/signed.h"

struct counter {
    const char *id;  /* of the new ds:Signature; its value's is "v-ID", its properties' "sp-ID" */
    const char *uri; /* of the Reference, "#v0" */
    const char *transform; /* its Algorithm; NULL: none */
    bool untyped;
    const char *also; /* the URI of one more Reference; NULL: none */
};

/* countersigned_ready gives the value of the file's first signature the Id "v0". */
void countersigned_ready(struct buf *file);

/* countersigned_put writes an unsigned property with a counter-signature, signed by a P-256 leaf,
 * into the signature whose SignedProperties begin with `after`; countersigned_beside a ds:Signature
 * before the first `before`. End the program when they cannot. */
void countersigned_put(struct buf *file, const char *after, const struct leaf *l, struct counter c);
void countersigned_beside(struct buf *file, const char *before, const struct leaf *l,
                          struct counter c);

#endif
