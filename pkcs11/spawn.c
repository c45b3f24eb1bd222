/* SPDX-License-Identifier: MIT */
#include "pkcs11/spawn.h"

#include "pkcs11/roster.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define PROGRAM   "onayd-token"
#define WORKER_FD 3
#define MAX_ARGS  10 /* program, --fd, a role, six settings, NULL */

extern char **environ;

/* ---- the program ---- */

static bool runnable(struct buf *path)
{
    return buf_ok(path) && access(buf_cstr(path), X_OK) == 0;
}

static bool beside_this(struct buf *path)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    if (n <= 0 || n == (ssize_t)sizeof self) return false;
    const char *slash = memrchr(self, '/', (size_t)n);
    if (!slash) return false;
    buf_add(path, bytes_of(self, (size_t)(slash - self) + 1));
    buf_str(path, PROGRAM);
    return runnable(path);
}

static bool find_program(struct buf *path)
{
    const char *given = getenv("ONAYD_TOKEN");
    if (given && *given) {
        buf_str(path, given);
        return runnable(path);
    }
    if (beside_this(path)) return true;
    buf_cut(path, 0);
    buf_str(path, ONAYD_PREFIX "/libexec/" PROGRAM);
    return runnable(path);
}

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

/* The worker keeps one socket and nothing else of its parent: stdin is empty, and what a module
 * prints must not end up in a command's output. */
static int start(const char *program, char *const argv[], int sock, pid_t *pid)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    if (posix_spawn_file_actions_init(&files) != 0) return ENOMEM;
    if (posix_spawnattr_init(&attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return ENOMEM;
    }
    int e = posix_spawn_file_actions_adddup2(&files, sock, WORKER_FD);
    if (!e) e = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!e) e = posix_spawn_file_actions_adddup2(&files, 2, 1);
    if (!e) e = posix_spawn_file_actions_addclosefrom_np(&files, WORKER_FD + 1);
    if (!e) e = posix_spawnattr_setsigmask(&attr, &none);
    if (!e) e = posix_spawnattr_setsigdefault(&attr, &all);
    if (!e) e = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!e) e = posix_spawn(pid, program, &files, &attr, argv, environ);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    return e;
}

static err_t spawn(struct args *a, int *fd, pid_t *pid)
{
    own(buf) program = buf_max(PATH_MAX);
    if (!find_program(&program)) return err_raise(ERR_MODULE_NOT_FOUND);
    a->argv[a->n] = NULL;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_raise_foreign(ERR_STORAGE_FULL, errno);
    own_fd ours = ends[0], theirs = ends[1];
    int e = start(buf_cstr(&program), a->argv, theirs, pid);
    if (e) return err_raise_foreign(e == ENOENT ? ERR_MODULE_NOT_FOUND : ERR_STORAGE_FULL, e);
    *fd = give_fd(&ours);
    return OK;
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
