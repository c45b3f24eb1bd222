/* SPDX-License-Identifier: MIT */
/*
 * buf: octets that grow to a stated maximum, and remember failure.
 *
 * What: ten appends need one check: after the first that does not fit (or finds no
 *       memory) the buffer is failed, stays empty of further data, and buf_ok says so.
 * Not:  for secrets (secret.h): a grown buf leaves copies behind.
 * Use:  own(buf) b = buf_max(64 * 1024); buf_str(&b, "x="); buf_fmt(&b, "%d", 1);
 *       if (!buf_ok(&b)) return err_raise(ERR_STORAGE_FULL);
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include "core/bytes.h"
#include "core/own.h"

struct buf {
    uint8_t *p;
    size_t len, cap;
    size_t max; /* octets; growing past it latches failed */
    bool failed;
};

/* buf_max starts an empty buffer that may hold at most `max` octets. Allocates nothing. */
static inline struct buf buf_max(size_t max)
{
    return (struct buf){.max = max};
}

/* buf_free releases the storage and leaves an empty buffer of the same maximum. */
void buf_free(struct buf *b);
OWN(buf)

/* buf_wipe overwrites what it holds, and releases it: for documents and what is made of them. */
void buf_wipe(struct buf *b);

/* buf_take moves the storage out; the caller frees *p. The buffer is empty afterwards. */
struct buf buf_take(struct buf *b);

/* buf_reserve returns room for `n` octets at the end without counting them in,
 * NULL when the buffer has failed; buf_commit counts in what was written there. */
uint8_t *buf_reserve(struct buf *b, size_t n);
void buf_commit(struct buf *b, size_t n);

void buf_add(struct buf *b, struct bytes v);
void buf_str(struct buf *b, const char *s);
void buf_byte(struct buf *b, uint8_t v);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_hex(struct buf *b, struct bytes v); /* lower case */

/* buf_cut forgets everything past `len` octets; it does not mend a failed buffer. */
void buf_cut(struct buf *b, size_t len);

static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

static inline struct bytes buf_bytes(const struct buf *b)
{
    return bytes_of(b->p, b->len);
}

/* buf_cstr returns the content as a C string (NUL appended past the end, not counted);
 * "" for an empty or failed buffer. Valid until the next call on b. */
const char *buf_cstr(struct buf *b);

#endif
