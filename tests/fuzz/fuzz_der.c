/* SPDX-License-Identifier: MIT */
/*
 * Law: DER has one encoding, so what the reader takes, the writer gives back octet by octet
 * (X.690 10); and every refusal names its clause and a place inside the input.
 */
#include <stdlib.h>

#include "core/der.h"
#include "core/oid.h"

#define DEPTH 40

static void must(bool holds)
{
    if (!holds) abort();
}

static void rewrite_integer(struct buf *out, struct bytes element)
{
    struct der_latch why = {0};
    struct der d = der_of(element, &why);
    struct bytes v;
    uint64_t n;
    size_t before = out->len;
    must(der_get_integer(&d, &v) && der_end(&d));
    if (v.p[0] >= 0x80) { /* the writer has no negative numbers */
        der_put(out, DER_INTEGER, v);
        return;
    }
    der_put_integer(out, v);
    struct der again = der_of(element, &why);
    if (der_get_uint(&again, &n)) {
        must(bytes_eq(bytes_sub(buf_bytes(out), before, out->len), element));
        uint64_t same = 0;
        for (size_t i = 0; i < v.len; i++) same = same << 8 | v.p[i];
        must(same == n);
    }
}

static void check_oid(struct bytes content)
{
    own(buf) text = buf_max(65536), again = buf_max(65536);
    if (!oid_text(&text, content)) return; /* an arc above 64 bits */
    must(oid_from_text(&again, buf_bytes(&text)) && bytes_eq(buf_bytes(&again), content));
}

static bool rewrite(struct buf *out, struct der d, unsigned depth)
{
    while (der_more(&d)) {
        uint8_t tag;
        struct bytes content, whole;
        if (!der_get_any(&d, &tag, &content, &whole)) return false;
        if (tag & 0x20) {
            struct der inner = {.in = content, .latch = d.latch};
            if (depth == 0) return false;
            size_t at = der_put_open(out, tag);
            if (!rewrite(out, inner, depth - 1)) return false;
            der_put_close(out, at);
        } else if (tag == DER_INTEGER) {
            rewrite_integer(out, whole);
        } else {
            if (tag == DER_OID) check_oid(content);
            der_put(out, tag, content);
        }
    }
    return true;
}

/* Every typed getter either takes the element or names a clause; none may fail silently. */
static void check_getters(struct bytes in)
{
    bool flag;
    uint64_t n;
    struct bytes v;
    unsigned unused;
    for (unsigned i = 0; i < 7; i++) {
        struct der_latch why = {0};
        struct der d = der_of(in, &why), content;
        bool ok = i == 0   ? der_get_bool(&d, &flag)
                  : i == 1 ? der_get_uint(&d, &n)
                  : i == 2 ? der_get_integer(&d, &v)
                  : i == 3 ? der_get_oid(&d, &v)
                  : i == 4 ? der_get_null(&d)
                  : i == 5 ? der_get_bits(&d, &v, &unused)
                           : der_get(&d, DER_SEQUENCE, &content);
        must(ok == (why.clause == NULL) && why.at <= in.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct der_latch why = {0};
    own(buf) out = buf_max(size + 64);
    check_getters(in);
    if (rewrite(&out, der_of(in, &why), DEPTH)) {
        must(!why.clause && buf_ok(&out) && bytes_eq(buf_bytes(&out), in));
    } else {
        must(why.at <= size);
    }
    return 0;
}
