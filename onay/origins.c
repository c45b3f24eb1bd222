/* SPDX-License-Identifier: MIT */
/* onay origins: which web sites are let in, and the shutting out of one. */
#include "core/origin.h"
#include "onay/client.h"
#include "onay/command.h"
#include "onay/show.h"

#include <stdio.h>

#define MAX_ANSWER (1u << 20)

enum { OPT_JSON };
static const struct arg_row rows[] = {
    {"--json", NULL, OPT_JSON, "print the daemon's own answer"},
    COMMAND_HELP_ROW,
};

enum what { NOTHING, LIST, REMOVE };
struct origins_command {
    enum what what;
    bool json;
    const char *origin;
};

/* ---- the arguments ---- */

static bool take_word(void *into, const char *word)
{
    struct origins_command *o = into;
    if (o->what == NOTHING) {
        o->what = strcmp(word, "list") == 0 ? LIST : strcmp(word, "remove") == 0 ? REMOVE : NOTHING;
        return o->what != NOTHING;
    }
    if (o->what != REMOVE || o->origin || !origin_ok(word)) return false;
    o->origin = word;
    return true;
}

static bool take_option(void *into, int id, const char *value)
{
    struct origins_command *o = into;
    (void)value;
    o->json |= id == OPT_JSON;
    return true;
}

static bool fits(const struct origins_command *o)
{
    return o->what == LIST || (o->what == REMOVE && o->origin && !o->json);
}

static const struct command_line line = {"origins", "list [--json] | remove ORIGIN",
                                         rows,      sizeof rows / sizeof *rows,
                                         take_word, take_option};

/* ---- showing ---- */

static const char *how(struct json_object *one)
{
    const char *granted = show_text(one, "granted");
    if (strcmp(granted, "configured") == 0)
        return show_words("onayd.conf dosyasında", "in onayd.conf");
    if (strcmp(granted, "once") == 0) return show_words("bir onay için", "for one approval");
    return show_words("her zaman", "always");
}

static void show_origin(struct buf *out, struct json_object *one)
{
    const char *since = show_text(one, "since");
    buf_fmt(out, "%s  %s", show_text(one, "origin"), how(one));
    if (*since)
        buf_fmt(out, "%s%s%s", show_words(", ", ", since "), since,
                show_words(" tarihinden beri", ""));
    buf_str(out, "\n");
}

/* ---- asking ---- */

/* fetch: the list; NULL when it cannot be had, *code then says how the command ends. */
static struct json_object *fetch(struct buf *body, int *code)
{
    long status = 0;
    own(buf) out = buf_max(MAX_ANSWER);
    err_t e = client_get("/v1/origins", body, &status);
    struct json_object *o = e ? NULL : json_tokener_parse(buf_cstr(body));
    if (!e && !o) e = err_raise(ERR_MALFORMED_JSON);
    if (e) return *code = command_fail("onayd", e, NULL), NULL;
    if (status == 200) return o;
    show_problem(&out, o);
    (void)json_object_put(o);
    (void)command_print(&out);
    return *code = EXIT_BAD, NULL;
}

static int list(const struct origins_command *cmd)
{
    int code = EXIT_BAD;
    struct json_object *all = NULL;
    own(buf) body = buf_max(MAX_ANSWER), out = buf_max(MAX_ANSWER);
    struct json_object *o = fetch(&body, &code);
    if (!o) return code;
    if (cmd->json)
        buf_fmt(&out, "%s\n", buf_cstr(&body));
    else if (json_object_object_get_ex(o, "origins", &all))
        for (size_t i = 0; i < json_object_array_length(all); i++)
            show_origin(&out, json_object_array_get_idx(all, i));
    if (out.len == 0) buf_fmt(&out, "%s\n", show_words("izinli site yok", "no site is let in"));
    (void)json_object_put(o);
    return command_print(&out) ? EXIT_GOOD : EXIT_BAD;
}

static bool find_id(struct json_object *o, const char *origin, char *path, size_t room)
{
    struct json_object *all = NULL;
    if (!json_object_object_get_ex(o, "origins", &all)) return false;
    for (size_t i = 0; i < json_object_array_length(all); i++) {
        struct json_object *one = json_object_array_get_idx(all, i);
        if (strcmp(show_text(one, "origin"), origin) != 0) continue;
        (void)snprintf(path, room, "/v1/origins/%s", show_text(one, "id"));
        return true;
    }
    return false;
}

static int remove_at(const char *path)
{
    long status = 0;
    own(buf) body = buf_max(MAX_ANSWER), out = buf_max(MAX_ANSWER);
    err_t e = client_delete(path, &body, &status);
    if (e) return command_fail("onayd", e, NULL);
    if (status == 204) return EXIT_GOOD;
    struct json_object *o = json_tokener_parse(buf_cstr(&body));
    if (o) show_problem(&out, o);
    (void)json_object_put(o);
    (void)command_print(&out);
    return EXIT_BAD;
}

static int remove_one(const struct origins_command *cmd)
{
    char path[64];
    int code = EXIT_BAD;
    own(buf) body = buf_max(MAX_ANSWER), out = buf_max(1024);
    struct json_object *o = fetch(&body, &code);
    if (!o) return code;
    const bool found = find_id(o, cmd->origin, path, sizeof path);
    (void)json_object_put(o);
    if (found) return remove_at(path);
    buf_fmt(&out, "%s: %s\n", cmd->origin, show_words("izinli değil", "is not let in"));
    (void)command_print(&out);
    return EXIT_BAD;
}

int run_origins(int argc, char **argv)
{
    struct origins_command cmd = {0};
    int code;
    if (!command_read(&line, argc, argv, &cmd, &code)) return code;
    if (!fits(&cmd)) return command_usage(&line, "origins");
    err_t e = client_wake();
    if (e) return command_fail("onayd", e, NULL);
    return cmd.what == LIST ? list(&cmd) : remove_one(&cmd);
}
