/* SPDX-License-Identifier: MIT */
/*
 * pki: the test PKI of fixtures/pki/make for a unit test.
 */
#ifndef TESTS_SUPPORT_PKI_H
#define TESTS_SUPPORT_PKI_H

/* pki_make makes it anew into the build folder, under `name` (one per program), and gives its path.
 * Ends the program when that fails. Call it before the suite runs. */
const char *pki_make(const char *name);

#endif
