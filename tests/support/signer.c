/* SPDX-License-Identifier: MIT */
#include "tests/support/signer.h"

#include <stdio.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

struct signer {
    EVP_PKEY *key;
    enum key_type type;
    uint8_t *der;
    size_t der_len;
    char *pem;
};

static void must(bool done, const char *what)
{
    if (done) return;
    (void)fprintf(stderr, "signer: %s failed\n", what);
    abort();
}
#define MUST(call) must((call), #call)

static EVP_PKEY *make_key(enum key_type type)
{
    switch (type) {
    case KEY_RSA:
        return EVP_RSA_gen(2048);
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_P521:
        return EVP_EC_gen("P-521");
    case KEY_UNKNOWN:
        break;
    }
    return NULL;
}

static void set_serial(X509 *x)
{
    static const uint8_t serial[20] = {0x7f, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10, 0x0f,
                                       0x1e, 0x2d, 0x3c, 0x4b, 0x5a, 0x69, 0x78, 0x87, 0x96, 0xa5};
    BIGNUM *n = BN_bin2bn(serial, sizeof serial, NULL);
    MUST(n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x)));
    BN_free(n);
}

static void set_name(X509 *x)
{
    static const struct {
        const char *type, *value;
    } parts[] = {{"C", "TR"},
                 {"O", "Türkiye Bilimsel & Teknolojik <Araştırma>, Kurumu \"TÜBİTAK\""},
                 {"serialNumber", "10000000146"},
                 {"CN", "Ayşe Yılmaz + Oğlu; #1"}};
    X509_NAME *name = X509_get_subject_name(x);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        MUST(X509_NAME_add_entry_by_txt(name, parts[i].type, MBSTRING_UTF8,
                                        (const uint8_t *)parts[i].value, -1, -1, 0) == 1);
    MUST(X509_set_issuer_name(x, name) == 1);
}

static X509 *make_certificate(EVP_PKEY *key)
{
    X509 *x = X509_new();
    MUST(x && X509_set_version(x, X509_VERSION_3) == 1);
    set_serial(x);
    set_name(x);
    MUST(X509_gmtime_adj(X509_getm_notBefore(x), -86400L) != NULL);
    MUST(X509_gmtime_adj(X509_getm_notAfter(x), 86400L * 365) != NULL);
    MUST(X509_set_pubkey(x, key) == 1);
    MUST(X509_sign(x, key, EVP_sha256()) > 0);
    return x;
}

static char *to_pem(X509 *x)
{
    BIO *mem = BIO_new(BIO_s_mem());
    MUST(mem && PEM_write_bio_X509(mem, x) == 1);
    char *text;
    size_t len = (size_t)BIO_get_mem_data(mem, &text);
    char *pem = strndup(text, len);
    BIO_free(mem);
    MUST(pem != NULL);
    return pem;
}

struct signer *signer_new(enum key_type type)
{
    struct signer *s = calloc(1, sizeof *s);
    MUST(s != NULL);
    s->type = type;
    s->key = make_key(type);
    MUST(s->key != NULL);
    X509 *x = make_certificate(s->key);
    int len = i2d_X509(x, &s->der);
    MUST(len > 0);
    s->der_len = (size_t)len;
    s->pem = to_pem(x);
    X509_free(x);
    return s;
}

void signer_free(struct signer *s)
{
    if (!s) return;
    EVP_PKEY_free(s->key);
    OPENSSL_free(s->der);
    free(s->pem);
    free(s);
}

struct bytes signer_certificate(const struct signer *s)
{
    return bytes_of(s->der, s->der_len);
}

const char *signer_pem(const struct signer *s)
{
    return s->pem;
}

static bool is_pss(enum sig_alg a)
{
    return a == SIG_PSS_SHA256 || a == SIG_PSS_SHA384 || a == SIG_PSS_SHA512;
}

/* r‖s, each as wide as the curve's order (XMLDSig 1.1 6.4.3). */
static size_t fixed_width(const uint8_t *der, size_t len, int width, uint8_t *value)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    MUST(sig != NULL);
    MUST(BN_bn2binpad(ECDSA_SIG_get0_r(sig), value, width) == width);
    MUST(BN_bn2binpad(ECDSA_SIG_get0_s(sig), value + width, width) == width);
    ECDSA_SIG_free(sig);
    return (size_t)width * 2;
}

size_t signer_sign(const struct signer *s, enum sig_alg alg, const struct digest *d,
                   uint8_t value[SIGNER_MAX_VALUE])
{
    uint8_t raw[SIGNER_MAX_VALUE];
    size_t len = sizeof raw;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(s->key, NULL);
    MUST(ctx && EVP_PKEY_sign_init(ctx) == 1);
    MUST(EVP_PKEY_CTX_set_signature_md(ctx, EVP_get_digestbyname(digest_name(d->alg))) == 1);
    if (s->type == KEY_RSA) {
        MUST(EVP_PKEY_CTX_set_rsa_padding(ctx, is_pss(alg) ? RSA_PKCS1_PSS_PADDING
                                                           : RSA_PKCS1_PADDING) == 1);
        if (is_pss(alg)) MUST(EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
    }
    MUST(EVP_PKEY_sign(ctx, raw, &len, d->v, d->len) == 1);
    EVP_PKEY_CTX_free(ctx);
    if (s->type != KEY_RSA)
        return fixed_width(raw, len, (EVP_PKEY_get_bits(s->key) + 7) / 8, value);
    memcpy(value, raw, len);
    return len;
}
