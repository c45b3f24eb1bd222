/* SPDX-License-Identifier: MIT */
/*
 * The door's checks, as a browser's POST meets them: the kernel's word whose the connection is,
 * once for each connection; and for each request its headers, Host, Origin, framing, method and
 * path, media type.
 */
#include "api/door.h"
#include "api/peer.h"
#include "api/route.h"
#include "tests/bench/bench.h"
#include "tests/support/loopback.h"

#include <stdio.h>

#define PORT   15070
#define ORIGIN "https://portal.example"
#define GOAL   20e-6

static const struct {
    const char *name, *value;
} headers[] = {
    {"Host", "127.0.0.1:15070"},
    {"Connection", "keep-alive"},
    {"Content-Length", "1234"},
    {"sec-ch-ua-platform", "\"Linux\""},
    {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
                   "Chrome/140.0.0.0 Safari/537.36"},
    {"sec-ch-ua", "\"Chromium\";v=\"140\", \"Not=A?Brand\";v=\"24\""},
    {"Content-Type", "application/json"},
    {"sec-ch-ua-mobile", "?0"},
    {"Idempotency-Key", "7f0c5b1e-0c55-4c36-93a2-5f1a3cf0b1d5"},
    {"Accept", "*/*"},
    {"Origin", ORIGIN},
    {"Sec-Fetch-Site", "cross-site"},
    {"Sec-Fetch-Mode", "cors"},
    {"Sec-Fetch-Dest", "empty"},
    {"Referer", ORIGIN "/"},
    {"Accept-Encoding", "gzip, deflate, br, zstd"},
    {"Accept-Language", "tr-TR,tr;q=0.9,en-US;q=0.8,en;q=0.7"},
};

struct door {
    struct settings settings;
    struct origins *origins;
    struct peer peer;
    int accepted;
};

static void ask_whose(void *ctx, size_t n)
{
    struct door *d = ctx;
    for (size_t i = 0; i < n; i++)
        if (!peer_is_own(&d->peer, LISTENER_TCP, d->accepted)) bench_die("not our own");
}

static void judge(void *ctx, size_t n)
{
    struct door *d = ctx;
    const struct door_rules rules = {d->origins, bytes_str(""), LISTENER_TCP, PORT, NULL};
    for (size_t i = 0; i < n; i++) {
        struct door_visit v = {.own_peer = true};
        for (size_t h = 0; h < sizeof headers / sizeof *headers; h++)
            door_header(&v, bytes_str(headers[h].name), bytes_str(headers[h].value));
        const struct route *route;
        char id[SESSION_ID];
        if (door_judge(&rules, &v) != OK || !door_is_json(&v) ||
            route_find(bytes_str("POST"), bytes_str("/v1/approvals"), &route, id) != OK)
            bench_die("not let in");
        enum lang lang = door_lang(v.value[DOOR_ACCEPT_LANGUAGE]);
        bench_keep(&lang);
    }
}

static void ask_and_judge(void *ctx, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ask_whose(ctx, 1);
        judge(ctx, 1);
    }
}

/* The one that is asked for stands last. */
static void allow_origins(struct settings *s)
{
    for (s->n_origins = 0; s->n_origins < 8; s->n_origins++)
        (void)snprintf(s->origins[s->n_origins], sizeof s->origins[0], "https://p%zu.example",
                       s->n_origins);
    (void)snprintf(s->origins[7], sizeof s->origins[7], "%s", ORIGIN);
}

int main(void)
{
    struct door d = {.peer = peer_open(), .accepted = loopback_connect()};
    settings_default(&d.settings);
    allow_origins(&d.settings);
    if (origins_open(&d.settings, "", &d.origins) != OK) bench_die("no memory");
    const double asked = bench_time(&(struct bench_job){ask_whose, &d});
    printf("# of it, once for a connection, the question whose it is: %.2f µs\n", asked * 1e6);
    bench_time_at_most("all the door's checks, the first request of a connection",
                       bench_time(&(struct bench_job){ask_and_judge, &d}), GOAL);
    bench_time_at_most("all the door's checks, every further request",
                       bench_time(&(struct bench_job){judge, &d}), GOAL);
    origins_free(d.origins);
    peer_close(&d.peer);
    return 0;
}
