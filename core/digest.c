/* SPDX-License-Identifier: MIT */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Init and its like, see digest_of */
#include "core/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <pthread.h>

static const struct {
    const char *name;
    size_t len;
} algs[DIGEST_KNOWN] = {
    [DIGEST_SHA256] = {"SHA-256", 32},
    [DIGEST_SHA384] = {"SHA-384", 48},
    [DIGEST_SHA512] = {"SHA-512", 64},
    [DIGEST_SHA1] = {"SHA-1", 20},
};

/* Fetching an EVP_MD walks the provider tables and costs more than a short hash;
 * done once here, freed by process exit. */
static EVP_MD *fetched[DIGEST_KNOWN];
static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;

static void fetch_all(void)
{
    for (unsigned i = 0; i < DIGEST_KNOWN; i++) fetched[i] = EVP_MD_fetch(NULL, algs[i].name, NULL);
}

static const EVP_MD *md_of(enum digest_alg alg)
{
    (void)pthread_once(&fetch_once, fetch_all);
    return fetched[alg];
}

size_t digest_len(enum digest_alg alg)
{
    return algs[alg].len;
}

const char *digest_name(enum digest_alg alg)
{
    return algs[alg].name;
}

struct hasher {
    EVP_MD_CTX *ctx;
    enum digest_alg alg;
};

/* A context initialised with an algorithm is re-initialised with a NULL type: the
 * provider's state is reset in place, with no allocation and no look-up. */
static bool restart(EVP_MD_CTX *ctx)
{
    return EVP_DigestInit_ex2(ctx, NULL, NULL) == 1;
}

struct hasher *hasher_new(enum digest_alg alg)
{
    struct hasher *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    h->alg = alg;
    h->ctx = EVP_MD_CTX_new();
    if (!h->ctx || EVP_DigestInit_ex2(h->ctx, md_of(alg), NULL) != 1) {
        hasher_free(h);
        return NULL;
    }
    return h;
}

void hasher_free(struct hasher *h)
{
    if (!h) return;
    EVP_MD_CTX_free(h->ctx);
    free(h);
}

bool hasher_add(struct hasher *h, struct bytes data)
{
    return data.len == 0 || EVP_DigestUpdate(h->ctx, data.p, data.len) == 1;
}

bool hasher_end(struct hasher *h, struct digest *out)
{
    struct digest d = {.alg = h->alg, .len = algs[h->alg].len};
    if (EVP_DigestFinal_ex(h->ctx, d.v, NULL) != 1 || !restart(h->ctx)) return false;
    *out = d;
    return true;
}

struct hasher *hasher_clone(const struct hasher *h)
{
    struct hasher *copy = hasher_new(h->alg);
    if (copy && EVP_MD_CTX_copy_ex(copy->ctx, h->ctx) == 1) return copy;
    hasher_free(copy);
    return NULL;
}

/* A context of EVP costs more to start and to end than two rounds of compression. What is at hand
 * as one piece goes to libcrypto's hash functions themselves, on a context that is ours to wipe. */
union context {
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
};

static bool hash_sha1(union context *c, struct bytes data, uint8_t *out)
{
    return SHA1_Init(&c->sha1) && SHA1_Update(&c->sha1, data.p, data.len) &&
           SHA1_Final(out, &c->sha1);
}

static bool hash_sha256(union context *c, struct bytes data, uint8_t *out)
{
    return SHA256_Init(&c->sha256) && SHA256_Update(&c->sha256, data.p, data.len) &&
           SHA256_Final(out, &c->sha256);
}

static bool hash_sha384(union context *c, struct bytes data, uint8_t *out)
{
    return SHA384_Init(&c->sha512) && SHA384_Update(&c->sha512, data.p, data.len) &&
           SHA384_Final(out, &c->sha512);
}

static bool hash_sha512(union context *c, struct bytes data, uint8_t *out)
{
    return SHA512_Init(&c->sha512) && SHA512_Update(&c->sha512, data.p, data.len) &&
           SHA512_Final(out, &c->sha512);
}

bool digest_of(enum digest_alg alg, struct bytes data, struct digest *out)
{
    static bool (*const hash[DIGEST_KNOWN])(union context *, struct bytes, uint8_t *) = {
        [DIGEST_SHA256] = hash_sha256,
        [DIGEST_SHA384] = hash_sha384,
        [DIGEST_SHA512] = hash_sha512,
        [DIGEST_SHA1] = hash_sha1,
    };
    union context c;
    struct digest d = {.alg = alg, .len = algs[alg].len};
    bool done = hash[alg](&c, data, d.v);
    explicit_bzero(&c, sizeof c);
    if (done) *out = d;
    return done;
}

bool digest_of_fd(enum digest_alg alg, int fd, struct digest *out, uint64_t *size)
{
    own_ptr(hasher) h = hasher_new(alg);
    own_mem(uint8_t) room = malloc(256 * 1024);
    if (!h || !room) return false;
    off_t at = 0;
    for (;;) {
        ssize_t n = pread(fd, room, 256 * 1024, at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        if (n == 0) break;
        if (!hasher_add(h, bytes_of(room, (size_t)n))) return false;
        at += n;
    }
    if (!hasher_end(h, out)) return false;
    *size = (uint64_t)at;
    return true;
}
