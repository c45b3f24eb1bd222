/* SPDX-License-Identifier: MIT */
#include "daemon/sandbox.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/peer.h"
#include "tests/support/loopback.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static const char *dir;
static char uploads[512], existing[1024], fresh[1024];
static int readable; /* the trust folder */
static char kept[1024];
static pid_t another; /* the parent: getppid is not among the calls that are left */

/* ---- what a service that was taken over would try: true when it succeeds ---- */

static bool nameless_file(void)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    return fd >= 0 && write(fd, "x", 1) == 1 && lseek(fd, 0, SEEK_SET) == 0;
}

static bool make_file(void)
{
    return open(fresh, O_CREAT | O_RDWR | O_CLOEXEC, 0600) >= 0;
}

static bool delete_file(void)
{
    return unlink(existing) == 0;
}

/* In the store's folder: a file of data, and nothing else. */
static const char *in_kept(const char *name)
{
    static char path[2048];
    (void)snprintf(path, sizeof path, "%s/%s", kept, name);
    return path;
}

static bool keep_file(void)
{
    int fd = open(in_kept("data"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 && fdatasync(fd) == 0 && unlink(in_kept("data")) == 0;
}

static bool keep_dir(void)
{
    return mkdir(in_kept("folder"), 0700) == 0;
}

static bool keep_link(void)
{
    return symlink(existing, in_kept("link")) == 0;
}

static bool move_out_of_kept(void)
{
    int fd = open(in_kept("data"), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    return fd >= 0 && rename(in_kept("data"), fresh) == 0;
}

static bool make_dir(void)
{
    return mkdir(fresh, 0700) == 0;
}

static bool read_passwords(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool list_files(void)
{
    return open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
}

static bool list_trust(void)
{
    int again = openat(readable, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = again >= 0 ? fdopendir(again) : NULL;
    bool seen = false;
    for (const struct dirent *f; d && (f = readdir(d)) != NULL;)
        seen = seen || strcmp(f->d_name, "root.der") == 0;
    return seen;
}

static bool read_trust(void)
{
    char octet;
    int fd = openat(readable, "root.der", O_RDONLY | O_CLOEXEC);
    return fd >= 0 && read(fd, &octet, 1) == 1;
}

static bool change_trust(void)
{
    return openat(readable, "root.der", O_WRONLY | O_CLOEXEC) >= 0;
}

static bool add_trust(void)
{
    return openat(readable, "new.der", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) >= 0;
}

static bool nameless_trust(void)
{
    return openat(readable, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) >= 0;
}

static bool leave_trust(void)
{
    return openat(readable, "../existing", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool open_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool run_program(void)
{
    return syscall(SYS_execve, "/bin/true", (char *[]){NULL}, (char *[]){NULL}) == 0 ||
           errno != EPERM;
}

static bool fork_off(void)
{
    return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) >= 0;
}

/* Signal 0 asks the kernel whether another would be delivered. */
static bool signal_another(void)
{
    return syscall(SYS_tgkill, another, another, 0) == 0;
}

static bool signal_itself(void)
{
    return syscall(SYS_tgkill, getpid(), getpid(), 0) == 0;
}

static bool signal_by_the_kernel(void)
{
    return fcntl(0, F_SETOWN, another) == 0 || errno != EPERM;
}

/* What is at the descriptor does not matter: the kernel would say ENOTTY to any but a terminal. */
static bool type_into_the_terminal(void)
{
    return ioctl(0, TIOCSTI, "x") == 0 || errno != EPERM;
}

static bool be_dumpable_again(void)
{
    return prctl(PR_SET_DUMPABLE, 1) == 0;
}

/* A connection to itself, and the socket by which the kernel is asked: opened before. */
static struct peer peer;
static int accepted;

static bool ask_whose(void)
{
    return peer_is_own(&peer, LISTENER_TCP, accepted);
}

static bool ask_by_a_new_socket(void)
{
    return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG) >= 0;
}

/* Rows that seccomp answers for say nothing under the sanitizers, where it is not set. */
static const struct {
    const char *what;
    bool (*attempt)(void);
    bool works, by_seccomp;
} rows[] = {
    {"a nameless file for a large document", nameless_file, true, false},
    {"a file with a name", make_file, false, false},
    {"deleting a file", delete_file, false, false},
    {"a folder", make_dir, false, false},
    {"a file of the store", keep_file, true, false},
    {"a folder beside the store", keep_dir, false, false},
    {"a link beside the store", keep_link, false, false},
    {"a file moved out of the store's folder", move_out_of_kept, false, false},
    {"reading somebody's file", read_passwords, false, false},
    {"listing a folder", list_files, false, false},
    {"listing the trust folder", list_trust, true, false},
    {"reading a file of it", read_trust, true, false},
    {"writing to a file of it", change_trust, false, false},
    {"a new file in it", add_trust, false, false},
    {"a nameless file in it", nameless_trust, false, false},
    {"a way out of it", leave_trust, false, false},
    {"a new socket", open_socket, false, true},
    {"asking whose a connection is", ask_whose, true, true},
    {"another socket to ask the kernel by", ask_by_a_new_socket, false, true},
    {"a program", run_program, false, true},
    {"a process", fork_off, false, true},
    {"a signal to another process", signal_another, false, true},
    {"a signal to itself, as abort() sends", signal_itself, true, true},
    {"a signal to another process, sent by the kernel", signal_by_the_kernel, false, true},
    {"typing into the terminal", type_into_the_terminal, false, true},
    {"allowing debuggers again", be_dumpable_again, false, true},
};

static bool seccomp_is_set(void)
{
#ifdef __SANITIZE_ADDRESS__
    return false;
#else
    return true;
#endif
}

/* Old kernels have none; sandbox.h promises nothing there. */
static bool landlock_is_there(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

START_TEST(confined)
{
    if (!(rows[_i].by_seccomp ? seccomp_is_set() : landlock_is_there())) {
        printf("# not tried here: %s\n", rows[_i].what);
        return;
    }
    pid_t pid = fork();
    if (pid == 0) {
        another = getppid();
        const char *const dirs[] = {NULL, dir, "/not-there"};
        if (sandbox_enter(dirs, 3, readable, kept) != OK) _exit(9);
        _exit(rows[_i].attempt() ? 1 : 0);
    }
    int status = -1;
    ck_assert(waitpid(pid, &status, 0) == pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == (rows[_i].works ? 1 : 0),
                  "%s: status %x", rows[_i].what, (unsigned)status);
}
END_TEST

int main(void)
{
    const char *scratch = scratch_new();
    scratch_run("mkdir %s/uploads %s/trust && echo x >%s/trust/root.der && touch %s/existing",
                scratch, scratch, scratch, scratch);
    readable = open(scratch_path("trust"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(uploads, sizeof uploads, "%s/uploads", scratch);
    dir = uploads;
    (void)snprintf(existing, sizeof existing, "%s/existing", dir);
    (void)snprintf(fresh, sizeof fresh, "%s/fresh", dir);
    (void)snprintf(kept, sizeof kept, "%s/kept", scratch);
    if (mkdir(kept, 0700) != 0) return 1;
    int fd = open(existing, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 || readable < 0) return 1;
    (void)close(fd);
    peer = peer_open();
    accepted = loopback_connect();
    if (peer.fd < 0 || accepted < 0) return 1;
    Suite *s = suite_create("sandbox");
    TCase *t = tcase_create("confined");
    tcase_add_loop_test(t, confined, 0, ROWS(rows));
    suite_add_tcase(s, t);
    return suite_run(s);
}
