/* SPDX-License-Identifier: MIT */
#include "daemon/listen.h"

#include <arpa/inet.h>
#include <check.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "core/file.h"
#include "daemon/options.h"
#include "daemon/runtime.h"

#include "tests/support/suite.h"

static char dir[64];

static void make_dir(void)
{
    (void)snprintf(dir, sizeof dir, "/tmp/onayd-listen-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(setenv("XDG_RUNTIME_DIR", dir, 1), 0);
}

static void remove_dir(void)
{
    static const char *const inside[] = {"onayd/api.sock", "onayd/lock", "onayd/token",
                                         "onayd/port",     "onayd",      "api.sock"};
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", dir, inside[i]);
        (void)remove(path);
    }
    (void)rmdir(dir);
}

START_TEST(loopback_and_unix_doors)
{
    struct doors d = {0};
    struct stat st;
    char path[128];
    ck_assert_int_eq(listen_open(dir, true, 0, &d), OK);
    ck_assert_uint_ge(d.n, 2);
    ck_assert_uint_gt(d.port, 0);
    ck_assert(!d.activated);
    (void)snprintf(path, sizeof path, "%s/api.sock", dir);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    struct doors second = {0};
    ck_assert_int_eq(listen_open(dir, true, d.port, &second), ERR_TOO_MANY_REQUESTS);
    ck_assert_uint_eq(second.n, 0);
    /* api.sock that somebody listens on is not taken away; one that nobody answers is. */
    ck_assert_int_eq(listen_open(dir, true, 0, &second), ERR_TOO_MANY_REQUESTS);
    listen_close(&d);
    ck_assert_int_eq(listen_open(dir, true, 0, &d), OK);
    listen_close(&d);
}
END_TEST

/* sd_listen_fds(3): sockets come from descriptor 3 on. check keeps a pipe of its own there, so a
 * child plays the daemon and answers by its exit code. */
static int open_given(uint32_t address)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(address)};
    struct doors d = {0};
    char pid[16];
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    if (bind(fd, (const struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 1) != 0 ||
        dup2(fd, 3) != 3 || setenv("LISTEN_PID", pid, 1) != 0 || setenv("LISTEN_FDS", "1", 1) != 0)
        return 254;
    err_t e = listen_open(dir, false, 0, &d);
    if (e) return (int)e;
    return d.n == 1 && d.activated && d.port > 0 && !getenv("LISTEN_FDS") ? OK : 253;
}

START_TEST(given_sockets)
{
    static const struct {
        uint32_t address;
        err_t expected;
    } rows[] = {{INADDR_LOOPBACK, OK}, {INADDR_ANY, ERR_SETTING_INVALID}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int status = -1;
        pid_t child = fork();
        if (child == 0) _exit(open_given(rows[i].address));
        ck_assert_int_eq(waitpid(child, &status, 0), child);
        ck_assert(WIFEXITED(status));
        ck_assert_int_eq(WEXITSTATUS(status), (int)rows[i].expected);
    }
}
END_TEST

START_TEST(runtime_folder)
{
    struct runtime r, second;
    own(buf) path = buf_max(128), token = buf_max(64);
    int fd = -1;
    ck_assert_int_eq(runtime_open(&r), OK);
    ck_assert_uint_eq(strlen(r.token), RUNTIME_TOKEN - 1);
    ck_assert_int_eq(runtime_announce(&r, 15070), OK);
    buf_fmt(&path, "%s/token", r.dir);
    ck_assert_int_eq(file_private(buf_cstr(&path), &fd), OK);
    ck_assert_int_eq(file_read_fd(fd, &token), OK);
    ck_assert(bytes_eq_str(bytes_sub(buf_bytes(&token), 0, token.len - 1), r.token));
    fd_own(&fd);
    ck_assert_int_eq(runtime_open(&second), ERR_TOO_MANY_REQUESTS); /* one daemon per user */
    runtime_close(&r);
    ck_assert_int_eq(access(buf_cstr(&path), F_OK), -1);
    ck_assert_int_eq(chmod(r.dir, 0755), 0);
    ck_assert_int_eq(runtime_open(&r), ERR_FILE_UNREADABLE); /* open to others */
    ck_assert_int_eq(unsetenv("XDG_RUNTIME_DIR"), 0);
    ck_assert_int_eq(runtime_open(&r), ERR_FILE_UNREADABLE);
}
END_TEST

static const struct {
    const char *argv[4];
    err_t expected;
} lines[] = {
    {{"onayd", "--port", "0", NULL}, OK},
    {{"onayd", "--port=65535", "--set=max_approvals=3", NULL}, OK},
    {{"onayd", "--port", "65536", NULL}, ERR_SETTING_INVALID},
    {{"onayd", "--port", "x", NULL}, ERR_SETTING_INVALID},
    {{"onayd", "--port", NULL}, ERR_SETTING_INVALID},
    {{"onayd", "word", NULL}, ERR_SETTING_INVALID},
    {{"onayd", "--nope", NULL}, ERR_SETTING_INVALID},
    {{"onayd", "--set", "max_approvals", NULL}, ERR_SETTING_INVALID},
    {{"onayd", "--set", "max_approvals=0", NULL}, ERR_SETTING_INVALID},
    {{"onayd", "--config", "/nonexistent", NULL}, ERR_FILE_UNREADABLE},
    {{"onayd", "--help", NULL}, OK},
};

START_TEST(command_lines)
{
    static struct options o;
    own(buf) why = buf_max(1024);
    char *argv[4];
    int argc = 0;
    for (; lines[_i].argv[argc]; argc++) argv[argc] = strdup(lines[_i].argv[argc]);
    ck_assert_int_eq(options_read(argc, argv, &o, &why), lines[_i].expected);
    ck_assert_int_eq(why.len > 0, lines[_i].expected != OK);
    while (argc > 0) free(argv[--argc]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("listen");
    TCase *t = tcase_create("listen");
    tcase_add_checked_fixture(t, make_dir, remove_dir);
    tcase_add_test(t, loopback_and_unix_doors);
    tcase_add_test(t, given_sockets);
    tcase_add_test(t, runtime_folder);
    tcase_add_loop_test(t, command_lines, 0, ROWS(lines));
    suite_add_tcase(s, t);
    return suite_run(s);
}
