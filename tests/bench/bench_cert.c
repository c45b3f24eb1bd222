/* SPDX-License-Identifier: MIT */
/*
 * The certificate view beside OpenSSL's d2i_X509, with the same fields read out of it, and
 * mbedTLS's parser; on NES leaves of fixtures/cert.
 */
/* First, for x509v3.h has macros named like our key usage bits; behind it they mean its own. */
#include "core/cert.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

#include <mbedtls/version.h>
#include <mbedtls/x509_crt.h>

#include <stdio.h>
#include <stdlib.h>

#include "core/base64.h"
#include "core/file.h"
#include "tests/bench/bench.h"

static void must(bool holds, const char *what)
{
    if (holds) return;
    (void)fprintf(stderr, "bench_cert: %s\n", what);
    exit(1);
}

/* What is read: so much of struct cert as both can say, to prove that the work is the same. */
struct fields {
    size_t serial, common_name, serial_number, signature, cps, notice, ski, aki, ocsp, issuers, crl;
    size_t qc_statements, policies;
    int key_bits;
    unsigned key_usage;
    bool is_ca, has_dates;
};

static void run_ours(void *ctx, size_t n)
{
    const struct buf *der = ctx;
    for (size_t i = 0; i < n; i++) {
        struct cert c;
        struct der_latch why = {0};
        must(cert_read(buf_bytes(der), &c, &why), "cert_read");
        bench_keep(&c);
    }
}

static size_t entry_len(const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0) return 0;
    return (size_t)ASN1_STRING_length(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

static void read_policies(const X509 *x, struct fields *f)
{
    CERTIFICATEPOLICIES *all = X509_get_ext_d2i(x, NID_certificate_policies, NULL, NULL);
    f->policies = (size_t)sk_POLICYINFO_num(all);
    const POLICYINFO *first = sk_POLICYINFO_value(all, 0);
    for (int i = 0; i < sk_POLICYQUALINFO_num(first->qualifiers); i++) {
        const POLICYQUALINFO *q = sk_POLICYQUALINFO_value(first->qualifiers, i);
        if (OBJ_obj2nid(q->pqualid) == NID_id_qt_cps)
            f->cps = (size_t)ASN1_STRING_length(q->d.cpsuri);
        if (OBJ_obj2nid(q->pqualid) == NID_id_qt_unotice && q->d.usernotice->exptext)
            f->notice = (size_t)ASN1_STRING_length(q->d.usernotice->exptext);
    }
    CERTIFICATEPOLICIES_free(all);
}

static size_t uri_len(const GENERAL_NAME *name)
{
    int type;
    const void *v = GENERAL_NAME_get0_value(name, &type);
    return type == GEN_URI ? (size_t)ASN1_STRING_length(v) : 0;
}

static void read_addresses(const X509 *x, struct fields *f)
{
    AUTHORITY_INFO_ACCESS *aia = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(aia); i++) {
        const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(aia, i);
        size_t *to = OBJ_obj2nid(d->method) == NID_ad_OCSP ? &f->ocsp : &f->issuers;
        *to = uri_len(d->location);
    }
    AUTHORITY_INFO_ACCESS_free(aia);
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x, NID_crl_distribution_points, NULL, NULL);
    const DIST_POINT *first = sk_DIST_POINT_value(points, 0);
    if (first && first->distpoint && first->distpoint->type == 0)
        f->crl = uri_len(sk_GENERAL_NAME_value(first->distpoint->name.fullname, 0));
    CRL_DIST_POINTS_free(points);
}

static void read_statements(const X509 *x, struct fields *f)
{
    int at = X509_get_ext_by_NID(x, NID_qcStatements, -1);
    if (at < 0) return;
    const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(X509_get_ext(x, at));
    const unsigned char *p = ASN1_STRING_get0_data(v);
    ASN1_SEQUENCE_ANY *all = d2i_ASN1_SEQUENCE_ANY(NULL, &p, ASN1_STRING_length(v));
    f->qc_statements = (size_t)sk_ASN1_TYPE_num(all);
    sk_ASN1_TYPE_pop_free(all, ASN1_TYPE_free);
}

static struct fields openssl_fields(struct bytes der)
{
    struct fields f = {0};
    const unsigned char *p = der.p;
    X509 *x = d2i_X509(NULL, &p, (long)der.len);
    must(x, "d2i_X509");
    const ASN1_BIT_STRING *signature;
    struct tm begin, end;
    X509_get0_signature(&signature, NULL, x);
    f.signature = (size_t)ASN1_STRING_length(signature);
    f.serial = (size_t)ASN1_STRING_length(X509_get0_serialNumber(x));
    f.common_name = entry_len(X509_get_subject_name(x), NID_commonName);
    f.serial_number = entry_len(X509_get_subject_name(x), NID_serialNumber);
    f.has_dates = ASN1_TIME_to_tm(X509_get0_notBefore(x), &begin) &&
                  ASN1_TIME_to_tm(X509_get0_notAfter(x), &end);
    f.key_usage = X509_get_key_usage(x);
    f.is_ca = X509_get_extension_flags(x) & EXFLAG_CA;
    f.ski = (size_t)ASN1_STRING_length(X509_get0_subject_key_id(x));
    f.aki = (size_t)ASN1_STRING_length(X509_get0_authority_key_id(x));
    read_policies(x, &f);
    read_addresses(x, &f);
    read_statements(x, &f);
    EVP_PKEY *key = X509_get_pubkey(x);
    must(key, "X509_get_pubkey");
    f.key_bits = EVP_PKEY_get_bits(key);
    EVP_PKEY_free(key);
    X509_free(x);
    return f;
}

static void run_openssl(void *ctx, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct fields f = openssl_fields(buf_bytes(ctx));
        bench_keep(&f);
    }
}

static void run_mbedtls(void *ctx, size_t n)
{
    const struct buf *der = ctx;
    for (size_t i = 0; i < n; i++) {
        mbedtls_x509_crt crt;
        mbedtls_x509_crt_init(&crt);
        must(mbedtls_x509_crt_parse_der(&crt, der->p, der->len) == 0, "mbedtls_x509_crt_parse_der");
        bench_keep(&crt);
        mbedtls_x509_crt_free(&crt);
    }
}

/* Both must have read the same things, or the comparison says nothing. */
static void must_agree(struct bytes der)
{
    struct cert c;
    struct der_latch why = {0};
    must(cert_read(der, &c, &why), "cert_read");
    struct fields f = openssl_fields(der);
    must(f.common_name == c.common_name.len && f.serial_number == c.serial_number.len &&
             f.signature == c.signature.len && f.cps == c.cps.len && f.notice == c.notice.len &&
             f.ski == c.ski.len && f.aki == c.aki.len && f.ocsp == c.ocsp_url.len &&
             f.issuers == c.ca_issuers_url.len && f.crl == c.crl_url.len &&
             f.key_bits == (int)c.key_bits && f.is_ca == c.is_ca && f.has_dates &&
             f.policies == 1 && f.qc_statements > 0 && c.qc && f.key_usage & KU_NON_REPUDIATION,
         "OpenSSL and cert_read disagree");
}

static void compare(const char *kind, const char *path)
{
    own(buf) der = buf_max(65536);
    char name[96];
    must(file_read(path, &der) == OK, path);
    must_agree(buf_bytes(&der));
    const struct bench_job ours = {run_ours, &der}, openssl = {run_openssl, &der},
                           mbedtls = {run_mbedtls, &der};
    struct bench_pair t = bench_times(&ours, &openssl);
    (void)snprintf(name, sizeof name, "certificate view (%s) vs OpenSSL d2i_X509, same fields",
                   kind);
    bench_faster(name, t, 100);
    (void)snprintf(name, sizeof name, "certificate view (%s) vs mbedTLS x509_crt_parse_der", kind);
    bench_faster(name, bench_times(&ours, &mbedtls), 1);
    (void)snprintf(name, sizeof name, "certificate views (%s), million/s", kind);
    bench_at_least(name, 1e-6 / t.ours, 1.5);
}

#define BASE64_OCTETS (1u << 20)

static void run_encode(void *ctx, size_t n)
{
    const struct buf *data = ctx;
    own(buf) text = buf_max(2 * BASE64_OCTETS);
    for (size_t i = 0; i < n; i++) {
        buf_cut(&text, 0);
        base64_encode(&text, buf_bytes(data), 0);
        bench_keep(text.p);
    }
}

static void run_decode(void *ctx, size_t n)
{
    own(buf) data = buf_max(BASE64_OCTETS);
    for (size_t i = 0; i < n; i++) {
        buf_cut(&data, 0);
        must(base64_decode(&data, buf_bytes(ctx)), "base64_decode");
        bench_keep(data.p);
    }
}

static void run_evp_encode(void *ctx, size_t n)
{
    const struct buf *data = ctx;
    unsigned char *text = malloc(2 * BASE64_OCTETS);
    must(text, "memory");
    for (size_t i = 0; i < n; i++) {
        (void)EVP_EncodeBlock(text, data->p, (int)data->len);
        bench_keep(text);
    }
    free(text);
}

static void run_evp_decode(void *ctx, size_t n)
{
    const struct buf *text = ctx;
    unsigned char *data = malloc(2 * BASE64_OCTETS);
    must(data, "memory");
    for (size_t i = 0; i < n; i++) {
        must(EVP_DecodeBlock(data, text->p, (int)text->len) > 0, "EVP_DecodeBlock");
        bench_keep(data);
    }
    free(data);
}

static void compare_base64(void)
{
    own(buf) data = buf_max(BASE64_OCTETS), text = buf_max(2 * BASE64_OCTETS);
    for (uint32_t i = 0, v = 1; i < BASE64_OCTETS; i++, v = v * 1664525 + 1013904223)
        buf_byte(&data, (uint8_t)(v >> 24));
    base64_encode(&text, buf_bytes(&data), 0);
    const double megabytes = BASE64_OCTETS / 1e6;
    struct bench_pair e = bench_times(&(struct bench_job){run_encode, &data},
                                      &(struct bench_job){run_evp_encode, &data});
    bench_more("base64 encode vs EVP_EncodeBlock, MB/s", megabytes / e.ours, megabytes / e.peer, 1);
    bench_at_least("base64 encode, MB/s", megabytes / e.ours, 1000);
    struct bench_pair d = bench_times(&(struct bench_job){run_decode, &text},
                                      &(struct bench_job){run_evp_decode, &text});
    bench_more("base64 decode vs EVP_DecodeBlock, MB/s", megabytes / d.ours, megabytes / d.peer, 1);
    bench_at_least("base64 decode, MB/s", megabytes / d.ours, 1000);
}

int main(void)
{
    printf("# %s, mbed TLS %s\n", OpenSSL_version(OPENSSL_VERSION), MBEDTLS_VERSION_STRING);
    compare("RSA-2048", "fixtures/cert/rsa.der");
    compare("P-256", "fixtures/cert/p256.der");
    compare_base64();
    return 0;
}
