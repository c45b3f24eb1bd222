/* SPDX-License-Identifier: MIT */
/*
 * daemon: a daemon that is measured, and its caller.
 *
 * What: starts and ends it, asks it over the Unix socket, approves two documents of 4 KiB, and adds
 *       up what all its processes have.
 * Not:  a client that survives: whatever goes wrong ends the program with a word (bench_die).
 * Use:  struct daemon d = daemon_of(onayd, config, runtime_dir);
 *       daemon_start(&d); int fd = daemon_dial(&d); daemon_approve(fd, 1, &in); daemon_stop(&d);
 */
#ifndef TESTS_BENCH_DAEMON_H
#define TESTS_BENCH_DAEMON_H

#include "core/buf.h"

#include <sys/types.h>

struct daemon {
    const char *program, *config;
    char socket_path[100];
    pid_t pid;
};

/* daemon_of borrows `program` and `config`; XDG_RUNTIME_DIR has to name runtime_dir. */
struct daemon daemon_of(const char *program, const char *config, const char *runtime_dir);

/* daemon_start does not wait; its stderr goes nowhere, and it ends with the program at the latest.
 * daemon_stop waits for its end. */
void daemon_start(struct daemon *d);
void daemon_stop(const struct daemon *d);

/* daemon_dial waits until /v1/health is answered, ten seconds at most; the connection is the
 * caller's to close. */
int daemon_dial(const struct daemon *d);

/* daemon_get: one GET on a kept connection; the body replaces what `in` held. Returns the status, 0
 * when the connection broke. */
int daemon_get(int fd, const char *path, struct buf *in);

/* daemon_ask is the same with any method and, unless NULL, a JSON body. */
int daemon_ask(int fd, const char *method, const char *path, const char *json, struct buf *in);

/* daemon_approve POSTs application SD-`number` and waits until it is done. */
void daemon_approve(int fd, unsigned number, struct buf *in);

/* Sums over the daemon and all processes below it. */
struct usage {
    double anon_kib, rss_kib;
    double switches; /* voluntary context switches of all threads, since each began */
    unsigned processes, threads, descriptors;
};
struct usage daemon_usage(const struct daemon *d);

/* daemon_add_switches adds those of one process, which need not be the daemon's. */
void daemon_add_switches(pid_t pid, struct usage *u);

#endif
