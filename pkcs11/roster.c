/* SPDX-License-Identifier: MIT */
#include "pkcs11/roster.h"

static size_t number_of(struct roster *r, const char *path)
{
    size_t i = 0;
    while (i < r->n && strcmp(r->paths[i], path) != 0) i++;
    if (i == r->n && r->n < TOKEN_MAX_MODULES) memcpy(r->paths[r->n++], path, strlen(path) + 1);
    return i;
}

err_t roster_search(struct roster *r, const char *configured, const char *token_uri,
                    struct token_modules *out)
{
    own_mem(struct search_list) found = calloc(1, sizeof *found);
    if (!found) return err_raise(ERR_STORAGE_FULL);
    err_t e = search_modules(configured, token_uri, found);
    if (e) return e;
    *out = (struct token_modules){0};
    for (size_t i = 0; i < found->n && out->n < TOKEN_MAX_MODULES; i++) {
        size_t number = number_of(r, found->found[i].path);
        if (number < r->n) out->numbers[out->n++] = (uint8_t)number;
    }
    return out->n ? OK : err_raise(ERR_MODULE_NOT_FOUND);
}

const char *roster_path(const struct roster *r, unsigned number)
{
    return number < r->n ? r->paths[number] : NULL;
}
