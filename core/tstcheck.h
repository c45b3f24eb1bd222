/* SPDX-License-Identifier: MIT */
/*
 * tstcheck: whether a time-stamp token's own signature holds (RFC 3161 2.4.2, RFC 5652 5.6).
 *
 * What: the signature value, the signed attributes, and that the certificate is the one the token
 *       names and is for time stamps alone.
 * Not:  whether the TSA is trusted, and was when it signed: chains are xades' business.
 */
#ifndef CORE_TSTCHECK_H
#define CORE_TSTCHECK_H

#include "core/tst.h"

enum tst_fault {
    TST_GOOD,
    TST_NO_CERTIFICATE, /* the signer's is not in the token */
    TST_CERTIFICATE,    /* RFC 3161 2.3, RFC 5816: not the one named, or not for time stamps */
    TST_ALGORITHM,      /* unknown, or too weak today */
    TST_CONTENT,        /* the signed attributes do not belong to this TSTInfo */
    TST_SIGNATURE,      /* the signature value is wrong */
};

/* tst_check: the token by itself. *clause says what was broken, NULL with TST_GOOD. */
enum tst_fault tst_check(const struct tst *t, const char **clause);

#endif
