/* SPDX-License-Identifier: MIT */
/*
 * roster: the PKCS#11 modules of this machine, each by a number that it keeps.
 *
 * What: who starts workers names a module to another process by this number, never by a path that
 *       the other could have made up. A driver that is installed later gets the next number.
 * Not:  where modules are looked for (search.h).
 */
#ifndef PKCS11_ROSTER_H
#define PKCS11_ROSTER_H

#include "pkcs11/search.h"
#include "pkcs11/token.h"

struct roster {
    size_t n;
    char paths[TOKEN_MAX_MODULES][SEARCH_PATH]; /* by number */
};

/* roster_search looks again and tells the numbers in the order of preference. Modules beyond
 * TOKEN_MAX_MODULES are left out. Errors: URI_REFUSED, MODULE_NOT_FOUND (there is none). */
err_t roster_search(struct roster *r, const char *configured, const char *token_uri,
                    struct token_modules *out);

/* roster_path: NULL for a number that was never given. */
const char *roster_path(const struct roster *r, unsigned number);

#endif
