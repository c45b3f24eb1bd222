/* SPDX-License-Identifier: MIT */
#include "xades/btk.h"

#include "xades/element.h"

#define STAMP_WITHIN (2 * 3600)  /* s after SigningTime */
#define GRACE        (24 * 3600) /* s after the time stamp: P3 waits for the next CRL */

/* What the guide's table speaks of and no UP_ bit does. */
enum {
    HAS_TIME = 1 << 16,
    HAS_CERTIFICATE = 1 << 17,
    HAS_FORMATS = 1 << 18,
    HAS_POLICY_URI = 1 << 19,
};

/* Columns P2 to P4: Z mandatory, O optional, X forbidden. P1 is what has no policy and none of what
 * P1 forbids (level.c). */
static const struct {
    unsigned bit;
    const char *name;
    char rule[POLICY_COUNT - 1];
} rules[] = {
    {HAS_TIME, "SigningTime", {'Z', 'Z', 'Z'}},
    {HAS_CERTIFICATE, "SigningCertificate", {'Z', 'Z', 'Z'}},
    {HAS_FORMATS, "DataObjectFormat/MimeType", {'Z', 'Z', 'Z'}},
    {HAS_POLICY_URI, "SPURI", {'Z', 'Z', 'Z'}},
    {UP_SIGNATURE_TIME_STAMP, "SignatureTimeStamp", {'Z', 'Z', 'Z'}},
    {UP_STAMP_VALIDATION_DATA, "TimeStampValidationData", {'O', 'Z', 'Z'}},
    {UP_CERTIFICATE_REFS, "CompleteCertificateRefs", {'X', 'Z', 'Z'}},
    {UP_REVOCATION_REFS, "CompleteRevocationRefs", {'X', 'Z', 'Z'}},
    {UP_CERTIFICATE_VALUES, "CertificateValues", {'X', 'Z', 'Z'}},
    {UP_REVOCATION_VALUES, "RevocationValues", {'X', 'Z', 'Z'}},
    {UP_REFS_TIME_STAMP, "SigAndRefsTimeStamp", {'X', 'Z', 'Z'}},
    {UP_REFS_ONLY_STAMP, "RefsOnlyTimeStamp", {'X', 'X', 'X'}},
    {UP_ARCHIVE_TIME_STAMP, "ArchiveTimeStamp", {'X', 'O', 'O'}},
};

static unsigned properties_of(const struct judging *j)
{
    unsigned set = j->q.unsigned_set;
    bool formats = j->r->n_data > 0;
    for (size_t i = 0; i < j->r->n_data; i++) formats = formats && j->r->data[i].mime[0];
    if (j->q.has_time) set |= HAS_TIME;
    if (j->q.certificates_v1) set |= HAS_CERTIFICATE;
    if (formats) set |= HAS_FORMATS;
    if (j->policy.has_uri) set |= HAS_POLICY_URI;
    return set;
}

static const struct xades_stamp *signature_stamp(const struct judging *j)
{
    for (size_t i = 0; i < j->r->n_stamps; i++)
        if (j->r->stamps[i].intact && strcmp(j->r->stamps[i].property, "SignatureTimeStamp") == 0)
            return &j->r->stamps[i];
    return NULL;
}

/* P3 begins as T and is completed when a CRL of after the grace period is out. */
static bool waits_for_crl(const struct judging *j, unsigned set)
{
    const struct xades_stamp *s = signature_stamp(j);
    return j->policy.which == POLICY_P3 && s && !(set & (UP_REFS | UP_VALUES)) &&
           j->v->asked->at < s->time + GRACE;
}

static void judge_properties(struct judging *j)
{
    unsigned set = properties_of(j);
    bool waits = waits_for_crl(j, set);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        char rule = rules[i].rule[j->policy.which - POLICY_P2];
        bool there = set & rules[i].bit;
        if (rule == 'X' && there) reason_add(j->r, REASON_BTK_FORBIDDEN, rules[i].name);
        if (rule != 'Z' || there) continue;
        bool later = waits && !(rules[i].bit & (HAS_TIME | HAS_CERTIFICATE | HAS_FORMATS |
                                                HAS_POLICY_URI | UP_SIGNATURE_TIME_STAMP));
        reason_add(j->r, later ? REASON_BTK_LATER : REASON_BTK_MISSING, rules[i].name);
    }
}

static void judge_stamp_time(struct judging *j)
{
    const struct xades_stamp *s = signature_stamp(j);
    if (!s || !j->q.has_time) return;
    if (s->time < j->q.time || s->time > j->q.time + STAMP_WITHIN)
        reason_add(j->r, REASON_BTK_STAMP_TIME, NULL);
}

void btk_judge(struct judging *j)
{
    bool p1 = j->v->asked->demand_qualified && !j->q.policy && j->q.certificates_v1;
    if (!j->xades) return;
    if (j->policy.which != POLICY_NONE) judge_properties(j);
    if (p1 || j->policy.which != POLICY_NONE) judge_stamp_time(j);
}
