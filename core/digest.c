/* SPDX-License-Identifier: MIT */
#include "core/digest.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>

static const struct {
    const char *name;
    size_t len;
} algs[DIGEST_COUNT] = {
    [DIGEST_SHA256] = {"SHA-256", 32},
    [DIGEST_SHA384] = {"SHA-384", 48},
    [DIGEST_SHA512] = {"SHA-512", 64},
};

/* Fetching an EVP_MD walks the provider tables and costs more than a short hash;
 * done once here, freed by process exit. */
static EVP_MD *fetched[DIGEST_COUNT];
static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;

static void fetch_all(void)
{
    for (unsigned i = 0; i < DIGEST_COUNT; i++) fetched[i] = EVP_MD_fetch(NULL, algs[i].name, NULL);
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

static pthread_key_t own_key;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

static void free_thread_hashers(void *p)
{
    struct hasher **of_thread = p;
    for (unsigned i = 0; i < DIGEST_COUNT; i++) hasher_free(of_thread[i]);
    free(of_thread);
}

static void free_main_hashers(void)
{
    free_thread_hashers(pthread_getspecific(own_key));
}

static void make_key(void)
{
    (void)pthread_key_create(&own_key, free_thread_hashers);
    (void)atexit(free_main_hashers); /* key destructors do not run at exit() */
}

static struct hasher *thread_hasher(enum digest_alg alg)
{
    static _Thread_local struct hasher **mine;
    if (!mine) {
        (void)pthread_once(&key_once, make_key);
        mine = calloc(DIGEST_COUNT, sizeof(struct hasher *));
        if (!mine) return NULL;
        (void)pthread_setspecific(own_key, mine);
    }
    if (!mine[alg]) mine[alg] = hasher_new(alg);
    return mine[alg];
}

bool digest_of(enum digest_alg alg, struct bytes data, struct digest *out)
{
    struct hasher *h = thread_hasher(alg);
    return h && hasher_add(h, data) && hasher_end(h, out);
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
