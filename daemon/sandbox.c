/* SPDX-License-Identifier: MIT */
#include "daemon/sandbox.h"

#include "core/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

void sandbox_private(void)
{
    const struct rlimit none = {0, 0};
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
}

/* The calls that serving takes, and no other. A call that is missing here fails with EPERM in the
 * service, which tests would see; it does not kill, so that a new libc cannot lose an approval. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(openat),
    SCMP_SYS(getdents64),
    SCMP_SYS(access),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(unlink),
    SCMP_SYS(rename),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(memfd_create),
    SCMP_SYS(dup),
    SCMP_SYS(dup3),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(eventfd2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(timerfd_gettime),
    SCMP_SYS(accept4),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendfile),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(mlock),
    SCMP_SYS(futex),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Of these only what is named: others of theirs type into the terminal that the daemon was started
 * from (TIOCSTI), or have the kernel signal any process of the user (F_SETOWN, F_SETSIG). */
static const struct {
    int call;
    unsigned argument;
    uint64_t value;
} allowed_so[] = {
    {SCMP_SYS(fcntl), 1, F_DUPFD_CLOEXEC}, {SCMP_SYS(fcntl), 1, F_GETFD},
    {SCMP_SYS(fcntl), 1, F_SETFD},         {SCMP_SYS(fcntl), 1, F_GETFL},
    {SCMP_SYS(fcntl), 1, F_SETFL},         {SCMP_SYS(fcntl), 1, F_ADD_SEALS},
    {SCMP_SYS(fcntl), 1, F_GET_SEALS},     {SCMP_SYS(ioctl), 1, FIONBIO},
    {SCMP_SYS(ioctl), 1, FIONREAD},        {SCMP_SYS(ioctl), 1, TCGETS},
    {SCMP_SYS(fcntl), 1, F_SETLK},         {SCMP_SYS(fcntl), 1, F_GETLK},
};

static bool allow(scmp_filter_ctx filter, int call, struct scmp_arg_cmp only)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, only) == 0;
}

static bool allow_calls(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0) return false;
    }
    for (size_t i = 0; i < sizeof allowed_so / sizeof *allowed_so; i++) {
        if (!allow(filter, allowed_so[i].call,
                   SCMP_CMP64(allowed_so[i].argument, SCMP_CMP_EQ, allowed_so[i].value, 0)))
            return false;
    }
    /* Memory may be mapped, but never both written and executed; abort() ends none but this
     * process. */
    return allow(filter, SCMP_SYS(mmap), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
           allow(filter, SCMP_SYS(mprotect), SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) &&
           allow(filter, SCMP_SYS(tgkill), SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
}

static err_t filter_calls(void)
{
#ifdef __SANITIZE_ADDRESS__
    return OK; /* the sanitizers' own calls at exit are not ours to list */
#endif
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (!filter) return err_raise(ERR_INTERNAL);
    bool set = allow_calls(filter) && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return set ? OK : err_raise_foreign(ERR_INTERNAL, errno);
}

#define ALL_FILE_ACCESS                                                                            \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |   \
     LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |                                 \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* What O_TMPFILE takes: a file with a name could be a unit or a start-up script. */
#define NAMELESS (LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE)
/* The state folder is nobody's search path: what is in it is data. Reading it is what an fsync of
 * it takes. */
#define NAMED                                                                                      \
    (NAMELESS | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE |                     \
     LANDLOCK_ACCESS_FS_READ_DIR)

/* A folder that is not there is not needed: the session passes it over as well. */
static bool allow_dir(int rules, const char *dir, uint64_t access)
{
    own_fd parent = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0) return true;
    struct landlock_path_beneath_attr rule = {
        .allowed_access = access,
        .parent_fd = parent,
    };
    return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static bool allow_reading(int rules, int folder)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = folder,
    };
    return folder < 0 ||
           syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static err_t restrict_files(const char *const *upload_dirs, size_t n, int readable,
                            const char *state_dir)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = ALL_FILE_ACCESS};
    own_fd rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) {
        if (errno == ENOSYS || errno == EOPNOTSUPP) return OK; /* an old kernel, or switched off */
        return err_raise_foreign(ERR_INTERNAL, errno);
    }
    for (size_t i = 0; i < n; i++) {
        if (upload_dirs[i] && !allow_dir(rules, upload_dirs[i], NAMELESS))
            return err_raise_foreign(ERR_INTERNAL, errno);
    }
    if (state_dir && *state_dir && !allow_dir(rules, state_dir, NAMED))
        return err_raise_foreign(ERR_INTERNAL, errno);
    if (!allow_reading(rules, readable) || syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        return err_raise_foreign(ERR_INTERNAL, errno);
    return OK;
}

err_t sandbox_enter(const char *const *upload_dirs, size_t n, int readable, const char *state_dir)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return err_raise_foreign(ERR_INTERNAL, errno);
    err_t e = restrict_files(upload_dirs, n, readable, state_dir);
    return e ? e : filter_calls();
}
