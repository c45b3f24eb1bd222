/* SPDX-License-Identifier: MIT */
/*
 * names: the namespaces and identifiers of XMLDSig and XAdES, each written once.
 *
 * What: URIs as string literals, so that they concatenate. The algorithms of digests and
 *       signatures are rows of algorithm.c.
 */
#ifndef XADES_NAMES_H
#define XADES_NAMES_H

/* Namespaces. */
#define NS_XML      "http://www.w3.org/XML/1998/namespace"
#define NS_DS       "http://www.w3.org/2000/09/xmldsig#"
#define NS_XADES    "http://uri.etsi.org/01903/v1.3.2#"
#define NS_XADES111 "http://uri.etsi.org/01903/v1.1.1#" /* found in old files, never made */
#define NS_XADES122 "http://uri.etsi.org/01903/v1.2.2#" /* the same */
#define NS_XADES141 "http://uri.etsi.org/01903/v1.4.1#"

/* Canonicalisation (XMLDSig 1.1 6.5). */
#define URI_C14N              "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define URI_C14N_COMMENTS     URI_C14N "#WithComments"
#define URI_C14N11            "http://www.w3.org/2006/12/xml-c14n11"
#define URI_C14N11_COMMENTS   URI_C14N11 "#WithComments"
#define URI_EXC_C14N          "http://www.w3.org/2001/10/xml-exc-c14n#"
#define URI_EXC_C14N_COMMENTS URI_EXC_C14N "WithComments"

/* Transforms and encodings (XMLDSig 1.1 6.6). */
#define URI_BASE64    NS_DS "base64"
#define URI_ENVELOPED NS_DS "enveloped-signature"
#define URI_XPATH     "http://www.w3.org/TR/1999/REC-xpath-19991116"
#define NS_FILTER2    "http://www.w3.org/2002/06/xmldsig-filter2" /* the transform's URI too */

/* Reference types (EN 319 132-1 4.4.2; TS 101 903 7.2.4). */
#define URI_SIGNED_PROPERTIES     "http://uri.etsi.org/01903#SignedProperties"
#define URI_SIGNED_PROPERTIES_OLD "http://uri.etsi.org/01903/v1.3.2/XAdES.xsd#SignedProperties"
#define URI_SIGNED_PROPERTIES_122 NS_XADES122 "SignedProperties"
#define URI_SIGNED_PROPERTIES_111 NS_XADES111 "SignedProperties"
#define URI_COUNTERSIGNED         "http://uri.etsi.org/01903#CountersignedSignature"
#define URI_DS_OBJECT             NS_DS "Object"
#define URI_DS_MANIFEST           NS_DS "Manifest"

/* Commitment types (EN 319 132-1 5.2.3, TS 119 172-1 B). */
#define URI_PROOF_OF_ORIGIN   "http://uri.etsi.org/01903/v1.2.2#ProofOfOrigin"
#define URI_PROOF_OF_APPROVAL "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval"
#define URI_PROOF_OF_CREATION "http://uri.etsi.org/01903/v1.2.2#ProofOfCreation"

#endif
