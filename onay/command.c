/* SPDX-License-Identifier: MIT */
#include "onay/command.h"

#include <stdio.h>

enum lang command_lang(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && value[0]) return strncmp(value, "en", 2) == 0 ? LANG_EN : LANG_TR;
    }
    return LANG_TR;
}

int command_usage(const struct command_line *line, const char *wrong)
{
    own(buf) text = buf_max(16 * 1024);
    if (wrong)
        buf_fmt(&text, "onay %s: %s: %.200s\n", line->name,
                command_lang() == LANG_EN ? "unknown or incomplete argument"
                                          : "bilinmeyen veya eksik bağımsız değişken",
                wrong);
    buf_fmt(&text, "usage: onay %s %s\n", line->name, line->words);
    args_help(&text, line->rows, line->n_rows);
    (void)fputs(buf_cstr(&text), wrong ? stderr : stdout);
    return wrong ? EXIT_USAGE : EXIT_GOOD;
}

static bool take(const struct command_line *line, enum args_got got, int id, const char *value,
                 void *into)
{
    if (got == ARGS_WORD) return line->take_word && line->take_word(into, value);
    return got == ARGS_OPTION && line->take_option && line->take_option(into, id, value);
}

bool command_read(const struct command_line *line, int argc, char **argv, void *into, int *code)
{
    struct args a = {
        .argc = argc, .argv = argv, .at = 1, .rows = line->rows, .n_rows = line->n_rows};
    enum args_got got;
    int id = 0;
    const char *value = NULL;
    while ((got = args_next(&a, &id, &value)) != ARGS_END) {
        const bool help = got == ARGS_OPTION && id == COMMAND_HELP;
        if (!help && take(line, got, id, value, into)) continue;
        *code = command_usage(line, help ? NULL : value ? value : "");
        return false;
    }
    return true;
}

int command_fail(const char *what, err_t e, const char *detail)
{
    (void)fprintf(stderr, "onay: %s: %s (%s)%s%s\n", what, err_title(e, command_lang()),
                  err_slug(e), detail && detail[0] ? ": " : "", detail ? detail : "");
    return e == ERR_FILE_UNREADABLE || e == ERR_TRUST_REFUSED ? EXIT_NO_INPUT : EXIT_BAD;
}

bool command_print(struct buf *text)
{
    struct bytes all = buf_bytes(text);
    if (!buf_ok(text)) return false;
    /* an empty buffer has no bytes to point at, and fwrite wants some */
    return all.len == 0 || (fwrite(all.p, 1, all.len, stdout) == all.len && fflush(stdout) == 0);
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

bool command_certificate(const char *hex, struct digest *out)
{
    *out = (struct digest){.alg = DIGEST_SHA256, .len = 32};
    if (strlen(hex) != 64) return false;
    for (size_t i = 0; i < 32; i++) {
        int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out->v[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool command_settings(const char *path, struct settings *out)
{
    own(buf) found = buf_max(4096);
    own(buf) why = buf_max(1024);
    settings_default(out);
    settings_find(&found, path);
    err_t e = found.len > 0 ? settings_read(out, buf_cstr(&found), &why) : OK;
    if (e) (void)command_fail(path ? path : "onayd.conf", e, buf_cstr(&why));
    return !e;
}
