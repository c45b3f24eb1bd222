/* SPDX-License-Identifier: MIT */
/*
 * keys: which Idempotency-Key of which owner stands for which approval.
 *
 * What: a table of fixed size, allocated once: an entry outlives its approval, so that a key is
 *       never used twice. When the table is full the oldest entry makes room.
 * Not:  the approvals: whether one still exists is asked of the session.
 * Use:  switch (keys_find(k, owner, key, &body, id)) …;
 *       if (keys_entry_of(owner, key, &body, id, &e)) keys_put(k, &e);
 */
#ifndef SESSION_KEYS_H
#define SESSION_KEYS_H

#include "session/session.h"

#define KEYS_MAX 16384 /* entries */

struct keys;
struct keys *keys_new(void); /* NULL without memory */
void keys_free(struct keys *k);
OWN_PTR(keys)

enum keys_found {
    KEYS_UNUSED,
    KEYS_SAME,  /* the same request again: id names its approval */
    KEYS_OTHER, /* the key was used for a request with another body */
};
enum keys_found keys_find(const struct keys *k, const char *owner, const char *key,
                          const struct digest *body, char id[SESSION_ID]);

/* What is remembered of a key. SHA-256 cut to 128 bits: two different keys would meet once in 2^64
 * tries. */
struct keys_entry {
    uint8_t name[16], body[16], id[16]; /* of owner and key; of the body; the approval */
};

/* keys_entry_of makes one. False: `id` is none of ident_new's, or OpenSSL cannot hash. keys_put
 * remembers it, of a key that keys_find called unused. */
bool keys_entry_of(const char *owner, const char *key, const struct digest *body, const char *id,
                   struct keys_entry *out);
void keys_put(struct keys *k, const struct keys_entry *e);

/* keys_clear forgets all. */
void keys_clear(struct keys *k);

#endif
