/* SPDX-License-Identifier: MIT */
/*
 * Documents that are signed through a ds:Manifest (XMLDSig 2.3, 5.1): each is reported and judged.
 */
#include <check.h>
#include <stdio.h>

#include "core/base64.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/suite.h"
#include "xades/names.h"

static const char *pki;
static struct trust *trust;
static utc_t now; /* one for all files: two of them have the same properties */

#define ZEROS  "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define SHA256 "http://www.w3.org/2001/04/xmlenc#sha256"
#define DIGEST(algorithm)                                                                          \
    "<ds:DigestMethod Algorithm=\"" algorithm "\"/><ds:DigestValue>" ZEROS "</ds:DigestValue>"
#define ENTRY(attributes) "<ds:Reference " attributes ">" DIGEST(SHA256) "</ds:Reference>"
#define TO_MANIFEST       ENTRY("URI=\"#m\" Type=\"" URI_DS_MANIFEST "\"")

/* The Reference to the document: the second one of the file. */
static struct bytes document_reference(struct buf *file)
{
    const char *text = buf_cstr(file);
    const char *start = strstr(text, "</ds:Reference>") + strlen("</ds:Reference>");
    const char *end = strstr(start, "</ds:Reference>") + strlen("</ds:Reference>");
    return bytes_of(start, (size_t)(end - start));
}

/* A file whose SignedInfo leads to the document by way of a Manifest, which holds that Reference
 * `times` times, and `more`. */
static void make(unsigned times, const char *more, struct buf *file)
{
    own_ptr(leaf) l = leaf_load(pki, "p256");
    const struct xades_document d = {.name = bytes_str("s.txt"),
                                     .mime = bytes_str("text/plain"),
                                     .content = bytes_str("Taahhüt ederim.")};
    own(buf) entry = buf_max(4096), object = buf_max(1u << 20), value = buf_max(64);
    struct digest digest;
    signed_make_at(l, XADES_P1, XADES_ENVELOPING, &d, 1, now, file);
    struct bytes old = document_reference(file);
    buf_add(&entry, old);
    resigned_put(file, old, bytes_str(TO_MANIFEST));
    buf_str(&object, "<ds:Object><ds:Manifest Id=\"m\">");
    for (unsigned i = 0; i < times; i++) {
        buf_add(&object, buf_bytes(&entry));
        if (i == 0) resigned_swap(&entry, "", " Id=\"", " X=\""); /* Ids stand once */
    }
    buf_fmt(&object, "%s</ds:Manifest></ds:Object></ds:Signature>", more);
    resigned_swap(file, "", "</ds:Signature>", buf_cstr(&object));
    resigned_digest(file, "Manifest", DIGEST_SHA256, &digest);
    base64_encode(&value, digest_bytes(&digest), 0);
    resigned_swap(file, "", ZEROS, buf_cstr(&value));
    resigned_value(file, l);
}

static struct xades_report *judge(const struct buf *file)
{
    return signed_judge(
        (struct xades_verification){.file = buf_bytes(file), .trust = trust, .at = now});
}

static bool has_reason(const struct xades_signature_report *s, const char *slug)
{
    for (size_t i = 0; i < s->n_reasons; i++)
        if (strcmp(s->reasons[i].slug, slug) == 0) return true;
    return false;
}

static const struct {
    const char *name;
    unsigned times;
    const char *more;
    const char *from, *to; /* changed after signing */
    enum xades_indication indication;
    const char *sub, *slug;
    size_t n_data;
} rows[] = {
    {"one document", 1, "", "", "", XADES_TOTAL_PASSED, "", "", 2},
    {"the same twice", 2, "", "", "", XADES_TOTAL_PASSED, "", "", 3},
    /* EN 319 102-1 5.2.7 */
    {"a document changed", 1, "", "VGFh", "VGFi", XADES_TOTAL_FAILED, "HASH_FAILURE",
     "reference-digest", 2},
    {"the manifest changed", 1, "", "<ds:Manifest Id=\"m\">", "<ds:Manifest Id=\"m\"> ",
     XADES_TOTAL_FAILED, "HASH_FAILURE", "reference-digest", 1},
    {"an entry that does not hold", 1, ENTRY("URI=\"#m\""), "", "", XADES_TOTAL_FAILED,
     "HASH_FAILURE", "reference-digest", 3},
    {"an entry that leads nowhere", 1, ENTRY("URI=\"#nothing\""), "", "", XADES_INDETERMINATE,
     "SIGNED_DATA_NOT_FOUND", "signed-data-not-found", 3},
    {"a file that is not here", 1, ENTRY("URI=\"b.txt\""), "", "", XADES_INDETERMINATE,
     "SIGNED_DATA_NOT_FOUND", "signed-data-not-found", 3},
    {"never fetched", 1, ENTRY("URI=\"http://127.0.0.1:1/b\""), "", "", XADES_INDETERMINATE,
     "SIGNED_DATA_NOT_FOUND", "remote-not-fetched", 3},
    {"MD5", 1,
     "<ds:Reference "
     "URI=\"#nothing\">" DIGEST("http://www.w3.org/2001/04/xmldsig-more#md5") "</ds:Reference>",
     "", "", XADES_INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE", "weak-algorithm", 3},
    {"malformed", 1, "<ds:Reference URI=\"#m\"/>", "", "", XADES_TOTAL_FAILED, "FORMAT_FAILURE",
     "reference-malformed", 3},
    /* XMLDSig 5.1: Reference+, and no cycles */
    {"itself", 0, ENTRY("URI=\"#m\""), "", "", XADES_TOTAL_FAILED, "HASH_FAILURE",
     "manifest-not-judged", 2},
    {"another one", 1, ENTRY("URI=\"#n\" Type=\"" URI_DS_MANIFEST "\""), "", "",
     XADES_INDETERMINATE, "SIGNED_DATA_NOT_FOUND", "manifest-not-judged", 3},
    {"empty", 0, "", "", "", XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "manifest-not-judged",
     1},
    {"text in it", 1, "Taahhüt", "", "", XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE",
     "manifest-not-judged", 2},
    {"something else in it", 1, "<ds:Object/>", "", "", XADES_INDETERMINATE,
     "SIG_CONSTRAINTS_FAILURE", "manifest-not-judged", 2},
    {"256", 256, "", "", "", XADES_TOTAL_PASSED, "", "more-data", XADES_MAX_DOCUMENTS},
    {"257", 257, "", "", "", XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "manifest-not-judged",
     XADES_MAX_DOCUMENTS},
};

START_TEST(judged)
{
    own(buf) file = buf_max(1u << 24);
    make(rows[_i].times, rows[_i].more, &file);
    if (*rows[_i].from) resigned_swap(&file, "</ds:SignedInfo>", rows[_i].from, rows[_i].to);
    own_ptr(xades_report) r = judge(&file);
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    const struct xades_signature_report *s = r->signatures;
    ck_assert_msg(s->indication == rows[_i].indication, "%s: %s", rows[_i].name, buf_cstr(&text));
    ck_assert_msg(strcmp(s->sub_indication, rows[_i].sub) == 0, "%s: %s", rows[_i].name,
                  buf_cstr(&text));
    ck_assert_msg(!*rows[_i].slug || has_reason(s, rows[_i].slug), "%s: %s", rows[_i].name,
                  buf_cstr(&text));
    ck_assert_msg(s->n_data == rows[_i].n_data, "%s: %s", rows[_i].name, buf_cstr(&text));
    ck_assert(!s->data[0].through_manifest);
    for (size_t i = 1; i < s->n_data; i++) ck_assert(s->data[i].through_manifest);
    if (rows[_i].times == 0 || s->n_data < 2) return;
    ck_assert_str_eq(s->data[1].mime, "text/plain"); /* DataObjectFormat names the entry */
    ck_assert(s->data[1].intact == (*rows[_i].from == 0));
    ck_assert(strstr(buf_cstr(&text), "through a Manifest") != NULL);
}
END_TEST

/* A part of the signature itself is no document, through a Manifest or not. */
START_TEST(properties_are_no_document)
{
    own(buf) file = buf_max(1u << 24), entry = buf_max(512), value = buf_max(64);
    struct digest digest;
    make(1, "", &file);
    const char *id = strstr(buf_cstr(&file), "<xades:SignedProperties");
    id = id ? strstr(id, "Id=\"") : NULL;
    ck_assert_ptr_nonnull(id);
    id += strlen("Id=\"");
    int len = (int)(strchr(id, '"') - id);
    resigned_digest(&file, "SignedProperties", DIGEST_SHA256, &digest);
    base64_encode(&value, digest_bytes(&digest), 0);
    buf_fmt(&entry,
            "<ds:Reference URI=\"#%.*s\"><ds:DigestMethod Algorithm=\"" SHA256
            "\"/><ds:DigestValue>%s</ds:DigestValue></ds:Reference>",
            len, id, buf_cstr(&value));
    own(buf) with = buf_max(1u << 24);
    make(1, buf_cstr(&entry), &with);
    own_ptr(xades_report) r = judge(&with);
    ck_assert_int_eq(r->indication, XADES_INDETERMINATE);
    ck_assert(has_reason(r->signatures, "signed-part-only"));
}
END_TEST

static void setup(void)
{
    now = utc_now();
    trust = signed_trust(pki);
}

static void teardown(void)
{
    trust_free(trust);
}

int main(void)
{
    pki = pki_make("manifest");
    Suite *s = suite_create("manifest");
    TCase *t = tcase_create("manifest");
    tcase_set_timeout(t, 60);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, judged, 0, ROWS(rows));
    tcase_add_test(t, properties_are_no_document);
    suite_add_tcase(s, t);
    return suite_run(s);
}
