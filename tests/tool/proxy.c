/* SPDX-License-Identifier: MIT */
/*
 * proxy PORT: an HTTP proxy on loopback that leads every request, wherever it should go, to that
 * port of loopback. Prints its own port, then the first line of each request. One connection after
 * the other; ends with its standard input.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

static int listen_here(void)
{
    struct sockaddr_in a = loopback(0);
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 16) ||
        getsockname(fd, (struct sockaddr *)&a, &n))
        return -1;
    printf("%u\n", ntohs(a.sin_port));
    (void)fflush(stdout);
    return fd;
}

static bool send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0) return false;
        p += sent;
        n -= (size_t)sent;
    }
    return true;
}

static bool pass(int from, int to)
{
    char room[65536];
    ssize_t n = recv(from, room, sizeof room, 0);
    return n > 0 && send_all(to, room, (size_t)n);
}

static void relay(int a, int b)
{
    struct pollfd p[2] = {{.fd = a, .events = POLLIN}, {.fd = b, .events = POLLIN}};
    while (poll(p, 2, 30000) > 0) {
        if (p[0].revents && !pass(a, b)) return;
        if (p[1].revents && !pass(b, a)) return;
    }
}

/* The head of a request, and what came behind it. */
static size_t read_head(int fd, char *head, size_t room)
{
    size_t n = 0;
    while (n + 1 < room) {
        ssize_t got = recv(fd, head + n, room - 1 - n, 0);
        if (got <= 0) return 0;
        n += (size_t)got;
        head[n] = 0;
        if (strstr(head, "\r\n\r\n")) return n;
    }
    return 0;
}

/* "POST http://host/path HTTP/1.1" goes on as "POST /path HTTP/1.1". */
static bool forward(int up, char *head, size_t n)
{
    char *url = strchr(head, ' '), *host = url ? strstr(url, "://") : NULL;
    char *path = host ? strpbrk(host + 3, "/ ") : NULL;
    if (!path || !send_all(up, head, (size_t)(url - head) + 1)) return false;
    if (*path == ' ' && !send_all(up, "/", 1)) return false;
    return send_all(up, path, n - (size_t)(path - head));
}

static void serve(int fd, uint16_t port)
{
    static char head[65536];
    static const char go[] = "HTTP/1.1 200 OK\r\n\r\n";
    struct sockaddr_in a = loopback(port);
    size_t n = read_head(fd, head, sizeof head);
    int up = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (n > 0 && up >= 0 && connect(up, (struct sockaddr *)&a, sizeof a) == 0) {
        printf("%.*s\n", (int)strcspn(head, "\r"), head);
        (void)fflush(stdout);
        bool tunnel = strncmp(head, "CONNECT ", 8) == 0;
        if (tunnel ? send_all(fd, go, sizeof go - 1) : forward(up, head, n)) relay(fd, up);
    }
    if (up >= 0) (void)close(up);
    (void)close(fd);
}

int main(int argc, char **argv)
{
    int door = argc == 2 ? listen_here() : -1;
    uint16_t port = argc == 2 ? (uint16_t)strtoul(argv[1], NULL, 10) : 0;
    struct pollfd p[2] = {{.fd = door, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    if (door < 0 || port == 0) return 64;
    while (poll(p, 2, -1) > 0 && !p[1].revents) {
        int fd = p[0].revents ? accept(door, NULL, NULL) : -1;
        if (fd >= 0) serve(fd, port);
    }
    return 0;
}
