/* SPDX-License-Identifier: MIT */
/*
 * attack ADDRESS PORT HOW [UID [UID]]: one client of the TCP door, as no honest one behaves. Sends
 * its input and prints what comes back.
 *
 *   send    and listens
 *   close   and closes at once
 *   reset   and resets at once
 *   fork    and ends; a child listens
 *   pass    by another process: the first, of the first uid, connects and hands its socket over
 *           (SCM_RIGHTS) to one of the second
 *
 * UID: becomes that user before the socket is made; that wants root.
 * Exit: 1 when something cannot be done, 64 for a wrong word.
 */
#include <arpa/inet.h>
#include <grp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_SECONDS 10

static char request[1 << 20];
static size_t request_len;

_Noreturn static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void become(const char *uid)
{
    if (!uid) return;
    const uid_t u = (uid_t)strtoul(uid, NULL, 10);
    if (setgroups(0, NULL) != 0 || setresgid(u, u, u) != 0 || setresuid(u, u, u) != 0)
        die("become");
}

static int dial(const char *address, const char *port)
{
    const in_port_t p = htons((uint16_t)strtoul(port, NULL, 10));
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = p};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = p};
    const bool v4 = inet_pton(AF_INET, address, &in4.sin_addr) == 1;
    if (!v4 && inet_pton(AF_INET6, address, &in6.sin6_addr) != 1) exit(64);
    int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 ||
        (v4 ? connect(fd, (const struct sockaddr *)&in4, sizeof in4)
            : connect(fd, (const struct sockaddr *)&in6, sizeof in6)) != 0 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait) != 0)
        die("connect");
    return fd;
}

static void speak(int fd)
{
    if (send(fd, request, request_len, MSG_NOSIGNAL) != (ssize_t)request_len) die("send");
}

static void listen_to(int fd)
{
    char part[65536];
    for (ssize_t n; (n = recv(fd, part, sizeof part, 0)) > 0;)
        if (fwrite(part, 1, (size_t)n, stdout) != (size_t)n) die("write");
}

static void reset(int fd)
{
    const struct linger at_once = {1, 0};
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) != 0) die("linger");
    (void)close(fd);
}

/* ---- a socket that goes from hand to hand ---- */

union control {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(int))];
};

static void hand_over(int to, int fd)
{
    union control c = {0};
    char octet = 0;
    struct iovec out = {&octet, 1};
    struct msghdr m = {
        .msg_iov = &out, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    h->cmsg_level = SOL_SOCKET;
    h->cmsg_type = SCM_RIGHTS;
    h->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(h), &fd, sizeof fd);
    if (sendmsg(to, &m, 0) != 1) die("sendmsg");
}

static int take_over(int from)
{
    union control c = {0};
    char octet;
    int fd;
    struct iovec in = {&octet, 1};
    struct msghdr m = {
        .msg_iov = &in, .msg_iovlen = 1, .msg_control = &c, .msg_controllen = sizeof c};
    if (recvmsg(from, &m, 0) != 1 || !CMSG_FIRSTHDR(&m)) die("recvmsg");
    memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
    return fd;
}

/* The giver is gone before the taker says a word. */
static void pass(char **argv, const char *giver, const char *taker)
{
    int pair[2], status;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) die("socketpair");
    pid_t pid = fork();
    if (pid == 0) {
        become(giver);
        hand_over(pair[1], dial(argv[1], argv[2]));
        _exit(0);
    }
    become(taker);
    int fd = take_over(pair[0]);
    if (waitpid(pid, &status, 0) != pid || status != 0) die("giver");
    speak(fd);
    listen_to(fd);
}

/* Who made the connection and sent the request is gone while the answer comes. We wait for both, so
 * that all of it has been printed. */
static void leave_to_child(char **argv)
{
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) die("subreaper");
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid > 0) {
        while (wait(NULL) > 0) continue;
        return;
    }
    int fd = dial(argv[1], argv[2]);
    speak(fd);
    pid = fork();
    if (pid < 0) die("fork");
    if (pid > 0) _exit(0);
    listen_to(fd);
}

int main(int argc, char **argv)
{
    if (argc < 4 || argc > 6) return 64;
    const char *how = argv[3], *first = argc > 4 ? argv[4] : NULL,
               *second = argc > 5 ? argv[5] : first;
    request_len = fread(request, 1, sizeof request, stdin);
    if (strcmp(how, "pass") == 0) {
        pass(argv, first, second);
        return 0;
    }
    become(first);
    if (strcmp(how, "fork") == 0) {
        leave_to_child(argv);
        return 0;
    }
    int fd = dial(argv[1], argv[2]);
    speak(fd);
    if (strcmp(how, "send") == 0)
        listen_to(fd);
    else if (strcmp(how, "close") == 0)
        (void)close(fd);
    else if (strcmp(how, "reset") == 0)
        reset(fd);
    else
        return 64;
    return 0;
}
