/* SPDX-License-Identifier: MIT */
#include "xades/lift.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/file.h"
#include "tests/support/lifted.h"
#include "tests/support/pki.h"
#include "tests/support/scratch.h"
#include "tests/support/signed.h"
#include "tests/support/suite.h"

#define MADE "../shared/data/xades/dss-made/"
#define TEXT "Taahhüt ederim."
#define HOUR 3600
#define DAY  (24 * HOUR)

static const char *pki;
static struct trust *trust;

static struct xades_lift lift_of(const struct buf *file)
{
    return (struct xades_lift){
        .file = buf_bytes(file), .max_xml_depth = 256, .max_xml_octets = 1u << 24};
}

static struct xades_report *judge(const struct buf *file, const struct trust *t, utc_t at)
{
    const struct xades_detached beside[] = {{bytes_str("s.txt"), bytes_str(TEXT)}};
    return signed_judge((struct xades_verification){
        .file = buf_bytes(file), .detached = beside, .n_detached = 1, .trust = t, .at = at});
}

static void stamp(struct buf *file, enum digest_alg alg, utc_t time)
{
    lifted_stamp(file, &(struct stamped_by){pki, "tsa", time}, alg);
}

/* ---- our own ---- */

static const char *const keys[] = {"rsa", "p256", "p384"};

static void make(const char *key, enum xades_profile profile, enum xades_packaging packaging,
                 struct buf *file)
{
    own_ptr(leaf) l = leaf_load(pki, key);
    const char *content = packaging == XADES_ENVELOPED ? "<a><b/></a>" : TEXT;
    const struct xades_document d = {
        .name = bytes_str("s.txt"), .mime = bytes_str("text/plain"), .content = bytes_str(content)};
    *file = buf_max(1u << 24);
    signed_make(l, profile, packaging, &d, 1, file);
}

START_TEST(our_own)
{
    const enum xades_packaging packaging = (enum xades_packaging)(_i % XADES_PACKAGING_COUNT);
    const char *key = keys[_i / XADES_PACKAGING_COUNT % 3];
    own(buf) file = {0}, before = buf_max(1u << 24);
    utc_t now = utc_now();
    make(key, XADES_B_B, packaging, &file);
    buf_add(&before, buf_bytes(&file));
    stamp(&file, (enum digest_alg)(_i % DIGEST_COUNT), now);
    own_ptr(xades_report) r = judge(&file, trust, now + 1);
    const struct xades_signature_report *s = &r->signatures[0];
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(s->indication == XADES_TOTAL_PASSED, "%s", buf_cstr(&text));
    ck_assert_str_eq(s->profile, "B-T");
    ck_assert_str_eq(s->packaging, xades_packaging_name(packaging));
    ck_assert_uint_eq(s->n_stamps, 1);
    ck_assert(s->has_existed && s->existed == now);
    ck_assert_str_eq(s->stamps[0].tsa, "Test Zaman Damgası");
    /* What was there is there, octet by octet, around what was added. */
    size_t same = 0;
    while (same < before.len && before.p[same] == file.p[same]) same++;
    ck_assert_mem_eq(before.p + same, file.p + file.len - (before.len - same), before.len - same);
}
END_TEST

START_TEST(again_and_again)
{
    own(buf) file = {0};
    utc_t now = utc_now();
    make("p256", XADES_B_B, XADES_ENVELOPING, &file);
    for (int i = 0; i < 3; i++) stamp(&file, DIGEST_SHA256, now - i);
    own_ptr(xades_report) r = judge(&file, trust, now + 1);
    ck_assert_int_eq(r->indication, XADES_TOTAL_PASSED);
    ck_assert_uint_eq(r->signatures[0].n_stamps, 3);
    ck_assert_int_eq(r->signatures[0].existed, now - 2); /* the earliest counts */
}
END_TEST

/* ---- the whole ladder ---- */

/* Trusting the root alone: the CA below it and its lists come with the file. */
START_TEST(ladder)
{
    static const char *const levels[] = {"B-B", "B-T", "B-LT", "B-LTA", "B-LTA"};
    const enum xades_packaging packaging = (enum xades_packaging)(_i % XADES_PACKAGING_COUNT);
    const struct xades_detached beside[] = {{bytes_str("s.txt"), bytes_str(TEXT)}};
    const struct xades_lift archive = {
        .stamp = XADES_LIFT_ARCHIVE, .detached = beside, .n_detached = 1};
    const utc_t now = utc_now();
    const struct stamped_by tsa = {pki, "tsa", now};
    own(buf) file = {0};
    own_ptr(trust) root = NULL;
    const char *dir = scratch_path("root");
    scratch_run("mkdir -p %s && cp %s/root.pem %s", dir, pki, dir);
    ck_assert_int_eq(trust_load(dir, &root), OK);
    make(keys[_i / XADES_PACKAGING_COUNT % 3], XADES_B_B, packaging, &file);
    for (size_t i = 0; i < 5; i++) {
        if (i == 1) stamp(&file, DIGEST_SHA256, now);
        if (i == 2) lifted_values(&file, pki);
        if (i > 2) lifted_stamp_as(&file, &tsa, DIGEST_SHA384, &archive);
        own_ptr(xades_report) r = judge(&file, root, now + 1);
        const struct xades_signature_report *s = &r->signatures[0];
        own(buf) text = buf_max(1u << 20);
        xades_report_text(&text, r, LANG_EN);
        ck_assert_str_eq(s->profile, levels[i]);
        ck_assert_msg((r->indication == XADES_TOTAL_PASSED) == (i >= 2), "%s", buf_cstr(&text));
        ck_assert_uint_eq(s->n_stamps, i == 0 ? 0 : i < 3 ? 1 : i - 1);
        for (size_t k = 0; k < s->n_stamps; k++)
            ck_assert(s->stamps[k].intact && s->stamps[k].trusted == (i >= 2));
    }
}
END_TEST

/* EN 319 102-1 5.6.2.2: long after every list has ended, what the archive stamp is on still proves
 * what it proved then; without the stamp nobody tells. The TSA is a root of its own. */
START_TEST(lists_that_have_ended)
{
    const utc_t now = utc_now(), later = now + 100 * DAY;
    const struct stamped_by own = {scratch_path("own"), "tsa", now}, theirs = {pki, "tsa", now};
    const struct xades_lift archive = {.stamp = XADES_LIFT_ARCHIVE};
    const bool signer_too = _i == 1;
    own(buf) file = {0};
    own_ptr(trust) roots = NULL;
    char here[4096];
    ck_assert(realpath(pki, here) != NULL);
    scratch_run("mkdir -p %s && cd %s && cp %s/root.pem . && openssl req -x509 -newkey ec -pkeyopt "
                "ec_paramgen_curve:P-256 -nodes -days 300 -subj /CN=Kendi -addext "
                "extendedKeyUsage=critical,timeStamping -keyout tsa.key -out tsa.pem",
                own.pki, own.pki, here);
    ck_assert_int_eq(trust_load(own.pki, &roots), OK);
    make("p256", XADES_B_B, XADES_ENVELOPING, &file);
    lifted_stamp(&file, signer_too ? &theirs : &own, DIGEST_SHA256);
    lifted_values(&file, pki);
    own_ptr(xades_report) without = judge(&file, roots, later);
    ck_assert_int_eq(without->indication, XADES_INDETERMINATE);
    lifted_stamp_as(&file, &own, DIGEST_SHA256, &archive);
    own_ptr(xades_report) with = judge(&file, roots, later);
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, with, LANG_EN);
    ck_assert_msg(with->indication == XADES_TOTAL_PASSED, "%s", buf_cstr(&text));
}
END_TEST

/* An archive is on what was signed, or it is none. */
START_TEST(archive_of_something_else)
{
    const struct xades_detached other[] = {{bytes_str("s.txt"), bytes_str("Taahhüt etmem.")}};
    struct digest imprint;
    struct xades_why why = {0};
    own(buf) file = {0};
    make("p256", XADES_B_B, XADES_DETACHED, &file);
    struct xades_lift l = lift_of(&file);
    l.stamp = XADES_LIFT_ARCHIVE;
    ck_assert_int_eq(xades_lift_imprint(&l, DIGEST_SHA256, &imprint, &why),
                     ERR_SIGNATURE_MALFORMED);
    l.detached = other;
    l.n_detached = 1;
    ck_assert_int_eq(xades_lift_imprint(&l, DIGEST_SHA256, &imprint, &why),
                     ERR_SIGNATURE_MALFORMED);
    ck_assert_str_eq(why.clause,
                     "EN 319 132-1 5.5.2.2: a document is missing, or not the one signed");
}
END_TEST

/* ---- proof ---- */

static const struct {
    const char *leaf, *folder;
    err_t error;
    size_t certificates, lists;
} proofs[] = {
    {"p256", "trust", OK, 2, 2}, /* sub and root, and the list of each */
    {"p256", "trust-no-crl", ERR_REVOCATION_UNAVAILABLE, 0, 0},
    {"p256", "trust-stale", ERR_REVOCATION_UNAVAILABLE, 0, 0},
    {"revoked", "trust", ERR_CERTIFICATE_REVOKED, 0, 0},
    {"expired", "trust", ERR_CERTIFICATE_EXPIRED, 0, 0},
    {"notyet", "trust", ERR_CERTIFICATE_NOT_YET_VALID, 0, 0},
    {"stranger", "trust", ERR_CERTIFICATE_UNTRUSTED, 0, 0},
};

START_TEST(proof)
{
    char dir[1024];
    own(buf) file = {0};
    own_ptr(trust) t = NULL;
    own(xades_proofs) found = {0};
    struct xades_why why = {0};
    own_ptr(leaf) l = leaf_load(pki, proofs[_i].leaf);
    (void)snprintf(dir, sizeof dir, "%s/%s", pki, proofs[_i].folder);
    ck_assert_int_eq(trust_load(dir, &t), OK);
    make(proofs[_i].leaf, XADES_B_B, XADES_ENVELOPING, &file);
    const struct xades_lift lift = lift_of(&file);
    const struct xades_proving how = {.trust = t, .at = utc_now()};
    ck_assert_int_eq(xades_lift_prove(&lift, leaf_certificate(l), &how, &found, NULL, &why),
                     proofs[_i].error);
    ck_assert_uint_eq(found.signer.n_certificates, proofs[_i].certificates);
    ck_assert_uint_eq(found.signer.n_lists, proofs[_i].lists);
    ck_assert_uint_eq(found.stamps.n_lists, 0);
    if (proofs[_i].error) return;
    /* Each once, however often it is asked for: the stamp's are the same ones. */
    for (int i = 0; i < 2; i++) stamp(&file, DIGEST_SHA256, utc_now());
    const struct xades_lift again = lift_of(&file);
    ck_assert_int_eq(xades_lift_prove(&again, leaf_certificate(l), &how, &found, NULL, &why), OK);
    ck_assert_uint_eq(found.signer.n_lists, proofs[_i].lists);
    ck_assert_uint_eq(found.stamps.n_certificates, proofs[_i].certificates);
    ck_assert_uint_eq(found.stamps.n_lists, proofs[_i].lists);
}
END_TEST

/* ---- another maker's ---- */

static void read_made(const char *name, struct buf *file)
{
    char path[256];
    (void)snprintf(path, sizeof path, "%s%s", MADE, name);
    *file = buf_max(1u << 24);
    ck_assert_int_eq(file_read(path, file), OK);
}

START_TEST(anothers)
{
    static const char *const names[] = {"BASELINE_B-ENVELOPING.xml", "BASELINE_T-ENVELOPING.xml"};
    own(buf) file = {0};
    own_ptr(trust) t = NULL;
    const utc_t then = 1795435200; /* 2026-11-23T12:00:00Z */
    read_made(names[_i], &file);
    ck_assert_int_eq(trust_load(MADE, &t), OK);
    stamp(&file, DIGEST_SHA256, then - 60);
    own_ptr(xades_report) r = judge(&file, t, then);
    ck_assert_int_eq(r->indication, XADES_TOTAL_PASSED);
    ck_assert_str_eq(r->signatures[0].profile, "B-T");
    ck_assert_uint_eq(r->signatures[0].n_stamps, (size_t)_i + 1);
    ck_assert(r->signatures[0].stamps[_i].intact);
}
END_TEST

/* ---- what has befallen the certificate since, EN 319 102-1 5.5.4 ---- */

/* `revoked` was revoked ten days ago; `expired` ended five days ago, and there are lists of nine
 * to two days ago. */
static const struct {
    const char *key;
    int signed_days, stamped_days; /* ago; 0: no stamp */
    bool old_lists;
    const char *sub, *slug;
} since[] = {
    {"revoked", 20, 20, false, "", "revoked-since"},
    {"revoked", 20, 5, false, "REVOKED_NO_POE", "revoked"},
    {"revoked", 20, 0, false, "REVOKED_NO_POE", "revoked"},
    {"expired", 20, 20, true, "", "expired-since"},
    {"expired", 20, 20, false, "TRY_LATER", "no-revocation"},
    {"expired", 20, 2, true, "OUT_OF_BOUNDS_NO_POE", "expired"},
    {"expired", 20, 0, true, "OUT_OF_BOUNDS_NO_POE", "expired"},
    {"p256", 20, 20, false, "", ""},
};

static struct trust *trust_with(bool old_lists)
{
    struct trust *t = NULL;
    const char *dir = scratch_path(old_lists ? "with" : "without");
    scratch_run("cp -r %s/trust %s", pki, dir);
    if (old_lists) scratch_run("cp %s/*-stale.crl %s", pki, dir);
    ck_assert_int_eq(trust_load(dir, &t), OK);
    scratch_run("rm -r %s", dir);
    return t;
}

START_TEST(since_then)
{
    own(buf) file = buf_max(1u << 24);
    const utc_t now = utc_now();
    own_ptr(leaf) l = leaf_load(pki, since[_i].key);
    own_ptr(trust) t = trust_with(since[_i].old_lists);
    const struct xades_document d = {
        .name = bytes_str("s.txt"), .mime = bytes_str("text/plain"), .content = bytes_str(TEXT)};
    signed_make_at(l, XADES_B_B, XADES_ENVELOPING, &d, 1, now - since[_i].signed_days * DAY, &file);
    if (since[_i].stamped_days)
        stamp(&file, DIGEST_SHA256, now - since[_i].stamped_days * DAY + HOUR);
    own_ptr(xades_report) r = judge(&file, t, now);
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(strcmp(r->signatures[0].sub_indication, since[_i].sub) == 0, "%d: %s", _i,
                  buf_cstr(&text));
    ck_assert_int_eq(r->indication == XADES_TOTAL_PASSED, !*since[_i].sub);
    ck_assert_msg(!*since[_i].slug || strstr(buf_cstr(&text), since[_i].slug), "%d: %s", _i,
                  buf_cstr(&text));
}
END_TEST

/* ---- however it is written ---- */

#define END "</xades:QualifyingProperties>"

/* What stands before the end of QualifyingProperties, or how that is written. */
static const struct {
    const char *from, *to;
} forms[] = {
    {END, "<xades:UnsignedProperties/>" END},
    {END, "<xades:UnsignedProperties></xades:UnsignedProperties>" END},
    {END, "<xades:UnsignedProperties "
          "><xades:UnsignedSignatureProperties\n/></xades:UnsignedProperties>" END},
    {END, "<!-- <xades:UnsignedProperties/> -->\n" END},
    {END, "<x:UnsignedProperties xmlns:x='http://uri.etsi.org/01903/v1.3.2#'/>" END},
    {END, "<UnsignedProperties xmlns='http://uri.etsi.org/01903/v1.3.2#'>"
          "<UnsignedSignatureProperties/></UnsignedProperties>" END},
    {END, "<xades:UnsignedProperties><xades:UnsignedDataObjectProperties/></"
          "xades:UnsignedProperties>" END},
};

static void edit(struct buf *file, const char *from, const char *to)
{
    own(buf) old = buf_take(file);
    const char *hit = strstr(buf_cstr(&old), from);
    ck_assert_ptr_nonnull(hit);
    size_t at = (size_t)(hit - (const char *)old.p);
    *file = buf_max(1u << 24);
    buf_add(file, bytes_of(old.p, at));
    buf_str(file, to);
    buf_add(file, bytes_sub(buf_bytes(&old), at + strlen(from), SIZE_MAX));
}

START_TEST(however_written)
{
    own(buf) file = {0};
    utc_t now = utc_now();
    make("p256", XADES_B_B, XADES_ENVELOPING, &file);
    edit(&file, forms[_i].from, forms[_i].to);
    stamp(&file, DIGEST_SHA256, now);
    own_ptr(xades_report) r = judge(&file, trust, now + 1);
    ck_assert_int_eq(r->indication, XADES_TOTAL_PASSED);
    ck_assert_uint_eq(r->signatures[0].n_stamps, 1);
    ck_assert(r->signatures[0].stamps[0].trusted);
}
END_TEST

/* ---- what is refused ---- */

START_TEST(refused)
{
    own(buf) file = {0}, out = buf_max(1u << 24);
    own(buf) token = buf_max(TST_MAX);
    struct digest imprint, other;
    struct xades_why why = {0};
    make("p256", XADES_B_B, XADES_ENVELOPING, &file);
    struct xades_lift l = lift_of(&file);
    ck_assert_int_eq(xades_lift_imprint(&l, DIGEST_SHA256, &imprint, &why), OK);
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("other"), &other));
    const struct stamped_by by = {pki, "tsa", utc_now()};
    stamped_token(&by, &other, &token);
    ck_assert_int_eq(xades_lift_stamp(&l, buf_bytes(&token), &out, &why), ERR_TSA_REJECTED);
    ck_assert_str_eq(why.clause, "RFC 3161 2.4.2: the imprint is another");
    buf_cut(&token, 0);
    stamped_token(&by, &imprint, &token);
    token.p[token.len - 3] ^= 1;
    ck_assert_int_eq(xades_lift_stamp(&l, buf_bytes(&token), &out, &why), ERR_TSA_REJECTED);
    ck_assert_int_eq(xades_lift_stamp(&l, bytes_str("no token"), &out, &why), ERR_TSA_REJECTED);
    l.which = 1;
    ck_assert_int_eq(xades_lift_imprint(&l, DIGEST_SHA256, &imprint, &why),
                     ERR_SIGNATURE_MALFORMED);
    l = (struct xades_lift){.file = bytes_str("<a/>"), .max_xml_depth = 9, .max_xml_octets = 99};
    ck_assert_int_eq(xades_lift_imprint(&l, DIGEST_SHA256, &imprint, &why),
                     ERR_SIGNATURE_MALFORMED);
    l.file = bytes_str("<!DOCTYPE a><a/>");
    ck_assert_int_eq(xades_lift_imprint(&l, DIGEST_SHA256, &imprint, &why), ERR_XML_REJECTED);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

int main(void)
{
    pki = pki_make("lift");
    (void)scratch_new();
    trust = signed_trust(pki);
    Suite *s = suite_create("lift");
    TCase *t = tcase_create("lift");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, our_own, 0, 3 * XADES_PACKAGING_COUNT);
    tcase_add_test(t, again_and_again);
    tcase_add_loop_test(t, ladder, 0, 3 * XADES_PACKAGING_COUNT);
    tcase_add_loop_test(t, lists_that_have_ended, 0, 2);
    tcase_add_test(t, archive_of_something_else);
    tcase_add_loop_test(t, proof, 0, ROWS(proofs));
    tcase_add_loop_test(t, anothers, 0, 2);
    tcase_add_loop_test(t, since_then, 0, ROWS(since));
    tcase_add_loop_test(t, however_written, 0, ROWS(forms));
    tcase_add_test(t, refused);
    suite_add_tcase(s, t);
    int failed = suite_run(s);
    trust_free(trust);
    return failed;
}
