/* SPDX-License-Identifier: MIT */
#include "xades/signed_info.h"

#include <ctype.h>

#include "xades/algorithm.h"
#include "xades/names.h"
#include "xades/why.h"

/* A document's name as the URI of a detached reference: all but the unreserved characters of
 * RFC 3986 2.3 percent-encoded, "/" and ":" too. */
static void name_uri(struct buf *out, struct bytes name)
{
    static const char digit[] = "0123456789ABCDEF";
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.p[i];
        if (c < 0x80 && (isalnum(c) || (c && strchr("-._~", c)))) {
            buf_byte(out, c);
            continue;
        }
        const char escape[] = {'%', digit[c >> 4], digit[c & 15]};
        buf_add(out, bytes_of(escape, sizeof escape));
    }
}

static void algorithm_leaf(struct xmlw *w, const char *name, const char *uri)
{
    xmlw_start(w, name);
    xmlw_attr_str(w, "Algorithm", uri);
    xmlw_end(w);
}

static void properties_reference(struct xmlw *w, const struct xades_job *j)
{
    xmlw_start(w, "ds:Reference");
    xmlw_attr_str(w, "Type", URI_SIGNED_PROPERTIES);
    xmlw_attr_str(w, "URI", job_id(j, "#", "sp", JOB_NO_INDEX).text);
    job_digest_leafs(w, &j->references[0].digest);
    xmlw_end(w);
}

/* What a document's reference says, by packaging. */
static const struct {
    size_t n_transforms;
    const char *transforms[2];
} shapes[XADES_PACKAGING_COUNT] = {
    [XADES_ENVELOPING] = {1, {URI_BASE64}},
    [XADES_ENVELOPED] = {2, {URI_ENVELOPED, URI_C14N}},
    [XADES_DETACHED] = {0},
};

static void document_uri(struct xmlw *w, const struct xades_job *j, size_t i)
{
    own(buf) uri = buf_max(JOB_MAX_SIGNED_INFO);
    if (j->packaging == XADES_DETACHED) name_uri(&uri, j->documents[i].name);
    if (j->packaging == XADES_ENVELOPING) buf_str(&uri, job_id(j, "#", "doc", i).text);
    if (!buf_ok(&uri)) w->out->failed = true;
    xmlw_attr(w, "URI", buf_bytes(&uri));
}

static void document_reference(struct xmlw *w, const struct xades_job *j,
                               const struct xades_reference *ref)
{
    size_t n = shapes[j->packaging].n_transforms;
    xmlw_start(w, "ds:Reference");
    xmlw_attr_str(w, "Id", job_id(j, "", "ref", ref->document).text);
    document_uri(w, j, ref->document);
    if (n > 0) xmlw_start(w, "ds:Transforms");
    for (size_t i = 0; i < n; i++)
        algorithm_leaf(w, "ds:Transform", shapes[j->packaging].transforms[i]);
    if (n > 0) xmlw_end(w);
    job_digest_leafs(w, &ref->digest);
    xmlw_end(w);
}

err_t signed_info_write(struct xades_job *j, struct xades_why *why)
{
    const struct xmlw_pair own[] = {{bytes_str("ds"), bytes_str(NS_DS)}};
    struct xmlw w = xmlw_to(&j->info.octets);
    xmlw_start(&w, "ds:SignedInfo");
    job_apex(j, &w, own, 1);
    job_inherited(j, &w, &j->info);
    algorithm_leaf(&w, "ds:CanonicalizationMethod", URI_C14N);
    algorithm_leaf(&w, "ds:SignatureMethod", algorithm_signature_uri(j->alg));
    properties_reference(&w, j);
    for (size_t i = 1; i < j->n_references; i++) document_reference(&w, j, &j->references[i]);
    xmlw_end(&w);
    if (!buf_ok(w.out))
        return why_say(why, ERR_INVALID_FIELD, "SignedInfo would be larger than %u octets",
                       JOB_MAX_SIGNED_INFO);
    return xmlw_ok(&w) ? OK : err_raise(ERR_INTERNAL);
}
