/* SPDX-License-Identifier: MIT */
/* Short digests: what a reused context saves over OpenSSL's one-shot call. */
#include <openssl/evp.h>

#include "core/digest.h"
#include "tests/bench/bench.h"

static const uint8_t message[64] =
    "sixty-four octets: a SignedProperties digest costs about as much";

static void ours(void *ctx, size_t n)
{
    struct digest d;
    for (size_t i = 0; i < n; i++) {
        (void)digest_of(*(enum digest_alg *)ctx, bytes_of(message, sizeof message), &d);
        bench_keep(&d);
    }
}

static void evp_digest(void *ctx, size_t n)
{
    static const EVP_MD *(*const md[DIGEST_COUNT])(void) = {EVP_sha256, EVP_sha384, EVP_sha512};
    uint8_t out[DIGEST_MAX];
    for (size_t i = 0; i < n; i++) {
        (void)EVP_Digest(message, sizeof message, out, NULL, md[*(enum digest_alg *)ctx](), NULL);
        bench_keep(out);
    }
}

int main(void)
{
    static const char *const names[DIGEST_COUNT] = {"64-byte SHA-256 vs EVP_Digest",
                                                    "64-byte SHA-384 vs EVP_Digest",
                                                    "64-byte SHA-512 vs EVP_Digest"};
    for (unsigned i = 0; i < DIGEST_COUNT; i++) {
        enum digest_alg alg = (enum digest_alg)i;
        const struct bench_job a = {ours, &alg}, b = {evp_digest, &alg};
        bench_faster(names[i], bench_times(&a, &b), 3);
    }
    return 0;
}
