/* SPDX-License-Identifier: MIT */
/* onay status and onay certs: what the daemon sees, for a person, as it came (--json), or in a
 * browser (--web). */
#include "onay/client.h"
#include "onay/command.h"
#include "onay/show.h"
#include "onay/watch.h"
#include "onay/web.h"

#define MAX_ANSWER (4u << 20)
#define MAX_PARTS  3

enum { OPT_JSON, OPT_WATCH, OPT_WEB, OPT_PRINT };
static const struct arg_row rows[] = {
    {"--json", NULL, OPT_JSON, "print the daemon's own answers"},
    COMMAND_HELP_ROW,
    /* status alone */
    {"--watch", NULL, OPT_WATCH, "go on, and tell what comes and goes"},
    {"--web", NULL, OPT_WEB, "open the status page in the browser"},
    {"--print", NULL, OPT_PRINT, "with --web: print its address instead"},
};
#define N_STATUS (sizeof rows / sizeof *rows)
#define N_CERTS  (N_STATUS - 3)

struct options {
    bool json, watch, web, print;
};

static bool take_option(void *into, int id, const char *value)
{
    struct options *o = into;
    (void)value;
    o->json |= id == OPT_JSON;
    o->watch |= id == OPT_WATCH;
    o->web |= id == OPT_WEB;
    o->print |= id == OPT_PRINT;
    return true;
}

static void show_reader_line(struct buf *out, struct json_object *r)
{
    show_reader(out, r, NULL);
    buf_str(out, "\n");
}

/* The fingerprint is what a page that refuses the daemon as a changed one shows, to be compared. */
static void show_daemon(struct buf *out, struct json_object *d)
{
    buf_fmt(out, "%s %s: %s\n", show_text(d, "service"), show_text(d, "version"),
            show_text(d, "state"));
    if (show_text(d, "daemonKey")[0])
        buf_fmt(out, "%s: SHA-256 %s\n", show_words("anahtarı", "its key"),
                show_text(d, "daemonKey"));
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
        show_problem(out, o);
    else if (!p->list)
        p->show(out, o);
    else if (json_object_object_get_ex(o, p->list, &list)) {
        size_t n = json_object_array_length(list);
        for (size_t i = 0; i < n; i++) p->show(out, json_object_array_get_idx(list, i));
        show_service(out, o);
        if (n == 0) buf_fmt(out, "%s\n", show_words(p->none_tr, p->none_en));
    }
    (void)json_object_put(o);
    return OK;
}

static const struct part service = {"/v1/info", NULL, show_daemon, NULL, NULL};
static const struct part readers = {"/v1/readers", "readers", show_reader_line, "okuyucu yok",
                                    "no reader"};
static const struct part certificates = {"/v1/certificates", "certificates", show_certificate,
                                         "imza sertifikası yok", "no signing certificate"};

static int show(const struct part *const *parts, size_t n, bool json)
{
    own(buf) all = buf_max(MAX_PARTS * MAX_ANSWER);
    struct buf out[MAX_PARTS];
    err_t e = client_wake();
    for (size_t i = 0; i < n; i++) out[i] = buf_max(MAX_ANSWER);
    /* From the last to the first: certificates are waited for, and then readers know their cards.
     */
    for (size_t i = n; i-- > 0 && !e;) e = show_part(&out[i], parts[i], json);
    for (size_t i = 0; i < n; i++) {
        buf_add(&all, buf_bytes(&out[i]));
        buf_free(&out[i]);
    }
    if (e) return command_fail("onayd", e, NULL);
    return command_print(&all) ? EXIT_GOOD : EXIT_BAD;
}

static bool fits(const struct options *o)
{
    return o->web ? !o->json && !o->watch : !o->print;
}

static const struct command_line status_line = {
    "status", "[--json] [--watch] | --web [--print]", rows, N_STATUS, NULL, take_option};
static const struct command_line certs_line = {"certs", "[--json]", rows,
                                               N_CERTS, NULL,       take_option};

int run_status(int argc, char **argv)
{
    const struct part *const parts[] = {&service, &readers, &certificates};
    struct options o = {0};
    int code;
    if (!command_read(&status_line, argc, argv, &o, &code)) return code;
    if (!fits(&o)) return command_usage(&status_line, o.web ? "--web" : "--print");
    if (o.web) return web_run(o.print);
    return o.watch ? watch_run(o.json) : show(parts, 3, o.json);
}

int run_certs(int argc, char **argv)
{
    const struct part *const parts[] = {&certificates};
    struct options o = {0};
    int code;
    if (!command_read(&certs_line, argc, argv, &o, &code)) return code;
    return show(parts, 1, o.json);
}
