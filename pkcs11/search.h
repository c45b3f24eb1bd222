/* SPDX-License-Identifier: MIT */
/*
 * search: where a PKCS#11 module may lie on this machine.
 *
 * What: a list of files in the order in which they are tried:
 *       the configured path, alone; else the URI's module-path, alone; else the URI's module-name
 *       in the library folders; else the modules registered with p11-kit (its *.module files, of
 *       which only the `module:` lines are read) and those of the table in search.c, with
 *       SoftHSM and then OpenSC behind all others.
 * Not:  loading (module.h).
 * Use:  e = search_modules(configured, token_uri, &list); also for `onay status`.
 */
#ifndef PKCS11_SEARCH_H
#define PKCS11_SEARCH_H

#include "core/err.h"

#include <stddef.h>

#define SEARCH_MAX  32   /* modules */
#define SEARCH_PATH 1024 /* octets of a path with its NUL */

enum search_source {
    SEARCH_CONFIGURED, /* setting `module` */
    SEARCH_URI,        /* module-path or module-name */
    SEARCH_P11_KIT,
    SEARCH_TABLE,
};

struct search_found {
    char path[SEARCH_PATH]; /* absolute */
    enum search_source source;
};

struct search_list {
    size_t n;
    struct search_found found[SEARCH_MAX];
};

/* search_modules lists the modules to try. A path that is named (configured, module-path) is listed
 * whether the file is there or not, others only if it is; a module is listed once. A configured
 * name without a slash is looked for in the library folders. NULL is as good as "".
 * Error: URI_REFUSED. */
err_t search_modules(const char *configured, const char *token_uri, struct search_list *out);

/* search_modules_under is the same in another root folder (tests); home: of the person, or NULL. */
err_t search_modules_under(const char *root, const char *home, const char *configured,
                           const char *token_uri, struct search_list *out);

#endif
