/* SPDX-License-Identifier: MIT */
/*
 * page: the stream of events as a web page reads it: over TCP, with the Origin of a portal.
 *
 * Use:  struct page p; page_open(&p, runtime_dir, "https://portal.test");
 *       when = page_hears(&p, "card-present", true);  page_close(&p);
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

/* page_open asks the port that runtime_dir/onayd/port names for /v1/events. */
void page_open(struct page *p, const char *runtime_dir, const char *origin);
void page_close(struct page *p);

/* page_hears passes over events until there is a "readers" with `what` in its data, or without it;
 * ten seconds of silence are too many. Returns bench_clock() of the read that made it whole. */
double page_hears(struct page *p, const char *what, bool with);

#endif
