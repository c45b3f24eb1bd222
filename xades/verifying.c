/* SPDX-License-Identifier: MIT */
#include "xades/verifying.h"

#include "xades/element.h"
#include "xades/names.h"
#include "xades/why.h"
#include "xades/xmlscan.h"

#define MAX_STEPS  (4 * XMLSCAN_MAX_WORK) /* all canonicalisations of a file */
#define MAX_OCTETS (64u << 20)            /* canonical octets, beside eight times the file */

void verifying_free(struct verifying *v)
{
    ids_free(&v->ids);
    xmldoc_free(&v->doc);
}

static err_t find_signatures(struct verifying *v, struct xades_why *why)
{
    size_t n = 0;
    for (const xmlNode *e = v->root; e && n <= XADES_MAX_SIGNATURES;
         e = element_walk(e, v->root, true)) {
        if (element_is(e, NS_DS, "Signature")) v->signatures[n++] = e;
    }
    v->n_signatures = n;
    if (n == 0) return why_say(why, ERR_SIGNATURE_MALFORMED, "XMLDSig 4.1: no ds:Signature in it");
    if (n <= XADES_MAX_SIGNATURES) return OK;
    return why_say(why, ERR_SIGNATURE_MALFORMED, "more than %d signatures", XADES_MAX_SIGNATURES);
}

err_t verifying_open(const struct xades_verification *asked, struct verifying *v,
                     struct xades_why *why)
{
    struct xmldoc_limits limits = {asked->max_xml_depth, asked->max_xml_octets};
    struct xmlscan shape;
    struct xmlscan_refusal refusal;
    *v = (struct verifying){.asked = asked, .steps = MAX_STEPS};
    err_t e = xmldoc_parse(asked->file, limits, &v->doc, why);
    if (e) return e;
    if (!xmlscan_document(asked->file, limits.max_depth, &shape, &refusal))
        return why_say(why, ERR_XML_REJECTED, "%s (octet %zu)", refusal.clause, refusal.at);
    v->work = shape.work + asked->file.len;
    v->octets = MAX_OCTETS + 8 * asked->file.len;
    v->root = xmlDocGetRootElement(v->doc.doc);
    if (!v->root) return why_say(why, ERR_XML_REJECTED, "XML 1.0 2.1: no root element");
    if (!ids_collect(v->doc.doc, &v->ids)) return err_raise(ERR_STORAGE_FULL);
    return find_signatures(v, why);
}
