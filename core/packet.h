/* SPDX-License-Identifier: MIT */
/*
 * packet: one message between two processes of ours: its fields, its way through a socket.
 *
 * What: one SOCK_SEQPACKET packet with descriptors beside it (SCM_RIGHTS); big-endian numbers and
 *       counted texts in it. What is put beyond its bound latches the buffer, what is read beyond
 *       its bound latches the reader, so ten fields need one check.
 * Not:  which messages there are: pkcs11/wire, fetch/message.
 * Use:  packet_send(sock, buf_bytes(&buf), fds, n, false);
 *       own(packet) p = {0}; packet_new(&p) and packet_receive(sock, &p, false) == PACKET_GOT.
 */
#ifndef CORE_PACKET_H
#define CORE_PACKET_H

#include "core/buf.h"

#define PACKET_MAX     (128u * 1024) /* octets of one packet */
#define PACKET_MAX_FDS 65            /* descriptors beside it */

/* ---- fields ---- */

void packet_refuse(struct buf *b); /* latches it */
void packet_put_number(struct buf *b, uint64_t v, size_t n_octets);
void packet_put_text(struct buf *b, const char *text, size_t room);
void packet_put_octets(struct buf *b, struct bytes v, size_t max); /* at least one */

/* A view that shrinks from the front; the first refusal latches. */
struct packet_in {
    struct bytes rest;
    bool bad;
};

struct bytes packet_take(struct packet_in *in, size_t n);
uint64_t packet_get_number(struct packet_in *in, size_t n_octets);
/* packet_get_below: a number that must stay below `end`: enums, counts. */
unsigned packet_get_below(struct packet_in *in, size_t n_octets, unsigned end);
bool packet_get_flag(struct packet_in *in);
void packet_get_text(struct packet_in *in, char *text, size_t room); /* no NUL inside */
struct bytes packet_get_octets(struct packet_in *in, size_t max);

/* Fixed-size arrays only, so that no call can name a wrong room. */
#define PACKET_PUT_TEXT(b, array)  packet_put_text((b), (array), sizeof(array))
#define PACKET_GET_TEXT(in, array) packet_get_text((in), (array), sizeof(array))

/* ---- one packet ---- */

/* One packet as it came, with the descriptors that came along; packet_free closes those
 * that are still there (-1: taken). */
struct packet {
    uint8_t *p; /* room for PACKET_MAX octets */
    size_t len;
    int fds[PACKET_MAX_FDS + 1]; /* alignment leaves room for one more than is ever asked for */
    size_t n_fds;
};
/* packet_new makes the room once; false without memory. */
bool packet_new(struct packet *out);
void packet_clear(struct packet *p); /* closes the descriptors */
void packet_free(struct packet *p);
OWN(packet)

/* packet_socket: the descriptor that a command line names when it is a SOCK_SEQPACKET socket and
 * none of the standard ones; else -1. */
int packet_socket(const char *text);

/* packet_send sends one packet. With `wait` it waits for room; never raises SIGPIPE. */
bool packet_send(int sock, struct bytes packet, const int *fds, size_t n_fds, bool wait);

/* packet_receive takes one packet into *p (cleared before). A packet or list of descriptors that
 * does not fit counts as PACKET_CLOSED: the other side is not one of ours. */
enum packet_got { PACKET_GOT, PACKET_NOTHING, PACKET_CLOSED };
enum packet_got packet_receive(int sock, struct packet *p, bool wait);

#endif
