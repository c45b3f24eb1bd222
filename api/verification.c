/* SPDX-License-Identifier: MIT */
#include "api/verification.h"

#include "api/body.h"
#include "api/report.h"
#include "session/detail.h"

/* The octets of the body, or those of a kept document, held until the end. */
struct octets {
    char id[SESSION_ID]; /* "": what `content` has */
    struct buf content;
    struct document *upload;
};

#define MAX_PARTS (1 + XADES_MAX_DOCUMENTS) /* the signed file, and documents beside it */

struct verification {
    struct session *session;
    bool qualified;
    size_t n; /* parts that were read; the first is the signed file */
    struct octets parts[MAX_PARTS];
    char names[MAX_PARTS][256];
    struct bytes views[MAX_PARTS];
};

static void verification_free(struct verification *v)
{
    if (!v) return;
    for (size_t i = 0; i < v->n; i++) {
        buf_wipe(&v->parts[i].content);
        if (v->parts[i].upload) session_upload_release(v->session, v->parts[i].upload);
    }
    free(v);
}
OWN_PTR(verification)

/* ---- reading ---- */

static void take_octets(const struct json_at *in, struct octets *o)
{
    const bool content = json_has(in, "content"), upload = json_has(in, "documentId");
    if (content == upload) return json_refuse(in, NULL, JSON_NOT_EXACTLY_ONE);
    if (content) (void)body_base64(in, "content", &o->content);
    if (upload) (void)body_id(in, "documentId", o->id);
}

static void take_signature(struct verification *v, const struct json_at *root)
{
    static const char *const keys[] = {"content", "documentId", NULL};
    const struct json_at signature = json_member_object(root, "signature", true);
    v->n = 1;
    if (!signature.v) return;
    json_only(&signature, keys);
    take_octets(&signature, &v->parts[0]);
}

/* A detached reference is found by its name; two of one name could be swapped unseen. */
static void take_name(struct verification *v, const struct json_at *document, size_t at)
{
    body_text(document, "name", true, v->names[at], sizeof v->names[at]);
    for (size_t i = 1; i < at; i++)
        if (strcmp(v->names[i], v->names[at]) == 0) json_refuse(document, "name", JSON_NAME_TWICE);
}

static void take_documents(struct verification *v, const struct json_at *root, size_t most)
{
    static const char *const keys[] = {"name", "content", "documentId", NULL};
    size_t n = 0;
    if (!json_has(root, "documents")) return;
    const struct json_at documents = json_member_array(root, "documents", &n);
    if (n > most) return json_refuse(root, "documents", JSON_WRONG_COUNT);
    for (size_t i = 0; i < n; i++) {
        const struct json_at document = json_element(&documents, i);
        v->n = i + 2;
        json_only(&document, keys);
        take_name(v, &document, i + 1);
        take_octets(&document, &v->parts[i + 1]);
    }
}

static err_t read_body(struct call *c, struct verification *v)
{
    static const char *const keys[] = {"signature", "documents", "qualified", NULL};
    const struct settings *s = c->api->config.settings;
    struct json_fault fault = {0};
    own_ptr(json) doc = NULL;
    err_t e = body_read(buf_bytes(&c->body), s, c->lang, &doc, &c->refusal.why);
    if (e) return e;
    const struct json_at root = json_root(doc, &fault);
    json_only(&root, keys);
    take_signature(v, &root);
    take_documents(v, &root, (size_t)s->max_documents);
    v->qualified = json_member_flag(&root, "qualified");
    return body_fault(&fault, c->lang, &c->refusal.why);
}

static err_t hold(struct call *c, struct verification *v)
{
    uint64_t total = 0;
    for (size_t i = 0; i < v->n; i++) {
        struct octets *o = &v->parts[i];
        v->views[i] = buf_bytes(&o->content);
        err_t e = o->id[0]
                      ? session_upload_hold(v->session, c->owner, o->id, &o->upload, &v->views[i])
                      : OK;
        if (e) return e;
        total += v->views[i].len;
    }
    return total <= c->api->config.settings->max_verification ? OK : err_raise(ERR_BODY_TOO_LARGE);
}

/* ---- judging ---- */

static err_t judge(struct call *c, const struct verification *v, struct xades_report **out)
{
    const struct settings *s = c->api->config.settings;
    own_ptr(trust) nobody = NULL;
    const struct trust *trust = session_trust(v->session);
    if (!trust && !(trust = nobody = trust_empty())) return err_raise(ERR_STORAGE_FULL);
    struct xades_detached detached[XADES_MAX_DOCUMENTS];
    struct xades_why why = {0};
    for (size_t i = 1; i < v->n; i++)
        detached[i - 1] = (struct xades_detached){bytes_str(v->names[i]), v->views[i]};
    const struct xades_verification q = {
        .file = v->views[0],
        .detached = detached,
        .n_detached = v->n - 1,
        .trust = trust,
        .at = utc_now(),
        .max_xml_depth = (unsigned)s->max_xml_depth,
        .max_xml_octets = (size_t)s->max_xml_document,
        .demand_qualified = v->qualified,
    };
    err_t e = xades_verify(&q, out, &why);
    if (e) detail_of(e, c->lang, why.clause, c->refusal.why.detail, sizeof c->refusal.why.detail);
    return e;
}

err_t verification_post(struct call *c)
{
    own_ptr(xades_report) report = NULL;
    own_ptr(verification) v = calloc(1, sizeof *v);
    if (!v) return err_raise(ERR_STORAGE_FULL);
    v->session = c->api->config.session;
    err_t e = call_only_parameters(c, (const char *const[]){NULL});
    if (!e) e = read_body(c, v);
    if (!e) e = hold(c, v);
    if (!e) e = judge(c, v, &report);
    if (e) return e;
    struct jsonw w = call_json(c, 200);
    report_write(&w, report);
    return call_done(c);
}
