/* SPDX-License-Identifier: MIT */
#include "pkcs11/warm.h"

#include "core/pubkey.h"

#include <malloc.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define HEAP_OCTETS  (512 * 1024)
#define STACK_OCTETS (64 * 1024)

/* Modules name algorithms by EVP_sha256() and the like: each such name is looked up once. */
static void look_up_algorithms(void)
{
    static const uint8_t zero[64];
    const EVP_MD *const digests[] = {EVP_sha1(), EVP_sha256(), EVP_sha384(), EVP_sha512()};
    uint8_t out[EVP_MAX_MD_SIZE + EVP_MAX_BLOCK_LENGTH];
    int n = 0;
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        (void)EVP_Digest(zero, sizeof zero, out, NULL, digests[i], NULL);
    EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
    if (aes && EVP_DecryptInit(aes, EVP_aes_256_cbc(), zero, zero) == 1)
        (void)EVP_DecryptUpdate(aes, out, &n, zero, 32);
    EVP_CIPHER_CTX_free(aes);
}

/* As small as OpenSSL makes them: what counts is the code, not the key. */
static EVP_PKEY *throw_away_key(enum key_type key)
{
    switch (key) {
    case KEY_RSA:
        return EVP_RSA_gen(512);
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_P521:
        return EVP_EC_gen("P-521");
    case KEY_UNKNOWN:
        break;
    }
    return NULL;
}

static void sign_and_check(EVP_PKEY *pkey)
{
    static const uint8_t digest[20];
    uint8_t sig[512];
    size_t len = sizeof sig;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    if (ctx && EVP_PKEY_sign_init(ctx) == 1 &&
        EVP_PKEY_sign(ctx, sig, &len, digest, sizeof digest) == 1 && EVP_PKEY_verify_init(ctx) == 1)
        (void)EVP_PKEY_verify(ctx, sig, len, digest, sizeof digest);
    EVP_PKEY_CTX_free(ctx);
}

/* The way a certificate's key is built for checking (EVP_PKEY_fromdata). */
static void build_public(EVP_PKEY *pkey)
{
    unsigned char *spki = NULL;
    int n = i2d_PUBKEY(pkey, &spki);
    if (n > 0) pubkey_free(pubkey_of_spki(bytes_of(spki, (size_t)n)));
    OPENSSL_free(spki);
}

/* Memory is handed out at first touch, a fault a page, while somebody waits: so a stretch of heap
 * and of stack is touched now, and the heap is told to keep it. */
static void touch_memory(void)
{
    volatile uint8_t stack[STACK_OCTETS];
    for (size_t i = 0; i < sizeof stack; i += 1024) stack[i] = 0;
    (void)mallopt(M_MMAP_THRESHOLD, 2 * HEAP_OCTETS);
    (void)mallopt(M_TRIM_THRESHOLD, 4 * HEAP_OCTETS);
    uint8_t *heap = malloc(HEAP_OCTETS);
    if (heap) memset(heap, 0xff, HEAP_OCTETS);
    __asm__ volatile("" : : "r"(heap) : "memory"); /* or the compiler leaves all of it out */
    free(heap);
}

void warm_up(enum key_type key)
{
    touch_memory();
    look_up_algorithms();
    EVP_PKEY *pkey = throw_away_key(key);
    if (!pkey) return;
    sign_and_check(pkey);
    build_public(pkey);
    EVP_PKEY_free(pkey);
}
