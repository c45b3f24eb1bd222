/* SPDX-License-Identifier: MIT */
#include "fetch/process.h"

#include "core/launch.h"
#include "fetch/proxy.h"

#include <stdio.h>

#define PROGRAM       "onayd-fetch"
#define MAX_VARIABLES 8
#define HOST_ARG      (SETTINGS_ENTRY + 16)

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

err_t process_start(const struct settings *s, int *fd, pid_t *pid)
{
    own(environment) env = {0};
    char name[] = PROGRAM, door[] = "--fd=3";
    char hosts[SETTINGS_LIST][HOST_ARG];
    char *argv[SETTINGS_LIST + 3] = {name, door};
    for (size_t i = 0; i < s->private_hosts.n; i++) {
        (void)snprintf(hosts[i], HOST_ARG, "--private-host=%s", s->private_hosts.at[i]);
        argv[i + 2] = hosts[i];
    }
    if (!environment_read(&env)) return err_raise(ERR_STORAGE_FULL);
    return launch(&(struct launch){PROGRAM, "ONAYD_FETCH", argv, env.list}, fd, pid);
}
