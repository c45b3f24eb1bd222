/* SPDX-License-Identifier: MIT */
/*
 * signedproperties: the worker's own look at the properties that are signed with the documents.
 *
 * What: canonical xades:SignedProperties matched octet by octet against the one shape this house
 *       writes: the time, the certificate, each document's media type, a commitment.
 * Not:  an XML parser (shape.h). A property that is not in the shape would be signed unseen, and is
 *       refused: a policy, a role, a counter-signature, another certificate.
 * Use:  if (!signedproperties_match(octets, &claims, &clause)) refuse;
 */
#ifndef PKCS11_SIGNEDPROPERTIES_H
#define PKCS11_SIGNEDPROPERTIES_H

#include "core/utc.h"
#include "pkcs11/signedinfo.h"

#define SIGNEDPROPERTIES_DRIFT 3600 /* seconds that SigningTime may differ from our clock */

/* What the properties must say. */
struct signedproperties {
    const struct signedinfo *info;        /* its references: Id, and the documents' Ids in order */
    struct bytes certificate;             /* DER */
    const struct token_octets *documents; /* info->n - 1, their media types */
    const char *profile;                  /* as it is shown: it tells which SigningCertificate */
    utc_t now;
};

/* signedproperties_match: `clause` gets a static string on false. */
bool signedproperties_match(struct bytes octets, const struct signedproperties *claims,
                            const char **clause);

#endif
