/* SPDX-License-Identifier: MIT */
#include "pkcs11/spawn.h"

#include "core/launch.h"
#include "pkcs11/roster.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#define PROGRAM  "onayd-token"
#define MAX_ARGS 10 /* program, --fd, a role, six settings, NULL */

/* ---- one process ---- */

struct args {
    struct buf text[MAX_ARGS];
    char *argv[MAX_ARGS];
    size_t n;
};

static void args_free(struct args *a)
{
    for (size_t i = 0; i < a->n; i++) buf_free(&a->text[i]);
}
OWN(args)

static bool add_arg(struct args *a, const char *name, const char *value)
{
    struct buf *b = &a->text[a->n];
    *b = buf_max(8192);
    buf_str(b, name);
    buf_str(b, value);
    buf_byte(b, 0);
    a->argv[a->n++] = (char *)b->p;
    return buf_ok(b);
}

static bool begin_args(struct args *a)
{
    return add_arg(a, PROGRAM, "") && add_arg(a, "--fd=", "3");
}

static bool worker_args(const struct token_config *c, struct args *a)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        {"--module=", c->module},
        {"--token=", c->token_uri},
        {"--pinentry=", c->pinentry},
        {"--unattended-token=", c->unattended_token},
        {"--unattended-pin-file=", c->unattended_pin_file},
        {"--unattended-issuer=", c->unattended_issuer},
    };
    bool ok = begin_args(a);
    for (size_t i = 0; ok && i < sizeof settings / sizeof settings[0]; i++)
        if (settings[i].value && *settings[i].value)
            ok = add_arg(a, settings[i].name, settings[i].value);
    return ok;
}

static err_t spawn(struct args *a, int *fd, pid_t *pid)
{
    a->argv[a->n] = NULL;
    const struct launch l = {PROGRAM, "ONAYD_TOKEN", a->argv, environ};
    err_t e = launch(&l, fd, pid);
    return e == ERR_FILE_UNREADABLE ? ERR_MODULE_NOT_FOUND : e;
}

err_t spawn_worker(const struct token_config *c, int *fd, pid_t *pid)
{
    own(args) args = {0};
    if (!worker_args(c, &args)) return err_raise(ERR_STORAGE_FULL);
    return spawn(&args, fd, pid);
}

err_t spawn_watcher(int *fd, pid_t *pid)
{
    own(args) args = {0};
    if (!begin_args(&args) || !add_arg(&args, "--readers", "")) return err_raise(ERR_STORAGE_FULL);
    return spawn(&args, fd, pid);
}

err_t spawn_admission(const char *pinentry, int *fd, pid_t *pid)
{
    own(args) args = {0};
    if (!begin_args(&args) || !add_arg(&args, "--admission", "") ||
        (*pinentry && !add_arg(&args, "--pinentry=", pinentry)))
        return err_raise(ERR_STORAGE_FULL);
    return spawn(&args, fd, pid);
}

/* ---- a source of workers ---- */

#define MAX_CHILDREN 40 /* as the supervisor keeps */

struct spawn_source {
    char *settings[6]; /* owned copies, in the order of struct token_config */
    struct token_config config;
    struct roster roster;
    pid_t children[MAX_CHILDREN]; /* 0: free */
};

/* Only children of ours that are still in the table: a pid that was reaped may be another's. */
static void reap(struct spawn_source *s)
{
    for (size_t i = 0; i < MAX_CHILDREN; i++)
        if (s->children[i] && waitpid(s->children[i], NULL, WNOHANG) != 0) s->children[i] = 0;
}

/* A free place in the table, or NULL. */
static pid_t *place(struct spawn_source *s)
{
    reap(s);
    for (size_t i = 0; i < MAX_CHILDREN; i++)
        if (!s->children[i]) return &s->children[i];
    return NULL;
}

static err_t start_one(struct spawn_source *s, unsigned number, int *fd, pid_t *pid)
{
    if (number == TOKEN_WATCHER) return spawn_watcher(fd, pid);
    struct token_config c = s->config;
    c.module = roster_path(&s->roster, number);
    return c.module ? spawn_worker(&c, fd, pid) : err_raise(ERR_MODULE_NOT_FOUND);
}

static err_t get(void *ctx, unsigned number, int *fd, uint64_t *id)
{
    struct spawn_source *s = ctx;
    pid_t *child = place(s), pid;
    if (!child) return err_raise(ERR_TOO_MANY_REQUESTS);
    err_t e = start_one(s, number, fd, &pid);
    if (e) return e;
    *id = (uint64_t)(*child = pid);
    return OK;
}

static err_t search(void *ctx, struct token_modules *out)
{
    struct spawn_source *s = ctx;
    return roster_search(&s->roster, s->config.module, s->config.token_uri, out);
}

static void end(void *ctx, uint64_t id)
{
    struct spawn_source *s = ctx;
    for (size_t i = 0; i < MAX_CHILDREN; i++)
        if (s->children[i] && (uint64_t)s->children[i] == id) (void)kill(s->children[i], SIGKILL);
    reap(s);
}

static bool copy_settings(const struct token_config *c, struct spawn_source *s)
{
    const char *const from[] = {c->module,           c->token_uri,           c->pinentry,
                                c->unattended_token, c->unattended_pin_file, c->unattended_issuer};
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        s->settings[i] = strdup(from[i] ? from[i] : "");
        if (!s->settings[i]) return false;
    }
    s->config = (struct token_config){.module = s->settings[0],
                                      .token_uri = s->settings[1],
                                      .pinentry = s->settings[2],
                                      .unattended_token = s->settings[3],
                                      .unattended_pin_file = s->settings[4],
                                      .unattended_issuer = s->settings[5],
                                      .cancel_fd = -1};
    return true;
}

err_t spawn_source_new(const struct token_config *c, struct spawn_source **out)
{
    own_ptr(spawn_source) s = calloc(1, sizeof *s);
    if (!s || !copy_settings(c, s)) return err_raise(ERR_STORAGE_FULL);
    *out = give(s);
    return OK;
}

void spawn_source_free(struct spawn_source *s)
{
    if (!s) return;
    for (size_t i = 0; i < MAX_CHILDREN; i++) {
        if (!s->children[i]) continue;
        (void)kill(s->children[i], SIGKILL);
        while (waitpid(s->children[i], NULL, 0) < 0 && errno == EINTR) continue;
    }
    for (size_t i = 0; i < sizeof s->settings / sizeof s->settings[0]; i++) free(s->settings[i]);
    free(s);
}

struct token_source spawn_source_modules(struct spawn_source *s)
{
    return (struct token_source){.ctx = s, .search = search, .get = get, .end = end};
}

/* The first module that the settings lead to. */
static err_t get_first(void *ctx, int *fd, uint64_t *id)
{
    struct token_modules found;
    err_t e = search(ctx, &found);
    return e ? e : get(ctx, found.numbers[0], fd, id);
}

struct worker_source spawn_source_worker(struct spawn_source *s)
{
    return (struct worker_source){.ctx = s, .get = get_first, .end = end};
}

static err_t get_watcher(void *ctx, int *fd, uint64_t *id)
{
    return get(ctx, TOKEN_WATCHER, fd, id);
}

struct worker_source spawn_source_watcher(struct spawn_source *s)
{
    return (struct worker_source){.ctx = s, .get = get_watcher, .end = end};
}
