/* SPDX-License-Identifier: MIT */
/* report: a verification's findings as text for a person (declared in verify.h). */
#include "core/text.h"
#include "xades/verify.h"

struct report_writer {
    struct buf *out;
    enum lang lang;
    const struct xades_report *report;
    int indent; /* of the signature being written; its lines stand two columns in */
};

enum word {
    W_RESULT,
    W_SIGNATURE,
    W_COUNTER,
    W_ON,
    W_SIGNER,
    W_IDENTITY,
    W_TIME,
    W_PROFILE,
    W_ALGORITHM,
    W_COMMITMENT,
    W_POLICY,
    W_CHAIN,
    W_QUALIFIED,
    W_YES,
    W_NO,
    W_STAMP,
    W_COUNTS,
    W_COUNTS_NOT,
    W_EXISTED,
    W_DATA,
    W_INTACT,
    W_NOT_INTACT,
    W_WHOLE,
    W_MANIFEST,
    W_REASON,
    W_NOTE,
    W_PASSED,
    W_FAILED,
    W_INDETERMINATE,
    W_COUNT
};

static const char *const words[W_COUNT][2] = {
    [W_RESULT] = {"Sonuç", "Result"},
    [W_SIGNATURE] = {"İmza", "Signature"},
    [W_COUNTER] = {"Karşı imza", "Counter-signature"},
    [W_ON] = {"imza değeri", "the value of signature"},
    [W_SIGNER] = {"İmzalayan", "Signer"},
    [W_IDENTITY] = {"Kimlik no", "Identity no"},
    [W_TIME] = {"İmza zamanı (beyan)", "Signing time (claimed)"},
    [W_PROFILE] = {"Profil", "Profile"},
    [W_ALGORITHM] = {"Algoritma", "Algorithm"},
    [W_COMMITMENT] = {"Taahhüt", "Commitment"},
    [W_POLICY] = {"İmza politikası", "Signature policy"},
    [W_CHAIN] = {"Sertifika zinciri", "Certificate chain"},
    [W_QUALIFIED] = {"Nitelikli sertifika", "Qualified certificate"},
    [W_YES] = {"evet", "yes"},
    [W_NO] = {"hayır", "no"},
    [W_STAMP] = {"Zaman damgası", "Time stamp"},
    [W_COUNTS] = {"geçerli", "valid"},
    [W_COUNTS_NOT] = {"SAYILMADI", "DOES NOT COUNT"},
    [W_EXISTED] = {"İmzanın var olduğu kesin zaman", "The signature existed at"},
    [W_DATA] = {"İmzalanan veri", "Signed data"},
    [W_INTACT] = {"bütün", "intact"},
    [W_NOT_INTACT] = {"DOĞRULANMADI", "NOT VERIFIED"},
    [W_WHOLE] = {"belgenin tamamı", "the whole document"},
    [W_MANIFEST] = {"Manifest üzerinden", "through a Manifest"},
    [W_REASON] = {"Neden", "Reason"},
    [W_NOTE] = {"Not", "Note"},
    [W_PASSED] = {"imza geçerli", "the signature is valid"},
    [W_FAILED] = {"imza geçersiz", "the signature is not valid"},
    [W_INDETERMINATE] = {"karar verilemedi", "nothing can be said for certain"},
};

static const char *word(const struct report_writer *w, enum word i)
{
    return words[i][w->lang == LANG_EN];
}

/* The line begins. */
static void begin(const struct report_writer *w, enum word label)
{
    buf_fmt(w->out, "%*s%s: ", w->indent + 2, "", word(w, label));
}

static void line(const struct report_writer *w, enum word label, const char *text)
{
    if (!text[0]) return;
    begin(w, label);
    buf_fmt(w->out, "%s\n", text);
}

static void write_time(const struct report_writer *w, enum word label, utc_t time)
{
    own(buf) text = buf_max(64);
    utc_write_xsd(&text, time, UTC_TURKEY_MINUTES);
    line(w, label, buf_cstr(&text));
}

static void write_stamp(const struct report_writer *w, const struct xades_stamp *t)
{
    own(buf) time = buf_max(64);
    utc_write_xsd(&time, t->time, UTC_TURKEY_MINUTES);
    begin(w, W_STAMP);
    buf_fmt(w->out, "%s, %s%s%s (%s): %s\n", t->property, t->time ? buf_cstr(&time) : "?",
            t->tsa[0] ? ", " : "", t->tsa, chain_status_slug(t->chain),
            word(w, t->trusted ? W_COUNTS : W_COUNTS_NOT));
}

static void write_data(const struct report_writer *w, const struct xades_signed_data *d)
{
    const char *name = d->name[0] ? d->name : d->uri[0] ? d->uri : word(w, W_WHOLE);
    begin(w, W_DATA);
    if (d->countersigned) buf_fmt(w->out, "%s %s, ", word(w, W_ON), d->countersigned->id);
    buf_str(w->out, name);
    if (d->mime[0]) buf_fmt(w->out, ", %s", d->mime);
    if (d->digest.len > 0) {
        buf_str(w->out, ", ");
        text_size(w->out, d->size, (int)w->lang);
        buf_fmt(w->out, ", %s ", d->digest_alg);
        buf_hex(w->out, digest_bytes(&d->digest));
    }
    if (d->through_manifest) buf_fmt(w->out, ", %s", word(w, W_MANIFEST));
    buf_fmt(w->out, ": %s\n", word(w, d->intact ? W_INTACT : W_NOT_INTACT));
}

static void write_reason(const struct report_writer *w, const struct xades_reason *r)
{
    begin(w, r->note ? W_NOTE : W_REASON);
    buf_fmt(w->out, "%s [%s; %s]\n", w->lang == LANG_EN ? r->en : r->tr, r->slug, r->clause);
}

static void write_result(const struct report_writer *w, enum xades_indication i, const char *sub)
{
    static const enum word meaning[] = {
        [XADES_TOTAL_PASSED] = W_PASSED,
        [XADES_TOTAL_FAILED] = W_FAILED,
        [XADES_INDETERMINATE] = W_INDETERMINATE,
    };
    buf_fmt(w->out, "%s%s%s: %s\n", xades_indication_name(i), sub[0] ? " / " : "", sub,
            word(w, meaning[i]));
}

static void write_signature(const struct report_writer *w, const char *number,
                            const struct xades_signature_report *s)
{
    buf_fmt(w->out, "%*s%s %s%s%s: ", w->indent, "",
            word(w, s->countersigned ? W_COUNTER : W_SIGNATURE), number, s->id[0] ? " " : "",
            s->id);
    write_result(w, s->indication, s->sub_indication);
    for (size_t i = 0; i < s->n_reasons; i++) write_reason(w, &s->reasons[i]);
    line(w, W_SIGNER, s->signer);
    line(w, W_IDENTITY, s->identity_masked);
    if (s->has_signing_time) write_time(w, W_TIME, s->signing_time);
    for (size_t i = 0; i < s->n_stamps; i++) write_stamp(w, &s->stamps[i]);
    if (s->has_existed) write_time(w, W_EXISTED, s->existed);
    if (s->profile[0]) {
        begin(w, W_PROFILE);
        buf_fmt(w->out, "%s, %s\n", s->profile, s->packaging);
    }
    line(w, W_ALGORITHM, s->algorithm);
    line(w, W_COMMITMENT, s->commitment);
    if (s->policy_oid[0]) {
        begin(w, W_POLICY);
        buf_fmt(w->out, "%s, %s, %s\n", s->policy_oid, s->policy_hash, s->policy_uri);
    }
    if (s->certificate.len > 0) {
        line(w, W_CHAIN, chain_status_slug(s->chain));
        line(w, W_QUALIFIED, word(w, s->not_qualified ? W_NO : W_YES));
    }
    for (size_t i = 0; i < s->n_data; i++) write_data(w, &s->data[i]);
}

/* Those on `on` (NULL: the signatures that are none), each followed by the counter-signatures on
 * it: 1, 1.1, 1.1.1, 1.2, 2. */
static void write_signatures(const struct report_writer *w, const char *before,
                             const struct xades_signature_report *on)
{
    size_t number = 0;
    for (size_t i = 0; i < w->report->n_signatures; i++) {
        const struct xades_signature_report *s = &w->report->signatures[i];
        if (s->countersigned != on) continue;
        struct report_writer deeper = *w;
        own(buf) path = buf_max(256);
        buf_fmt(&path, "%s%s%zu", before, on ? "." : "", ++number);
        write_signature(w, buf_cstr(&path), s);
        deeper.indent += 2;
        write_signatures(&deeper, buf_cstr(&path), s);
    }
}

void xades_report_text(struct buf *out, const struct xades_report *r, enum lang lang)
{
    struct report_writer w = {.out = out, .lang = lang, .report = r};
    buf_fmt(out, "%s: ", word(&w, W_RESULT));
    write_result(&w, r->indication, "");
    write_signatures(&w, "", NULL);
}
