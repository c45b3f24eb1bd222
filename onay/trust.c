/* SPDX-License-Identifier: MIT */
/* onay trust: the folder of what the user trusts: filled, shown, emptied. */
#include "onay/trust.h"

#include "core/name.h"
#include "core/text.h"
#include "onay/command.h"

#include <errno.h>
#include <stdio.h>

enum { OPT_ACCEPT, OPT_DRY_RUN, OPT_JSON, OPT_CONFIG };
static const struct arg_row rows[] = {
    {"--accept", "SHA256", OPT_ACCEPT,
     "import: take the root with this fingerprint without asking; may be repeated"},
    {"--dry-run", NULL, OPT_DRY_RUN, "import: say what would be taken, ask and write nothing"},
    {"--json", NULL, OPT_JSON, "list: as JSON"},
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    COMMAND_HELP_ROW,
};

static const struct task {
    const char *word;
    int (*run)(const struct trust_order *o);
    size_t least, most; /* words behind it */
} tasks[] = {
    {"import", trust_import, 1, TRUST_MAX_WORDS},
    {"list", trust_list, 0, 0},
    {"remove", trust_remove, 1, 1},
};
#define N_TASKS (sizeof tasks / sizeof *tasks)

/* ---- what the tasks have in common ---- */

static int nibble(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool trust_fingerprint(const char *text, struct digest *out)
{
    struct digest d = {.alg = DIGEST_SHA256, .len = 32};
    size_t n = 0;
    for (; *text; text++) {
        if (*text == ':' || *text == ' ') continue;
        int v = nibble(*text);
        if (v < 0 || n == 64) return false;
        d.v[n / 2] = (uint8_t)(d.v[n / 2] << 4 | v);
        n++;
    }
    if (n != 64) return false;
    *out = d;
    return true;
}

void trust_file_name(const struct digest *id, char out[TRUST_NAME])
{
    own(buf) name = buf_max(TRUST_NAME);
    buf_hex(&name, digest_bytes(id));
    (void)snprintf(out, TRUST_NAME, "%.64s.der", buf_cstr(&name));
}

err_t trust_look(const char *dir, trust_visitor *visit, void *ctx, struct trust_extent *out)
{
    if (access(dir, F_OK) != 0 && errno == ENOENT) {
        *out = (struct trust_extent){0};
        return OK;
    }
    return trust_visit(dir, visit, ctx, out);
}

void trust_name(struct buf *out, struct bytes name)
{
    own(buf) text = buf_max(65536);
    if (name_rfc2253(&text, name)) text_plain(out, buf_bytes(&text), 300);
}

void trust_subject(struct buf *out, const struct cert *c)
{
    own(buf) text = buf_max(65536);
    if (c->is_ca) {
        trust_name(out, c->subject);
    } else if (name_string(&text, c->common_name_tag, c->common_name)) {
        buf_str(out, "CN=");
        text_plain(out, buf_bytes(&text), 300);
    }
}

void trust_day(struct buf *out, utc_t t)
{
    own(buf) text = buf_max(64);
    utc_write_xsd(&text, t, UTC_TURKEY_MINUTES);
    buf_fmt(out, "%.10s", buf_cstr(&text));
}

void trust_key(struct buf *out, const struct cert *c)
{
    static const char *const types[] = {
        [KEY_UNKNOWN] = "?",  [KEY_RSA] = "RSA",    [KEY_P256] = "P-256",
        [KEY_P384] = "P-384", [KEY_P521] = "P-521",
    };
    buf_str(out, types[c->key_type]);
    if (c->key_type == KEY_RSA) buf_fmt(out, " %u", c->key_bits);
}

/* ---- the command line ---- */

struct trust_command {
    struct trust_order order;
    const struct task *task;
    const char *config;
};

static bool take_word(void *into, const char *word)
{
    struct trust_command *c = into;
    if (c->task) {
        if (c->order.n_words == c->task->most) return false;
        c->order.words[c->order.n_words++] = word;
        return true;
    }
    for (size_t i = 0; i < N_TASKS; i++) {
        if (strcmp(tasks[i].word, word) == 0) c->task = &tasks[i];
    }
    return c->task != NULL;
}

static bool take_option(void *into, int id, const char *value)
{
    struct trust_command *c = into;
    struct trust_order *o = &c->order;
    switch (id) {
    case OPT_ACCEPT:
        return o->n_accept < TRUST_MAX_ACCEPT &&
               trust_fingerprint(value, &o->accept[o->n_accept++]);
    case OPT_DRY_RUN:
        o->dry_run = true;
        return true;
    case OPT_JSON:
        o->json = true;
        return true;
    case OPT_CONFIG:
        c->config = value;
        return true;
    default:
        return false;
    }
}

static int run(struct trust_command *c)
{
    static struct settings settings;
    own(buf) dir = buf_max(8192);
    if (!command_settings(c->config, &settings)) return EXIT_NO_INPUT;
    settings_trust_dir(&settings, &dir);
    if (!buf_ok(&dir) || dir.len == 0)
        return command_fail("trust_dir", err_raise(ERR_FILE_UNREADABLE), NULL);
    c->order.dir = buf_cstr(&dir);
    return c->task->run(&c->order);
}

static const struct command_line line = {"trust",   "import FILE...|list|remove SHA256 [OPTION]...",
                                         rows,      sizeof rows / sizeof *rows,
                                         take_word, take_option};

int run_trust(int argc, char **argv)
{
    static struct trust_command c;
    int code;
    if (!command_read(&line, argc, argv, &c, &code)) return code;
    if (!c.task || c.order.n_words < c.task->least)
        return command_usage(&line, c.task ? "FILE|SHA256" : "import|list|remove");
    return run(&c);
}
