/* SPDX-License-Identifier: MIT */
#include "api/order.h"

#include "api/jcs.h"
#include "api/jsonw.h"
#include "api/jws.h"
#include "core/text.h"

#include <stdio.h>

bool order_digest(const struct approval_document *d, struct digest *out)
{
    if (d->source == SOURCE_CONTENT) return digest_of(DIGEST_SHA256, d->content, out);
    *out = d->digest;
    return d->source == SOURCE_DIGEST;
}

/* ---- refusals ---- */

enum flaw {
    FLAW_COMPACT,
    FLAW_HEADER,
    FLAW_SIGNATURE,
    FLAW_CANONICAL,
    FLAW_AUDIENCE,
    FLAW_ORIGIN,
    FLAW_LIFETIME,
    FLAW_EARLY,
    FLAW_LATE,
    FLAW_DIFFERS,
    FLAW_COUNT
};
static const char *const flaw_text[FLAW_COUNT][2] = {
    [FLAW_COMPACT] = {"Sipariş kısa biçimde bir JWS değil.", "The order is not a compact JWS."},
    [FLAW_HEADER] = {"Siparişin başlığı yalnız bu sitenin anahtarına uyan alg ve typ içerebilir.",
                     "The order's header may hold nothing but typ and an alg that fits the "
                     "origin's key."},
    [FLAW_SIGNATURE] = {"Siparişin imzası bu sitenin anahtarıyla atılmamış.",
                        "The order was not signed with the origin's key."},
    [FLAW_CANONICAL] = {"Siparişin içeriği RFC 8785 biçiminde yazılmamış.",
                        "The order's payload is not written as RFC 8785 has it."},
    [FLAW_AUDIENCE] = {"Sipariş başka bir hizmet için imzalanmış.",
                       "The order was signed for another service."},
    [FLAW_ORIGIN] = {"Sipariş başka bir site için imzalanmış.",
                     "The order was signed for another origin."},
    [FLAW_LIFETIME] = {"Sipariş en çok on dakika geçerli olabilir.",
                       "An order may be valid for ten minutes at most."},
    [FLAW_EARLY] = {"Sipariş bu bilgisayarın saatine göre gelecekte imzalanmış.",
                    "By this computer's clock the order was signed in the future."},
    [FLAW_LATE] = {"Siparişin süresi dolmuş; yenisini isteyin.",
                   "The order has expired; ask for a new one."},
    [FLAW_DIFFERS] = {"Bu alan imzalı siparişteki ile aynı değil.",
                      "This field differs from the signed order's."},
};

static void explain(const struct order *o, enum flaw f, const char *pointer,
                    struct session_why *why)
{
    (void)snprintf(why->pointer, sizeof why->pointer, "%s", pointer);
    (void)snprintf(why->detail, sizeof why->detail, "%s",
                   flaw_text[f][o->request->lang == LANG_EN]);
}

static err_t refuse(const struct order *o, enum flaw f, struct session_why *why)
{
    explain(o, f, "/order", why);
    return err_raise(f == FLAW_EARLY || f == FLAW_LATE ? ERR_ORDER_EXPIRED : ERR_ORDER_INVALID);
}

static bool differs(const struct order *o, const char *pointer, struct session_why *why)
{
    explain(o, FLAW_DIFFERS, pointer, why);
    return false;
}

/* ---- comparing ---- */

static const struct {
    const char *pointer;
    size_t at; /* of a C string in struct approval_request */
} texts[] = {
    {"/application/orderNo", offsetof(struct approval_request, order_no)},
    {"/application/type", offsetof(struct approval_request, order_type)},
    {"/application/applicant/identityNo", offsetof(struct approval_request, identity_no)},
    {"/application/applicant/name", offsetof(struct approval_request, applicant)},
};

static bool texts_same(const struct order *o, const struct approval_request *signed_,
                       struct session_why *why)
{
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *asked = (const char *)o->request + texts[i].at;
        if (strcmp(asked, (const char *)signed_ + texts[i].at) != 0)
            return differs(o, texts[i].pointer, why);
    }
    return true;
}

static bool options_same(const struct order *o, const struct approval_request *signed_,
                         struct session_why *why)
{
    const struct approval_request *asked = o->request;
    if (asked->profile != signed_->profile) return differs(o, "/signature/profile", why);
    if (asked->packaging != signed_->packaging) return differs(o, "/signature/packaging", why);
    if (asked->commitment != signed_->commitment) return differs(o, "/signature/commitment", why);
    if (asked->has_certificate != signed_->has_certificate ||
        !bytes_eq(digest_bytes(&asked->certificate), digest_bytes(&signed_->certificate)))
        return differs(o, "/signer/certificateId", why);
    return true;
}

static bool digests_same(const struct digest *a, const struct digest *b)
{
    return a->alg == b->alg && bytes_eq(digest_bytes(a), digest_bytes(b));
}

static bool document_same(const struct order *o, const struct approval_document *signed_, size_t i,
                          struct session_why *why)
{
    static const char *const members[] = {
        [SOURCE_CONTENT] = "content", [SOURCE_UPLOAD] = "documentId", [SOURCE_DIGEST] = "digest"};
    const struct approval_document *asked = &o->request->documents[i];
    const char *member = NULL;
    char pointer[64];
    if (asked->role != signed_->role) member = "role";
    if (strcmp(asked->name, signed_->name) != 0) member = "name";
    if (strcmp(asked->mime, signed_->mime) != 0) member = "mimeType";
    if (!digests_same(&o->documents[i], &signed_->digest)) member = members[asked->source];
    if (!member) return true;
    (void)snprintf(pointer, sizeof pointer, "/documents/%zu/%s", i, member);
    return differs(o, pointer, why);
}

static bool documents_same(const struct order *o, const struct approval_request *signed_,
                           struct session_why *why)
{
    if (o->request->n_documents != signed_->n_documents) return differs(o, "/documents", why);
    for (size_t i = 0; i < signed_->n_documents; i++) {
        if (!document_same(o, &signed_->documents[i], i, why)) return false;
    }
    return true;
}

/* ---- judging ---- */

static err_t refuse_jws(const struct order *o, enum jws_flaw f, struct session_why *why)
{
    static const enum flaw flaws[JWS_FLAW_COUNT] = {[JWS_NOT_COMPACT] = FLAW_COMPACT,
                                                    [JWS_HEADER] = FLAW_HEADER,
                                                    [JWS_SIGNATURE] = FLAW_SIGNATURE};
    return refuse(o, flaws[f], why);
}

/* A payload in another spelling is the work of another reader, whom nobody may have to trust. */
static bool is_canonical(struct bytes payload, const struct settings *s)
{
    own(buf) canonical = buf_max(2 * (size_t)JWS_MAX);
    struct jsonscan_refusal broken;
    return jcs_write(payload, (unsigned)s->max_json_depth, &canonical, &broken) == OK &&
           bytes_eq(buf_bytes(&canonical), payload);
}

/* What is wrong with a claim is told as with a field of the request, but at /order. */
static err_t refuse_claims(err_t e, struct session_why *why)
{
    own(buf) detail = buf_max(2 * sizeof *why);
    if (e != ERR_INVALID_FIELD && e != ERR_MALFORMED_JSON) return e;
    if (why->pointer[0]) buf_fmt(&detail, "%s: ", why->pointer);
    buf_str(&detail, why->detail);
    text_plain_in(why->detail, sizeof why->detail, buf_bytes(&detail), sizeof why->detail);
    (void)snprintf(why->pointer, sizeof why->pointer, "/order");
    return err_raise(ERR_ORDER_INVALID);
}

static err_t judge_claims(const struct order *o, const struct form_claims *c, utc_t now,
                          struct session_why *why)
{
    if (strcmp(c->audience, ORDER_AUDIENCE) != 0) return refuse(o, FLAW_AUDIENCE, why);
    if (strcmp(c->origin, o->origin) != 0) return refuse(o, FLAW_ORIGIN, why);
    if (c->expires <= c->issued || c->expires - c->issued > ORDER_SECONDS)
        return refuse(o, FLAW_LIFETIME, why);
    if (c->issued > now + ORDER_SKEW) return refuse(o, FLAW_EARLY, why);
    if (c->expires + ORDER_SKEW < now) return refuse(o, FLAW_LATE, why);
    return OK;
}

static err_t judge_payload(const struct order *o, struct bytes payload,
                           const struct order_rules *rules, struct form **out,
                           struct session_why *why)
{
    if (!is_canonical(payload, rules->settings)) return refuse(o, FLAW_CANONICAL, why);
    own_ptr(form) f = NULL;
    err_t e = form_read_claims(payload, rules->settings, o->request->lang, &f, why);
    if (e) return refuse_claims(e, why);
    if ((e = judge_claims(o, form_claims(f), rules->now, why))) return e;
    const struct approval_request *signed_ = form_request(f);
    if (!texts_same(o, signed_, why) || !options_same(o, signed_, why) ||
        !documents_same(o, signed_, why))
        return err_raise(ERR_ORDER_INVALID);
    *out = give(f);
    return OK;
}

err_t order_judge(const struct order *o, struct bytes jws, const struct order_rules *rules,
                  char nonce[FORM_NONCE], utc_t *until, struct session_why *why)
{
    own(buf) payload = buf_max(JWS_MAX);
    own_ptr(form) f = NULL;
    enum jws_flaw flaw;
    err_t e = jws_verify(jws, rules->keys, rules->n_keys, &payload, &flaw);
    if (e) return e == ERR_ORDER_INVALID ? refuse_jws(o, flaw, why) : e;
    if ((e = judge_payload(o, buf_bytes(&payload), rules, &f, why))) return e;
    memcpy(nonce, form_claims(f)->nonce, FORM_NONCE);
    *until = form_claims(f)->expires + ORDER_SKEW;
    return OK;
}

/* ---- making one ---- */

static void write_optional(struct jsonw *w, const char *key, const char *text)
{
    if (text[0]) jsonw_str(w, key, text);
}

static void write_application(struct jsonw *w, const struct approval_request *q)
{
    jsonw_open(w, "application", '{');
    jsonw_str(w, "orderNo", q->order_no);
    write_optional(w, "type", q->order_type);
    if (q->identity_no[0] || q->applicant[0]) {
        jsonw_open(w, "applicant", '{');
        write_optional(w, "identityNo", q->identity_no);
        write_optional(w, "name", q->applicant);
        jsonw_close(w, '}');
    }
    jsonw_close(w, '}');
}

static void write_document(struct jsonw *w, const struct approval_document *d,
                           const struct digest *digest)
{
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "role", document_role_name(d->role));
    jsonw_str(w, "name", d->name);
    jsonw_str(w, "mimeType", d->mime);
    jsonw_open(w, "digest", '{');
    jsonw_str(w, "algorithm", digest_name(digest->alg));
    jsonw_base64(w, "value", digest_bytes(digest));
    jsonw_close(w, '}');
    jsonw_close(w, '}');
}

static void write_options(struct jsonw *w, const struct approval_request *q)
{
    jsonw_open(w, "signature", '{');
    jsonw_str(w, "profile", xades_profile_name(q->profile));
    jsonw_str(w, "packaging", xades_packaging_name(q->packaging));
    jsonw_str(w, "commitment", xades_commitment_name(q->commitment));
    jsonw_close(w, '}');
    if (!q->has_certificate) return;
    jsonw_open(w, "signer", '{');
    jsonw_hex(w, "certificateId", digest_bytes(&q->certificate));
    jsonw_close(w, '}');
}

static void write_claims(struct jsonw *w, const struct order *o, const struct form_claims *c)
{
    const struct approval_request *q = o->request;
    jsonw_open(w, NULL, '{');
    jsonw_str(w, "aud", ORDER_AUDIENCE);
    jsonw_str(w, "origin", o->origin);
    jsonw_str(w, "nonce", c->nonce);
    jsonw_number(w, "iat", (uint64_t)c->issued);
    jsonw_number(w, "exp", (uint64_t)c->expires);
    write_application(w, q);
    jsonw_open(w, "documents", '[');
    for (size_t i = 0; i < q->n_documents; i++)
        write_document(w, &q->documents[i], &o->documents[i]);
    jsonw_close(w, ']');
    write_options(w, q);
    jsonw_close(w, '}');
}

err_t order_sign(const struct order *o, const struct form_claims *claims, const struct jwskey *key,
                 struct buf *jws)
{
    own(buf) text = buf_max(2 * (size_t)JWS_MAX);
    own(buf) payload = buf_max(JWS_MAX);
    struct jsonscan_refusal broken;
    struct jsonw w = {.out = &text};
    write_claims(&w, o, claims);
    if (!buf_ok(&text)) return err_raise(ERR_STORAGE_FULL);
    err_t e = jcs_write(buf_bytes(&text), JSONSCAN_MAX_DEPTH, &payload, &broken);
    if (e) return e == ERR_STORAGE_FULL ? e : err_raise(ERR_INTERNAL);
    return jws_sign(key, buf_bytes(&payload), jws);
}
