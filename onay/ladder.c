/* SPDX-License-Identifier: MIT */
#include "onay/ladder.h"

#include <stdio.h>

static const struct row {
    const char *name;
    bool proves;
    struct proof_rules rules;
} rows[LADDER_COUNT] = {
    [LADDER_NONE] = {"", false, {0}},
    [LADDER_B_T] = {"B-T", false, {0}},
    [LADDER_B_LT] = {"B-LT", true, {PROOF_ANY, PROOF_ANY, 0}},
    [LADDER_B_LTA] = {"B-LTA", true, {PROOF_ANY, PROOF_ANY, 0}},
    [LADDER_P2] = {"P2", false, {0}},
    /* BTK: P3 by lists alone, and not at once; P4 by OCSP for the signer's own certificate. */
    [LADDER_P3] = {"P3", false, {PROOF_LIST, PROOF_LIST, 0}},
    [LADDER_P4] = {"P4", true, {PROOF_RESPONSE, PROOF_ANY, 0}},
};

const char *ladder_name(enum ladder_level l)
{
    return rows[l].name;
}

bool ladder_of(const char *name, enum ladder_level *out)
{
    for (unsigned i = LADDER_B_T; i < LADDER_COUNT; i++) {
        if (strcmp(name, rows[i].name) != 0) continue;
        *out = (enum ladder_level)i;
        return true;
    }
    return false;
}

bool ladder_proves(enum ladder_level l, struct proof_rules *rules)
{
    *rules = rows[l].rules;
    return rows[l].proves;
}

void ladder_free(struct ladder *l)
{
    buf_free(&l->now);
    proving_free(&l->proving);
    stamping_free(&l->stamping);
}

/* ---- one step ---- */

static struct xades_lift lift_of(const struct ladder *l, size_t which)
{
    return (struct xades_lift){.file = buf_bytes(&l->now),
                               .which = which,
                               .detached = l->detached,
                               .n_detached = l->n_detached,
                               .max_xml_depth = (unsigned)l->settings->max_xml_depth,
                               .max_xml_octets = (size_t)l->settings->max_xml_document};
}

static err_t said(const struct ladder *l, err_t e, const struct xades_why *why)
{
    if (e) (void)command_fail(l->path, e, why->clause);
    return e;
}

static err_t refuse(const struct ladder *l, err_t e, const char *clause)
{
    (void)command_fail(l->path, e, clause);
    return err_raise(e);
}

static void take_on(struct ladder *l, struct buf *lifted)
{
    buf_free(&l->now);
    l->now = buf_take(lifted);
}

err_t ladder_open(struct ladder *l)
{
    const char *why = NULL;
    if (l->stamping.tsa) return OK;
    err_t e = stamping_open(&l->stamping, l->settings, l->tsa, &why);
    if (e) (void)command_fail("tsa", e, why);
    return e;
}

/* Only who needs a stamp needs an authority. */
static err_t add_stamp(struct ladder *l, size_t which, enum xades_lift_stamp stamp)
{
    struct xades_why why = {0};
    own(buf) lifted = buf_max(EVIDENCE_MAX_FILE);
    err_t e = ladder_open(l);
    if (e) return e;
    struct xades_lift t = lift_of(l, which);
    t.stamp = stamp;
    e = said(l, stamping_lift(&l->stamping, &t, &lifted, &why), &why);
    if (e) return e;
    take_on(l, &lifted);
    l->stamped[which]++;
    return OK;
}

/* ---- proof ---- */

static err_t prove(struct ladder *l, size_t which, struct bytes signer,
                   const struct proof_rules *rules, struct xades_proofs *out)
{
    const struct xades_lift t = lift_of(l, which);
    struct xades_why why = {0};
    return said(l, proving_lift(&l->proving, &t, signer, rules, out, &why), &why);
}

/* Views of a proof's, each once. */
struct views {
    struct bytes certificates[2 * PROOF_MAX], lists[2 * PROOF_MAX], responses[2 * PROOF_MAX];
    struct chain_values all;
};

static void view(const struct buf *from, size_t n, struct bytes *to, size_t *n_to)
{
    for (size_t i = 0; i < n; i++) {
        bool again = false;
        for (size_t k = 0; k < *n_to; k++) again = again || bytes_eq(to[k], buf_bytes(&from[i]));
        if (!again) to[(*n_to)++] = buf_bytes(&from[i]);
    }
}

static void view_proof(struct views *v, const struct proof *p)
{
    struct chain_values *all = &v->all;
    all->certificates = v->certificates;
    all->lists = v->lists;
    all->responses = v->responses;
    view(p->certificates, p->n_certificates, v->certificates, &all->n_certificates);
    view(p->lists, p->n_lists, v->lists, &all->n_lists);
    view(p->responses, p->n_responses, v->responses, &all->n_responses);
}

static err_t add_values(struct ladder *l, size_t which, enum xades_lift_values_of of,
                        const struct views *v)
{
    const struct xades_lift t = lift_of(l, which);
    struct xades_why why = {0};
    own(buf) lifted = buf_max(EVIDENCE_MAX_FILE);
    err_t e = said(l, xades_lift_values(&t, of, &v->all, &lifted, &why), &why);
    if (!e) take_on(l, &lifted);
    return e;
}

static err_t add_refs(struct ladder *l, size_t which, const struct views *v)
{
    const struct xades_lift t = lift_of(l, which);
    struct xades_why why = {0};
    own(buf) lifted = buf_max(EVIDENCE_MAX_FILE);
    err_t e = said(l, xades_lift_refs(&t, &v->all, &lifted, &why), &why);
    if (!e) take_on(l, &lifted);
    return e;
}

/* EN 319 132-1 5.4: all in one place. */
static err_t add_proof(struct ladder *l, size_t which, struct bytes signer)
{
    own(xades_proofs) proofs = {0};
    struct views v = {.all.n_lists = 0};
    err_t e = prove(l, which, signer, &rows[l->level].rules, &proofs);
    if (e) return e;
    view_proof(&v, &proofs.signer);
    view_proof(&v, &proofs.stamps);
    return add_values(l, which, XADES_LIFT_OF_SIGNER, &v);
}

/* ---- BTK's long-term profiles ---- */

/* A stamp of another authority than the first's needs what its own certificates need. */
static err_t prove_last_stamp(struct ladder *l, size_t which, struct bytes signer,
                              const struct proof_rules *rules, const struct views *before)
{
    own(xades_proofs) proofs = {0};
    struct views v = {.all.n_lists = 0};
    err_t e = prove(l, which, signer, rules, &proofs);
    if (e) return e;
    view_proof(&v, &proofs.stamps);
    bool more = v.all.n_certificates > before->all.n_certificates ||
                v.all.n_lists > before->all.n_lists || v.all.n_responses > before->all.n_responses;
    return more ? add_values(l, which, XADES_LIFT_OF_STAMP, &v) : OK;
}

/* X-L type 1 (TS 101 903 4.4.4): behind the stamp what proves it, the references, a stamp on both,
 * and the values that were referred to. */
static err_t complete(struct ladder *l, size_t which, struct bytes signer,
                      const struct proof_rules *rules)
{
    own(xades_proofs) proofs = {0};
    struct views mine = {.all.n_lists = 0}, stamps = {.all.n_lists = 0};
    err_t e = prove(l, which, signer, rules, &proofs);
    if (e) return e;
    view_proof(&mine, &proofs.signer);
    view_proof(&stamps, &proofs.stamps);
    e = add_values(l, which, XADES_LIFT_OF_STAMP, &stamps);
    if (!e) e = add_refs(l, which, &mine);
    if (!e) e = add_stamp(l, which, XADES_LIFT_REFS);
    if (!e) e = prove_last_stamp(l, which, signer, rules, &stamps);
    return e ? e : add_values(l, which, XADES_LIFT_OF_SIGNER, &mine);
}

static const struct xades_stamp *stamp_of(const struct xades_signature_report *s,
                                          const char *property)
{
    for (size_t i = 0; i < s->n_stamps; i++)
        if (s->stamps[i].intact && strcmp(s->stamps[i].property, property) == 0)
            return &s->stamps[i];
    return NULL;
}

/* P3's list must be of after the grace period: who asked for a revocation in time stands in it. */
static err_t climb_p3(struct ladder *l, size_t which, const struct xades_signature_report *s)
{
    const struct xades_stamp *stamp = stamp_of(s, "SignatureTimeStamp");
    struct proof_rules rules = rows[LADDER_P3].rules;
    const utc_t now = utc_now() + l->stamping.ahead;
    if (!stamp) {
        l->due = now + LADDER_GRACE;
        return add_stamp(l, which, XADES_LIFT_SIGNATURE);
    }
    rules.since = stamp->time + LADDER_GRACE;
    if (now >= rules.since) return complete(l, which, s->certificate, &rules);
    own(buf) clause = buf_max(128);
    buf_str(&clause, "BTK P3: the grace period ends at ");
    utc_write_xsd(&clause, rules.since, UTC_TURKEY_MINUTES);
    return refuse(l, ERR_REVOCATION_UNAVAILABLE, buf_cstr(&clause));
}

static err_t climb_p4(struct ladder *l, size_t which, const struct xades_signature_report *s)
{
    err_t e = stamp_of(s, "SignatureTimeStamp") ? OK : add_stamp(l, which, XADES_LIFT_SIGNATURE);
    return e ? e : complete(l, which, s->certificate, &rows[LADDER_P4].rules);
}

static err_t climb_btk(struct ladder *l, size_t which, const struct xades_signature_report *s)
{
    const bool whole = stamp_of(s, "SigAndRefsTimeStamp");
    if (whole && l->archive) return add_stamp(l, which, XADES_LIFT_ARCHIVE);
    if (whole) return refuse(l, ERR_INVALID_FIELD, "the signature has all of its profile");
    err_t e = l->level == LADDER_P3 ? climb_p3(l, which, s) : climb_p4(l, which, s);
    return e || l->due || !l->archive ? e : add_stamp(l, which, XADES_LIFT_ARCHIVE);
}

void ladder_say_due(const struct ladder *l)
{
    own(buf) when = buf_max(64);
    if (!l->due) return;
    utc_write_xsd(&when, l->due, UTC_TURKEY_MINUTES);
    (void)fprintf(stderr, "onay: %s: %s %s\n", l->path,
                  command_lang() == LANG_EN
                      ? "a P3 with its time stamp; onay extend --level P3 completes it from"
                      : "zaman damgalı P3; onay extend --level P3 tamamlar, en erken",
                  buf_cstr(&when));
}

/* ---- the families ---- */

/* The profile is signed: a policy makes P2 to P4, and its absence anything else. */
static err_t check_family(const struct ladder *l, const struct xades_signature_report *s)
{
    const bool policy = s->profile[0] == 'P' && strcmp(s->profile, "P1") != 0;
    const bool p1 = strcmp(s->profile, "P1") == 0;
    bool fits = l->level >= LADDER_P2 ? strcmp(s->profile, rows[l->level].name) == 0
                                      : !policy && (!p1 || l->level == LADDER_B_T);
    if (fits) return OK;
    own(buf) clause = buf_max(160);
    buf_fmt(&clause, "EN 319 132-1 6, BTK: the signature is %s, which does not become %s",
            s->profile, rows[l->level].name);
    return refuse(l, ERR_INVALID_FIELD, buf_cstr(&clause));
}

/* Each level stands on the one below; a stamp that is there and counts is not asked for again,
 * unless that is all that is wanted. */
err_t ladder_climb(struct ladder *l, size_t which, const struct xades_signature_report *s)
{
    const bool only_stamp = l->level == LADDER_B_T || l->level == LADDER_P2;
    err_t e = check_family(l, s);
    if (e) return e;
    if (l->level == LADDER_P3 || l->level == LADDER_P4) return climb_btk(l, which, s);
    if (only_stamp || !s->has_existed) e = add_stamp(l, which, XADES_LIFT_SIGNATURE);
    if (!e && !only_stamp) e = add_proof(l, which, s->certificate);
    if (!e && l->level == LADDER_B_LTA) e = add_stamp(l, which, XADES_LIFT_ARCHIVE);
    return e;
}
