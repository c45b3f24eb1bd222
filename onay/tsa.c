/* SPDX-License-Identifier: MIT */
/* onay tsa: the time stamp authorities: whether they answer, and what is left at Kamu SM. */
#include "onay/command.h"
#include "onay/stamping.h"

#include <stdio.h>
#include <sys/random.h>

enum { OPT_TSA, OPT_JSON, OPT_CONFIG };
static const struct arg_row rows[] = {
    {"--tsa", "URL", OPT_TSA, "this authority instead of those of the configuration"},
    {"--json", NULL, OPT_JSON, "print the result as JSON"},
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    COMMAND_HELP_ROW,
};

struct tsa_command;
static int test_all(const struct tsa_command *c);
static int credit(const struct tsa_command *c);

static const struct task {
    const char *word;
    int (*run)(const struct tsa_command *c);
} tasks[] = {{"test", test_all}, {"credit", credit}};

struct tsa_command {
    const struct task *task;
    const char *url, *config;
    bool json;
    struct settings settings;
};

static int fail(err_t e, const char *why)
{
    return command_fail("tsa", e, why);
}

static bool print_json(json_object *o)
{
    own(buf) text = buf_max(1u << 20);
    const char *s = o ? json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY) : NULL;
    if (s) buf_fmt(&text, "%s\n", s);
    (void)json_object_put(o);
    return s && command_print(&text);
}

/* ---- test ---- */

/* A stamp on nothing in particular, of one authority; what became of it is added to `all`. */
static err_t test_one(const struct tsa_command *c, const char *url, json_object *all,
                      struct buf *text)
{
    own(stamping) s = {0};
    struct digest imprint = {.alg = DIGEST_SHA256, .len = 32};
    const char *why;
    err_t e = stamping_open(&s, &c->settings, url, &why);
    if (e) {
        (void)fail(e, why);
        return e;
    }
    if (getrandom(imprint.v, imprint.len, 0) != (ssize_t)imprint.len)
        return err_raise(ERR_INTERNAL);
    e = stamping_stamp(&s, &imprint);
    size_t n;
    const struct tsa_try *tries = tsa_tries(s.tsa, &n);
    if (!e && n > 0)
        buf_fmt(text, "%s\t%s\t%+lld s\n", url, command_lang() == LANG_EN ? "good" : "iyi",
                (long long)tries[n - 1].skew);
    if (!c->json) stamping_say(&s);
    json_object *list = stamping_json(&s);
    for (size_t i = 0; i < json_object_array_length(list); i++)
        (void)json_object_array_add(all, json_object_get(json_object_array_get_idx(list, i)));
    (void)json_object_put(list);
    return e;
}

static int test_all(const struct tsa_command *c)
{
    own(buf) text = buf_max(1u << 16);
    json_object *all = json_object_new_array();
    size_t n = c->url ? 1 : c->settings.tsa.n, good = 0;
    for (size_t i = 0; i < n; i++)
        good += test_one(c, c->url ? c->url : c->settings.tsa.at[i], all, &text) == OK;
    bool said = true;
    if (n == 0) {
        (void)fail(err_raise(ERR_SETTING_INVALID), "tsa: no time stamp authority is configured");
    } else if (c->json) {
        said = print_json(json_object_get(all));
    } else {
        said = command_print(&text);
    }
    (void)json_object_put(all);
    return n > 0 && good == n && said ? EXIT_GOOD : EXIT_BAD;
}

/* ---- credit ---- */

static int credit(const struct tsa_command *c)
{
    own(stamping) s = {0};
    own(buf) text = buf_max(256);
    const char *why;
    err_t e = stamping_open(&s, &c->settings, c->url, &why);
    if (e) return fail(e, why);
    e = stamping_credit(&s);
    if (e) {
        stamping_say(&s);
        return fail(e, NULL);
    }
    if (c->json) {
        json_object *o = json_object_new_object();
        (void)json_object_object_add(o, "credit", json_object_new_uint64(tsa_credit(s.tsa)));
        return print_json(o) ? EXIT_GOOD : EXIT_BAD;
    }
    buf_fmt(&text, "%llu\n", (unsigned long long)tsa_credit(s.tsa));
    return command_print(&text) ? EXIT_GOOD : EXIT_BAD;
}

/* ---- the command line ---- */

static bool take_word(void *into, const char *word)
{
    struct tsa_command *c = into;
    if (c->task) return false;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++)
        if (strcmp(tasks[i].word, word) == 0) c->task = &tasks[i];
    return c->task != NULL;
}

static bool take_option(void *into, int id, const char *value)
{
    struct tsa_command *c = into;
    switch (id) {
    case OPT_TSA:
        c->url = value;
        return strlen(value) < SETTINGS_ENTRY;
    case OPT_CONFIG:
        c->config = value;
        return true;
    case OPT_JSON:
        c->json = true;
        return true;
    default:
        return false;
    }
}

static const struct command_line line = {
    "tsa", "test|credit [OPTION]...", rows, sizeof rows / sizeof *rows, take_word, take_option};

int run_tsa(int argc, char **argv)
{
    static struct tsa_command c;
    int code;
    if (!command_read(&line, argc, argv, &c, &code)) return code;
    if (!c.task) return command_usage(&line, "test|credit");
    if (!command_settings(c.config, &c.settings)) return EXIT_NO_INPUT;
    return c.task->run(&c);
}
