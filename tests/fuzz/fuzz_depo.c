/* SPDX-License-Identifier: MIT */
/*
 * Law: entries of a store are numbered from 1, no larger than a certificate may be, and nothing is
 * shown of a store that is refused; the same entries written plainly are read again.
 */
#include <stdlib.h>

#include "core/base64.h"
#include "xades/depo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void law(bool holds)
{
    if (!holds) abort();
}

struct reading {
    size_t n;
    struct buf written; /* the same entries, as a store of our own */
};

static void take(void *ctx, size_t number, struct bytes der)
{
    struct reading *r = ctx;
    law(number == ++r->n && number <= DEPO_MAX_ENTRIES && der.len <= DEPO_MAX_DER);
    buf_str(&r->written, "<koksertifika><mValue>");
    base64_encode(&r->written, der, 64);
    buf_str(&r->written, "</mValue></koksertifika>");
}

static err_t read_once(struct bytes store, struct reading *r)
{
    struct xades_why why = {0};
    r->n = 0;
    r->written = buf_max(2 * DEPO_MAX_OCTETS);
    buf_str(&r->written, "<depo><koksertifikalar>");
    err_t e = depo_read(store, take, r, &why);
    buf_str(&r->written, "</koksertifikalar></depo>");
    law(!e || (r->n == 0 && why.clause[0]));
    return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reading first, second;
    if (read_once(bytes_of(data, size), &first) == OK) {
        law(read_once(buf_bytes(&first.written), &second) == OK);
        law(first.n == second.n && first.n > 0);
        law(bytes_eq(buf_bytes(&first.written), buf_bytes(&second.written)));
        buf_free(&second.written);
    }
    buf_free(&first.written);
    return 0;
}
