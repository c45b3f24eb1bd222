/* SPDX-License-Identifier: MIT */
#include "xades/refs.h"

#include "core/digest.h"
#include "core/name.h"
#include "xades/names.h"
#include "xades/ocsp.h"
#include "xades/xmlw.h"

#define URI_SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define MAX_NAME   65536 /* octets: as in signed_properties.c */

static void integer_own(ASN1_INTEGER **i)
{
    ASN1_INTEGER_free(*i);
}

static void open_refs(struct xmlw *w, const char *name)
{
    const struct xmlw_pair own[] = {{bytes_str("ds"), bytes_str(NS_DS)},
                                    {bytes_str("xades"), bytes_str(NS_XADES)}};
    xmlw_start(w, name);
    xmlw_scope(w, NULL, own, 2);
}

static bool digest(struct xmlw *w, const char *name, struct bytes octets)
{
    struct digest d;
    if (!digest_of(DIGEST_SHA256, octets, &d)) return false;
    xmlw_start(w, name);
    xmlw_start(w, "ds:DigestMethod");
    xmlw_attr_str(w, "Algorithm", URI_SHA256);
    xmlw_end(w);
    xmlw_start(w, "ds:DigestValue");
    xmlw_base64(w, digest_bytes(&d), 0);
    xmlw_end(w);
    xmlw_end(w);
    return true;
}

static bool leaf_name(struct xmlw *w, const char *name, struct bytes der)
{
    own(buf) text = buf_max(MAX_NAME);
    if (!name_rfc2253(&text, der) || !buf_ok(&text) || !xmlw_chars(buf_bytes(&text))) return false;
    xmlw_leaf(w, name, buf_bytes(&text));
    return true;
}

static bool leaf_x509_name(struct xmlw *w, const char *name, const X509_NAME *n)
{
    const unsigned char *der = NULL;
    size_t len = 0;
    return X509_NAME_get0_der(n, &der, &len) == 1 && leaf_name(w, name, bytes_of(der, len));
}

static bool leaf_decimal(struct xmlw *w, const char *name, const ASN1_INTEGER *number)
{
    BIGNUM *n = ASN1_INTEGER_to_BN(number, NULL);
    char *text = n && !BN_is_negative(n) ? BN_bn2dec(n) : NULL;
    if (text) xmlw_leaf(w, name, bytes_str(text));
    bool written = text != NULL;
    OPENSSL_free(text);
    BN_free(n);
    return written;
}

/* ---- certificates ---- */

static bool certificate(struct xmlw *w, struct bytes der)
{
    const unsigned char *p = der.p;
    owned(x509_own) X509 *x = d2i_X509(NULL, &p, (long)der.len);
    xmlw_start(w, "xades:Cert");
    if (!x || !digest(w, "xades:CertDigest", der)) return false;
    xmlw_start(w, "xades:IssuerSerial");
    if (!leaf_x509_name(w, "ds:X509IssuerName", X509_get_issuer_name(x)) ||
        !leaf_decimal(w, "ds:X509SerialNumber", X509_get0_serialNumber(x)))
        return false;
    xmlw_end(w);
    xmlw_end(w);
    return true;
}

bool refs_certificates(const struct chain_values *v, struct buf *out, const char **clause)
{
    struct xmlw w = xmlw_to(out);
    open_refs(&w, "xades:CompleteCertificateRefs");
    xmlw_start(&w, "xades:CertRefs");
    for (size_t i = 0; i < v->n_certificates; i++) {
        *clause = "EN 319 132-1 A.1.1: a certificate cannot be referred to";
        if (!certificate(&w, v->certificates[i])) return false;
    }
    xmlw_end(&w);
    xmlw_end(&w);
    return xmlw_ok(&w);
}

/* ---- lists and responses ---- */

static void leaf_time(struct xmlw *w, const char *name, const ASN1_TIME *t)
{
    own(buf) text = buf_max(64);
    utc_write_xsd(&text, x509_time(t), 0);
    xmlw_leaf(w, name, buf_bytes(&text));
}

/* The number is how deployed software finds the list again; a list of today has one (RFC 5280
 * 5.2.3). */
static bool leaf_number(struct xmlw *w, const X509_CRL *crl)
{
    owned(integer_own) ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    return !number || leaf_decimal(w, "xades:Number", number);
}

static bool list(struct xmlw *w, struct bytes der)
{
    const unsigned char *p = der.p;
    owned(crl_own) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
    xmlw_start(w, "xades:CRLRef");
    if (!crl || !digest(w, "xades:DigestAlgAndValue", der)) return false;
    xmlw_start(w, "xades:CRLIdentifier");
    if (!leaf_x509_name(w, "xades:Issuer", X509_CRL_get_issuer(crl))) return false;
    leaf_time(w, "xades:IssueTime", X509_CRL_get0_lastUpdate(crl));
    if (!leaf_number(w, crl)) return false;
    xmlw_end(w);
    xmlw_end(w);
    return true;
}

static bool responder(struct xmlw *w, const OCSP_BASICRESP *b)
{
    const ASN1_OCTET_STRING *key = NULL;
    const X509_NAME *name = NULL;
    if (OCSP_resp_get0_id(b, &key, &name) != 1) return false;
    xmlw_start(w, "xades:ResponderID");
    if (key) {
        xmlw_start(w, "xades:ByKey");
        xmlw_base64(w, bytes_of(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key)), 0);
        xmlw_end(w);
    } else if (!leaf_x509_name(w, "xades:ByName", name)) {
        return false;
    }
    xmlw_end(w);
    return true;
}

static bool response(struct xmlw *w, struct bytes der)
{
    const unsigned char *p = der.p;
    owned(response_own) OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)der.len);
    owned(basic_own) OCSP_BASICRESP *b = r ? OCSP_response_get1_basic(r) : NULL;
    xmlw_start(w, "xades:OCSPRef");
    xmlw_start(w, "xades:OCSPIdentifier");
    if (!b || !responder(w, b)) return false;
    leaf_time(w, "xades:ProducedAt", OCSP_resp_get0_produced_at(b));
    xmlw_end(w);
    if (!digest(w, "xades:DigestAlgAndValue", der)) return false;
    xmlw_end(w);
    return true;
}

bool refs_revocation(const struct chain_values *v, struct buf *out, const char **clause)
{
    struct xmlw w = xmlw_to(out);
    *clause = "EN 319 132-1 A.1.2: a list or a response cannot be referred to";
    open_refs(&w, "xades:CompleteRevocationRefs");
    if (v->n_lists > 0) xmlw_start(&w, "xades:CRLRefs");
    for (size_t i = 0; i < v->n_lists; i++)
        if (!list(&w, v->lists[i])) return false;
    if (v->n_lists > 0) xmlw_end(&w);
    if (v->n_responses > 0) xmlw_start(&w, "xades:OCSPRefs");
    for (size_t i = 0; i < v->n_responses; i++)
        if (!response(&w, v->responses[i])) return false;
    if (v->n_responses > 0) xmlw_end(&w);
    xmlw_end(&w);
    return xmlw_ok(&w);
}
