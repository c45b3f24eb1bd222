/* SPDX-License-Identifier: MIT */
#include "session/signing.h"

#include "core/kimlik.h"
#include "core/name.h"
#include "core/text.h"
#include "session/ident.h"

/* ---- to the token ---- */

static err_t view_documents(const struct work *w, enum sig_alg alg, struct xades_document *out)
{
    for (size_t i = 0; i < w->n_documents; i++) {
        const struct work_document *d = &w->documents[i];
        struct xades_document *x = &out[i];
        x->name = bytes_str(d->name);
        x->mime = bytes_str(d->mime);
        x->digest_only = d->source == SOURCE_DIGEST;
        x->digest = d->digest;
        /* Hashed once, while it arrived. */
        if (d->source == SOURCE_UPLOAD && sig_alg_digest(alg) == DIGEST_SHA256)
            x->known = document_sha256(d->upload);
        err_t e = work_content(d, &x->content);
        if (e) return e;
    }
    return OK;
}

static err_t copy_certificate(struct work *w, const struct token_cert *tc)
{
    xades_job_free(give(w->job)); /* one made earlier views the old copy */
    buf_cut(&w->der, 0);
    buf_add(&w->der, tc->der);
    return buf_ok(&w->der) ? OK : err_raise(ERR_STORAGE_FULL);
}

err_t signing_prepare(struct approval *a, const struct settings *settings, utc_t now,
                      const struct token_cert *tc, const struct cert *c, struct xades_why *why)
{
    struct work *w = a->work;
    struct xades_document documents[XADES_MAX_DOCUMENTS] = {0};
    struct xades_request r = {.profile = a->shown.profile,
                              .packaging = a->shown.packaging,
                              .commitment = w->commitment,
                              .documents = documents,
                              .n_documents = w->n_documents,
                              .signing_time = now,
                              .utc_offset_minutes = UTC_TURKEY_MINUTES,
                              .max_xml_depth = (unsigned)settings->max_xml_depth,
                              .max_xml_octets = (size_t)settings->max_xml_document};
    if (!sig_alg_for_key(c->key_type, &r.alg)) return err_raise(ERR_CERTIFICATE_NOT_QUALIFIED);
    if (!ident_random(r.id, sizeof r.id)) return err_raise(ERR_INTERNAL);
    err_t e = copy_certificate(w, tc);
    if (!e) e = view_documents(w, r.alg, documents);
    if (e) return e;
    r.certificate = buf_bytes(&w->der);
    e = xades_prepare(&r, &w->job, why);
    if (e) return e;
    w->alg = r.alg;
    a->shown.has_signer = true;
    a->shown.signer = tc->id;
    a->shown.signing_time = r.signing_time;
    return OK;
}

static void name_signer(const struct cert *c, struct store_prepared *p)
{
    own(buf) name = buf_max(1024);
    if (name_string(&name, c->common_name_tag, c->common_name))
        text_plain_in(p->subject, sizeof p->subject, buf_bytes(&name), 128);
    if (c->serial_number.len > 0) kimlik_mask(c->serial_number, p->identity);
}

static void name_documents(const struct work *w, struct store_prepared *p)
{
    for (size_t i = 0; i < xades_n_references(w->job); i++) {
        const struct xades_reference *ref = xades_reference_at(w->job, i);
        if (ref->kind == XADES_REF_SIGNED_PROPERTIES) continue;
        struct store_document *d = &p->documents[p->n_documents++];
        memcpy(d->name, w->documents[ref->document].name, sizeof d->name);
        d->digest = ref->digest;
    }
}

err_t signing_store(const struct approval *a, const struct cert *c, struct store *store)
{
    const struct work *w = a->work;
    if (!store) return OK;
    own(buf) frame = buf_max(XADES_MAX_RESULT);
    own_mem(struct store_prepared) p = calloc(1, sizeof *p);
    if (!p) return err_raise(ERR_STORAGE_FULL);
    err_t e = xades_frame(w->job, &frame, &p->hole);
    if (!e) {
        p->certificate = buf_bytes(&w->der);
        p->frame = buf_bytes(&frame);
        p->digest = *xades_signed_info_digest(w->job);
        name_signer(c, p);
        name_documents(w, p);
        e = store_prepared(store, a, p);
    }
    buf_wipe(&frame);
    return e;
}

void signing_words(const struct approval *a, const struct settings *settings,
                   struct token_order *out)
{
    const struct work *w = a->work;
    bool local = strcmp(a->owner, "local") == 0;
    if (!local) memcpy(out->origin, a->owner, sizeof out->origin);
    memcpy(out->order_no, a->shown.order_no, sizeof out->order_no);
    memcpy(out->order_type, w->order_type, sizeof out->order_type);
    memcpy(out->applicant, w->applicant, sizeof out->applicant);
    const char *profile = xades_profile_name(a->shown.profile);
    memcpy(out->profile, profile, strnlen(profile, sizeof out->profile - 1));
    out->lang = w->lang;
    out->consent_seconds = (unsigned)settings->consent_seconds;
}

/* The descriptors of one order. Those of uploads stay the store's; ours are closed here. */
struct offer {
    size_t n;
    struct token_octets octets[TOKEN_MAX_REFERENCES];
    bool ours[TOKEN_MAX_REFERENCES];
};

static void offer_free(struct offer *o)
{
    for (size_t i = 0; o && i < o->n; i++)
        if (o->ours[i] && o->octets[i].fd >= 0) (void)close(o->octets[i].fd);
    free(o);
}
OWN_PTR(offer)

static err_t offer_add(struct offer *o, const struct work *w, const struct xades_reference *ref)
{
    struct token_octets *t = &o->octets[o->n];
    t->fd = -1;
    o->ours[o->n++] = true;
    if (ref->kind == XADES_REF_SIGNED_PROPERTIES) {
        t->kind = TOKEN_SIGNED_PROPERTIES;
        return document_hold(ref->octets, &t->fd);
    }
    const struct work_document *d = &w->documents[ref->document];
    memcpy(t->name, d->name, sizeof t->name);
    memcpy(t->mime, d->mime, sizeof t->mime);
    t->kind = ref->kind == XADES_REF_DIGEST_ONLY ? TOKEN_DIGEST_ONLY : TOKEN_DOCUMENT;
    if (ref->kind == XADES_REF_DIGEST_ONLY) return OK;
    if (ref->kind == XADES_REF_CANONICAL || d->source != SOURCE_UPLOAD)
        return document_hold(ref->octets, &t->fd);
    t->fd = document_fd(d->upload);
    o->ours[o->n - 1] = false;
    return OK;
}

err_t signing_ask(const struct approval *a, const struct settings *settings, struct token *t)
{
    const struct work *w = a->work;
    own_ptr(offer) o = calloc(1, sizeof *o);
    if (!o) return err_raise(ERR_STORAGE_FULL);
    for (size_t i = 0; i < xades_n_references(w->job); i++) {
        err_t e = offer_add(o, w, xades_reference_at(w->job, i));
        if (e) return e;
    }
    struct token_order order = {.certificate = a->shown.signer,
                                .alg = w->alg,
                                .signed_info = xades_signed_info(w->job),
                                .n_octets = o->n,
                                .octets = o->octets};
    signing_words(a, settings, &order);
    return token_ask_signature(t, &order);
}

/* ---- from the token ---- */

err_t signing_finish(struct approval *a, struct bytes signature)
{
    own(buf) file = buf_max(XADES_MAX_RESULT);
    err_t e = xades_finish(a->work->job, signature, &file);
    if (e) {
        buf_wipe(&file);
        return e;
    }
    a->shown.signature_size = file.len;
    a->file = buf_take(&file);
    return OK;
}
