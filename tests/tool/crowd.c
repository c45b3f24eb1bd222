/* SPDX-License-Identifier: MIT */
/*
 * crowd PORT HOW-MANY SECONDS TEXT: so many connections to 127.0.0.1:PORT, each of which says TEXT
 * and then one octet five times a second, which keeps a plain time-out from ever passing.
 *
 * Says "there" when all have spoken. Ends after SECONDS, or when the other end has closed the last
 * one, and says "closed N". Exit: 1 when a connection cannot be had, 64 for wrong words.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MOST     1000
#define PAUSE_MS 200

static int dial(unsigned port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) exit(1);
    return fd;
}

/* What was answered does not matter, only that the connection has ended. */
static int has_ended(int fd)
{
    char waste[4096];
    struct pollfd in = {.fd = fd, .events = POLLIN};
    while (poll(&in, 1, 0) > 0)
        if (recv(fd, waste, sizeof waste, MSG_DONTWAIT) <= 0) return 1;
    return 0;
}

static unsigned drip(int *fds, unsigned n)
{
    unsigned closed = 0;
    for (unsigned i = 0; i < n; i++) {
        if (fds[i] >= 0 && (has_ended(fds[i]) || send(fds[i], "a", 1, MSG_NOSIGNAL) < 0)) {
            (void)close(fds[i]);
            fds[i] = -1;
        }
        closed += fds[i] < 0;
    }
    return closed;
}

int main(int argc, char **argv)
{
    static int fds[MOST];
    const struct timespec pause = {0, PAUSE_MS * 1000000L};
    if (argc != 5) return 64;
    const unsigned port = (unsigned)atoi(argv[1]), n = (unsigned)atoi(argv[2]);
    if (port > 65535 || n < 1 || n > MOST) return 64;
    for (unsigned i = 0; i < n; i++) {
        fds[i] = dial(port);
        (void)send(fds[i], argv[4], strlen(argv[4]), MSG_NOSIGNAL);
    }
    puts("there");
    (void)fflush(stdout);
    unsigned closed = 0;
    for (int turns = atoi(argv[3]) * 1000 / PAUSE_MS; turns > 0 && closed < n; turns--) {
        closed = drip(fds, n);
        (void)nanosleep(&pause, NULL);
    }
    printf("closed %u\n", closed);
    return 0;
}
