/* SPDX-License-Identifier: MIT */
#include "api/report.h"

static void text(struct jsonw *w, const char *key, const char *value)
{
    if (value && value[0]) jsonw_str(w, key, value);
}

static void write_reason(struct jsonw *w, const struct xades_reason *r)
{
    jsonw_open(w, NULL, '{');
    text(w, "slug", r->slug);
    text(w, "clause", r->clause);
    text(w, "tr", r->tr);
    text(w, "en", r->en);
    jsonw_bool(w, "note", r->note);
    jsonw_close(w, '}');
}

static void write_policy(struct jsonw *w, const struct xades_signature_report *s)
{
    if (!s->policy_oid[0]) return;
    jsonw_open(w, "policy", '{');
    text(w, "identifier", s->policy_oid);
    text(w, "hash", s->policy_hash);
    text(w, "uri", s->policy_uri);
    jsonw_close(w, '}');
}

static void write_signer(struct jsonw *w, const struct xades_signature_report *s)
{
    struct digest id;
    if (s->certificate.len == 0) return;
    jsonw_open(w, "signer", '{');
    if (cert_id(s->certificate, &id)) jsonw_hex(w, "certificateId", digest_bytes(&id));
    text(w, "name", s->signer);
    text(w, "identityNoMasked", s->identity_masked);
    jsonw_open(w, "notQualifiedBecause", '[');
    for (unsigned bit = 1; bit <= NQ_NO_USER_NOTICE; bit <<= 1)
        if (s->not_qualified & bit)
            jsonw_str(w, NULL, qualified_reason_slug((enum qualified_reason)bit));
    jsonw_close(w, ']');
    text(w, "chain", chain_status_slug(s->chain));
    jsonw_close(w, '}');
}

static void write_stamp(struct jsonw *w, const struct xades_stamp *t)
{
    jsonw_open(w, NULL, '{');
    text(w, "property", t->property);
    if (t->time) jsonw_time(w, "time", t->time);
    text(w, "tsa", t->tsa);
    text(w, "chain", chain_status_slug(t->chain));
    jsonw_bool(w, "intact", t->intact);
    jsonw_bool(w, "trusted", t->trusted);
    jsonw_close(w, '}');
}

static void write_data(struct jsonw *w, const struct xades_signed_data *d)
{
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "uri", d->uri);
    text(w, "name", d->name);
    if (d->countersigned) jsonw_str(w, "signatureValueOf", d->countersigned->id);
    text(w, "mimeType", d->mime);
    jsonw_number(w, "size", d->size);
    text(w, "digestAlgorithm", d->digest_alg);
    if (d->digest.len) jsonw_hex(w, "digest", digest_bytes(&d->digest));
    jsonw_bool(w, "intact", d->intact);
    jsonw_bool(w, "throughManifest", d->through_manifest);
    jsonw_close(w, '}');
}

static void write_lists(struct jsonw *w, const struct xades_signature_report *s)
{
    jsonw_open(w, "timeStamps", '[');
    for (size_t i = 0; i < s->n_stamps; i++) write_stamp(w, &s->stamps[i]);
    jsonw_close(w, ']');
    if (s->has_existed) jsonw_time(w, "existedAt", s->existed);
    jsonw_open(w, "documents", '[');
    for (size_t i = 0; i < s->n_data; i++) write_data(w, &s->data[i]);
    jsonw_close(w, ']');
}

static void write_signatures(struct jsonw *w, const char *key, const struct xades_report *r,
                             const struct xades_signature_report *on);

static void write_signature(struct jsonw *w, const struct xades_report *r,
                            const struct xades_signature_report *s)
{
    jsonw_open(w, NULL, '{');
    text(w, "id", s->id);
    text(w, "indication", xades_indication_name(s->indication));
    text(w, "subIndication", s->sub_indication);
    jsonw_open(w, "reasons", '[');
    for (size_t i = 0; i < s->n_reasons; i++) write_reason(w, &s->reasons[i]);
    jsonw_close(w, ']');
    text(w, "profile", s->profile);
    text(w, "packaging", s->packaging);
    text(w, "algorithm", s->algorithm);
    text(w, "commitment", s->commitment);
    write_policy(w, s);
    if (s->has_signing_time) jsonw_time(w, "signingTime", s->signing_time);
    write_signer(w, s);
    write_lists(w, s);
    write_signatures(w, "counterSignatures", r, s);
    jsonw_close(w, '}');
}

/* Those on `on`; NULL: the signatures that are no counter-signatures. */
static void write_signatures(struct jsonw *w, const char *key, const struct xades_report *r,
                             const struct xades_signature_report *on)
{
    jsonw_open(w, key, '[');
    for (size_t i = 0; i < r->n_signatures; i++)
        if (r->signatures[i].countersigned == on) write_signature(w, r, &r->signatures[i]);
    jsonw_close(w, ']');
}

void report_write(struct jsonw *w, const struct xades_report *r)
{
    jsonw_open(w, NULL, '{');
    text(w, "indication", xades_indication_name(r->indication));
    write_signatures(w, "signatures", r, NULL);
    jsonw_close(w, '}');
}
