/* SPDX-License-Identifier: MIT */
#include "pkcs11/readers.h"

#include <string.h>

#define SLOT_DESCRIPTION 64 /* octets, CK_SLOT_INFO */

const char *reader_state_slug(enum reader_state s)
{
    static const char *const slugs[READER_STATE_COUNT] = {
        [READER_EMPTY] = "empty",
        [READER_CARD] = "card-present",
        [READER_MUTE] = "card-mute",
        [READER_EXCLUSIVE] = "card-in-use",
    };
    return slugs[s];
}

/* PKCS#11 cuts a description at its field and pads it with blanks, which card.c takes off. */
static bool names(const char *description, const char *name)
{
    size_t n = strnlen(name, SLOT_DESCRIPTION);
    while (n > 0 && name[n - 1] == ' ') n--;
    return n > 0 && strlen(description) == n && memcmp(description, name, n) == 0;
}

size_t readers_find(const struct readers *r, const char *slot_description)
{
    size_t found = r->n;
    for (size_t i = 0; i < r->n; i++) {
        if (!names(slot_description, r->at[i].name)) continue;
        if (found != r->n) return r->n;
        found = i;
    }
    return found;
}

const struct readers *readers_none(void)
{
    static const struct readers none;
    return &none;
}

static bool reader_same(const struct reader *a, const struct reader *b)
{
    return strcmp(a->name, b->name) == 0 && a->state == b->state && a->events == b->events &&
           a->atr_len == b->atr_len && memcmp(a->atr, b->atr, a->atr_len) == 0;
}

bool readers_same(const struct readers *a, const struct readers *b)
{
    if (a->service != b->service || a->n != b->n) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!reader_same(&a->at[i], &b->at[i])) return false;
    return true;
}
