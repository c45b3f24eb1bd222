/* SPDX-License-Identifier: MIT */
#include "core/bytes.h"

#include <openssl/crypto.h>

bool bytes_eq_secret(struct bytes a, struct bytes b)
{
    return a.len == b.len && (a.len == 0 || CRYPTO_memcmp(a.p, b.p, a.len) == 0);
}
