/* SPDX-License-Identifier: MIT */
/*
 * bytes: a view of octets that somebody else owns.
 *
 * What: pointer and length, passed by value through every floor.
 * Not:  an owner. A view must not outlive what it looks at; see buf.h for storage.
 * Use:  bytes_of(p, n), bytes_str("text"), bytes_sub(b, from, len).
 */
#ifndef CORE_BYTES_H
#define CORE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
    const uint8_t *p; /* may be NULL when len is 0 */
    size_t len;
};

static inline struct bytes bytes_of(const void *p, size_t len)
{
    return (struct bytes){p, len};
}

/* bytes_str views a C string without its terminator; NULL gives the empty view. */
static inline struct bytes bytes_str(const char *s)
{
    return bytes_of(s, s ? strlen(s) : 0);
}

/* bytes_sub views `len` octets from `from`, cut to what is there. */
static inline struct bytes bytes_sub(struct bytes b, size_t from, size_t len)
{
    if (from > b.len) from = b.len;
    if (len > b.len - from) len = b.len - from;
    return bytes_of(b.p ? b.p + from : NULL, len);
}

static inline bool bytes_eq(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool bytes_eq_str(struct bytes a, const char *s)
{
    return bytes_eq(a, bytes_str(s));
}

static inline bool bytes_starts(struct bytes a, struct bytes prefix)
{
    return a.len >= prefix.len && bytes_eq(bytes_sub(a, 0, prefix.len), prefix);
}

/* bytes_eq_secret compares in a time that depends on the lengths alone. */
bool bytes_eq_secret(struct bytes a, struct bytes b);

#endif
