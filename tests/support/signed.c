/* SPDX-License-Identifier: MIT */
#include "tests/support/signed.h"

#include <stdio.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/file.h"

struct leaf {
    struct buf der;
    EVP_PKEY *key;
    struct cert cert;
};

static void must(bool done, const char *what)
{
    if (done) return;
    (void)fprintf(stderr, "signed: %s failed\n", what);
    abort();
}
#define MAX_DEPTH  256
#define MAX_OCTETS (1u << 24)

#define MUST(call) must((call), #call)

struct leaf *leaf_load(const char *dir, const char *name)
{
    char path[1024];
    struct der_latch why = {0};
    struct leaf *l = calloc(1, sizeof *l);
    MUST(l != NULL);
    l->der = buf_max(65536);
    (void)snprintf(path, sizeof path, "%s/%s.der", dir, name);
    MUST(file_read(path, &l->der) == OK);
    MUST(cert_read(buf_bytes(&l->der), &l->cert, &why));
    (void)snprintf(path, sizeof path, "%s/%s.key", dir, name);
    FILE *f = fopen(path, "re");
    MUST(f != NULL);
    l->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    MUST(l->key != NULL);
    return l;
}

void leaf_free(struct leaf *l)
{
    if (!l) return;
    buf_free(&l->der);
    EVP_PKEY_free(l->key);
    free(l);
}

struct bytes leaf_certificate(const struct leaf *l)
{
    return buf_bytes(&l->der);
}

/* r‖s, each as wide as the curve's order (XMLDSig 1.1 6.4.3). */
static void add_fixed_width(const uint8_t *der, size_t len, int width, struct buf *value)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    uint8_t *room = buf_reserve(value, (size_t)width * 2);
    MUST(sig && room);
    MUST(BN_bn2binpad(ECDSA_SIG_get0_r(sig), room, width) == width);
    MUST(BN_bn2binpad(ECDSA_SIG_get0_s(sig), room + width, width) == width);
    buf_commit(value, (size_t)width * 2);
    ECDSA_SIG_free(sig);
}

void leaf_sign(const struct leaf *l, const struct digest *d, struct buf *value)
{
    uint8_t raw[1024];
    size_t len = sizeof raw;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(l->key, NULL);
    MUST(ctx && EVP_PKEY_sign_init(ctx) == 1);
    MUST(EVP_PKEY_CTX_set_signature_md(ctx, EVP_get_digestbyname(digest_name(d->alg))) == 1);
    MUST(EVP_PKEY_sign(ctx, raw, &len, d->v, d->len) == 1);
    EVP_PKEY_CTX_free(ctx);
    if (l->cert.key_type == KEY_RSA)
        buf_add(value, bytes_of(raw, len));
    else
        add_fixed_width(raw, len, (EVP_PKEY_get_bits(l->key) + 7) / 8, value);
}

void signed_make(const struct leaf *l, enum xades_profile profile, enum xades_packaging packaging,
                 const struct xades_document *documents, size_t n, struct buf *file)
{
    signed_make_at(l, profile, packaging, documents, n, utc_now(), file);
}

void signed_make_at(const struct leaf *l, enum xades_profile profile,
                    enum xades_packaging packaging, const struct xades_document *documents,
                    size_t n, utc_t time, struct buf *file)
{
    struct xades_request r = {
        .profile = profile,
        .packaging = packaging,
        .commitment = XADES_PROOF_OF_APPROVAL,
        .documents = documents,
        .n_documents = n,
        .certificate = leaf_certificate(l),
        .signing_time = time,
        .utc_offset_minutes = UTC_TURKEY_MINUTES,
        .id = {0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
               (uint8_t)profile},
        .max_xml_depth = MAX_DEPTH,
        .max_xml_octets = MAX_OCTETS,
    };
    own_ptr(xades_job) job = NULL;
    own(buf) value = buf_max(1024);
    struct xades_why why = {0};
    MUST(sig_alg_for_key(l->cert.key_type, &r.alg));
    MUST(xades_prepare(&r, &job, &why) == OK);
    leaf_sign(l, xades_signed_info_digest(job), &value);
    MUST(xades_finish(job, buf_bytes(&value), file) == OK);
}

struct xades_report *signed_judge(struct xades_verification q)
{
    struct xades_report *r = NULL;
    struct xades_why why = {0};
    q.max_xml_depth = MAX_DEPTH;
    q.max_xml_octets = MAX_OCTETS;
    MUST(xades_verify(&q, &r, &why) == OK);
    return r;
}

struct trust *signed_trust(const char *dir)
{
    struct trust *t = NULL;
    own(buf) path = buf_max(1024);
    buf_fmt(&path, "%s/trust", dir);
    MUST(buf_ok(&path) && trust_load(buf_cstr(&path), &t) == OK);
    return t;
}
