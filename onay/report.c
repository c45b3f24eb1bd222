/* SPDX-License-Identifier: MIT */
#include "onay/report.h"

#include <json-c/json.h>

static void add(struct json_object *to, const char *key, struct json_object *value)
{
    (void)json_object_object_add(to, key, value);
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
    if (text && text[0]) add(to, key, json_object_new_string(text));
}

static void add_hex(struct json_object *to, const char *key, struct bytes v)
{
    own(buf) hex = buf_max(2 * DIGEST_MAX);
    buf_hex(&hex, v);
    add_text(to, key, buf_cstr(&hex));
}

static struct json_object *reason_json(const struct xades_reason *r)
{
    struct json_object *o = json_object_new_object();
    add_text(o, "slug", r->slug);
    add_text(o, "clause", r->clause);
    add_text(o, "tr", r->tr);
    add_text(o, "en", r->en);
    add(o, "note", json_object_new_boolean(r->note));
    return o;
}

static struct json_object *data_json(const struct xades_signed_data *d)
{
    struct json_object *o = json_object_new_object();
    add(o, "uri", json_object_new_string(d->uri));
    add_text(o, "name", d->name);
    add_text(o, "mimeType", d->mime);
    add(o, "size", json_object_new_uint64(d->size));
    add_text(o, "digestAlgorithm", d->digest_alg);
    add_hex(o, "digest", digest_bytes(&d->digest));
    add(o, "intact", json_object_new_boolean(d->intact));
    return o;
}

static struct json_object *qualified_json(unsigned bits)
{
    struct json_object *list = json_object_new_array();
    for (unsigned bit = 1; bit <= NQ_NO_USER_NOTICE; bit <<= 1) {
        if (bits & bit)
            (void)json_object_array_add(
                list, json_object_new_string(qualified_reason_slug((enum qualified_reason)bit)));
    }
    return list;
}

static void add_signer(struct json_object *o, const struct xades_signature_report *s)
{
    struct digest id;
    if (s->certificate.len == 0) return;
    struct json_object *signer = json_object_new_object();
    if (cert_id(s->certificate, &id)) add_hex(signer, "certificateId", digest_bytes(&id));
    add_text(signer, "name", s->signer);
    add_text(signer, "identityNoMasked", s->identity_masked);
    add(signer, "notQualifiedBecause", qualified_json(s->not_qualified));
    add_text(signer, "chain", chain_status_slug(s->chain));
    add(o, "signer", signer);
}

static void add_time(struct json_object *to, const char *key, utc_t time)
{
    own(buf) text = buf_max(64);
    utc_write_xsd(&text, time, 0);
    add_text(to, key, buf_cstr(&text));
}

static struct json_object *stamp_json(const struct xades_stamp *t)
{
    struct json_object *o = json_object_new_object();
    add_text(o, "property", t->property);
    if (t->time) add_time(o, "time", t->time);
    add_text(o, "tsa", t->tsa);
    add_text(o, "chain", chain_status_slug(t->chain));
    add(o, "intact", json_object_new_boolean(t->intact));
    add(o, "trusted", json_object_new_boolean(t->trusted));
    return o;
}

static struct json_object *signature_json(const struct xades_signature_report *s)
{
    struct json_object *o = json_object_new_object(), *reasons = json_object_new_array(),
                       *data = json_object_new_array(), *stamps = json_object_new_array();
    add_text(o, "id", s->id);
    add_text(o, "indication", xades_indication_name(s->indication));
    add_text(o, "subIndication", s->sub_indication);
    for (size_t i = 0; i < s->n_reasons; i++)
        (void)json_object_array_add(reasons, reason_json(&s->reasons[i]));
    add(o, "reasons", reasons);
    add_text(o, "profile", s->profile);
    add_text(o, "packaging", s->packaging);
    add_text(o, "algorithm", s->algorithm);
    add_text(o, "commitment", s->commitment);
    if (s->policy_oid[0]) {
        struct json_object *policy = json_object_new_object();
        add_text(policy, "identifier", s->policy_oid);
        add_text(policy, "hash", s->policy_hash);
        add_text(policy, "uri", s->policy_uri);
        add(o, "policy", policy);
    }
    if (s->has_signing_time) add_time(o, "signingTime", s->signing_time);
    add_signer(o, s);
    for (size_t i = 0; i < s->n_stamps; i++)
        (void)json_object_array_add(stamps, stamp_json(&s->stamps[i]));
    add(o, "timeStamps", stamps);
    if (s->has_existed) add_time(o, "existedAt", s->existed);
    for (size_t i = 0; i < s->n_data; i++)
        (void)json_object_array_add(data, data_json(&s->data[i]));
    add(o, "documents", data);
    return o;
}

bool report_json(struct buf *out, const struct xades_report *r)
{
    struct json_object *o = json_object_new_object(), *list = json_object_new_array();
    add_text(o, "indication", xades_indication_name(r->indication));
    for (size_t i = 0; i < r->n_signatures; i++)
        (void)json_object_array_add(list, signature_json(&r->signatures[i]));
    add(o, "signatures", list);
    buf_str(out, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY |
                                                       JSON_C_TO_STRING_NOSLASHESCAPE));
    buf_str(out, "\n");
    (void)json_object_put(o);
    return buf_ok(out);
}
