/* SPDX-License-Identifier: MIT */
#include "tests/support/countersigned.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base64.h"
#include "tests/support/resigned.h"
#include "xades/algorithm.h"
#include "xades/element.h"
#include "xades/names.h"
#include "xades/xmldoc.h"

#define ROOM    (1u << 24)
#define SHA256  "http://www.w3.org/2001/04/xmlenc#sha256"
#define METHOD  "<ds:DigestMethod Algorithm=\"" SHA256 "\"/>"
#define HOLE    "????????????????????????????????????????????"
#define HOLDERS 3 /* a hole for the digest of: the properties, the value, one more */

#define MUST(holds) must((holds), #holds)

static void must(bool holds, const char *what)
{
    if (holds) return;
    (void)fprintf(stderr, "tests/support/countersigned: %s\n", what);
    exit(1);
}

void countersigned_ready(struct buf *file)
{
    static const char tag[] = "<ds:SignatureValue";
    const uint8_t *start = memmem(file->p, file->len, tag, strlen(tag));
    MUST(start != NULL);
    const uint8_t *end = memchr(start, '>', file->len - (size_t)(start - file->p));
    MUST(end != NULL);
    resigned_put(file, bytes_of(start, (size_t)(end + 1 - start)),
                 bytes_str("<ds:SignatureValue Id=\"v0\">"));
}

/* ---- the text, with holes ---- */

static void write_reference(struct buf *out, const char *type, const char *uri,
                            const char *transform)
{
    buf_str(out, "<ds:Reference");
    if (type) buf_fmt(out, " Type=\"%s\"", type);
    buf_fmt(out, " URI=\"%s\">", uri);
    if (transform)
        buf_fmt(out, "<ds:Transforms><ds:Transform Algorithm=\"%s\"/></ds:Transforms>", transform);
    buf_str(out, METHOD "<ds:DigestValue>" HOLE "</ds:DigestValue></ds:Reference>");
}

static void write_info(struct buf *out, const struct counter *c)
{
    own(buf) properties = buf_max(256);
    buf_fmt(&properties, "#sp-%s", c->id);
    buf_fmt(out,
            "<ds:SignedInfo><ds:CanonicalizationMethod Algorithm=\"" URI_C14N "\"/>"
            "<ds:SignatureMethod Algorithm=\"%s\"/>",
            algorithm_signature_uri(SIG_ECDSA_SHA256));
    write_reference(out, URI_SIGNED_PROPERTIES, buf_cstr(&properties), NULL);
    write_reference(out, c->untyped ? NULL : URI_COUNTERSIGNED, c->uri, c->transform);
    if (c->also) write_reference(out, NULL, c->also, NULL);
    buf_str(out, "</ds:SignedInfo>");
}

static void write_properties(struct buf *out, const struct counter *c, const struct leaf *l)
{
    struct digest d;
    MUST(digest_of(DIGEST_SHA256, leaf_certificate(l), &d));
    buf_fmt(out,
            "<ds:Object><xades:QualifyingProperties xmlns:xades=\"" NS_XADES "\" Target=\"#%s\">"
            "<xades:SignedProperties Id=\"sp-%s\"><xades:SignedSignatureProperties>"
            "<xades:SigningTime>",
            c->id, c->id);
    utc_write_xsd(out, utc_now(), UTC_TURKEY_MINUTES);
    buf_str(out,
            "</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>" METHOD
            "<ds:DigestValue>");
    base64_encode(out, digest_bytes(&d), 0);
    buf_str(out, "</ds:DigestValue></xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
                 "</xades:SignedSignatureProperties></xades:SignedProperties>"
                 "</xades:QualifyingProperties></ds:Object>");
}

static void write_signature(struct buf *out, const struct counter *c, const struct leaf *l)
{
    buf_fmt(out, "<ds:Signature xmlns:ds=\"" NS_DS "\" Id=\"%s\">", c->id);
    write_info(out, c);
    buf_fmt(out, "<ds:SignatureValue Id=\"v-%s\">" HOLE "</ds:SignatureValue>", c->id);
    buf_str(out, "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>");
    base64_encode(out, leaf_certificate(l), 76);
    buf_str(out, "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>");
    write_properties(out, c, l);
    buf_str(out, "</ds:Signature>");
}

/* ---- the holes filled, where the signature stands ---- */

static const xmlNode *by_id(const xmlDoc *doc, const char *id)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    struct bytes value;
    for (const xmlNode *n = root; n; n = element_walk(n, root, true))
        if (element_attr(n, "Id", &value) && bytes_eq_str(value, id)) return n;
    return NULL;
}

/* Of SignedInfo, with `info`: the first element of the one that has this Id. None: of nothing. */
static void digest_element(const struct buf *file, const char *id, bool info, struct digest *out)
{
    own(xmldoc) d = {0};
    own(buf) octets = buf_max(ROOM);
    const struct xmldoc_limits limits = {256, ROOM};
    MUST(xmldoc_parse(buf_bytes(file), limits, &d, NULL) == OK);
    const xmlNode *n = by_id(d.doc, id);
    if (n && info) n = element_first(n);
    MUST(!n || xmldoc_c14n(&octets, &d, n, NULL, (struct xmldoc_form){.how = XMLDOC_C14N10}));
    MUST(digest_of(DIGEST_SHA256, buf_bytes(&octets), out));
}

static void fill(struct buf *file, const char *signature, struct bytes with)
{
    own(buf) after = buf_max(256), text = buf_max(4096);
    buf_fmt(&after, "Id=\"%s\"", signature);
    base64_encode(&text, with, 0);
    resigned_swap(file, buf_cstr(&after), HOLE, buf_cstr(&text));
}

static void sign(struct buf *file, const struct leaf *l, const struct counter *c)
{
    own(buf) properties = buf_max(256), value = buf_max(1024);
    struct digest d;
    buf_fmt(&properties, "sp-%s", c->id);
    const char *const on[HOLDERS] = {buf_cstr(&properties), c->uri + (c->uri[0] == '#'),
                                     c->also ? c->also + 1 : NULL};
    for (size_t i = 0; i < HOLDERS && on[i]; i++) {
        digest_element(file, on[i], false, &d);
        fill(file, c->id, digest_bytes(&d));
    }
    digest_element(file, c->id, true, &d);
    leaf_sign(l, &d, &value);
    fill(file, c->id, buf_bytes(&value));
}

void countersigned_put(struct buf *file, const char *after, const struct leaf *l, struct counter c)
{
    own(buf) with = buf_max(1u << 20);
    buf_str(&with, "</xades:SignedProperties><xades:UnsignedProperties>"
                   "<xades:UnsignedSignatureProperties><xades:CounterSignature>");
    write_signature(&with, &c, l);
    buf_str(&with, "</xades:CounterSignature></xades:UnsignedSignatureProperties>"
                   "</xades:UnsignedProperties>");
    resigned_swap(file, after, "</xades:SignedProperties>", buf_cstr(&with));
    sign(file, l, &c);
}

void countersigned_beside(struct buf *file, const char *before, const struct leaf *l,
                          struct counter c)
{
    own(buf) with = buf_max(1u << 20);
    write_signature(&with, &c, l);
    buf_str(&with, before);
    resigned_swap(file, "", before, buf_cstr(&with));
    sign(file, l, &c);
}
