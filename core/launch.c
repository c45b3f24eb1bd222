/* SPDX-License-Identifier: MIT */
#include "core/launch.h"

#include "core/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>

/* ---- the program ---- */

static bool runnable(struct buf *path)
{
    return buf_ok(path) && access(buf_cstr(path), X_OK) == 0;
}

static bool beside_this(const char *program, struct buf *path)
{
    char self[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self);
    if (n <= 0 || n == (ssize_t)sizeof self) return false;
    const char *slash = memrchr(self, '/', (size_t)n);
    if (!slash) return false;
    buf_add(path, bytes_of(self, (size_t)(slash - self) + 1));
    buf_str(path, program);
    return runnable(path);
}

static bool find_program(const struct launch *l, struct buf *path)
{
    const char *given = getenv(l->variable);
    if (given && *given) {
        buf_str(path, given);
        return runnable(path);
    }
    if (beside_this(l->program, path)) return true;
    buf_cut(path, 0);
    buf_fmt(path, "%s/%s", ONAYD_PREFIX "/libexec", l->program);
    return runnable(path);
}

/* ---- one process ---- */

/* The child keeps one socket and nothing else of its parent: stdin is empty, and what a library
 * prints must not end up in a command's output. */
static int start(const char *program, const struct launch *l, int sock, pid_t *pid)
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
    int e = posix_spawn_file_actions_adddup2(&files, sock, LAUNCH_FD);
    if (!e) e = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (!e) e = posix_spawn_file_actions_adddup2(&files, 2, 1);
    if (!e) e = posix_spawn_file_actions_addclosefrom_np(&files, LAUNCH_FD + 1);
    if (!e) e = posix_spawnattr_setsigmask(&attr, &none);
    if (!e) e = posix_spawnattr_setsigdefault(&attr, &all);
    if (!e) e = posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    if (!e) e = posix_spawn(pid, program, &files, &attr, l->argv, l->environment);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    return e;
}

err_t launch(const struct launch *l, int *fd, pid_t *pid)
{
    own(buf) program = buf_max(PATH_MAX);
    if (!find_program(l, &program)) return err_raise(ERR_FILE_UNREADABLE);
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return err_raise_foreign(ERR_STORAGE_FULL, errno);
    own_fd ours = ends[0], theirs = ends[1];
    int e = start(buf_cstr(&program), l, theirs, pid);
    if (e) return err_raise_foreign(e == ENOENT ? ERR_FILE_UNREADABLE : ERR_STORAGE_FULL, e);
    *fd = give_fd(&ours);
    return OK;
}
