/* SPDX-License-Identifier: MIT */
/*
 * once ANSWER ASKED: answers one HTTP request on loopback with what is in the file ANSWER, and
 * keeps the request in the file ASKED. Prints its port first. For answers that no server of ours
 * gives.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include "core/file.h"

static int listen_here(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    socklen_t n = sizeof a;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, n) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&a, &n))
        return -1;
    printf("%u\n", ntohs(a.sin_port));
    (void)fflush(stdout);
    return fd;
}

/* As far as the request comes in 300 ms: a body may follow its head. */
static void read_request(int fd, struct buf *asked)
{
    const struct timeval soon = {.tv_usec = 300000};
    ssize_t n = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    while (n > 0) {
        uint8_t *room = buf_reserve(asked, 4096);
        n = room ? recv(fd, room, 4096, 0) : -1;
        if (n > 0) buf_commit(asked, (size_t)n);
    }
}

int main(int argc, char **argv)
{
    own(buf) answer = buf_max(1u << 22), asked = buf_max(1u << 20);
    if (argc != 3 || file_read(argv[1], &answer) != OK) return 64;
    own_fd door = listen_here();
    own_fd fd = door < 0 ? -1 : accept(door, NULL, NULL);
    if (fd < 0) return 1;
    read_request(fd, &asked);
    if (file_write(argv[2], buf_bytes(&asked)) != OK) return 1;
    for (size_t at = 0; at < answer.len;) {
        ssize_t n = send(fd, answer.p + at, answer.len - at, MSG_NOSIGNAL);
        if (n <= 0) break;
        at += (size_t)n;
    }
    (void)shutdown(fd, SHUT_WR);
    return 0;
}
