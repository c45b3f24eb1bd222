/* SPDX-License-Identifier: MIT */
/*
 * signature: a ds:Signature taken apart as its schema demands (XMLDSig 4). Inside the xades floor.
 *
 * What: the parts as nodes, the certificates of KeyInfo as DER.
 */
#ifndef XADES_SIGNATURE_H
#define XADES_SIGNATURE_H

#include <libxml/tree.h>

#include "core/buf.h"
#include "xades/reason.h"

#define SIGNATURE_MAX_REFERENCES   1000
#define SIGNATURE_MAX_CERTIFICATES 32

struct signature {
    const xmlNode *node, *info, *value, *key_info; /* key_info may be NULL */
    const xmlNode *canonicalization, *method;
    const xmlNode *first_reference; /* element_next leads through all of them */
    size_t n_references;
    size_t n_certificates; /* X509Certificate elements of KeyInfo, in order */
    struct buf certificates[SIGNATURE_MAX_CERTIFICATES];
};
void signature_free(struct signature *s);
OWN(signature)

/* signature_read: REASON_NONE, _STRUCTURE or _TOO_MANY_REFERENCES. An X509Certificate that is not
 * base64 is left out. */
enum reason signature_read(const xmlNode *node, struct signature *out);

#endif
