/* SPDX-License-Identifier: MIT */
/*
 * page: the TCP door as a web page meets it; a stream of events.
 *
 * Use:  struct page p; page_open(&p, runtime_dir, "Origin: https://portal.test", "/v1/events");
 *       when = page_hears(&p, "readers", "card-present", true);  page_close(&p);
 *
 * Whatever goes wrong ends the program with a word (bench_die).
 */
#ifndef TESTS_BENCH_PAGE_H
#define TESTS_BENCH_PAGE_H

#include "core/buf.h"

struct page {
    int fd;
    struct buf in; /* of the stream, from the event that is next */
};

/* page_port: the port that runtime_dir/onayd/port names; page_dial connects to a port of ours. */
unsigned page_port(const char *runtime_dir);
int page_dial(unsigned port);

/* page_open asks the daemon for the stream at `path`, let in by the header `by`. page_token: that
 * of the user's own shell; static storage. */
void page_open(struct page *p, const char *runtime_dir, const char *by, const char *path);
const char *page_token(const char *runtime_dir);
void page_close(struct page *p);

/* page_hears passes over events until there is one of that name with `what` in it, or without it;
 * ten seconds of silence are too many. Returns bench_clock() of the read that made it whole. */
double page_hears(struct page *p, const char *event_name, const char *what, bool with);

#endif
