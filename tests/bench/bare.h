/* SPDX-License-Identifier: MIT */
/*
 * bare: a signature by PKCS#11 calls alone, as the peer of a whole approval.
 *
 * Use:  struct bare b; bare_open(&b, module); seconds = bare_sign(&b, pin);
 *
 * Whatever goes wrong ends the program with a word (bench_die).
 */
#ifndef TESTS_BENCH_BARE_H
#define TESTS_BENCH_BARE_H

#include <p11-kit/pkcs11.h>

struct bare {
    CK_FUNCTION_LIST_PTR f;
    CK_SLOT_ID slot;
};

/* bare_open loads the module for the rest of the program and takes the first slot with a token. */
void bare_open(struct bare *b, const char *module);

/* bare_sign: C_OpenSession, C_Login, C_SignInit, the key's own login where it wants one, C_Sign
 * (RSA PKCS#1 v1.5 with SHA-256), C_Logout, C_CloseSession, with the one private key that is there.
 * Returns the seconds of these calls; finding the key is not among them. */
double bare_sign(const struct bare *b, const char *pin);

#endif
