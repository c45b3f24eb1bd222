/* SPDX-License-Identifier: MIT */
#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

err_t file_read_fd(int fd, struct buf *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    off_t at = 0;
    for (;;) {
        /* One octet more than the room that is left tells "too large" from "just fits". */
        size_t room = out->max - out->len;
        size_t want = room < 65536 ? room + 1 : 65536;
        uint8_t small[1], *to = want <= room ? buf_reserve(out, want)
                                : room       ? buf_reserve(out, room)
                                             : small;
        if (!to) return err_raise(ERR_STORAGE_FULL);
        if (want > room && room > 0) want = room;
        ssize_t n = pread(fd, to, want, at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
        if (n == 0) return OK;
        if (to == small) return err_raise(ERR_BODY_TOO_LARGE);
        buf_commit(out, (size_t)n);
        at += n;
    }
}

err_t file_read(const char *path, struct buf *out)
{
    /* O_NONBLOCK: a FIFO in the place of a file must not hang us. */
    own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    return file_read_fd(fd, out);
}

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

static err_t storage_error(void)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return err_raise_foreign(full ? ERR_STORAGE_FULL : ERR_FILE_UNREADABLE, errno);
}

static err_t write_replacing(const char *path, struct bytes data, mode_t mode)
{
    own(buf) temporary = buf_max(4096);
    buf_fmt(&temporary, "%s.%ld.new", path, (long)getpid());
    if (!buf_ok(&temporary)) return err_raise(ERR_FILE_UNREADABLE);
    const char *name = buf_cstr(&temporary);
    own_fd fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) return storage_error();
    if (write_all(fd, data) && fsync(fd) == 0 && rename(name, path) == 0) return OK;
    err_t e = storage_error();
    (void)unlink(name);
    return e;
}

err_t file_sync_folder(const char *path)
{
    own(buf) folder = buf_max(4096);
    const char *slash = strrchr(path, '/');
    if (slash) buf_add(&folder, bytes_of(path, (size_t)(slash - path) + 1));
    own_fd fd = open(slash ? buf_cstr(&folder) : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    return OK;
}

err_t file_write_private(const char *path, struct bytes data)
{
    err_t e = write_replacing(path, data, 0600);
    return e ? e : file_sync_folder(path);
}

err_t file_write(const char *path, struct bytes data)
{
    return write_replacing(path, data, 0644);
}

err_t file_private(const char *path, int *out)
{
    own_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 0177) != 0)
        return err_raise(ERR_FILE_UNREADABLE);
    *out = give_fd(&fd);
    return OK;
}

err_t file_memory_new(int *out)
{
    own_fd fd = memfd_create("onayd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    *out = give_fd(&fd);
    return OK;
}

bool file_memory_add(int fd, struct bytes part)
{
    return write_all(fd, part);
}

err_t file_memory_seal(int fd)
{
    return fcntl(fd, F_ADD_SEALS, ALL_SEALS) == 0 ? OK : err_raise_foreign(ERR_STORAGE_FULL, errno);
}

err_t file_memory(struct bytes data, int *out)
{
    own_fd fd = -1;
    err_t e = file_memory_new(&fd);
    if (!e && !file_memory_add(fd, data)) e = err_raise_foreign(ERR_STORAGE_FULL, errno);
    if (!e) e = file_memory_seal(fd);
    if (!e) *out = give_fd(&fd);
    return e;
}

bool file_memory_sealed(int fd)
{
    int seals = fcntl(fd, F_GET_SEALS);
    return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

err_t file_map(int fd, struct bytes *out)
{
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < 0)
        return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (st.st_size == 0) {
        *out = bytes_of(NULL, 0);
        return OK;
    }
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (p == MAP_FAILED) return err_raise_foreign(ERR_STORAGE_FULL, errno);
    *out = bytes_of(p, (size_t)st.st_size);
    return OK;
}

void file_unmap(struct bytes mapped)
{
    /* munmap takes a plain pointer; the octets themselves stay untouched. */
    if (mapped.len > 0) (void)munmap((void *)(uintptr_t)mapped.p, mapped.len);
}

err_t file_runtime_dir(struct buf *out)
{
    const char *dir = getenv("XDG_RUNTIME_DIR");
    if (!dir || dir[0] != '/') return err_raise(ERR_FILE_UNREADABLE);
    buf_fmt(out, "%s/onayd", dir);
    return buf_ok(out) ? OK : err_raise(ERR_FILE_UNREADABLE);
}

/* XDG Base Directory: $VARIABLE/onayd, else ~/BELOW/onayd. */
static err_t xdg_dir(const char *variable, const char *below, struct buf *out)
{
    const char *dir = getenv(variable), *home = getenv("HOME");
    if (dir && dir[0] == '/')
        buf_fmt(out, "%s/onayd", dir);
    else if (home && home[0] == '/')
        buf_fmt(out, "%s/%s/onayd", home, below);
    else
        return err_raise(ERR_FILE_UNREADABLE);
    return buf_ok(out) ? OK : err_raise(ERR_FILE_UNREADABLE);
}

err_t file_state_dir(struct buf *out)
{
    return xdg_dir("XDG_STATE_HOME", ".local/state", out);
}

err_t file_cache_dir(struct buf *out)
{
    return xdg_dir("XDG_CACHE_HOME", ".cache", out);
}

err_t file_make_dir(const char *path)
{
    own(buf) part = buf_max(4096);
    struct stat st;
    for (const char *at = path; at;) {
        at = strchr(at + 1, '/');
        buf_cut(&part, 0);
        buf_add(&part, bytes_of(path, at ? (size_t)(at - path) : strlen(path)));
        if (!buf_ok(&part)) return err_raise(ERR_FILE_UNREADABLE);
        if (mkdir(buf_cstr(&part), 0700) != 0 && errno != EEXIST) {
            err_t e = storage_error();
            if (lstat(buf_cstr(&part), &st) != 0) return e; /* it is there, on a read-only disk */
        }
    }
    if (lstat(path, &st) != 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
        return err_raise(ERR_FILE_UNREADABLE);
    return OK;
}
