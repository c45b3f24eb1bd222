/* SPDX-License-Identifier: MIT */
#include "fetch/account.h"

#include "core/base64.h"
#include "core/der.h"
#include "core/file.h"
#include "core/secret.h"
#include "core/text.h"

#include <errno.h>
#include <openssl/evp.h>

#define MAX_FILE   1024
#define ITERATIONS 100 /* Kamu SM's */
#define KEY        32
#define BLOCK      16

struct account {
    char user[ACCOUNT_USER];
    struct secret *password;
};

void account_free(struct account *a)
{
    if (!a) return;
    secret_free(a->password);
    free(a);
}

/* ---- the file ---- */

static struct bytes trim(struct bytes b)
{
    while (b.len > 0 && (b.p[0] == ' ' || b.p[0] == '\t')) b = bytes_sub(b, 1, b.len);
    while (b.len > 0 && (b.p[b.len - 1] == ' ' || b.p[b.len - 1] == '\t' || b.p[b.len - 1] == '\r'))
        b.len--;
    return b;
}

static bool set_user(struct account *a, struct bytes v)
{
    if (a->user[0] || v.len == 0 || v.len >= sizeof a->user || memchr(v.p, ':', v.len))
        return false;
    memcpy(a->user, v.p, v.len);
    return true;
}

static bool set_password(struct account *a, struct bytes v)
{
    if (a->password || v.len == 0 || v.len > ACCOUNT_PASSWORD) return false;
    if (!(a->password = secret_new(ACCOUNT_PASSWORD))) return false;
    memcpy(secret_room(a->password), v.p, v.len);
    secret_set_len(a->password, v.len);
    return true;
}

static bool read_line(struct account *a, struct bytes line)
{
    line = trim(line);
    if (line.len == 0 || line.p[0] == '#') return true;
    const uint8_t *equals = memchr(line.p, '=', line.len);
    if (!equals) return false;
    struct bytes key = trim(bytes_sub(line, 0, (size_t)(equals - line.p)));
    struct bytes value = trim(bytes_sub(line, (size_t)(equals - line.p) + 1, SIZE_MAX));
    if (bytes_eq_str(key, "user")) return set_user(a, value);
    return bytes_eq_str(key, "password") && set_password(a, value);
}

static bool read_lines(struct account *a, struct bytes all)
{
    if (memchr(all.p, 0, all.len) || !text_utf8_ok(all)) return false;
    while (all.len > 0) {
        const uint8_t *end = memchr(all.p, '\n', all.len);
        size_t n = end ? (size_t)(end - all.p) : all.len;
        if (!read_line(a, bytes_sub(all, 0, n))) return false;
        all = bytes_sub(all, n + (end != NULL), SIZE_MAX);
    }
    return a->user[0] && a->password;
}

err_t account_read(const char *path, struct account **out, const char **why)
{
    own_fd fd = -1;
    own_ptr(secret) file = secret_new(MAX_FILE + 1); /* one more, which must not be there */
    own_ptr(account) a = calloc(1, sizeof *a);
    *why = "a file of the user's own, mode 0600, is wanted";
    err_t e = file_private(path, &fd);
    if (e) return e;
    if (!file || !a) return err_raise(ERR_STORAGE_FULL);
    ssize_t n;
    do n = pread(fd, secret_room(file), MAX_FILE + 1, 0);
    while (n < 0 && errno == EINTR);
    *why = "lines `user = NAME` and `password = WORDS` are wanted";
    if (n <= 0 || n > MAX_FILE) return err_raise(ERR_SETTING_INVALID);
    secret_set_len(file, (size_t)n);
    if (!read_lines(a, secret_bytes(file))) return err_raise(ERR_SETTING_INVALID);
    *out = give(a);
    return OK;
}

const char *account_user(const struct account *a)
{
    return a->user;
}

/* ---- headers ---- */

bool account_basic(const struct account *a, struct buf *out)
{
    own_ptr(secret) pair = secret_new(ACCOUNT_USER + ACCOUNT_PASSWORD);
    struct bytes password = secret_bytes(a->password);
    size_t n = strlen(a->user);
    if (!pair) return false;
    uint8_t *room = secret_room(pair);
    memcpy(room, a->user, n);
    room[n] = ':';
    memcpy(room + n + 1, password.p, password.len);
    secret_set_len(pair, n + 1 + password.len);
    (void)buf_reserve(out, 1024); /* so that it does not move, and leave itself behind */
    buf_str(out, "Basic ");
    base64_encode(out, secret_bytes(pair), 0);
    return buf_ok(out);
}

bool account_user_is_number(const struct account *a)
{
    size_t n = strlen(a->user);
    return n > 0 && n <= 18 && strspn(a->user, "0123456789") == n;
}

static bool encrypt(const uint8_t key[KEY], const uint8_t *iv, struct bytes text, struct buf *out)
{
    int n = 0, end = 0;
    uint8_t *room = buf_reserve(out, text.len + BLOCK);
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok = room && c && EVP_EncryptInit_ex(c, EVP_aes_256_cbc(), NULL, key, iv) == 1 &&
              EVP_EncryptUpdate(c, room, &n, text.p, (int)text.len) == 1 &&
              EVP_EncryptFinal_ex(c, room + n, &end) == 1;
    EVP_CIPHER_CTX_free(c);
    if (ok) buf_commit(out, (size_t)n + (size_t)end);
    return ok;
}

static bool seal(const struct account *a, struct bytes imprint, const uint8_t *salt,
                 const uint8_t *iv, struct buf *out)
{
    uint8_t key[KEY];
    struct bytes password = secret_bytes(a->password);
    bool ok = PKCS5_PBKDF2_HMAC((const char *)password.p, (int)password.len, salt, ACCOUNT_SALT,
                                ITERATIONS, EVP_sha256(), sizeof key, key) == 1 &&
              encrypt(key, iv, imprint, out);
    explicit_bzero(key, sizeof key);
    return ok;
}

static void put_uint(struct buf *b, uint64_t v)
{
    uint8_t octets[8];
    for (size_t i = 0; i < 8; i++) octets[i] = (uint8_t)(v >> (56 - 8 * i));
    der_put_integer(b, bytes_of(octets, sizeof octets));
}

bool account_identity(const struct account *a, struct bytes imprint,
                      const uint8_t salt[ACCOUNT_SALT], const uint8_t iv[ACCOUNT_IV],
                      struct buf *out)
{
    own(buf) der = buf_max(512), sealed = buf_max(256);
    if (!account_user_is_number(a) || imprint.len > 64 || !seal(a, imprint, salt, iv, &sealed))
        return false;
    size_t sequence = der_put_open(&der, DER_SEQUENCE);
    put_uint(&der, strtoull(a->user, NULL, 10));
    der_put(&der, DER_OCTET_STRING, bytes_of(salt, ACCOUNT_SALT));
    put_uint(&der, ITERATIONS);
    der_put(&der, DER_OCTET_STRING, bytes_of(iv, ACCOUNT_IV));
    der_put(&der, DER_OCTET_STRING, buf_bytes(&sealed));
    der_put_close(&der, sequence);
    buf_hex(out, buf_bytes(&der));
    return buf_ok(&der) && buf_ok(out);
}
