/* SPDX-License-Identifier: MIT */
/* onay inspect: what a file says, and the clause it breaks. */
#include "onay/command.h"

#include "core/file.h"
#include "xades/inspect.h"

#define MAX_FILE (256u << 20)

static const struct arg_row rows[] = {COMMAND_HELP_ROW};

static bool take_word(void *into, const char *word)
{
    const char **path = into;
    if (*path) return false;
    *path = word;
    return true;
}

static const struct command_line line = {"inspect", "FILE", rows, 1, take_word, NULL};

int run_inspect(int argc, char **argv)
{
    const char *path = NULL;
    int code;
    if (!command_read(&line, argc, argv, &path, &code)) return code;
    if (!path) return command_usage(&line, "FILE");
    own(buf) file = buf_max(MAX_FILE);
    own(buf) text = buf_max(MAX_FILE);
    err_t e = file_read(path, &file);
    if (e) return command_fail(path, e, NULL);
    bool sound = inspect_file(&text, buf_bytes(&file), command_lang());
    if (!command_print(&text)) return EXIT_BAD;
    return sound ? EXIT_GOOD : EXIT_BAD;
}
