/* SPDX-License-Identifier: MIT */
#include "core/pubkey.h"

#include "core/oid.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

enum family { FAMILY_RSA, FAMILY_PSS, FAMILY_ECDSA };

static const struct {
    enum family family;
    enum digest_alg digest;
} algs[SIG_KNOWN] = {
    [SIG_RSA_SHA256] = {FAMILY_RSA, DIGEST_SHA256},
    [SIG_RSA_SHA384] = {FAMILY_RSA, DIGEST_SHA384},
    [SIG_RSA_SHA512] = {FAMILY_RSA, DIGEST_SHA512},
    [SIG_PSS_SHA256] = {FAMILY_PSS, DIGEST_SHA256},
    [SIG_PSS_SHA384] = {FAMILY_PSS, DIGEST_SHA384},
    [SIG_PSS_SHA512] = {FAMILY_PSS, DIGEST_SHA512},
    [SIG_ECDSA_SHA256] = {FAMILY_ECDSA, DIGEST_SHA256},
    [SIG_ECDSA_SHA384] = {FAMILY_ECDSA, DIGEST_SHA384},
    [SIG_ECDSA_SHA512] = {FAMILY_ECDSA, DIGEST_SHA512},
    [SIG_RSA_SHA1] = {FAMILY_RSA, DIGEST_SHA1},
    [SIG_ECDSA_SHA1] = {FAMILY_ECDSA, DIGEST_SHA1},
};

static const struct {
    enum oid oid;
    enum key_type type;
    const char *group;
    size_t field; /* octets of one coordinate */
} curves[] = {
    {OID_P256, KEY_P256, "P-256", 32},
    {OID_P384, KEY_P384, "P-384", 48},
    {OID_P521, KEY_P521, "P-521", 66},
};
#define N_CURVES (sizeof curves / sizeof *curves)

enum digest_alg sig_alg_digest(enum sig_alg a)
{
    return algs[a].digest;
}

bool sig_alg_fits(enum sig_alg a, enum key_type k)
{
    return k != KEY_UNKNOWN && (algs[a].family == FAMILY_ECDSA) == (k != KEY_RSA);
}

bool sig_alg_for_key(enum key_type k, enum sig_alg *out)
{
    static const int by_type[] = {
        [KEY_UNKNOWN] = -1,
        [KEY_RSA] = SIG_RSA_SHA256,
        [KEY_P256] = SIG_ECDSA_SHA256,
        [KEY_P384] = SIG_ECDSA_SHA384,
        [KEY_P521] = SIG_ECDSA_SHA512,
    };
    if (by_type[k] < 0) return false;
    *out = (enum sig_alg)by_type[k];
    return true;
}

struct pubkey {
    EVP_PKEY *pkey;
    enum key_type type;
    size_t field; /* EC: octets of r and of s */
};

void pubkey_free(struct pubkey *k)
{
    if (!k) return;
    EVP_PKEY_free(k->pkey);
    free(k);
}

enum key_type pubkey_type(const struct pubkey *k)
{
    return k->type;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *pkey = NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (ctx && EVP_PKEY_fromdata_init(ctx) == 1)
        (void)EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

/* OSSL_PARAM integers are in the machine's own order. */
static bool native_order(struct bytes big_endian, uint8_t *out, size_t cap, size_t *len)
{
    while (big_endian.len > 0 && big_endian.p[0] == 0)
        big_endian = bytes_sub(big_endian, 1, big_endian.len);
    if (big_endian.len == 0 || big_endian.len > cap) return false;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (size_t i = 0; i < big_endian.len; i++) out[i] = big_endian.p[big_endian.len - 1 - i];
#else
    memcpy(out, big_endian.p, big_endian.len);
#endif
    *len = big_endian.len;
    return true;
}

/* RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER } (RFC 8017 A.1.1) */
static EVP_PKEY *rsa_of(struct der *key)
{
    struct der seq;
    struct bytes n, e;
    uint8_t n_native[1024], e_native[64]; /* RSA-8192 */
    size_t n_len, e_len;
    if (!(der_get(key, DER_SEQUENCE, &seq) && der_end(key) && der_get_integer(&seq, &n) &&
          der_get_integer(&seq, &e) && der_end(&seq)))
        return NULL;
    if (n.p[0] & 0x80 || e.p[0] & 0x80 || !(n.p[n.len - 1] & 1) || !(e.p[e.len - 1] & 1))
        return NULL;
    if (!native_order(n, n_native, sizeof n_native, &n_len) || n_len < 128) return NULL;
    if (!native_order(e, e_native, sizeof e_native, &e_len)) return NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, n_native, n_len),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e_native, e_len),
        OSSL_PARAM_construct_end(),
    };
    return from_params("RSA", params);
}

static EVP_PKEY *ec_of(struct bytes point, size_t curve)
{
    /* EVP_PKEY_fromdata checks that the point is on the curve; it wants writable octets. */
    uint8_t copy[1 + 2 * 66];
    char group[8];
    if (point.len != 1 + 2 * curves[curve].field || point.p[0] != 4) return NULL;
    memcpy(copy, point.p, point.len);
    memcpy(group, curves[curve].group, strlen(curves[curve].group) + 1);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, point.len),
        OSSL_PARAM_construct_end(),
    };
    return from_params("EC", params);
}

static bool fill(struct pubkey *k, enum oid alg, struct der *params, struct bytes bits)
{
    if (alg == OID_RSA_ENCRYPTION || alg == OID_RSA_PSS) {
        struct der_latch latch = {0};
        struct der key = der_of(bits, &latch);
        k->type = KEY_RSA;
        k->pkey = rsa_of(&key);
        return k->pkey != NULL;
    }
    struct bytes named;
    if (alg != OID_EC_PUBLIC_KEY || !der_get_oid(params, &named)) return false;
    for (size_t i = 0; i < N_CURVES; i++) {
        if (!oid_is(named, curves[i].oid)) continue;
        k->type = curves[i].type;
        k->field = curves[i].field;
        k->pkey = ec_of(bits, i);
    }
    return k->pkey != NULL;
}

struct pubkey *pubkey_of_spki(struct bytes spki)
{
    struct der_latch latch = {0};
    struct der d = der_of(spki, &latch), seq, alg;
    struct bytes oid, bits;
    unsigned unused;
    if (!(der_get(&d, DER_SEQUENCE, &seq) && der_end(&d) && der_get(&seq, DER_SEQUENCE, &alg) &&
          der_get_oid(&alg, &oid) && der_get_bits(&seq, &bits, &unused) && unused == 0 &&
          der_end(&seq)))
        return NULL;
    own_ptr(pubkey) k = calloc(1, sizeof *k);
    if (!k || !fill(k, oid_of(oid), &alg, bits)) return NULL;
    return give(k);
}

/* OpenSSL takes ECDSA values as DER; XMLDSig and PKCS#11 give r‖s (RFC 4050 3.3). */
static bool der_of_rs(struct bytes rs, size_t field, struct buf *out)
{
    if (rs.len != 2 * field) return false;
    size_t seq = der_put_open(out, DER_SEQUENCE);
    der_put_integer(out, bytes_sub(rs, 0, field));
    der_put_integer(out, bytes_sub(rs, field, field));
    der_put_close(out, seq);
    return buf_ok(out);
}

static bool put_fixed(struct bytes integer, size_t field, struct buf *out)
{
    if (integer.p[0] & 0x80) return false;
    if (integer.p[0] == 0) integer = bytes_sub(integer, 1, integer.len);
    if (integer.len > field) return false;
    for (size_t i = integer.len; i < field; i++) buf_byte(out, 0);
    buf_add(out, integer);
    return buf_ok(out);
}

bool pubkey_rs_of_der(const struct pubkey *k, struct bytes der, struct buf *out)
{
    struct der d = der_of(der, NULL), in;
    struct bytes r, s;
    return k->type != KEY_RSA && der_get(&d, DER_SEQUENCE, &in) && der_end(&d) &&
           der_get_integer(&in, &r) && der_get_integer(&in, &s) && der_end(&in) &&
           put_fixed(r, k->field, out) && put_fixed(s, k->field, out);
}

static bool set_padding(EVP_PKEY_CTX *ctx, enum family f, const EVP_MD *md)
{
    if (f == FAMILY_ECDSA) return true;
    if (f == FAMILY_RSA) return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) == 1;
}

bool pubkey_check(struct pubkey *k, enum sig_alg a, const struct digest *d, struct bytes sig)
{
    if (!sig_alg_fits(a, k->type) || d->alg != algs[a].digest || sig.len == 0) return false;
    own(buf) der = buf_max(256);
    if (algs[a].family == FAMILY_ECDSA) {
        if (!der_of_rs(sig, k->field, &der)) return false;
        sig = buf_bytes(&der);
    } else if (sig.len != (size_t)EVP_PKEY_get_size(k->pkey)) {
        return false; /* RFC 8017 8.2.2 step 1 */
    }
    static const EVP_MD *(*const md_of[DIGEST_KNOWN])(void) = {EVP_sha256, EVP_sha384, EVP_sha512,
                                                               EVP_sha1};
    const EVP_MD *md = md_of[d->alg]();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->pkey, NULL);
    bool good = ctx && EVP_PKEY_verify_init(ctx) == 1 && set_padding(ctx, algs[a].family, md) &&
                EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
                EVP_PKEY_verify(ctx, sig.p, sig.len, d->v, d->len) == 1;
    EVP_PKEY_CTX_free(ctx);
    return good;
}
