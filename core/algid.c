/* SPDX-License-Identifier: MIT */
#include "core/algid.h"

static const struct {
    enum oid oid;
    enum digest_alg alg;
} hashes[] = {
    {OID_SHA256, DIGEST_SHA256}, {OID_SHA384, DIGEST_SHA384}, {OID_SHA512, DIGEST_SHA512}};

bool algid_hash(enum oid o, enum digest_alg *out)
{
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++) {
        if (hashes[i].oid != o) continue;
        *out = hashes[i].alg;
        return true;
    }
    return false;
}

bool algid_get(struct der *d, struct bytes *content, enum oid *id)
{
    struct der in;
    struct bytes oid;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    *content = in.in;
    return oid_get(&in, &oid, id) &&
           (!der_more(&in) || (der_get_any(&in, NULL, NULL, NULL) && der_end(&in)));
}

void algid_put_hash(struct buf *out, enum digest_alg alg)
{
    size_t seq = der_put_open(out, DER_SEQUENCE);
    for (size_t i = 0; i < sizeof hashes / sizeof *hashes; i++)
        if (hashes[i].alg == alg) der_put(out, DER_OID, oid_content(hashes[i].oid));
    der_put(out, DER_NULL, bytes_of(NULL, 0));
    der_put_close(out, seq);
}

/* ---- signatures ---- */

/* RFC 4055 3.1, with the one set of parameters that XMLDSig has too (core/pubkey.h). */
static bool pss_parameters(struct der *d, enum digest_alg alg)
{
    static const uint8_t mgf1[] = {0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08};
    struct der in, hash, mask, function, salt;
    struct bytes content, oid;
    enum oid id, mask_id;
    enum digest_alg named, mask_named;
    uint64_t len;
    return der_get(d, DER_SEQUENCE, &in) && der_get(&in, DER_CONTEXT_CONS(0), &hash) &&
           algid_get(&hash, &content, &id) && der_get(&in, DER_CONTEXT_CONS(1), &mask) &&
           der_get(&mask, DER_SEQUENCE, &function) && der_get_oid(&function, &oid) &&
           bytes_eq(oid, bytes_of(mgf1, sizeof mgf1)) && algid_get(&function, &content, &mask_id) &&
           der_get(&in, DER_CONTEXT_CONS(2), &salt) && der_get_uint(&salt, &len) &&
           algid_hash(id, &named) && algid_hash(mask_id, &mask_named) && named == alg &&
           mask_named == alg && len == digest_len(alg);
}

static const struct {
    enum oid oid;
    int digest;         /* -1: the one that digestAlgorithm names */
    enum sig_alg first; /* of the family, with SHA-256; SHA-384 and SHA-512 follow it */
} signatures[] = {
    {OID_RSA_ENCRYPTION, -1, SIG_RSA_SHA256},
    {OID_RSA_SHA256, DIGEST_SHA256, SIG_RSA_SHA256},
    {OID_RSA_SHA384, DIGEST_SHA384, SIG_RSA_SHA256},
    {OID_RSA_SHA512, DIGEST_SHA512, SIG_RSA_SHA256},
    {OID_RSA_PSS, -1, SIG_PSS_SHA256},
    {OID_ECDSA_SHA256, DIGEST_SHA256, SIG_ECDSA_SHA256},
    {OID_ECDSA_SHA384, DIGEST_SHA384, SIG_ECDSA_SHA256},
    {OID_ECDSA_SHA512, DIGEST_SHA512, SIG_ECDSA_SHA256},
};

bool algid_signature(struct bytes signature_algorithm, struct bytes digest_algorithm,
                     enum sig_alg *out)
{
    struct der digest = der_of(digest_algorithm, NULL);
    struct der signature = der_of(signature_algorithm, NULL);
    struct bytes oid;
    enum oid digest_id, id;
    enum digest_alg alg;
    if (!oid_get(&digest, &oid, &digest_id) || !algid_hash(digest_id, &alg) ||
        !oid_get(&signature, &oid, &id))
        return false;
    for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
        if (signatures[i].oid != id) continue;
        if (signatures[i].digest >= 0 && signatures[i].digest != (int)alg) return false;
        *out = (enum sig_alg)((int)signatures[i].first + (int)alg);
        return id != OID_RSA_PSS || pss_parameters(&signature, alg);
    }
    return false;
}
