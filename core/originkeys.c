/* SPDX-License-Identifier: MIT */
#include "core/originkeys.h"

#include "core/file.h"

struct originkeys {
    size_t n;
    struct {
        char origin[256];
        struct jwskey *key;
    } at[SETTINGS_ORIGINS];
};

void originkeys_free(struct originkeys *k)
{
    if (!k) return;
    for (size_t i = 0; i < k->n; i++) jwskey_free(k->at[i].key);
    free(k);
}

static bool is_listed(const struct settings *s, const char *origin)
{
    size_t i = 0;
    while (i < s->n_origins && strcmp(s->origins[i], origin) != 0) i++;
    return i < s->n_origins;
}

static err_t read_key(const char *path, struct jwskey **out)
{
    own(buf) pem = buf_max(JWSKEY_MAX_PEM);
    err_t e = file_read(path, &pem);
    if (e) return e == ERR_BODY_TOO_LARGE ? err_raise(ERR_SETTING_INVALID) : e;
    return jwskey_of_pem(buf_bytes(&pem), out);
}

err_t originkeys_load(const struct settings *s, struct originkeys **out, struct buf *why)
{
    own_ptr(originkeys) k = calloc(1, sizeof *k);
    if (!k) return err_raise(ERR_STORAGE_FULL);
    for (size_t i = 0; i < s->n_origin_keys; i++) {
        const struct settings_origin_key *from = &s->origin_keys[i];
        const bool listed = is_listed(s, from->origin);
        err_t e = listed ? read_key(from->path, &k->at[i].key) : err_raise(ERR_SETTING_INVALID);
        if (e) {
            buf_str(why, listed ? from->path : from->origin);
            return e;
        }
        memcpy(k->at[i].origin, from->origin, sizeof k->at[i].origin);
        k->n = i + 1;
    }
    *out = give(k);
    return OK;
}

size_t originkeys_of(const struct originkeys *k, const char *origin,
                     struct jwskey *keys[SETTINGS_ORIGINS])
{
    size_t n = 0;
    for (size_t i = 0; k && i < k->n; i++) {
        if (strcmp(k->at[i].origin, origin) == 0) keys[n++] = k->at[i].key;
    }
    return n;
}
