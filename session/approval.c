/* SPDX-License-Identifier: MIT */
#include "session/approval.h"

#include "session/clock.h"
#include "session/detail.h"
#include "session/ident.h"

static const char *const state_names[APPROVAL_STATE_COUNT] = {
    [APPROVAL_WAITING_CARD] = "waiting-card",
    [APPROVAL_WAITING_CONSENT] = "waiting-consent",
    [APPROVAL_SIGNING] = "signing",
    [APPROVAL_COMPLETING] = "completing",
    [APPROVAL_DONE] = "done",
    [APPROVAL_FAILED] = "failed",
    [APPROVAL_CANCELLED] = "cancelled",
    [APPROVAL_EXPIRED] = "expired",
    [APPROVAL_INTERRUPTED] = "interrupted",
};

const char *approval_state_name(enum approval_state st)
{
    return state_names[st];
}

bool approval_state_final(enum approval_state st)
{
    return st >= APPROVAL_DONE;
}

static const char *const role_names[ROLE_COUNT] = {
    [ROLE_APPLICATION_FORM] = "application-form",
    [ROLE_UNDERTAKING] = "undertaking",
    [ROLE_OTHER] = "other",
};

const char *document_role_name(enum document_role r)
{
    return role_names[r];
}

bool document_role_of(const char *name, enum document_role *out)
{
    for (unsigned r = 0; r < ROLE_COUNT; r++) {
        if (strcmp(role_names[r], name) != 0) continue;
        *out = (enum document_role)r;
        return true;
    }
    return false;
}

/* ---- its beginning ---- */

static err_t copy_document(const struct approval_document *from, const char *owner,
                           struct documents *store, struct work_document *to)
{
    memcpy(to->name, from->name, sizeof to->name);
    memcpy(to->mime, from->mime, sizeof to->mime);
    to->source = from->source;
    to->digest = from->digest;
    if (from->source == SOURCE_UPLOAD) return documents_take(store, owner, from->id, &to->upload);
    if (from->source == SOURCE_DIGEST) return OK;
    to->content = malloc(from->content.len + 1);
    if (!to->content) return err_raise(ERR_STORAGE_FULL);
    if (from->content.len > 0) memcpy(to->content, from->content.p, from->content.len);
    to->len = from->content.len;
    return OK;
}

static void copy_words(struct approval *a, const struct approval_request *r)
{
    memcpy(a->owner, r->owner, sizeof a->owner);
    memcpy(a->shown.order_no, r->order_no, sizeof a->shown.order_no);
    a->shown.profile = r->profile;
    a->shown.packaging = r->packaging;
    a->shown.media_type = "application/xml";
    a->shown.tries = -1;
    a->lang = r->lang;
    struct work *w = a->work;
    memcpy(w->order_type, r->order_type, sizeof w->order_type);
    memcpy(w->identity, r->identity_no, sizeof w->identity);
    memcpy(w->applicant, r->applicant, sizeof w->applicant);
    w->commitment = r->commitment;
    w->lang = r->lang;
    w->chain = "";
    w->wish = (struct signer_wish){.has_certificate = r->has_certificate,
                                   .certificate = r->certificate,
                                   .identity = w->identity};
    w->der = buf_max(65536);
}

static err_t fill(struct approval *a, const struct approval_request *r, struct documents *store,
                  size_t *at)
{
    if (!ident_new(a->shown.id)) return err_raise(ERR_INTERNAL);
    a->work = calloc(1, sizeof *a->work);
    if (!a->work) return err_raise(ERR_STORAGE_FULL);
    copy_words(a, r);
    struct work *w = a->work;
    w->documents = calloc(r->n_documents, sizeof *w->documents);
    if (!w->documents) return err_raise(ERR_STORAGE_FULL);
    for (size_t i = 0; i < r->n_documents; i++) {
        *at = i;
        w->n_documents = i + 1;
        w->wish.undertaking |= r->documents[i].role == ROLE_UNDERTAKING;
        err_t e = copy_document(&r->documents[i], r->owner, store, &w->documents[i]);
        if (e) return e;
    }
    return OK;
}

err_t approval_new(const struct approval_request *r, struct documents *store, struct approval **out,
                   size_t *at)
{
    own_ptr(approval) a = calloc(1, sizeof *a);
    if (!a) return err_raise(ERR_STORAGE_FULL);
    a->shown.created = utc_now();
    err_t e = fill(a, r, store, at);
    if (e) {
        approval_rest(a, store);
        return e;
    }
    *out = give(a);
    return OK;
}

/* ---- its end ---- */

void approval_rest(struct approval *a, struct documents *store)
{
    struct work *w = give(a->work);
    if (!w) return;
    xades_job_free(w->job); /* views the contents and the certificate */
    for (size_t i = 0; i < w->n_documents; i++) {
        if (w->documents[i].content) explicit_bzero(w->documents[i].content, w->documents[i].len);
        free(w->documents[i].content);
        documents_release(store, w->documents[i].upload);
    }
    free(w->documents);
    buf_free(&w->der);
    explicit_bzero(w, sizeof *w);
    free(w);
}

void approval_free(struct approval *a)
{
    if (!a) return;
    buf_wipe(&a->file);
    free(a);
}

/* ---- its states ---- */

void approval_clock(struct approval *a, uint64_t seconds)
{
    a->deadline = clock_after(seconds);
    a->shown.expires = utc_now() + (utc_t)seconds;
    a->shown.version++;
}

void approval_clock_stop(struct approval *a)
{
    a->deadline = 0;
    a->shown.expires = 0;
    a->shown.version++;
}

void approval_enter(struct approval *a, enum approval_state st)
{
    a->shown.state = st;
    a->shown.waiting_for = OK;
    a->shown.detail[0] = 0;
    a->shown.since = utc_now();
    approval_clock_stop(a);
}

void approval_waits_for(struct approval *a, err_t what)
{
    if (a->shown.waiting_for == what) return;
    a->shown.waiting_for = what;
    if (a->shown.state == APPROVAL_WAITING_CARD)
        a->shown.has_signer = false; /* another card, another signer */
    detail_of(what, a->lang, "", a->shown.detail, sizeof a->shown.detail);
    a->shown.version++;
}

void approval_problem(struct approval *a, err_t e, const char *clause)
{
    a->shown.problem = e;
    detail_of(e, a->lang, clause, a->shown.detail, sizeof a->shown.detail);
}

err_t work_content(const struct work_document *d, struct bytes *out)
{
    if (d->source == SOURCE_UPLOAD) return document_view(d->upload, out);
    *out = bytes_of(d->content, d->len);
    return OK;
}
