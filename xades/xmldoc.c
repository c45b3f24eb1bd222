/* SPDX-License-Identifier: MIT */
#include "xades/xmldoc.h"

#include <limits.h>

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <libxml/xmlerror.h>

#include "xades/element.h"
#include "xades/names.h"
#include "xades/why.h"
#include "xades/xmlscan.h"

/* HUGE lifts libxml2's fixed limits (10 MB of text, 256 levels), ours hold instead. There is no
 * DTD, so NOENT only replaces character references and the five predefined entities. */
#define OPTIONS (XML_PARSE_NONET | XML_PARSE_HUGE | XML_PARSE_NOENT | XML_PARSE_NOCDATA)

void xmldoc_free(struct xmldoc *d)
{
    if (d->doc) xmlFreeDoc(d->doc);
    d->doc = NULL;
}

/* ---- silence ---- */

/* libxml2 2.9 hands out a mutable error. */
static void no_error(void *ctx, xmlErrorPtr error)
{
    (void)ctx;
    (void)error;
}

/* Stops at the first error against XML or its namespaces: by itself libxml2 reads on to find more,
 * and would then read a text whose tags the scan has seen in another way. */
static void stop_at_error(void *ctx, xmlErrorPtr error)
{
    bool namespaces = error->domain == XML_FROM_NAMESPACE && error->level >= XML_ERR_ERROR;
    /* A namespace name that is an IRI (Turkish letters) breaks RFC 3986, not XML. */
    if (error->level < XML_ERR_FATAL && (!namespaces || error->code == XML_WAR_NS_URI)) return;
    xmlParserCtxtPtr parser = ctx;
    parser->wellFormed = 0;
    xmlStopParser(parser);
}

/* The library's own channel (per thread) is for errors outside a parser, those of C14N: without
 * a handler they go to stderr. */
static void be_quiet(void)
{
    xmlSetStructuredErrorFunc(NULL, no_error);
}

/* ---- parsing ---- */

/* Never reached after the scan, unless the two disagree: then the document is refused. */
static void refuse_dtd(void *ctx, const xmlChar *name, const xmlChar *public, const xmlChar *system)
{
    (void)name, (void)public, (void)system;
    xmlParserCtxtPtr parser = ctx;
    parser->wellFormed = 0;
    xmlStopParser(parser);
}

/* C14N 1.0 2.3 escapes namespace names as attribute values; libxml2 2.9 writes them as they are,
 * so that nobody else would find the same digest. */
static void start_element(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                          int n_ns, const xmlChar **ns, int n_attributes, int n_defaulted,
                          const xmlChar **attributes)
{
    xmlParserCtxtPtr parser = ctx;
    struct xmldoc *d = parser->_private;
    for (int i = 0; i < n_ns; i++)
        if (ns[2 * i + 1] && strpbrk((const char *)ns[2 * i + 1], "&<\"\t\r\n")) d->no_c14n = true;
    xmlSAX2StartElementNs(ctx, name, prefix, uri, n_ns, ns, n_attributes, n_defaulted, attributes);
}

static void set_handlers(xmlSAXHandler *sax, bool tree)
{
    memset(sax, 0, sizeof *sax);
    if (tree) {
        (void)xmlSAXVersion(sax, 2);
        sax->startElementNs = start_element;
    }
    sax->initialized = XML_SAX2_MAGIC;
    sax->internalSubset = refuse_dtd;
    sax->externalSubset = NULL;
    sax->resolveEntity = NULL;
    sax->getEntity = NULL;
    sax->serror = stop_at_error;
}

static void free_parser(xmlParserCtxtPtr *parser)
{
    if (!*parser) return;
    if ((*parser)->myDoc) xmlFreeDoc((*parser)->myDoc);
    xmlFreeParserCtxt(*parser);
}

static err_t judge(xmlParserCtxtPtr parser, bool complete, struct xades_why *why)
{
    const xmlError *error = &parser->lastError;
    if (error->code == XML_ERR_NO_MEMORY) return err_raise(ERR_STORAGE_FULL);
    if (parser->wellFormed && complete) return OK;
    return why_say(why, ERR_XML_REJECTED, "XML 1.0 2.1: not well-formed (libxml2 %d, line %d)",
                   error->code, error->line);
}

static err_t scan(struct bytes octets, struct xmldoc_limits limits, struct xades_why *why)
{
    size_t max = limits.max_octets < INT_MAX ? limits.max_octets : INT_MAX;
    if (octets.len > max)
        return why_say(why, ERR_XML_REJECTED, "the document is larger than %zu octets", max);
    struct xmlscan shape;
    struct xmlscan_refusal refusal;
    if (xmlscan_document(octets, limits.max_depth, &shape, &refusal)) return OK;
    return why_say(why, ERR_XML_REJECTED, "%s (octet %zu)", refusal.clause, refusal.at);
}

/* out NULL: without a tree. */
static err_t parse(struct bytes octets, struct xmldoc *out, struct xades_why *why)
{
    struct xmldoc found = {0};
    bool tree = out != NULL;
    be_quiet();
    __attribute__((cleanup(free_parser))) xmlParserCtxtPtr parser = xmlNewParserCtxt();
    if (!parser) return err_raise(ERR_STORAGE_FULL);
    set_handlers(parser->sax, tree);
    parser->_private = &found;
    found.doc =
        xmlCtxtReadMemory(parser, (const char *)octets.p, (int)octets.len, NULL, NULL, OPTIONS);
    /* Without handlers for a tree there is never a document; well-formedness alone counts. */
    err_t e = judge(parser, !tree || found.doc, why);
    if (e || !tree)
        xmldoc_free(&found);
    else
        *out = found;
    return e;
}

err_t xmldoc_parse(struct bytes octets, struct xmldoc_limits limits, struct xmldoc *out,
                   struct xades_why *why)
{
    err_t e = scan(octets, limits, why);
    return e ? e : parse(octets, out, why);
}

err_t xmldoc_check(struct bytes octets, struct xmldoc_limits limits, struct xades_why *why)
{
    err_t e = scan(octets, limits, why);
    return e ? e : parse(octets, NULL, why);
}

/* ---- canonical forms ---- */

bool xmldoc_form_of(struct bytes uri, struct xmldoc_form *out)
{
    static const struct {
        const char *uri;
        struct xmldoc_form form;
    } forms[] = {
        {URI_C14N, {.how = XMLDOC_C14N10}},
        {URI_C14N_COMMENTS, {.how = XMLDOC_C14N10, .comments = true}},
        {URI_C14N11, {.how = XMLDOC_C14N11}},
        {URI_C14N11_COMMENTS, {.how = XMLDOC_C14N11, .comments = true}},
        {URI_EXC_C14N, {.how = XMLDOC_EXC_C14N10}},
        {URI_EXC_C14N_COMMENTS, {.how = XMLDOC_EXC_C14N10, .comments = true}},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!bytes_eq_str(uri, forms[i].uri)) continue;
        *out = forms[i].form;
        return true;
    }
    return false;
}

struct subset {
    const xmlNode *apex, *without;
    bool no_signatures;
};

/* Is the node in the subset? Namespaces and attributes go with their element. */
static int visible(void *ctx, xmlNodePtr node, xmlNodePtr parent)
{
    const struct subset *s = ctx;
    bool inside = !s->apex;
    bool of_element = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE;
    for (const xmlNode *n = of_element ? parent : node; n; n = n->parent) {
        if (n == s->without) return 0;
        if (s->no_signatures && element_is(n, NS_DS, "Signature")) return 0;
        inside = inside || n == s->apex;
    }
    return inside;
}

static int append(void *ctx, const char *p, int len)
{
    struct buf *out = ctx;
    buf_add(out, bytes_of(p, (size_t)len));
    return buf_ok(out) ? len : -1;
}

bool xmldoc_c14n(struct buf *out, const struct xmldoc *d, const xmlNode *apex,
                 const xmlNode *without, struct xmldoc_form form)
{
    static const int modes[] = {
        [XMLDOC_C14N10] = XML_C14N_1_0,
        [XMLDOC_C14N11] = XML_C14N_1_1,
        [XMLDOC_EXC_C14N10] = XML_C14N_EXCLUSIVE_1_0,
    };
    if (d->no_c14n) return false;
    be_quiet();
    struct subset subset = {apex, without, form.no_signatures};
    bool all = !apex && !without && !form.no_signatures;
    xmlOutputBufferPtr io = xmlOutputBufferCreateIO(append, NULL, out, NULL);
    if (!io) return false;
    /* The parameter is not const in libxml2; the list is only read. */
    union {
        const char *const *in;
        xmlChar **lib;
    } prefixes = {form.prefixes};
    int ended = xmlC14NExecute(d->doc, all ? NULL : visible, &subset, modes[form.how], prefixes.lib,
                               form.comments, io);
    return xmlOutputBufferClose(io) >= 0 && ended >= 0 && buf_ok(out);
}
