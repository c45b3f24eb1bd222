/* SPDX-License-Identifier: MIT */
#include "session/nonces.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#define NAME 32 /* SHA-256 of owner and nonce */
#define SUM  8  /* first octets of the SHA-256 of what stands before them */

struct place {
    uint8_t name[NAME];
    utc_t until; /* 0: free */
};

struct nonces {
    int fd;
    struct place places[NONCES_MAX];
};

/* ---- a place as it stands in the file: name, until (big-endian), sum ---- */

static bool sum_of(const uint8_t *record, uint8_t sum[SUM])
{
    struct digest d;
    if (!digest_of(DIGEST_SHA256, bytes_of(record, NONCES_RECORD - SUM), &d)) return false;
    memcpy(sum, d.v, SUM);
    return true;
}

static bool write_record(const struct place *p, uint8_t record[NONCES_RECORD])
{
    uint64_t until = (uint64_t)p->until;
    memcpy(record, p->name, NAME);
    for (int i = 7; i >= 0; i--, until >>= 8) record[NAME + i] = (uint8_t)until;
    return sum_of(record, record + NONCES_RECORD - SUM);
}

static bool read_record(const uint8_t *record, struct place *out)
{
    uint8_t sum[SUM];
    uint64_t until = 0;
    for (int i = 0; i < 8; i++) until = until << 8 | record[NAME + i];
    if (!sum_of(record, sum) || memcmp(sum, record + NONCES_RECORD - SUM, SUM) != 0) return false;
    memcpy(out->name, record, NAME);
    out->until = (utc_t)until;
    return true;
}

/* ---- the file ---- */

/* open_own opens or makes a 0600 file that no other process uses. */
static err_t open_own(const char *path, int *out)
{
    struct stat st;
    own_fd fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    if (fd < 0 || fstat(fd, &st) != 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 0177) != 0)
        return err_raise(ERR_FILE_UNREADABLE);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    *out = give_fd(&fd);
    return OK;
}

static err_t load(struct nonces *n)
{
    own(buf) file = buf_max((size_t)NONCES_MAX * NONCES_RECORD);
    err_t e = file_read_fd(n->fd, &file);
    if (e) return e == ERR_BODY_TOO_LARGE ? err_raise(ERR_FILE_UNREADABLE) : e;
    for (size_t i = 0; (i + 1) * NONCES_RECORD <= file.len; i++) {
        struct place p;
        if (read_record(file.p + i * NONCES_RECORD, &p)) n->places[i] = p;
    }
    return OK;
}

err_t nonces_open(const char *path, struct nonces **out)
{
    own_ptr(nonces) n = calloc(1, sizeof *n);
    if (!n) return err_raise(ERR_STORAGE_FULL);
    n->fd = -1;
    err_t e = open_own(path, &n->fd);
    /* A new file is lost with its nonces unless its folder is on disk too. */
    if (!e) e = file_sync_folder(path);
    if (!e) e = load(n);
    if (!e) *out = give(n);
    return e;
}

void nonces_free(struct nonces *n)
{
    if (!n) return;
    fd_own(&n->fd);
    free(n);
}

/* ---- using ---- */

/* The NUL between them keeps ("a", "bc") apart from ("ab", "c"). */
static bool name_of(const char *owner, const char *nonce, uint8_t name[NAME])
{
    struct digest d;
    own_ptr(hasher) h = hasher_new(DIGEST_SHA256);
    if (!h || !hasher_add(h, bytes_of(owner, strlen(owner) + 1)) ||
        !hasher_add(h, bytes_str(nonce)) || !hasher_end(h, &d))
        return false;
    memcpy(name, d.v, NAME);
    return true;
}

/* A place is free when its nonce's order is over; NONCES_MAX: none is. */
static size_t find(const struct nonces *n, const uint8_t name[NAME], utc_t now, bool *used)
{
    size_t free = NONCES_MAX;
    *used = false;
    for (size_t i = 0; i < NONCES_MAX; i++) {
        const struct place *p = &n->places[i];
        if (memcmp(p->name, name, NAME) == 0) *used = true;
        if (free == NONCES_MAX && p->until < now) free = i;
    }
    return free;
}

static err_t store(struct nonces *n, size_t i, const struct place *p)
{
    uint8_t record[NONCES_RECORD];
    if (!write_record(p, record)) return err_raise(ERR_INTERNAL);
    const off_t at = (off_t)(i * NONCES_RECORD);
    ssize_t written = pwrite(n->fd, record, sizeof record, at);
    if (written != (ssize_t)sizeof record || fdatasync(n->fd) != 0)
        return err_raise_foreign(ERR_STORAGE_FULL, errno);
    n->places[i] = *p;
    return OK;
}

err_t nonces_use(struct nonces *n, const char *owner, const char *nonce, utc_t until, utc_t now)
{
    struct place p = {.until = until};
    bool used;
    if (!name_of(owner, nonce, p.name)) return err_raise(ERR_INTERNAL);
    const size_t i = find(n, p.name, now, &used);
    if (used) return err_raise(ERR_ORDER_REPLAYED);
    if (i == NONCES_MAX) return err_raise(ERR_TOO_MANY_REQUESTS);
    return store(n, i, &p);
}
