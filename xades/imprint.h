/* SPDX-License-Identifier: MIT */
/*
 * imprint: the octets that a time stamp of a signature is on. Inside the xades floor only.
 *
 * What: SignatureTimeStamp (EN 319 132-1 5.3), SigAndRefsTimeStamp (A.1.5.1) and ArchiveTimeStamp
 *       v1.4.1, not distributed (5.5.2.2).
 */
#ifndef XADES_IMPRINT_H
#define XADES_IMPRINT_H

#include "xades/qualifying.h"
#include "xades/reference.h"
#include "xades/signature.h"

enum imprint_kind { IMPRINT_SIGNATURE, IMPRINT_REFS, IMPRINT_ARCHIVE };

/* imprint_kind_of: by the property's name; false for any other. */
bool imprint_kind_of(const xmlNode *n, enum imprint_kind *out);

struct imprint {
    enum imprint_kind kind;
    struct verifying *v;
    const struct signature *s;
    const struct qualifying *q;
    const struct reference *references; /* IMPRINT_ARCHIVE: s->n_references, checked */
    const xmlNode *property;            /* what precedes it counts; NULL: one that is to come */
    struct xmldoc_form form;
};

/* imprint_octets appends them. REASON_NONE, _CANONICAL, _WORK or, for data that is not at hand,
 * _NOT_FOUND. */
enum reason imprint_octets(const struct imprint *of, struct buf *out);

#endif
