/* SPDX-License-Identifier: MIT */
#include "core/crypto.h"

#include <openssl/crypto.h>

void crypto_start(void)
{
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
}
