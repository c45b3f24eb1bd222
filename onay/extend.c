/* SPDX-License-Identifier: MIT */
/* onay extend: raises finished signatures to a higher level; of what is there not one octet
 * changes. */
#include "onay/evidence.h"
#include "onay/stamping.h"

#include "core/file.h"

#include <stdio.h>

enum { OPT_LEVEL, OPT_OUTPUT, OPT_TSA, OPT_DETACHED, OPT_TRUST, OPT_JSON, OPT_CONFIG };
static const struct arg_row rows[] = {
    {"--level", "LEVEL", OPT_LEVEL,
     "B-T (a time stamp on the signature), B-LT (and what proves its certificates good) or B-LTA "
     "(and a time stamp on all of that)"},
    {"--output", "FILE", OPT_OUTPUT, "write here, which may be FILE itself (- for stdout)"},
    {"--tsa", "URL", OPT_TSA, "this time stamp authority instead of the configuration's"},
    {"--detached", "FILE", OPT_DETACHED, "a document signed beside the signature; may be repeated"},
    {"--trust", "DIR", OPT_TRUST,
     "folder of trusted roots, intermediates and CRLs (default: of the configuration)"},
    {"--json", NULL, OPT_JSON, "print on stdout what was tried, as JSON"},
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    COMMAND_HELP_ROW,
};

enum level { LEVEL_NONE, LEVEL_T, LEVEL_LT, LEVEL_LTA };
static const char *const levels[] = {
    [LEVEL_NONE] = "", [LEVEL_T] = "B-T", [LEVEL_LT] = "B-LT", [LEVEL_LTA] = "B-LTA"};

struct extending {
    struct evidence evidence;
    enum level level;
    const char *output, *tsa;
    bool json;
    struct settings settings;
    struct stamping stamping;
    size_t stamped[XADES_MAX_SIGNATURES]; /* stamps added to each */
    struct buf now;                       /* the file as far as it is lifted */
};

/* ---- judging ---- */

static err_t judge(const struct extending *x, struct bytes file, struct xades_report **out)
{
    struct xades_verification q;
    struct xades_why why = {0};
    evidence_question(&x->evidence, file, utc_now(), &q);
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
    err_t e = judge(x, buf_bytes(&x->now), &after);
    if (!e) e = refuse_broken(x, after);
    if (!e && after->n_signatures != before->n_signatures) e = err_raise(ERR_INTERNAL);
    for (size_t i = 0; i < before->n_signatures && !e; i++) {
        const struct xades_signature_report *s = &after->signatures[i];
        size_t k = before->signatures[i].n_stamps;
        if (s->n_stamps != k + x->stamped[i]) e = err_raise(ERR_TSA_REJECTED);
        for (; k < s->n_stamps && !e; k++) {
            if (!s->stamps[k].intact) e = err_raise(ERR_TSA_REJECTED);
            if (!e && !s->stamps[k].trusted) say_untrusted(&s->stamps[k]);
        }
    }
    return e;
}

/* ---- lifting ---- */

static struct xades_lift lift_of(const struct extending *x, size_t which)
{
    return (struct xades_lift){.file = buf_bytes(&x->now),
                               .which = which,
                               .detached = x->evidence.views,
                               .n_detached = x->evidence.n_views,
                               .max_xml_depth = (unsigned)x->settings.max_xml_depth,
                               .max_xml_octets = (size_t)x->settings.max_xml_document};
}

static err_t said(const struct extending *x, err_t e, const struct xades_why *why)
{
    if (e) (void)command_fail(x->evidence.path, e, why->clause);
    return e;
}

static void take_on(struct extending *x, struct buf *lifted)
{
    buf_free(&x->now);
    x->now = buf_take(lifted);
}

/* Only who needs a stamp needs an authority. */
static err_t open_stamping(struct extending *x)
{
    const char *why = NULL;
    if (x->stamping.tsa) return OK;
    err_t e = stamping_open(&x->stamping, &x->settings, x->tsa, &why);
    if (e) (void)command_fail("tsa", e, why);
    return e;
}

static err_t add_stamp(struct extending *x, size_t which, enum xades_lift_stamp stamp)
{
    struct xades_lift t = lift_of(x, which);
    struct xades_why why = {0};
    own(buf) lifted = buf_max(EVIDENCE_MAX_FILE);
    t.stamp = stamp;
    err_t e = open_stamping(x);
    if (!e) e = said(x, stamping_lift(&x->stamping, &t, &lifted, &why), &why);
    if (e) return e;
    take_on(x, &lifted);
    x->stamped[which]++;
    return OK;
}

static void view_all(const struct buf *from, size_t n, struct bytes *to)
{
    for (size_t i = 0; i < n; i++) to[i] = buf_bytes(&from[i]);
}

/* EN 319 132-1 5.4: the folder's certificates and lists, for those who will not have it. */
static err_t add_proof(struct extending *x, size_t which, struct bytes signer)
{
    const struct xades_lift t = lift_of(x, which);
    struct xades_why why = {0};
    own(chain_proof) proof = {0};
    own(buf) lifted = buf_max(EVIDENCE_MAX_FILE);
    struct bytes certificates[CHAIN_PROOF_MAX], lists[CHAIN_PROOF_MAX];
    err_t e =
        said(x, xades_lift_prove(&t, signer, x->evidence.trust, utc_now(), &proof, &why), &why);
    if (e) return e;
    view_all(proof.certificates, proof.n_certificates, certificates);
    view_all(proof.lists, proof.n_lists, lists);
    const struct chain_values values = {.certificates = certificates,
                                        .n_certificates = proof.n_certificates,
                                        .lists = lists,
                                        .n_lists = proof.n_lists};
    e = said(x, xades_lift_values(&t, &values, &lifted, &why), &why);
    if (!e) take_on(x, &lifted);
    return e;
}

/* Each level stands on the one below; a stamp that is there and counts is not asked for again,
 * unless that is all that is wanted. */
static err_t lift_one(struct extending *x, size_t which, const struct xades_signature_report *s)
{
    err_t e = OK;
    if (x->level == LEVEL_T || !s->has_existed) e = add_stamp(x, which, XADES_LIFT_SIGNATURE);
    if (!e && x->level >= LEVEL_LT) e = add_proof(x, which, s->certificate);
    if (!e && x->level >= LEVEL_LTA) e = add_stamp(x, which, XADES_LIFT_ARCHIVE);
    return e;
}

static int write_out(const struct extending *x)
{
    struct bytes all = buf_bytes(&x->now);
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
    x->now = buf_take(&x->evidence.file);
    /* The innermost first: each signature stands before those inside it. */
    for (size_t i = before->n_signatures; i > 0 && !e; i--) {
        const struct xades_signature_report *s = &before->signatures[i - 1];
        if (is_archived(s))
            say_archived(s);
        else
            e = lift_one(x, i - 1, s);
    }
    return e ? e : check_lifted(x, before);
}

static void print_json(const struct extending *x)
{
    own(buf) text = buf_max(1u << 20);
    json_object *tried = stamping_json(&x->stamping);
    buf_fmt(&text, "%s\n",
            tried ? json_object_to_json_string_ext(tried, JSON_C_TO_STRING_PRETTY) : "[]");
    (void)json_object_put(tried);
    (void)command_print(&text);
}

static int extend(struct extending *x)
{
    int code = evidence_load(&x->evidence);
    if (code == EXIT_GOOD) {
        err_t e = lift_all(x);
        code = e ? EXIT_BAD : write_out(x);
        if (x->json) print_json(x);
    }
    buf_free(&x->now);
    stamping_free(&x->stamping);
    evidence_free(&x->evidence);
    return code;
}

/* ---- the command line ---- */

static bool level_of(const char *name, enum level *out)
{
    for (unsigned i = LEVEL_T; i <= LEVEL_LTA; i++) {
        if (strcmp(name, levels[i]) != 0) continue;
        *out = (enum level)i;
        return true;
    }
    return false;
}

static bool take_option(void *into, int id, const char *value)
{
    struct extending *x = into;
    switch (id) {
    case OPT_LEVEL:
        return level_of(value, &x->level);
    case OPT_OUTPUT:
        x->output = value;
        return true;
    case OPT_TSA:
        x->tsa = value;
        return strlen(value) < SETTINGS_ENTRY;
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
    if (!x->level) return "--level";
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
