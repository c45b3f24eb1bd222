/* SPDX-License-Identifier: MIT */
#include "api/drain.h"

#include <stdbool.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void drop(struct drain *l, size_t i)
{
    (void)close(l->at[i].fd);
    l->n--;
    memmove(&l->at[i], &l->at[i + 1], (l->n - i) * sizeof l->at[0]);
}

void drain_add(struct drain *l, int fd, int64_t now)
{
    if (l->n == DRAIN_MAX) drop(l, 0);
    l->at[l->n].fd = fd;
    l->at[l->n].octets = 0;
    l->at[l->n].deadline = now + DRAIN_MS;
    l->n++;
}

size_t drain_poll(const struct drain *l, struct pollfd *out)
{
    for (size_t i = 0; i < l->n; i++) out[i] = (struct pollfd){.fd = l->at[i].fd, .events = POLLIN};
    return l->n;
}

/* read_away: false when the socket is done with. One call reads a bounded share, so that a fast
 * sender does not keep the loop from its other work. */
static bool read_away(struct drain *l, size_t i)
{
    static char waste[65536];
    for (int turns = 0; turns < 16; turns++) {
        ssize_t n = recv(l->at[i].fd, waste, sizeof waste, MSG_DONTWAIT);
        if (n < 0) return errno == EAGAIN || errno == EINTR;
        if (n == 0 || (l->at[i].octets += (uint64_t)n) > DRAIN_OCTETS) return false;
    }
    return true;
}

void drain_step(struct drain *l, int64_t now)
{
    for (size_t i = 0; i < l->n;) {
        if (now >= l->at[i].deadline || !read_away(l, i))
            drop(l, i);
        else
            i++;
    }
}

void drain_close(struct drain *l)
{
    while (l->n) drop(l, l->n - 1);
}
