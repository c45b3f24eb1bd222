/* SPDX-License-Identifier: MIT */
#include "core/origin.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

static const struct scheme {
    const char *start, *own_port;
} schemes[] = {{"https://", "443"}, {"http://", "80"}};
#define N_SCHEMES (sizeof schemes / sizeof *schemes)

static const struct scheme *scheme_of(const char *text)
{
    for (size_t i = 0; i < N_SCHEMES; i++)
        if (strncmp(text, schemes[i].start, strlen(schemes[i].start)) == 0) return &schemes[i];
    return NULL;
}

/* RFC 1123 2.1, and nothing of a name that is still to be decoded. */
static bool labels_ok(const char *host, size_t n)
{
    size_t label = 0;
    for (size_t i = 0; i <= n; i++) {
        if (i < n && host[i] != '.') {
            label++;
            continue;
        }
        if (label == 0 || label > 63 || host[i - 1] == '-' || host[i - label] == '-') return false;
        label = 0;
    }
    return strspn(host, LOWER DIGITS "-.") >= n;
}

static bool address_ok(const char *host, size_t n)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (n < 2 || n - 2 >= sizeof text || host[n - 1] != ']') return false;
    memcpy(text, host + 1, n - 2);
    text[n - 2] = 0;
    return strspn(text, DIGITS "abcdef:") == n - 2 && inet_pton(AF_INET6, text, &address) == 1;
}

static bool port_ok(const char *port, const char *own_port)
{
    const size_t n = strspn(port, DIGITS);
    return n > 0 && n <= 5 && port[n] == 0 && port[0] != '0' && strtol(port, NULL, 10) <= 65535 &&
           strcmp(port, own_port) != 0;
}

static size_t host_len(const char *host)
{
    const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
    return end ? (size_t)(end - host) + 1 : strcspn(host, ":");
}

bool origin_ok(const char *text)
{
    const struct scheme *s = scheme_of(text);
    if (!s || strnlen(text, ORIGIN_ROOM) == ORIGIN_ROOM) return false;
    const char *host = text + strlen(s->start);
    const size_t n = host_len(host);
    if (!(host[0] == '[' ? address_ok(host, n) : n > 0 && labels_ok(host, n))) return false;
    return host[n] == 0 || (host[n] == ':' && port_ok(host + n + 1, s->own_port));
}

const char *origin_host(const char *origin, unsigned *len)
{
    const char *host = strstr(origin, "://") + 3;
    *len = (unsigned)host_len(host);
    return host;
}

bool origin_is_https(const char *origin)
{
    return scheme_of(origin) == &schemes[0];
}

bool origin_is_loopback(const char *origin)
{
    static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
    unsigned n;
    const char *host = origin_host(origin, &n);
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        if (strlen(hosts[i]) == n && memcmp(host, hosts[i], n) == 0)
            return scheme_of(origin) == &schemes[1];
    return false;
}
