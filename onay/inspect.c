/* SPDX-License-Identifier: MIT */
/* onay inspect: what a file says, and the clause it breaks. */
#include "onay/command.h"

#include "core/file.h"
#include "xades/inspect.h"

#define MAX_FILE (256u << 20)

enum { OPT_HELP };
static const struct arg_row rows[] = {{"--help", NULL, OPT_HELP, "print this"}};

int run_inspect(int argc, char **argv)
{
    struct args a = {.argc = argc, .argv = argv, .at = 1, .rows = rows, .n_rows = 1};
    int id;
    const char *value = NULL, *path = NULL;
    enum args_got got;
    while ((got = args_next(&a, &id, &value)) != ARGS_END) {
        if (got == ARGS_OPTION) return command_usage("inspect", "FILE", rows, 1, NULL);
        if (got == ARGS_BAD || path) return command_usage("inspect", "FILE", rows, 1, value);
        path = value;
    }
    if (!path) return command_usage("inspect", "FILE", rows, 1, "FILE");
    own(buf) file = buf_max(MAX_FILE);
    own(buf) text = buf_max(MAX_FILE);
    err_t e = file_read(path, &file);
    if (e) return command_fail(path, e, NULL);
    bool sound = inspect_file(&text, buf_bytes(&file), command_lang());
    if (!command_print(&text)) return EXIT_BAD;
    return sound ? EXIT_GOOD : EXIT_BAD;
}
