/* SPDX-License-Identifier: MIT */
/*
 * Law: whatever a reader says, a card answers each command with a status word and at most 256
 * octets before it; and a card whose PIN and PUK are blocked stays so, and signs with no key that
 * wants the PIN.
 */
#include "fixtures/card/seat.h"

#include <openssl/ec.h>
#include <sys/socket.h>

#define LONGEST 8192

static void must(bool holds)
{
    if (!holds) abort();
}

static EVP_PKEY *pkey;

static struct piv card_with(unsigned tries)
{
    struct piv c = {.n_keys = 2};
    if (!pkey) pkey = EVP_EC_gen("P-256");
    must(pkey != NULL);
    c.keys[0] = (struct key){.ref = 0x9a, .algorithm = 0x11, .pkey = pkey};
    c.keys[1] = (struct key){.ref = KEY_QUALIFIED, .algorithm = 0x11, .pkey = pkey};
    must(pin_make(bytes_str("123456"), 3, &c.pin) && pin_make(bytes_str("12345678"), 3, &c.puk));
    c.pin.left = c.puk.left = tries;
    return c;
}

/* The reader's end of the wire: each message that the card has sent is one. */
static void judge_answers(int fd)
{
    uint8_t head[2], body[VPCD_MAX];
    while (recv(fd, head, 2, MSG_DONTWAIT) == 2) {
        size_t len = (size_t)head[0] << 8 | head[1];
        must(len >= 2 && len <= 258);
        must(recv(fd, body, len, MSG_DONTWAIT) == (ssize_t)len);
    }
}

static void listen_to(struct bytes said, struct piv *card)
{
    static struct seat s;
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    s = seat_new(0);
    s.card = card;
    s.reader.fd = ends[0];
    must(send(ends[1], said.p, said.len, 0) == (ssize_t)said.len);
    seat_serve(&s);
    judge_answers(ends[1]);
    seat_free(&s);
    (void)close(ends[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > LONGEST) return 0;
    struct piv card = card_with(3), blocked = card_with(0);
    listen_to(bytes_of(data, size), &card);
    must(card.pin.left <= 3 && card.puk.left <= 3);
    listen_to(bytes_of(data, size), &blocked);
    must(blocked.pin.left == 0 && blocked.puk.left == 0 && blocked.signatures == 0);
    return 0;
}
