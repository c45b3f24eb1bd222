/* SPDX-License-Identifier: MIT */
/*
 * keys: which Idempotency-Key of which owner stands for which approval.
 *
 * What: a table of fixed size, allocated once: an entry outlives its approval, so that a key is
 *       never used twice. When the table is full the oldest entry makes room.
 * Not:  the approvals: whether one still exists is asked of the session.
 * Use:  switch (keys_find(k, owner, key, &body, id)) …; keys_add(k, owner, key, &body, id);
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

/* keys_add remembers a key that keys_find called unused. False: `id` is none of ident_new's, or
 * OpenSSL cannot hash; nothing is remembered then. */
bool keys_add(struct keys *k, const char *owner, const char *key, const struct digest *body,
              const char *id);

#endif
