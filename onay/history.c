/* SPDX-License-Identifier: MIT */
/* onay history: what was signed on this account, and the forgetting of it. */
#include "onay/client.h"
#include "onay/command.h"
#include "onay/show.h"

#include <stdio.h>

#define MAX_ANSWER (4u << 20)

enum { OPT_JSON, OPT_ALL };
static const struct arg_row rows[] = {
    {"--json", NULL, OPT_JSON, "print the daemon's own answers, one a line"},
    {"--all", NULL, OPT_ALL, "forget everything that is over"},
    COMMAND_HELP_ROW,
};

struct history_command {
    bool json, all, forget;
    const char *id;
};

/* ---- the arguments ---- */

static bool take_word(void *into, const char *word)
{
    struct history_command *h = into;
    if (!h->forget) return h->forget = strcmp(word, "forget") == 0;
    if (h->id || strlen(word) != 32 || strspn(word, "0123456789abcdef") != 32) return false;
    h->id = word;
    return true;
}

static bool take_option(void *into, int id, const char *value)
{
    struct history_command *h = into;
    (void)value;
    h->json |= id == OPT_JSON;
    h->all |= id == OPT_ALL;
    return true;
}

static bool fits(const struct history_command *h)
{
    const bool one = h->id != NULL, which = one != h->all;
    return h->forget ? which && !h->json : !h->all;
}

static const struct command_line line = {"history", "[--json] | forget ID | forget --all",
                                         rows,      sizeof rows / sizeof *rows,
                                         take_word, take_option};

/* ---- showing ---- */

static void show_line(struct buf *out, const char *tr, const char *en, const char *text)
{
    if (*text) buf_fmt(out, "  %s: %s\n", show_words(tr, en), text);
}

static void show_documents(struct buf *out, struct json_object *record)
{
    struct json_object *list = NULL, *digest = NULL;
    if (!json_object_object_get_ex(record, "documents", &list)) return;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        struct json_object *d = json_object_array_get_idx(list, i);
        buf_fmt(out, "  %zu) %s", i + 1, show_text(d, "name"));
        if (json_object_object_get_ex(d, "digest", &digest))
            buf_fmt(out, " · %s %s", show_text(digest, "algorithm"), show_text(digest, "value"));
        buf_str(out, "\n");
    }
}

static void show_record(struct buf *out, struct json_object *r)
{
    struct json_object *signer = NULL;
    const bool done = strcmp(show_text(r, "state"), "done") == 0;
    const bool local = strcmp(show_text(r, "owner"), "local") == 0;
    buf_fmt(out, "%s  %s\n", show_text(r, done ? "signingTime" : "since"), show_text(r, "id"));
    if (!done)
        show_line(out, "Durum", "State",
                  show_words("yarıda kaldı; kart imzalamış olabilir, kimseye verilmedi",
                             "interrupted; the card may have signed, nothing was released"));
    show_line(out, "İsteyen", "Asked by",
              local ? show_words("bu bilgisayardaki bir program", "a program on this computer")
                    : show_text(r, "owner"));
    show_line(out, "Başvuru no", "Order", show_text(r, "orderNo"));
    show_documents(out, r);
    if (!json_object_object_get_ex(r, "signer", &signer)) return;
    show_line(out, "Sertifika", "Certificate", show_text(signer, "subject"));
    show_line(out, "Kimlik no", "Identity no", show_text(signer, "identityNoMasked"));
    show_line(out, "Sertifika kimliği", "Certificate id", show_text(signer, "certificateId"));
}

/* ---- asking ---- */

/* One page; *next is where the one before it ends, 0: there is none. */
static err_t show_page(struct buf *out, struct buf *body, long status, bool json, int64_t *next)
{
    struct json_object *o = json_tokener_parse(buf_cstr(body)), *list = NULL, *more = NULL;
    *next = 0;
    if (!o) return err_raise(ERR_MALFORMED_JSON);
    if (json)
        buf_fmt(out, "%s\n", buf_cstr(body));
    else if (status != 200)
        show_problem(out, o);
    if (status == 200 && json_object_object_get_ex(o, "history", &list) && !json)
        for (size_t i = 0; i < json_object_array_length(list); i++)
            show_record(out, json_object_array_get_idx(list, i));
    if (json_object_object_get_ex(o, "next", &more)) *next = json_object_get_int64(more);
    (void)json_object_put(o);
    return OK;
}

static int show_all(const struct history_command *h)
{
    char path[64] = "/v1/history";
    int64_t next = INT64_MAX, last;
    long status = 200;
    bool any = false;
    do {
        own(buf) body = buf_max(MAX_ANSWER), out = buf_max(2 * MAX_ANSWER);
        last = next;
        err_t e = client_get(path, &body, &status);
        if (!e) e = show_page(&out, &body, status, h->json, &next);
        if (e) return command_fail("onayd", e, NULL);
        any |= out.len > 0;
        if (!command_print(&out)) return EXIT_BAD;
        (void)snprintf(path, sizeof path, "/v1/history?before=%lld", (long long)next);
    } while (status == 200 && next > 0 && next < last);
    own(buf) none = buf_max(128);
    if (!any) buf_fmt(&none, "%s\n", show_words("kayıt yok", "nothing on record"));
    return command_print(&none) && status == 200 ? EXIT_GOOD : EXIT_BAD;
}

static int forget(const struct history_command *h)
{
    char path[64];
    long status = 0;
    own(buf) body = buf_max(MAX_ANSWER), out = buf_max(MAX_ANSWER);
    (void)snprintf(path, sizeof path, "/v1/history%s%s", h->id ? "/" : "", h->id ? h->id : "");
    err_t e = client_delete(path, &body, &status);
    if (e) return command_fail("onayd", e, NULL);
    if (status == 204) return EXIT_GOOD;
    struct json_object *o = json_tokener_parse(buf_cstr(&body));
    if (o) show_problem(&out, o);
    (void)json_object_put(o);
    (void)command_print(&out);
    return EXIT_BAD;
}

int run_history(int argc, char **argv)
{
    struct history_command h = {0};
    int code;
    if (!command_read(&line, argc, argv, &h, &code)) return code;
    if (!fits(&h)) return command_usage(&line, "history");
    err_t e = client_wake();
    if (e) return command_fail("onayd", e, NULL);
    return h.forget ? forget(&h) : show_all(&h);
}
