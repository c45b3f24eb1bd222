/* SPDX-License-Identifier: MIT */
/* crypto: how OpenSSL starts in a process of ours. */
#ifndef CORE_CRYPTO_H
#define CORE_CRYPTO_H

/* crypto_start, called before anything else of OpenSSL, leaves openssl.cnf unread: a configuration
 * made for other programs must not load engines and providers into the process that reads the
 * network, and reading it takes a quarter of that process's start. */
void crypto_start(void);

#endif
