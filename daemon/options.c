/* SPDX-License-Identifier: MIT */
#include "daemon/options.h"

#include "core/args.h"

#include <errno.h>

enum option_id { OPT_CONFIG, OPT_PORT, OPT_SET, OPT_DESCRIBE, OPT_HELP, OPT_VERSION };

static const struct arg_row table[] = {
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    {"--port", "N", OPT_PORT, "listen on this TCP port of the loopback; 0: any free one"},
    {"--set", "KEY=VALUE", OPT_SET, "override one setting; may be repeated"},
    {"--describe-settings", NULL, OPT_DESCRIBE, "print every setting, its default, its meaning"},
    {"--help", NULL, OPT_HELP, "print this"},
    {"--version", NULL, OPT_VERSION, "print the version"},
};
#define N_OPTIONS (sizeof table / sizeof *table)

struct parse {
    const char *config;
    const char *set[64];
    size_t n_set;
    struct options *out;
    struct buf *why;
};

static err_t refuse(struct parse *p, const char *reason, const char *what)
{
    buf_fmt(p->why, "%s: %.200s", reason, what);
    return err_raise(ERR_SETTING_INVALID);
}

static err_t read_port(struct parse *p, const char *value)
{
    char *end;
    errno = 0;
    unsigned long port = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno || port > 65535)
        return refuse(p, "--port wants a number up to 65535", value);
    p->out->port_given = true;
    p->out->port = (unsigned)port;
    return OK;
}

static err_t take(struct parse *p, int id, const char *value)
{
    switch ((enum option_id)id) {
    case OPT_CONFIG:
        p->config = value;
        return OK;
    case OPT_PORT:
        return read_port(p, value);
    case OPT_SET:
        if (p->n_set == sizeof p->set / sizeof *p->set) return refuse(p, "too many --set", value);
        p->set[p->n_set++] = value;
        return OK;
    case OPT_DESCRIBE:
        p->out->action = ACTION_DESCRIBE_SETTINGS;
        return OK;
    case OPT_HELP:
        p->out->action = ACTION_HELP;
        return OK;
    case OPT_VERSION:
        p->out->action = ACTION_VERSION;
        return OK;
    }
    return err_raise(ERR_INTERNAL);
}

static err_t read_arguments(struct parse *p, int argc, char **argv)
{
    struct args a = {.argc = argc, .argv = argv, .at = 1, .rows = table, .n_rows = N_OPTIONS};
    enum args_got got;
    int id;
    const char *value;
    while ((got = args_next(&a, &id, &value)) != ARGS_END) {
        if (got != ARGS_OPTION) return refuse(p, "unknown option or missing argument", value);
        err_t e = take(p, id, value);
        if (e) return e;
    }
    return OK;
}

static err_t apply_set(struct parse *p, const char *pair)
{
    char key[65];
    const char *equals = strchr(pair, '=');
    size_t n = equals ? (size_t)(equals - pair) : 0;
    if (n == 0 || n >= sizeof key) return refuse(p, "--set wants KEY=VALUE", pair);
    memcpy(key, pair, n);
    key[n] = 0;
    return settings_set(&p->out->settings, key, equals + 1, p->why);
}

err_t options_read(int argc, char **argv, struct options *out, struct buf *why)
{
    struct parse p = {.out = out, .why = why};
    *out = (struct options){0};
    settings_default(&out->settings);
    err_t e = read_arguments(&p, argc, argv);
    if (e || out->action != ACTION_RUN) return e;
    own(buf) path = buf_max(4096);
    settings_find(&path, p.config);
    if (path.len > 0) e = settings_read(&out->settings, buf_cstr(&path), why);
    for (size_t i = 0; i < p.n_set && !e; i++) e = apply_set(&p, p.set[i]);
    return e;
}

void options_help(struct buf *out)
{
    buf_str(out, "usage: onayd [OPTION]...\n"
                 "Signs, with a smart card, what a person approves; asked over the loopback.\n\n");
    args_help(out, table, N_OPTIONS);
}
