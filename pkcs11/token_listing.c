/* SPDX-License-Identifier: MIT */
#include "pkcs11/token_listing.h"

#include <stdio.h>

/* One buffer holds all certificates; it may move while it grows, so views are made afterwards. */
bool token_listing_copy(const struct token_listing *from, struct token_listing *to,
                        struct buf *ders)
{
    buf_cut(ders, 0);
    for (size_t i = 0; i < from->n_certs; i++) buf_add(ders, from->certs[i].der);
    if (!buf_ok(ders)) {
        *to = (struct token_listing){0};
        return false;
    }
    *to = *from;
    size_t at = 0;
    for (size_t i = 0; i < to->n_certs; i++) {
        to->certs[i].der = bytes_sub(buf_bytes(ders), at, from->certs[i].der.len);
        at += from->certs[i].der.len;
    }
    return true;
}

size_t token_listing_find(const struct token_listing *l, const struct digest *id)
{
    size_t i = 0;
    while (i < l->n_certs && !bytes_eq(digest_bytes(&l->certs[i].id), digest_bytes(id))) i++;
    return i;
}

bool token_listing_present(const struct token_listing *l)
{
    for (size_t i = 0; i < l->n_slots; i++)
        if (l->slots[i].present) return true;
    return false;
}

static void add_slot(struct token_listing *to, const struct token_slot *from, unsigned module)
{
    struct token_slot *s = &to->slots[to->n_slots++];
    *s = *from;
    s->module = (uint8_t)module;
    if (module == 0) return;
    int n = snprintf(s->id, sizeof s->id, "m%u-", module);
    (void)snprintf(s->id + n, sizeof s->id - (size_t)n, "%.*s", (int)(sizeof s->id - 8), from->id);
}

static void add_cert(struct token_listing *to, const struct token_cert *from, unsigned slot)
{
    size_t i = token_listing_find(to, &from->id);
    if (i == TOKEN_MAX_CERTS) return;
    if (i < to->n_certs && (to->certs[i].has_key || !from->has_key)) return;
    to->certs[i] = *from;
    to->certs[i].slot = slot;
    if (i == to->n_certs) to->n_certs++;
}

void token_listing_add(struct token_listing *to, const struct token_listing *from, unsigned module)
{
    unsigned first = (unsigned)to->n_slots;
    for (size_t i = 0; i < from->n_slots && to->n_slots < TOKEN_MAX_SLOTS; i++)
        add_slot(to, &from->slots[i], module);
    for (size_t i = 0; i < from->n_certs; i++)
        if (first + from->certs[i].slot < to->n_slots)
            add_cert(to, &from->certs[i], first + from->certs[i].slot);
}
