/* SPDX-License-Identifier: MIT */
/* onay pin: a new PIN for the card, with the old one or with the PUK, by the worker's own dialogs.
 */
#include "onay/command.h"

#include "pkcs11/spawn.h"
#include "session/detail.h"

#include <poll.h>
#include <stdio.h>

enum { OPT_TOKEN, OPT_CERTIFICATE, OPT_CONFIG };
static const struct arg_row rows[] = {
    {"--token", "URI", OPT_TOKEN, "the PKCS#11 URI of the token (default: of the configuration)"},
    {"--certificate", "ID", OPT_CERTIFICATE, "the token that holds this certificate (onay certs)"},
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    COMMAND_HELP_ROW,
};

static const struct {
    const char *word;
    enum token_pin_task task;
    const char *done[2];
} tasks[] = {
    {"change", TOKEN_PIN_CHANGE, {"PIN değiştirildi", "the PIN has been changed"}},
    {"unblock", TOKEN_PIN_UNBLOCK, {"yeni PIN belirlendi", "the new PIN has been set"}},
};
#define N_TASKS (sizeof tasks / sizeof *tasks)

struct pin_command {
    size_t task; /* N_TASKS: none was named */
    struct token_pin_order order;
    const char *token, *config;
};

static bool take_word(void *into, const char *word)
{
    struct pin_command *p = into;
    if (p->task != N_TASKS) return false;
    p->task = 0;
    while (p->task < N_TASKS && strcmp(tasks[p->task].word, word) != 0) p->task++;
    return p->task < N_TASKS;
}

static bool take_option(void *into, int id, const char *value)
{
    struct pin_command *p = into;
    if (id == OPT_TOKEN) p->token = value;
    if (id == OPT_CONFIG) p->config = value;
    if (id != OPT_CERTIFICATE) return true;
    p->order.has_certificate = true;
    return command_certificate(value, &p->order.certificate);
}

static void show_asking(const struct token_event *ev)
{
    bool english = command_lang() == LANG_EN;
    (void)fprintf(stderr, "onay: %s", english ? "a dialog is open" : "bir pencere açık");
    if (ev->tries >= 0)
        (void)fprintf(stderr, "; %s: %d", english ? "tries left" : "kalan deneme", ev->tries);
    (void)fputc('\n', stderr);
}

static int finish(const struct pin_command *p, const struct token_event *ev)
{
    char detail[256];
    if (ev->kind == TOKEN_PIN_SET) {
        own(buf) text = buf_max(128);
        buf_fmt(&text, "%s\n", tasks[p->task].done[p->order.lang == LANG_EN]);
        return command_print(&text) ? EXIT_GOOD : EXIT_BAD;
    }
    detail_of(ev->error, p->order.lang, "", detail, sizeof detail);
    return command_fail("pin", ev->error, detail);
}

static void next_event(struct token *token, struct token_event *ev)
{
    while (!token_next(token, ev)) {
        struct pollfd fd = {.fd = token_fd(token), .events = POLLIN};
        (void)poll(&fd, 1, token_timeout(token));
    }
}

/* Which cards there are has to be known before one of them can be asked. */
static err_t list(struct token *token)
{
    struct token_event ev = {.kind = TOKEN_CHANGED};
    err_t e = token_ask_listing(token);
    while (!e && ev.kind != TOKEN_LISTED) {
        next_event(token, &ev);
        if (ev.kind == TOKEN_FAILED) e = ev.error;
    }
    return e;
}

static int ask(const struct pin_command *p, struct token *token)
{
    struct token_event ev = {.kind = TOKEN_CHANGED};
    err_t e = list(token);
    if (!e) e = token_ask_pin(token, &p->order);
    if (e) return finish(p, &(struct token_event){.kind = TOKEN_FAILED, .error = e});
    while (ev.kind != TOKEN_PIN_SET && ev.kind != TOKEN_FAILED) {
        next_event(token, &ev);
        if (ev.kind == TOKEN_ASKING) show_asking(&ev);
    }
    return finish(p, &ev);
}

/* A worker of this command's own; the PIN file of a test token plays no part here. */
static int open_and_ask(struct pin_command *p)
{
    static struct settings settings;
    if (!command_settings(p->config, &settings)) return EXIT_NO_INPUT;
    const struct token_config config = {.module = settings.module,
                                        .token_uri = p->token ? p->token : settings.token_uri,
                                        .pinentry = settings.pinentry,
                                        .cancel_fd = -1};
    own_ptr(spawn_source) source = NULL;
    own_ptr(token) token = NULL;
    p->order.task = tasks[p->task].task;
    p->order.lang = command_lang();
    p->order.consent_seconds = (unsigned)settings.consent_seconds;
    err_t e = spawn_source_new(&config, &source);
    if (e) return command_fail("onayd-token", e, NULL);
    struct token_source modules = spawn_source_modules(source);
    if ((e = token_proxy(&modules, (unsigned)settings.module_call_seconds, &token)))
        return command_fail("onayd-token", e, NULL);
    return ask(p, token);
}

static const struct command_line line = {
    "pin", "change|unblock [OPTION]...", rows, sizeof rows / sizeof *rows, take_word, take_option};

int run_pin(int argc, char **argv)
{
    struct pin_command p = {.task = N_TASKS};
    int code;
    if (!command_read(&line, argc, argv, &p, &code)) return code;
    if (p.task == N_TASKS) return command_usage(&line, "change|unblock");
    return open_and_ask(&p);
}
