/* SPDX-License-Identifier: MIT */
/*
 * path: the ways from a certificate to the anchors (RFC 4158). Inside the xades floor only.
 *
 * What: the short ways first, and among them the most promising issuer first: one whose key
 *       identifier is the one looked for, an anchor before an intermediate, one that is valid at
 *       the time, the one that lasts longest. An issuer fits by its decoded name, its key
 *       identifiers and the kind of its key; where several fit, by the signature too.
 * Not:  judging a way (chain.c).
 *
 * A mesh of cross-certificates has more ways than anybody can walk: there are bounds on the length
 * of a way, on the issuers looked at for one certificate, on signature checks, on steps, and on the
 * ways shown.
 */
#ifndef XADES_PATH_H
#define XADES_PATH_H

#include "core/utc.h"
#include "xades/shelves.h"

#define PATH_LENGTH     10 /* certificates, signer and anchor included */
#define PATH_ISSUERS    16 /* of one certificate */
#define PATH_SIGNATURES 256
#define PATH_STEPS      1024
#define PATH_WAYS       8

struct path {
    X509 *at[PATH_LENGTH]; /* borrowed; the signer first */
    int n;
};

/* path_judge looks at a way that ends in an anchor; true: no other is wanted. */
typedef bool path_judge(void *ctx, const struct path *p);

enum path_end {
    PATH_SHOWN,   /* at least one way was shown */
    PATH_NOWHERE, /* none leads to an anchor */
    PATH_CUT,     /* none was found within the bounds */
};

/* path_find shows the ways of `signer` over `between` to the anchors of the shelves. *reached: the
 * longest way, found or not; its end has no issuer among them. */
enum path_end path_find(const struct shelves *s, X509 *signer, certs *between, utc_t at,
                        path_judge *judge, void *ctx, struct path *reached);

#endif
