/* SPDX-License-Identifier: MIT */
#include "session/document.h"

#include "core/file.h"
#include "session/clock.h"
#include "session/ident.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>

struct document {
    struct document *next;
    char owner[SESSION_OWNER];
    uint8_t id[16];
    int fd;
    uint64_t size;
    struct digest sha256;
    int64_t deadline; /* clock_ms; passes without effect while somebody uses it */
    unsigned users;
    struct bytes mapped;
};

/* What is left of an expired document: enough to tell its owner, and nobody else, that it was. */
struct remembered {
    uint8_t owner_and_id[16];
};

struct documents {
    const struct settings *settings;
    struct document *kept;
    size_t n;       /* kept and arriving */
    uint64_t total; /* octets of both */
    struct remembered expired[DOCUMENTS_REMEMBERED];
    size_t n_expired; /* ever */
};

/* Pieces come as small as a network hands them over. They are gathered: writing little costs as
 * much as writing much, and pages that are filled at once are not looked up twice. */
#define UPLOAD_HOLD ((size_t)128 * 1024)

struct session_upload {
    struct documents *store;
    char owner[SESSION_OWNER];
    int fd;
    bool file; /* no longer a memfd */
    uint64_t size, written;
    struct hasher *hasher;
    size_t n_held;
    uint8_t held[UPLOAD_HOLD]; /* the last that came: size - written octets */
};

/* ---- descriptors ---- */

static bool write_all(int fd, struct bytes data)
{
    while (data.len > 0) {
        ssize_t n = write(fd, data.p, data.len);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data = bytes_sub(data, (size_t)n, data.len);
    }
    return true;
}

/* The runtime folder is memory and leaves no trace on a disk, but is often small. */
const char *document_folder(size_t i, struct buf *room)
{
    if (i == 0) return file_runtime_dir(room) == OK ? buf_cstr(room) : NULL;
    return i == 1 ? getenv("TMPDIR") : "/var/tmp";
}

static int unlinked_file(uint64_t room)
{
    for (size_t i = 0; i < DOCUMENT_FOLDERS; i++) {
        own(buf) path = buf_max(4096);
        const char *dir = document_folder(i, &path);
        struct statvfs fs;
        if (!dir || statvfs(dir, &fs) != 0) continue;
        if ((uint64_t)fs.f_bavail * fs.f_frsize < room) continue;
        int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
        if (fd >= 0) return fd;
    }
    return -1;
}

static bool seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0;
}

err_t document_hold(struct bytes octets, int *fd)
{
    if (octets.len <= TOKEN_MAP_MAX) return file_memory(octets, fd);
    own_fd file = unlinked_file(octets.len);
    if (file < 0 || !write_all(file, octets)) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    *fd = give_fd(&file);
    return OK;
}

/* ---- the store ---- */

struct documents *documents_new(const struct settings *settings)
{
    struct documents *store = calloc(1, sizeof *store);
    if (store) store->settings = settings;
    return store;
}

static void document_free(struct documents *store, struct document *d)
{
    file_unmap(d->mapped);
    (void)close(d->fd);
    store->n--;
    store->total -= d->size;
    free(d);
}

void documents_free(struct documents *store)
{
    if (!store) return;
    while (store->kept) {
        struct document *d = store->kept;
        store->kept = d->next;
        document_free(store, d);
    }
    free(store);
}

static bool trace_of(const char *owner, const uint8_t id[16], struct remembered *out)
{
    uint8_t both[16 + SESSION_OWNER];
    size_t n_owner = strnlen(owner, SESSION_OWNER - 1);
    struct digest d;
    memcpy(both, id, 16);
    memcpy(both + 16, owner, n_owner);
    if (!digest_of(DIGEST_SHA256, bytes_of(both, 16 + n_owner), &d)) return false;
    memcpy(out->owner_and_id, d.v, sizeof out->owner_and_id);
    return true;
}

static bool has_expired(const struct documents *store, const char *owner, const uint8_t id[16])
{
    struct remembered wanted;
    if (!trace_of(owner, id, &wanted)) return false;
    size_t n = store->n_expired < DOCUMENTS_REMEMBERED ? store->n_expired : DOCUMENTS_REMEMBERED;
    for (size_t i = 0; i < n; i++)
        if (memcmp(&store->expired[i], &wanted, sizeof wanted) == 0) return true;
    return false;
}

void documents_expire(struct documents *store)
{
    int64_t now = clock_ms();
    for (struct document **at = &store->kept; *at;) {
        struct document *d = *at;
        if (d->users > 0 || d->deadline > now) {
            at = &d->next;
            continue;
        }
        if (trace_of(d->owner, d->id, &store->expired[store->n_expired % DOCUMENTS_REMEMBERED]))
            store->n_expired++;
        *at = d->next;
        document_free(store, d);
    }
}

int64_t documents_deadline(const struct documents *store)
{
    int64_t first = 0;
    for (const struct document *d = store->kept; d; d = d->next)
        if (d->users == 0) first = clock_sooner(first, d->deadline);
    return first;
}

size_t documents_count(const struct documents *store)
{
    return store->n;
}

err_t documents_take(struct documents *store, const char *owner, const char *id,
                     struct document **out)
{
    uint8_t raw[16];
    if (!ident_raw(id, raw)) return err_raise(ERR_DOCUMENT_UNKNOWN);
    documents_expire(store);
    for (struct document *d = store->kept; d; d = d->next) {
        if (memcmp(d->id, raw, sizeof raw) != 0 || strcmp(d->owner, owner) != 0) continue;
        /* In use past its time by another approval: new ones come too late. */
        if (d->deadline <= clock_ms()) return err_raise(ERR_DOCUMENT_EXPIRED);
        d->users++;
        *out = d;
        return OK;
    }
    return err_raise(has_expired(store, owner, raw) ? ERR_DOCUMENT_EXPIRED : ERR_DOCUMENT_UNKNOWN);
}

void documents_release(struct documents *store, struct document *d)
{
    if (!d || --d->users > 0) return;
    file_unmap(d->mapped);
    d->mapped = bytes_of(NULL, 0);
    documents_expire(store);
}

err_t document_view(struct document *d, struct bytes *out)
{
    if (!d->mapped.p) {
        err_t e = file_map(d->fd, &d->mapped);
        if (e) return e;
    }
    *out = d->mapped;
    return OK;
}

int document_fd(const struct document *d)
{
    return d->fd;
}

const struct digest *document_sha256(const struct document *d)
{
    return &d->sha256;
}

/* ---- uploads ---- */

static size_t count_of_owner(const struct documents *store, const char *owner)
{
    size_t n = 0;
    for (const struct document *d = store->kept; d; d = d->next) n += strcmp(d->owner, owner) == 0;
    return n;
}

err_t documents_begin(struct documents *store, const char *owner, struct session_upload **out)
{
    documents_expire(store);
    if (store->n >= DOCUMENTS_MAX || count_of_owner(store, owner) >= DOCUMENTS_OF_OWNER)
        return err_raise(ERR_TOO_MANY_REQUESTS);
    own_ptr(session_upload) u = calloc(1, sizeof *u);
    if (!u) return err_raise(ERR_STORAGE_FULL);
    u->store = store;
    store->n++;
    u->fd = memfd_create("document", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    u->hasher = hasher_new(DIGEST_SHA256);
    if (u->fd < 0 || !u->hasher) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    memcpy(u->owner, owner, strnlen(owner, SESSION_OWNER - 1));
    *out = give(u);
    return OK;
}

void session_upload_free(struct session_upload *u)
{
    if (!u) return;
    u->store->n--;
    u->store->total -= u->size;
    if (u->fd >= 0) (void)close(u->fd);
    hasher_free(u->hasher);
    explicit_bzero(u->held, u->size < UPLOAD_HOLD ? (size_t)u->size : UPLOAD_HOLD);
    free(u);
}

/* A memfd counts against memory; what is large moves to a file before it grows further. */
static bool move_to(struct session_upload *u, int new_file)
{
    own_fd file = new_file;
    if (file < 0) return false;
    struct bytes arrived;
    if (file_map(u->fd, &arrived) != OK) return false;
    bool ok = write_all(file, arrived);
    file_unmap(arrived);
    if (!ok) return false;
    (void)close(u->fd);
    u->fd = give_fd(&file);
    u->file = true;
    return true;
}

static bool move_to_file(struct session_upload *u)
{
    int file = unlinked_file(u->store->settings->max_document);
    return move_to(u, file >= 0 ? file : unlinked_file(2 * u->size));
}

err_t session_upload_expect(struct session_upload *u, uint64_t octets)
{
    if (octets <= TOKEN_MAP_MAX || move_to(u, unlinked_file(octets))) return OK;
    return err_raise_foreign(ERR_STORAGE_FULL, errno);
}

static err_t write_held(struct session_upload *u)
{
    const struct bytes part = bytes_of(u->held, u->n_held);
    if (!u->file && u->written + part.len > TOKEN_MAP_MAX && !move_to_file(u))
        return err_raise_foreign(ERR_STORAGE_FULL, errno);
    if (!write_all(u->fd, part)) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    u->written += part.len;
    u->n_held = 0;
    return hasher_add(u->hasher, part) ? OK : err_raise(ERR_INTERNAL);
}

static err_t hold(struct session_upload *u, struct bytes part)
{
    while (part.len) {
        if (u->n_held == UPLOAD_HOLD) {
            err_t e = write_held(u);
            if (e) return e;
        }
        const struct bytes fits = bytes_sub(part, 0, UPLOAD_HOLD - u->n_held);
        memcpy(u->held + u->n_held, fits.p, fits.len);
        u->n_held += fits.len;
        part = bytes_sub(part, fits.len, part.len);
    }
    return OK;
}

err_t session_upload_add(struct session_upload *u, struct bytes part)
{
    const struct settings *limits = u->store->settings;
    if (part.len > limits->max_document || u->size > limits->max_document - part.len)
        return err_raise(ERR_BODY_TOO_LARGE);
    if (part.len > limits->max_upload_total ||
        u->store->total > limits->max_upload_total - part.len)
        return err_raise(ERR_TOO_MANY_REQUESTS);
    u->size += part.len;
    u->store->total += part.len;
    return hold(u, part);
}

static err_t keep(struct session_upload *u, struct document *d, struct session_document_info *info)
{
    err_t e = write_held(u);
    if (e) return e;
    if (!u->file && !seal(u->fd)) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    if (!hasher_end(u->hasher, &d->sha256) || !ident_random(d->id, sizeof d->id))
        return err_raise(ERR_INTERNAL);
    struct documents *store = u->store;
    memcpy(d->owner, u->owner, sizeof d->owner);
    d->size = u->size;
    d->deadline = clock_after(store->settings->document_keep_seconds);
    d->fd = give_fd(&u->fd);
    d->next = store->kept;
    store->kept = d;
    store->n++;
    store->total += d->size;
    ident_text(d->id, info->id);
    info->size = d->size;
    info->sha256 = d->sha256;
    info->expires = utc_now() + (utc_t)store->settings->document_keep_seconds;
    return OK;
}

err_t session_upload_end(struct session_upload **upload, struct session_document_info *out)
{
    own_ptr(session_upload) u = give(*upload);
    struct session_document_info info = {0};
    own_mem(struct document) d = calloc(1, sizeof *d);
    if (!d) return err_raise(ERR_STORAGE_FULL);
    err_t e = keep(u, d, &info);
    if (e) return e;
    (void)give(d);
    *out = info;
    return OK;
}
