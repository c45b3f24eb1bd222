/* SPDX-License-Identifier: MIT */
#include "tests/support/loopback.h"

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

int loopback_connect(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0),
        calling = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listening, (const struct sockaddr *)&a, n) || listen(listening, 1) ||
        getsockname(listening, (struct sockaddr *)&a, &n) ||
        connect(calling, (const struct sockaddr *)&a, n))
        return -1;
    return accept4(listening, NULL, NULL, SOCK_CLOEXEC);
}
