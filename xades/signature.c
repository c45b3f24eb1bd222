/* SPDX-License-Identifier: MIT */
#include "xades/signature.h"

#include "core/base64.h"
#include "xades/element.h"
#include "xades/names.h"

#define MAX_CERTIFICATE 65536

void signature_free(struct signature *s)
{
    for (size_t i = 0; i < s->n_certificates; i++) buf_free(&s->certificates[i]);
    s->n_certificates = 0;
}

/* Takes the next element when it has that name. */
static const xmlNode *take(const xmlNode **at, const char *name)
{
    const xmlNode *n = *at;
    if (!n || !element_is(n, NS_DS, name)) return NULL;
    *at = element_next(n);
    return n;
}

/* XMLDSig 4.4: CanonicalizationMethod, SignatureMethod, Reference+. */
static enum reason read_info(struct signature *s)
{
    const xmlNode *at = element_first(s->info);
    s->canonicalization = take(&at, "CanonicalizationMethod");
    s->method = take(&at, "SignatureMethod");
    s->first_reference = at;
    if (!element_only(s->info) || !s->canonicalization || !s->method) return REASON_STRUCTURE;
    while (take(&at, "Reference")) {
        if (++s->n_references > SIGNATURE_MAX_REFERENCES) return REASON_TOO_MANY_REFERENCES;
    }
    return at || s->n_references == 0 ? REASON_STRUCTURE : REASON_NONE;
}

static void read_certificate(struct signature *s, const xmlNode *n)
{
    struct bytes text;
    own(buf) joined = buf_max(2 * MAX_CERTIFICATE);
    own(buf) der = buf_max(MAX_CERTIFICATE);
    if (s->n_certificates == SIGNATURE_MAX_CERTIFICATES) return;
    if (!element_text(n, &joined, &text) || !base64_decode_xml(&der, text) || der.len == 0) return;
    s->certificates[s->n_certificates++] = buf_take(&der);
}

static void read_key_info(struct signature *s)
{
    for (const xmlNode *d = element_first(s->key_info); d; d = element_next(d)) {
        if (!element_is(d, NS_DS, "X509Data")) continue;
        for (const xmlNode *c = element_first(d); c; c = element_next(c)) {
            if (element_is(c, NS_DS, "X509Certificate")) read_certificate(s, c);
        }
    }
}

/* XMLDSig 4.1: SignedInfo, SignatureValue, KeyInfo?, Object*. */
enum reason signature_read(const xmlNode *node, struct signature *out)
{
    own(signature) s = {.node = node};
    const xmlNode *at = element_first(node);
    s.info = take(&at, "SignedInfo");
    s.value = take(&at, "SignatureValue");
    s.key_info = take(&at, "KeyInfo");
    while (take(&at, "Object")) continue;
    if (!element_only(node) || at || !s.info || !s.value) return REASON_STRUCTURE;
    enum reason e = read_info(&s);
    if (e) return e;
    if (s.key_info) read_key_info(&s);
    *out = s;
    s.n_certificates = 0;
    return REASON_NONE;
}
