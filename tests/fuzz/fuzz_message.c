/* SPDX-License-Identifier: MIT */
/*
 * Law: a packet that decodes encodes back to the same octets; every text of it ends inside its
 * room and is printable ASCII, every limit is inside its bound. The first octet says how many
 * descriptors came.
 */
#include <stdlib.h>

#include "fetch/message.h"

static struct message m;

static void must(bool holds)
{
    if (!holds) abort();
}

static void check_text(const char *text, size_t room)
{
    size_t n = strnlen(text, room);
    must(n < room);
    for (size_t i = 0; i < n; i++) must(text[i] >= ' ' && text[i] <= '~');
}
#define TEXT(array) check_text((array), sizeof(array))

static void check_ask(void)
{
    TEXT(m.url);
    TEXT(m.body_type);
    TEXT(m.accept);
    must(m.url[0] && m.method < FETCH_METHOD_COUNT && (m.method == FETCH_POST || !m.has_body));
    must(m.max_octets >= 1 && m.max_octets <= FETCH_MAX_ANSWER);
    must(m.max_ms >= 1 && m.max_ms <= FETCH_MAX_MS);
    for (size_t i = 0; i < FETCH_HEADER_COUNT; i++)
        if (m.has_header[i]) TEXT(m.headers[i]);
}

static void check_answer(void)
{
    TEXT(m.answer_type);
    TEXT(m.detail);
    must(m.fault < FETCH_FAULT_COUNT && (m.fault == FETCH_ANSWERED) == (m.status >= 200));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct bytes packet = bytes_of(data + 1, size - 1);
    if (!message_decode(packet, data[0], &m)) return 0;
    if (m.type == MESSAGE_ASK) check_ask();
    if (m.type == MESSAGE_ANSWER) check_answer();
    own(buf) again = buf_max(MESSAGE_MAX);
    message_encode(&again, &m);
    must(buf_ok(&again) && bytes_eq(buf_bytes(&again), packet));
    return 0;
}
