/* SPDX-License-Identifier: MIT */
/*
 * Laws of XML from outside: checking and parsing agree; a canonical form is its own canonical
 * form; an element put where a signature goes is the root's last child, and the document without
 * it is the document that was hashed.
 */
#include <stdlib.h>

#include "xades/envelope.h"
#include "xades/xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct xmldoc_limits limits = {64, 1 << 20};
static const struct xmldoc_form plain = {.how = XMLDOC_C14N10};

static void law(bool holds)
{
    if (!holds) abort();
}

static void canonical_once_is_canonical_twice(struct bytes form)
{
    struct xades_why why;
    own(xmldoc) again = {0};
    own(buf) second = buf_max(8 << 20);
    law(xmldoc_parse(form, (struct xmldoc_limits){64, 8 << 20}, &again, &why) == OK);
    law(xmldoc_c14n(&second, &again, NULL, NULL, plain));
    law(bytes_eq(form, buf_bytes(&second)));
}

static void signature_goes_last(const struct envelope *v, struct bytes canonical)
{
    struct xades_why why;
    own(buf) file = buf_max(2 << 20), without = buf_max(8 << 20);
    own(xmldoc) d = {0};
    envelope_head(v, &file);
    buf_str(&file, "<s xmlns=\"urn:s\"><t></t></s>");
    envelope_tail(v, &file);
    law(xmldoc_parse(buf_bytes(&file), (struct xmldoc_limits){66, 2 << 20}, &d, &why) == OK);
    const xmlNode *last = xmlGetLastChild(xmlDocGetRootElement(d.doc));
    law(last && last->type == XML_ELEMENT_NODE && strcmp((const char *)last->name, "s") == 0);
    law(xmldoc_c14n(&without, &d, NULL, last, plain));
    law(bytes_eq(canonical, buf_bytes(&without)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes doc = bytes_of(data, size);
    struct xades_why why;
    own(xmldoc) d = {0};
    own(envelope) v = {0};
    own(buf) canonical = buf_max(8 << 20);
    err_t checked = xml_check(doc, limits.max_depth, limits.max_octets, &why);
    err_t parsed = xmldoc_parse(doc, limits, &d, &why);
    law(checked == parsed);
    if (envelope_open(doc, limits, &canonical, &v, &why)) return 0;
    law(parsed == OK);
    canonical_once_is_canonical_twice(buf_bytes(&canonical));
    signature_goes_last(&v, buf_bytes(&canonical));
    return 0;
}
