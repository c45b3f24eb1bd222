/* SPDX-License-Identifier: MIT */
/*
 * bench: figures beside a peer's, measured in one run.
 *
 * What: times two jobs in turn, batch by batch, and takes medians: what slows the machine
 *       down for a moment slows both. Prints one line a figure:
 *       name TAB ours TAB peer figure TAB ratio TAB goal TAB met|short
 * Not:  a judge: a missed goal prints "short", and the program still ends with 0.
 * Use:  struct bench_pair t = bench_times(&(struct bench_job){ours, &ctx},
 *                                         &(struct bench_job){peer, &ctx});
 *       bench_faster("certificate view vs d2i_X509", t, 100);
 *       bench_at_most("RssAnon of all processes, MiB", 9.1, 12);
 *
 * Lines that are not figures (versions, what was compared) go to stdout after "# ".
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>

/* A job does its work `n` times over. It must leave a visible result (bench_keep), or the
 * compiler may leave the work out. */
struct bench_job {
    void (*run)(void *ctx, size_t n);
    void *ctx;
};

struct bench_pair {
    double ours, peer; /* seconds for one piece of work, medians */
};

/* bench_times warms both jobs up, sizes their batches (about 20 ms each, at least one piece of
 * work), runs BENCH_ROUNDS batches of each in turn and gives the medians. For slow jobs (a whole
 * approval) one batch is one piece of work. */
#define BENCH_ROUNDS 15
struct bench_pair bench_times(const struct bench_job *ours, const struct bench_job *peer);

/* bench_time is the same for one job without a peer: seconds for one piece of work. */
double bench_time(const struct bench_job *job);

/* bench_clock is the monotonic clock in seconds. bench_median sorts v[n] and gives its middle. */
double bench_clock(void);
double bench_median(double *v, size_t n);

/* bench_pause lets that many seconds pass. bench_die says what is wrong on stderr and ends the
 * program with 1. */
void bench_pause(double seconds);
_Noreturn void bench_die(const char *what);

/* bench_keep makes the compiler believe that the memory at p is looked at. */
static inline void bench_keep(const void *p)
{
    __asm__ volatile("" : : "r"(p) : "memory");
}

/* One line each. Times are printed with a fitting unit (ns, µs, ms, s), other figures as they
 * are: their unit belongs into the name. */

/* bench_faster: ratio = peer time / our time; met when ≥ goal. */
void bench_faster(const char *name, struct bench_pair t, double goal);

/* bench_slower_at_most: ratio = our time / peer time; met when ≤ goal (a whole approval at most
 * 1.25 × the bare card calls). */
void bench_slower_at_most(const char *name, struct bench_pair t, double goal);

/* bench_more: ratio = ours / peer of any figure where more is better; met when ≥ goal. */
void bench_more(const char *name, double ours, double peer, double goal);

/* bench_within: ratio = ours / peer of any figure where less is better; met when ≤ goal. */
void bench_within(const char *name, double ours, double peer, double goal);

/* Without a peer ("-"): bench_at_least and bench_at_most compare with the goal itself; the ratio
 * column gives ours / goal. bench_time_at_most takes and prints seconds as a time. */
void bench_at_least(const char *name, double ours, double goal);
void bench_at_most(const char *name, double ours, double goal);
void bench_time_at_most(const char *name, double ours, double goal);

/* Judged without a peer, and shown beside one: ratio = ours / peer, met when ours ≤ goal. */
void bench_at_most_beside(const char *name, double ours, double peer, double goal);
void bench_time_at_most_beside(const char *name, struct bench_pair t, double goal);

#endif
