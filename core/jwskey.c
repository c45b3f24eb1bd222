/* SPDX-License-Identifier: MIT */
#include "core/jwskey.h"

#include "core/der.h"

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#define P256_FIELD 32 /* octets of R and of S */

struct jwskey {
    EVP_PKEY *pkey;
    enum jws_alg alg;
};

const char *jws_alg_name(enum jws_alg a)
{
    static const char *const names[JWS_ALG_COUNT] = {"RS256", "ES256", "EdDSA"};
    return names[a];
}

void jwskey_free(struct jwskey *k)
{
    if (!k) return;
    EVP_PKEY_free(k->pkey);
    free(k);
}

enum jws_alg jwskey_alg(const struct jwskey *k)
{
    return k->alg;
}

/* ---- reading ---- */

static bool is_p256(EVP_PKEY *pkey)
{
    char group[32];
    size_t n;
    return EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

/* RFC 7518 3.3: RSA of 2048 bits or more; the upper bound is ours, as everywhere in this house. */
static bool alg_of(EVP_PKEY *pkey, enum jws_alg *out)
{
    const int id = EVP_PKEY_get_base_id(pkey), bits = EVP_PKEY_get_bits(pkey);
    if (id == EVP_PKEY_RSA && bits >= 2048 && bits <= 8192) return *out = JWS_RS256, true;
    if (id == EVP_PKEY_EC && is_p256(pkey)) return *out = JWS_ES256, true;
    if (id == EVP_PKEY_ED25519) return *out = JWS_EDDSA, true;
    return false;
}

/* key_of takes over `pkey`, NULL when none could be read. */
static err_t key_of(EVP_PKEY *pkey, struct jwskey **out)
{
    own_ptr(jwskey) k = calloc(1, sizeof *k);
    if (!k) {
        EVP_PKEY_free(pkey);
        return err_raise(ERR_STORAGE_FULL);
    }
    k->pkey = pkey;
    if (!pkey || !alg_of(pkey, &k->alg)) return err_raise(ERR_SETTING_INVALID);
    *out = give(k);
    return OK;
}

static size_t count(struct bytes text, const char *words)
{
    size_t n = 0;
    while (text.len) {
        const uint8_t *at = memmem(text.p, text.len, words, strlen(words));
        if (!at) break;
        n++;
        text = bytes_sub(text, (size_t)(at - text.p) + 1, text.len);
    }
    return n;
}

err_t jwskey_of_pem(struct bytes pem, struct jwskey **out)
{
    if (pem.len > JWSKEY_MAX_PEM || count(pem, "-----BEGIN ") != 1 ||
        count(pem, "-----BEGIN PUBLIC KEY-----") != 1)
        return err_raise(ERR_SETTING_INVALID);
    BIO *in = BIO_new_mem_buf(pem.p, (int)pem.len);
    EVP_PKEY *pkey = in ? PEM_read_bio_PUBKEY(in, NULL, NULL, NULL) : NULL;
    (void)BIO_free(in);
    return key_of(pkey, out);
}

/* Never asks: a key behind a pass phrase is refused. */
static int no_phrase(char *room, int size, int writing, void *ctx)
{
    (void)room, (void)size, (void)writing, (void)ctx;
    return -1;
}

err_t jwskey_private(struct bytes pem, struct jwskey **out)
{
    if (pem.len == 0 || pem.len > JWSKEY_MAX_PEM) return err_raise(ERR_SETTING_INVALID);
    BIO *in = BIO_new_mem_buf(pem.p, (int)pem.len);
    EVP_PKEY *pkey = in ? PEM_read_bio_PrivateKey(in, NULL, no_phrase, NULL) : NULL;
    (void)BIO_free(in);
    return key_of(pkey, out);
}

/* ---- checking ---- */

static const EVP_MD *md_of(enum jws_alg a)
{
    return a == JWS_EDDSA ? NULL : EVP_sha256(); /* RFC 8032 hashes for itself */
}

/* OpenSSL takes ECDSA values as DER. */
static bool der_of_rs(struct bytes rs, struct buf *der)
{
    if (rs.len != (size_t)2 * P256_FIELD) return false;
    size_t seq = der_put_open(der, DER_SEQUENCE);
    der_put_integer(der, bytes_sub(rs, 0, P256_FIELD));
    der_put_integer(der, bytes_sub(rs, P256_FIELD, P256_FIELD));
    der_put_close(der, seq);
    return buf_ok(der);
}

bool jwskey_check(const struct jwskey *k, struct bytes input, struct bytes signature)
{
    own(buf) der = buf_max(2 * P256_FIELD + 16);
    if (signature.len == 0 || signature.len > JWSKEY_SIGNATURE) return false;
    if (k->alg == JWS_ES256) {
        if (!der_of_rs(signature, &der)) return false;
        signature = buf_bytes(&der);
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, md_of(k->alg), NULL, k->pkey) == 1 &&
                EVP_DigestVerify(ctx, signature.p, signature.len, input.p, input.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

/* ---- signing ---- */

static bool rs_of_der(const uint8_t *der, size_t len, uint8_t rs[2 * P256_FIELD])
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool good = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), rs, P256_FIELD) == P256_FIELD &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), rs + P256_FIELD, P256_FIELD) == P256_FIELD;
    ECDSA_SIG_free(sig);
    return good;
}

static bool raw_sign(const struct jwskey *k, struct bytes input, uint8_t *out, size_t *len)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx && EVP_DigestSignInit(ctx, NULL, md_of(k->alg), NULL, k->pkey) == 1 &&
                EVP_DigestSign(ctx, out, len, input.p, input.len) == 1;
    EVP_MD_CTX_free(ctx);
    return good;
}

err_t jwskey_sign(const struct jwskey *k, struct bytes input, struct buf *signature)
{
    uint8_t raw[JWSKEY_SIGNATURE], rs[2 * P256_FIELD];
    size_t len = sizeof raw;
    if (!raw_sign(k, input, raw, &len)) return err_raise(ERR_INTERNAL);
    if (k->alg != JWS_ES256) {
        buf_add(signature, bytes_of(raw, len));
    } else {
        if (!rs_of_der(raw, len, rs)) return err_raise(ERR_INTERNAL);
        buf_add(signature, bytes_of(rs, sizeof rs));
    }
    return buf_ok(signature) ? OK : err_raise(ERR_STORAGE_FULL);
}

/* ---- making ---- */

/* A secure heap is not asked for: the caller's buffer is no better. */
static bool write_pem(EVP_PKEY *pkey, struct buf *pem)
{
    char *text = NULL;
    BIO *out = BIO_new(BIO_s_mem());
    bool good = out && PEM_write_bio_PKCS8PrivateKey(out, pkey, NULL, NULL, 0, NULL, NULL) == 1;
    const long n = good ? BIO_get_mem_data(out, &text) : 0;
    if (n > 0) {
        buf_add(pem, bytes_of(text, (size_t)n));
        OPENSSL_cleanse(text, (size_t)n);
    }
    (void)BIO_free(out);
    return n > 0;
}

err_t jwskey_make(struct buf *pem)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    const bool good = pkey && write_pem(pkey, pem);
    EVP_PKEY_free(pkey);
    if (!good) return err_raise(ERR_INTERNAL);
    return buf_ok(pem) ? OK : err_raise(ERR_STORAGE_FULL);
}

err_t jwskey_public(const struct jwskey *k, struct buf *der)
{
    uint8_t *spki = NULL;
    const int n = i2d_PUBKEY(k->pkey, &spki);
    if (n > 0) buf_add(der, bytes_of(spki, (size_t)n));
    OPENSSL_free(spki);
    if (n <= 0) return err_raise(ERR_INTERNAL);
    return buf_ok(der) ? OK : err_raise(ERR_STORAGE_FULL);
}
