/* SPDX-License-Identifier: MIT */
/*
 * wire: the messages between onayd (or onay) and its worker.
 *
 * What: encoding and decoding of every message; core/packet carries them, descriptors beside them.
 * Not:  the order in which messages may come: remote.c and worker.c know that.
 * Use:  wire_encode(&buf, &m); packet_send(sock, buf_bytes(&buf), fds, n, false);
 *       packet_receive(sock, &packet, false) and wire_decode(&packet, &m).
 *
 * pkcs11/PROTOCOL describes each message and says what each field defends against. Decoding is
 * strict: what decodes encodes back to the same octets (the fuzz law).
 */
#ifndef PKCS11_WIRE_H
#define PKCS11_WIRE_H

#include "core/packet.h"
#include "pkcs11/token.h"

#define WIRE_MAX_CERT 65536 /* octets of one certificate, as core/cert reads them */

enum wire_type {
    /* to the worker */
    WIRE_ASK_LISTING = 1,
    WIRE_ASK_CHOICE = 2,
    WIRE_ASK_SIGNATURE = 3,
    WIRE_PROCEED = 4,
    WIRE_CANCEL = 5,
    WIRE_ASK_PIN = 6,
    /* from the worker */
    WIRE_READY = 16,
    WIRE_SLOT = 17,
    WIRE_CERT = 18,
    WIRE_LISTED = 19,
    WIRE_CHOSEN = 20,
    WIRE_ASKING = 21,
    WIRE_CONSENTED = 22,
    WIRE_AT_CARD = 23,
    WIRE_SIGNED = 24,
    WIRE_FAILED = 25,
    WIRE_PIN_SET = 26,
    /* from a watcher, which is told nothing */
    WIRE_READERS = 32,
};

/* One message. Only the members named for its type count. Views point into the packet. */
struct wire_message {
    enum wire_type type;
    struct token_order order;                         /* ASK_SIGNATURE; texts of ASK_CHOICE */
    struct token_octets octets[TOKEN_MAX_REFERENCES]; /* ASK_SIGNATURE: order.octets */
    size_t n_ids;                                     /* ASK_CHOICE */
    struct digest ids[TOKEN_MAX_CERTS];               /* ASK_CHOICE */
    bool go;                                          /* PROCEED */
    struct token_pin_order pin_order;                 /* ASK_PIN */
    err_t error;                                      /* READY, FAILED */
    struct token_slot slot;                           /* SLOT */
    struct bytes cert;                                /* CERT: DER */
    unsigned cert_slot;                               /* CERT */
    bool cert_has_key;                                /* CERT */
    char module[256];                                 /* LISTED */
    size_t n_slots, n_certs;                          /* LISTED */
    bool none;                                        /* CHOSEN */
    struct digest chosen;                             /* CHOSEN */
    enum pin_state pin;                               /* ASKING, CONSENTED, FAILED */
    int tries;                                        /* the same */
    enum token_step step;                             /* AT_CARD */
    struct bytes signature;                           /* SIGNED */
    bool sent;                                        /* FAILED */
    unsigned long foreign;                            /* FAILED */
    struct readers readers;                           /* READERS */
};

/* wire_encode appends the packet of *m. A text, list or view beyond its bound latches the buffer.
 * Descriptors are not encoded: give order.octets[i].fd, in order and without the -1s, to
 * packet_send. */
void wire_encode(struct buf *out, const struct wire_message *m);

/* wire_decode fills *m from a packet and the number of descriptors beside it; octets[i].fd becomes
 * the index of its descriptor, -1 for none. False, and nothing promised of *m, for anything that
 * wire_encode would not have written. */
bool wire_decode(struct bytes packet, size_t n_fds, struct wire_message *m);

#endif
