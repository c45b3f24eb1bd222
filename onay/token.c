/* SPDX-License-Identifier: MIT */
/* onay token: the bearer token of this user's daemon, for curl. */
#include "onay/client.h"
#include "onay/command.h"

#include "core/file.h"

static const struct arg_row rows[] = {COMMAND_HELP_ROW};
static const struct command_line line = {"token", "", rows, 1, NULL, NULL};

int run_token(int argc, char **argv)
{
    int code;
    if (!command_read(&line, argc, argv, NULL, &code)) return code;
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
