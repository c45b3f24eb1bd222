/* SPDX-License-Identifier: MIT */
#include "xades/property.h"

#include <stdio.h>

#include "xades/element.h"
#include "xades/names.h"

static const struct reference *find_reference(const struct judging *j, struct bytes object)
{
    const xmlNode *node;
    if (object.len < 2 || object.p[0] != '#' ||
        ids_find(&j->v->ids, bytes_sub(object, 1, SIZE_MAX), &node) != IDS_ONE)
        return NULL;
    for (size_t i = 0; i < j->s.n_references; i++) {
        if (j->references[i].node == node) return &j->references[i];
    }
    for (size_t i = 0; i < j->n_entries; i++) {
        if (j->entries[i].node == node) return &j->entries[i];
    }
    return NULL;
}

static void read_format(struct judging *j, const xmlNode *n)
{
    struct bytes object = {0}, mime;
    own(buf) joined = buf_max(4096);
    bool named = element_attr(n, "ObjectReference", &object);
    const struct reference *ref = named ? find_reference(j, object) : NULL;
    if (!ref) {
        reason_add_view(j->r, REASON_OBJECT_REFERENCE, object);
        return;
    }
    struct xades_signed_data *row = ref->row ? &j->r->data[ref->row - 1] : NULL;
    if (row && element_words(n, version_ns(j->q.version), "MimeType", &joined, &mime))
        judging_text(row->mime, sizeof row->mime, mime);
}

static void read_commitment(struct judging *j, const xmlNode *n)
{
    static const struct {
        const char *uri, *name;
    } known[] = {{URI_PROOF_OF_ORIGIN, "proof-of-origin"},
                 {URI_PROOF_OF_APPROVAL, "proof-of-approval"},
                 {URI_PROOF_OF_CREATION, "proof-of-creation"}};
    const char *ns = version_ns(j->q.version);
    struct bytes uri = {0}, object;
    own(buf) joined = buf_max(8192);
    const xmlNode *id = element_child(n, ns, "CommitmentTypeId");
    if (!id || !element_words(id, ns, "Identifier", &joined, &uri)) {
        reason_add(j->r, REASON_PROPERTY, "CommitmentTypeIndication");
        return;
    }
    judging_text(j->r->commitment, sizeof j->r->commitment, bytes_str("other"));
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (bytes_eq_str(uri, known[i].uri))
            (void)snprintf(j->r->commitment, sizeof j->r->commitment, "%s", known[i].name);
    }
    for (const xmlNode *o = element_first(n); o; o = element_next(o)) {
        if (!element_is(o, ns, "ObjectReference")) continue;
        if (!element_text(o, &joined, &object) || !find_reference(j, object))
            reason_add(j->r, REASON_OBJECT_REFERENCE, "CommitmentTypeIndication");
    }
}

void property_judge(struct judging *j)
{
    const struct qualifying *q = &j->q;
    const char *ns = version_ns(q->version);
    j->r->has_signing_time = q->has_time && !q->repeated;
    j->r->signing_time = q->time;
    if (q->bad_time) reason_add(j->r, REASON_PROPERTY, "SigningTime");
    if (q->repeated) reason_add(j->r, REASON_PROPERTY, NULL);
    if (q->policy) {
        enum reason e = policy_read(q->policy, q->version, &j->policy);
        memcpy(j->r->policy_oid, j->policy.oid, sizeof j->policy.oid);
        memcpy(j->r->policy_uri, j->policy.uri, sizeof j->policy.uri);
        memcpy(j->r->policy_hash, j->policy.hash, sizeof j->policy.hash);
        reason_add(j->r, e, e == REASON_PROPERTY ? "SignaturePolicyIdentifier" : j->policy.oid);
    }
    for (const xmlNode *n = q->data_properties ? element_first(q->data_properties) : NULL; n;
         n = element_next(n)) {
        if (element_is(n, ns, "DataObjectFormat")) read_format(j, n);
        if (element_is(n, ns, "CommitmentTypeIndication")) read_commitment(j, n);
    }
    if (q->content_time_stamp)
        reason_add(j->r, q->version == VERSION_132 ? REASON_TIME_STAMP : REASON_OLD_PROPERTY,
                   "on data alone");
}
