/* SPDX-License-Identifier: MIT */
#include "session/listing.h"

#define VERDICT_SECONDS 60
#define DERS_MAX        (TOKEN_MAX_CERTS * 65536u)

static void carry_verdict(const struct listing *old, const struct digest *id,
                          struct listing_entry *to)
{
    size_t i = token_listing_find(&old->copy, id);
    if (i == old->copy.n_certs) return;
    to->judged = old->entries[i].judged;
    to->chain = old->entries[i].chain;
    to->judged_at = old->entries[i].judged_at;
    to->judged_by = old->entries[i].judged_by;
}

/* Nothing changed on the token, as almost always: only the states of the slots are new. */
static bool same_certs(const struct listing *l, const struct token_listing *from)
{
    if (!l->known || l->copy.n_certs != from->n_certs) return false;
    for (size_t i = 0; i < from->n_certs; i++) {
        const struct token_cert *a = &l->copy.certs[i], *b = &from->certs[i];
        if (a->slot != b->slot || a->has_key != b->has_key || !bytes_eq(a->der, b->der))
            return false;
    }
    return true;
}

static void read_all(struct listing *l)
{
    for (size_t i = 0; i < l->copy.n_certs; i++) {
        struct der_latch why = {0};
        l->entries[i].readable = cert_read(l->copy.certs[i].der, &l->entries[i].cert, &why);
    }
}

static void store_slots(struct listing *l, const struct token_listing *from)
{
    memcpy(l->copy.module, from->module, sizeof l->copy.module);
    memcpy(l->copy.slots, from->slots, sizeof l->copy.slots);
    l->copy.n_slots = from->n_slots;
}

bool listing_store(struct listing *l, const struct token_listing *from)
{
    if (same_certs(l, from)) {
        store_slots(l, from);
        return true;
    }
    own_mem(struct listing) next = calloc(1, sizeof *next);
    if (next) next->ders = buf_max(DERS_MAX);
    if (!next || !token_listing_copy(from, &next->copy, &next->ders)) {
        if (next) buf_free(&next->ders);
        listing_free(l);
        return false;
    }
    next->known = true;
    for (size_t i = 0; i < from->n_certs; i++)
        carry_verdict(l, &from->certs[i].id, &next->entries[i]);
    read_all(next);
    listing_free(l);
    *l = *next;
    return true;
}

void listing_free(struct listing *l)
{
    buf_free(&l->ders);
    *l = (struct listing){0};
}

enum chain_status listing_chain(struct listing *l, size_t i, const struct trust *trust, utc_t now)
{
    struct listing_entry *e = &l->entries[i];
    bool young = now >= e->judged_at && now - e->judged_at < VERDICT_SECONDS;
    if (e->judged && young && e->judged_by == trust_version(trust)) return e->chain;
    struct bytes others[TOKEN_MAX_CERTS];
    size_t n = 0;
    for (size_t k = 0; k < l->copy.n_certs; k++)
        if (k != i) others[n++] = l->copy.certs[k].der;
    struct chain_result result = {0};
    chain_check(trust, l->copy.certs[i].der, others, n, now, &result);
    /* A CA's own dates or revocation break the path; they do not make the signer expired. */
    bool about_ca =
        !result.signer && (result.status == CHAIN_REVOKED || result.status == CHAIN_EXPIRED ||
                           result.status == CHAIN_NOT_YET_VALID);
    e->chain = about_ca ? CHAIN_NONE : result.status;
    e->judged_at = now;
    e->judged_by = trust_version(trust);
    e->judged = true;
    return e->chain;
}
