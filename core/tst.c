/* SPDX-License-Identifier: MIT */
#include "core/tst.h"

#include "core/algid.h"
#include "core/cert.h"

/* ---- asking ---- */

void tst_query(struct buf *out, const struct digest *imprint, struct bytes policy,
               const uint8_t nonce[TST_NONCE])
{
    static const uint8_t one[] = {1}, yes[] = {0xff};
    size_t query = der_put_open(out, DER_SEQUENCE);
    der_put_integer(out, bytes_of(one, sizeof one));
    size_t seq = der_put_open(out, DER_SEQUENCE);
    algid_put_hash(out, imprint->alg);
    der_put(out, DER_OCTET_STRING, digest_bytes(imprint));
    der_put_close(out, seq);
    if (policy.len > 0) der_put(out, DER_OID, policy);
    der_put_integer(out, bytes_of(nonce, TST_NONCE));
    der_put(out, DER_BOOLEAN, bytes_of(yes, sizeof yes));
    der_put_close(out, query);
}

/* PKIFailureInfo's bits that RFC 3161 2.4.2 knows. */
static const struct {
    unsigned bit;
    const char *name;
} failures[] = {{0, "badAlg"},
                {2, "badRequest"},
                {5, "badDataFormat"},
                {14, "timeNotAvailable"},
                {15, "unacceptedPolicy"},
                {16, "unacceptedExtension"},
                {17, "addInfoNotAvailable"},
                {25, "systemFailure"}};

static const char *failure_of(struct bytes bits)
{
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        size_t at = failures[i].bit / 8;
        if (at < bits.len && bits.p[at] & 0x80u >> failures[i].bit % 8) return failures[i].name;
    }
    return "";
}

/* PKIStatusInfo: { status INTEGER, statusString OPTIONAL, failInfo BIT STRING OPTIONAL } */
static bool get_status(struct der *d, struct tst_refusal *out)
{
    struct der in, text;
    uint64_t status;
    bool there;
    if (!der_get(d, DER_SEQUENCE, &in) || !der_get_uint(&in, &status) ||
        !der_opt(&in, DER_SEQUENCE, &text, &there))
        return false;
    out->status = status < 100 ? (unsigned)status : 100;
    out->failure = "";
    if (der_peek(&in, DER_BIT_STRING)) {
        struct bytes bits;
        unsigned unused;
        if (!der_get_bits(&in, &bits, &unused)) return false;
        out->failure = failure_of(bits);
    }
    return der_end(&in);
}

bool tst_answer(struct bytes response, struct bytes *token, struct tst_refusal *refusal,
                struct der_latch *why)
{
    struct der d = der_of(response, why), in;
    struct tst_refusal status;
    if (response.len > TST_MAX) return der_refuse(&d, "limit: answer above 256 KiB");
    if (!der_get(&d, DER_SEQUENCE, &in) || !der_end(&d) || !get_status(&in, &status)) return false;
    if (status.status > 1) { /* neither granted nor grantedWithMods */
        *refusal = status;
        return false;
    }
    if (!der_more(&in)) return der_refuse(&in, "RFC 3161 2.4.2: granted, but no token");
    *token = in.in; /* its own DER is tst_read's to judge */
    return true;
}

/* ---- TSTInfo, RFC 3161 2.4.2 ---- */

/* YYYYMMDDhhmmss[.s…]Z, no zeros at the end of the fraction. */
static bool get_time(struct der *d, utc_t *out)
{
    const uint8_t *at = d->in.p;
    static const char clause[] = "RFC 3161 2.4.2: genTime";
    struct bytes text;
    uint8_t whole[15];
    if (!der_get_bytes(d, DER_GENERALIZED_TIME, &text)) return false;
    if (text.len < sizeof whole || text.len > 32 || text.p[text.len - 1] != 'Z')
        return der_refuse_at(d, at, clause);
    struct bytes fraction = bytes_sub(text, 14, text.len - 15);
    if (fraction.len > 0 &&
        (fraction.len < 2 || fraction.p[0] != '.' || fraction.p[fraction.len - 1] == '0'))
        return der_refuse_at(d, at, clause);
    for (size_t i = 1; i < fraction.len; i++)
        if (fraction.p[i] < '0' || fraction.p[i] > '9') return der_refuse_at(d, at, clause);
    memcpy(whole, text.p, 14);
    whole[14] = 'Z';
    return utc_read_generalized(bytes_of(whole, sizeof whole), out) || der_refuse_at(d, at, clause);
}

static bool get_accuracy(struct der *d, unsigned *ms)
{
    struct der in, part;
    bool there;
    uint64_t v, sum = 0;
    if (!der_get(d, DER_SEQUENCE, &in)) return false;
    if (der_peek(&in, DER_INTEGER)) {
        if (!der_get_uint(&in, &v)) return false;
        sum = v < 1000000 ? v * 1000 : UINT32_MAX;
    }
    for (uint8_t tag = 0; tag < 2; tag++) { /* [0] millis, [1] micros: INTEGER (1..999) */
        if (!der_opt(&in, DER_CONTEXT(tag), &part, &there)) return false;
        if (!there) continue;
        if (part.in.len == 0 || part.in.len > 2) return der_refuse(d, "RFC 3161 2.4.2: accuracy");
        sum += tag ? 1
                   : part.in.p[0] * (part.in.len == 2 ? 256u : 1u) +
                         (part.in.len == 2 ? part.in.p[1] : 0u);
    }
    *ms = sum < UINT32_MAX ? (unsigned)sum : UINT32_MAX;
    return der_end(&in);
}

static bool get_imprint(struct der *d, struct tst *t)
{
    struct der in;
    struct bytes algorithm, value;
    enum oid id;
    if (!der_get(d, DER_SEQUENCE, &in) || !algid_get(&in, &algorithm, &id) ||
        !der_get_bytes(&in, DER_OCTET_STRING, &value) || !der_end(&in))
        return false;
    t->imprint_known = algid_hash(id, &t->imprint.alg);
    if (!t->imprint_known) return true;
    t->imprint.len = digest_len(t->imprint.alg);
    if (value.len != t->imprint.len) return der_refuse(d, "RFC 3161 2.4.1: imprint's length");
    memcpy(t->imprint.v, value.p, value.len);
    return true;
}

static bool get_optional(struct der *d, struct tst *t)
{
    struct der part;
    bool there, ordering;
    if (der_peek(d, DER_SEQUENCE) && !get_accuracy(d, &t->accuracy_ms)) return false;
    if (der_peek(d, DER_BOOLEAN) && !der_get_bool(d, &ordering)) return false;
    if (der_peek(d, DER_INTEGER) && !der_get_integer(d, &t->nonce)) return false;
    return der_opt(d, DER_CONTEXT_CONS(0), &part, &there) && /* tsa */
           der_opt(d, DER_CONTEXT_CONS(1), &part, &there) && /* extensions */ der_end(d);
}

static bool read_info(struct der *d, struct tst *t)
{
    struct der in;
    uint64_t version;
    t->info = d->in;
    if (!der_get(d, DER_SEQUENCE, &in) || !der_end(d) || !der_get_uint(&in, &version)) return false;
    if (version != 1) return der_refuse(&in, "RFC 3161 2.4.2: version is not 1");
    return der_get_oid(&in, &t->policy) && get_imprint(&in, t) &&
           der_get_integer(&in, &t->serial) && get_time(&in, &t->time) && get_optional(&in, t);
}

/* ---- SignedData, RFC 5652 5.1 ---- */

static bool get_content(struct der *d, struct tst *t)
{
    struct der in, wrapped, octets;
    struct bytes type;
    enum oid id;
    if (!der_get(d, DER_SEQUENCE, &in) || !oid_get(&in, &type, &id)) return false;
    if (id != OID_TST_INFO) return der_refuse(&in, "RFC 3161 2.4.2: eContentType is not TSTInfo");
    return der_get(&in, DER_CONTEXT_CONS(0), &wrapped) && der_end(&in) &&
           der_get(&wrapped, DER_OCTET_STRING, &octets) && der_end(&wrapped) &&
           read_info(&octets, t);
}

/* CertificateSet; attribute certificates and the like are passed over. */
static bool get_certificates(struct der *d, struct tst *t)
{
    struct der in;
    bool there;
    if (!der_opt(d, DER_CONTEXT_CONS(0), &in, &there)) return false;
    while (there && der_more(&in)) {
        uint8_t tag;
        struct bytes whole;
        if (!der_get_any(&in, &tag, NULL, &whole)) return false;
        if (tag != DER_SEQUENCE) continue;
        if (t->n_certificates == TST_MAX_CERTIFICATES)
            return der_refuse(&in, "limit: more than 16 certificates in a token");
        t->certificates[t->n_certificates++] = whole;
    }
    return true;
}

/* The attribute's one value, whole; RFC 5652 11: each at most once, with one value. */
static bool get_attribute(struct der *d, struct tst *t)
{
    struct der in, values;
    struct bytes type, whole;
    enum oid id;
    if (!der_get(d, DER_SEQUENCE, &in) || !oid_get(&in, &type, &id) ||
        !der_get(&in, DER_SET, &values) || !der_end(&in))
        return false;
    struct bytes *kept = id == OID_CONTENT_TYPE     ? &t->content_type
                         : id == OID_MESSAGE_DIGEST ? &t->message_digest
                         : id == OID_ESS_CERT       ? &t->ess_v1
                         : id == OID_ESS_CERT_V2    ? &t->ess_v2
                                                    : NULL;
    if (!kept) return true;
    if (kept->p) return der_refuse(d, "RFC 5652 5.3: a signed attribute twice");
    if (!der_get_any(&values, NULL, NULL, &whole)) return false;
    *kept = whole;
    return der_more(&values) ? der_refuse(d, "RFC 5652 11: more than one value") : true;
}

static bool get_attributes(struct der *d, struct tst *t)
{
    struct der in;
    if (!der_get(d, DER_CONTEXT_CONS(0), &in)) return false;
    t->attributes = in.in;
    while (der_more(&in))
        if (!get_attribute(&in, t)) return false;
    return true;
}

/* SignerIdentifier: issuerAndSerialNumber, or [0] subjectKeyIdentifier. */
static bool get_signer(struct der *d, struct tst *t)
{
    struct der in, key;
    struct bytes issuer = {0}, serial = {0};
    bool by_key;
    if (!der_opt(d, DER_CONTEXT(0), &key, &by_key)) return false;
    if (!by_key && (!der_get(d, DER_SEQUENCE, &in) || !der_get_any(&in, NULL, NULL, &issuer) ||
                    !der_get_integer(&in, &serial) || !der_end(&in)))
        return false;
    for (size_t i = 0; i < t->n_certificates && t->signer.len == 0; i++) {
        struct cert c;
        struct der_latch why = {0};
        if (!cert_read(t->certificates[i], &c, &why)) continue;
        bool it = by_key ? c.ski.len > 0 && bytes_eq(c.ski, key.in)
                         : bytes_eq(c.serial, serial) && bytes_eq(c.issuer, issuer);
        if (it) t->signer = t->certificates[i];
    }
    return true;
}

static bool get_signer_info(struct der *d, struct tst *t)
{
    struct der in, unsigned_attributes;
    uint64_t version;
    enum oid id;
    bool there;
    if (!der_get(d, DER_SEQUENCE, &in) || !der_get_uint(&in, &version)) return false;
    return get_signer(&in, t) && algid_get(&in, &t->digest_algorithm, &id) &&
           get_attributes(&in, t) && algid_get(&in, &t->signature_algorithm, &id) &&
           der_get_bytes(&in, DER_OCTET_STRING, &t->signature) &&
           der_opt(&in, DER_CONTEXT_CONS(1), &unsigned_attributes, &there) && der_end(&in);
}

/* RFC 5652 5.1: verifiers may insist that the set names the signer's digest; OpenSSL does. */
static bool lists_digest(struct der *digests, const struct tst *t)
{
    struct der signer = der_of(t->digest_algorithm, NULL);
    struct bytes content, oid, want;
    enum oid id;
    if (!der_get_oid(&signer, &want)) return false;
    while (der_more(digests)) {
        struct der one;
        if (!algid_get(digests, &content, &id)) return false;
        one = der_of(content, NULL);
        if (der_get_oid(&one, &oid) && bytes_eq(oid, want)) return true;
    }
    return der_refuse(digests, "RFC 5652 5.1: digestAlgorithms lacks the signer's");
}

static bool read_signed_data(struct der *d, struct tst *t)
{
    struct der in, digests, crls, signers;
    uint64_t version;
    bool there;
    if (!der_get(d, DER_SEQUENCE, &in) || !der_end(d) || !der_get_uint(&in, &version) ||
        !der_get(&in, DER_SET, &digests) || !get_content(&in, t) || !get_certificates(&in, t) ||
        !der_opt(&in, DER_CONTEXT_CONS(1), &crls, &there) || !der_get(&in, DER_SET, &signers) ||
        !der_end(&in))
        return false;
    if (!get_signer_info(&signers, t) || !lists_digest(&digests, t)) return false;
    return !der_more(&signers) || der_refuse(&signers, "RFC 3161 2.4.2: more than one signer");
}

bool tst_read(struct bytes token, struct tst *out, struct der_latch *why)
{
    struct der d = der_of(token, why), in, content;
    struct bytes type;
    enum oid id;
    *out = (struct tst){0};
    if (token.len > TST_MAX) return der_refuse(&d, "limit: token above 256 KiB");
    if (!der_get(&d, DER_SEQUENCE, &in) || !der_end(&d) || !oid_get(&in, &type, &id)) return false;
    if (id != OID_SIGNED_DATA) return der_refuse(&in, "RFC 3161 2.4.2: not SignedData");
    return der_get(&in, DER_CONTEXT_CONS(0), &content) && der_end(&in) &&
           read_signed_data(&content, out);
}

/* ---- what it is about ---- */

bool tst_covers(const struct tst *t, const struct digest *d)
{
    return t->imprint_known && t->imprint.alg == d->alg &&
           bytes_eq(digest_bytes(&t->imprint), digest_bytes(d));
}

bool tst_answers(const struct tst *t, struct bytes policy, const uint8_t nonce[TST_NONCE])
{
    struct bytes want = bytes_of(nonce, TST_NONCE), have = t->nonce;
    while (want.len > 0 && want.p[0] == 0) want = bytes_sub(want, 1, want.len);
    while (have.len > 0 && have.p[0] == 0) have = bytes_sub(have, 1, have.len);
    return t->nonce.len > 0 && bytes_eq(want, have) &&
           (policy.len == 0 || bytes_eq(policy, t->policy));
}
