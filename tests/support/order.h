/* SPDX-License-Identifier: MIT */
/*
 * order: something to sign, as session would order it, for tests of the worker.
 *
 * What: documents in sealed memory, SignedProperties that name a certificate, the SignedInfo over
 *       both (enveloping; digest-only documents detached).
 * Use:  own(test_order) o = {0}; order_make(&o, der, SIG_RSA_SHA256, docs, 2);
 *       token_ask_signature(t, &o.order);
 */
#ifndef TESTS_SUPPORT_ORDER_H
#define TESTS_SUPPORT_ORDER_H

#include "pkcs11/token.h"

struct test_document {
    const char *name, *mime, *content;
    bool digest_only;
};

struct test_order {
    struct token_order order;
    struct token_octets octets[TOKEN_MAX_REFERENCES];
    struct buf properties, signed_info;
};
void order_make(struct test_order *o, struct bytes cert, enum sig_alg alg,
                const struct test_document *docs, size_t n);
void test_order_free(struct test_order *o);
OWN(test_order)

#endif
