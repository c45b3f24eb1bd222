/* SPDX-License-Identifier: MIT */
/*
 * cert: a zero-copy view of an X.509 certificate (RFC 5280), judged by nobody.
 *
 * What: one strict pass over the DER fills a struct of views into it; no allocation.
 * Not:  validation (xades/chain) nor the qualified rules (cert_qualified below only reads
 *       what the certificate says of itself).
 * Use:  struct cert c; struct der_latch why = {0};
 *       if (!cert_read(der, &c, &why)) say(why.clause);
 *
 * Every view points into the DER given to cert_read, which must outlive the struct.
 */
#ifndef CORE_CERT_H
#define CORE_CERT_H

#include "core/buf.h"
#include "core/der.h"
#include "core/digest.h"
#include "core/utc.h"

enum key_type { KEY_UNKNOWN, KEY_RSA, KEY_P256, KEY_P384, KEY_P521 };

/* Bits of keyUsage, RFC 5280 4.2.1.3, in the order of its BIT STRING. */
enum key_usage {
    KU_DIGITAL_SIGNATURE = 1 << 0,
    KU_NON_REPUDIATION = 1 << 1,
    KU_KEY_ENCIPHERMENT = 1 << 2,
    KU_DATA_ENCIPHERMENT = 1 << 3,
    KU_KEY_AGREEMENT = 1 << 4,
    KU_KEY_CERT_SIGN = 1 << 5,
    KU_CRL_SIGN = 1 << 6,
    KU_ENCIPHER_ONLY = 1 << 7,
    KU_DECIPHER_ONLY = 1 << 8,
};

/* What the certificate states of being qualified; ETSI EN 319 412-5, BTK. */
enum qc_flag {
    QC_COMPLIANCE = 1 << 0, /* 0.4.0.1862.1.1, as statementId or as semanticsId */
    QC_TR_NES = 1 << 1,
    QC_TR_ESEAL = 1 << 2,
    QC_SSCD = 1 << 3,
    QC_LIMIT = 1 << 4,
};

struct cert {
    struct bytes der;       /* all of it */
    struct bytes tbs;       /* TBSCertificate with header: what the issuer signed */
    unsigned version;       /* 1, 2 or 3 */
    struct bytes serial;    /* INTEGER content octets */
    struct bytes sig_alg;   /* outer signatureAlgorithm, whole AlgorithmIdentifier */
    struct bytes signature; /* BIT STRING octets */
    struct bytes issuer;    /* Name with header */
    struct bytes subject;   /* Name with header */
    utc_t not_before, not_after;
    struct bytes spki; /* SubjectPublicKeyInfo with header */
    enum key_type key_type;
    unsigned key_bits;
    struct bytes common_name;   /* of the subject, content octets of the last CN; may be empty */
    uint8_t common_name_tag;    /* its string type, for name_string */
    struct bytes serial_number; /* subject serialNumber 2.5.4.5: the T.C. kimlik no in a NES */
    unsigned key_usage;         /* KU_ bits; 0 with has_key_usage false when absent */
    bool has_key_usage;
    bool is_ca;
    int path_len; /* -1: no constraint */
    unsigned qc;  /* QC_ bits */
    bool has_policies;
    struct bytes policy;   /* first policy OID, content octets */
    struct bytes policies; /* content of certificatePolicies, for cert_has_policy */
    struct bytes cps;      /* first CPS URI */
    struct bytes notice;   /* first userNotice explicitText, content octets; may be empty */
    uint8_t notice_tag;
    struct bytes ski, aki;                          /* key identifiers; empty when absent */
    struct bytes ocsp_url, ca_issuers_url, crl_url; /* first http(s) one of each; else empty */
    struct bytes extensions; /* content of the SEQUENCE OF Extension; empty when absent */
    bool unknown_critical;   /* a critical extension this reader does not know */
};

/* cert_read fills *c from exactly one DER certificate of at most 64 KiB.
 * On false nothing is promised of *c and `why` holds the clause. */
bool cert_read(struct bytes der, struct cert *c, struct der_latch *why);

/* Reasons why a certificate is not a Turkish qualified one, each a bit of its own. */
enum qualified_reason {
    NQ_NO_QC_COMPLIANCE = 1 << 0,
    NQ_NO_TR_STATEMENT = 1 << 1, /* neither NES nor e-seal */
    NQ_NO_NON_REPUDIATION = 1 << 2,
    NQ_NO_USER_NOTICE = 1 << 3,
};
/* cert_qualified returns 0 for a qualified certificate, else the NQ_ bits (facts: "Qualified"). */
unsigned cert_qualified(const struct cert *c);
/* qualified_reason_slug: "no-qc-compliance" and so on, for one bit. Static string. */
const char *qualified_reason_slug(enum qualified_reason r);

/* cert_is_eseal: an institution's e-seal, which may not sign an undertaking. */
bool cert_is_eseal(const struct cert *c);

/* cert_has_policy looks for an OID (content octets) among all policies. */
bool cert_has_policy(const struct cert *c, struct bytes oid);

/* cert_id is the SHA-256 of the DER: the certificate's name in the API. */
bool cert_id(struct bytes der, struct digest *out);

/* cert_from_pem appends the DER of the first CERTIFICATE block at or after *at and moves *at
 * behind it; false when there is none left. Blocks that are not base64 are passed over. */
bool cert_from_pem(struct bytes pem, size_t *at, struct buf *der);

#endif
