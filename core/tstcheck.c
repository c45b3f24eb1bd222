/* SPDX-License-Identifier: MIT */
#include "core/tstcheck.h"

#include <openssl/evp.h>

#include "core/algid.h"
#include "core/certext.h"

/* A verdict on its way: the first clause that was broken stands. */
struct verdict {
    enum tst_fault fault;
    const char *clause;
};

static bool blame(struct verdict *v, enum tst_fault fault, const char *clause)
{
    *v = (struct verdict){fault, clause};
    return false;
}

/* RFC 3161 2.3: one purpose, and critical. */
static bool for_time_stamps(const struct cert *c, struct verdict *v)
{
    static const char clause[] = "RFC 3161 2.3: not a certificate for time stamps alone";
    struct bytes value, oid;
    bool critical;
    if (!certext_find(c, OID_EXT_KEY_USAGE, &critical, &value) || !critical)
        return blame(v, TST_CERTIFICATE, clause);
    struct der d = der_of(value, NULL), in;
    enum oid id;
    bool alone = der_get(&d, DER_SEQUENCE, &in) && der_end(&d) && oid_get(&in, &oid, &id) &&
                 !der_more(&in) && id == OID_KP_TIME_STAMPING;
    return alone || blame(v, TST_CERTIFICATE, clause);
}

/* RFC 5035 4: the first ESSCertIDv2 names the signer's certificate by its hash. */
static bool named_v2(struct bytes attribute, struct bytes certificate)
{
    struct der d = der_of(attribute, NULL), signing, certs, one;
    struct bytes algorithm, hash;
    enum oid id = OID_SHA256; /* the default */
    enum digest_alg alg;
    struct digest want;
    return der_get(&d, DER_SEQUENCE, &signing) && der_get(&signing, DER_SEQUENCE, &certs) &&
           der_get(&certs, DER_SEQUENCE, &one) &&
           (!der_peek(&one, DER_SEQUENCE) || algid_get(&one, &algorithm, &id)) &&
           der_get_bytes(&one, DER_OCTET_STRING, &hash) && algid_hash(id, &alg) &&
           digest_of(alg, certificate, &want) && bytes_eq(hash, digest_bytes(&want));
}

/* RFC 2634 5.4.1: by SHA-1. It binds the certificate beside the signature's own SHA-2. */
static bool named_v1(struct bytes attribute, struct bytes certificate)
{
    struct der d = der_of(attribute, NULL), signing, certs, one;
    struct bytes hash;
    uint8_t want[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    return der_get(&d, DER_SEQUENCE, &signing) && der_get(&signing, DER_SEQUENCE, &certs) &&
           der_get(&certs, DER_SEQUENCE, &one) && der_get_bytes(&one, DER_OCTET_STRING, &hash) &&
           EVP_Digest(certificate.p, certificate.len, want, &len, EVP_sha1(), NULL) == 1 &&
           bytes_eq(hash, bytes_of(want, len));
}

static bool names_signer(const struct tst *t, struct verdict *v)
{
    if (t->ess_v2.len > 0)
        return named_v2(t->ess_v2, t->signer) ||
               blame(v, TST_CERTIFICATE, "RFC 5816 2.2.1: another certificate is named");
    if (t->ess_v1.len > 0)
        return named_v1(t->ess_v1, t->signer) ||
               blame(v, TST_CERTIFICATE, "RFC 3161 2.4.2: another certificate is named");
    return blame(v, TST_CERTIFICATE, "RFC 3161 2.4.2: no signing certificate is named");
}

/* RFC 5652 11.1, 11.2 */
static bool binds_content(const struct tst *t, enum digest_alg alg, struct verdict *v)
{
    struct der type = der_of(t->content_type, NULL), digest = der_of(t->message_digest, NULL);
    struct bytes oid, hash;
    struct digest have;
    if (!der_get_oid(&type, &oid) || !oid_is(oid, OID_TST_INFO))
        return blame(v, TST_CONTENT, "RFC 5652 11.1: contentType is not TSTInfo");
    if (!der_get_bytes(&digest, DER_OCTET_STRING, &hash) || !digest_of(alg, t->info, &have) ||
        !bytes_eq(hash, digest_bytes(&have)))
        return blame(v, TST_CONTENT, "RFC 5652 11.2: messageDigest differs");
    return true;
}

/* RFC 5652 5.4: what is hashed is the attributes as a SET OF, not with the tag [0] they have. */
static bool digest_attributes(const struct tst *t, enum digest_alg alg, struct digest *out)
{
    own(buf) set = buf_max(t->attributes.len + 16);
    der_put(&set, DER_SET, t->attributes);
    return buf_ok(&set) && digest_of(alg, buf_bytes(&set), out);
}

static bool signed_by(const struct tst *t, const struct cert *c, enum sig_alg alg,
                      struct verdict *v)
{
    struct digest d;
    own(buf) fixed = buf_max(256);
    struct bytes value = t->signature;
    own_ptr(pubkey) key = pubkey_of_spki(c->spki);
    if (!key || !sig_alg_fits(alg, pubkey_type(key)))
        return blame(v, TST_ALGORITHM, "RFC 5652 5.6: the key does not fit the algorithm");
    if (pubkey_type(key) != KEY_RSA) {
        if (!pubkey_rs_of_der(key, value, &fixed))
            return blame(v, TST_SIGNATURE, "RFC 3279 2.2.3: not an ECDSA value");
        value = buf_bytes(&fixed);
    }
    bool good = digest_attributes(t, sig_alg_digest(alg), &d) && pubkey_check(key, alg, &d, value);
    return good || blame(v, TST_SIGNATURE, "RFC 5652 5.6: the signature value is wrong");
}

enum tst_fault tst_check(const struct tst *t, const char **clause)
{
    struct verdict v = {TST_GOOD, NULL};
    struct cert c;
    struct der_latch why = {0};
    enum sig_alg alg;
    if (t->signer.len == 0)
        (void)blame(&v, TST_NO_CERTIFICATE, "RFC 3161 2.4.1: the TSA's certificate is missing");
    else if (!cert_read(t->signer, &c, &why))
        (void)blame(&v, TST_CERTIFICATE, why.clause);
    else if (!algid_signature(t->signature_algorithm, t->digest_algorithm, &alg))
        (void)blame(&v, TST_ALGORITHM, "ETSI TS 119 312: an unknown or weak algorithm");
    else
        (void)(for_time_stamps(&c, &v) && names_signer(t, &v) &&
               binds_content(t, sig_alg_digest(alg), &v) && signed_by(t, &c, alg, &v));
    *clause = v.clause;
    return v.fault;
}
