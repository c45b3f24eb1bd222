/* SPDX-License-Identifier: MIT */
#include "tests/bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH_SECONDS 0.02

double bench_clock(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void bench_pause(double s)
{
    const struct timespec t = {(time_t)s, (long)((s - (double)(time_t)s) * 1e9)};
    (void)nanosleep(&t, NULL);
}

void bench_die(const char *what)
{
    (void)fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double bench_median(double *v, size_t n)
{
    if (n == 0) return 0;
    qsort(v, n, sizeof *v, by_value);
    return n % 2 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}

static double run(const struct bench_job *job, size_t n)
{
    double start = bench_clock();
    job->run(job->ctx, n);
    return (bench_clock() - start) / (double)n;
}

/* How often the job fits into one batch; running it to find out is its warm-up. */
static size_t batch_of(const struct bench_job *job)
{
    size_t n = 1;
    double once = run(job, n);
    while (once * (double)n < BATCH_SECONDS / 4 && n < (size_t)1 << 40) {
        n *= 4;
        once = run(job, n);
    }
    double fits = BATCH_SECONDS / (once > 1e-12 ? once : 1e-12);
    return fits < 1 ? 1 : (size_t)fits;
}

struct bench_pair bench_times(const struct bench_job *ours, const struct bench_job *peer)
{
    double a[BENCH_ROUNDS], b[BENCH_ROUNDS];
    size_t n = batch_of(ours), m = batch_of(peer);
    for (size_t i = 0; i < BENCH_ROUNDS; i++) {
        a[i] = run(ours, n);
        b[i] = run(peer, m);
    }
    return (struct bench_pair){bench_median(a, BENCH_ROUNDS), bench_median(b, BENCH_ROUNDS)};
}

double bench_time(const struct bench_job *job)
{
    double v[BENCH_ROUNDS];
    size_t n = batch_of(job);
    for (size_t i = 0; i < BENCH_ROUNDS; i++) v[i] = run(job, n);
    return bench_median(v, BENCH_ROUNDS);
}

/* ---- lines ---- */

struct figure {
    char text[48];
};

static struct figure plain(double v)
{
    struct figure f;
    (void)snprintf(f.text, sizeof f.text, v >= 1000 ? "%.0f" : "%.3g", v);
    return f;
}

static struct figure seconds(double v)
{
    static const struct {
        double least, unit;
        const char *name;
    } units[] = {{1, 1, "s"}, {1e-3, 1e-3, "ms"}, {1e-6, 1e-6, "µs"}, {0, 1e-9, "ns"}};
    size_t i = 0;
    while (i < 3 && v < units[i].least) i++; /* a difference may be below nothing */
    struct figure f;
    (void)snprintf(f.text, sizeof f.text, "%.3g %s", v / units[i].unit, units[i].name);
    if (v / units[i].unit >= 100)
        (void)snprintf(f.text, sizeof f.text, "%.0f %s", v / units[i].unit, units[i].name);
    return f;
}

static void line(const char *name, struct figure ours, struct figure peer, double ratio,
                 const char *sign, struct figure goal, bool met)
{
    printf("%s\t%s\t%s\t%.2f\t%s %s\t%s\n", name, ours.text, peer.text, ratio, sign, goal.text,
           met ? "met" : "short");
    (void)fflush(stdout);
}

static const struct figure nobody = {"-"};

void bench_faster(const char *name, struct bench_pair t, double goal)
{
    double ratio = t.peer / t.ours;
    line(name, seconds(t.ours), seconds(t.peer), ratio, "≥", plain(goal), ratio >= goal);
}

void bench_slower_at_most(const char *name, struct bench_pair t, double goal)
{
    double ratio = t.ours / t.peer;
    line(name, seconds(t.ours), seconds(t.peer), ratio, "≤", plain(goal), ratio <= goal);
}

void bench_more(const char *name, double ours, double peer, double goal)
{
    double ratio = ours / peer;
    line(name, plain(ours), plain(peer), ratio, "≥", plain(goal), ratio >= goal);
}

void bench_within(const char *name, double ours, double peer, double goal)
{
    double ratio = ours / peer;
    line(name, plain(ours), plain(peer), ratio, "≤", plain(goal), ratio <= goal);
}

void bench_at_least(const char *name, double ours, double goal)
{
    line(name, plain(ours), nobody, ours / goal, "≥", plain(goal), ours >= goal);
}

void bench_at_most(const char *name, double ours, double goal)
{
    line(name, plain(ours), nobody, ours / goal, "≤", plain(goal), ours <= goal);
}

void bench_time_at_most(const char *name, double ours, double goal)
{
    line(name, seconds(ours), nobody, ours / goal, "≤", seconds(goal), ours <= goal);
}

void bench_at_most_beside(const char *name, double ours, double peer, double goal)
{
    line(name, plain(ours), plain(peer), ours / peer, "≤", plain(goal), ours <= goal);
}

void bench_time_at_most_beside(const char *name, struct bench_pair t, double goal)
{
    line(name, seconds(t.ours), seconds(t.peer), t.ours / t.peer, "≤", seconds(goal),
         t.ours <= goal);
}
