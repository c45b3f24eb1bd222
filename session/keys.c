/* SPDX-License-Identifier: MIT */
#include "session/keys.h"

#include "session/ident.h"

#define NONE 0xffff

struct entry {
    struct keys_entry of;
    uint16_t next; /* of the same bucket */
    bool used;
};

struct keys {
    uint64_t added;
    uint16_t buckets[KEYS_MAX];
    struct entry entries[KEYS_MAX];
};
_Static_assert(KEYS_MAX <= NONE && (KEYS_MAX & (KEYS_MAX - 1)) == 0, "indexes fit, masks work");

/* The n-th key ever goes to a place that strides over the whole table: all of its pages are in use
 * after a few hundred approvals, and memory does not creep with every further one. */
static uint16_t place_of(uint64_t n)
{
    return (uint16_t)((n * 10127) & (KEYS_MAX - 1));
}

struct keys *keys_new(void)
{
    struct keys *k = calloc(1, sizeof *k);
    if (k) keys_clear(k);
    return k;
}

void keys_clear(struct keys *k)
{
    memset(k, 0, sizeof *k);
    memset(k->buckets, 0xff, sizeof k->buckets);
}

void keys_free(struct keys *k)
{
    free(k);
}

/* The NUL between them keeps ("a", "bc") apart from ("ab", "c"). */
static bool name_of(const char *owner, const char *key, uint8_t name[16])
{
    char both[SESSION_OWNER + SESSION_KEY_MAX + 1];
    size_t n_owner = strnlen(owner, SESSION_OWNER - 1), n_key = strnlen(key, SESSION_KEY_MAX);
    memcpy(both, owner, n_owner);
    both[n_owner] = 0;
    memcpy(both + n_owner + 1, key, n_key);
    struct digest d;
    if (!digest_of(DIGEST_SHA256, bytes_of(both, n_owner + 1 + n_key), &d)) return false;
    memcpy(name, d.v, 16);
    return true;
}

static size_t bucket_of(const uint8_t name[16])
{
    return ((unsigned)name[0] << 8 | name[1]) & (KEYS_MAX - 1);
}

enum keys_found keys_find(const struct keys *k, const char *owner, const char *key,
                          const struct digest *body, char id[SESSION_ID])
{
    uint8_t name[16];
    if (!name_of(owner, key, name)) return KEYS_UNUSED;
    for (uint16_t i = k->buckets[bucket_of(name)]; i != NONE; i = k->entries[i].next) {
        const struct entry *e = &k->entries[i];
        if (memcmp(e->of.name, name, sizeof name) != 0) continue;
        if (memcmp(e->of.body, body->v, sizeof e->of.body) != 0) return KEYS_OTHER;
        ident_text(e->of.id, id);
        return KEYS_SAME;
    }
    return KEYS_UNUSED;
}

static void unlink_entry(struct keys *k, uint16_t place)
{
    uint16_t *link = &k->buckets[bucket_of(k->entries[place].of.name)];
    while (*link != place) link = &k->entries[*link].next;
    *link = k->entries[place].next;
}

bool keys_entry_of(const char *owner, const char *key, const struct digest *body, const char *id,
                   struct keys_entry *out)
{
    struct keys_entry e;
    if (!name_of(owner, key, e.name) || !ident_raw(id, e.id)) return false;
    memcpy(e.body, body->v, sizeof e.body);
    *out = e;
    return true;
}

void keys_put(struct keys *k, const struct keys_entry *of)
{
    uint16_t place = place_of(k->added++);
    struct entry *e = &k->entries[place];
    if (e->used) unlink_entry(k, place);
    uint16_t *head = &k->buckets[bucket_of(of->name)];
    *e = (struct entry){.of = *of, .next = *head, .used = true};
    *head = place;
}
