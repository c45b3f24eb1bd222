/* SPDX-License-Identifier: MIT */
/* onay extend: raises finished signatures to a higher level; of what is there not one octet
 * changes. */
#include "onay/ladder.h"

#include "core/file.h"

#include <stdio.h>

enum {
    OPT_LEVEL,
    OPT_ARCHIVE,
    OPT_OUTPUT,
    OPT_TSA,
    OPT_OFFLINE,
    OPT_DETACHED,
    OPT_TRUST,
    OPT_AT,
    OPT_JSON,
    OPT_CONFIG
};
static const struct arg_row rows[] = {
    {"--level", "LEVEL", OPT_LEVEL,
     "B-T (a time stamp on the signature), B-LT (and what proves its certificates good), B-LTA "
     "(and a time stamp on all of that), or what a signature of P2, P3 or P4 still lacks"},
    {"--archive", NULL, OPT_ARCHIVE, "P3, P4: a time stamp on all of that too"},
    {"--output", "FILE", OPT_OUTPUT, "write here, which may be FILE itself (- for stdout)"},
    {"--tsa", "URL", OPT_TSA, "this time stamp authority instead of the configuration's"},
    {"--offline", NULL, OPT_OFFLINE, "prove with what is at hand; time stamps alone are fetched"},
    {"--detached", "FILE", OPT_DETACHED, "a document signed beside the signature; may be repeated"},
    {"--trust", "DIR", OPT_TRUST,
     "folder of trusted roots, intermediates and CRLs (default: of the configuration)"},
    {"--at", "TIME", OPT_AT, "as if it were this time (2026-11-22T12:00:00+03:00)"},
    {"--json", NULL, OPT_JSON, "print on stdout what was tried, as JSON"},
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    COMMAND_HELP_ROW,
};

struct extending {
    struct evidence evidence;
    const char *output;
    bool json;
    struct settings settings;
    struct ladder ladder;
};

/* ---- judging ---- */

static err_t judge(const struct extending *x, struct bytes file, struct xades_report **out)
{
    struct xades_verification q;
    struct xades_why why = {0};
    evidence_question(&x->evidence, file, utc_now() + x->ladder.stamping.ahead, &q);
    err_t e = xades_verify(&q, out, &why);
    if (e) (void)command_fail(x->evidence.path, e, why.clause);
    return e;
}

/* A stamp on a broken signature would say that it was broken then already, and cost as much. */
static err_t refuse_broken(const struct extending *x, const struct xades_report *r)
{
    own(buf) text = buf_max(16u << 20);
    if (r->indication != XADES_TOTAL_FAILED) return OK;
    (void)command_fail(x->evidence.path, ERR_SIGNATURE_INVALID, NULL);
    xades_report_text(&text, r, command_lang());
    (void)fputs(buf_cstr(&text), stderr);
    return err_raise(ERR_SIGNATURE_INVALID);
}

/* A stamp of a TSA that is not trusted is written all the same, and said. */
static void say_untrusted(const struct xades_stamp *t)
{
    (void)fprintf(stderr, "onay: %s: %s\n", t->tsa,
                  command_lang() == LANG_EN ? "the authority's certificate leads to no trusted root"
                                            : "sunucunun sertifikası güvenilen bir köke ulaşmıyor");
}

/* What was written is judged as a stranger's: each signature has the stamps that were added, and
 * they hold. */
static err_t check_lifted(const struct extending *x, const struct xades_report *before)
{
    own_ptr(xades_report) after = NULL;
    err_t e = judge(x, buf_bytes(&x->ladder.now), &after);
    if (!e) e = refuse_broken(x, after);
    if (!e && after->n_signatures != before->n_signatures) e = err_raise(ERR_INTERNAL);
    for (size_t i = 0; i < before->n_signatures && !e; i++) {
        const struct xades_signature_report *s = &after->signatures[i];
        size_t k = before->signatures[i].n_stamps;
        if (s->n_stamps != k + x->ladder.stamped[i]) e = err_raise(ERR_TSA_REJECTED);
        for (; k < s->n_stamps && !e; k++) {
            if (!s->stamps[k].intact) e = err_raise(ERR_TSA_REJECTED);
            if (!e && !s->stamps[k].trusted) say_untrusted(&s->stamps[k]);
        }
    }
    return e;
}

/* ---- lifting ---- */

static int write_out(const struct extending *x)
{
    struct bytes all = buf_bytes(&x->ladder.now);
    if (strcmp(x->output, "-") == 0) {
        bool good = fwrite(all.p, 1, all.len, stdout) == all.len && fflush(stdout) == 0;
        return good ? EXIT_GOOD : command_fail("stdout", ERR_STORAGE_FULL, NULL);
    }
    err_t e = file_write(x->output, all);
    return e ? command_fail(x->output, e, NULL) : EXIT_GOOD;
}

/* An archive stamp is on the counter-signatures before it, and would break when one grew. */
static bool is_archived(const struct xades_signature_report *s)
{
    for (s = s->countersigned; s; s = s->countersigned)
        for (size_t i = 0; i < s->n_stamps; i++)
            if (strcmp(s->stamps[i].property, "ArchiveTimeStamp") == 0) return true;
    return false;
}

static void say_archived(const struct xades_signature_report *s)
{
    (void)fprintf(stderr, "onay: %s: %s\n", s->id,
                  command_lang() == LANG_EN
                      ? "the archive time stamp above keeps this counter-signature as it is"
                      : "üstteki arşiv zaman damgası bu karşı imzayı olduğu gibi tutuyor");
}

static err_t lift_all(struct extending *x)
{
    own_ptr(xades_report) before = NULL;
    err_t e = judge(x, buf_bytes(&x->evidence.file), &before);
    if (!e) e = refuse_broken(x, before);
    if (e) return e;
    x->ladder.now = buf_take(&x->evidence.file);
    /* The innermost first: each signature stands before those inside it. */
    for (size_t i = before->n_signatures; i > 0 && !e; i--) {
        const struct xades_signature_report *s = &before->signatures[i - 1];
        if (is_archived(s))
            say_archived(s);
        else
            e = ladder_climb(&x->ladder, i - 1, s);
    }
    return e ? e : check_lifted(x, before);
}

static void print_json(const struct extending *x)
{
    own(buf) text = buf_max(1u << 20);
    json_object *tried = stamping_json(&x->ladder.stamping);
    buf_fmt(&text, "%s\n",
            tried ? json_object_to_json_string_ext(tried, JSON_C_TO_STRING_PRETTY) : "[]");
    (void)json_object_put(tried);
    (void)command_print(&text);
}

static int extend(struct extending *x)
{
    struct ladder *l = &x->ladder;
    int code = evidence_load(&x->evidence);
    if (code == EXIT_GOOD) {
        l->path = x->evidence.path;
        l->settings = l->proving.settings = &x->settings;
        l->detached = x->evidence.views;
        l->n_detached = x->evidence.n_views;
        l->proving.stamping = &l->stamping;
        l->proving.trust = x->evidence.trust;
        err_t e = lift_all(x);
        code = e ? EXIT_BAD : write_out(x);
        if (!e) ladder_say_due(l);
        if (x->json) print_json(x);
    }
    ladder_free(l);
    evidence_free(&x->evidence);
    return code;
}

/* ---- the command line ---- */

static bool take_time(struct extending *x, const char *value)
{
    utc_t at;
    if (!utc_read_xsd(bytes_str(value), &at)) return false;
    x->ladder.stamping.ahead = at - utc_now();
    return true;
}

static bool take_option(void *into, int id, const char *value)
{
    struct extending *x = into;
    switch (id) {
    case OPT_LEVEL:
        return ladder_of(value, &x->ladder.level);
    case OPT_ARCHIVE:
        x->ladder.archive = true;
        return true;
    case OPT_OUTPUT:
        x->output = value;
        return true;
    case OPT_TSA:
        x->ladder.tsa = value;
        return strlen(value) < SETTINGS_ENTRY;
    case OPT_OFFLINE:
        x->ladder.proving.offline = true;
        return true;
    case OPT_AT:
        return take_time(x, value);
    case OPT_DETACHED:
        if (x->evidence.n_detached == EVIDENCE_MAX_DETACHED) return false;
        x->evidence.detached[x->evidence.n_detached++] = value;
        return true;
    case OPT_TRUST:
        x->evidence.trust_dir = value;
        return true;
    case OPT_JSON:
        x->json = true;
        return true;
    case OPT_CONFIG:
        x->evidence.config = value;
        return true;
    default:
        return false;
    }
}

static bool take_word(void *into, const char *word)
{
    struct extending *x = into;
    if (x->evidence.path) return false;
    x->evidence.path = word;
    return true;
}

/* What is missing, NULL for nothing. JSON and the signature cannot both be on stdout. */
static const char *missing(const struct extending *x)
{
    if (!x->evidence.path) return "FILE";
    const enum ladder_level level = x->ladder.level;
    if (!level) return "--level";
    if (x->ladder.archive && level != LADDER_P3 && level != LADDER_P4) return "--archive";
    if (!x->output) return "--output";
    return x->json && strcmp(x->output, "-") == 0 ? "--json" : NULL;
}

static const struct command_line line = {"extend",  "--level LEVEL --output FILE [OPTION]... FILE",
                                         rows,      sizeof rows / sizeof *rows,
                                         take_word, take_option};

int run_extend(int argc, char **argv)
{
    static struct extending x;
    int code;
    if (!command_read(&line, argc, argv, &x, &code)) return code;
    if (missing(&x)) return command_usage(&line, missing(&x));
    if (!command_settings(x.evidence.config, &x.settings)) return EXIT_NO_INPUT;
    return extend(&x);
}
