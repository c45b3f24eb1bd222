/* SPDX-License-Identifier: MIT */
/*
 * guest: the connections of one door, and how long each may take for what it has to say.
 *
 * What: the HTTP library's time-out starts anew with every octet; who sends one now and then could
 *       keep a place for ever. A guest has GUEST_FIRST_MS for its first headers, GUEST_NEXT_MS for
 *       those after an answer, and for a body GUEST_BODY_MS and a second more for each GUEST_RATE
 *       octets that came. When more come than there are places, the one that has been at its
 *       headers for longest leaves, else the slowest body.
 * Not:  guests that are being answered, or wait for an answer, or hear a stream: they never leave
 *       for others.
 *
 * A guest is shown out by shutting its socket down: the library sees an end and cleans up.
 */
#ifndef API_GUEST_H
#define API_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_RESERVE  16    /* places more than max_connections, while others are shown out */
#define GUEST_FIRST_MS 10000 /* from the connection to the end of the first headers */
#define GUEST_NEXT_MS  30000 /* from an answer's end to the end of the next headers */
#define GUEST_BODY_MS  30000
#define GUEST_RATE     65536u /* octets a second */
#define GUEST_GRACE_MS 1000   /* a younger body does not leave for others */

enum guest_phase { GUEST_FIRST, GUEST_NEXT, GUEST_BODY, GUEST_ANSWER, GUEST_GONE };

struct guests {
    struct guest *first;
    size_t n, n_gone; /* those shown out are still counted in n */
};

struct guest {
    struct guests *of;
    struct guest *next, **prev;
    int fd; /* the library's */
    bool own_peer;
    enum guest_phase phase;
    int64_t since; /* clock_ms, when the phase began */
    uint64_t octets;
};

/* guest_come: NULL when there is no memory. Shows another one out when there are more than `most`.
 * guest_leave frees; NULL is allowed. */
struct guest *guest_come(struct guests *all, int fd, bool own_peer, uint64_t most);
void guest_leave(struct guest *g);

/* guest_turn begins a phase; guest_sent counts octets of a body. One that was shown out stays so;
 * NULL is allowed. */
void guest_turn(struct guest *g, enum guest_phase phase);
void guest_sent(struct guest *g, size_t octets);

/* guests_deadline: when the first of them is over its time, in clock_ms; 0: none will be. */
int64_t guests_deadline(const struct guests *all);
/* guests_step shows out whose time is over. */
void guests_step(struct guests *all, int64_t now);

#endif
