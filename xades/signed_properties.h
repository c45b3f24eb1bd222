/* SPDX-License-Identifier: MIT */
/*
 * signed_properties: xades:SignedProperties, what the signer says beside the documents.
 * Inside the xades floor only.
 *
 * Clauses: EN 319 132-1 5.2 (B-B), TS 101 903 7.2 (P1); the order of elements is the schema's.
 */
#ifndef XADES_SIGNED_PROPERTIES_H
#define XADES_SIGNED_PROPERTIES_H

#include "xades/job.h"

/* signed_properties_write fills j->properties. Errors: CERTIFICATE_MALFORMED (an issuer or serial
 * number that cannot be written), STORAGE_FULL, INTERNAL. */
err_t signed_properties_write(const struct xades_request *r, const struct cert *c,
                              struct xades_job *j, struct xades_why *why);

#endif
