/* SPDX-License-Identifier: MIT */
#include "xades/verify.h"

#include "core/base64.h"
#include "core/kimlik.h"
#include "core/name.h"
#include "xades/algorithm.h"
#include "xades/btk.h"
#include "xades/counter.h"
#include "xades/element.h"
#include "xades/judging.h"
#include "xades/level.h"
#include "xades/names.h"
#include "xades/property.h"
#include "xades/stamp.h"

#define MAX_VALUE 1024 /* octets of a signature value */

/* ---- 5.2.3: the signing certificate ---- */

/* Which of KeyInfo's certificates a SigningCertificate property names. Without any property a
 * lone certificate is still shown, and the signature value checked with it. */
static enum reason name_signer(struct judging *j, size_t i)
{
    struct cert c;
    struct der_latch why = {0};
    if (!cert_read(buf_bytes(&j->s.certificates[i]), &c, &why)) return REASON_CERTIFICATE_MALFORMED;
    const xmlNode *v1 = j->q.certificates_v1, *v2 = j->q.certificates_v2;
    if (!v1 && !v2) return REASON_NO_SIGNING_CERTIFICATE;
    enum reason e = v1 ? qualifying_names_certificate(&j->q, false, &c, &j->sha1) : REASON_NONE;
    return e || !v2 ? e : qualifying_names_certificate(&j->q, true, &c, &j->sha1);
}

static void show_signer(struct judging *j)
{
    struct xades_signature_report *r = j->r;
    own(buf) name = buf_max(1024);
    if (name_string(&name, j->signer.common_name_tag, j->signer.common_name))
        judging_text(r->signer, sizeof r->signer, buf_bytes(&name));
    if (j->signer.serial_number.len > 0) kimlik_mask(j->signer.serial_number, r->identity_masked);
    r->not_qualified = cert_qualified(&j->signer);
}

static bool keep_signer(struct judging *j, size_t i)
{
    struct der_latch why = {0};
    j->kept->certificate = buf_take(&j->s.certificates[i]);
    j->r->certificate = buf_bytes(&j->kept->certificate);
    j->has_signer = cert_read(j->r->certificate, &j->signer, &why);
    if (j->has_signer) show_signer(j);
    return j->has_signer;
}

static void judge_signer(struct judging *j)
{
    enum reason said = j->s.n_certificates ? REASON_NONE : REASON_NO_CERTIFICATE;
    for (size_t i = 0; i < j->s.n_certificates; i++) {
        enum reason e = name_signer(j, i);
        bool named = e == REASON_NONE || e == REASON_ISSUER_SERIAL;
        if (i == 0 || named) said = e;
        if (!named && j->s.n_certificates > 1) continue;
        (void)keep_signer(j, i);
        break;
    }
    reason_add(j->r, said, NULL);
    for (unsigned bit = 1, i = 0; bit <= NQ_NO_USER_NOTICE; bit <<= 1, i++) {
        static const enum reason reasons[] = {REASON_NQ_COMPLIANCE, REASON_NQ_STATEMENT,
                                              REASON_NQ_NON_REPUDIATION, REASON_NQ_NOTICE};
        if (j->v->asked->demand_qualified && j->has_signer && (j->r->not_qualified & bit))
            reason_add(j->r, reasons[i], NULL);
    }
}

/* ---- 5.2.7: references ---- */

#define MANIFEST_MAX_ENTRIES 256 /* of all manifests of a signature */

/* What we put into a signature file ourselves: the whole document with the signature taken out, a
 * ds:Object of this signature, its KeyInfo. Anything else that is signed leaves open what the
 * reader of the file takes for signed. */
static bool own_place(const struct judging *j, const struct reference *ref)
{
    const xmlNode *t = ref->target, *signature = j->s.node;
    if (ref->place == REFERENCE_DETACHED) return true;
    if (t == j->v->root) return ref->enveloped && signature != j->v->root;
    if (t->parent == signature) return t == j->s.key_info || element_is(t, NS_DS, "Object");
    const xmlNode *object = t->parent;
    return object && object->parent == signature && element_is(object, NS_DS, "Object") &&
           element_first(object) == t && !element_next(t) && element_only(object);
}

static bool is_manifest(const struct reference *ref)
{
    return ref->target && element_is(ref->target, NS_DS, "Manifest");
}

/* The octets that were hashed are the Manifest's, as it is read. */
static bool can_list(const struct reference *ref)
{
    return is_manifest(ref) && !ref->enveloped && !ref->base64;
}

static void judge_place(struct judging *j, const struct reference *ref)
{
    if (!can_list(ref) && (is_manifest(ref) || bytes_eq_str(ref->type, URI_DS_MANIFEST)))
        reason_add_view(j->r, REASON_MANIFEST, ref->uri);
    if (!own_place(j, ref) && !counter_value(j, ref))
        reason_add_view(j->r, REASON_PART_ONLY, ref->uri);
}

/* Those of SignedInfo, then those of its manifests. */
static const struct reference *any_reference(const struct judging *j, size_t i)
{
    return i < j->s.n_references ? &j->references[i] : &j->entries[i - j->s.n_references];
}

/* A signature that does not cover the document it stands in must stand alone, or beside other
 * signatures only: else the file shows content that nobody signed. */
static void judge_surroundings(struct judging *j)
{
    const xmlNode *signature = j->s.node, *root = j->v->root;
    if (j->r->countersigned) return; /* what stands around that one is judged with it */
    for (size_t i = 0; i < j->s.n_references + j->n_entries; i++) {
        const struct reference *ref = any_reference(j, i);
        bool whole = ref->place != REFERENCE_DETACHED && ref->target == root;
        if (whole && (ref->enveloped || !ref->hashed)) return;
    }
    if (signature == root) return;
    bool alone = signature->parent == root && element_only(root);
    for (const xmlNode *n = element_first(root); n && alone; n = element_next(n))
        alone = element_is(n, NS_DS, "Signature");
    if (!alone) reason_add(j->r, REASON_PART_ONLY, NULL);
}

static void list_data(struct judging *j, struct reference *ref, bool intact)
{
    struct xades_signature_report *r = j->r;
    if (r->n_data == XADES_MAX_DOCUMENTS) {
        reason_add(r, REASON_MORE_DATA, NULL);
        return;
    }
    struct xades_signed_data *d = &r->data[r->n_data++];
    ref->row = r->n_data;
    judging_text(d->uri, sizeof d->uri, ref->uri);
    if (ref->place == REFERENCE_ELEMENT)
        judging_text(d->name, sizeof d->name, bytes_sub(ref->uri, 1, SIZE_MAX));
    if (ref->place == REFERENCE_DETACHED) judging_text(d->name, sizeof d->name, ref->file);
    d->countersigned = counter_value(j, ref);
    d->digest_alg = digest_name(ref->alg);
    d->intact = intact;
    if (!ref->hashed) return;
    d->digest = ref->digest;
    d->size = ref->size;
    if (!intact || !j->v->asked->keep_octets) return;
    d->octets = ref->octets; /* the buffer may change hands, its octets stay where they are */
    j->kept->data[d - r->data] = buf_take(&ref->kept);
}

/* XMLDSig 2.3 leaves to the application what an entry that does not hold means. Here it is reported
 * as signed, and so held to what EN 319 102-1 5.2.7 asks of a Reference. A manifest in a manifest
 * is not followed: no cycles. */
static void judge_entry(struct judging *j, const xmlNode *n)
{
    struct reference *entry = &j->entries[j->n_entries++];
    enum reason found = reference_check(j->v, j->s.node, n, entry);
    reason_add_view(j->r, found, entry->uri.len ? entry->uri : bytes_str("URI=\"\""));
    if (is_manifest(entry) || bytes_eq_str(entry->type, URI_DS_MANIFEST))
        reason_add_view(j->r, REASON_MANIFEST, entry->uri);
    if (found == REASON_NONE && !own_place(j, entry))
        reason_add_view(j->r, REASON_PART_ONLY, entry->uri);
    list_data(j, entry, !found);
    if (entry->row) j->r->data[entry->row - 1].through_manifest = true;
}

/* XMLDSig 5.1: Reference+. */
static void judge_manifest(struct judging *j, const struct reference *ref)
{
    const xmlNode *n = element_first(ref->target);
    if (!n || !element_only(ref->target)) reason_add_view(j->r, REASON_MANIFEST, ref->uri);
    if (!j->entries) j->entries = calloc(MANIFEST_MAX_ENTRIES, sizeof *j->entries);
    for (; n; n = element_next(n)) {
        if (!j->entries || j->n_entries == MANIFEST_MAX_ENTRIES ||
            !element_is(n, NS_DS, "Reference")) {
            reason_add_view(j->r, REASON_MANIFEST, ref->uri);
            return;
        }
        judge_entry(j, n);
    }
}

/* After all of SignedInfo: two References to one Manifest list it once. */
static void judge_manifests(struct judging *j)
{
    for (size_t i = 0; i < j->s.n_references; i++) {
        const struct reference *ref = &j->references[i];
        bool old, again = false;
        if (!ref->intact || !can_list(ref) || judging_is_properties(ref->type, &old)) continue;
        for (size_t k = 0; k < i; k++)
            again = again || (j->references[k].intact && j->references[k].target == ref->target);
        if (!again) judge_manifest(j, ref);
    }
}

/* The one Reference of that Type must lead to the very node that is read as SignedProperties. */
static void judge_coverage(struct judging *j, const struct reference *ref, enum reason found,
                           bool old)
{
    bool same = j->xades && ref->place == REFERENCE_ELEMENT &&
                ref->target == j->q.signed_properties && !ref->enveloped && !ref->base64;
    /* A transform that is not evaluated may well lead there: nothing is known, nothing passes. */
    bool unknown = j->xades && found == REASON_TRANSFORM && ref->target &&
                   element_inside(j->q.signed_properties, ref->target);
    if ((!same && !unknown) || j->covered) reason_add_view(j->r, REASON_NOT_COVERED, ref->uri);
    if ((same || unknown) && found) reason_add(j->r, found, "SignedProperties");
    if (old) reason_add(j->r, REASON_OLD_TYPE, NULL);
    j->covered = same;
}

static void judge_references(struct judging *j)
{
    const xmlNode *n = j->s.first_reference;
    bool seen = false;
    for (size_t i = 0; i < j->s.n_references; i++, n = element_next(n)) {
        struct reference *ref = &j->references[i];
        bool old;
        enum reason found = reference_check(j->v, j->s.node, n, ref);
        ref->intact = !found;
        if (judging_is_properties(ref->type, &old)) {
            judge_coverage(j, ref, found, old);
            seen = true;
            continue;
        }
        reason_add_view(j->r, found, ref->uri.len ? ref->uri : bytes_str("URI=\"\""));
        counter_reference(j, ref, found);
        if (found == REASON_NONE) judge_place(j, ref);
        if (ref->target == NULL || ref->target != j->s.key_info) list_data(j, ref, !found);
    }
    if (j->xades && !seen) reason_add(j->r, REASON_NOT_COVERED, NULL);
    judge_manifests(j);
    if (j->r->n_data == 0) reason_add(j->r, REASON_NO_DATA, NULL);
    judge_surroundings(j);
}

/* ---- 5.2.7: the signature value ---- */

static enum reason signed_info_digest(struct judging *j, enum sig_alg alg, struct digest *out)
{
    struct xmldoc_form form;
    struct prefix_room room;
    own(buf) octets = buf_max(j->v->octets);
    if (!reference_form(j->s.canonicalization, &form, &room)) return REASON_CANONICAL;
    enum reason e = reference_canonical(j->v, j->s.info, NULL, form, &octets);
    if (e) return e;
    return digest_of(sig_alg_digest(alg), buf_bytes(&octets), out) ? REASON_NONE : REASON_WORK;
}

static enum reason check_value(struct judging *j, struct bytes value)
{
    struct bytes uri = {0};
    enum sig_alg alg;
    struct digest d;
    if (!element_attr(j->s.method, "Algorithm", &uri) || element_first(j->s.method))
        return REASON_UNKNOWN_ALGORITHM;
    if (!algorithm_signature_found(uri, &alg))
        return algorithm_weak(uri) ? REASON_WEAK : REASON_UNKNOWN_ALGORITHM;
    j->r->algorithm = algorithm_signature_name(alg);
    j->sha1 = j->sha1 || sig_alg_digest(alg) == DIGEST_SHA1;
    enum reason e = signed_info_digest(j, alg, &d);
    if (e || !j->has_signer) return e;
    own_ptr(pubkey) key = pubkey_of_spki(j->signer.spki);
    if (!key || !sig_alg_fits(alg, pubkey_type(key))) return REASON_KEY_MISFIT;
    return pubkey_check(key, alg, &d, value) ? REASON_NONE : REASON_VALUE_WRONG;
}

static void judge_value(struct judging *j)
{
    struct bytes text;
    own(buf) joined = buf_max(4 * MAX_VALUE);
    own(buf) value = buf_max(MAX_VALUE);
    bool read = element_text(j->s.value, &joined, &text) && base64_decode_xml(&value, text) &&
                value.len > 0;
    reason_add(j->r, read ? check_value(j, buf_bytes(&value)) : REASON_VALUE_MALFORMED, NULL);
}

/* ---- 5.2.8: SHA-1 ---- */

/* 2014-01-01T00:00:00Z. NIST SP 800-131A allows no signature with SHA-1 to be made after 2013, and
 * ETSI TS 119 312 V1.1.1 (2014) has SHA-1 no more; the first collision was shown in 2017. Whoever
 * prepares two documents of one digest needs the signature made after that: one that a time stamp
 * (whose own algorithms are of today) shows to be older can only be attacked by a second preimage.
 * The same goes for the digest of the certificate. */
#define SHA1_ENDED INT64_C(1388534400)

/* A stamp of before the certificate is on a value that somebody found, not on this one's. */
static void judge_sha1(struct judging *j)
{
    bool proven = j->r->has_existed && j->existed < SHA1_ENDED && j->has_signer &&
                  j->existed >= j->signer.not_before;
    for (size_t i = 0; i < j->s.n_references + j->n_entries; i++)
        j->sha1 = j->sha1 || any_reference(j, i)->alg == DIGEST_SHA1;
    if (j->sha1) reason_add(j->r, proven ? REASON_SHA1_SINCE : REASON_SHA1, NULL);
}

/* ---- 5.2.6: the chain ---- */

static enum reason reason_of_chain(const struct chain_result *c)
{
    switch (c->status) {
    case CHAIN_OK:
        return REASON_NONE;
    case CHAIN_NO_REVOCATION:
        return REASON_NO_REVOCATION;
    case CHAIN_NONE:
        return REASON_NO_CHAIN;
    case CHAIN_EXPIRED:
        return REASON_EXPIRED;
    case CHAIN_NOT_YET_VALID:
        return REASON_NOT_YET_VALID;
    case CHAIN_REVOKED:
        return c->signer ? REASON_REVOKED : REASON_CA_REVOKED;
    case CHAIN_CONSTRAINTS:
        break;
    }
    return REASON_CHAIN_CONSTRAINTS;
}

static void judge_chain(struct judging *j)
{
    struct chain_result c;
    const utc_t at = j->v->asked->at;
    if (!j->has_signer) {
        reason_add(j->r, REASON_NO_CHAIN, NULL);
        return;
    }
    const struct chain_time time = chain_time_of(at, j->existed, j->signer.not_after);
    chain_check_archived(j->v->asked->trust, j->r->certificate, &j->values.all, time, j->archived,
                         &c);
    j->r->chain = c.status;
    reason_add(j->r, reason_of_chain(&c), c.detail);
    if (c.missing[0]) reason_add(j->r, REASON_ISSUER_MISSING, c.missing);
    if (c.address[0]) reason_add(j->r, REASON_ISSUER_ADDRESS, c.address);
    if (time.at < at && c.status != CHAIN_EXPIRED) reason_add(j->r, REASON_EXPIRED_SINCE, NULL);
    if (c.status != CHAIN_REVOKED && c.revoked_at) reason_add(j->r, REASON_REVOKED_SINCE, NULL);
}

/* ---- one signature, all signatures ---- */

static err_t judge_signature(struct verifying *v, struct xades_report *all, size_t i)
{
    const xmlNode *node = v->signatures[i];
    struct xades_signature_report *r = &all->signatures[i];
    struct judging_kept *kept = all->storage;
    own(judging) j = {.v = v, .r = r, .all = all->signatures, .kept = &kept[i]};
    struct bytes id;
    r->sub_indication = "";
    r->algorithm = "";
    if (element_attr(node, "Id", &id)) judging_text(r->id, sizeof r->id, id);
    if (ids_clash(&v->ids, &id)) reason_add_view(r, REASON_DUPLICATE_ID, id);
    enum reason shape = signature_read(node, &j.s);
    r->chain = CHAIN_NONE;
    reason_add(r, shape, NULL);
    if (shape) return OK;
    j.references = calloc(j.s.n_references, sizeof *j.references);
    if (!j.references) return err_raise(ERR_STORAGE_FULL);
    enum reason qualified = qualifying_read(node, &j.q);
    j.xades = qualified == REASON_NONE;
    reason_add(r, qualified, NULL);
    if (j.xades && j.q.version != VERSION_132)
        reason_add(r, REASON_OLD_VERSION, version_name(j.q.version));
    if (j.xades && j.q.mixed) reason_add(r, REASON_MIXED_VERSIONS, NULL);
    judge_signer(&j);
    judge_references(&j);
    counter_judge(&j);
    judge_value(&j);
    if (j.xades) property_judge(&j);
    values_read(j.s.certificates, j.s.n_certificates, j.xades ? j.q.unsigned_signature : NULL,
                v->octets, &j.values);
    stamp_judge(&j);
    judge_sha1(&j);
    btk_judge(&j);
    level_name(&j);
    judge_chain(&j);
    return OK;
}

void xades_report_free(struct xades_report *r)
{
    if (!r) return;
    struct judging_kept *kept = r->storage;
    for (size_t i = 0; kept && i < r->n_signatures; i++) judging_kept_free(&kept[i]);
    free(kept);
    free(r->signatures);
    free(r);
}

static struct xades_report *new_report(size_t n)
{
    struct xades_report *r = calloc(1, sizeof *r);
    if (!r) return NULL;
    r->n_signatures = n;
    r->signatures = calloc(n, sizeof *r->signatures);
    r->storage = calloc(n, sizeof(struct judging_kept));
    if (r->signatures && r->storage) return r;
    xades_report_free(r);
    return NULL;
}

static int badness(enum xades_indication i)
{
    return i == XADES_TOTAL_FAILED ? 2 : i == XADES_INDETERMINATE ? 1 : 0;
}

static err_t judge_all(struct verifying *v, struct xades_report **out)
{
    size_t n = v->n_signatures;
    own_ptr(xades_report) r = new_report(n);
    if (!r) return err_raise(ERR_STORAGE_FULL);
    counter_find(v, r);
    for (size_t i = 0; i < n; i++) {
        err_t e = judge_signature(v, r, i);
        if (e) return e;
        if (badness(r->signatures[i].indication) > badness(r->indication))
            r->indication = r->signatures[i].indication;
    }
    counter_say(r);
    *out = give(r);
    return OK;
}

err_t xades_verify(const struct xades_verification *asked, struct xades_report **out,
                   struct xades_why *why)
{
    own(verifying) v = {0};
    err_t e = verifying_open(asked, &v, why);
    return e ? e : judge_all(&v, out);
}

const char *xades_indication_name(enum xades_indication i)
{
    static const char *const names[] = {
        [XADES_TOTAL_PASSED] = "TOTAL-PASSED",
        [XADES_TOTAL_FAILED] = "TOTAL-FAILED",
        [XADES_INDETERMINATE] = "INDETERMINATE",
    };
    return names[i];
}
