/* SPDX-License-Identifier: MIT */
#include "xades/prepare.h"

#include "core/text.h"
#include "xades/signed_info.h"
#include "xades/signed_properties.h"
#include "xades/why.h"
#include "xades/xml.h"

#define MAX_TEXTS (1u << 20) /* octets of all names and media types together */

void xades_job_free(struct xades_job *j)
{
    if (!j) return;
    buf_free(&j->properties.octets);
    buf_free(&j->info.octets);
    buf_wipe(&j->canonical);
    buf_free(&j->texts);
    envelope_free(&j->envelope);
    pubkey_free(j->key);
    free(j);
}

/* ---- what cannot be ---- */

static bool name_taken(struct bytes name)
{
    return name.len > 0 && text_utf8_ok(name) && !bytes_eq_str(name, ".") &&
           !bytes_eq_str(name, "..");
}

/* Two detached documents of one name would be one document to whoever verifies. */
static bool name_again(const struct xades_request *r, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (bytes_eq(r->documents[k].name, r->documents[i].name)) return true;
    return false;
}

static err_t check_document(const struct xades_request *r, size_t i, struct xades_why *why)
{
    const struct xades_document *d = &r->documents[i];
    bool detached = r->packaging == XADES_DETACHED;
    const char *clause = NULL;
    if (d->digest_only && !detached)
        clause = "only a detached document can be given by its digest";
    else if (d->digest_only && d->digest.len != digest_len(d->digest.alg))
        clause = "a digest of the wrong length";
    else if (detached && (!name_taken(d->name) || name_again(r, i)))
        clause = "XMLDSig 1.1 4.4.3.1: a detached document needs a name of its own";
    else if (d->mime.len == 0 || !xmlw_chars(d->mime))
        clause = "EN 319 132-1 5.2.4: a document needs a media type";
    return clause ? why_say(why, ERR_INVALID_FIELD, "%s (document %zu)", clause, i) : OK;
}

static err_t check_request(const struct xades_request *r, struct xades_why *why)
{
    if (r->profile >= XADES_PROFILE_KNOWN || r->packaging >= XADES_PACKAGING_COUNT ||
        r->commitment >= XADES_COMMITMENT_COUNT || r->alg >= SIG_COUNT)
        return why_say(why, ERR_INVALID_FIELD, "profile, packaging, commitment or algorithm");
    if (r->n_documents == 0 || r->n_documents > XADES_MAX_DOCUMENTS)
        return why_say(why, ERR_INVALID_FIELD, "a signature covers 1 to %d documents",
                       XADES_MAX_DOCUMENTS);
    if (r->packaging == XADES_ENVELOPED && r->n_documents != 1)
        return why_say(why, ERR_INVALID_FIELD, "an enveloped signature covers one document");
    for (size_t i = 0; i < r->n_documents; i++) {
        err_t e = check_document(r, i, why);
        if (e) return e;
    }
    return OK;
}

static err_t read_certificate(const struct xades_request *r, struct cert *c, struct xades_why *why)
{
    struct der_latch latch = {0};
    if (!cert_read(r->certificate, c, &latch))
        return why_say(why, ERR_CERTIFICATE_MALFORMED, "%s", latch.clause ? latch.clause : "");
    if (!sig_alg_fits(r->alg, c->key_type))
        return why_say(why, ERR_INVALID_FIELD, "the algorithm does not fit the certificate's key");
    return OK;
}

/* ---- the documents ---- */

/* Copies the texts; the views stay right because the room is taken at once. */
static err_t keep_documents(const struct xades_request *r, struct xades_job *j)
{
    size_t need = 0;
    for (size_t i = 0; i < r->n_documents; i++)
        need += r->documents[i].name.len + r->documents[i].mime.len;
    if (!buf_reserve(&j->texts, need)) return err_raise(ERR_STORAGE_FULL);
    for (size_t i = 0; i < r->n_documents; i++) {
        const struct xades_document *d = &r->documents[i];
        size_t at = j->texts.len;
        buf_add(&j->texts, d->name);
        buf_add(&j->texts, d->mime);
        struct bytes both = bytes_sub(buf_bytes(&j->texts), at, SIZE_MAX);
        j->documents[i] = (struct job_document){bytes_sub(both, 0, d->name.len),
                                                bytes_sub(both, d->name.len, SIZE_MAX), d->content};
    }
    return OK;
}

static err_t refer(struct xades_job *j, struct xades_reference ref)
{
    if (ref.digest.len == 0 && !digest_of(sig_alg_digest(j->alg), ref.octets, &ref.digest))
        return err_raise(ERR_INTERNAL);
    j->references[ref.kind == XADES_REF_SIGNED_PROPERTIES ? 0 : ref.document + 1] = ref;
    return OK;
}

static err_t refer_enveloped(const struct xades_request *r, struct xades_job *j,
                             struct xades_why *why)
{
    struct xmldoc_limits limits = {r->max_xml_depth, r->max_xml_octets};
    err_t e = envelope_open(r->documents[0].content, limits, &j->canonical, &j->envelope, why);
    if (e) return e;
    return refer(j, (struct xades_reference){.kind = XADES_REF_CANONICAL,
                                             .octets = buf_bytes(&j->canonical)});
}

static err_t refer_document(const struct xades_request *r, size_t i, struct xades_job *j,
                            struct xades_why *why)
{
    const struct xades_document *d = &r->documents[i];
    struct xades_reference ref = {.kind = XADES_REF_DOCUMENT, .document = i, .octets = d->content};
    if (d->digest_only)
        return refer(j, (struct xades_reference){
                            .kind = XADES_REF_DIGEST_ONLY, .document = i, .digest = d->digest});
    if (xml_mime(d->mime)) {
        err_t e = xml_check(d->content, r->max_xml_depth, r->max_xml_octets, why);
        if (e) return e;
    }
    if (d->known && d->known->alg == sig_alg_digest(r->alg) &&
        d->known->len == digest_len(d->known->alg))
        ref.digest = *d->known;
    return refer(j, ref);
}

static err_t refer_documents(const struct xades_request *r, struct xades_job *j,
                             struct xades_why *why)
{
    if (r->packaging == XADES_ENVELOPED) return refer_enveloped(r, j, why);
    for (size_t i = 0; i < r->n_documents; i++) {
        err_t e = refer_document(r, i, j, why);
        if (e) return e;
    }
    return OK;
}

/* ---- the story ---- */

static struct xades_job *new_job(const struct xades_request *r)
{
    struct xades_job *j = calloc(1, sizeof *j);
    if (!j) return NULL;
    j->packaging = r->packaging;
    j->alg = r->alg;
    j->certificate = r->certificate;
    memcpy(j->id, r->id, sizeof j->id);
    j->n_references = 1 + r->n_documents;
    j->properties.octets = buf_max(JOB_MAX_PROPERTIES);
    j->info.octets = buf_max(JOB_MAX_SIGNED_INFO);
    j->canonical = buf_max(XADES_MAX_RESULT);
    j->texts = buf_max(MAX_TEXTS);
    return j;
}

static err_t write_and_hash(const struct xades_request *r, const struct cert *c,
                            struct xades_job *j, struct xades_why *why)
{
    err_t e = signed_properties_write(r, c, j, why);
    if (!e)
        e = refer(j, (struct xades_reference){.kind = XADES_REF_SIGNED_PROPERTIES,
                                              .octets = buf_bytes(&j->properties.octets)});
    if (!e) e = signed_info_write(j, why);
    if (e) return e;
    return digest_of(sig_alg_digest(j->alg), buf_bytes(&j->info.octets), &j->info_digest)
               ? OK
               : err_raise(ERR_INTERNAL);
}

err_t xades_prepare(const struct xades_request *r, struct xades_job **out, struct xades_why *why)
{
    struct cert c;
    why->clause[0] = 0;
    err_t e = check_request(r, why);
    if (!e) e = read_certificate(r, &c, why);
    if (e) return e;
    own_ptr(xades_job) j = new_job(r);
    if (!j) return err_raise(ERR_STORAGE_FULL);
    e = keep_documents(r, j);
    if (!e) e = refer_documents(r, j, why);
    if (!e) e = write_and_hash(r, &c, j, why);
    if (e) return e;
    *out = give(j);
    return OK;
}

struct bytes xades_signed_info(const struct xades_job *j)
{
    return buf_bytes(&j->info.octets);
}

const struct digest *xades_signed_info_digest(const struct xades_job *j)
{
    return &j->info_digest;
}

size_t xades_n_references(const struct xades_job *j)
{
    return j->n_references;
}

const struct xades_reference *xades_reference_at(const struct xades_job *j, size_t i)
{
    return i < j->n_references ? &j->references[i] : NULL;
}
