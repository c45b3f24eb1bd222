/* SPDX-License-Identifier: MIT */
#include "xades/stamp.h"

#include "core/base64.h"
#include "core/ber.h"
#include "core/cert.h"
#include "core/name.h"
#include "core/tstcheck.h"
#include "xades/element.h"
#include "xades/imprint.h"
#include "xades/names.h"

/* One stamp while it is judged. */
struct judged {
    struct judging *j;
    struct imprint on;
    struct prefix_room room;
    struct xades_stamp *row;
    struct buf der; /* the token */
    struct tst token;
};

/* All of a signature, in the order of appearance: later ones are on earlier ones. */
struct all_judged {
    size_t n;
    struct judged at[XADES_MAX_STAMPS];
};

static void all_judged_free(struct all_judged *all)
{
    for (size_t i = 0; all && i < all->n; i++) buf_free(&all->at[i].der);
    free(all);
}
OWN_PTR(all_judged)

/* ---- the token ---- */

static enum reason read_token(struct judged *d, const xmlNode *encapsulated)
{
    struct bytes text;
    own(buf) joined = buf_max(2 * TST_MAX);
    own(buf) octets = buf_max(TST_MAX);
    if (!element_text(encapsulated, &joined, &text) || text.len > 2 * TST_MAX ||
        !base64_decode_xml(&octets, text))
        return REASON_STAMP_MALFORMED;
    buf_free(&d->der);
    d->der = buf_take(&octets);
    if (tst_read(buf_bytes(&d->der), &d->token, NULL)) return REASON_NONE;
    own(buf) der = buf_max(TST_MAX);
    if (!ber_to_der(&der, buf_bytes(&d->der))) return REASON_STAMP_MALFORMED;
    buf_free(&d->der);
    d->der = buf_take(&der);
    return tst_read(buf_bytes(&d->der), &d->token, NULL) ? REASON_NONE : REASON_STAMP_MALFORMED;
}

static enum reason check_imprint(const struct judged *d)
{
    struct digest have;
    own(buf) octets = buf_max(d->j->v->octets);
    if (!d->token.imprint_known) return REASON_STAMP_WEAK;
    enum reason e = imprint_octets(&d->on, &octets);
    if (e) return REASON_STAMP_UNCLEAR;
    if (!digest_of(d->token.imprint.alg, buf_bytes(&octets), &have)) return REASON_WORK;
    return tst_covers(&d->token, &have) ? REASON_NONE : REASON_STAMP_IMPRINT;
}

static enum reason check_token(const struct judged *d, const char **clause)
{
    switch (tst_check(&d->token, clause)) {
    case TST_GOOD:
        return REASON_NONE;
    case TST_NO_CERTIFICATE:
    case TST_CERTIFICATE:
        return REASON_STAMP_CERTIFICATE;
    case TST_ALGORITHM:
        return REASON_STAMP_WEAK;
    case TST_CONTENT:
    case TST_SIGNATURE:
        break;
    }
    return REASON_STAMP_BROKEN;
}

static void show_tsa(const struct judged *d)
{
    struct cert c;
    struct der_latch why = {0};
    own(buf) name = buf_max(1024);
    if (cert_read(d->token.signer, &c, &why) &&
        name_string(&name, c.common_name_tag, c.common_name))
        judging_text(d->row->tsa, sizeof d->row->tsa, buf_bytes(&name));
}

static void judge_token(struct judged *d, const xmlNode *encapsulated)
{
    const char *clause = NULL;
    enum reason e = read_token(d, encapsulated);
    if (!e) {
        d->row->time = d->token.time;
        show_tsa(d);
        e = check_imprint(d);
    }
    if (!e) e = check_token(d, &clause);
    d->row->intact = !e;
    reason_add(d->j->r, e, clause ? clause : d->row->property);
}

/* ---- the TSA ---- */

/* EN 319 102-1 5.4: the TSA's certificate is judged as any signer's, with what token and file bring
 * along; `existed`: an archive stamp proves that the token did then. */
static void check_chain(const struct judged *d, utc_t existed)
{
    struct cert c;
    struct der_latch why = {0};
    struct chain_result result;
    struct bytes certificates[TST_MAX_CERTIFICATES + VALUES_MAX];
    struct chain_values with = d->j->values.all;
    const struct bytes *theirs = with.certificates;
    const struct tst *t = &d->token;
    if (!cert_read(t->signer, &c, &why)) return;
    memcpy(certificates, t->certificates, t->n_certificates * sizeof *certificates);
    if (with.n_certificates > 0)
        memcpy(certificates + t->n_certificates, theirs, with.n_certificates * sizeof *theirs);
    with.certificates = certificates;
    with.n_certificates += t->n_certificates;
    chain_check_archived(d->j->v->asked->trust, t->signer, &with,
                         chain_time_of(d->j->v->asked->at, existed, c.not_after), existed, &result);
    d->row->chain = result.status;
    d->row->trusted = result.status == CHAIN_OK;
    if (!d->row->trusted) reason_add(d->j->r, REASON_STAMP_UNTRUSTED, result.detail);
}

/* From the last to the first: each trusted archive stamp proves the existence of those before it
 * (5.6.2.3). The earliest of them, else `at`. */
static utc_t check_chains(const struct all_judged *all, utc_t at)
{
    for (size_t i = all->n; i > 0; i--) {
        const struct judged *d = &all->at[i - 1];
        if (!d->row->intact) continue;
        check_chain(d, at);
        if (d->on.kind == IMPRINT_ARCHIVE && d->row->trusted && d->row->time < at)
            at = d->row->time;
    }
    return at;
}

/* ---- all of them ---- */

static struct judged *new_judged(struct judging *j, enum imprint_kind kind, const xmlNode *property,
                                 struct all_judged *all)
{
    static const char *const names[] = {
        [IMPRINT_SIGNATURE] = "SignatureTimeStamp",
        [IMPRINT_REFS] = "SigAndRefsTimeStamp",
        [IMPRINT_ARCHIVE] = "ArchiveTimeStamp",
    };
    struct xades_signature_report *r = j->r;
    if (all->n == XADES_MAX_STAMPS) return NULL;
    struct judged *d = &all->at[all->n++];
    d->j = j;
    d->on = (struct imprint){.kind = kind,
                             .v = j->v,
                             .s = &j->s,
                             .q = &j->q,
                             .references = j->references,
                             .property = property,
                             .form.how = XMLDOC_C14N10};
    d->row = &r->stamps[r->n_stamps++];
    *d->row = (struct xades_stamp){.property = names[kind], .chain = CHAIN_NONE};
    return d;
}

/* XAdESTimeStampType (EN 319 132-1 4.4.5.1): CanonicalizationMethod?, EncapsulatedTimeStamp+. What
 * it is on is told by its name, not by Include or ReferenceInfo. */
static enum reason judge_property(struct judging *j, enum imprint_kind kind,
                                  const xmlNode *property, struct all_judged *all)
{
    const char *ns = version_ns(j->q.version);
    const xmlNode *method = NULL;
    unsigned n_tokens = 0;
    for (const xmlNode *n = element_first(property); n; n = element_next(n)) {
        if (element_is(n, NS_DS, "CanonicalizationMethod") && !method && n_tokens == 0) {
            method = n;
            continue;
        }
        if (!element_is(n, ns, "EncapsulatedTimeStamp")) return REASON_STAMP_UNCLEAR;
        struct judged *d = new_judged(j, kind, property, all);
        if (!d) return REASON_MORE_STAMPS;
        if (method && !reference_form(method, &d->on.form, &d->room)) return REASON_STAMP_UNCLEAR;
        judge_token(d, n);
        n_tokens++;
    }
    return n_tokens == 0 ? REASON_STAMP_MALFORMED : REASON_NONE;
}

/* TS 101 903 v1.1.1 names what a stamp is on by HashDataInfo, v1.2.2 by Include; v1.2.2 does
 * without for the SignatureTimeStamp alone (7.3), which then is on what it is on in 1.3.2. */
static void judge_old_property(struct judging *j, const xmlNode *n, struct all_judged *all)
{
    static const char *const stamps[] = {"SignatureTimeStamp", "SigAndRefsTimeStamp",
                                         "RefsOnlyTimeStamp", "ArchiveTimeStamp"};
    const char *ns = version_ns(j->q.version), *name = (const char *)n->name;
    bool known = j->q.version == VERSION_122 && element_is(n, ns, "SignatureTimeStamp") &&
                 !element_child(n, ns, "Include") && !element_child(n, ns, "XMLTimeStamp");
    if (known) {
        reason_add(j->r, judge_property(j, IMPRINT_SIGNATURE, n, all), name);
        return;
    }
    for (size_t i = 0; i < sizeof stamps / sizeof *stamps; i++)
        if (element_is(n, ns, stamps[i])) reason_add(j->r, REASON_OLD_PROPERTY, name);
}

/* Every stamp on the signature value, whatever else it is on, proves that the value existed. */
static void find_existence(struct judging *j)
{
    struct xades_signature_report *r = j->r;
    for (size_t i = 0; i < r->n_stamps; i++) {
        if (!r->stamps[i].trusted || r->stamps[i].time > j->existed) continue;
        r->has_existed = true;
        r->existed = j->existed = r->stamps[i].time;
    }
}

void stamp_judge(struct judging *j)
{
    const xmlNode *top = j->xades ? j->q.unsigned_signature : NULL;
    own_ptr(all_judged) all = calloc(1, sizeof *all);
    j->existed = j->archived = j->v->asked->at;
    if (!all) {
        reason_add(j->r, REASON_WORK, NULL);
        return;
    }
    for (const xmlNode *n = top ? element_first(top) : NULL; n; n = element_next(n)) {
        enum imprint_kind kind;
        const char *name = (const char *)n->name;
        if (j->q.version != VERSION_132)
            judge_old_property(j, n, all);
        else if (imprint_kind_of(n, &kind))
            reason_add(j->r, judge_property(j, kind, n, all), name);
        else if (element_is(n, NS_XADES, "RefsOnlyTimeStamp") ||
                 element_is(n, NS_XADES141, "RefsOnlyTimeStampV2") ||
                 element_is(n, NS_XADES, "ArchiveTimeStamp"))
            reason_add(j->r, REASON_TIME_STAMP, name);
    }
    j->archived = check_chains(all, j->v->asked->at);
    find_existence(j);
}
