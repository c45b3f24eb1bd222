/* SPDX-License-Identifier: MIT */
#include "xades/verify.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base64.h"
#include "core/file.h"
#include "tests/support/lifted.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/signed.h"
#include "tests/support/suite.h"
#include "xades/element.h"
#include "xades/names.h"
#include "xades/xmldoc.h"

#define FORM   "<form Id=\"f\"><ad>Ayşe</ad><soyad>Yılmaz Çiğdemoğlu</soyad></form>"
#define TEXT   "Taahhüt ederim. Madde 1: parolamı kimseyle paylaşmam."
#define SHARED "../shared/data/xades"

static const char *pki;
static struct trust *trust;

static const char *const keys[] = {"rsa", "p256", "p384"};
#define N_KEYS (sizeof keys / sizeof keys[0])

static struct xades_document documents[] = {
    {.name = {(const uint8_t *)"form.xml", 8}, .mime = {(const uint8_t *)"application/xml", 15}},
    {.name = {(const uint8_t *)"söz 1.txt", 10}, .mime = {(const uint8_t *)"text/plain", 10}}};

static size_t n_documents(enum xades_packaging p)
{
    return p == XADES_ENVELOPED ? 1 : 2;
}

static void make(const char *leaf, enum xades_profile profile, enum xades_packaging packaging,
                 struct buf *file)
{
    own_ptr(leaf) l = leaf_load(pki, leaf);
    documents[0].content = bytes_str(FORM);
    documents[1].content = bytes_str(TEXT);
    signed_make(l, profile, packaging, documents, n_documents(packaging), file);
}

static struct xades_report *judge_with(struct bytes file, const struct trust *t, bool qualified)
{
    const struct xades_detached beside[] = {{documents[0].name, bytes_str(FORM)},
                                            {documents[1].name, bytes_str(TEXT)}};
    struct xades_verification q = {.file = file,
                                   .detached = beside,
                                   .n_detached = 2,
                                   .trust = t,
                                   .at = utc_now(),
                                   .max_xml_depth = 256,
                                   .max_xml_octets = 1u << 26,
                                   .demand_qualified = qualified};
    struct xades_report *r = NULL;
    struct xades_why why = {0};
    (void)xades_verify(&q, &r, &why);
    return r;
}

static struct xades_report *judge(const struct buf *file)
{
    return judge_with(buf_bytes(file), trust, false);
}

static bool has_reason(const struct xades_report *r, const char *slug)
{
    for (size_t i = 0; i < r->n_signatures; i++) {
        for (size_t k = 0; k < r->signatures[i].n_reasons; k++) {
            if (strcmp(r->signatures[i].reasons[k].slug, slug) == 0) return true;
        }
    }
    return false;
}

static void expect(const struct xades_report *r, enum xades_indication i, const char *sub,
                   const char *slug, const char *what)
{
    ck_assert_msg(r != NULL, "%s: no report", what);
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(r->indication == i, "%s: %s", what, buf_cstr(&text));
    ck_assert_msg(strcmp(r->signatures[0].sub_indication, sub) == 0, "%s: %s", what,
                  buf_cstr(&text));
    ck_assert_msg(!slug[0] || has_reason(r, slug), "%s: no %s in %s", what, slug, buf_cstr(&text));
}

/* Replaces the first `from` behind `after` by as many or other octets. */
static void swap(struct buf *file, const char *after, const char *from, const char *to)
{
    own(buf) old = buf_take(file);
    struct bytes all = buf_bytes(&old);
    const uint8_t *start = memmem(all.p, all.len, after, strlen(after));
    ck_assert_msg(start != NULL, "no %s", after);
    start += strlen(after);
    size_t at = (size_t)(start - all.p);
    const uint8_t *hit = memmem(start, all.len - at, from, strlen(from));
    ck_assert_msg(hit != NULL, "no %s behind %s", from, after);
    at = (size_t)(hit - all.p);
    *file = buf_max(1u << 24);
    buf_add(file, bytes_sub(all, 0, at));
    buf_str(file, to);
    buf_add(file, bytes_sub(all, at + strlen(from), SIZE_MAX));
    ck_assert(buf_ok(file));
}

/* Another base64 letter at the first one behind `after`. */
static void change_letter(struct buf *file, const char *after)
{
    uint8_t *p = memmem(file->p, file->len, after, strlen(after));
    ck_assert_msg(p != NULL, "no %s", after);
    p += strlen(after);
    while (*p != '>') p++;
    p++;
    while (*p == '\n') p++;
    *p = *p == 'A' ? 'B' : 'A';
}

/* ---- what we make passes ---- */

static void check_shape(const struct xades_signature_report *s, enum xades_profile profile,
                        enum xades_packaging packaging)
{
    ck_assert_str_eq(s->profile, xades_profile_name(profile));
    ck_assert_str_eq(s->packaging, xades_packaging_name(packaging));
    ck_assert_str_eq(s->commitment, "proof-of-approval");
    ck_assert_str_eq(s->signer, "Ayşe Yılmaz");
    ck_assert_str_eq(s->identity_masked, "100******46");
    ck_assert_int_eq(s->chain, CHAIN_OK);
    ck_assert_uint_eq(s->not_qualified, 0);
    ck_assert(s->has_signing_time);
    ck_assert_uint_eq(s->n_data, n_documents(packaging));
    for (size_t i = 0; i < s->n_data; i++) {
        ck_assert(s->data[i].intact);
        ck_assert_mem_eq(s->data[i].mime, documents[i].mime.p, documents[i].mime.len);
    }
}

START_TEST(passes)
{
    enum xades_profile profile = (enum xades_profile)(_i % XADES_PROFILE_COUNT);
    enum xades_packaging packaging =
        (enum xades_packaging)(_i / XADES_PROFILE_COUNT % XADES_PACKAGING_COUNT);
    const char *key = keys[_i / XADES_PROFILE_COUNT / XADES_PACKAGING_COUNT];
    const struct stamped_by tsa = {pki, "tsa", utc_now()};
    own(buf) file = buf_max(1u << 24);
    make(key, profile, packaging, &file);
    if (xades_profile_stamped(profile)) lifted_stamp(&file, &tsa, DIGEST_SHA256);
    own_ptr(xades_report) r = judge_with(buf_bytes(&file), trust, true);
    expect(r, XADES_TOTAL_PASSED, "", "", key);
    ck_assert_uint_eq(r->n_signatures, 1);
    ck_assert_uint_eq(r->signatures[0].n_reasons, 0);
    check_shape(&r->signatures[0], profile, packaging);
}
END_TEST

/* What is reported is what was hashed. */
START_TEST(reports_the_octets)
{
    own(buf) file = buf_max(1u << 24);
    struct digest d;
    make("p256", XADES_B_B, XADES_ENVELOPING, &file);
    own_ptr(xades_report) r = judge(&file);
    ck_assert(digest_of(DIGEST_SHA256, bytes_str(TEXT), &d));
    ck_assert(bytes_eq(digest_bytes(&r->signatures[0].data[1].digest), digest_bytes(&d)));
    ck_assert_uint_eq(r->signatures[0].data[1].size, strlen(TEXT));
    for (enum lang lang = LANG_TR; lang <= LANG_EN; lang++) {
        own(buf) text = buf_max(1u << 20);
        xades_report_text(&text, r, lang);
        ck_assert(strstr(buf_cstr(&text), "TOTAL-PASSED") != NULL);
    }
}
END_TEST

/* ---- one octet ---- */

static void broken(enum xades_packaging p, const char *key, const char *sub, const char *slug,
                   void (*change)(struct buf *))
{
    own(buf) file = buf_max(1u << 24);
    make(key, XADES_B_B, p, &file);
    change(&file);
    own_ptr(xades_report) r = judge(&file);
    expect(r, XADES_TOTAL_FAILED, sub, slug, slug);
}

static void change_object(struct buf *f)
{
    swap(f, "</xades:QualifyingProperties>", "<ds:Object ", "<ds:Object  ");
    change_letter(f, "<ds:Object  ");
}
static void change_form(struct buf *f)
{
    swap(f, "<ad>", "Ay", "Oy");
}
static void change_time(struct buf *f)
{
    swap(f, "<xades:SigningTime", ":", ";");
}
static void change_value(struct buf *f)
{
    change_letter(f, "<ds:SignatureValue");
}
static void not_covered(struct buf *f)
{
    swap(f, "<ds:Reference", "#SignedProperties", "#SomeProperties..");
}
static void other_target(struct buf *f)
{
    swap(f, "Target=\"#", "a", "b");
}
static void second_properties(struct buf *f)
{
    swap(f, "</ds:KeyInfo>", "<ds:Object",
         "<ds:Object><xades:SignedProperties xmlns:xades=\"" NS_XADES "\"/></ds:Object><ds:Object");
}
static void same_id(struct buf *f)
{
    swap(f, "</ds:KeyInfo>", "<ds:Object",
         "<ds:Object Id=\"twice\"/><ds:Object Id=\"twice\"/><ds:Object");
}
static void comment_in_value(struct buf *f)
{
    swap(f, "<ds:SignatureValue", "</ds:SignatureValue>", "<!-- --></ds:SignatureValue>");
}
static void stray_element(struct buf *f)
{
    swap(f, "</ds:SignedInfo>", "<ds:SignatureValue", "<ds:Extra/><ds:SignatureValue");
}
static void digest_changed(struct buf *f)
{
    change_letter(f, "<ds:DigestValue");
}

static const struct {
    enum xades_packaging packaging;
    const char *sub, *slug;
    void (*change)(struct buf *);
} breaks[] = {
    {XADES_ENVELOPING, "HASH_FAILURE", "reference-digest", change_object}, /* 5.2.7 */
    {XADES_ENVELOPED, "HASH_FAILURE", "reference-digest", change_form},
    {XADES_ENVELOPING, "HASH_FAILURE", "reference-digest", change_time},
    {XADES_ENVELOPED, "HASH_FAILURE", "reference-digest", change_time},
    {XADES_DETACHED, "HASH_FAILURE", "reference-digest", change_time},
    {XADES_ENVELOPING, "SIG_CRYPTO_FAILURE", "signature-value", change_value},
    {XADES_ENVELOPED, "SIG_CRYPTO_FAILURE", "signature-value", change_value},
    {XADES_DETACHED, "SIG_CRYPTO_FAILURE", "signature-value", change_value},
    {XADES_DETACHED, "HASH_FAILURE", "signature-value", digest_changed},
    {XADES_ENVELOPING, "FORMAT_FAILURE", "signed-properties-not-covered", not_covered},
    {XADES_ENVELOPED, "FORMAT_FAILURE", "signed-properties-not-covered", not_covered},
    {XADES_DETACHED, "FORMAT_FAILURE", "signed-properties-not-covered", not_covered},
    {XADES_ENVELOPING, "FORMAT_FAILURE", "qualifying-properties", other_target}, /* 5.2.2 */
    {XADES_ENVELOPING, "FORMAT_FAILURE", "qualifying-properties", second_properties},
    {XADES_ENVELOPING, "FORMAT_FAILURE", "duplicate-id", same_id},
    {XADES_ENVELOPING, "FORMAT_FAILURE", "signature-value-malformed", comment_in_value},
    {XADES_ENVELOPING, "FORMAT_FAILURE", "signature-structure", stray_element},
};
#define N_BREAKS (sizeof breaks / sizeof breaks[0])

START_TEST(breaks_are_named)
{
    size_t row = (size_t)_i / N_KEYS;
    broken(breaks[row].packaging, keys[(size_t)_i % N_KEYS], breaks[row].sub, breaks[row].slug,
           breaks[row].change);
}
END_TEST

START_TEST(detached_document_changed)
{
    own(buf) file = buf_max(1u << 24);
    make(keys[_i], XADES_P1, XADES_DETACHED, &file);
    const struct xades_detached beside[] = {{documents[0].name, bytes_str(FORM)},
                                            {documents[1].name, bytes_str("Taahhut" TEXT)}};
    struct xades_verification q = {.file = buf_bytes(&file),
                                   .detached = beside,
                                   .n_detached = 2,
                                   .trust = trust,
                                   .at = utc_now()};
    own_ptr(xades_report) r = signed_judge(q);
    expect(r, XADES_TOTAL_FAILED, "HASH_FAILURE", "reference-digest", "detached");
    ck_assert(r->signatures[0].data[0].intact && !r->signatures[0].data[1].intact);
    q.n_detached = 1;
    own_ptr(xades_report) missing = signed_judge(q);
    expect(missing, XADES_INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "signed-data-not-found", "gone");
}
END_TEST

/* Every octet of a small file in turn: the indication is never TOTAL-PASSED unless what was hashed
 * is the same (white space in base64, quotes, the declaration …). */
static bool same_signed(const struct xades_report *a, const struct xades_report *b)
{
    const struct xades_signature_report *x = a->signatures, *y = b->signatures;
    if (a->n_signatures != b->n_signatures || x->n_data != y->n_data) return false;
    for (size_t i = 0; i < x->n_data; i++) {
        if (!bytes_eq(digest_bytes(&x->data[i].digest), digest_bytes(&y->data[i].digest)))
            return false;
    }
    return bytes_eq(x->certificate, y->certificate) && x->signing_time == y->signing_time;
}

START_TEST(every_octet)
{
    own(buf) file = buf_max(1u << 24);
    make("p256", XADES_B_B, (enum xades_packaging)_i, &file);
    own_ptr(xades_report) good = judge(&file);
    expect(good, XADES_TOTAL_PASSED, "", "", "unchanged");
    unsigned passed = 0, n = 0;
    for (size_t i = 0; i < file.len; i += 3, n++) {
        uint8_t kept = file.p[i];
        file.p[i] ^= 1;
        own_ptr(xades_report) r = judge(&file);
        if (r && r->indication == XADES_TOTAL_PASSED) {
            passed++;
            ck_assert_msg(same_signed(good, r), "octet %zu (%c) changed what is signed", i, kept);
        }
        file.p[i] = kept;
    }
    ck_assert_uint_lt(passed, n / 20);
}
END_TEST

/* ---- signed anew: the signer's own hand, and still not what it seems ---- */

static void drop_reference(struct buf *f)
{
    own(buf) reference = buf_max(1u << 16);
    const uint8_t *start = memmem(f->p, f->len, "<ds:Reference", 13);
    const uint8_t *end = memmem(f->p, f->len, "</ds:Reference>", 15);
    ck_assert(start && end);
    buf_add(&reference, bytes_of(start, (size_t)(end + 15 - start)));
    swap(f, "<ds:SignatureMethod", buf_cstr(&reference), "");
}
static void drop_type(struct buf *f)
{
    swap(f, "<ds:Reference", " Type=\"" URI_SIGNED_PROPERTIES "\"", "");
}
static void unchanged(struct buf *f)
{
    (void)f;
}
static void fetch(struct buf *f)
{
    swap(f, "</ds:Reference>", "URI=\"form.xml\"", "URI=\"http://127.0.0.1:1/form.xml\"");
}
static void fetch_file(struct buf *f)
{
    swap(f, "</ds:Reference>", "URI=\"form.xml\"", "URI=\"file:///etc/hostname\"");
}
static void xpointer(struct buf *f)
{
    swap(f, "</ds:Reference>", "URI=\"form.xml\"", "URI=\"#xpointer(/)\"");
}
static void xslt(struct buf *f)
{
    swap(f, "</ds:Reference>", "<ds:DigestMethod",
         "<ds:Transforms><ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>"
         "</ds:Transforms><ds:DigestMethod");
}
static void md5(struct buf *f)
{
    swap(f, "</ds:Reference>", "http://www.w3.org/2001/04/xmlenc#sha256",
         "http://www.w3.org/2001/04/xmldsig-more#md5");
}
static void documents_gone(struct buf *f)
{
    for (int i = 0; i < 2; i++) {
        own(buf) reference = buf_max(1u << 16);
        uint8_t *start = memmem(f->p, f->len, "</ds:Reference>", 15);
        ck_assert_ptr_nonnull(start);
        start += 15;
        uint8_t *end = memmem(start, f->len - (size_t)(start - f->p), "</ds:Reference>", 15);
        ck_assert_ptr_nonnull(end);
        buf_add(&reference, bytes_of(start, (size_t)(end + 15 - start)));
        swap(f, "</ds:Reference>", buf_cstr(&reference), "");
    }
}

static const struct {
    const char *sub, *slug;
    void (*change)(struct buf *);
    enum xades_indication indication;
} resigned[] = {
    {"", "", unchanged, XADES_TOTAL_PASSED},
    {"FORMAT_FAILURE", "signed-properties-not-covered", drop_reference, XADES_TOTAL_FAILED},
    {"FORMAT_FAILURE", "signed-properties-not-covered", drop_type, XADES_TOTAL_FAILED},
    {"SIGNED_DATA_NOT_FOUND", "remote-not-fetched", fetch, XADES_INDETERMINATE},
    {"SIGNED_DATA_NOT_FOUND", "remote-not-fetched", fetch_file, XADES_INDETERMINATE},
    {"SIGNED_DATA_NOT_FOUND", "reference-uri", xpointer, XADES_INDETERMINATE},
    {"SIG_CONSTRAINTS_FAILURE", "transform-not-supported", xslt, XADES_INDETERMINATE},
    {"CRYPTO_CONSTRAINTS_FAILURE", "weak-algorithm", md5, XADES_INDETERMINATE},
    {"SIG_CONSTRAINTS_FAILURE", "no-signed-data", documents_gone, XADES_INDETERMINATE},
};

START_TEST(signed_anew)
{
    own(buf) file = buf_max(1u << 24);
    make("p256", XADES_B_B, XADES_DETACHED, &file);
    resigned[_i].change(&file);
    own_ptr(leaf) l = leaf_load(pki, "p256");
    resigned_value(&file, l);
    own_ptr(xades_report) r = judge(&file);
    expect(r, resigned[_i].indication, resigned[_i].sub, resigned[_i].slug, resigned[_i].slug);
    ck_assert_msg(!has_reason(r, "signature-value"), "%s", resigned[_i].slug);
}
END_TEST

/* ---- XPath: known by its letters, never evaluated ---- */

#define OWN_ENVELOPED "<ds:Transform Algorithm=\"" URI_ENVELOPED "\"></ds:Transform>"
#define XPATH(text)                                                                                \
    "<ds:Transform Algorithm=\"" URI_XPATH "\"><ds:XPath>" text "</ds:XPath></ds:Transform>"
#define FILTER(how, text)                                                                          \
    "<ds:Transform Algorithm=\"" NS_FILTER2 "\"><f:XPath xmlns:f=\"" NS_FILTER2 "\" Filter=\"" how \
    "\">" text "</f:XPath></ds:Transform>"
#define OTHER "<ds:Transform Algorithm=\"" URI_XPATH "\"><ds:XPath xmlns:x=\"urn:x\">"

static const struct {
    const char *transforms, *slug, *inserted;
    enum xades_indication indication;
} xpaths[] = {
    {XPATH("not(ancestor-or-self::ds:Signature)"), "", "", XADES_TOTAL_PASSED},
    {XPATH("\n not(ancestor-or-self::ds:Signature) "), "", "", XADES_TOTAL_PASSED},
    {FILTER("subtract", "/descendant::ds:Signature"), "", "", XADES_TOTAL_PASSED},
    {FILTER("subtract", "//ds:Signature"), "", "", XADES_TOTAL_PASSED},
    {OWN_ENVELOPED XPATH("not(ancestor-or-self::ds:Signature)"), "", "", XADES_TOTAL_PASSED},
    {XPATH("not(ancestor-or-self::Signature)"), "transform-not-supported", "", XADES_INDETERMINATE},
    {XPATH("not(ancestor-or-self::xades:Signature)"), "transform-not-supported", "",
     XADES_INDETERMINATE},
    {XPATH("not(ancestor-or-self::ds:SignatureValue)"), "transform-not-supported", "",
     XADES_INDETERMINATE},
    {XPATH("not(ancestor-or-self::ds:Signature) or self::b"), "transform-not-supported", "",
     XADES_INDETERMINATE},
    {XPATH("not(ancestor-or-self::ds:Signature"), "transform-not-supported", "",
     XADES_INDETERMINATE},
    {XPATH("true()"), "transform-not-supported", "", XADES_INDETERMINATE},
    {XPATH(""), "transform-not-supported", "", XADES_INDETERMINATE},
    {OTHER "not(ancestor-or-self::x:Signature)</ds:XPath></ds:Transform>",
     "transform-not-supported", "", XADES_INDETERMINATE},
    {FILTER("intersect", "/descendant::ds:Signature"), "transform-not-supported", "",
     XADES_INDETERMINATE},
    {FILTER("subtract", "/descendant::b"), "transform-not-supported", "", XADES_INDETERMINATE},
    {XPATH("not(ancestor-or-self::ds:Signature)") XPATH("not(ancestor-or-self::ds:Signature)"),
     "transform-not-supported", "", XADES_INDETERMINATE},
    /* What stands in another signature is not signed: so it must be one, and is judged itself. */
    {XPATH("not(ancestor-or-self::ds:Signature)"), "signature-structure",
     "<ds:Signature xmlns:ds=\"" NS_DS "\"><soyad>Başkası</soyad></ds:Signature>",
     XADES_TOTAL_FAILED},
};

START_TEST(xpath)
{
    own(buf) file = buf_max(1u << 24), with = buf_max(1u << 16);
    own_ptr(leaf) l = leaf_load(pki, "p256");
    make("p256", XADES_B_B, XADES_ENVELOPED, &file);
    resigned_swap(&file, "", OWN_ENVELOPED, xpaths[_i].transforms);
    resigned_value(&file, l);
    buf_fmt(&with, "<ad>%s", xpaths[_i].inserted);
    resigned_swap(&file, "", "<ad>", buf_cstr(&with));
    own_ptr(xades_report) r = judge(&file);
    ck_assert_ptr_nonnull(r);
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(r->indication == xpaths[_i].indication, "%d: %s", _i, buf_cstr(&text));
    ck_assert_msg(!*xpaths[_i].slug || has_reason(r, xpaths[_i].slug), "%d: %s", _i,
                  buf_cstr(&text));
}
END_TEST

/* ---- certificates and chains ---- */

static const struct {
    const char *leaf, *trust, *sub, *slug;
    bool qualified;
} chains[] = {
    {"p256", "trust-no-crl", "TRY_LATER", "no-revocation", false},
    {"p256", "trust-stale", "TRY_LATER", "no-revocation", false},
    {"stranger", "trust", "NO_CERTIFICATE_CHAIN_FOUND", "no-chain", false},
    {"selfsigned", "trust", "NO_CERTIFICATE_CHAIN_FOUND", "no-chain", false},
    {"revoked", "trust", "REVOKED_NO_POE", "revoked", false},
    {"expired", "trust", "OUT_OF_BOUNDS_NO_POE", "expired", false},
    {"notyet", "trust", "OUT_OF_BOUNDS_NO_POE", "not-yet-valid", false},
    {"noqc", "trust", "SIG_CONSTRAINTS_FAILURE", "no-qc-compliance", true},
    {"nononrep", "trust", "SIG_CONSTRAINTS_FAILURE", "no-non-repudiation", true},
    {"nonotice", "trust", "SIG_CONSTRAINTS_FAILURE", "no-user-notice", true},
};

START_TEST(chains_are_told_apart)
{
    char dir[1024];
    own(buf) file = buf_max(1u << 24);
    own_ptr(trust) t = NULL;
    (void)snprintf(dir, sizeof dir, "%s/%s", pki, chains[_i].trust);
    ck_assert_int_eq(trust_load(dir, &t), OK);
    make(chains[_i].leaf, XADES_B_B, XADES_ENVELOPING, &file);
    own_ptr(xades_report) r = judge_with(buf_bytes(&file), t, chains[_i].qualified);
    expect(r, XADES_INDETERMINATE, chains[_i].sub, chains[_i].slug, chains[_i].leaf);
    own_ptr(trust) empty = trust_empty();
    own_ptr(xades_report) none = judge_with(buf_bytes(&file), empty, false);
    expect(none, XADES_INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND", "no-chain", "no trust");
}
END_TEST

/* Another person's certificate in KeyInfo, same issuer: not the one that SignedProperties name. */
START_TEST(swapped_certificate)
{
    own(buf) file = buf_max(1u << 24);
    own(buf) old = buf_max(8192), new = buf_max(8192);
    own_ptr(leaf) other = leaf_load(pki, "mehmet");
    own_ptr(leaf) mine = leaf_load(pki, "p256");
    make("p256", (enum xades_profile)_i, XADES_ENVELOPING, &file);
    base64_encode(&old, leaf_certificate(mine), 76);
    base64_encode(&new, leaf_certificate(other), 76);
    if (!memmem(file.p, file.len, old.p, old.len)) {
        buf_cut(&old, 0);
        base64_encode(&old, leaf_certificate(mine), 0);
    }
    swap(&file, "<ds:X509Certificate", buf_cstr(&old), buf_cstr(&new));
    own_ptr(xades_report) r = judge(&file);
    ck_assert_ptr_nonnull(r);
    ck_assert(r->indication != XADES_TOTAL_PASSED);
    ck_assert(has_reason(r, "signing-certificate-mismatch"));
}
END_TEST

/* ---- files that are none ---- */

START_TEST(not_signatures)
{
    static const struct {
        const char *text;
        err_t error;
    } rows[] = {
        {"<a/>", ERR_SIGNATURE_MALFORMED},
        {"", ERR_XML_REJECTED},
        {"<a><b></a>", ERR_XML_REJECTED},
        {"<!DOCTYPE a [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><a>&e;</a>", ERR_XML_REJECTED},
    };
    struct xades_why why = {0};
    own_ptr(xades_report) r = NULL;
    struct xades_verification q = {.file = bytes_str(rows[_i].text),
                                   .trust = trust,
                                   .max_xml_depth = 256,
                                   .max_xml_octets = 1u << 20};
    ck_assert_int_eq(xades_verify(&q, &r, &why), rows[_i].error);
    ck_assert(why.clause[0] != 0);
}
END_TEST

START_TEST(too_many)
{
    own(buf) file = buf_max(1u << 20);
    struct xades_why why = {0};
    own_ptr(xades_report) r = NULL;
    buf_str(&file, "<a>");
    for (int i = 0; i <= XADES_MAX_SIGNATURES; i++)
        buf_str(&file, "<Signature xmlns=\"" NS_DS "\"/>");
    buf_str(&file, "</a>");
    struct xades_verification q = {
        .file = buf_bytes(&file), .trust = trust, .max_xml_depth = 256, .max_xml_octets = 1u << 20};
    ck_assert_int_eq(xades_verify(&q, &r, &why), ERR_SIGNATURE_MALFORMED);
}
END_TEST

/* Two signatures beside each other: both are judged, the worst counts. */
START_TEST(several)
{
    own(buf) one = buf_max(1u << 20), two = buf_max(1u << 20), file = buf_max(1u << 22);
    make("p256", XADES_B_B, XADES_ENVELOPING, &one);
    make("rsa", XADES_P1, XADES_ENVELOPING, &two);
    const uint8_t *a = memmem(one.p, one.len, "<ds:Signature ", 14);
    const uint8_t *b = memmem(two.p, two.len, "<ds:Signature ", 14);
    ck_assert(a && b);
    buf_str(&file, "<all>");
    buf_add(&file, bytes_of(a, one.len - (size_t)(a - one.p)));
    buf_add(&file, bytes_of(b, two.len - (size_t)(b - two.p)));
    buf_str(&file, "</all>");
    own_ptr(xades_report) r = judge(&file);
    expect(r, XADES_TOTAL_PASSED, "", "", "two");
    ck_assert_uint_eq(r->n_signatures, 2);
    swap(&file, "<all>", "<ds:Signature ", "<unsigned/><ds:Signature ");
    own_ptr(xades_report) mixed = judge(&file);
    expect(mixed, XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "signed-part-only", "content");
}
END_TEST

/* ---- files of others ---- */

static bool hostile_name(const char *path)
{
    static const char *const words[] = {"tampered",  "wrong",     "altered", "broken",
                                        "malformed", "injection", "/xsw/"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(path, words[i])) return true;
    }
    return false;
}

#define N_FOREIGN 51 /* when this was written */
static unsigned n_foreign, n_hostile;

static void judge_foreign(const char *path, const struct trust *t)
{
    own(buf) file = buf_max(1u << 26);
    ck_assert_int_eq(file_read(path, &file), OK);
    own_ptr(xades_report) r = judge_with(buf_bytes(&file), t, false);
    bool passed = r && r->indication == XADES_TOTAL_PASSED;
    n_foreign++;
    n_hostile += hostile_name(path);
    ck_assert_msg(!passed, "%s passed", path);
}

static void walk(const char *dir, const struct trust *t)
{
    DIR *d = opendir(dir);
    if (!d) return;
    for (const struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[1024];
        if (e->d_name[0] == '.') continue;
        (void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_type == DT_DIR)
            walk(path, t);
        else
            judge_foreign(path, t);
    }
    (void)closedir(d);
}

START_TEST(foreign_files)
{
    n_foreign = n_hostile = 0;
    walk(SHARED "/dss", trust);
    if (n_foreign == 0)
        printf("# foreign files: 0 of %d ran: data absent\n", N_FOREIGN);
    else
        printf("# %u foreign files judged, none of the %u hostile ones passed\n", n_foreign,
               n_hostile);
}
END_TEST

/* Not for want of an anchor: each of these says what is wrong with the file itself. */
static const struct {
    const char *file, *slug;
} attacks[] = {
    {"xsw/XSW-enveloped-fake-content.xml", "enveloped-outside"},
    {"xsw/XSW-enveloped-fake-content-misplaced.xml", "enveloped-outside"},
    {"xsw/XSW-enveloped-fake-content-two-same-id.xml", "duplicate-id"},
    {"xsw/XSW-enveloped-fake-signedProperties.xml", "signed-properties-not-covered"},
    {"xsw/XSW-enveloping-fake-manifest.xml", "signed-part-only"},
    {"xsw/XSW-enveloping-fake-object.xml", "signed-part-only"},
    {"xsw/disable-checks.xml", "signed-part-only"},
    {"dss-signed-altered-refRemoved.xml", "signature-value"},
    {"dss-signed-altered-signedPropsRemoved.xml", "signed-properties-not-covered"},
    {"xades-not-base64-sigValue.xml", "signature-value-malformed"},
    {"xades-sign-cert-v2-wrong-digest.xml", "signing-certificate-missing"},
    {"xades-tampered-reference.xml", "signature-value"},
    {"xades-tampered-keyinfo.xml", "certificate-missing"},
    {"xmldsig-only.xml", "not-xades"},
    /* Old ones. The JDK finds the digests and the value of each right but where it is said. */
    {"Signature-X-AT-1.xml", "old-version"},
    {"Signature-X-FR_NOT-3.xml", "old-version"},
    {"Signature-X-RO_TRA-15.xml", "sha1"},
    {"Signature-X-UK_ELD-4.xml", "sha1"},
    {"Signature-X-HR_FIN-1.xml", "sha1"},
    {"Signature-X-ES-100.xml", "sha1"},
    {"Signature-X-ES-103.xml", "sha1"},
    {"Signature-X-CY-1.xml", "sha1"},                      /* a Manifest */
    {"Signature-X-RO_TRA-4.xml", "reference-digest"},      /* so says the JDK */
    {"Signature-X-CZ_ICZ-1.xml", "qualifying-properties"}, /* 1.2.2; Target without "#" */
};

/* What must not be said of one of these: it holds. */
static void holds(const struct xades_report *r, const char *file, const char *slug)
{
    bool old = strcmp(slug, "old-version") == 0 || strcmp(slug, "sha1") == 0;
    ck_assert_msg(!old ||
                      (r->indication == XADES_INDETERMINATE && !has_reason(r, "signature-value")),
                  "%s", file);
}

START_TEST(attacks_are_named)
{
    char path[512];
    own(buf) file = buf_max(1u << 26);
    (void)snprintf(path, sizeof path, "%s/dss/%s", SHARED, attacks[_i].file);
    if (file_read(path, &file) != OK) return;
    own_ptr(xades_report) r = judge(&file);
    ck_assert_ptr_nonnull(r);
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(has_reason(r, attacks[_i].slug), "%s: no %s in %s", attacks[_i].file,
                  attacks[_i].slug, buf_cstr(&text));
    holds(r, attacks[_i].file, attacks[_i].slug);
}
END_TEST

/* Made with EU DSS. Enveloped: its default is XPath Filter 2, known by its letters. */
static const struct {
    const char *file, *profile, *slug;
    enum xades_indication indication;
} made[] = {
    {"BASELINE_B-ENVELOPING.xml", "B-B", "", XADES_TOTAL_PASSED},
    {"BASELINE_T-ENVELOPING.xml", "B-T", "", XADES_TOTAL_PASSED},
    {"BASELINE_LT-ENVELOPING.xml", "B-LT", "", XADES_TOTAL_PASSED},
    {"BASELINE_LTA-ENVELOPING.xml", "B-LTA", "", XADES_TOTAL_PASSED},
    {"BASELINE_B-ENVELOPED.xml", "B-B", "", XADES_TOTAL_PASSED},
    {"BASELINE_T-ENVELOPED.xml", "B-T", "", XADES_TOTAL_PASSED},
    {"BASELINE_LT-ENVELOPED.xml", "B-LT", "", XADES_TOTAL_PASSED},
    {"BASELINE_LTA-ENVELOPED.xml", "B-LTA", "", XADES_TOTAL_PASSED},
};

START_TEST(made_with_dss)
{
    char path[512];
    own(buf) file = buf_max(1u << 24);
    own_ptr(trust) t = NULL;
    (void)snprintf(path, sizeof path, "%s/dss-made/%s", SHARED, made[_i].file);
    if (file_read(path, &file) != OK || trust_load(SHARED "/dss-made", &t) != OK) return;
    const struct xades_detached none = {0};
    /* The time of validation is one at which the certificates and the CRL held. */
    struct xades_verification q = {.file = buf_bytes(&file),
                                   .detached = &none,
                                   .trust = t,
                                   .at = 1795435200, /* 2026-11-23T12:00:00Z */
                                   .max_xml_depth = 256,
                                   .max_xml_octets = 1u << 24};
    own_ptr(xades_report) r = signed_judge(q);
    expect(r, made[_i].indication, made[_i].indication ? "SIG_CONSTRAINTS_FAILURE" : "",
           made[_i].slug, made[_i].file);
    ck_assert_str_eq(r->signatures[0].profile, made[_i].profile);
    ck_assert(!has_reason(r, "signature-value") && !has_reason(r, "reference-digest"));
    printf("# %s: %s\n", made[_i].file, xades_indication_name(r->indication));
}
END_TEST

/* The loops above run each case in a process of its own. */
static bool is_here(const char *folder, const char *file)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s/%s", SHARED, folder, file);
    return access(path, R_OK) == 0;
}

static void tell(const char *set, size_t n, int of)
{
    printf("# %s: %zu of %d ran%s\n", set, n, of, n ? "" : ": data absent");
}

START_TEST(told_what_ran)
{
    size_t n_attacks = 0, n_made = 0;
    for (int i = 0; i < ROWS(attacks); i++) n_attacks += is_here("dss", attacks[i].file);
    for (int i = 0; i < ROWS(made); i++) n_made += is_here("dss-made", made[i].file);
    tell("foreign files by name", n_attacks, ROWS(attacks));
    tell("files of EU DSS", n_made, ROWS(made));
}
END_TEST

static void setup(void)
{
    trust = signed_trust(pki);
}

static void teardown(void)
{
    trust_free(trust);
}

int main(void)
{
    pki = pki_make("verify");
    Suite *s = suite_create("verify");
    TCase *t = tcase_create("verify");
    tcase_set_timeout(t, 120);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, passes, 0, (int)(N_KEYS * XADES_PROFILE_COUNT * XADES_PACKAGING_COUNT));
    tcase_add_test(t, reports_the_octets);
    tcase_add_loop_test(t, breaks_are_named, 0, (int)(N_BREAKS * N_KEYS));
    tcase_add_loop_test(t, detached_document_changed, 0, (int)N_KEYS);
    tcase_add_loop_test(t, every_octet, 0, XADES_PACKAGING_COUNT);
    tcase_add_loop_test(t, signed_anew, 0, ROWS(resigned));
    tcase_add_loop_test(t, xpath, 0, ROWS(xpaths));
    tcase_add_loop_test(t, chains_are_told_apart, 0, ROWS(chains));
    tcase_add_loop_test(t, swapped_certificate, 0, XADES_PROFILE_COUNT);
    tcase_add_loop_test(t, not_signatures, 0, 4);
    tcase_add_test(t, too_many);
    tcase_add_test(t, several);
    tcase_add_test(t, foreign_files);
    tcase_add_loop_test(t, attacks_are_named, 0, ROWS(attacks));
    tcase_add_loop_test(t, made_with_dss, 0, ROWS(made));
    tcase_add_test(t, told_what_ran);
    suite_add_tcase(s, t);
    return suite_run(s);
}
