/* SPDX-License-Identifier: MIT */
#include "api/form.h"

#include "api/body.h"
#include "api/jws.h"
#include "core/kimlik.h"

struct form {
    struct approval_request request;
    struct approval_document documents[XADES_MAX_DOCUMENTS];
    struct buf contents[XADES_MAX_DOCUMENTS];
    struct form_claims claims;
    struct buf order;
};

/* Whose form it is: the members differ, and how a document may come. */
enum kind { REQUEST, DRAFT, CLAIMS, KIND_COUNT };

/* A read in progress: what every field's reader needs. */
struct reading {
    struct form *form;
    const struct settings *settings;
    enum kind kind;
};

struct approval_request *form_request(struct form *f)
{
    return &f->request;
}

struct bytes form_order(const struct form *f)
{
    return buf_bytes(&f->order);
}

const struct form_claims *form_claims(const struct form *f)
{
    return &f->claims;
}

void form_free(struct form *f)
{
    if (!f) return;
    for (size_t i = 0; i < XADES_MAX_DOCUMENTS; i++) buf_wipe(&f->contents[i]);
    buf_free(&f->order);
    explicit_bzero(f, sizeof *f);
    free(f);
}

/* ---- media types ---- */

static bool token_char(uint8_t c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return true;
    return c != 0 && strchr("!#$%&'+-.^_`|~", c) != NULL;
}

static bool take_token(struct bytes *s)
{
    size_t n = 0;
    while (n < s->len && token_char(s->p[n])) n++;
    *s = bytes_sub(*s, n, s->len);
    return n > 0;
}

static bool take_char(struct bytes *s, char c)
{
    if (s->len == 0 || s->p[0] != (uint8_t)c) return false;
    *s = bytes_sub(*s, 1, s->len);
    return true;
}

static bool take_quoted(struct bytes *s)
{
    if (!take_char(s, '"')) return false;
    while (s->len && s->p[0] != '"') {
        if (s->p[0] < 0x20 || s->p[0] > 0x7e || s->p[0] == '\\') return false;
        *s = bytes_sub(*s, 1, s->len);
    }
    return take_char(s, '"');
}

bool form_media_type(struct bytes s)
{
    if (s.len > 127 || !take_token(&s) || !take_char(&s, '/') || !take_token(&s)) return false;
    while (s.len) {
        while (take_char(&s, ' ')) {
        }
        if (!take_char(&s, ';')) return false;
        while (take_char(&s, ' ')) {
        }
        if (!take_token(&s) || !take_char(&s, '=')) return false;
        if (!take_token(&s) && !take_quoted(&s)) return false;
    }
    return true;
}

/* ---- documents ---- */

static void take_content(struct reading *r, const struct json_at *doc, size_t i)
{
    struct approval_document *d = &r->form->documents[i];
    struct buf *content = &r->form->contents[i];
    if (!body_base64(doc, "content", content)) return;
    d->source = SOURCE_CONTENT;
    d->content = buf_bytes(content);
}

static void take_upload(const struct json_at *doc, struct approval_document *d)
{
    if (body_id(doc, "documentId", d->id)) d->source = SOURCE_UPLOAD;
}

static bool digest_alg_of(const char *name, enum digest_alg *out)
{
    for (enum digest_alg a = 0; a < DIGEST_COUNT; a++) {
        if (strcmp(name, digest_name(a)) != 0) continue;
        *out = a;
        return true;
    }
    return false;
}

static void take_digest(const struct json_at *doc, struct approval_document *d)
{
    static const char *const keys[] = {"algorithm", "value", NULL};
    struct json_at digest = json_member_object(doc, "digest", true);
    char name[BODY_WORD];
    json_only(&digest, keys);
    if (!body_word(&digest, "algorithm", true, name)) return;
    if (!digest_alg_of(name, &d->digest.alg))
        return json_refuse(&digest, "algorithm", JSON_NOT_ALLOWED);
    own(buf) value = {0};
    d->digest.len = digest_len(d->digest.alg);
    if (!body_base64(&digest, "value", &value)) return;
    if (value.len != d->digest.len) return json_refuse(&digest, "value", JSON_NOT_BASE64);
    memcpy(d->digest.v, value.p, value.len);
    d->source = SOURCE_DIGEST;
}

static void take_source(struct reading *r, const struct json_at *doc, size_t i)
{
    struct approval_document *d = &r->form->documents[i];
    const bool content = json_has(doc, "content"), upload = json_has(doc, "documentId"),
               digest = json_has(doc, "digest");
    const bool known = r->kind == REQUEST || (r->kind == DRAFT ? !upload : digest);
    if (content + upload + digest != 1 || !known)
        return json_refuse(doc, NULL, JSON_NOT_EXACTLY_ONE);
    if (content) take_content(r, doc, i);
    if (upload) take_upload(doc, d);
    if (digest && r->kind == REQUEST && r->form->request.packaging != XADES_DETACHED)
        return json_refuse(doc, "digest", JSON_DIGEST_DETACHED);
    if (digest) take_digest(doc, d);
}

/* A detached reference is found by its name; two of one name could be swapped unseen. */
static bool name_taken(const struct form *f, size_t i)
{
    if (f->request.packaging != XADES_DETACHED) return false;
    for (size_t k = 0; k < i; k++) {
        if (strcmp(f->documents[k].name, f->documents[i].name) == 0) return true;
    }
    return false;
}

static void take_document(struct reading *r, const struct json_at *doc, size_t i)
{
    static const char *const keys[] = {"role",       "name",   "mimeType", "content",
                                       "documentId", "digest", NULL};
    struct approval_document *d = &r->form->documents[i];
    char role[BODY_WORD];
    json_only(doc, keys);
    if (body_word(doc, "role", true, role) && !document_role_of(role, &d->role))
        json_refuse(doc, "role", JSON_NOT_ALLOWED);
    body_text(doc, "name", true, d->name, sizeof d->name);
    if (name_taken(r->form, i)) json_refuse(doc, "name", JSON_NAME_TWICE);
    body_text(doc, "mimeType", true, d->mime, sizeof d->mime);
    if (d->mime[0] && !form_media_type(bytes_str(d->mime)))
        json_refuse(doc, "mimeType", JSON_NOT_MEDIA_TYPE);
    take_source(r, doc, i);
}

static void take_documents(struct reading *r, const struct json_at *root)
{
    size_t n, most = XADES_MAX_DOCUMENTS;
    struct json_at documents = json_member_array(root, "documents", &n);
    if (r->settings->max_documents < most) most = (size_t)r->settings->max_documents;
    if (documents.v && n == 0) json_refuse(root, "documents", JSON_TOO_SHORT);
    if (n > most) return json_refuse(root, "documents", JSON_TOO_LONG);
    for (size_t i = 0; i < n; i++) {
        struct json_at doc = json_element(&documents, i);
        if (doc.v) take_document(r, &doc, i);
    }
    r->form->request.documents = r->form->documents;
    r->form->request.n_documents = n;
}

/* ---- the other members ---- */

static void take_applicant(const struct json_at *application, struct approval_request *q)
{
    static const char *const keys[] = {"identityNo", "name", NULL};
    struct json_at applicant = json_member_object(application, "applicant", false);
    json_only(&applicant, keys);
    body_text(&applicant, "identityNo", false, q->identity_no, sizeof q->identity_no);
    if (q->identity_no[0] && !kimlik_valid(bytes_str(q->identity_no)))
        json_refuse(&applicant, "identityNo", JSON_NOT_KIMLIK);
    body_text(&applicant, "name", false, q->applicant, sizeof q->applicant);
}

static void take_application(const struct json_at *root, struct approval_request *q)
{
    static const char *const keys[] = {"orderNo", "type", "applicant", NULL};
    struct json_at application = json_member_object(root, "application", true);
    json_only(&application, keys);
    body_text(&application, "orderNo", true, q->order_no, sizeof q->order_no);
    body_text(&application, "type", false, q->order_type, sizeof q->order_type);
    take_applicant(&application, q);
}

static void take_signature(const struct json_at *root, struct approval_request *q)
{
    static const char *const keys[] = {"profile", "packaging", "commitment", NULL};
    struct json_at signature = json_member_object(root, "signature", true);
    char word[BODY_WORD];
    json_only(&signature, keys);
    if (body_word(&signature, "profile", true, word) && !xades_profile_of(word, &q->profile))
        json_refuse(&signature, "profile", JSON_NOT_ALLOWED);
    if (body_word(&signature, "packaging", true, word) && !xades_packaging_of(word, &q->packaging))
        json_refuse(&signature, "packaging", JSON_NOT_ALLOWED);
    q->commitment = XADES_PROOF_OF_APPROVAL;
    if (body_word(&signature, "commitment", false, word) &&
        (word[0] == 0 || !xades_commitment_of(word, &q->commitment)))
        json_refuse(&signature, "commitment", JSON_NOT_ALLOWED);
}

static void take_signer(const struct json_at *root, struct approval_request *q)
{
    static const char *const keys[] = {"certificateId", NULL};
    struct json_at signer = json_member_object(root, "signer", false);
    struct digest id = {.alg = DIGEST_SHA256, .len = digest_len(DIGEST_SHA256)};
    json_only(&signer, keys);
    q->has_certificate = body_hex(&signer, "certificateId", id.v, id.len);
    if (q->has_certificate) q->certificate = id;
}

static void take_order(struct reading *r, const struct json_at *root)
{
    struct bytes order = json_member_string(root, "order", false);
    if (!order.p) return;
    if (order.len == 0) return json_refuse(root, "order", JSON_TOO_SHORT);
    if (order.len > JWS_MAX) return json_refuse(root, "order", JSON_TOO_LONG);
    r->form->order = buf_max(JWS_MAX);
    buf_add(&r->form->order, order);
}

/* The alphabet of base64url, in which any identifier can be written. */
static bool nonce_ok(const char *nonce)
{
    const size_t n = strspn(nonce, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_");
    return n >= 16 && nonce[n] == 0;
}

static void take_claims(struct reading *r, const struct json_at *root)
{
    struct form_claims *c = &r->form->claims;
    body_text(root, "aud", true, c->audience, sizeof c->audience);
    body_text(root, "origin", true, c->origin, sizeof c->origin);
    body_text(root, "nonce", true, c->nonce, sizeof c->nonce);
    if (c->nonce[0] && !nonce_ok(c->nonce)) json_refuse(root, "nonce", JSON_NOT_ALLOWED);
    c->issued = (utc_t)json_member_number(root, "iat");
    c->expires = (utc_t)json_member_number(root, "exp");
}

#define MEMBERS "application", "documents", "signature", "signer"

static void take_all(struct reading *r, const struct json_at *root)
{
    static const char *const keys[KIND_COUNT][10] = {
        [REQUEST] = {MEMBERS, "order", NULL},
        [DRAFT] = {MEMBERS, NULL},
        [CLAIMS] = {MEMBERS, "aud", "origin", "nonce", "iat", "exp", NULL},
    };
    json_only(root, keys[r->kind]);
    take_application(root, &r->form->request);
    take_signature(root, &r->form->request); /* before documents: packaging decides on digests */
    take_documents(r, root);
    take_signer(root, &r->form->request);
    if (r->kind == REQUEST) take_order(r, root);
    if (r->kind == CLAIMS) take_claims(r, root);
}

/* ---- what it means ---- */

/* mark adds one field with its length in front, so that no two requests write the same octets. */
static bool mark(struct hasher *h, struct bytes field)
{
    uint64_t n = field.len;
    uint8_t length[8];
    for (int i = 7; i >= 0; i--, n >>= 8) length[i] = (uint8_t)n;
    return hasher_add(h, bytes_of(length, sizeof length)) && hasher_add(h, field);
}

static bool mark_number(struct hasher *h, unsigned v)
{
    const uint8_t octets[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                               (uint8_t)v};
    return mark(h, bytes_of(octets, sizeof octets));
}

static bool mark_document(struct hasher *h, const struct approval_document *d)
{
    struct bytes source = d->source == SOURCE_CONTENT  ? d->content
                          : d->source == SOURCE_UPLOAD ? bytes_str(d->id)
                                                       : digest_bytes(&d->digest);
    return mark_number(h, d->role) && mark(h, bytes_str(d->name)) && mark(h, bytes_str(d->mime)) &&
           mark_number(h, d->source) &&
           mark_number(h, d->source == SOURCE_DIGEST ? d->digest.alg : 0) && mark(h, source);
}

static bool mark_request(struct hasher *h, const struct approval_request *q)
{
    bool ok = mark(h, bytes_str(q->order_no)) && mark(h, bytes_str(q->order_type)) &&
              mark(h, bytes_str(q->identity_no)) && mark(h, bytes_str(q->applicant)) &&
              mark_number(h, q->profile) && mark_number(h, q->packaging) &&
              mark_number(h, q->commitment) && mark_number(h, q->has_certificate) &&
              mark(h, digest_bytes(&q->certificate)) && mark_number(h, (unsigned)q->n_documents);
    for (size_t i = 0; ok && i < q->n_documents; i++) ok = mark_document(h, &q->documents[i]);
    return ok;
}

static err_t mark_body(struct form *f)
{
    struct approval_request *q = &f->request;
    own_ptr(hasher) h = hasher_new(DIGEST_SHA256);
    bool ok = h && mark_request(h, q) && mark(h, form_order(f)) && hasher_end(h, &q->body);
    return ok && buf_ok(&f->order) ? OK : err_raise(ERR_STORAGE_FULL);
}

/* ---- together ---- */

static err_t read_as(enum kind kind, struct bytes body, const struct settings *s, enum lang lang,
                     struct form **out, struct session_why *why)
{
    struct json_fault fault = {0};
    own_ptr(json) doc = NULL;
    err_t e = body_read(body, s, lang, &doc, why);
    if (e) return e;
    own_ptr(form) f = calloc(1, sizeof *f);
    if (!f) return err_raise(ERR_STORAGE_FULL);
    struct json_at root = json_root(doc, &fault);
    take_all(&(struct reading){f, s, kind}, &root);
    if ((e = body_fault(&fault, lang, why))) return e;
    f->request.lang = lang;
    if ((e = mark_body(f))) return e;
    *out = give(f);
    return OK;
}

err_t form_read(struct bytes body, const struct settings *s, enum lang lang, struct form **out,
                struct session_why *why)
{
    return read_as(REQUEST, body, s, lang, out, why);
}

err_t form_read_claims(struct bytes payload, const struct settings *s, enum lang lang,
                       struct form **out, struct session_why *why)
{
    return read_as(CLAIMS, payload, s, lang, out, why);
}

err_t form_read_draft(struct bytes text, const struct settings *s, enum lang lang,
                      struct form **out, struct session_why *why)
{
    return read_as(DRAFT, text, s, lang, out, why);
}
