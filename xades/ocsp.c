/* SPDX-License-Identifier: MIT */
#include "xades/ocsp.h"

#include "core/der.h"

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

/* RFC 6960 4.2.2.1: without nextUpdate something newer is always to be had: one of now counts. */
#define NOW 600 /* s */

static bool counts(utc_t made, utc_t next, struct chain_time time)
{
    bool fresh = next ? next >= time.at : time.at - made <= NOW;
    bool after = time.existed < time.at && made >= time.existed;
    return made && made <= time.at && (fresh || after);
}

static enum ocsp_says says(OCSP_BASICRESP *b, X509 *x, X509 *issuer, struct chain_time time,
                           struct ocsp_times *when)
{
    for (int i = 0; i < OCSP_resp_count(b); i++) {
        ASN1_GENERALIZEDTIME *revoked = NULL, *made = NULL, *next = NULL;
        OCSP_SINGLERESP *s = OCSP_resp_get0(b, i);
        if (!is_about(s, x, issuer)) continue;
        int status = OCSP_single_get0_status(s, NULL, &revoked, &made, &next);
        if (!signed_rightly(b, issuer, x509_time(made))) return OCSP_SAYS_NOTHING;
        *when = (struct ocsp_times){x509_time(made), x509_time(revoked)};
        if (status == V_OCSP_CERTSTATUS_REVOKED) return OCSP_SAYS_REVOKED;
        bool good = status == V_OCSP_CERTSTATUS_GOOD && counts(when->made, x509_time(next), time);
        return good ? OCSP_SAYS_GOOD : OCSP_SAYS_NOTHING;
    }
    return OCSP_SAYS_NOTHING;
}

enum ocsp_says ocsp_one(struct bytes response, X509 *x, X509 *issuer, struct chain_time time,
                        struct ocsp_times *when)
{
    owned(basic_own) OCSP_BASICRESP *b = read_basic(response);
    *when = (struct ocsp_times){0};
    return b ? says(b, x, issuer, time, when) : OCSP_SAYS_NOTHING;
}

enum ocsp_says ocsp_ask(const struct chain_values *with, X509 *x, X509 *issuer,
                        struct chain_time time, utc_t *revoked_at)
{
    enum ocsp_says best = OCSP_SAYS_NOTHING;
    for (size_t i = 0; i < with->n_responses && best != OCSP_SAYS_REVOKED; i++) {
        struct ocsp_times when;
        enum ocsp_says one = ocsp_one(with->responses[i], x, issuer, time, &when);
        if (one == OCSP_SAYS_NOTHING) continue;
        best = one;
        *revoked_at = when.revoked;
    }
    return best;
}

/* ---- asking ---- */

#define NONCE_OID "\x2b\x06\x01\x05\x05\x07\x30\x01\x02" /* id-pkix-ocsp-nonce */
#define SHA1_OID  "\x2b\x0e\x03\x02\x1a"

/* RFC 6960 4.1.1. By SHA-1, which every responder knows (RFC 5019 2.1.1): it names the issuer and
 * secures nothing. */
static void put_id(struct buf *out, X509 *x, X509 *issuer)
{
    uint8_t name[EVP_MAX_MD_SIZE], key[EVP_MAX_MD_SIZE], *serial = NULL;
    unsigned name_len = 0, key_len = 0;
    const ASN1_INTEGER *number = X509_get0_serialNumber(x);
    int serial_len = i2d_ASN1_INTEGER(number, &serial);
    if (X509_NAME_digest(X509_get_issuer_name(x), EVP_sha1(), name, &name_len) != 1 ||
        X509_pubkey_digest(issuer, EVP_sha1(), key, &key_len) != 1 || serial_len <= 0)
        out->failed = true;
    size_t id = der_put_open(out, DER_SEQUENCE);
    size_t alg = der_put_open(out, DER_SEQUENCE);
    der_put(out, DER_OID, bytes_str(SHA1_OID));
    der_put(out, DER_NULL, bytes_of(NULL, 0));
    der_put_close(out, alg);
    der_put(out, DER_OCTET_STRING, bytes_of(name, name_len));
    der_put(out, DER_OCTET_STRING, bytes_of(key, key_len));
    buf_add(out, bytes_of(serial, serial_len > 0 ? (size_t)serial_len : 0));
    der_put_close(out, id);
    OPENSSL_free(serial);
}

static void put_nonce(struct buf *out, struct bytes nonce)
{
    size_t tagged = der_put_open(out, DER_CONTEXT_CONS(2));
    size_t all = der_put_open(out, DER_SEQUENCE);
    size_t one = der_put_open(out, DER_SEQUENCE);
    der_put(out, DER_OID, bytes_str(NONCE_OID));
    size_t value = der_put_open(out, DER_OCTET_STRING);
    der_put(out, DER_OCTET_STRING, nonce);
    der_put_close(out, value);
    der_put_close(out, one);
    der_put_close(out, all);
    der_put_close(out, tagged);
}

void ocsp_request(struct buf *out, X509 *x, X509 *issuer, struct bytes nonce)
{
    size_t request = der_put_open(out, DER_SEQUENCE);
    size_t tbs = der_put_open(out, DER_SEQUENCE);
    size_t list = der_put_open(out, DER_SEQUENCE);
    size_t one = der_put_open(out, DER_SEQUENCE);
    put_id(out, x, issuer);
    der_put_close(out, one);
    der_put_close(out, list);
    put_nonce(out, nonce);
    der_put_close(out, tbs);
    der_put_close(out, request);
}

/* The extension's value is an OCTET STRING in an OCTET STRING; some responders leave the inner one
 * away, as old drafts did. */
static bool same_nonce(const ASN1_OCTET_STRING *value, struct bytes nonce)
{
    struct bytes outer = bytes_of(ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value));
    struct der d = der_of(outer, NULL);
    struct bytes inner;
    return bytes_eq(outer, nonce) ||
           (der_get_bytes(&d, DER_OCTET_STRING, &inner) && der_end(&d) && bytes_eq(inner, nonce));
}

const char *ocsp_refused(struct bytes response, struct bytes nonce)
{
    const unsigned char *p = response.p;
    owned(response_own) OCSP_RESPONSE *r =
        response.len > 0 ? d2i_OCSP_RESPONSE(NULL, &p, (long)response.len) : NULL;
    if (!r || p != response.p + response.len) return "RFC 6960 4.2.1: not an OCSP response";
    if (OCSP_response_status(r) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return OCSP_response_status_str(OCSP_response_status(r));
    owned(basic_own) OCSP_BASICRESP *b = OCSP_response_get1_basic(r);
    if (!b) return "RFC 6960 4.2.1: not a basic response";
    int at = OCSP_BASICRESP_get_ext_by_NID(b, NID_id_pkix_OCSP_Nonce, -1);
    if (at < 0) return NULL; /* RFC 8954 2.1: a responder may not know nonces */
    return same_nonce(X509_EXTENSION_get_data(OCSP_BASICRESP_get_ext(b, at)), nonce)
               ? NULL
               : "RFC 8954 2.1: the nonce is another";
}
