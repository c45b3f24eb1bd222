/* SPDX-License-Identifier: MIT */
#include "xades/counter.h"

#include <stdio.h>

#include "xades/element.h"
#include "xades/names.h"

/* ---- inside a CounterSignature ---- */

/* Each the only way into the next. */
static const struct {
    const char *ns, *name;
} way_up[] = {
    {NS_XADES, "CounterSignature"},
    {NS_XADES, "UnsignedSignatureProperties"},
    {NS_XADES, "UnsignedProperties"},
    {NS_XADES, "QualifyingProperties"},
    {NS_DS, "Object"},
};

/* The signature that has this one as an unsigned property. */
static const xmlNode *signature_around(const xmlNode *signature)
{
    const xmlNode *n = signature->parent;
    for (size_t i = 0; i < sizeof way_up / sizeof *way_up; i++, n = n->parent)
        if (!n || !element_is(n, way_up[i].ns, way_up[i].name)) return NULL;
    return n && element_is(n, NS_DS, "Signature") ? n : NULL;
}

void counter_find(const struct verifying *v, struct xades_report *r)
{
    for (size_t i = 0; i < v->n_signatures; i++) {
        const xmlNode *around = signature_around(v->signatures[i]);
        for (size_t k = 0; around && k < i; k++)
            if (v->signatures[k] == around) r->signatures[i].countersigned = &r->signatures[k];
    }
}

/* ---- on a SignatureValue ---- */

/* XMLDSig 4.1: SignedInfo, SignatureValue. Whole: the element, not what its text decodes to. */
static struct xades_signature_report *signature_of(const struct judging *j,
                                                   const struct reference *ref)
{
    const xmlNode *value = ref->target;
    if (ref->place != REFERENCE_ELEMENT || !value || ref->base64 || ref->enveloped) return NULL;
    for (size_t i = 0; i < j->v->n_signatures; i++) {
        const xmlNode *first = element_first(j->v->signatures[i]);
        if (first && element_next(first) == value && element_is(value, NS_DS, "SignatureValue"))
            return &j->all[i];
    }
    return NULL;
}

/* Two that countersign each other, or one itself: no way leads to a document. */
static bool in_circle(const struct xades_signature_report *s,
                      const struct xades_signature_report *countersigned)
{
    while (countersigned && countersigned != s) countersigned = countersigned->countersigned;
    return countersigned != NULL;
}

void counter_reference(struct judging *j, const struct reference *ref, enum reason found)
{
    const struct xades_signature_report *on = signature_of(j, ref);
    bool declared = bytes_eq_str(ref->type, URI_COUNTERSIGNED);
    bool followed = found == REASON_NONE || ref->target;
    if (declared && followed && (!on || in_circle(j->r, on))) {
        reason_add_view(j->r, REASON_COUNTERSIGNED, ref->uri);
        return;
    }
    if (declared && on && !j->r->countersigned) j->r->countersigned = on;
    if (on && on == j->r->countersigned) j->countersigns = true;
}

const struct xades_signature_report *counter_value(const struct judging *j,
                                                   const struct reference *ref)
{
    const struct xades_signature_report *on = j->r->countersigned ? signature_of(j, ref) : NULL;
    return on && !in_circle(j->r, on) ? on : NULL;
}

/* A CounterSignature holds one ds:Signature and nothing else. */
static void judge_property(struct judging *j, const xmlNode *property)
{
    const xmlNode *one = element_first(property);
    if (!one || element_next(one) || !element_is(one, NS_DS, "Signature") ||
        !element_only(property))
        reason_add(j->r, REASON_COUNTER_MALFORMED, NULL);
}

void counter_judge(struct judging *j)
{
    const xmlNode *top = j->xades ? j->q.unsigned_signature : NULL;
    if (j->r->countersigned && !j->countersigns) reason_add(j->r, REASON_COUNTERSIGNED, NULL);
    for (const xmlNode *n = top ? element_first(top) : NULL; n; n = element_next(n))
        if (element_is(n, NS_XADES, "CounterSignature")) judge_property(j, n);
}

/* ---- about each other ---- */

static void say(struct xades_signature_report *to, enum reason why,
                const struct xades_signature_report *of)
{
    char text[200];
    (void)snprintf(text, sizeof text, "%s%s%s", xades_indication_name(of->indication),
                   of->id[0] ? " " : "", of->id);
    reason_add(to, why, text);
}

void counter_say(struct xades_report *r)
{
    for (size_t i = 0; i < r->n_signatures; i++) {
        struct xades_signature_report *s = &r->signatures[i];
        if (!s->countersigned) continue;
        /* The same row, which may be written here. */
        struct xades_signature_report *on = &r->signatures[s->countersigned - r->signatures];
        say(on, REASON_COUNTER_SIGNATURE, s);
        say(s, REASON_COUNTERSIGNED_IS, on);
    }
}
