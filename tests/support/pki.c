/* SPDX-License-Identifier: MIT */
#include "tests/support/pki.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char *const argv[])
{
    posix_spawn_file_actions_t quiet;
    pid_t pid;
    int status = -1;
    (void)posix_spawn_file_actions_init(&quiet);
    (void)posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(&pid, argv[0], &quiet, NULL, argv, environ) == 0)
        (void)waitpid(pid, &status, 0);
    (void)posix_spawn_file_actions_destroy(&quiet);
    return status;
}

const char *pki_make(const char *name)
{
    static char dir[512];
    char make[] = "fixtures/pki/make";
    const char *o = getenv("O");
    (void)snprintf(dir, sizeof dir, "%s/tests/pki-%s", o ? o : "build/release", name);
    if (run((char *[]){make, dir, NULL}) == 0) return dir;
    (void)fprintf(stderr, "fixtures/pki/make %s failed\n", dir);
    exit(99);
}
