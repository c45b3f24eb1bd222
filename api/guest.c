/* SPDX-License-Identifier: MIT */
#include "api/guest.h"

#include "session/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

static int64_t deadline_of(const struct guest *g)
{
    switch (g->phase) {
    case GUEST_FIRST:
        return g->since + GUEST_FIRST_MS;
    case GUEST_NEXT:
        return g->since + GUEST_NEXT_MS;
    case GUEST_BODY:
        return g->since + GUEST_BODY_MS + (int64_t)(g->octets / GUEST_RATE) * 1000;
    case GUEST_ANSWER:
    case GUEST_GONE:
        break;
    }
    return 0;
}

static void show_out(struct guest *g)
{
    (void)shutdown(g->fd, SHUT_RDWR);
    g->phase = GUEST_GONE;
    g->of->n_gone++;
}

/* ---- making room ---- */

static bool at_headers(const struct guest *g)
{
    return g->phase == GUEST_FIRST || g->phase == GUEST_NEXT;
}

static uint64_t rate(const struct guest *g, int64_t now)
{
    return g->octets / (uint64_t)(now - g->since + 1);
}

/* leaves_before: a, which may leave, does so rather than b (NULL: nobody yet). */
static bool leaves_before(const struct guest *a, const struct guest *b, int64_t now)
{
    if (!b || at_headers(a) != at_headers(b)) return !b || at_headers(a);
    return at_headers(a) ? a->since < b->since : rate(a, now) < rate(b, now);
}

static void make_room(struct guests *all, const struct guest *newcomer)
{
    const int64_t now = clock_ms();
    struct guest *out = NULL;
    for (struct guest *g = all->first; g; g = g->next) {
        const bool slow = g->phase == GUEST_BODY && now - g->since >= GUEST_GRACE_MS;
        if (g != newcomer && (at_headers(g) || slow) && leaves_before(g, out, now)) out = g;
    }
    if (out) show_out(out);
}

/* ---- coming and leaving ---- */

struct guest *guest_come(struct guests *all, int fd, bool own_peer, uint64_t most)
{
    struct guest *g = calloc(1, sizeof *g);
    if (!g) return NULL;
    *g = (struct guest){all, all->first, &all->first, fd, own_peer, GUEST_FIRST, clock_ms(), 0};
    if (g->next) g->next->prev = &g->next;
    all->first = g;
    all->n++;
    if (all->n - all->n_gone > most) make_room(all, g);
    return g;
}

void guest_leave(struct guest *g)
{
    if (!g) return;
    *g->prev = g->next;
    if (g->next) g->next->prev = g->prev;
    g->of->n--;
    g->of->n_gone -= g->phase == GUEST_GONE;
    free(g);
}

void guest_turn(struct guest *g, enum guest_phase phase)
{
    if (!g || g->phase == GUEST_GONE) return;
    g->phase = phase;
    g->octets = 0;
    g->since = clock_ms();
}

void guest_sent(struct guest *g, size_t octets)
{
    if (g) g->octets += octets;
}

/* ---- time ---- */

int64_t guests_deadline(const struct guests *all)
{
    int64_t first = 0;
    for (const struct guest *g = all->first; g; g = g->next)
        first = clock_sooner(first, deadline_of(g));
    return first;
}

void guests_step(struct guests *all, int64_t now)
{
    for (struct guest *g = all->first; g; g = g->next) {
        const int64_t deadline = deadline_of(g);
        if (deadline && now >= deadline) show_out(g);
    }
}
