/* SPDX-License-Identifier: MIT */
/*
 * clock: milliseconds that never jump, for deadlines. What a person reads is utc.h's.
 */
#ifndef SESSION_CLOCK_H
#define SESSION_CLOCK_H

#include <stdint.h>
#include <time.h>

/* clock_ms never gives 0, which means "no deadline" everywhere in this floor. */
static inline int64_t clock_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + 1;
}

/* clock_after: the deadline that many seconds from now; bounded, so that no setting overflows. */
static inline int64_t clock_after(uint64_t seconds)
{
    const uint64_t most = 100ull * 365 * 24 * 3600;
    return clock_ms() + (int64_t)(seconds < most ? seconds : most) * 1000;
}

/* clock_sooner: the earlier of two deadlines, 0 being none. */
static inline int64_t clock_sooner(int64_t a, int64_t b)
{
    if (a == 0) return b;
    return b == 0 || a < b ? a : b;
}

#endif
