/* SPDX-License-Identifier: MIT */
#include "tests/support/scratch.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[64];

static void die(const char *what)
{
    (void)fprintf(stderr, "scratch: %s\n", what);
    exit(99);
}

/* Waits, in a session of its own, until nobody holds the pipe any more. */
static void watch(int from)
{
    char octet;
    (void)setsid();
    for (int fd = 0; fd < 256; fd++)
        if (fd != from) (void)close(fd);
    while (read(from, &octet, 1) > 0) {
    }
    (void)execl("/bin/rm", "rm", "-rf", dir, (char *)NULL);
    _exit(127);
}

const char *scratch_new(void)
{
    int held[2];
    (void)snprintf(dir, sizeof dir, "/tmp/onayd-test.XXXXXX");
    if (!mkdtemp(dir) || pipe2(held, O_CLOEXEC) != 0) die("no folder");
    pid_t watcher = fork();
    if (watcher < 0) die("no watcher");
    if (watcher == 0) watch(held[0]);
    (void)close(held[0]); /* held[1] stays open until the last of us ends */
    return dir;
}

void scratch_run(const char *fmt, ...)
{
    char command[4096];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(command, sizeof command, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= sizeof command) die("command too long");
    FILE *out = popen(command, "re");
    if (!out) die(command);
    char line[4096], last[4096] = "";
    while (fgets(line, sizeof line, out)) (void)snprintf(last, sizeof last, "%s", line);
    if (pclose(out) != 0) {
        (void)fprintf(stderr, "%s\n", last);
        die(command);
    }
}

const char *scratch_path(const char *name)
{
    static char paths[16][256];
    static unsigned next;
    char *path = paths[next++ % 16];
    (void)snprintf(path, sizeof paths[0], "%s/%s", dir, name);
    return path;
}
