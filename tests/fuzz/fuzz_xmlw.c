/* SPDX-License-Identifier: MIT */
/*
 * The law of the writer: whatever it is told to write, what it does not refuse is XML, and C14N
 * changes no octet of it. The input is a program: an operation, a length, that many octets.
 */
#include <stdlib.h>

#include "xades/xmldoc.h"
#include "xades/xmlw.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bytes take(struct bytes *in, size_t n)
{
    struct bytes part = bytes_sub(*in, 0, n);
    *in = bytes_sub(*in, part.len, SIZE_MAX);
    return part;
}

static void step(struct xmlw *w, struct bytes *in)
{
    static const char *const names[] = {"a", "b", "p:c", "q:d"};
    static const char *const attributes[] = {"A", "Id", "a", "aa", "b"};
    uint8_t op = take(in, 1).p[0];
    struct bytes length = take(in, 1);
    struct bytes octets = take(in, length.len ? length.p[0] & 31 : 0);
    switch (op & 7) {
    case 0:
    case 1:
        xmlw_start(w, names[(op >> 3) % 4]);
        break;
    case 2:
    case 3:
        xmlw_attr(w, attributes[(op >> 3) % 5], octets);
        break;
    case 4:
        xmlw_text(w, octets);
        break;
    case 5:
        xmlw_base64(w, octets, op & 8 ? 76 : 0);
        break;
    case 6:
        xmlw_leaf(w, names[(op >> 3) % 4], octets);
        break;
    default:
        xmlw_end(w);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    const struct xmlw_pair own[] = {{bytes_str("p"), bytes_str("urn:p")},
                                    {bytes_str("q"), bytes_str("urn:q")}};
    struct xmlw_scope scope = {
        .n_ns = 2,
        .n_xml = 1,
        .ns = {{bytes_str(""), bytes_str("urn:d")}, {bytes_str("p"), bytes_str("urn:other")}}};
    scope.xml[0] = (struct xmlw_pair){bytes_str("lang"), take(&in, 4)};
    own(buf) out = buf_max(1 << 20), canonical = buf_max(1 << 20);
    struct xmlw w = xmlw_to(&out);
    xmlw_start(&w, "p:root");
    xmlw_scope(&w, &scope, own, 2);
    xmlw_xml_attrs(&w, &scope);
    while (in.len > 0 && w.depth > 0) step(&w, &in);
    while (w.depth > 0) xmlw_end(&w);
    if (!xmlw_ok(&w)) return 0;
    struct xades_why why;
    own(xmldoc) d = {0};
    if (xmldoc_parse(buf_bytes(&out), (struct xmldoc_limits){64, 1 << 20}, &d, &why)) abort();
    if (!xmldoc_c14n(&canonical, &d, NULL, NULL, (struct xmldoc_form){.how = XMLDOC_C14N10}))
        abort();
    if (!bytes_eq(buf_bytes(&out), buf_bytes(&canonical))) abort();
    return 0;
}
