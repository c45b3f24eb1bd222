/* SPDX-License-Identifier: MIT */
/* onay verify: 0 TOTAL-PASSED, 1 TOTAL-FAILED, 2 INDETERMINATE. */
#include "onay/evidence.h"

#include "api/report.h"
#include "core/file.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

enum { OPT_TRUST, OPT_DETACHED, OPT_JSON, OPT_AT, OPT_QUALIFIED, OPT_EXTRACT, OPT_CONFIG };
static const struct arg_row rows[] = {
    {"--trust", "DIR", OPT_TRUST,
     "folder of trusted roots, intermediates and CRLs (default: of the configuration)"},
    {"--detached", "FILE", OPT_DETACHED,
     "a document signed beside the signature; may be repeated, "
     "or several FILEs after it"},
    {"--at", "TIME", OPT_AT, "judge as of this time (2026-11-22T12:00:00+03:00)"},
    {"--qualified", NULL, OPT_QUALIFIED, "demand a qualified certificate (NES)"},
    {"--extract", "DIR", OPT_EXTRACT, "write the signed data there, as it was verified"},
    {"--json", NULL, OPT_JSON, "print the report as JSON"},
    {"--config", "FILE", OPT_CONFIG, "read this configuration instead of onayd.conf"},
    COMMAND_HELP_ROW,
};

struct verifying {
    struct evidence evidence;
    const char *extract;
    bool json, qualified, has_time;
    int last; /* the last option */
    utc_t at;
};

static bool take_option(void *into, int id, const char *value)
{
    struct verifying *v = into;
    v->last = id;
    switch (id) {
    case OPT_TRUST:
        v->evidence.trust_dir = value;
        return true;
    case OPT_CONFIG:
        v->evidence.config = value;
        return true;
    case OPT_EXTRACT:
        v->extract = value;
        return true;
    case OPT_JSON:
        v->json = true;
        return true;
    case OPT_QUALIFIED:
        v->qualified = true;
        return true;
    case OPT_AT:
        v->has_time = true;
        return utc_read_xsd(bytes_str(value), &v->at);
    case OPT_DETACHED:
        if (v->evidence.n_detached == EVIDENCE_MAX_DETACHED) return false;
        v->evidence.detached[v->evidence.n_detached++] = value;
        return true;
    default:
        return false;
    }
}

/* The first word is the signed file; words behind `--detached FILE` are more documents. */
static bool take_word(void *into, const char *value)
{
    struct verifying *v = into;
    if (v->last == OPT_DETACHED && v->evidence.path) return take_option(v, OPT_DETACHED, value);
    if (v->evidence.path) return false;
    v->evidence.path = value;
    return true;
}

static int exit_of(enum xades_indication i)
{
    static const int code[] = {
        [XADES_TOTAL_PASSED] = EXIT_GOOD,
        [XADES_TOTAL_FAILED] = EXIT_BAD,
        [XADES_INDETERMINATE] = EXIT_INDETERMINATE,
    };
    return code[i];
}

/* ---- the signed data ---- */

/* A name of letters and digits that no system reads anything into; the numbers keep it unique. */
static void file_name(struct buf *out, const struct verifying *v, size_t signature, size_t data,
                      const char *name)
{
    buf_fmt(out, "%s/%zu-%zu-", v->extract, signature + 1, data + 1);
    for (size_t n = 0; *name && n < 64; name++, n++) {
        const char c = *name, low = (char)(c | 0x20);
        bool plain = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
        buf_byte(out, plain ? (uint8_t)c : '_');
    }
}

static int extract_one(const struct verifying *v, const struct xades_signature_report *s, size_t at,
                       size_t i)
{
    own(buf) path = buf_max(8192);
    const char *name = s->data[i].name[0] ? s->data[i].name : "document";
    file_name(&path, v, at, i, name);
    err_t e = buf_ok(&path) ? file_write(buf_cstr(&path), s->data[i].octets)
                            : err_raise(ERR_FILE_UNREADABLE);
    if (e) return command_fail(buf_cstr(&path), e, NULL);
    (void)fprintf(stderr, "onay: %s\n", buf_cstr(&path));
    return EXIT_GOOD;
}

/* Of a signature that failed nothing is given out. */
static int extract(const struct verifying *v, const struct xades_report *r)
{
    if (mkdir(v->extract, 0777) != 0 && errno != EEXIST)
        return command_fail(v->extract, ERR_FILE_UNREADABLE, NULL);
    for (size_t i = 0; i < r->n_signatures; i++) {
        const struct xades_signature_report *s = &r->signatures[i];
        for (size_t k = 0; s->indication != XADES_TOTAL_FAILED && k < s->n_data; k++) {
            int code = s->data[k].intact ? extract_one(v, s, i, k) : EXIT_GOOD;
            if (code) return code;
        }
    }
    return EXIT_GOOD;
}

static void print_json(struct buf *out, const struct xades_report *r)
{
    struct jsonw w = {out, false};
    report_write(&w, r);
    buf_byte(out, '\n');
}

static int judge(const struct verifying *v, struct xades_verification *q)
{
    own_ptr(xades_report) report = NULL;
    struct xades_why why = {0};
    err_t e = xades_verify(q, &report, &why);
    if (e) return command_fail(v->evidence.path, e, why.clause);
    own(buf) text = buf_max(16u << 20);
    if (v->json)
        print_json(&text, report);
    else
        xades_report_text(&text, report, command_lang());
    if (!command_print(&text)) return command_fail("stdout", ERR_STORAGE_FULL, NULL);
    int code = v->extract ? extract(v, report) : EXIT_GOOD;
    return code ? code : exit_of(report->indication);
}

static int load_and_judge(struct verifying *v)
{
    struct xades_verification q;
    int code = evidence_load(&v->evidence);
    if (code == EXIT_GOOD) {
        evidence_question(&v->evidence, buf_bytes(&v->evidence.file),
                          v->has_time ? v->at : utc_now(), &q);
        q.demand_qualified = v->qualified;
        q.keep_octets = v->extract != NULL;
        code = judge(v, &q);
    }
    evidence_free(&v->evidence);
    return code;
}

static const struct command_line line = {
    "verify", "[OPTION]... FILE", rows, sizeof rows / sizeof *rows, take_word, take_option};

int run_verify(int argc, char **argv)
{
    static struct verifying v;
    int code;
    if (!command_read(&line, argc, argv, &v, &code)) return code;
    if (!v.evidence.path) return command_usage(&line, "FILE");
    return load_and_judge(&v);
}
