/* SPDX-License-Identifier: MIT */
#include "xades/crl.h"

#include "xades/shelves.h"

static void integer_own(ASN1_INTEGER **i)
{
    ASN1_INTEGER_free(*i);
}

utc_t crl_made(const X509_CRL *crl)
{
    return x509_time(X509_CRL_get0_lastUpdate(crl));
}

bool crl_is_delta(const X509_CRL *crl)
{
    return X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0;
}

/* As chains have it: a key that may sign lists, a signature that is not weak. */
static bool signed_by(X509_CRL *crl, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    return key && (X509_get_key_usage(issuer) & KU_CRL_SIGN) && X509_CRL_verify(crl, key) == 1;
}

const char *crl_refused(X509_CRL *crl, X509 *issuer, bool delta, utc_t at)
{
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0)
        return "RFC 5280 5.1.2.3: the list is of another issuer";
    if (crl_is_delta(crl) != delta) return "RFC 5280 5.2.4: whole and delta lists are mixed up";
    if (!delta && !shelves_list_counts(crl))
        return "RFC 5280 5.1.2.5: no nextUpdate, or signed too weakly";
    if (crl_made(crl) > at) return "RFC 5280 5.1.2.4: the list is not valid yet";
    if (x509_time(X509_CRL_get0_nextUpdate(crl)) < at)
        return "RFC 5280 5.1.2.5: the list has expired";
    return signed_by(crl, issuer) ? NULL : "RFC 5280 5.1.1.3: the list is not signed by the issuer";
}

bool crl_revokes(X509_CRL *crl, X509 *x, utc_t *revoked_at)
{
    X509_REVOKED *entry = NULL;
    if (X509_CRL_get0_by_cert(crl, &entry, x) != 1) return false; /* 2: removeFromCRL */
    *revoked_at = x509_time(X509_REVOKED_get0_revocationDate(entry));
    return true;
}

static ASN1_INTEGER *number_of(const X509_CRL *crl, int nid)
{
    return X509_CRL_get_ext_d2i(crl, nid, NULL, NULL);
}

bool crl_completes(const X509_CRL *delta, const X509_CRL *base)
{
    owned(integer_own) ASN1_INTEGER *from = number_of(delta, NID_delta_crl);
    owned(integer_own) ASN1_INTEGER *its = number_of(delta, NID_crl_number);
    owned(integer_own) ASN1_INTEGER *number = number_of(base, NID_crl_number);
    return from && its && number && ASN1_INTEGER_cmp(from, number) <= 0 &&
           ASN1_INTEGER_cmp(its, number) >= 0;
}
