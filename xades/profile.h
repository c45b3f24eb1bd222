/* SPDX-License-Identifier: MIT */
/*
 * profile: the signature levels and shapes, and what each one demands.
 *
 * What: one table row per profile: BTK profiles P1–P4 (2012 guide) and ETSI EN 319 132-1
 *       baseline levels. Two families, never mixed. Rows appear here when they are built.
 */
#ifndef XADES_PROFILE_H
#define XADES_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

/* Below XADES_PROFILE_COUNT: what a page may ask for. Beyond: what takes more than a time stamp
 * once the card has signed, and is made by who completes it at once (onay sign). */
enum xades_profile {
    XADES_P1,
    XADES_P2,
    XADES_B_B,
    XADES_B_T,
    XADES_PROFILE_COUNT,
    XADES_P3 = XADES_PROFILE_COUNT,
    XADES_P4,
    XADES_PROFILE_KNOWN
};
enum xades_packaging { XADES_ENVELOPING, XADES_ENVELOPED, XADES_DETACHED, XADES_PACKAGING_COUNT };
enum xades_commitment {
    XADES_COMMITMENT_NONE,
    XADES_PROOF_OF_ORIGIN,
    XADES_PROOF_OF_APPROVAL,
    XADES_PROOF_OF_CREATION,
    XADES_COMMITMENT_COUNT
};

/* Names as the API writes them: "P1", "B-B"; "enveloping"…; "proof-of-approval"… ("" for NONE). */
const char *xades_profile_name(enum xades_profile p);
const char *xades_packaging_name(enum xades_packaging p);
const char *xades_commitment_name(enum xades_commitment c);
bool xades_profile_of(const char *name, enum xades_profile *out); /* below COUNT alone */
bool xades_profile_known(const char *name, enum xades_profile *out);
bool xades_packaging_of(const char *name, enum xades_packaging *out);
bool xades_commitment_of(const char *name, enum xades_commitment *out);

/* xades_profile_turkish: true for the BTK family (SigningCertificate V1), false for ETSI (V2). */
bool xades_profile_turkish(enum xades_profile p);

/* xades_profile_stamped: a time stamp belongs on the signature (EN 319 132-1 5.3), once the card
 * has made it. */
bool xades_profile_stamped(enum xades_profile p);

#endif
