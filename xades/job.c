/* SPDX-License-Identifier: MIT */
#include "xades/job.h"

#include <stdio.h>

#include "xades/algorithm.h"

struct job_id job_id(const struct xades_job *j, const char *prefix, const char *word, size_t index)
{
    static const char digit[] = "0123456789abcdef";
    struct job_id id;
    char hex[2 * sizeof j->id + 1] = "", number[24] = "";
    for (size_t i = 0; i < sizeof j->id; i++) {
        hex[2 * i] = digit[j->id[i] >> 4];
        hex[2 * i + 1] = digit[j->id[i] & 15];
    }
    if (index != JOB_NO_INDEX) (void)snprintf(number, sizeof number, "-%zu", index);
    (void)snprintf(id.text, sizeof id.text, "%s%s-%s%s", prefix, word, hex, number);
    return id;
}

void job_apex(const struct xades_job *j, struct xmlw *w, const struct xmlw_pair *own, size_t n)
{
    xmlw_scope(w, j->packaging == XADES_ENVELOPED ? &j->envelope.scope : NULL, own, n);
}

void job_inherited(const struct xades_job *j, struct xmlw *w, struct job_part *part)
{
    part->inherited_at = w->out->len;
    if (j->packaging == XADES_ENVELOPED) xmlw_xml_attrs(w, &j->envelope.scope);
    part->inherited_len = w->out->len - part->inherited_at;
}

void job_digest_leafs(struct xmlw *w, const struct digest *d)
{
    xmlw_start(w, "ds:DigestMethod");
    xmlw_attr_str(w, "Algorithm", algorithm_digest_uri(d->alg));
    xmlw_end(w);
    xmlw_start(w, "ds:DigestValue");
    xmlw_base64(w, digest_bytes(d), 0);
    xmlw_end(w);
}
