/* SPDX-License-Identifier: MIT */
#include "api/self.h"

#include "core/file.h"
#include "core/jwskey.h"

#include <errno.h>

#define MAX_PEM 1024 /* ours has 241 octets */

/* Reading a key costs what a first answer may not take, so it waits for the first challenge. */
struct self {
    struct buf pem; /* until then */
    struct jwskey *key;
    err_t error;
};

/* ---- the file ---- */

static err_t make(const char *path, struct buf *pem)
{
    err_t e = jwskey_make(pem);
    return e ? e : file_write_private(path, buf_bytes(pem));
}

static err_t read_or_make(const char *path, struct buf *pem)
{
    own_fd fd = -1;
    if (access(path, F_OK) != 0 && errno == ENOENT) return make(path, pem);
    err_t e = file_private(path, &fd);
    return e ? e : file_read_fd(fd, pem);
}

err_t self_open(const char *dir, struct self **out)
{
    own_ptr(self) s = calloc(1, sizeof *s);
    own(buf) path = buf_max(4096);
    if (!s) return err_raise(ERR_STORAGE_FULL);
    s->pem = buf_max(MAX_PEM);
    buf_fmt(&path, "%s/" SELF_FILE, dir);
    err_t e =
        dir[0] && buf_ok(&path) ? read_or_make(buf_cstr(&path), &s->pem) : ERR_FILE_UNREADABLE;
    if (e) s->error = err_raise(e == ERR_STORAGE_FULL ? e : ERR_STORE_UNUSABLE);
    *out = give(s);
    return OK;
}

void self_free(struct self *s)
{
    if (!s) return;
    buf_wipe(&s->pem);
    jwskey_free(s->key);
    free(s);
}

err_t self_error(const struct self *s)
{
    return s->error;
}

/* ---- the key ---- */

static bool is_ours(const struct jwskey *k)
{
    return jwskey_alg(k) == JWS_ES256;
}

static err_t load(struct self *s)
{
    if (s->error || s->key) return s->error;
    err_t e = jwskey_private(buf_bytes(&s->pem), &s->key);
    buf_wipe(&s->pem);
    if (!e && is_ours(s->key)) return OK;
    return s->error = err_raise(ERR_STORE_UNUSABLE);
}

err_t self_key(struct self *s, struct buf *key)
{
    err_t e = load(s);
    return e ? e : jwskey_public(s->key, key);
}

/* ---- answering ---- */

bool self_challenge_ok(const char *text)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const size_t n = strnlen(text, SELF_CHALLENGE_MAX + 1);
    return n >= SELF_CHALLENGE_MIN && n <= SELF_CHALLENGE_MAX && strspn(text, alphabet) == n;
}

/* No part holds a line end (door_header refuses such values), so that parts cannot be shifted. */
err_t self_answer(struct self *s, const struct self_question *q, struct buf *key,
                  struct buf *signature)
{
    own(buf) text = buf_max(2048);
    err_t e = self_key(s, key);
    if (e) return e;
    buf_fmt(&text, "onayd-health-1\n%s\n", q->owner);
    buf_add(&text, q->host);
    buf_fmt(&text, "\n%s\n", q->challenge);
    if (!buf_ok(&text)) return err_raise(ERR_STORAGE_FULL);
    return jwskey_sign(s->key, buf_bytes(&text), signature);
}
