/* SPDX-License-Identifier: MIT */
/*
 * readers: prints what the readers are, a line at each change, until its input ends.
 *
 *   service | no-service  then for each reader:  [NAME|STATE|EVENTS|ATR|FAMILY]
 *
 * The watcher is started as onay starts one; its process id is written to the file in $WATCHER.
 */
#include <poll.h>
#include <stdio.h>

#include "pkcs11/family.h"
#include "pkcs11/spawn.h"
#include "pkcs11/watch.h"

static struct worker_source real;

static err_t get(void *ctx, int *fd, uint64_t *id)
{
    err_t e = real.get(ctx, fd, id);
    const char *path = getenv("WATCHER");
    FILE *f = !e && path ? fopen(path, "we") : NULL;
    if (f) (void)fprintf(f, "%llu\n", (unsigned long long)*id), (void)fclose(f);
    return e;
}

static void print_reader(const struct reader *r)
{
    struct bytes atr = bytes_of(r->atr, r->atr_len);
    const struct family *f = family_of(atr);
    own(buf) hex = buf_max(128);
    buf_hex(&hex, atr);
    printf(" [%s|%s|%u|%s|%s]", r->name, reader_state_slug(r->state), r->events, buf_cstr(&hex),
           f ? f->slug : "");
}

static void print(const struct readers *r)
{
    (void)fputs(r->service ? "service" : "no-service", stdout);
    for (size_t i = 0; i < r->n; i++) print_reader(&r->at[i]);
    (void)putchar('\n');
    (void)fflush(stdout);
}

int main(void)
{
    const struct token_config none = {.module = "", .cancel_fd = -1};
    own_ptr(spawn_source) children = NULL;
    own_ptr(watch) w = NULL;
    if (spawn_source_new(&none, &children) != OK) return 1;
    real = spawn_source_watcher(children);
    const struct worker_source source = {real.ctx, get, real.end};
    if (watch_new(&source, &w) != OK) return 1;
    struct pollfd p[] = {{watch_fd(w), POLLIN, 0}, {0, POLLIN, 0}};
    for (;;) {
        if (watch_next(w)) print(watch_readers(w));
        (void)poll(p, 2, watch_timeout(w));
        if (p[1].revents) return 0;
    }
}
