/* SPDX-License-Identifier: MIT */
/*
 * responded: OCSP responses of the test PKI's sub CA, made by the openssl command.
 */
#ifndef TESTS_SUPPORT_RESPONDED_H
#define TESTS_SUPPORT_RESPONDED_H

#include <stdbool.h>

/* responded_make writes DIR/NAME.ocsp: what `signer` (a name of the PKI) says of `leaf`. Ends the
 * program when it cannot. */
void responded_make(const char *dir, const char *pki, const char *name, const char *leaf,
                    const char *signer, bool revoked);

#endif
