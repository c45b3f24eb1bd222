/* SPDX-License-Identifier: MIT */
#include "api/server.h"

#include "api/drain.h"
#include "api/event.h"
#include "api/pairing.h"
#include "api/serve.h"
#include "api/stream.h"
#include "session/clock.h"

#include <poll.h>
#include <sys/eventfd.h>

#define IDLE_SECONDS 30u  /* a connection on which nothing moves */
#define FLUSH_MS     1000 /* after server_stop: what is being answered may still go out */
#define CLIENTS_MAX  (STREAM_MAX + PAIRING_ASKERS)
#define MAX_RUNS     16 /* of the HTTP library in one turn */

struct listening {
    struct MHD_Daemon *daemon;
    struct api_door door;
    int epoll_fd;
};

struct server {
    struct api api;
    struct drain drain;
    struct listening at[SERVER_MAX_LISTENERS];
    size_t n;
    int stop_fd;
};

/* ---- starting ---- */

/* What the library keeps of a connection: twice the headers that are allowed, so that it is our
 * door that refuses longer ones, with an answer that can be read; and room for a body, of which it
 * reads as much at a time as half of all this. */
#define BODY_ROOM 65536u
static size_t pool_size(const struct settings *s)
{
    return (size_t)s->max_header_block * 2 + BODY_ROOM;
}

static err_t open_listener(struct server *s, const struct listener *from)
{
    const struct settings *settings = s->api.config.settings;
    struct listening *l = &s->at[s->n];
    l->door = (struct api_door){.api = &s->api,
                                .rules = {s->api.config.origins, bytes_str(s->api.config.token),
                                          from->kind, from->port, &s->api.tickets}};
    l->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, serve_request, &l->door,
        MHD_OPTION_LISTEN_SOCKET, (MHD_socket)from->fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)settings->max_connections + GUEST_RESERVE, MHD_OPTION_CONNECTION_TIMEOUT,
        IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_size(settings),
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, serve_ended, NULL,
        MHD_OPTION_NOTIFY_CONNECTION, serve_connected, &l->door, MHD_OPTION_UNESCAPE_CALLBACK,
        serve_raw, NULL, MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_END);
    if (!l->daemon) return err_raise(ERR_INTERNAL);
    s->n++;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(l->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (!info) return err_raise(ERR_INTERNAL);
    l->epoll_fd = info->epoll_fd;
    return OK;
}

err_t server_new(const struct server_config *c, struct server **out)
{
    own_ptr(server) s = calloc(1, sizeof *s);
    if (!s) return err_raise(ERR_STORAGE_FULL);
    s->api.config = *c;
    s->api.peer = peer_open();
    s->api.pairing.fd = -1;
    s->api.drain = &s->drain;
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->stop_fd < 0) return err_raise(ERR_INTERNAL);
    for (size_t i = 0; i < c->n_listeners; i++) {
        err_t e = open_listener(s, &c->listeners[i]);
        if (e) return e;
        if (c->listeners[i].kind == LISTENER_TCP && s->api.peer.fd < 0) s->api.local_only = true;
    }
    *out = give(s);
    return OK;
}

static void resume_all(struct server *s)
{
    while (s->api.waiting) call_resume(s->api.waiting);
}

void server_free(struct server *s)
{
    if (!s) return;
    resume_all(s);
    for (size_t i = 0; i < s->n; i++) MHD_stop_daemon(s->at[i].daemon);
    pairing_close(&s->api);
    drain_close(&s->drain);
    peer_close(&s->api.peer);
    if (s->stop_fd >= 0) (void)close(s->stop_fd);
    free(s);
}

bool server_is_local_only(const struct server *s)
{
    return s->api.local_only;
}

void server_stop(struct server *s)
{
    const uint64_t one = 1;
    (void)!write(s->stop_fd, &one, sizeof one);
}

/* ---- the loop ---- */

/* What one turn of the loop looks at. */
struct watch {
    struct pollfd fds[SERVER_MAX_LISTENERS + 3 + DRAIN_MAX + CLIENTS_MAX];
    nfds_t n, clients; /* the first of those at the end */
};
enum { WATCH_STOP, WATCH_SESSION, WATCH_PAIRING, WATCH_DAEMONS };

/* The HTTP library does not look at the sockets of parked calls. A client that closes its sending
 * side is taken to be gone: nobody half-closes a stream that he wants to hear. */
static void watch_clients(const struct server *s, struct watch *w)
{
    w->clients = w->n;
    for (const struct call *c = s->api.watched; c && w->n - w->clients < CLIENTS_MAX;
         c = c->watched.next) {
        const bool parked = c->wait.kind != WAIT_NOTHING;
        w->fds[w->n++] = (struct pollfd){.fd = parked ? serve_socket(c) : -1, .events = POLLRDHUP};
    }
}

/* In the same order, before anything has been done that changes it. */
static void notice_gone(const struct server *s, const struct watch *w)
{
    nfds_t i = w->clients;
    for (struct call *c = s->api.watched; c && i < w->n; c = c->watched.next)
        if (w->fds[i++].revents) c->watched.gone = true;
}

static void watch_all(const struct server *s, struct watch *w)
{
    w->fds[WATCH_STOP] = (struct pollfd){.fd = s->stop_fd, .events = POLLIN};
    /* poll passes over a descriptor of -1 */
    w->fds[WATCH_SESSION] =
        (struct pollfd){.fd = session_fd(s->api.config.session), .events = POLLIN};
    w->fds[WATCH_PAIRING] = (struct pollfd){.fd = s->api.pairing.fd, .events = POLLIN};
    for (size_t i = 0; i < s->n; i++)
        w->fds[WATCH_DAEMONS + i] = (struct pollfd){.fd = s->at[i].epoll_fd, .events = POLLIN};
    w->n = WATCH_DAEMONS + s->n;
    w->n += drain_poll(&s->drain, &w->fds[w->n]);
    watch_clients(s, w);
}

static int64_t daemon_timeout(const struct listening *l)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (MHD_get_timeout(l->daemon, &ms) != MHD_YES) return -1;
    return ms < INT32_MAX ? (int64_t)ms : INT32_MAX;
}

static int64_t sooner(int64_t a, int64_t b)
{
    if (a < 0) return b;
    return b < 0 || a < b ? a : b;
}

static int64_t until(int64_t deadline, int64_t now)
{
    return deadline > now ? deadline - now : 0;
}

static int next_timeout(const struct server *s)
{
    if (s->api.resumed) return 0;
    const int64_t now = clock_ms();
    int64_t t = session_timeout(s->api.config.session);
    for (size_t i = 0; i < s->n && t != 0; i++) t = sooner(t, daemon_timeout(&s->at[i]));
    for (const struct call *c = s->api.waiting; c; c = c->next)
        t = sooner(t, until(c->wait.deadline, now));
    for (size_t i = 0; i < s->n; i++) {
        const int64_t guests = guests_deadline(&s->at[i].door.guests);
        if (guests) t = sooner(t, until(guests, now));
    }
    for (size_t i = 0; i < s->drain.n; i++) t = sooner(t, until(s->drain.at[i].deadline, now));
    return t < INT32_MAX ? (int)t : INT32_MAX;
}

/* A new listing, or the failure to get one, counts as fresh from this moment. */
static void note_listing(struct server *s)
{
    uint64_t version = session_listing_version(s->api.config.session);
    if (version == s->api.listing_version) return;
    s->api.listing_version = version;
    s->api.listing_ms = clock_ms();
}

static void wake_calls(struct server *s)
{
    const int64_t now = clock_ms();
    for (struct call *c = s->api.waiting, *next; c; c = next) {
        next = c->next;
        if (call_wakes(c, now)) call_resume(c);
    }
}

/* step_session lets the story move, then wakes who waited for that, so that their answers leave
 * in this same turn. */
static void step_session(struct server *s, const struct watch *w)
{
    struct session *session = s->api.config.session;
    if (w->fds[WATCH_SESSION].fd < 0 || w->fds[WATCH_SESSION].revents ||
        session_timeout(session) == 0)
        session_step(session);
    if (w->fds[WATCH_PAIRING].revents) pairing_hear(&s->api);
    note_listing(s);
    event_look(&s->api);
    wake_calls(s);
}

static void step_guests(struct server *s)
{
    const int64_t now = clock_ms();
    for (size_t i = 0; i < s->n; i++) guests_step(&s->at[i].door.guests, now);
}

/* The library reads little at a time. As long as it knows of more it is let run on, without a look
 * at everything else in between; not for so long that anybody notices. */
static void run_daemon(const struct listening *l)
{
    int runs = 0;
    do (void)MHD_run(l->daemon);
    while (++runs < MAX_RUNS && daemon_timeout(l) == 0);
}

static void run_daemons(struct server *s, const struct watch *w)
{
    const bool all = s->api.resumed;
    s->api.resumed = false;
    for (size_t i = 0; i < s->n; i++) {
        if (all || w->fds[WATCH_DAEMONS + i].revents || daemon_timeout(&s->at[i]) == 0)
            run_daemon(&s->at[i]);
    }
}

static bool turn(struct server *s, int timeout)
{
    struct watch w;
    watch_all(s, &w);
    if (poll(w.fds, w.n, timeout) < 0) /* a signal: nothing has been looked at */
        for (nfds_t i = 0; i < w.n; i++) w.fds[i].revents = 0;
    notice_gone(s, &w);
    step_session(s, &w);
    step_guests(s);
    run_daemons(s, &w);
    wake_calls(s); /* what a handler has done, others may be waiting for */
    pairing_tend(&s->api);
    if (s->drain.n) drain_step(&s->drain, clock_ms());
    return !w.fds[WATCH_STOP].revents;
}

/* flush tells parked calls the last known state and lets running answers leave. */
static void flush(struct server *s)
{
    const int64_t deadline = clock_ms() + FLUSH_MS;
    s->api.stopping = true;
    session_shut(s->api.config.session);
    resume_all(s);
    for (int i = 0; i < 4 || (s->api.n_calls && clock_ms() < deadline); i++) {
        struct watch w;
        watch_all(s, &w);
        w.fds[WATCH_STOP].fd = -1;
        (void)poll(w.fds, w.n, s->api.n_calls ? 10 : 0);
        step_session(s, &w);
        run_daemons(s, &w);
    }
}

err_t server_run(struct server *s)
{
    while (turn(s, next_timeout(s))) {
    }
    flush(s);
    return OK;
}
