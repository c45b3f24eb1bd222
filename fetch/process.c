/* SPDX-License-Identifier: MIT */
#include "fetch/process.h"

#include "core/launch.h"
#include "fetch/proxy.h"
#include "fetch/tsa.h"

#include <stdio.h>

#define PROGRAM       "onayd-fetch"
#define MAX_VARIABLES 8
#define HOST_ARG      (SETTINGS_ENTRY + 16)
#define MAX_HOSTS     ((size_t)2 * SETTINGS_LIST)

/* NAME=VALUE of those that are set. */
struct environment {
    struct buf text[MAX_VARIABLES];
    char *list[MAX_VARIABLES + 1];
    size_t n;
};

static void environment_free(struct environment *e)
{
    for (size_t i = 0; i < e->n; i++) buf_free(&e->text[i]);
}
OWN(environment)

static bool environment_read(struct environment *e)
{
    for (size_t i = 0; proxy_variables[i] && e->n < MAX_VARIABLES; i++) {
        const char *value = getenv(proxy_variables[i]);
        if (!value || !value[0] || strlen(value) >= PROXY_LIST) continue;
        struct buf *b = &e->text[e->n];
        *b = buf_max(PROXY_LIST + 32);
        buf_fmt(b, "%s=%s", proxy_variables[i], value);
        buf_byte(b, 0);
        e->list[e->n++] = (char *)b->p;
        if (!buf_ok(b)) return false;
    }
    e->list[e->n] = NULL;
    return true;
}

struct arguments {
    char host[MAX_HOSTS][HOST_ARG];
    size_t n;
    char *argv[MAX_HOSTS + 3];
};

static void add_host(struct arguments *a, const char *option, const char *host)
{
    (void)snprintf(a->host[a->n], HOST_ARG, "%s=%s", option, host);
    a->argv[a->n + 2] = a->host[a->n];
    a->n++;
}

err_t process_start(const struct settings *s, enum process_reach reach, int *fd, pid_t *pid)
{
    own(environment) env = {0};
    char name[] = PROGRAM, door[] = "--fd=3", authority[256];
    struct arguments a = {.argv = {name, door}};
    /* Without a host to name it would be let go anywhere. */
    if (reach == PROCESS_AUTHORITIES && s->tsa.n == 0) return err_raise(ERR_SETTING_INVALID);
    for (size_t i = 0; i < s->private_hosts.n; i++)
        add_host(&a, "--private-host", s->private_hosts.at[i]);
    for (size_t i = 0; reach == PROCESS_AUTHORITIES && i < s->tsa.n; i++) {
        tsa_host(s->tsa.at[i], authority);
        add_host(&a, "--only-host", authority);
    }
    if (!environment_read(&env)) return err_raise(ERR_STORAGE_FULL);
    return launch(&(struct launch){PROGRAM, "ONAYD_FETCH", a.argv, env.list}, fd, pid);
}
