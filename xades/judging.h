/* SPDX-License-Identifier: MIT */
/*
 * judging: one signature while verify.c judges it. Inside the xades floor only.
 *
 * What: what was read of it so far, and the report that is being written; shared by the steps
 *       (verify.c: EN 319 102-1 5.2.3 to 5.2.7; property.c: 5.2.8; level.c; counter.c).
 */
#ifndef XADES_JUDGING_H
#define XADES_JUDGING_H

#include "xades/policy.h"
#include "xades/qualifying.h"
#include "xades/reference.h"
#include "xades/signature.h"
#include "xades/values.h"

/* What of a report's views is its own, for one signature. */
struct judging_kept {
    struct buf certificate;
    struct buf data[XADES_MAX_DOCUMENTS];
};
void judging_kept_free(struct judging_kept *k);

/* One signature on its way through the steps of EN 319 102-1 5.3. */
struct judging {
    struct verifying *v;
    struct xades_signature_report *r;
    struct xades_signature_report *all; /* of the report, in the order of v->signatures */
    struct judging_kept *kept;
    struct signature s;
    struct qualifying q;
    bool xades;                 /* q was read */
    struct policy_found policy; /* of q.policy */
    struct cert signer;         /* views r->certificate */
    bool has_signer;
    struct values values;         /* what the file brings for chains */
    struct reference *references; /* s.n_references of them */
    struct reference *entries;    /* of its manifests */
    size_t n_entries;
    bool covered;
    bool countersigns; /* the value of r->countersigned */
    bool sha1;     /* a digest or the signature value rests on it */
    utc_t existed; /* best-signature-time of EN 319 102-1 5.5: it existed then; else `at` */
    utc_t archived; /* by the earliest trusted archive stamp; else `at` */
};

void judging_free(struct judging *j);
OWN(judging)

/* judging_text copies a text of the file into a field of the report: one plain line, cut between
 * two characters. */
void judging_text(char *out, size_t size, struct bytes text);

/* judging_is_properties: the Type of a Reference to SignedProperties; *old: not that of today. */
bool judging_is_properties(struct bytes type, bool *old);

#endif
