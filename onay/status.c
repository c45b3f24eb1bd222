/* SPDX-License-Identifier: MIT */
/* onay status and onay certs: what the daemon sees, for a person or as it came (--json). */
#include "onay/client.h"
#include "onay/command.h"

#include <json-c/json.h>
#include <stdio.h>

#define MAX_ANSWER (4u << 20)

enum { OPT_JSON, OPT_HELP };
static const struct arg_row rows[] = {
    {"--json", NULL, OPT_JSON, "print the daemon's own answers"},
    {"--help", NULL, OPT_HELP, "print this"},
};
#define N_ROWS (sizeof rows / sizeof *rows)

/* Reads the arguments; -1 to go on, else the exit code. */
static int read_options(const char *name, int argc, char **argv, bool *json)
{
    struct args a = {.argc = argc, .argv = argv, .at = 1, .rows = rows, .n_rows = N_ROWS};
    enum args_got got;
    int id;
    const char *value = NULL;
    while ((got = args_next(&a, &id, &value)) != ARGS_END) {
        if (got != ARGS_OPTION) return command_usage(name, "[--json]", rows, N_ROWS, value);
        if (id == OPT_HELP) return command_usage(name, "[--json]", rows, N_ROWS, NULL);
        *json = true;
    }
    return -1;
}

static const char *words(const char *tr, const char *en)
{
    return command_lang() == LANG_EN ? en : tr;
}

static const char *text(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    if (!json_object_object_get_ex(o, key, &v) || !v) return "";
    return json_object_get_string(v);
}

static bool flag(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) && json_object_get_boolean(v);
}

/* "yes", or "no" with the slugs of the reasons in the member `reasons`. */
static void add_verdict(struct buf *out, struct json_object *o, const char *key,
                        const char *reasons)
{
    struct json_object *why = NULL;
    buf_str(out, flag(o, key) ? words("evet", "yes") : words("hayır", "no"));
    if (!json_object_object_get_ex(o, reasons, &why)) return;
    for (size_t i = 0; i < json_object_array_length(why); i++)
        buf_fmt(out, "%s%s", i ? ", " : ": ",
                json_object_get_string(json_object_array_get_idx(why, i)));
}

static void show_certificate(struct buf *out, struct json_object *c)
{
    buf_fmt(out, "%s\n", text(c, "subject"));
    buf_fmt(out, "  id           %s\n", text(c, "id"));
    buf_fmt(out, "  %s    %s\n", words("kimlik no", "identity "), text(c, "identityNoMasked"));
    buf_fmt(out, "  %s      %s\n", words("veren  ", "issuer "), text(c, "issuer"));
    buf_fmt(out, "  %s   %s – %s\n", words("geçerlilik", "validity  "), text(c, "notBefore"),
            text(c, "notAfter"));
    buf_fmt(out, "  %s      %s\n", words("anahtar", "key    "), text(c, "keyType"));
    buf_fmt(out, "  %s    ", words("nitelikli", "qualified"));
    add_verdict(out, c, "qualified", "qualifiedReasons");
    buf_fmt(out, "\n  %s  ", words("kullanılır", "usable    "));
    add_verdict(out, c, "usable", "usableReasons");
    buf_fmt(out, "\n  PIN          %s", text(c, "pinTriesLeft"));
    if (text(c, "pinTries")[0])
        buf_fmt(out, ", %s: %s", words("kalan deneme", "tries left"), text(c, "pinTries"));
    buf_str(out, "\n");
}

static void show_reader(struct buf *out, struct json_object *r)
{
    buf_fmt(out, "%s: %s", text(r, "name"), text(r, "state"));
    if (text(r, "token")[0])
        buf_fmt(out, ", %s, PIN %s", text(r, "token"), text(r, "pinTriesLeft"));
    if (flag(r, "unattended"))
        buf_str(out, words(", gözetimsiz deneme kartı", ", unattended test token"));
    buf_str(out, "\n");
}

static void show_health(struct buf *out, struct json_object *h)
{
    buf_fmt(out, "%s %s: %s\n", text(h, "service"), text(h, "version"), text(h, "state"));
}

struct part {
    const char *path, *list; /* list: the member that holds an array; NULL: the object itself */
    void (*show)(struct buf *out, struct json_object *o);
    const char *none_tr, *none_en;
};

static err_t show_part(struct buf *out, const struct part *p, bool json)
{
    own(buf) body = buf_max(MAX_ANSWER);
    long status = 0;
    err_t e = client_get(p->path, &body, &status);
    if (e) return e;
    if (json) {
        buf_add(out, buf_bytes(&body));
        buf_str(out, "\n");
        return OK;
    }
    struct json_object *o = json_tokener_parse(buf_cstr(&body)), *list = NULL;
    if (!o) return err_raise(ERR_MALFORMED_JSON);
    if (status != 200)
        buf_fmt(out, "%s (%s)\n", text(o, "title"), text(o, "slug"));
    else if (!p->list)
        p->show(out, o);
    else if (json_object_object_get_ex(o, p->list, &list)) {
        size_t n = json_object_array_length(list);
        for (size_t i = 0; i < n; i++) p->show(out, json_object_array_get_idx(list, i));
        if (n == 0) buf_fmt(out, "%s\n", words(p->none_tr, p->none_en));
    }
    (void)json_object_put(o);
    return OK;
}

static const struct part health = {"/v1/health", NULL, show_health, NULL, NULL};
static const struct part readers = {"/v1/readers", "readers", show_reader, "okuyucu yok",
                                    "no reader"};
static const struct part certificates = {"/v1/certificates", "certificates", show_certificate,
                                         "imza sertifikası yok", "no signing certificate"};

static int show(const char *name, int argc, char **argv, const struct part *const *parts, size_t n)
{
    bool json = false;
    int code = read_options(name, argc, argv, &json);
    if (code >= 0) return code;
    err_t e = client_wake();
    own(buf) out = buf_max(3 * MAX_ANSWER);
    for (size_t i = 0; i < n && !e; i++) e = show_part(&out, parts[i], json);
    if (e) return command_fail("onayd", e, NULL);
    return command_print(&out) ? EXIT_GOOD : EXIT_BAD;
}

int run_status(int argc, char **argv)
{
    const struct part *const parts[] = {&health, &readers, &certificates};
    return show("status", argc, argv, parts, 3);
}

int run_certs(int argc, char **argv)
{
    const struct part *const parts[] = {&certificates};
    return show("certs", argc, argv, parts, 1);
}
