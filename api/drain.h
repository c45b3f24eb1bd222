/* SPDX-License-Identifier: MIT */
/*
 * drain: reads away what a refused client is still sending, so that it hears the refusal.
 *
 * What: a socket closed with unread octets is reset by the kernel, and the reset can overtake our
 *       answer: the client would see a broken pipe instead of 413. A second descriptor keeps the
 *       socket until the client ends, DRAIN_OCTETS were thrown away, or DRAIN_MS passed.
 * Not:  keeping anything that was read.
 */
#ifndef API_DRAIN_H
#define API_DRAIN_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

#define DRAIN_MAX    16
#define DRAIN_OCTETS (80u << 20)
#define DRAIN_MS     2000

struct drain {
    size_t n;
    struct {
        int fd;
        uint64_t octets;
        int64_t deadline; /* milliseconds of clock_ms */
    } at[DRAIN_MAX];
};

/* drain_add takes the descriptor over; the oldest one is let go when there are DRAIN_MAX. */
void drain_add(struct drain *l, int fd, int64_t now);
/* drain_poll fills at most DRAIN_MAX entries of `out` and returns how many. */
size_t drain_poll(const struct drain *l, struct pollfd *out);
/* drain_step reads what is there and closes what is over. Never blocks. */
void drain_step(struct drain *l, int64_t now);
void drain_close(struct drain *l);

#endif
