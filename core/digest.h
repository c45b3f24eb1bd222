/* SPDX-License-Identifier: MIT */
/*
 * digest: SHA-256, SHA-384, SHA-512 from OpenSSL: streams through EVP, fetched once per process.
 *
 * What: one-shot, streamed and cloned hashing; the algorithm table (names, sizes).
 * Not:  SHA-1 for making anything: it is here for judging old files, and no list counts it.
 * Use:  digest_of(DIGEST_SHA256, data, &d), or
 *       own_ptr(hasher) h = hasher_new(alg); hasher_add(h, part); hasher_end(h, &d);
 */
#ifndef CORE_DIGEST_H
#define CORE_DIGEST_H

#include "core/bytes.h"
#include "core/own.h"

#define DIGEST_MAX 64

/* Below DIGEST_COUNT: what is made, sent and taken. Beyond: what old files have. */
enum digest_alg {
    DIGEST_SHA256,
    DIGEST_SHA384,
    DIGEST_SHA512,
    DIGEST_COUNT,
    DIGEST_SHA1 = DIGEST_COUNT,
    DIGEST_KNOWN
};

struct digest {
    enum digest_alg alg;
    size_t len; /* octets: 32, 48 or 64; SHA-1: 20 */
    uint8_t v[DIGEST_MAX];
};

static inline struct bytes digest_bytes(const struct digest *d)
{
    return bytes_of(d->v, d->len);
}

/* digest_len: octets of the algorithm's output. digest_name: "SHA-256" and so on. */
size_t digest_len(enum digest_alg alg);
const char *digest_name(enum digest_alg alg);

/* digest_of hashes one piece at once; a small input costs little more than its compression rounds.
 * False only when OpenSSL fails. */
bool digest_of(enum digest_alg alg, struct bytes data, struct digest *out);

/* digest_of_fd hashes a file from its start to its end (offset untouched, pread);
 * *size gets the octets read. False when reading fails. */
bool digest_of_fd(enum digest_alg alg, int fd, struct digest *out, uint64_t *size);

/* A hasher takes data as it comes. After hasher_end it is ready for a new message. */
struct hasher;
struct hasher *hasher_new(enum digest_alg alg);
void hasher_free(struct hasher *h);
OWN_PTR(hasher)
bool hasher_add(struct hasher *h, struct bytes data);
bool hasher_end(struct hasher *h, struct digest *out);

/* hasher_clone copies the state so far; the caller frees the copy. NULL without memory. */
struct hasher *hasher_clone(const struct hasher *h);

#endif
