/* SPDX-License-Identifier: MIT */
/*
 * verify: ETSI EN 319 102-1 for what this house makes, and what others make in the same way.
 *
 * What: TOTAL-PASSED, TOTAL-FAILED or INDETERMINATE with sub-indication for each signature, the
 *       reasons with their clauses, and what exactly was signed. XAdES 1.1.1, 1.2.2 and 1.3.2.
 *       Time stamps on the signature, with its references or its archive, are judged; a trusted
 *       one proves when the signature existed. Certificates, lists and OCSP responses that the
 *       file brings serve where the folder of trust has none.
 *       Counter-signatures, inside the signature or beside it, are judged as signatures of their
 *       own; counter.h says what they mean for the one they are on.
 * Use:  own_ptr(xades_report) r = NULL; e = xades_verify(&q, &r, &why);
 */
#ifndef XADES_VERIFY_H
#define XADES_VERIFY_H

#include "xades/chain.h"
#include "core/digest.h"
#include "xades/prepare.h"

enum xades_indication { XADES_TOTAL_PASSED, XADES_TOTAL_FAILED, XADES_INDETERMINATE };
const char *xades_indication_name(enum xades_indication i); /* "TOTAL-PASSED" … */

struct xades_detached {
    struct bytes name; /* file name, compared with the decoded reference URI's last part */
    struct bytes content;
};

struct xades_verification {
    struct bytes file;
    const struct xades_detached *detached;
    size_t n_detached;
    const struct trust *trust;
    utc_t at; /* the time of validation */
    unsigned max_xml_depth;
    size_t max_xml_octets;
    bool demand_qualified; /* a certificate that is not qualified is a reason (BTK) */
    bool keep_octets;      /* the report has the very octets that were verified */
};

#define XADES_MAX_SIGNATURES 16
#define XADES_MAX_REASONS    16
#define XADES_MAX_STAMPS     16

struct xades_reason {
    char slug[48];         /* "reference-digest", "signed-properties-not-covered", … */
    char clause[64];       /* "EN 319 102-1 5.2.7" */
    char tr[200], en[200]; /* one sentence each */
    bool note;             /* worth knowing; changes no indication */
};

struct xades_signed_data {
    char uri[256];  /* as written */
    char name[256]; /* detached: file; enveloping: Object Id; "" whole document */
    char mime[128];
    const char *digest_alg;
    uint64_t size; /* octets that were hashed */
    /* no document: the SignatureValue of this one */
    const struct xades_signature_report *countersigned;
    struct digest digest; /* of the octets verified */
    bool intact;
    bool through_manifest; /* a ds:Manifest lists it, and the signature covers that */
    struct bytes octets;   /* with keep_octets and intact: those that were verified, nothing else;
                            * the report's own, or of a detached file */
};

/* A time stamp of the signature; EN 319 102-1 5.4. */
struct xades_stamp {
    const char *property; /* "SignatureTimeStamp", "SigAndRefsTimeStamp", "ArchiveTimeStamp" */
    bool intact;          /* it is on what it should be on, and its own signature holds */
    bool trusted;         /* intact, and the TSA's chain leads to an anchor; then it counts */
    utc_t time;
    char tsa[200]; /* the certificate's common name */
    enum chain_status chain;
};

struct xades_signature_report {
    enum xades_indication indication;
    const char *sub_indication; /* "" or "HASH_FAILURE", "NO_CERTIFICATE_CHAIN_FOUND", … */
    size_t n_reasons;
    struct xades_reason reasons[XADES_MAX_REASONS];
    char id[128];
    /* This is a counter-signature on that one, another of the report; NULL: it is none. The way
     * from one to the next ends at a signature that is none. */
    const struct xades_signature_report *countersigned;
    char profile[16]; /* "P1", "B-B", or the nearest found: "XAdES-T" … */
    char packaging[16];
    struct bytes certificate; /* signer's DER, owned by the report; empty when none */
    char signer[200];         /* common name */
    char identity_masked[32];
    unsigned not_qualified; /* NQ_ bits */
    bool has_signing_time;
    utc_t signing_time;
    const char *algorithm; /* "ECDSA with SHA-384" */
    char commitment[32];
    char policy_oid[128], policy_uri[200], policy_hash[100]; /* as written; "" without one */
    enum chain_status chain;
    size_t n_stamps;
    struct xades_stamp stamps[XADES_MAX_STAMPS];
    bool has_existed; /* by the earliest trusted time stamp on the signature value */
    utc_t existed;    /* best-signature-time, EN 319 102-1 5.5 */
    size_t n_data;    /* documents: every Reference but SignedProperties, then what their manifests
                         list */
    struct xades_signed_data data[XADES_MAX_DOCUMENTS];
};

struct xades_report {
    enum xades_indication indication; /* the worst of all; a file without signatures is an error */
    size_t n_signatures;
    struct xades_signature_report *signatures;
    void *storage; /* internal */
};
void xades_report_free(struct xades_report *r);
OWN_PTR(xades_report)

/* xades_verify judges every ds:Signature of the file, in document order. A broken signature is a
 * report, not an error. Errors: XML_REJECTED, SIGNATURE_MALFORMED (no signature in it),
 * STORAGE_FULL. */
err_t xades_verify(const struct xades_verification *v, struct xades_report **out,
                   struct xades_why *why);

/* xades_report_text appends the report for a person. */
void xades_report_text(struct buf *out, const struct xades_report *r, enum lang lang);

#endif
