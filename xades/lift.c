/* SPDX-License-Identifier: MIT */
#include "xades/lift.h"

#include "core/base64.h"
#include "core/tstcheck.h"
#include "xades/element.h"
#include "xades/imprint.h"
#include "xades/names.h"
#include "xades/refs.h"
#include "xades/values.h"
#include "xades/why.h"
#include "xades/xmlscan.h"
#include "xades/xmlw.h"

#define COLUMNS    76               /* of base64 text, as in finish.c */
#define JOINED_MAX (3 * VALUES_MAX) /* of each kind: fetched, the file's, the stamp's */

/* ---- the signature that is meant ---- */

struct lifting {
    struct xades_verification asked;
    struct verifying v;
    struct signature s;
    struct qualifying q;
    struct reference *references; /* for an archive: s.n_references */
};

static void lifting_free(struct lifting *l)
{
    for (size_t i = 0; l->references && i < l->s.n_references; i++)
        reference_free(&l->references[i]);
    free(l->references);
    signature_free(&l->s);
    verifying_free(&l->v);
}
OWN(lifting)

static err_t open_signature(const struct xades_lift *t, struct lifting *l, struct xades_why *why)
{
    l->asked = (struct xades_verification){.file = t->file,
                                           .detached = t->detached,
                                           .n_detached = t->n_detached,
                                           .max_xml_depth = t->max_xml_depth,
                                           .max_xml_octets = t->max_xml_octets};
    err_t e = verifying_open(&l->asked, &l->v, why);
    if (e) return e;
    if (t->which >= l->v.n_signatures)
        return why_say(why, ERR_SIGNATURE_MALFORMED, "there are %zu signatures", l->v.n_signatures);
    const xmlNode *node = l->v.signatures[t->which];
    if (signature_read(node, &l->s) != REASON_NONE)
        return why_say(why, ERR_SIGNATURE_MALFORMED, "XMLDSig 4.1: not built as a signature");
    if (qualifying_read(node, &l->q) != REASON_NONE)
        return why_say(why, ERR_SIGNATURE_MALFORMED, "EN 319 132-1 4.4: no properties of XAdES");
    if (l->q.version != VERSION_132)
        return why_say(why, ERR_SIGNATURE_MALFORMED,
                       "EN 319 132-1 4.2: XAdES %s takes no properties of today",
                       version_name(l->q.version));
    return OK;
}

/* An archive over something else than was signed would prove nothing. */
static err_t follow_references(struct lifting *l, struct xades_why *why)
{
    const xmlNode *n = l->s.first_reference;
    l->references = calloc(l->s.n_references, sizeof *l->references);
    if (!l->references) return err_raise(ERR_STORAGE_FULL);
    for (size_t i = 0; i < l->s.n_references; i++, n = element_next(n)) {
        if (reference_check(&l->v, l->s.node, n, &l->references[i]) != REASON_NONE)
            return why_say(why, ERR_SIGNATURE_MALFORMED,
                           "EN 319 132-1 5.5.2.2: a document is missing, or not the one signed");
    }
    return OK;
}

static err_t imprint_of(struct lifting *l, enum xades_lift_stamp stamp, enum digest_alg alg,
                        struct digest *out, struct xades_why *why)
{
    static const enum imprint_kind kinds[] = {
        [XADES_LIFT_SIGNATURE] = IMPRINT_SIGNATURE,
        [XADES_LIFT_REFS] = IMPRINT_REFS,
        [XADES_LIFT_ARCHIVE] = IMPRINT_ARCHIVE,
    };
    own(buf) octets = buf_max(XADES_MAX_RESULT);
    err_t e = stamp == XADES_LIFT_ARCHIVE && !l->references ? follow_references(l, why) : OK;
    if (e) return e;
    const struct imprint of = {.kind = kinds[stamp],
                               .v = &l->v,
                               .s = &l->s,
                               .q = &l->q,
                               .references = l->references,
                               .form.how = XMLDOC_C14N10};
    if (imprint_octets(&of, &octets) != REASON_NONE)
        return why_say(why, ERR_SIGNATURE_MALFORMED, "C14N 1.0: there is no such form of it");
    return digest_of(alg, buf_bytes(&octets), out) ? OK : err_raise(ERR_INTERNAL);
}

err_t xades_lift_imprint(const struct xades_lift *t, enum digest_alg alg, struct digest *out,
                         struct xades_why *why)
{
    own(lifting) l = {0};
    err_t e = open_signature(t, &l, why);
    return e ? e : imprint_of(&l, t->stamp, alg, out, why);
}

/* ---- splicing ---- */

/* Which element this is in document order: the scanner counts start tags likewise. */
static size_t number_of(const struct verifying *v, const xmlNode *wanted)
{
    size_t n = 0;
    for (const xmlNode *e = v->root; e && e != wanted; e = element_walk(e, v->root, true)) n++;
    return n;
}

static bool place_of(const struct lifting *l, const xmlNode *n, struct xmlscan_place *out)
{
    return xmlscan_element(l->asked.file, l->asked.max_xml_depth, number_of(&l->v, n), out);
}

/* "xades:" as QualifyingProperties is written, so that no namespace need be declared. */
static struct bytes prefix_of(struct bytes name)
{
    const uint8_t *colon = name.len ? memchr(name.p, ':', name.len) : NULL;
    return bytes_sub(name, 0, colon ? (size_t)(colon - name.p) + 1 : 0);
}

static void tag(struct buf *out, const char *open, struct bytes prefix, const char *name)
{
    buf_str(out, open);
    buf_add(out, prefix);
    buf_str(out, name);
    buf_byte(out, '>');
}

static void base64_leaf(struct buf *out, struct bytes prefix, const char *name, struct bytes data)
{
    struct xmlw w = xmlw_to(out);
    tag(out, "<", prefix, name);
    xmlw_base64(&w, data, COLUMNS);
    tag(out, "</", prefix, name);
}

static const struct {
    const char *ns, *name;
    const char *open, *close; /* with a prefix of its own; NULL: the file's */
} stamps[] = {
    [XADES_LIFT_SIGNATURE] = {NS_XADES, "SignatureTimeStamp", NULL, NULL},
    [XADES_LIFT_REFS] = {NS_XADES, "SigAndRefsTimeStamp", NULL, NULL},
    [XADES_LIFT_ARCHIVE] = {NS_XADES141, "ArchiveTimeStamp",
                            "<xades141:ArchiveTimeStamp xmlns:xades141=\"" NS_XADES141 "\">",
                            "</xades141:ArchiveTimeStamp>"},
};

static void write_stamp(struct buf *out, struct bytes prefix, enum xades_lift_stamp stamp,
                        struct bytes token)
{
    const char *open = stamps[stamp].open;
    if (open)
        buf_str(out, open);
    else
        tag(out, "<", prefix, stamps[stamp].name);
    base64_leaf(out, prefix, "EncapsulatedTimeStamp", token);
    if (open)
        buf_str(out, stamps[stamp].close);
    else
        tag(out, "</", prefix, stamps[stamp].name);
}

/* One list of values in its wrapper; nothing for none. */
static void write_list(struct buf *out, struct bytes prefix, const char *wrapper, const char *name,
                       const struct bytes *values, size_t n)
{
    if (n > 0) tag(out, "<", prefix, wrapper);
    for (size_t i = 0; i < n; i++) base64_leaf(out, prefix, name, values[i]);
    if (n > 0) tag(out, "</", prefix, wrapper);
}

#define STAMP_DATA "xades141:TimeStampValidationData"

static void write_values(struct buf *out, struct bytes prefix, const struct chain_values *v,
                         bool of_stamps)
{
    const bool revocation = v->n_lists + v->n_responses > 0;
    if (of_stamps) buf_str(out, "<" STAMP_DATA " xmlns:xades141=\"" NS_XADES141 "\">");
    write_list(out, prefix, "CertificateValues", "EncapsulatedX509Certificate", v->certificates,
               v->n_certificates);
    if (revocation) tag(out, "<", prefix, "RevocationValues");
    write_list(out, prefix, "CRLValues", "EncapsulatedCRLValue", v->lists, v->n_lists);
    write_list(out, prefix, "OCSPValues", "EncapsulatedOCSPValue", v->responses, v->n_responses);
    if (revocation) tag(out, "</", prefix, "RevocationValues");
    if (of_stamps) buf_str(out, "</" STAMP_DATA ">");
}

/* Where `content` goes, and in which wrappers that the file does not have yet. */
struct splice {
    const xmlNode *into;
    bool first; /* before what is inside, else behind it */
    const char *wrappers[2];
};

/* EN 319 132-1 4.3.3: UnsignedSignatureProperties is the first of UnsignedProperties. */
static struct splice splice_of(const struct lifting *l)
{
    const xmlNode *all = element_child(l->q.node, NS_XADES, "UnsignedProperties");
    if (l->q.unsigned_signature) return (struct splice){l->q.unsigned_signature, false, {0}};
    if (all) return (struct splice){all, true, {"UnsignedSignatureProperties"}};
    return (struct splice){l->q.node, false, {"UnsignedProperties", "UnsignedSignatureProperties"}};
}

/* An element written <a/> is opened for it. */
static void write_spliced(struct buf *out, struct bytes file, const struct splice *s,
                          const struct xmlscan_place *p, struct bytes content)
{
    const size_t at = s->first ? p->inside : p->end, skipped = p->empty ? sizeof "/>" - 1 : 0;
    const struct bytes prefix = prefix_of(p->name);
    buf_add(out, bytes_sub(file, 0, at));
    if (p->empty) buf_byte(out, '>');
    for (size_t i = 0; i < 2 && s->wrappers[i]; i++) tag(out, "<", prefix, s->wrappers[i]);
    buf_add(out, content);
    for (size_t i = 2; i > 0; i--)
        if (s->wrappers[i - 1]) tag(out, "</", prefix, s->wrappers[i - 1]);
    if (p->empty) tag(out, "</", p->name, "");
    buf_add(out, bytes_sub(file, at + skipped, SIZE_MAX));
}

/* "xades:" of the signature that is lifted; empty in a default namespace. */
static err_t prefix_in(const struct lifting *l, struct bytes *out, struct xades_why *why)
{
    struct xmlscan_place root;
    if (!place_of(l, l->q.node, &root))
        return why_say(why, ERR_SIGNATURE_MALFORMED, "no place for an unsigned property");
    *out = prefix_of(root.name);
    return OK;
}

static err_t splice(const struct lifting *l, struct bytes content, struct buf *out,
                    struct xades_why *why)
{
    const struct splice s = splice_of(l);
    struct xmlscan_place place;
    if (!place_of(l, s.into, &place))
        return why_say(why, ERR_SIGNATURE_MALFORMED, "no place for an unsigned property");
    (void)buf_reserve(out, l->asked.file.len + content.len + 256);
    write_spliced(out, l->asked.file, &s, &place, content);
    return buf_ok(out) ? OK : err_raise(ERR_STORAGE_FULL);
}

/* What was written is read back: as the last of the signature's unsigned properties, which
 * numbers and prefixes that were taken for others' would not give. */
static bool stands(const struct xades_lift *t, struct bytes file, const char *ns, const char *name)
{
    own(lifting) l = {0};
    struct xades_lift again = *t;
    struct xades_why why;
    again.file = file;
    again.max_xml_octets = t->max_xml_octets + (file.len - t->file.len);
    if (open_signature(&again, &l, &why) || !l.q.unsigned_signature) return false;
    const xmlNode *last = element_first(l.q.unsigned_signature);
    while (last && element_next(last)) last = element_next(last);
    return last && element_is(last, ns, name);
}

/* Splices, reads back, and only then gives out. */
static err_t add(const struct xades_lift *t, const struct lifting *l, const struct buf *content,
                 const char *ns, const char *name, struct buf *out, struct xades_why *why)
{
    own(buf) file = buf_max(XADES_MAX_RESULT);
    err_t e =
        buf_ok(content) ? splice(l, buf_bytes(content), &file, why) : err_raise(ERR_STORAGE_FULL);
    if (e) return e;
    if (!stands(t, buf_bytes(&file), ns, name))
        return why_say(why, ERR_SIGNATURE_MALFORMED, "EN 319 132-1 4.3.3: nowhere to add to it");
    buf_add(out, buf_bytes(&file));
    return buf_ok(out) ? OK : err_raise(ERR_STORAGE_FULL);
}

/* ---- stamps ---- */

static err_t check_token(struct lifting *l, enum xades_lift_stamp stamp, struct bytes token,
                         struct xades_why *why)
{
    struct tst t;
    struct digest have;
    struct der_latch latch = {0};
    const char *clause = NULL;
    if (!tst_read(token, &t, &latch)) return why_say(why, ERR_TSA_REJECTED, "%s", latch.clause);
    if (tst_check(&t, &clause) != TST_GOOD) return why_say(why, ERR_TSA_REJECTED, "%s", clause);
    if (!t.imprint_known) return why_say(why, ERR_TSA_REJECTED, "RFC 3161 2.4.1: hash unknown");
    err_t e = imprint_of(l, stamp, t.imprint.alg, &have, why);
    if (e) return e;
    return tst_covers(&t, &have)
               ? OK
               : why_say(why, ERR_TSA_REJECTED, "RFC 3161 2.4.2: the imprint is another");
}

err_t xades_lift_stamp(const struct xades_lift *t, struct bytes token, struct buf *out,
                       struct xades_why *why)
{
    own(lifting) l = {0};
    own(buf) content = buf_max(4 * TST_MAX);
    struct bytes prefix = {0};
    err_t e = open_signature(t, &l, why);
    if (!e) e = check_token(&l, t->stamp, token, why);
    if (!e) e = prefix_in(&l, &prefix, why);
    if (e) return e;
    write_stamp(&content, prefix, t->stamp, token);
    return add(t, &l, &content, stamps[t->stamp].ns, stamps[t->stamp].name, out, why);
}

/* ---- values ---- */

static err_t check_values(const struct chain_values *v, struct xades_why *why)
{
    return v->n_certificates + v->n_lists + v->n_responses > 0
               ? OK
               : why_say(why, ERR_INVALID_FIELD, "there is nothing to add");
}

err_t xades_lift_values(const struct xades_lift *t, enum xades_lift_values_of of,
                        const struct chain_values *values, struct buf *out, struct xades_why *why)
{
    own(lifting) l = {0};
    own(buf) content = buf_max(XADES_MAX_RESULT);
    struct bytes prefix = {0};
    err_t e = check_values(values, why);
    if (!e) e = open_signature(t, &l, why);
    if (!e) e = prefix_in(&l, &prefix, why);
    if (e) return e;
    const bool apart = of == XADES_LIFT_OF_STAMP || (l.q.unsigned_set & UP_REVOCATION_VALUES);
    const char *last =
        values->n_lists + values->n_responses > 0 ? "RevocationValues" : "CertificateValues";
    write_values(&content, prefix, values, apart);
    return add(t, &l, &content, apart ? NS_XADES141 : NS_XADES,
               apart ? "TimeStampValidationData" : last, out, why);
}

err_t xades_lift_refs(const struct xades_lift *t, const struct chain_values *values,
                      struct buf *out, struct xades_why *why)
{
    own(lifting) l = {0};
    own(buf) content = buf_max(XADES_MAX_RESULT);
    const char *clause = "";
    err_t e = check_values(values, why);
    if (!e) e = open_signature(t, &l, why);
    if (e) return e;
    if (!refs_certificates(values, &content, &clause) ||
        !refs_revocation(values, &content, &clause))
        return why_say(why, ERR_CERTIFICATE_MALFORMED, "%s", clause);
    return add(t, &l, &content, NS_XADES, "CompleteRevocationRefs", out, why);
}

/* ---- proof ---- */

void xades_proofs_free(struct xades_proofs *p)
{
    proof_free(&p->signer);
    proof_free(&p->stamps);
}

/* The certificates, lists and responses of two, as one: views. */
struct joined {
    struct bytes certificates[JOINED_MAX], lists[JOINED_MAX], responses[JOINED_MAX];
    struct chain_values all;
};

static void join(struct bytes *to, size_t *n, const struct bytes *from, size_t n_from)
{
    for (size_t i = 0; i < n_from && *n < JOINED_MAX; i++) to[(*n)++] = from[i];
}

static void join_values(struct joined *j, const struct chain_values *v)
{
    struct chain_values *all = &j->all;
    all->certificates = j->certificates;
    all->lists = j->lists;
    all->responses = j->responses;
    if (!v) return;
    join(j->certificates, &all->n_certificates, v->certificates, v->n_certificates);
    join(j->lists, &all->n_lists, v->lists, v->n_lists);
    join(j->responses, &all->n_responses, v->responses, v->n_responses);
}

static err_t prove_one(struct bytes cert, const struct chain_values *with,
                       const struct xades_proving *how, struct proof *out, struct wants *wants,
                       struct xades_why *why)
{
    static const err_t errors[] = {
        [CHAIN_OK] = OK,
        [CHAIN_NO_REVOCATION] = ERR_REVOCATION_UNAVAILABLE,
        [CHAIN_NONE] = ERR_CERTIFICATE_UNTRUSTED,
        [CHAIN_EXPIRED] = ERR_CERTIFICATE_EXPIRED,
        [CHAIN_NOT_YET_VALID] = ERR_CERTIFICATE_NOT_YET_VALID,
        [CHAIN_REVOKED] = ERR_CERTIFICATE_REVOKED,
        [CHAIN_CONSTRAINTS] = ERR_CERTIFICATE_UNTRUSTED,
    };
    struct chain_result r;
    proof_gather(how->trust, cert, with, &how->rules, how->at, out, wants, &r);
    return r.status == CHAIN_OK ? OK : why_say(why, errors[r.status], "%s", r.detail);
}

/* A token that cannot be read proves nothing, and needs no proof. */
static err_t prove_stamp(const xmlNode *encapsulated, const struct joined *known,
                         const struct xades_proving *how, struct proof *out, struct wants *wants,
                         struct xades_why *why)
{
    struct bytes text;
    struct tst t;
    struct joined *with = calloc(1, sizeof *with);
    own_mem(struct joined) keep = with;
    own(buf) joined = buf_max(2 * TST_MAX), der = buf_max(TST_MAX);
    struct xades_proving any = *how;
    any.rules = (struct proof_rules){0};
    if (!with) return err_raise(ERR_STORAGE_FULL);
    if (!element_text(encapsulated, &joined, &text) || !base64_decode_xml(&der, text) ||
        !tst_read(buf_bytes(&der), &t, NULL) || t.signer.len == 0)
        return OK;
    join_values(with, &(struct chain_values){.certificates = t.certificates,
                                             .n_certificates = t.n_certificates});
    join_values(with, &known->all);
    return prove_one(t.signer, &with->all, &any, out, wants, why);
}

static err_t prove_stamps(const xmlNode *top, const struct joined *known,
                          const struct xades_proving *how, struct proof *out, struct wants *wants,
                          struct xades_why *why)
{
    bool into = true;
    err_t e = OK;
    for (const xmlNode *n = top ? element_walk(top, top, true) : NULL; n && !e;
         n = element_walk(n, top, into)) {
        into = !element_is(n, NS_XADES, "CounterSignature");
        if (element_is(n, NS_XADES, "EncapsulatedTimeStamp"))
            e = prove_stamp(n, known, how, out, wants, why);
    }
    return e;
}

err_t xades_lift_prove(const struct xades_lift *t, struct bytes signer,
                       const struct xades_proving *how, struct xades_proofs *out,
                       struct wants *wants, struct xades_why *why)
{
    own(lifting) l = {0};
    own(values) file = {0};
    own_mem(struct joined) known = calloc(1, sizeof *known);
    if (!known) return err_raise(ERR_STORAGE_FULL);
    err_t e = open_signature(t, &l, why);
    if (e) return e;
    const xmlNode *top = l.q.unsigned_signature;
    values_read(l.s.certificates, l.s.n_certificates, top, l.v.octets, &file);
    join_values(known, how->fetched);
    join_values(known, &file.all);
    e = prove_one(signer, &known->all, how, &out->signer, wants, why);
    return e ? e : prove_stamps(top, known, how, &out->stamps, wants, why);
}

err_t xades_prove_certificate(struct bytes signer, const struct xades_proving *how,
                              struct proof *out, struct wants *wants, struct xades_why *why)
{
    static const struct chain_values none;
    return prove_one(signer, how->fetched ? how->fetched : &none, how, out, wants, why);
}
