/* SPDX-License-Identifier: MIT */
#include "core/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>

/* One page in the middle holds the struct and the octets; the pages before and after it
 * are unreadable, so that an overrun anywhere else in the process cannot walk into it. */
struct secret {
    size_t len, cap;
    uint8_t v[];
};

#define PAGE 4096
_Static_assert(sizeof(struct secret) + SECRET_MAX <= PAGE, "a secret fits one page");

struct secret *secret_new(size_t cap)
{
    if (cap > SECRET_MAX) return NULL;
    uint8_t *area = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) return NULL;
    uint8_t *page = area + PAGE;
    if (mprotect(page, PAGE, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(area, 3 * PAGE);
        return NULL;
    }
    (void)mlock(page, PAGE);
    (void)madvise(page, PAGE, MADV_DONTDUMP);
    (void)madvise(page, PAGE, MADV_WIPEONFORK);
    struct secret *s = (struct secret *)(void *)page;
    s->cap = cap;
    return s;
}

void secret_free(struct secret *s)
{
    if (!s) return;
    OPENSSL_cleanse(s, PAGE);
    (void)munmap((uint8_t *)s - PAGE, 3 * PAGE);
}

uint8_t *secret_room(struct secret *s)
{
    return s->v;
}

size_t secret_cap(const struct secret *s)
{
    return s->cap;
}

void secret_set_len(struct secret *s, size_t len)
{
    s->len = len < s->cap ? len : s->cap;
    OPENSSL_cleanse(s->v + s->len, s->cap - s->len);
}

struct bytes secret_bytes(const struct secret *s)
{
    return bytes_of(s->v, s->len);
}
