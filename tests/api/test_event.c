/* SPDX-License-Identifier: MIT */
#include "api/event.h"

#include "api/stream.h"

#include <check.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/support/pki.h"
#include "tests/support/served.h"
#include "tests/support/suite.h"

#define NAME "ACS ACR39U ICC Reader 00 00"

static const char *pki;
static struct served *served;

static void set_up(void)
{
    served = served_new(pki);
}

/* ---- a listener ---- */

struct listener_end {
    int fd;
    struct buf heard;
    size_t at; /* what listen_for has passed */
};

static struct listener_end listen_to(const char *path)
{
    struct listener_end l = {.fd = served_dial(served), .heard = buf_max(8 << 20)};
    served_say(l.fd, "GET", path, NULL, NULL);
    return l;
}

static void listener_end_free(struct listener_end *l)
{
    (void)close(l->fd);
    buf_free(&l->heard);
}
OWN(listener_end)

/* more: false at the end of the stream. */
static bool more(struct listener_end *l)
{
    uint8_t *room = buf_reserve(&l->heard, 65536);
    ck_assert_ptr_nonnull(room);
    ssize_t n = recv(l->fd, room, 65536, 0);
    ck_assert_int_ge(n, 0);
    buf_commit(&l->heard, (size_t)n);
    return n > 0;
}

static bool heard(struct listener_end *l, const char *piece)
{
    struct bytes all = buf_bytes(&l->heard), rest = bytes_sub(all, l->at, all.len);
    const uint8_t *found = rest.len ? memmem(rest.p, rest.len, piece, strlen(piece)) : NULL;
    if (found) l->at = (size_t)(found - all.p) + strlen(piece);
    return found != NULL;
}

/* listen_for waits for a piece, after the one before; the test's own time limit ends it. */
static void listen_for(struct listener_end *l, const char *piece)
{
    while (!heard(l, piece))
        ck_assert_msg(more(l), "%s did not come: %.1000s", piece, buf_cstr(&l->heard));
}

static void listen_to_the_end(struct listener_end *l)
{
    while (more(l)) {
    }
}

static void quiet(struct listener_end *l, int ms)
{
    struct pollfd p = {.fd = l->fd, .events = POLLIN};
    ck_assert_int_eq(poll(&p, 1, ms), 0);
}

static struct readers one_reader(enum reader_state state, uint16_t events)
{
    struct readers r = {.service = true, .n = 1};
    (void)snprintf(r.at[0].name, sizeof r.at[0].name, "%s", NAME);
    r.at[0].state = state;
    r.at[0].events = events;
    return r;
}

static void change(enum reader_state state, uint16_t events)
{
    const struct readers r = one_reader(state, events);
    fake_readers(served->fake, &r);
}

/* ---- GET /v1/events ---- */

START_TEST(at_connect_all_is_told)
{
    served->fake->readers = one_reader(READER_EMPTY, 0);
    served_start(served);
    own(listener_end) l = listen_to("/v1/events");
    listen_for(&l, "HTTP/1.1 200 ");
    listen_for(&l, "Content-Type: text/event-stream\r\n");
    listen_for(&l, "retry: 2000\n\n");
    listen_for(&l, "\nevent: state\ndata: {\"state\":\"ready\"}\n\n");
    listen_for(&l, "\nevent: history\ndata: {\"version\":1}\n\n");
    listen_for(&l, "\nevent: readers\ndata: {\"cardService\":\"running\",\"readers\":[{\"id\":\"");
    listen_for(&l, "\"state\":\"empty\"}");
    listen_for(&l, "\nevent: certificates\ndata: {\"ids\":[\"");
    quiet(&l, 50);
    served_stop(served);
    listen_for(&l, "\nevent: state\ndata: {\"state\":\"shutting-down\"}\n\n");
    listen_to_the_end(&l);
}
END_TEST

START_TEST(changes_are_told)
{
    served->fake->readers = one_reader(READER_EMPTY, 0);
    (void)snprintf(served->fake->listing.slots[0].reader, 65, "%s", NAME);
    (void)snprintf(served->fake->listing.slots[0].label, 97, "%s", "AYSE NES");
    served_start(served);
    own(listener_end) l = listen_to("/v1/events");
    listen_for(&l, "event: certificates");
    change(READER_CARD, 1);
    listen_for(&l, "\"state\":\"card-present\"}"); /* PC/SC, before any module */
    listen_for(&l, "\"label\":\"AYSE NES\"");      /* then what the listing adds */
    change(READER_EMPTY, 2);
    listen_for(&l, "\"state\":\"empty\"}");
    quiet(&l, 50);
    served_stop(served);
}
END_TEST

START_TEST(certificates_come_and_go)
{
    served_start(served);
    own(listener_end) l = listen_to("/v1/events");
    listen_for(&l, "{\"ids\":[\"");
    quiet(&l, 50);
    fake_eject(served->fake); /* nobody asks for a listing now */
    change(READER_EMPTY, 1);
    listen_for(&l, "event: certificates\ndata: {\"ids\":[]}\n\n");
    served_stop(served);
}
END_TEST

START_TEST(a_module_that_is_not_there)
{
    served->fake->listing_fault = ERR_MODULE_NOT_FOUND;
    served->fake->listing_faults = 1000;
    served_start(served);
    own(listener_end) l = listen_to("/v1/events");
    listen_for(&l, "{\"ids\":[],\"slug\":\"module-not-found\"}");
    quiet(&l, 50); /* asked once, not for ever */
    ck_assert_uint_eq(served->fake->listings, 1);
    served_stop(served);
}
END_TEST

/* A card that is swapped under an open dialog is told at once; the module is asked afterwards. */
START_TEST(while_a_dialog_is_open)
{
    char path[64];
    served->fake->readers = one_reader(READER_CARD, 1);
    served->fake->by_hand = true;
    served_start(served);
    served_begin(served, path);
    own(listener_end) l = listen_to("/v1/events");
    listen_for(&l, "event: certificates");
    const unsigned listings = served->fake->listings;
    change(READER_EMPTY, 2);
    listen_for(&l, "\"state\":\"empty\"}");
    quiet(&l, 50);
    ck_assert_uint_eq(served->fake->listings, listings);
    fake_eject(served->fake);
    fake_fail(served->fake, ERR_CONSENT_DECLINED, false);
    listen_for(&l, "{\"ids\":[]}");
    served_stop(served);
}
END_TEST

/* ---- GET /v1/approvals/{id}/events ---- */

/* The person agrees, the card signs: as `l`, who follows the approval, hears it. */
static void sign(struct listener_end *l)
{
    fake_event(served->fake, TOKEN_ASKING);
    listen_for(l, "\"state\":\"waiting-consent\"");
    fake_event(served->fake, TOKEN_CONSENTED);
    listen_for(l, "\"state\":\"signing\"");
    fake_event(served->fake, TOKEN_SIGNED);
}

START_TEST(an_approval_to_its_end)
{
    char path[64], events[96];
    served->fake->by_hand = true;
    served_start(served);
    served_begin(served, path);
    (void)snprintf(events, sizeof events, "%s/events", path);
    own(listener_end) l = listen_to(events);
    listen_for(&l, "event: approval\ndata: {\"id\":\"");
    sign(&l);
    listen_for(&l, "\"state\":\"done\"");
    listen_for(&l, "\"signature\":{\"href\":\"");
    listen_to_the_end(&l); /* by itself */
    own(listener_end) late = listen_to(events);
    listen_for(&late, "\"state\":\"done\"");
    listen_to_the_end(&late);
    served_stop(served);
}
END_TEST

START_TEST(who_has_heard_the_end_is_sent_home)
{
    char path[64], request[256];
    unsigned long long last;
    served_start(served);
    served_begin(served, path);
    (void)snprintf(request, sizeof request, "%s?wait=20&after=0", path);
    for (bool final = false; !final;) {
        own_mem(char) answer = served_ask(served, "GET", request, NULL, NULL);
        const char *version = strstr(answer, "\"version\":");
        ck_assert_ptr_nonnull(version);
        final = strstr(answer, "\"final\":true") != NULL;
        ck_assert_int_eq(sscanf(version, "\"version\":%llu", &last), 1);
        (void)snprintf(request, sizeof request, "%s?wait=20&after=%llu", path, last);
    }
    static const struct {
        int add;
        const char *status;
    } rows[] = {{0, " 204 "}, {-1, " 200 "}, {1, " 200 "}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = served_dial(served);
        int n = snprintf(request, sizeof request,
                         "GET %s/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                         "Last-Event-ID: %llu\r\n\r\n",
                         path, last + (unsigned long long)rows[i].add);
        ck_assert_int_eq(send(fd, request, (size_t)n, MSG_NOSIGNAL), n);
        own_mem(char) answer = served_hear(fd);
        ck_assert_msg(strstr(answer, rows[i].status) != NULL, "%s", answer);
    }
    served_stop(served);
}
END_TEST

START_TEST(an_approval_that_is_not_there)
{
    char path[64], events[96];
    served->fake->by_hand = true;
    served_start(served);
    served_expect(served, "GET", "/v1/approvals/0123456789abcdef0123456789abcdef/events",
                  "approval-unknown");
    served_begin(served, path);
    (void)snprintf(events, sizeof events, "%s/events", path);
    own(listener_end) l = listen_to(events);
    listen_for(&l, "event: approval");
    served_expect(served, "DELETE", path, " 204 "); /* cancelled */
    listen_for(&l, "\"state\":\"cancelled\"");
    listen_to_the_end(&l);
    served_stop(served);
}
END_TEST

/* api/PROTOCOL 5.10: what was signed is news to the person, and to nobody else. */
START_TEST(what_was_signed)
{
    char path[64], request[256];
    const char *site = "https://portal.example";
    served->fake->by_hand = true;
    served->settings.n_origins = 1;
    (void)snprintf(served->settings.origins[0], sizeof served->settings.origins[0], "%s", site);
    served_start(served);
    own(listener_end) l = listen_to("/v1/events");
    own(listener_end) other = {.fd = served_dial(served), .heard = buf_max(8 << 20)};
    int n = snprintf(request, sizeof request,
                     "GET /v1/events HTTP/1.1\r\nHost: x\r\nOrigin: %s\r\n\r\n", site);
    ck_assert_int_eq(send(other.fd, request, (size_t)n, MSG_NOSIGNAL), n);
    listen_for(&other, "event: certificates");
    listen_for(&l, "event: history\ndata: {\"version\":1}\n");
    served_begin(served, path);
    (void)snprintf(request, sizeof request, "%s/events", path);
    own(listener_end) approval = listen_to(request);
    sign(&approval);
    listen_for(&l, "event: history\ndata: {\"version\":2}\n");
    served_stop(served);
    listen_to_the_end(&other);
    ck_assert(heard(&other, "shutting-down"));
    other.at = 0;
    ck_assert(!heard(&other, "event: history"));
}
END_TEST

/* ---- what clients do ---- */

START_TEST(no_more_than_allowed)
{
    struct listener_end ls[3];
    served->settings.max_streams = 3;
    served->settings.max_owner_streams = (uint64_t)_i;
    served_start(served);
    const size_t most = _i < 3 ? (size_t)_i : 3;
    for (size_t i = 0; i < most; i++) {
        ls[i] = listen_to("/v1/events");
        listen_for(&ls[i], "event: certificates");
    }
    for (int i = 0; i < 100; i++) {
        own_mem(char) answer = served_ask(served, "GET", "/v1/events", NULL, NULL);
        ck_assert_msg(strstr(answer, " 429 ") && strstr(answer, "\r\nRetry-After: "), "%s", answer);
    }
    /* One goes, one may come: its socket tells, no timer. */
    listener_end_free(&ls[0]);
    for (bool in = false; !in;) {
        ls[0] = listen_to("/v1/events");
        while (more(&ls[0]) && ls[0].heard.len < 15) {
        }
        in = heard(&ls[0], "HTTP/1.1 200 ");
        if (!in) listener_end_free(&ls[0]);
    }
    served_expect(served, "HEAD", "/v1/health", " 200 ");
    served_stop(served);
    for (size_t i = 0; i < most; i++) listener_end_free(&ls[i]);
}
END_TEST

/* Streams leave the door open for others, whatever the settings say. */
START_TEST(half_of_the_door)
{
    struct listener_end ls[4];
    served->settings.max_connections = 8;
    served->settings.max_owner_streams = 256;
    served_start(served);
    for (size_t i = 0; i < 4; i++) {
        ls[i] = listen_to("/v1/events");
        listen_for(&ls[i], "event: state");
    }
    served_expect(served, "GET", "/v1/events", " 429 ");
    for (size_t i = 0; i < 4; i++) listener_end_free(&ls[i]);
    served_stop(served);
}
END_TEST

START_TEST(a_client_that_half_closes)
{
    served_start(served);
    own(listener_end) l = listen_to("/v1/events");
    listen_for(&l, "event: certificates");
    ck_assert_int_eq(shutdown(l.fd, SHUT_WR), 0);
    listen_to_the_end(&l);
    ck_assert(!heard(&l, "shutting-down"));
    served_stop(served);
}
END_TEST

static void settle(struct listener_end *probe, uint16_t events)
{
    char piece[64];
    struct readers r = one_reader(READER_CARD, events);
    /* The name tells which snapshot it is. */
    (void)snprintf(r.at[0].name, sizeof r.at[0].name, "R%u", events);
    (void)snprintf(piece, sizeof piece, "\"name\":\"R%u\"", events);
    fake_readers(served->fake, &r);
    listen_for(probe, piece);
}

/* A client that reads nothing is told the newest when it reads again; what lies between was never
 * kept for it. The one beside it hears everything meanwhile. */
START_TEST(a_client_that_does_not_read)
{
    enum { CHANGES = 2000 };
    static const char newest[] = "\"name\":\"R2000\"";
    served_start(served);
    own(listener_end) lazy = listen_to("/v1/events");
    own(listener_end) keen = listen_to("/v1/events");
    for (uint16_t i = 1; i <= CHANGES; i++) settle(&keen, i);
    listen_for(&lazy, "\"name\":\"R1\"");
    listen_for(&lazy, newest);
    ck_assert_uint_lt(lazy.heard.len, keen.heard.len / 2);
    served_stop(served);
    listen_for(&lazy, "shutting-down");
}
END_TEST

START_TEST(latency)
{
    enum { TIMES = 200 };
    served_start(served);
    own(listener_end) l = listen_to("/v1/events");
    listen_for(&l, "event: certificates");
    struct timespec before, after;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    for (uint16_t i = 1; i <= TIMES; i++) settle(&l, i);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    double us = (double)(after.tv_sec - before.tv_sec) * 1e6 +
                (double)(after.tv_nsec - before.tv_nsec) / 1e3;
    printf("# from the token's change to the listener: %.0f us\n", us / TIMES);
    served_stop(served);
}
END_TEST

int main(void)
{
    pki = pki_make("test_event");
    Suite *suite = suite_create("event");
    TCase *t = tcase_create("event");
    tcase_set_timeout(t, 120);
    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_test(t, at_connect_all_is_told);
    tcase_add_test(t, changes_are_told);
    tcase_add_test(t, certificates_come_and_go);
    tcase_add_test(t, a_module_that_is_not_there);
    tcase_add_test(t, while_a_dialog_is_open);
    tcase_add_test(t, an_approval_to_its_end);
    tcase_add_test(t, who_has_heard_the_end_is_sent_home);
    tcase_add_test(t, an_approval_that_is_not_there);
    tcase_add_test(t, what_was_signed);
    tcase_add_loop_test(t, no_more_than_allowed, 1, 5);
    tcase_add_test(t, half_of_the_door);
    tcase_add_test(t, a_client_that_half_closes);
    tcase_add_test(t, a_client_that_does_not_read);
    tcase_add_test(t, latency);
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
