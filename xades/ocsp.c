/* SPDX-License-Identifier: MIT */
#include "xades/ocsp.h"

#include <openssl/ocsp.h>

static void response_own(OCSP_RESPONSE **r)
{
    OCSP_RESPONSE_free(*r);
}

static void basic_own(OCSP_BASICRESP **b)
{
    OCSP_BASICRESP_free(*b);
}

static void store_own(X509_STORE **s)
{
    X509_STORE_free(*s);
}

static OCSP_BASICRESP *read_basic(struct bytes der)
{
    const unsigned char *p = der.p;
    owned(response_own) OCSP_RESPONSE *r =
        der.len > 0 ? d2i_OCSP_RESPONSE(NULL, &p, (long)der.len) : NULL;
    if (!r || OCSP_response_status(r) != OCSP_RESPONSE_STATUS_SUCCESSFUL) return NULL;
    return OCSP_response_get1_basic(r);
}

/* RFC 6960 4.2.2.2: signed by the issuer's key, or by a certificate that the issuer itself has
 * given out for OCSP; held to be valid when the response was made. */
static bool signed_rightly(OCSP_BASICRESP *b, X509 *issuer, utc_t made)
{
    owned(store_own) X509_STORE *store = X509_STORE_new();
    owned(certs_own) certs *known = sk_X509_new_null();
    if (!store || !known || X509_STORE_add_cert(store, issuer) != 1 ||
        sk_X509_push(known, issuer) <= 0)
        return false;
    X509_VERIFY_PARAM *rules = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(rules, (time_t)made);
    X509_VERIFY_PARAM_set_auth_level(rules, 2); /* as for chains */
    (void)X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_PARTIAL_CHAIN);
    return OCSP_basic_verify(b, known, store, 0) == 1;
}

static bool is_about(const OCSP_SINGLERESP *s, X509 *x, X509 *issuer)
{
    ASN1_OBJECT *hash = NULL;
    /* Not const in OpenSSL; it is only read. */
    OCSP_CERTID *id = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(s);
    if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, id) != 1) return false;
    const EVP_MD *md = EVP_get_digestbyobj(hash);
    OCSP_CERTID *wanted = md ? OCSP_cert_to_id(md, x, issuer) : NULL;
    bool same = wanted && OCSP_id_cmp(wanted, id) == 0;
    OCSP_CERTID_free(wanted);
    return same;
}

static utc_t utc_of(const ASN1_GENERALIZEDTIME *t)
{
    int days = 0, seconds = 0;
    ASN1_TIME *start = ASN1_TIME_set(NULL, 0);
    bool known = t && start && ASN1_TIME_diff(&days, &seconds, start, t) == 1;
    ASN1_TIME_free(start);
    return known ? (utc_t)days * 86400 + seconds : 0;
}

static bool counts(utc_t made, utc_t next, struct chain_time time)
{
    bool fresh = next && next >= time.at;
    bool after = time.existed < time.at && made >= time.existed;
    return made && made <= time.at && (fresh || after);
}

static enum ocsp_says says(OCSP_BASICRESP *b, X509 *x, X509 *issuer, struct chain_time time,
                           utc_t *revoked_at)
{
    for (int i = 0; i < OCSP_resp_count(b); i++) {
        ASN1_GENERALIZEDTIME *revoked = NULL, *made = NULL, *next = NULL;
        OCSP_SINGLERESP *s = OCSP_resp_get0(b, i);
        if (!is_about(s, x, issuer)) continue;
        int status = OCSP_single_get0_status(s, NULL, &revoked, &made, &next);
        if (!signed_rightly(b, issuer, utc_of(made))) return OCSP_SAYS_NOTHING;
        *revoked_at = utc_of(revoked);
        if (status == V_OCSP_CERTSTATUS_REVOKED) return OCSP_SAYS_REVOKED;
        bool good = status == V_OCSP_CERTSTATUS_GOOD && counts(utc_of(made), utc_of(next), time);
        return good ? OCSP_SAYS_GOOD : OCSP_SAYS_NOTHING;
    }
    return OCSP_SAYS_NOTHING;
}

enum ocsp_says ocsp_ask(const struct chain_values *with, X509 *x, X509 *issuer,
                        struct chain_time time, utc_t *revoked_at)
{
    enum ocsp_says best = OCSP_SAYS_NOTHING;
    for (size_t i = 0; i < with->n_responses && best != OCSP_SAYS_REVOKED; i++) {
        owned(basic_own) OCSP_BASICRESP *b = read_basic(with->responses[i]);
        enum ocsp_says one = b ? says(b, x, issuer, time, revoked_at) : OCSP_SAYS_NOTHING;
        if (one != OCSP_SAYS_NOTHING) best = one;
    }
    return best;
}
