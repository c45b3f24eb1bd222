/* SPDX-License-Identifier: MIT */
#include "daemon/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#define BACKLOG     128
#define FIRST_GIVEN 3 /* SD_LISTEN_FDS_START, sd_listen_fds(3) */

union address {
    struct sockaddr any;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
};

static bool loopback(const union address *a)
{
    if (a->any.sa_family == AF_INET) return a->in4.sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    return a->any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

static unsigned port_of(const union address *a)
{
    return ntohs(a->any.sa_family == AF_INET ? a->in4.sin_port : a->in6.sin6_port);
}

/* Adds a listening socket to the doors if it is one we may use; takes the descriptor. */
static err_t add(struct doors *d, int fd)
{
    own_fd taken = fd;
    union address a = {0};
    socklen_t len = sizeof a;
    int listening = 0;
    socklen_t int_len = sizeof listening;
    if (d->n == SERVER_MAX_LISTENERS || getsockname(fd, &a.any, &len) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &int_len) != 0 || !listening)
        return err_raise_foreign(ERR_SETTING_INVALID, errno);
    struct listener l = {.kind = LISTENER_UNIX};
    if (a.any.sa_family != AF_UNIX) {
        if (!loopback(&a)) return err_raise(ERR_SETTING_INVALID);
        l = (struct listener){.kind = LISTENER_TCP, .port = port_of(&a)};
        d->port = l.port;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        return err_raise_foreign(ERR_SETTING_INVALID, errno);
    l.fd = give_fd(&taken);
    d->at[d->n++] = l;
    return OK;
}

static size_t n_given(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    if (!pid || !fds || strtol(pid, NULL, 10) != (long)getpid()) return 0;
    long n = strtol(fds, NULL, 10);
    return n > 0 && n < 64 ? (size_t)n : 0;
}

static err_t take_given(struct doors *d, size_t n)
{
    err_t first = OK;
    for (size_t i = 0; i < n; i++) {
        err_t e = add(d, FIRST_GIVEN + (int)i);
        if (!first) first = e;
    }
    (void)unsetenv("LISTEN_PID");
    (void)unsetenv("LISTEN_FDS");
    (void)unsetenv("LISTEN_FDNAMES");
    d->activated = true;
    return first;
}

static int bind_tcp(int family, unsigned port)
{
    own_fd fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    union address a = {0};
    socklen_t len;
    int on = 1;
    if (fd < 0) return -1;
    if (family == AF_INET) {
        a.in4 = (struct sockaddr_in){.sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)port),
                                     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        len = sizeof a.in4;
    } else {
        a.in6 = (struct sockaddr_in6){.sin6_family = AF_INET6,
                                      .sin6_port = htons((uint16_t)port),
                                      .sin6_addr = in6addr_loopback};
        len = sizeof a.in6;
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &a.any, len) != 0 || listen(fd, BACKLOG) != 0) return -1;
    return give_fd(&fd);
}

/* Both families on one port, so that "localhost" means us whichever way it resolves. A machine
 * without IPv6 has the first one alone; a port that is taken on [::1] only is somebody else's. */
static err_t open_tcp(struct doors *d, unsigned port)
{
    int v4 = bind_tcp(AF_INET, port);
    if (v4 < 0) return err_raise_foreign(ERR_TOO_MANY_REQUESTS, errno);
    err_t e = add(d, v4);
    if (e) return e;
    int v6 = bind_tcp(AF_INET6, d->port);
    if (v6 >= 0) return add(d, v6);
    if (errno != EADDRINUSE) return OK;
    listen_close(d);
    return err_raise(ERR_TOO_MANY_REQUESTS);
}

/* Where all are taken by others, web pages do not reach us; the user's own programs do. */
static void open_some_port(struct doors *d)
{
    err_t e = ERR_TOO_MANY_REQUESTS;
    for (unsigned port = LISTEN_PORT_FIRST; port <= LISTEN_PORT_LAST && e; port++)
        e = open_tcp(d, port);
}

static err_t open_unix(struct doors *d, const char *runtime_dir)
{
    union address a = {.un = {.sun_family = AF_UNIX}};
    int n = snprintf(a.un.sun_path, sizeof a.un.sun_path, "%s/api.sock", runtime_dir);
    if (n < 0 || (size_t)n >= sizeof a.un.sun_path) return err_raise(ERR_FILE_UNREADABLE);
    own_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    own_fd knock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || knock < 0) return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    /* The lock in the same folder says that no daemon of ours lives; systemd may still listen here
     * on its behalf. A socket that nobody answers is an old one. */
    if (connect(knock, &a.any, sizeof a.un) == 0 || errno == EAGAIN)
        return err_raise(ERR_TOO_MANY_REQUESTS);
    (void)unlink(a.un.sun_path);
    mode_t before = umask(0177);
    int bound = bind(fd, &a.any, sizeof a.un);
    (void)umask(before);
    if (bound != 0 || listen(fd, BACKLOG) != 0)
        return err_raise_foreign(ERR_FILE_UNREADABLE, errno);
    return add(d, give_fd(&fd));
}

err_t listen_open(const char *runtime_dir, bool port_given, unsigned port, struct doors *out)
{
    struct doors d = {0};
    size_t given = n_given();
    err_t e = OK;
    if (given > 0) {
        e = take_given(&d, given);
    } else {
        if (port_given)
            e = open_tcp(&d, port);
        else
            open_some_port(&d);
        if (!e) e = open_unix(&d, runtime_dir);
    }
    if (e) {
        listen_close(&d);
        return e;
    }
    *out = d;
    return OK;
}

void listen_close(struct doors *d)
{
    for (size_t i = 0; i < d->n; i++) fd_own(&d->at[i].fd);
    *d = (struct doors){0};
}
