/* SPDX-License-Identifier: MIT */
/*
 * message: what is said between onayd-fetch and the process that asks it.
 *
 * What: ASK and CANCEL to it, ANSWER from it; one packet each (core/packet), a body beside it as
 *       one sealed memfd.
 * Not:  which addresses may be asked: rules of the process (address.c, transfer.c).
 * Use:  message_encode(&buf, &m); message_decode(packet, n_fds, &m).
 *
 * The process is told a URL and octets and which of four headers to send: there is no field by
 * which a caller could make up another header, a scheme, a proxy or a file. Decoding is strict:
 * what decodes encodes back to the same octets (the fuzz law).
 */
#ifndef FETCH_MESSAGE_H
#define FETCH_MESSAGE_H

#include "core/packet.h"
#include "fetch/fetch.h"

#define MESSAGE_MAX 8192 /* octets of one packet */

enum message_type { MESSAGE_ASK = 1, MESSAGE_CANCEL = 2, MESSAGE_ANSWER = 16 };

/* Only the members named for its type count. */
struct message {
    enum message_type type;
    uint32_t question;
    bool has_body; /* ASK, ANSWER: a descriptor came along */
    /* ASK */
    enum fetch_method method;
    uint32_t max_octets, max_ms;
    char url[FETCH_ROOM_URL];
    char body_type[FETCH_ROOM_TYPE], accept[FETCH_ROOM_TYPE];
    bool has_header[FETCH_HEADER_COUNT];
    char headers[FETCH_HEADER_COUNT][FETCH_ROOM_VALUE];
    /* ANSWER */
    enum fetch_fault fault;
    unsigned status;
    char answer_type[FETCH_ROOM_TYPE];
    char detail[FETCH_ROOM_DETAIL];
};

/* message_encode appends the packet; a field beyond its bound latches the buffer. */
void message_encode(struct buf *out, const struct message *m);

/* message_decode: false, and nothing promised of *m, for anything that message_encode would not
 * have written with that many descriptors. */
bool message_decode(struct bytes packet, size_t n_fds, struct message *m);

#endif
