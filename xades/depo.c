/* SPDX-License-Identifier: MIT */
#include "xades/depo.h"

#include "core/base64.h"
#include "xades/element.h"
#include "xades/why.h"
#include "xades/xmldoc.h"

#define MAX_DEPTH 8

/* Lists, what is in them, and what of that is read. */
static const struct {
    const char *list, *entry;
} lists[] = {
    {"koksertifikalar", "koksertifika"},
    {"sertifikalar", "sertifika"},
};

/* The format has no namespace. */
static bool named(const xmlNode *n, const char *name)
{
    return !n->ns && strcmp((const char *)n->name, name) == 0;
}

/* False when it is not there, there twice, or not base64 alone. */
static bool read_value(const xmlNode *entry, struct buf *der)
{
    const xmlNode *found = NULL;
    for (const xmlNode *n = element_first(entry); n; n = element_next(n)) {
        if (!named(n, "mValue")) continue;
        if (found) return false;
        found = n;
    }
    own(buf) joined = buf_max(2 * DEPO_MAX_DER);
    struct bytes text;
    return found && element_text(found, &joined, &text) && base64_decode_xml(der, text);
}

struct reading {
    depo_taker *take;
    void *ctx;
    size_t number;
};

static void read_entry(struct reading *r, const xmlNode *entry)
{
    own(buf) der = buf_max(DEPO_MAX_DER);
    bool good = read_value(entry, &der);
    r->take(r->ctx, ++r->number, good ? buf_bytes(&der) : bytes_of(NULL, 0));
}

/* r NULL: only counts. */
static size_t walk(const xmlNode *root, struct reading *r)
{
    size_t n = 0;
    for (const xmlNode *list = element_first(root); list; list = element_next(list)) {
        size_t i = 0;
        while (i < 2 && !named(list, lists[i].list)) i++;
        if (i == 2) continue;
        for (const xmlNode *entry = element_first(list); entry; entry = element_next(entry)) {
            if (!named(entry, lists[i].entry)) continue;
            n++;
            if (r) read_entry(r, entry);
        }
    }
    return n;
}

err_t depo_read(struct bytes octets, depo_taker *take, void *ctx, struct xades_why *why)
{
    own(xmldoc) d = {0};
    struct reading r = {take, ctx, 0};
    err_t e = xmldoc_parse(octets, (struct xmldoc_limits){MAX_DEPTH, DEPO_MAX_OCTETS}, &d, why);
    if (e) return e;
    const xmlNode *root = xmlDocGetRootElement(d.doc);
    if (!named(root, "depo"))
        return why_say(why, ERR_XML_REJECTED, "SertifikaDeposu: the root element is not depo");
    size_t n = walk(root, NULL);
    if (n == 0 || n > DEPO_MAX_ENTRIES)
        return why_say(why, ERR_XML_REJECTED, "SertifikaDeposu: %zu certificates (1 to %d)", n,
                       DEPO_MAX_ENTRIES);
    (void)walk(root, &r);
    return OK;
}
