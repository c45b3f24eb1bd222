/* SPDX-License-Identifier: MIT */
/*
 * values: the validation data that a signature carries: certificates, lists and OCSP responses.
 * Inside the xades floor only.
 *
 * What: CertificateValues and RevocationValues (EN 319 132-1 5.4), those of a
 *       TimeStampValidationData (5.5.1) too. Anybody may have put them there: they are signed
 *       themselves, or say nothing.
 */
#ifndef XADES_VALUES_H
#define XADES_VALUES_H

#include <libxml/tree.h>

#include "core/buf.h"
#include "xades/chain.h"

#define VALUES_MAX 64 /* of each kind; more are passed over */

struct values {
    struct buf kept[3 * VALUES_MAX];
    size_t n_kept;
    struct bytes certificates[VALUES_MAX], lists[VALUES_MAX], responses[VALUES_MAX];
    struct chain_values all; /* of these */
};
void values_free(struct values *v);
OWN(values)

/* values_read fills *v: first the certificates of KeyInfo, viewed, then those of
 * UnsignedSignatureProperties (NULL: nothing there), at most `room` octets of them all together.
 * What is not base64 says nothing. */
void values_read(const struct buf *key_info, size_t n_key_info, const xmlNode *unsigned_signature,
                 size_t room, struct values *v);

#endif
