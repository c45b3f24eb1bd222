/* SPDX-License-Identifier: MIT */
#include "xades/level.h"

#include <stdio.h>

#include "xades/element.h"
#include "xades/names.h"
#include "xades/profile.h"

/* EN 319 132-1 6.3: what keeps a signature without unsigned properties from being B-B. */
static const char *broken_level_rule(const struct judging *j)
{
    const struct qualifying *q = &j->q;
    if (!q->has_time) return "SigningTime";
    if (!j->has_signer) return "KeyInfo";
    if (q->certificates_v1 && q->certificates_v2) return "SigningCertificate, SigningCertificateV2";
    for (size_t i = 0; i < j->r->n_data && q->certificates_v2; i++) {
        if (!j->r->data[i].mime[0] && !j->r->data[i].countersigned)
            return "DataObjectFormat/MimeType";
    }
    return NULL;
}

/* EN 319 132-1 6.3: references to validation data have no place in a baseline signature. */
static const char *baseline_of(const struct judging *j)
{
    const unsigned set = j->q.unsigned_set;
    if (set & UP_ARCHIVE_TIME_STAMP) return "B-LTA";
    if (set & UP_VALUES) return "B-LT";
    return set & UP_SIGNATURE_TIME_STAMP ? "B-T" : "B-B";
}

/* TS 101 903 4.4: each form with the properties that make it. */
static const char *level_of(const struct judging *j, const char *broken)
{
    static const struct {
        unsigned all;
        const char *name;
    } levels[] = {
        {UP_ARCHIVE_TIME_STAMP, "XAdES-A"},
        {UP_CERTIFICATE_VALUES | UP_REVOCATION_VALUES | UP_REFS_TIME_STAMP, "XAdES-X-L"},
        {UP_CERTIFICATE_VALUES | UP_REVOCATION_VALUES | UP_REFS_ONLY_STAMP, "XAdES-X-L"},
        {UP_REFS_TIME_STAMP, "XAdES-X"},
        {UP_REFS_ONLY_STAMP, "XAdES-X"},
        {UP_REVOCATION_VALUES, "XAdES-LT"},
        {UP_CERTIFICATE_REFS | UP_REVOCATION_REFS, "XAdES-C"},
        {UP_SIGNATURE_TIME_STAMP, "XAdES-T"},
    };
    const unsigned set = j->q.unsigned_set;
    if (j->policy.which) return policy_name(j->policy.which);
    bool old = j->q.version != VERSION_132; /* what came later does not speak of it */
    if (!broken && !old && j->q.certificates_v2 && !j->q.policy && !(set & UP_REFS))
        return baseline_of(j);
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if ((set & levels[i].all) == levels[i].all) return levels[i].name;
    }
    if (j->q.policy) return "XAdES-EPES";
    return !broken && !old && j->q.certificates_v1 ? "P1" : "XAdES-BES";
}

static const char *packaging_of(const struct judging *j)
{
    bool enveloped = false, enveloping = false, detached = false;
    for (size_t i = 0; i < j->s.n_references; i++) {
        const struct reference *ref = &j->references[i];
        bool old;
        if (judging_is_properties(ref->type, &old)) continue;
        detached = detached || ref->place == REFERENCE_DETACHED;
        enveloped = enveloped || ref->place == REFERENCE_WHOLE ||
                    (ref->enveloped && ref->place == REFERENCE_ELEMENT);
        enveloping =
            enveloping || (ref->place == REFERENCE_ELEMENT && !ref->enveloped && ref->target &&
                           ref->target != j->s.key_info && element_inside(ref->target, j->s.node));
    }
    if (j->r->countersigned && enveloped + enveloping + detached == 0) return "counter";
    if (enveloped + enveloping + detached != 1) return "mixed";
    return xades_packaging_name(enveloped    ? XADES_ENVELOPED
                                : enveloping ? XADES_ENVELOPING
                                             : XADES_DETACHED);
}

void level_name(struct judging *j)
{
    const char *broken = j->xades ? broken_level_rule(j) : NULL;
    if (broken) reason_add(j->r, REASON_LEVEL, broken);
    (void)snprintf(j->r->profile, sizeof j->r->profile, "%s",
                   j->xades ? level_of(j, broken) : "XMLDSig");
    (void)snprintf(j->r->packaging, sizeof j->r->packaging, "%s", packaging_of(j));
}
