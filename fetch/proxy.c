/* SPDX-License-Identifier: MIT */
#include "fetch/proxy.h"

#include "fetch/address.h"

#include <stdlib.h>
#include <strings.h>

const char *const proxy_variables[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
                                       "ALL_PROXY",  "no_proxy",    "NO_PROXY",    NULL};

static const char *first_set(const char *const *names, size_t n, size_t room)
{
    for (size_t i = 0; i < n; i++) {
        const char *value = getenv(names[i]);
        if (value && strlen(value) < room) return value;
    }
    return "";
}

static void take(char *out, size_t room, const char *const *names, size_t n)
{
    const char *value = first_set(names, n, room);
    memcpy(out, value, strlen(value) + 1);
}

void proxy_read(struct proxy *out)
{
    static const char *const http[] = {"http_proxy", "all_proxy", "ALL_PROXY"};
    static const char *const https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    static const char *const none[] = {"no_proxy", "NO_PROXY"};
    take(out->http, sizeof out->http, http, 3);
    take(out->https, sizeof out->https, https, 4);
    take(out->none_for, sizeof out->none_for, none, 2);
}

/* The host itself, or something below it: "kurum.tr" and ".kurum.tr" are for "a.kurum.tr" too. */
static bool names_host(const char *entry, const char *host)
{
    if (*entry == '.') entry++;
    size_t n = strlen(entry), all = strlen(host);
    if (n == 0 || n > all || strcasecmp(host + all - n, entry) != 0) return false;
    return n == all || host[all - n - 1] == '.';
}

static bool bare_same(const char *entry, const char *host)
{
    size_t n = strlen(host);
    return host[0] == '[' && strlen(entry) == n - 2 && strncasecmp(entry, host + 1, n - 2) == 0;
}

static bool covers(const char *entry, const char *host)
{
    bool is_address;
    if (strcmp(entry, "*") == 0) return true;
    if (strchr(entry, '/')) return address_in(host, entry);
    (void)address_text_public(host, &is_address);
    if (is_address) return strcasecmp(entry, host) == 0 || bare_same(entry, host);
    return names_host(entry, host);
}

static bool excepted(const char *list, const char *host)
{
    char entry[256];
    while (*list) {
        list += strspn(list, ", \t");
        size_t n = strcspn(list, ", \t");
        if (n > 0 && n < sizeof entry) {
            memcpy(entry, list, n);
            entry[n] = 0;
            if (covers(entry, host)) return true;
        }
        list += n;
    }
    return false;
}

const char *proxy_for(const struct proxy *p, const char *scheme, const char *host)
{
    if (excepted(p->none_for, host)) return "";
    return strcmp(scheme, "https") == 0 ? p->https : p->http;
}
