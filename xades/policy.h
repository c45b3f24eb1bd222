/* SPDX-License-Identifier: MIT */
/*
 * policy: signature policies: the Turkish ones, P2 to P4, and what a signature says of its own.
 * Inside the xades floor only.
 *
 * What: one table row per policy of BTK's profile guide (2012); SignaturePolicyIdentifier read (EN
 *       319 132-1 5.2.9).
 * Not:  the rules that go with them: btk.h. Policies are never fetched.
 */
#ifndef XADES_POLICY_H
#define XADES_POLICY_H

#include <libxml/tree.h>

#include "core/digest.h"
#include "xades/profile.h"
#include "xades/reason.h"
#include "xades/version.h"
#include "xades/xmlw.h"

enum policy { POLICY_NONE, POLICY_P2, POLICY_P3, POLICY_P4, POLICY_COUNT };

/* policy_name: "P2". policy_of_profile: POLICY_NONE for one without. Static strings. */
const char *policy_name(enum policy p);
enum policy policy_of_profile(enum xades_profile p);

/* policy_write writes SignaturePolicyIdentifier as deployed Turkish software does: the OID as a
 * URN, the guide's SHA-256, the SPURI. */
void policy_write(struct xmlw *w, enum policy p);

struct policy_found {
    enum policy which; /* POLICY_NONE: none of ours, or none at all */
    bool has_uri;
    char oid[128], uri[200], hash[100]; /* as written, plain; hash in base64 */
};

/* policy_read: REASON_NONE for one of ours with its hash; else _POLICY (unknown or implied),
 * _POLICY_HASH, _PROPERTY (malformed). *out is filled as far as it came. */
enum reason policy_read(const xmlNode *identifier, enum version version, struct policy_found *out);

#endif
