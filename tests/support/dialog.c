/* SPDX-License-Identifier: MIT */
#include "tests/support/dialog.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[200];

static const char *path_of(const char *name)
{
    static char path[256];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void dialog_script(const char *dir, const char *answers)
{
    (void)snprintf(folder, sizeof folder, "%s/dialog", dir);
    (void)mkdir(folder, 0700);
    (void)unlink(path_of("log"));
    (void)unlink(path_of("waiting"));
    FILE *f = fopen(path_of("answers"), "we");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs(answers, f), 0);
    ck_assert_int_eq(fclose(f), 0);
    ck_assert_int_eq(setenv("PINENTRY_USER_DATA", folder, 1), 0);
}

const char *dialog_log(void)
{
    static char text[256 * 1024];
    FILE *f = fopen(path_of("log"), "re");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) (void)fclose(f);
    text[n] = 0;
    return text;
}

size_t dialog_count(const char *command)
{
    size_t n = 0;
    for (const char *line = dialog_log(); *line; line = strchr(line, '\n') + 1) {
        n += strncmp(line, command, strlen(command)) == 0;
        if (!strchr(line, '\n')) break;
    }
    return n;
}

bool dialog_wait(void)
{
    for (int i = 0; i < 1000; i++) {
        if (access(path_of("waiting"), F_OK) == 0) return true;
        (void)usleep(10000);
    }
    return false;
}
