/* SPDX-License-Identifier: MIT */
/*
 * readers: what PC/SC says of the card readers and the cards in them.
 *
 * What: one snapshot of all readers, and the finding of a slot's reader in it.
 * Not:  asking pcscd (pcsc.c, in a process of its own), carrying the answer (watch.c), the kind of
 * a card (family.c), or its certificates, which only a PKCS#11 module knows (token.h).
 *
 * A PKCS#11 module that signs answers no question about its slots; PC/SC does, at any time.
 */
#ifndef PKCS11_READERS_H
#define PKCS11_READERS_H

#include "core/bytes.h"

#define READERS_MAX      16  /* what libpcsclite's pcscd serves */
#define READERS_NAME_MAX 128 /* MAX_READERNAME of libpcsclite, with its NUL */
#define READERS_ATR_MAX  33  /* octets, ISO 7816-3 8.2 */

enum reader_state {
    READER_EMPTY,
    READER_CARD,      /* a card is there and answers */
    READER_MUTE,      /* a card is there and does not answer to reset */
    READER_EXCLUSIVE, /* a card is there and another program keeps it for itself */
    READER_STATE_COUNT
};
/* reader_state_slug: "empty", "card-present", "card-mute", "card-in-use". Static string. */
const char *reader_state_slug(enum reader_state s);

struct reader {
    char name[READERS_NAME_MAX]; /* as PC/SC names it, sanitised (core/text.h) */
    enum reader_state state;
    uint16_t events; /* PC/SC's own count: another one means that the card came or went meanwhile */
    uint8_t atr[READERS_ATR_MAX];
    size_t atr_len; /* 0 without a card that answers */
};

struct readers {
    bool service; /* pcscd answers */
    size_t n;
    struct reader at[READERS_MAX];
};

/* readers_find: the index of the reader that a slot's description names (PKCS#11 cuts it at 64
 * octets), r->n when none does or several could be meant. */
size_t readers_find(const struct readers *r, const char *slot_description);

/* readers_none: the snapshot of those who watch no readers. Static. */
const struct readers *readers_none(void);

/* readers_same: nothing that a struct readers tells has changed. */
bool readers_same(const struct readers *a, const struct readers *b);

#endif
