/* SPDX-License-Identifier: MIT */
/*
 * signed_info: ds:SignedInfo, the octets that the key signs. Inside the xades floor only.
 *
 * What: one shape (XMLDSig 1.1 4.4): inclusive C14N 1.0, SignedProperties first and without
 *       transforms, then the documents in order.
 */
#ifndef XADES_SIGNED_INFO_H
#define XADES_SIGNED_INFO_H

#include "xades/job.h"

/* signed_info_write fills j->info from j->references. Errors: INVALID_FIELD (it would be larger
 * than JOB_MAX_SIGNED_INFO: very long names of very many documents), INTERNAL. */
err_t signed_info_write(struct xades_job *j, struct xades_why *why);

#endif
