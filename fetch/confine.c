/* SPDX-License-Identifier: MIT */
#include "fetch/confine.h"

#include "core/own.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

err_t confine_early(void)
{
    const struct rlimit none = {0, 0};
    (void)umask(077);
    (void)signal(SIGPIPE, SIG_IGN);
    bool set = prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0 &&
               prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && setrlimit(RLIMIT_CORE, &none) == 0;
    return set ? OK : err_raise_foreign(ERR_INTERNAL, errno);
}

/* ---- calls ---- */

/* What libcurl, its TLS and the resolver take. A call that is missing fails with EPERM. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(stat),
    SCMP_SYS(statx),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(openat),
    SCMP_SYS(getdents64),
    SCMP_SYS(memfd_create),
    SCMP_SYS(pipe2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(socketpair),
    SCMP_SYS(connect),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(uname),
    SCMP_SYS(sysinfo),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Of these only what is named. */
static const struct {
    int call;
    unsigned argument;
    uint64_t mask, value;
} allowed_so[] = {
    {SCMP_SYS(socket), 0, UINT64_MAX, AF_INET},
    {SCMP_SYS(socket), 0, UINT64_MAX, AF_INET6},
    {SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD}, /* the resolver's thread */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mmap), 2, PROT_WRITE, 0}, /* a resolver's module is loaded when it is needed */
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    {SCMP_SYS(prlimit64), 2, UINT64_MAX, 0}, /* asks, sets nothing */
    {SCMP_SYS(fcntl), 1, UINT64_MAX, F_DUPFD_CLOEXEC},
    {SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETFD},
    {SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETFD},
    {SCMP_SYS(fcntl), 1, UINT64_MAX, F_GETFL},
    {SCMP_SYS(fcntl), 1, UINT64_MAX, F_SETFL},
    {SCMP_SYS(fcntl), 1, UINT64_MAX, F_ADD_SEALS},
    {SCMP_SYS(fcntl), 1, UINT64_MAX, F_GET_SEALS},
    {SCMP_SYS(ioctl), 1, UINT64_MAX, FIONBIO},
    {SCMP_SYS(ioctl), 1, UINT64_MAX, FIONREAD},
};

static bool allow_calls(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++) {
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0) return false;
    }
    for (size_t i = 0; i < sizeof allowed_so / sizeof *allowed_so; i++) {
        const struct scmp_arg_cmp only = SCMP_CMP64(allowed_so[i].argument, SCMP_CMP_MASKED_EQ,
                                                    allowed_so[i].mask, allowed_so[i].value);
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_so[i].call, 1, only) != 0)
            return false;
    }
    /* clone3 keeps its flags where no filter can look: libc then takes clone. */
    return seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)) == 0;
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

/* ---- files ---- */

/* The first version of landlock: every way to change a file, to run one and to read one. */
#define ALL_ACCESS ((uint64_t)(LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)

/* What getaddrinfo and TLS read. A folder that is not there is passed over. */
static const char *const readable[] = {
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/run/systemd/resolve",
    "/run/resolvconf",
    "/run/NetworkManager",
};

static bool allow_reading(int rules, const char *dir)
{
    own_fd at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
        .parent_fd = at,
    };
    return at < 0 ||
           syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

static err_t restrict_files(void)
{
    struct landlock_ruleset_attr all = {.handled_access_fs = ALL_ACCESS};
    own_fd rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (rules < 0) {
        if (errno == ENOSYS || errno == EOPNOTSUPP) return OK; /* an old kernel, or switched off */
        return err_raise_foreign(ERR_INTERNAL, errno);
    }
    for (size_t i = 0; i < sizeof readable / sizeof *readable; i++) {
        if (!allow_reading(rules, readable[i])) return err_raise_foreign(ERR_INTERNAL, errno);
    }
    if (syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        return err_raise_foreign(ERR_INTERNAL, errno);
    return OK;
}

err_t confine_late(void)
{
    if (clearenv() != 0) return err_raise(ERR_INTERNAL);
    err_t e = restrict_files();
    return e ? e : filter_calls();
}
