/* SPDX-License-Identifier: MIT */
#include "daemon/runtime.h"

#include "core/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

static err_t make_dir(const char *path)
{
    struct stat st;
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (lstat(path, &st) != 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 077))
        return err_raise(ERR_FILE_UNREADABLE);
    return OK;
}

static void path_in(const struct runtime *r, const char *name, struct buf *out)
{
    buf_fmt(out, "%s/%s", r->dir, name);
}

static err_t take_lock(struct runtime *r)
{
    own(buf) path = buf_max(512);
    path_in(r, "lock", &path);
    own_fd fd = open(buf_cstr(&path), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) return err_raise_foreign(ERR_TOO_MANY_REQUESTS, errno);
    r->lock = give_fd(&fd);
    return OK;
}

/* base64url (RFC 4648 5) without padding: safe in a header and on a command line. */
static err_t make_token(char token[RUNTIME_TOKEN])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint8_t random[RUNTIME_TOKEN - 1];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return err_raise(ERR_INTERNAL);
    for (size_t i = 0; i < sizeof random; i++) token[i] = alphabet[random[i] & 63];
    token[sizeof random] = 0;
    return OK;
}

static err_t write_file(const struct runtime *r, const char *name, const char *text)
{
    own(buf) path = buf_max(512);
    path_in(r, name, &path);
    own(buf) line = buf_max(128);
    buf_fmt(&line, "%s\n", text);
    return file_write_private(buf_cstr(&path), buf_bytes(&line));
}

/* What a daemon that was killed has left would name a port that may be somebody else's by now. */
static void forget_port(const struct runtime *r)
{
    own(buf) path = buf_max(512);
    path_in(r, "port", &path);
    (void)unlink(buf_cstr(&path));
}

err_t runtime_open(struct runtime *out)
{
    struct runtime r = {.lock = -1};
    own(buf) dir = buf_max(sizeof r.dir - 1);
    err_t e = file_runtime_dir(&dir);
    if (e) return e;
    memcpy(r.dir, buf_cstr(&dir), dir.len + 1);
    if ((e = make_dir(r.dir)) || (e = take_lock(&r))) return e;
    forget_port(&r);
    if ((e = make_token(r.token)) || (e = write_file(&r, "token", r.token))) return e;
    *out = r;
    return OK;
}

err_t runtime_announce(const struct runtime *r, unsigned port)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", port);
    return write_file(r, "port", text);
}

void runtime_close(struct runtime *r)
{
    static const char *const files[] = {"port", "token"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        own(buf) path = buf_max(512);
        path_in(r, files[i], &path);
        (void)unlink(buf_cstr(&path));
    }
    fd_own(&r->lock);
    r->lock = -1;
    explicit_bzero(r->token, sizeof r->token);
}
