/* SPDX-License-Identifier: MIT */
/*
 * Law: a packet that decodes encodes back to the same octets; every text in it ends inside its
 * room, every count and view inside its bound. The first octet says how many descriptors came.
 */
#include <stdlib.h>

#include "pkcs11/wire.h"

static struct wire_message m;

static void must(bool holds)
{
    if (!holds) abort();
}

#define ENDS(text) must(strnlen((text), sizeof(text)) < sizeof(text))

static void check_order(const struct token_order *o, size_t n_fds)
{
    ENDS(o->origin);
    ENDS(o->order_no);
    ENDS(o->applicant);
    must(o->n_octets >= 1 && o->n_octets <= TOKEN_MAX_REFERENCES);
    must(o->signed_info.len >= 1 && o->signed_info.len <= TOKEN_MAX_SIGNEDINFO);
    int fd = 0;
    for (size_t i = 0; i < o->n_octets; i++) {
        ENDS(o->octets[i].name);
        ENDS(o->octets[i].mime);
        must(o->octets[i].fd == (o->octets[i].kind == TOKEN_DIGEST_ONLY ? -1 : fd++));
    }
    must((size_t)fd == n_fds);
}

static void check_readers(const struct readers *r)
{
    must(r->n <= (r->service ? READERS_MAX : 0));
    for (size_t i = 0; i < r->n; i++) {
        ENDS(r->at[i].name);
        must(r->at[i].state < READER_STATE_COUNT && r->at[i].atr_len <= READERS_ATR_MAX);
    }
}

static void check_tries(int tries)
{
    must(tries >= -1 && tries <= TOKEN_MAX_TRIES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct bytes packet = bytes_of(data + 1, size - 1);
    if (!wire_decode(packet, data[0], &m)) return 0;
    if (m.type == WIRE_ASK_SIGNATURE) check_order(&m.order, data[0]);
    if (m.type == WIRE_READERS) check_readers(&m.readers);
    if (m.type == WIRE_SLOT) {
        ENDS(m.slot.serial);
        check_tries(m.slot.tries);
    }
    if (m.type == WIRE_ASK_PIN) must(m.pin_order.task < TOKEN_PIN_TASK_COUNT);
    if (m.type == WIRE_ASKING || m.type == WIRE_FAILED) check_tries(m.tries);
    if (m.type == WIRE_FAILED) must(m.error != OK && (unsigned)m.error < ERR_COUNT);
    own(buf) again = buf_max(PACKET_MAX);
    wire_encode(&again, &m);
    must(buf_ok(&again) && bytes_eq(buf_bytes(&again), packet));
    return 0;
}
