/* SPDX-License-Identifier: MIT */
/*
 * x509: OpenSSL's certificates and lists, with owners. Inside the xades floor only.
 *
 * Use:  owned(x509_own) X509 *x = d2i_X509(…);
 */
#ifndef XADES_X509_H
#define XADES_X509_H

#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "core/utc.h"

typedef STACK_OF(X509) certs;
typedef STACK_OF(X509_CRL) crls;

static inline void x509_own(X509 **x)
{
    X509_free(*x);
}

static inline void crl_own(X509_CRL **c)
{
    X509_CRL_free(*c);
}

/* certs_own frees the stack alone, certs_all_own what is on it too. */
static inline void certs_own(certs **s)
{
    sk_X509_free(*s);
}

static inline void certs_all_own(certs **s)
{
    sk_X509_pop_free(*s, X509_free);
}

static inline void crls_all_own(crls **l)
{
    sk_X509_CRL_pop_free(*l, X509_CRL_free);
}

/* x509_time: 0 for one that cannot be told. */
static inline utc_t x509_time(const ASN1_TIME *t)
{
    int days = 0, seconds = 0;
    ASN1_TIME *start = ASN1_TIME_set(NULL, 0);
    bool known = t && start && ASN1_TIME_diff(&days, &seconds, start, t) == 1;
    ASN1_TIME_free(start);
    return known ? (utc_t)days * 86400 + seconds : 0;
}

#define owned(free_) __attribute__((cleanup(free_)))

#endif
