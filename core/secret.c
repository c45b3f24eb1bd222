/* SPDX-License-Identifier: MIT */
#include "core/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

/* One page in the middle holds the struct and the octets; the pages before and after it
 * are unreadable, so that an overrun anywhere else in the process cannot walk into it. */
struct secret {
    size_t len, cap;
    uint8_t v[];
};

_Static_assert(sizeof(struct secret) + SECRET_MAX <= 4096, "a secret fits the smallest page");

/* 4 KiB, but 16 or 64 KiB on some machines: only whole pages can be closed and locked. */
static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

struct secret *secret_new(size_t cap)
{
    const size_t size = page_size();
    if (cap > SECRET_MAX) return NULL;
    uint8_t *area = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) return NULL;
    uint8_t *page = area + size;
    if (mprotect(page, size, PROT_READ | PROT_WRITE) != 0) {
        (void)munmap(area, 3 * size);
        return NULL;
    }
    (void)mlock(page, size);
    (void)madvise(page, size, MADV_DONTDUMP);
    (void)madvise(page, size, MADV_WIPEONFORK);
    struct secret *s = (struct secret *)(void *)page;
    s->cap = cap;
    return s;
}

void secret_free(struct secret *s)
{
    if (!s) return;
    const size_t size = page_size();
    OPENSSL_cleanse(s, size);
    (void)munmap((uint8_t *)s - size, 3 * size);
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
