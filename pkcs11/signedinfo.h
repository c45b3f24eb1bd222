/* SPDX-License-Identifier: MIT */
/*
 * signedinfo: the worker's own look at what would be signed.
 *
 * What: a canonical ds:SignedInfo matched octet by octet against the one shape this house writes,
 *       giving its references.
 * Not:  an XML parser. Whatever differs from the shape, also harmlessly, is refused.
 * Use:  struct signedinfo si; if (!signedinfo_read(octets, &si, &clause)) refuse;
 *
 * The shape: canonical XML 1.0 without white space; SignedInfo with the namespace declarations and
 * xml: attributes it may inherit (C14N 1.0 2.3, 2.4), CanonicalizationMethod inclusive C14N 1.0,
 * SignatureMethod, a Reference to SignedProperties, one Reference per document. No two References
 * have the same Id or URI.
 */
#ifndef PKCS11_SIGNEDINFO_H
#define PKCS11_SIGNEDINFO_H

#include "pkcs11/token.h"

enum signedinfo_transform {
    SIGNEDINFO_AS_IS,
    SIGNEDINFO_BASE64,    /* enveloping: the digest is over the decoded octets */
    SIGNEDINFO_ENVELOPED, /* the whole document without the signature, canonical */
};

struct signedinfo_reference {
    struct bytes id;  /* empty for SignedProperties */
    struct bytes uri; /* as written, still escaped */
    enum signedinfo_transform transform;
    struct digest digest;
};

struct signedinfo {
    enum sig_alg alg;
    size_t n; /* references[0] is SignedProperties */
    struct signedinfo_reference references[TOKEN_MAX_REFERENCES];
};

/* signedinfo_read: `clause` gets a static string on false: what was not as we write it. */
bool signedinfo_read(struct bytes octets, struct signedinfo *out, const char **clause);

/* signedinfo_uri_names: a SIGNEDINFO_AS_IS reference's URI is the file name, percent-encoded as we
 * write it: what the person is shown is what a verifier will look for. */
bool signedinfo_uri_names(struct bytes uri, struct bytes name);

#endif
