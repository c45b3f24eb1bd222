/* SPDX-License-Identifier: MIT */
/* onay token: the bearer token of this user's daemon, for curl. */
#include "onay/client.h"
#include "onay/command.h"

#include "core/file.h"

enum { OPT_HELP };
static const struct arg_row rows[] = {{"--help", NULL, OPT_HELP, "print this"}};

int run_token(int argc, char **argv)
{
    struct args a = {.argc = argc, .argv = argv, .at = 1, .rows = rows, .n_rows = 1};
    int id;
    const char *value = NULL;
    enum args_got got = args_next(&a, &id, &value);
    if (got != ARGS_END)
        return command_usage("token", "", rows, 1, got == ARGS_OPTION ? NULL : value);
    err_t e = client_wake();
    if (e) return command_fail("onayd", e, NULL);
    own(buf) path = buf_max(512);
    own(buf) token = buf_max(256);
    own_fd fd = -1;
    if ((e = file_runtime_dir(&path))) return command_fail("$XDG_RUNTIME_DIR", e, NULL);
    buf_str(&path, "/token");
    if ((e = file_private(buf_cstr(&path), &fd)) || (e = file_read_fd(fd, &token)))
        return command_fail(buf_cstr(&path), e, NULL);
    return command_print(&token) ? EXIT_GOOD : EXIT_BAD;
}
