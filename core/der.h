/* SPDX-License-Identifier: MIT */
/*
 * der: a strict, zero-copy, zero-allocation reader and a writer of DER (X.690).
 *
 * What: a reader is a view that shrinks from the front. Every function returns bool, so a
 *       schema reads as one chain of &&. The first refusal latches the clause it broke.
 * Not:  BER. What parses must be what der_put_* would write (the fuzz law).
 * Use:  struct der_latch latch = {0}; struct der d = der_of(input, &latch), seq;
 *       if (!(der_get(&d, DER_SEQUENCE, &seq) && der_end(&d))) report(latch.clause);
 *
 * Sub-readers share the clause latch of the reader they came from.
 */
#ifndef CORE_DER_H
#define CORE_DER_H

#include "core/buf.h"
#include "core/bytes.h"

enum der_tag {
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_OCTET_STRING = 0x04,
    DER_NULL = 0x05,
    DER_OID = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTF8_STRING = 0x0c,
    DER_NUMERIC_STRING = 0x12,
    DER_PRINTABLE_STRING = 0x13,
    DER_TELETEX_STRING = 0x14,
    DER_IA5_STRING = 0x16,
    DER_UTCTIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_VISIBLE_STRING = 0x1a,
    DER_UNIVERSAL_STRING = 0x1c,
    DER_BMP_STRING = 0x1e,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
};
#define DER_CONTEXT(n)      ((uint8_t)(0x80 | (n))) /* [n] IMPLICIT, primitive */
#define DER_CONTEXT_CONS(n) ((uint8_t)(0xa0 | (n))) /* [n] constructed */

struct der_latch {
    const char *clause;   /* NULL until the first refusal, e.g. "X.690 10.1: length not minimal" */
    size_t at;            /* octets from the start of the outermost input */
    const uint8_t *start; /* of that input; der_of sets it */
};

struct der {
    struct bytes in;         /* what is left */
    struct der_latch *latch; /* shared by sub-readers; NULL: nobody asks why */
};

/* der_of starts reading at `in`; `latch`, NULL or {0}, must outlive every reader made from it. */
struct der der_of(struct bytes in, struct der_latch *latch);

/* der_refuse latches `clause` at the present position (the first one wins) and returns false:
 * `return der_refuse(d, "RFC 5280 4.1.2.2: …")`. Also for schema rules above DER. */
bool der_refuse(struct der *d, const char *clause);

/* der_refuse_at is the same for a place that was read already; the reader is of no use after. */
bool der_refuse_at(struct der *d, const uint8_t *at, const char *clause);

/* der_get_slow does what der_get_bytes leaves over: long lengths, and every refusal. */
bool der_get_slow(struct der *d, uint8_t tag, struct bytes *content);

/* der_get_bytes takes one element with that identifier octet and gives a view of its content. */
static inline bool der_get_bytes(struct der *d, uint8_t tag, struct bytes *content)
{
    /* Member by member: a struct copied at once right after its members were written makes the
     * processor wait, here for most of the time a certificate takes. */
    const uint8_t *p = d->in.p;
    size_t len = d->in.len, n;
    if (len < 2 || p[0] != tag || (n = p[1]) >= 0x80 || n > len - 2)
        return der_get_slow(d, tag, content);
    d->in.p = p + 2 + n;
    d->in.len = len - 2 - n;
    content->p = p + 2;
    content->len = n;
    return true;
}

/* der_get is the same with a reader of the content. */
static inline bool der_get(struct der *d, uint8_t tag, struct der *content)
{
    struct der_latch *latch = d->latch;
    if (!der_get_bytes(d, tag, &content->in)) return false;
    content->latch = latch;
    return true;
}

/* der_get_any takes one element of any low tag (≤ 30): its identifier octet, its content, and
 * the whole element with header. Refused: EXTERNAL, EMBEDDED PDV, CHARACTER STRING. Out parameters
 * may be NULL. */
bool der_get_any(struct der *d, uint8_t *tag, struct bytes *content, struct bytes *whole);

/* der_peek says whether the next identifier octet is `tag`; never refuses. */
static inline bool der_peek(const struct der *d, uint8_t tag)
{
    return d->in.len > 0 && d->in.p[0] == tag;
}

/* der_opt takes the element if it is there; *present says so. Refuses only a broken one. */
static inline bool der_opt(struct der *d, uint8_t tag, struct der *content, bool *present)
{
    bool there = der_peek(d, tag);
    if (there && !der_get(d, tag, content)) return false;
    *present = there;
    return true;
}

bool der_get_bool(struct der *d, bool *out);            /* X.690 11.1: 00 or FF */
bool der_get_uint(struct der *d, uint64_t *out);        /* non-negative, minimal, ≤ 64 bit */
bool der_get_integer(struct der *d, struct bytes *out); /* content, minimal, any size ≥ 1 */
bool der_get_oid(struct der *d, struct bytes *out);     /* content, checked (X.690 8.19) */
bool der_get_null(struct der *d);
/* der_get_bits: the octets after the unused-bits octet (0–7, unused bits zero, X.690 11.2.1). */
bool der_get_bits(struct der *d, struct bytes *out, unsigned *unused);

/* der_end refuses trailing octets. */
static inline bool der_end(struct der *d)
{
    return d->in.len == 0 || der_refuse(d, "X.690 8.1.1: octets after the element");
}

static inline bool der_more(const struct der *d)
{
    return d->in.len > 0;
}

/* Writer: appends to a buf, whose latch is the only check needed. Nested elements are
 * written between der_put_open and der_put_close, which moves the content for long lengths. */
void der_put(struct buf *b, uint8_t tag, struct bytes content);
void der_put_integer(struct buf *b, struct bytes big_endian_magnitude); /* adds or strips zeros */
size_t der_put_open(struct buf *b, uint8_t tag);
void der_put_close(struct buf *b, size_t opened);

#endif
