/* SPDX-License-Identifier: MIT */
/*
 * The daemon as its users meet it: start, idle memory, POST → done beside the bare card calls, and
 * what 10,000 approvals leave behind.
 *
 * bench_daemon.sh prepares the token and calls: bench_daemon ONAYD CONFIG MODULE RUNTIME_DIR
 */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/bench/bare.h"
#include "tests/bench/bench.h"
#include "tests/bench/daemon.h"

#define PIN        "123456"
#define STARTS     15
#define APPROVALS  61
#define PAUSE      0.06 /* s: a person is slower; the worker's successor is warm by then */
#define MANY_FIRST 1000
#define MANY_LAST  10000

/* ---- start ---- */

static void bench_start(struct daemon *d)
{
    double v[STARTS];
    for (size_t i = 0; i < STARTS; i++) {
        double before = bench_clock();
        daemon_start(d);
        int fd = daemon_dial(d);
        v[i] = bench_clock() - before;
        (void)close(fd);
        daemon_stop(d);
    }
    bench_time_at_most("start to first answered /v1/health", bench_median(v, STARTS), 0.020);
}

/* ---- memory ---- */

static void bench_idle(struct daemon *d)
{
    daemon_start(d);
    (void)close(daemon_dial(d));
    bench_pause(1);
    struct usage u = daemon_usage(d);
    printf("# idle: %u processes, RSS %.1f MiB, %u descriptors\n", u.processes, u.rss_kib / 1024,
           u.descriptors);
    bench_at_most("idle RssAnon of all processes, MiB", u.anon_kib / 1024, 12);
    daemon_stop(d);
}

/* ---- approvals ---- */

static void bench_approval(struct daemon *d, const char *module)
{
    double ours[APPROVALS], bare[APPROVALS];
    struct bare card;
    own(buf) in = buf_max(1 << 20);
    bare_open(&card, module);
    daemon_start(d);
    int fd = daemon_dial(d);
    for (unsigned i = 0; i < 3; i++) daemon_approve(fd, i, &in), bench_pause(PAUSE);
    for (unsigned i = 0; i < APPROVALS; i++) {
        bench_pause(PAUSE);
        double before = bench_clock();
        daemon_approve(fd, 1000 + i, &in);
        ours[i] = bench_clock() - before;
        bench_pause(PAUSE); /* the successor starts beside nothing that is timed */
        bare[i] = bare_sign(&card, PIN);
    }
    struct bench_pair pair = {bench_median(ours, APPROVALS), bench_median(bare, APPROVALS)};
    bench_slower_at_most("POST to done, two 4 KiB documents, vs bare card calls", pair, 1.25);
    double before = bench_clock();
    for (unsigned i = 0; i < APPROVALS; i++) daemon_approve(fd, 2000 + i, &in);
    printf("# back to back: %.1f approvals a second, each in a worker of its own\n",
           APPROVALS / (bench_clock() - before));
    (void)close(fd);
    daemon_stop(d);
}

static struct usage after(int fd, const struct daemon *d, unsigned *done, unsigned until)
{
    own(buf) in = buf_max(1 << 20);
    for (; *done < until; (*done)++) daemon_approve(fd, 5000 + *done, &in);
    bench_pause(0.5);
    return daemon_usage(d);
}

static void bench_many(struct daemon *d)
{
    unsigned done = 0;
    daemon_start(d);
    int fd = daemon_dial(d);
    struct usage first = after(fd, d, &done, MANY_FIRST), last = after(fd, d, &done, MANY_LAST);
    printf("# after %d: %u processes, %u descriptors; after %d: %u processes, %u descriptors\n",
           MANY_FIRST, first.processes, first.descriptors, MANY_LAST, last.processes,
           last.descriptors);
    bench_within("RssAnon after 10,000 approvals vs after 1,000, KiB", last.anon_kib,
                 first.anon_kib, 1.05);
    bench_within("descriptors after 10,000 approvals vs after 1,000", last.descriptors,
                 first.descriptors, 1.05);
    (void)close(fd);
    daemon_stop(d);
}

int main(int argc, char **argv)
{
    if (argc != 5) bench_die("usage: bench_daemon ONAYD CONFIG MODULE RUNTIME_DIR");
    struct daemon d = daemon_of(argv[1], argv[2], argv[4]);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)signal(SIGPIPE, SIG_IGN);
    bench_start(&d);
    bench_idle(&d);
    bench_approval(&d, argv[3]);
    bench_many(&d);
    return 0;
}
