/* SPDX-License-Identifier: MIT */
#include "xades/trust.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "core/digest.h"
#include "core/file.h"
#include "xades/shelves.h"

static void bio_own(BIO **b)
{
    (void)BIO_free(*b);
}

/* Callers see no change when the shelves fill: a trust is const to them. */
struct trust {
    struct shelves *shelves;
    int folder;         /* -1: none */
    struct digest seen; /* what lay in it */
    uint64_t version;
};

static void drop_files(struct shelves *s)
{
    for (size_t i = 0; i < s->n_files; i++) buf_free(&s->files[i]);
    free(s->files);
    s->files = NULL;
    s->n_files = 0;
}

static void shelves_clear(struct shelves *s)
{
    drop_files(s);
    X509_STORE_free(s->lists);
    sk_X509_pop_free(s->anchors, X509_free);
    sk_X509_pop_free(s->between, X509_free);
    *s = (struct shelves){0};
}

static void shelves_free(struct shelves *s)
{
    if (s) shelves_clear(s);
    free(s);
}
OWN_PTR(shelves)

struct trust *trust_empty(void)
{
    struct trust *t = calloc(1, sizeof *t);
    if (t && (t->shelves = calloc(1, sizeof *t->shelves))) {
        t->folder = -1;
        return t;
    }
    free(t);
    return NULL;
}

void trust_free(struct trust *t)
{
    if (!t) return;
    shelves_free(t->shelves);
    fd_own(&t->folder);
    free(t);
}

/* ---- what a file holds ---- */

/* One of a file's certificates and lists; one of the pointers is NULL. */
struct found {
    struct bytes der;
    X509 *certificate;
    X509_CRL *list;
};
typedef void found_taker(void *ctx, const struct found *f);

static bool find_der(struct bytes der, found_taker *take, void *ctx)
{
    const unsigned char *p = der.p;
    if (der.len == 0) return false;
    owned(x509_own) X509 *x = d2i_X509(NULL, &p, (long)der.len);
    if (x && p == der.p + der.len) {
        take(ctx, &(struct found){der, x, NULL});
        return true;
    }
    p = der.p;
    owned(crl_own) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
    if (!crl || p != der.p + der.len) return false;
    take(ctx, &(struct found){der, NULL, crl});
    return true;
}

static bool find_pem(struct bytes text, found_taker *take, void *ctx)
{
    owned(bio_own) BIO *in = BIO_new_mem_buf(text.p, (int)text.len);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    bool any = false;
    while (in && PEM_read_bio(in, &name, &header, &der, &len) == 1) {
        if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_CRL) == 0)
            any = find_der(bytes_of(der, (size_t)len), take, ctx) || any;
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    return any;
}

/* False: neither certificate nor list is in it. */
static bool find(struct bytes content, found_taker *take, void *ctx)
{
    bool any = find_der(content, take, ctx) || find_pem(content, take, ctx);
    ERR_clear_error(); /* what a foreign file is not is nobody's error */
    return any;
}

/* The one place that tells an anchor from an intermediate. Names alone are not asked: a
 * self-issued certificate (RFC 5280 3.2) that another key signed is an intermediate. */
static enum trust_kind kind_of(const struct found *f)
{
    if (f->list) return TRUST_CRL;
    if (X509_get_extension_flags(f->certificate) & EXFLAG_INVALID) return TRUST_NOTHING;
    return X509_self_signed(f->certificate, 1) == 1 ? TRUST_ANCHOR : TRUST_INTERMEDIATE;
}

static void take_kind(void *ctx, const struct found *f)
{
    *(enum trust_kind *)ctx = kind_of(f);
}

enum trust_kind trust_kind(struct bytes der)
{
    enum trust_kind kind = TRUST_NOTHING;
    if (der.len <= TRUST_MAX_OCTETS) (void)find_der(der, take_kind, &kind);
    ERR_clear_error();
    return kind;
}

/* ---- understanding ---- */

/* The digest of RSASSA-PSS stands in its parameters; without any it is SHA-1 (RFC 4055 3.1). */
static int pss_digest(const X509_ALGOR *how)
{
    int type = V_ASN1_UNDEF, digest = NID_sha1;
    const void *value = NULL;
    X509_ALGOR_get0(NULL, &type, &value, how);
    const ASN1_STRING *sequence = type == V_ASN1_SEQUENCE ? value : NULL;
    const unsigned char *p = sequence ? ASN1_STRING_get0_data(sequence) : NULL;
    RSA_PSS_PARAMS *pss = p ? d2i_RSA_PSS_PARAMS(NULL, &p, ASN1_STRING_length(sequence)) : NULL;
    if (pss && pss->hashAlgorithm) digest = OBJ_obj2nid(pss->hashAlgorithm->algorithm);
    RSA_PSS_PARAMS_free(pss);
    return digest;
}

static bool strongly_signed(const X509_CRL *crl)
{
    int digest = NID_undef;
    const X509_ALGOR *how = NULL;
    X509_CRL_get0_signature(crl, NULL, &how);
    if (X509_CRL_get_signature_nid(crl) == NID_rsassaPss)
        digest = pss_digest(how);
    else if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, NULL) != 1)
        return false;
    return digest == NID_sha256 || digest == NID_sha384 || digest == NID_sha512;
}

/* RFC 5280 5.1.2.5 demands nextUpdate: without it nobody can say when the list went stale. A list
 * of what has changed alone (5.2.4) would be taken for a whole one. One that is signed with SHA-1
 * or older proves nothing any more (Tebliğ art. 6). */
bool shelves_list_counts(const X509_CRL *crl)
{
    return X509_CRL_get0_nextUpdate(crl) && X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) < 0 &&
           strongly_signed(crl);
}

static void shelve(void *ctx, const struct found *f)
{
    struct shelves *s = ctx;
    enum trust_kind kind = kind_of(f);
    if (kind == TRUST_NOTHING) return;
    if (kind == TRUST_CRL) {
        if (shelves_list_counts(f->list)) (void)X509_STORE_add_crl(s->lists, f->list);
        return;
    }
    certs *shelf = kind == TRUST_ANCHOR ? s->anchors : s->between;
    if (X509_up_ref(f->certificate) == 1 && sk_X509_push(shelf, f->certificate) <= 0)
        X509_free(f->certificate);
}

static bool understand(struct shelves *s)
{
    if (s->lists && s->anchors && s->between && s->n_files == 0) return true;
    if (!s->lists) s->lists = X509_STORE_new();
    if (!s->anchors) s->anchors = sk_X509_new_null();
    if (!s->between) s->between = sk_X509_new_null();
    if (!s->lists || !s->anchors || !s->between) return false;
    for (size_t i = 0; i < s->n_files; i++) (void)find(buf_bytes(&s->files[i]), shelve, s);
    drop_files(s);
    return true;
}

const struct shelves *shelves_of(const struct trust *t)
{
    return understand(t->shelves) ? t->shelves : NULL;
}

size_t trust_n_anchors(const struct trust *t)
{
    const struct shelves *s = shelves_of(t);
    return s ? (size_t)sk_X509_num(s->anchors) : 0;
}

/* ---- the folder ---- */

/* A folder's names, in their order. */
struct names {
    char *at[TRUST_MAX_FILES];
    size_t n;
};

static void names_free(struct names *names)
{
    while (names->n > 0) free(names->at[--names->n]);
}
OWN(names)

static void dir_own(DIR **d)
{
    if (*d) (void)closedir(*d);
}

static int by_octets(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whoever may write here says whom the user trusts. */
static bool ours_alone(const struct stat *st)
{
    return (st->st_uid == geteuid() || st->st_uid == 0) && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static err_t open_folder(const char *dir, int *out)
{
    *out = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *out >= 0 ? OK : err_raise_foreign(ERR_FILE_UNREADABLE, errno);
}

static err_t list_names(int folder, struct names *out)
{
    struct stat st;
    own_fd again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0 || fstat(again, &st) != 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (!ours_alone(&st)) return err_raise(ERR_TRUST_REFUSED);
    owned(dir_own) DIR *d = fdopendir(again);
    if (!d) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    (void)give_fd(&again);
    for (const struct dirent *f; (f = readdir(d)) != NULL;) {
        if (f->d_name[0] == '.') continue;
        if (out->n == TRUST_MAX_FILES || !(out->at[out->n] = strdup(f->d_name)))
            return err_raise(ERR_STORAGE_FULL);
        out->n++;
    }
    qsort(out->at, out->n, sizeof *out->at, by_octets);
    return OK;
}

/* Leaves `content` empty for what is no regular file, and for one that went meanwhile. */
static err_t read_file(int folder, const char *name, size_t room, struct buf *content)
{
    struct stat st;
    /* O_NONBLOCK: a FIFO in the place of a file must not hang us. */
    own_fd fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return OK;
    if (fd < 0 && !S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode)) return OK;
    if (fd < 0 || fstat(fd, &st) != 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (!S_ISREG(st.st_mode)) return OK;
    if (!ours_alone(&st)) return err_raise(ERR_TRUST_REFUSED);
    *content = buf_max(room);
    err_t e = file_read_fd(fd, content);
    return e == ERR_BODY_TOO_LARGE ? err_raise(ERR_STORAGE_FULL) : e;
}

static err_t read_all(int folder, struct shelves *s)
{
    own(names) names = {0};
    err_t e = list_names(folder, &names);
    if (!e && !(s->files = calloc(names.n + 1, sizeof *s->files))) e = err_raise(ERR_STORAGE_FULL);
    size_t room = TRUST_MAX_OCTETS;
    for (size_t i = 0; !e && i < names.n; i++) {
        own(buf) content = buf_max(0);
        e = read_file(folder, names.at[i], room, &content);
        if (e) break;
        room -= content.len;
        s->files[s->n_files++] = buf_take(&content);
    }
    return e;
}

static bool note_entry(struct hasher *h, int folder, const char *name)
{
    struct stat st = {0}; /* a link that leads nowhere: only its name counts */
    (void)fstatat(folder, name, &st, 0);
    const int64_t what[] = {(int64_t)st.st_dev, (int64_t)st.st_ino, (int64_t)st.st_size,
                            st.st_mtim.tv_sec,  st.st_mtim.tv_nsec, st.st_ctim.tv_sec,
                            st.st_ctim.tv_nsec};
    return hasher_add(h, bytes_of(name, strlen(name) + 1)) &&
           hasher_add(h, bytes_of(what, sizeof what));
}

/* What lies in the folder, without reading it. */
static err_t look_at(int folder, struct digest *out)
{
    own(names) names = {0};
    own_ptr(hasher) h = hasher_new(DIGEST_SHA256);
    err_t e = list_names(folder, &names);
    bool good = h && note_entry(h, folder, ".");
    for (size_t i = 0; good && i < names.n; i++) good = note_entry(h, folder, names.at[i]);
    if (!e && !(good && hasher_end(h, out))) e = err_raise(ERR_STORAGE_FULL);
    return e;
}

/* What is looked at before it is read is never newer than what was read. */
static err_t fill(struct trust *t, const struct digest *seen)
{
    own_ptr(shelves) fresh = calloc(1, sizeof *fresh);
    if (!fresh) return err_raise(ERR_STORAGE_FULL);
    err_t e = read_all(t->folder, fresh);
    if (e) return e;
    shelves_free(t->shelves);
    t->shelves = give(fresh);
    t->seen = *seen;
    return OK;
}

err_t trust_load(const char *dir, struct trust **out)
{
    struct digest seen;
    own_ptr(trust) t = trust_empty();
    if (!t) return err_raise(ERR_STORAGE_FULL);
    err_t e = open_folder(dir, &t->folder);
    if (!e) e = look_at(t->folder, &seen);
    if (!e) e = fill(t, &seen);
    if (e) return e;
    *out = give(t);
    return OK;
}

int trust_folder(const struct trust *t)
{
    return t->folder;
}

uint64_t trust_version(const struct trust *t)
{
    return t->version;
}

err_t trust_refresh(struct trust *t)
{
    struct digest seen;
    if (t->folder < 0) return OK;
    err_t e = look_at(t->folder, &seen);
    if (!e && t->seen.len == seen.len && memcmp(t->seen.v, seen.v, seen.len) == 0) return OK;
    if (!e) e = fill(t, &seen);
    if (e) {
        shelves_clear(t->shelves);
        t->seen = (struct digest){0};
    }
    t->version++;
    return e;
}

err_t trust_configured(const struct settings *s, struct buf *dir, struct trust **out)
{
    settings_trust_dir(s, dir);
    if (!buf_ok(dir)) return err_raise(ERR_FILE_UNREADABLE);
    struct stat st;
    bool absent =
        !s->trust_dir[0] && (dir->len == 0 || (lstat(buf_cstr(dir), &st) != 0 && errno == ENOENT));
    if (!absent) return trust_load(buf_cstr(dir), out);
    *out = NULL;
    return OK;
}

/* ---- showing ---- */

struct showing {
    trust_visitor *visit;
    void *ctx;
    const char *file;
    size_t place;
};

static void show(void *ctx, const struct found *f)
{
    struct showing *s = ctx;
    const unsigned char *issuer = NULL;
    size_t len = 0;
    struct trust_item item = {
        .file = s->file, .kind = kind_of(f), .place = s->place++, .der = f->der};
    if (f->list) {
        item.this_update = x509_time(X509_CRL_get0_lastUpdate(f->list));
        item.next_update = x509_time(X509_CRL_get0_nextUpdate(f->list));
        item.usable = shelves_list_counts(f->list);
        if (X509_NAME_get0_der(X509_CRL_get_issuer(f->list), &issuer, &len) == 1)
            item.issuer = bytes_of(issuer, len);
    }
    s->visit(s->ctx, &item);
}

err_t trust_visit(const char *dir, trust_visitor *visit, void *ctx, struct trust_extent *out)
{
    own(names) names = {0};
    own_fd folder = -1;
    struct trust_extent extent = {0};
    err_t e = open_folder(dir, &folder);
    if (!e) e = list_names(folder, &names);
    for (size_t i = 0; !e && i < names.n; i++) {
        struct showing s = {.visit = visit, .ctx = ctx, .file = names.at[i]};
        own(buf) content = buf_max(0);
        e = read_file(folder, s.file, TRUST_MAX_OCTETS - extent.octets, &content);
        if (e) break;
        extent.files++;
        extent.octets += content.len;
        if (!find(buf_bytes(&content), show, &s)) visit(ctx, &(struct trust_item){.file = s.file});
    }
    if (!e) *out = extent;
    return e;
}
