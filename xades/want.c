/* SPDX-License-Identifier: MIT */
#include "xades/want.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>

#include "xades/crl.h"
#include "xades/ocsp.h"

#define MAX_BUNDLE 16 /* certificates in one CMS */

static void pkcs7_own(PKCS7 **p)
{
    PKCS7_free(*p);
}

void wants_free(struct wants *w)
{
    for (size_t i = 0; i < w->n; i++) {
        buf_free(&w->at[i].subject);
        buf_free(&w->at[i].issuer);
    }
    w->n = 0;
}

static X509 *certificate_of(const struct buf *der)
{
    const unsigned char *p = der->p;
    return der->len > 0 ? d2i_X509(NULL, &p, (long)der->len) : NULL;
}

void want_ask(const struct want *w, const uint8_t nonce[WANT_NONCE], struct buf *out)
{
    if (w->kind != WANT_RESPONSE) return;
    owned(x509_own) X509 *x = certificate_of(&w->subject);
    owned(x509_own) X509 *issuer = certificate_of(&w->issuer);
    if (x && issuer)
        ocsp_request(out, x, issuer, bytes_of(nonce, WANT_NONCE));
    else
        out->failed = true;
}

/* ---- what comes back ---- */

/* One answer while it is looked at. */
struct taking {
    const struct want *want;
    X509 *x, *issuer; /* issuer: NULL of a WANT_CERTIFICATE */
    struct bytes octets;
    const uint8_t *nonce;
    utc_t at;
    struct buf *out;
};

static const char *take_response(const struct taking *t)
{
    struct ocsp_times when;
    const char *refused = ocsp_refused(t->octets, bytes_of(t->nonce, WANT_NONCE));
    if (refused) return refused;
    enum ocsp_says says =
        ocsp_one(t->octets, t->x, t->issuer, (struct chain_time){t->at, t->at}, &when);
    if (says == OCSP_SAYS_NOTHING)
        return "RFC 6960 3.2: not about this certificate, not by who may, or not of now";
    if (says == OCSP_SAYS_GOOD && when.made < t->want->since)
        return "RFC 6960 2.4: older than what it is to prove";
    buf_add(t->out, t->octets);
    return NULL;
}

static const char *take_list(const struct taking *t)
{
    const unsigned char *p = t->octets.p;
    owned(crl_own) X509_CRL *crl =
        t->octets.len > 0 ? d2i_X509_CRL(NULL, &p, (long)t->octets.len) : NULL;
    if (!crl || p != t->octets.p + t->octets.len) return "RFC 5280 5.1: not a list";
    const char *refused = crl_refused(crl, t->issuer, t->want->kind == WANT_DELTA, t->at);
    if (refused) return refused;
    if (crl_made(crl) < t->want->since) return "the list is older than what it is to prove";
    buf_add(t->out, t->octets);
    return NULL;
}

static bool add_issuer(const struct taking *t, X509 *candidate)
{
    unsigned char *der = NULL;
    if (!candidate || X509_check_issued(candidate, t->x) != X509_V_OK) return false;
    int len = i2d_X509(candidate, &der);
    if (len > 0) buf_add(t->out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    return len > 0;
}

/* RFC 5280 4.2.2.1: one certificate in DER, or a CMS of certificates alone. */
static const char *take_certificate(const struct taking *t)
{
    static const char none[] = "RFC 5280 4.2.2.1: not the certificate of the issuer";
    const unsigned char *p = t->octets.p;
    if (t->octets.len == 0) return none;
    owned(x509_own) X509 *one = d2i_X509(NULL, &p, (long)t->octets.len);
    if (one) return p == t->octets.p + t->octets.len && add_issuer(t, one) ? NULL : none;
    p = t->octets.p;
    owned(pkcs7_own) PKCS7 *bundle = d2i_PKCS7(NULL, &p, (long)t->octets.len);
    if (!bundle || !PKCS7_type_is_signed(bundle) || !bundle->d.sign) return none;
    for (int i = 0; i < sk_X509_num(bundle->d.sign->cert) && i < MAX_BUNDLE; i++)
        if (add_issuer(t, sk_X509_value(bundle->d.sign->cert, i))) return NULL;
    return none;
}

err_t want_take(const struct want *w, struct bytes octets, const uint8_t nonce[WANT_NONCE],
                utc_t at, struct buf *out, const char **clause)
{
    static const char *(*const takers[])(const struct taking *t) = {
        [WANT_RESPONSE] = take_response,
        [WANT_LIST] = take_list,
        [WANT_DELTA] = take_list,
        [WANT_CERTIFICATE] = take_certificate,
    };
    owned(x509_own) X509 *x = certificate_of(&w->subject);
    owned(x509_own) X509 *issuer = certificate_of(&w->issuer);
    const bool ready = x && (issuer || w->kind == WANT_CERTIFICATE);
    const struct taking t = {w, x, issuer, octets, nonce, at, out};
    *clause = ready ? takers[w->kind](&t) : "the certificate cannot be read";
    ERR_clear_error();
    if (*clause)
        return err_raise(w->kind == WANT_CERTIFICATE ? ERR_CERTIFICATE_UNTRUSTED
                                                     : ERR_REVOCATION_UNAVAILABLE);
    return buf_ok(out) ? OK : err_raise(ERR_STORAGE_FULL);
}
