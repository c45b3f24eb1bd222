/* SPDX-License-Identifier: MIT */
/*
 * warm: pays, before anybody waits, what the first signature of a process costs.
 *
 * What: OpenSSL looks its algorithms up at first use, and code is paged in when it first runs.
 *       Modules that use the process's libcrypto (SoftHSM, OpenSC), and our own check of the
 *       signature, find both done. Works on throw-away data; no card is asked, no PIN is needed.
 */
#ifndef PKCS11_WARM_H
#define PKCS11_WARM_H

#include "core/cert.h"

/* warm_up runs once what a login and a signature with a key of that type will run. */
void warm_up(enum key_type key);

#endif
