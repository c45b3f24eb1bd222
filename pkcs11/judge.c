/* SPDX-License-Identifier: MIT */
#include "pkcs11/judge.h"

#include "core/file.h"
#include "core/utc.h"
#include "pkcs11/signedinfo.h"
#include "pkcs11/signedproperties.h"

#include <errno.h>
#include <sys/stat.h>

#define BEGINNING 4096  /* octets of a document that consent.c may look at */
#define COPY_MAX  65536 /* octets of a document that are copied, not mapped */

/* The octets of one Reference as the worker itself sees them: small ones copied, since a mapping
 * costs more than they do. */
struct octets {
    struct bytes view;
    struct bytes mapped;
    struct buf copy;
    uint64_t size;
};

static void octets_free(struct octets *o)
{
    if (o->mapped.p) file_unmap(o->mapped);
    o->mapped = bytes_of(NULL, 0);
    buf_wipe(&o->copy);
}
OWN(octets)

static err_t view_sealed(int fd, struct octets *out)
{
    err_t e;
    if (out->size <= COPY_MAX) {
        out->copy = buf_max(COPY_MAX);
        e = file_read_fd(fd, &out->copy);
        out->view = buf_bytes(&out->copy);
    } else {
        e = file_map(fd, &out->mapped);
        out->view = out->mapped;
    }
    return e ? err_raise(ERR_STORAGE_FULL) : OK;
}

/* Sealed memory cannot change between hashing, showing and signing. What is too large for that
 * comes as a file without a name, and is shown by size and digest only. */
static err_t hash_octets(const struct token_octets *t, const struct digest *claimed,
                         struct octets *out)
{
    struct digest d;
    struct stat st;
    if (fstat(t->fd, &st) != 0) return err_raise_foreign(ERR_DOCUMENT_CHANGED, errno);
    out->size = (uint64_t)st.st_size;
    if (file_memory_sealed(t->fd)) {
        err_t e = view_sealed(t->fd, out);
        if (e) return e;
        if (!digest_of(claimed->alg, out->view, &d)) return err_raise(ERR_INTERNAL);
    } else {
        if (!S_ISREG(st.st_mode) || st.st_nlink != 0 || st.st_size <= (off_t)TOKEN_MAP_MAX)
            return err_raise(ERR_DOCUMENT_CHANGED);
        if (!digest_of_fd(claimed->alg, t->fd, &d, &out->size))
            return err_raise(ERR_DOCUMENT_CHANGED);
    }
    bool same = bytes_eq(digest_bytes(&d), digest_bytes(claimed));
    return same ? OK : err_raise(ERR_DOCUMENT_CHANGED);
}

static err_t judge_properties(const struct signedinfo *si, const struct token_order *order,
                              struct bytes cert)
{
    const struct token_octets *t = &order->octets[0];
    own(octets) o = {0};
    const char *clause;
    struct signedproperties claims = {.info = si,
                                      .certificate = cert,
                                      .documents = t + 1,
                                      .profile = order->profile,
                                      .now = utc_now()};
    if (t->kind != TOKEN_SIGNED_PROPERTIES) return err_raise(ERR_DOCUMENT_CHANGED);
    err_t e = hash_octets(t, &si->references[0].digest, &o);
    if (e) return e;
    return signedproperties_match(o.view, &claims, &clause) ? OK : err_raise(ERR_DOCUMENT_CHANGED);
}

/* Everything the dialog shows of one document; `room` keeps its beginning. */
static err_t judge_document(const struct signedinfo_reference *r, const struct token_octets *t,
                            struct buf *room, struct consent_document *out)
{
    *out = (struct consent_document){.name = bytes_str(t->name),
                                     .mime = bytes_str(t->mime),
                                     .digest = r->digest,
                                     .seen = t->kind == TOKEN_DOCUMENT};
    if (t->kind == TOKEN_SIGNED_PROPERTIES) return err_raise(ERR_DOCUMENT_CHANGED);
    if (r->transform == SIGNEDINFO_AS_IS && !signedinfo_uri_names(r->uri, out->name))
        return err_raise(ERR_DOCUMENT_CHANGED);
    /* A digest alone makes sense for something outside the signature file only. */
    if (t->kind == TOKEN_DIGEST_ONLY)
        return r->transform == SIGNEDINFO_AS_IS ? OK : err_raise(ERR_DOCUMENT_CHANGED);
    own(octets) o = {0};
    err_t e = hash_octets(t, &r->digest, &o);
    if (e) return e;
    out->size = o.size;
    size_t at = room->len;
    struct bytes first = bytes_sub(o.view, 0, BEGINNING);
    uint8_t *copy = buf_reserve(room, first.len);
    if (!copy) return err_raise(ERR_STORAGE_FULL);
    if (first.len) memcpy(copy, first.p, first.len);
    buf_commit(room, first.len);
    out->beginning = bytes_of(room->p + at, first.len);
    return OK;
}

void judged_free(struct judged *j)
{
    if (j) buf_wipe(&j->beginnings);
    free(j);
}

static err_t judge(const struct token_order *o, struct bytes cert, struct signedinfo *si,
                   struct judged *out)
{
    const char *clause;
    if (!signedinfo_read(o->signed_info, si, &clause) || si->alg != o->alg || si->n != o->n_octets)
        return err_raise(ERR_DOCUMENT_CHANGED);
    err_t e = judge_properties(si, o, cert);
    /* All the room at once: consent_document views must not move. */
    out->beginnings = buf_max(TOKEN_MAX_REFERENCES * BEGINNING);
    if (!buf_reserve(&out->beginnings, (si->n - 1) * BEGINNING)) return err_raise(ERR_STORAGE_FULL);
    for (size_t i = 1; !e && i < si->n; i++)
        e = judge_document(&si->references[i], &o->octets[i], &out->beginnings,
                           &out->documents[i - 1]);
    out->n = si->n - 1;
    return e;
}

err_t judge_order(const struct token_order *o, struct bytes cert, struct judged **out)
{
    own_ptr(judged) j = calloc(1, sizeof *j);
    own_mem(struct signedinfo) si = calloc(1, sizeof *si);
    if (!j || !si) return err_raise(ERR_STORAGE_FULL);
    err_t e = judge(o, cert, si, j);
    if (!e) *out = give(j);
    return e;
}
