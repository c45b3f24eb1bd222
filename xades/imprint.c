/* SPDX-License-Identifier: MIT */
#include "xades/imprint.h"

#include "xades/element.h"
#include "xades/names.h"

typedef enum reason write_octets(const struct imprint *d, struct buf *out);

static enum reason add_canonical(const struct imprint *d, const xmlNode *n, struct buf *out)
{
    return reference_canonical(d->v, n, NULL, d->form, out);
}

/* EN 319 132-1 5.3 */
static enum reason signature_octets(const struct imprint *d, struct buf *out)
{
    return add_canonical(d, d->s->value, out);
}

/* EN 319 132-1 A.1.5.1.2: the value, and what precedes the stamp of these. */
static enum reason refs_octets(const struct imprint *d, struct buf *out)
{
    static const char *const names[] = {"SignatureTimeStamp",        "CompleteCertificateRefs",
                                        "CompleteRevocationRefs",    "AttributeCertificateRefs",
                                        "AttributeRevocationRefs",   "CompleteCertificateRefsV2",
                                        "AttributeCertificateRefsV2"};
    enum reason e = signature_octets(d, out);
    for (const xmlNode *n = element_first(d->q->unsigned_signature); !e && n && n != d->property;
         n = element_next(n)) {
        for (size_t i = 0; !e && i < sizeof names / sizeof *names; i++)
            if (element_is(n, NS_XADES, names[i]) || element_is(n, NS_XADES141, names[i]))
                e = add_canonical(d, n, out);
    }
    return e;
}

static enum reason archive_references(const struct imprint *d, struct buf *out)
{
    enum reason e = REASON_NONE;
    for (size_t i = 0; !e && i < d->s->n_references; i++) {
        const struct reference *ref = &d->references[i];
        e = ref->hashed ? reference_octets(d->v, d->s->node, ref, d->form, out) : REASON_NOT_FOUND;
    }
    return e;
}

static enum reason archive_objects(const struct imprint *d, struct buf *out)
{
    enum reason e = REASON_NONE;
    for (const xmlNode *n = element_first(d->s->node); !e && n; n = element_next(n))
        if (element_is(n, NS_DS, "Object") && !element_inside(d->q->node, n))
            e = add_canonical(d, n, out);
    return e;
}

/* EN 319 132-1 5.5.2.2, not distributed. */
static enum reason archive_octets(const struct imprint *d, struct buf *out)
{
    const xmlNode *parts[] = {d->s->info, d->s->value, d->s->key_info};
    enum reason e = archive_references(d, out);
    for (size_t i = 0; !e && i < sizeof parts / sizeof *parts; i++)
        if (parts[i]) e = add_canonical(d, parts[i], out);
    for (const xmlNode *n = element_first(d->q->unsigned_signature); !e && n && n != d->property;
         n = element_next(n))
        e = add_canonical(d, n, out);
    return e ? e : archive_objects(d, out);
}

static const struct {
    const char *ns, *name;
    enum imprint_kind kind;
} names[] = {
    {NS_XADES, "SignatureTimeStamp", IMPRINT_SIGNATURE},
    {NS_XADES, "SigAndRefsTimeStamp", IMPRINT_REFS},
    {NS_XADES141, "SigAndRefsTimeStampV2", IMPRINT_REFS},
    {NS_XADES141, "ArchiveTimeStamp", IMPRINT_ARCHIVE},
};

bool imprint_kind_of(const xmlNode *n, enum imprint_kind *out)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!element_is(n, names[i].ns, names[i].name)) continue;
        *out = names[i].kind;
        return true;
    }
    return false;
}

enum reason imprint_octets(const struct imprint *of, struct buf *out)
{
    static write_octets *const writers[] = {
        [IMPRINT_SIGNATURE] = signature_octets,
        [IMPRINT_REFS] = refs_octets,
        [IMPRINT_ARCHIVE] = archive_octets,
    };
    return writers[of->kind](of, out);
}
