/* SPDX-License-Identifier: MIT */
/*
 * Files of XAdES 1.1.1 and 1.2.2: judged as strictly as those of 1.3.2, and what these versions
 * have otherwise never passed by accident.
 */
#include <check.h>
#include <stdio.h>

#include "tests/support/lifted.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/suite.h"
#include "xades/names.h"
#include "xades/version.h"

static const char *pki;
static struct trust *trust;

#define CERTIFICATE_END "</xades:SigningCertificate>"
#define PROPERTIES_END  "</xades:SignedProperties>"
#define IMPLIED                                                                                    \
    CERTIFICATE_END "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied/>"             \
                    "</xades:SignaturePolicyIdentifier>"
#define UNSIGNED(what)                                                                             \
    PROPERTIES_END "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>" what            \
                   "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
#define ALL_DATA                                                                                   \
    "<xades:AllDataObjectsTimeStamp><xades:HashDataInfo uri=\"#d\"/>"                              \
    "<xades:EncapsulatedTimeStamp>AA==</xades:EncapsulatedTimeStamp>"                              \
    "</xades:AllDataObjectsTimeStamp></xades:SignedDataObjectProperties>"
#define OTHER_OBJECT(what) "<ds:Object>" what "</ds:Object></ds:Signature>"

/* Replaces each `from`. */
static void swap_all(struct buf *file, const char *from, const char *to)
{
    own(buf) old = buf_take(file);
    struct bytes rest = buf_bytes(&old);
    *file = buf_max(1u << 24);
    for (const uint8_t *hit; (hit = memmem(rest.p, rest.len, from, strlen(from))) != NULL;) {
        size_t at = (size_t)(hit - rest.p);
        buf_add(file, bytes_sub(rest, 0, at));
        buf_str(file, to);
        rest = bytes_sub(rest, at + strlen(from), SIZE_MAX);
    }
    buf_add(file, rest);
    ck_assert(buf_ok(file));
}

/* As a maker of that version would have written it. */
static void make(enum version v, struct buf *file)
{
    own_ptr(leaf) l = leaf_load(pki, "rsa");
    const struct xades_document d = {.name = bytes_str("s.txt"),
                                     .mime = bytes_str("text/plain"),
                                     .content = bytes_str("Taahhüt ederim.")};
    own(buf) type = buf_max(128);
    signed_make(l, XADES_P1, XADES_ENVELOPING, &d, 1, file);
    if (v == VERSION_132) return;
    swap_all(file, NS_XADES, version_ns(v));
    buf_fmt(&type, "%sSignedProperties", version_ns(v));
    swap_all(file, URI_SIGNED_PROPERTIES, buf_cstr(&type));
    if (v != VERSION_111) return;
    resigned_swap(file, "CertDigest>", "<ds:DigestMethod", "<xades:DigestMethod");
    resigned_swap(file, "CertDigest>", "</ds:DigestMethod>", "</xades:DigestMethod>");
    resigned_swap(file, "CertDigest>", "<ds:DigestValue>", "<xades:DigestValue>");
    resigned_swap(file, "CertDigest>", "</ds:DigestValue>", "</xades:DigestValue>");
}

static struct xades_report *judge(const struct buf *file)
{
    return signed_judge(
        (struct xades_verification){.file = buf_bytes(file), .trust = trust, .at = utc_now()});
}

static bool has_reason(const struct xades_signature_report *s, const char *slug)
{
    for (size_t i = 0; i < s->n_reasons; i++)
        if (strcmp(s->reasons[i].slug, slug) == 0) return true;
    return false;
}

/* What is put in another's place before (`signed_`) or after the file is signed anew. */
static const struct {
    const char *name;
    enum version version;
    bool signed_;
    const char *from, *to;
    enum xades_indication indication;
    const char *sub, *slug;
} rows[] = {
    {"1.1.1", VERSION_111, true, "", "", XADES_TOTAL_PASSED, "", "old-version"},
    {"1.2.2", VERSION_122, true, "", "", XADES_TOTAL_PASSED, "", "old-version"},
    {"1.2.2 with the Type of today", VERSION_122, true, NS_XADES122 "SignedProperties",
     URI_SIGNED_PROPERTIES, XADES_TOTAL_PASSED, "", "old-version"},
    /* TS 101 903 v1.1.1 7.2.2: DigestAlgAndValueType has elements of its own. */
    {"1.1.1 with the digest of 1.2.2", VERSION_111, true, "xades:DigestMethod", "ds:DigestMethod",
     XADES_INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND", "signing-certificate-missing"},
    {"another namespace", VERSION_122, true, NS_XADES122, "http://uri.etsi.org/01903/v1.9.9#",
     XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "not-xades"},
    /* EN 319 132-1 4.4.2: the signature covers its SignedProperties. */
    {"no Type", VERSION_122, true, "Type=\"" NS_XADES122 "SignedProperties\" ", "",
     XADES_TOTAL_FAILED, "FORMAT_FAILURE", "signed-properties-not-covered"},
    {"Type of nobody", VERSION_111, true, NS_XADES111 "SignedProperties",
     NS_XADES111 "Signedproperties", XADES_TOTAL_FAILED, "FORMAT_FAILURE",
     "signed-properties-not-covered"},
    {"time changed", VERSION_122, false, "SigningTime>2", "SigningTime>3", XADES_TOTAL_FAILED,
     "HASH_FAILURE", "reference-digest"},
    {"time malformed", VERSION_111, true, "SigningTime>2", "SigningTime>X", XADES_INDETERMINATE,
     "SIG_CONSTRAINTS_FAILURE", "signed-property"},
    {"another Target", VERSION_111, true, "Target=\"#", "Target=\"#x", XADES_TOTAL_FAILED,
     "FORMAT_FAILURE", "qualifying-properties"},
    /* EN 319 102-1 5.2.3 */
    {"another serial number", VERSION_122, true, "<ds:X509SerialNumber>", "<ds:X509SerialNumber>1",
     XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "issuer-serial-mismatch"},
    {"another certificate", VERSION_111, true, "<xades:DigestValue>", "<xades:DigestValue>AAAA",
     XADES_INDETERMINATE, "NO_SIGNING_CERTIFICATE_FOUND", "signing-certificate-mismatch"},
    {"SigningCertificate twice", VERSION_122, true, CERTIFICATE_END,
     CERTIFICATE_END "<xades:SigningCertificate/>", XADES_INDETERMINATE,
     "NO_SIGNING_CERTIFICATE_FOUND", "signed-property"},
    /* EN 319 102-1 5.2.4; TS 101 903 v1.1.1 demands one, implied if need be */
    {"a policy that is implied", VERSION_111, true, CERTIFICATE_END, IMPLIED, XADES_INDETERMINATE,
     "SIGNATURE_POLICY_NOT_AVAILABLE", "signature-policy"},
    /* Two readers, two signatures: never. */
    {"1.3.2 inside 1.2.2", VERSION_122, true, CERTIFICATE_END,
     CERTIFICATE_END "<n:SigningTime xmlns:n=\"" NS_XADES "\">2001-01-01T00:00:00Z</n:SigningTime>",
     XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "mixed-versions"},
    {"1.1.1 inside 1.3.2", VERSION_132, true, CERTIFICATE_END,
     CERTIFICATE_END "<n:SigningTime xmlns:n=\"" NS_XADES111
                     "\">2001-01-01T00:00:00Z</n:SigningTime>",
     XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "mixed-versions"},
    {"1.4.1 inside 1.1.1", VERSION_111, true, PROPERTIES_END,
     UNSIGNED("<n:ArchiveTimeStamp xmlns:n=\"" NS_XADES141 "\"/>"), XADES_INDETERMINATE,
     "SIG_CONSTRAINTS_FAILURE", "mixed-versions"},
    {"a second SignedProperties", VERSION_122, true, "</ds:Signature>",
     OTHER_OBJECT("<n:SignedProperties xmlns:n=\"" NS_XADES "\"/>"), XADES_TOTAL_FAILED,
     "FORMAT_FAILURE", "qualifying-properties"},
    {"a second QualifyingProperties", VERSION_132, true, "</ds:Signature>",
     OTHER_OBJECT("<n:QualifyingProperties xmlns:n=\"" NS_XADES122 "\"/>"), XADES_TOTAL_FAILED,
     "FORMAT_FAILURE", "qualifying-properties"},
    {"an Id twice", VERSION_111, false, "<xades:SignedSignatureProperties>",
     "<xades:SignedSignatureProperties Id=\"two\"><xades:a Id=\"two\"/>", XADES_TOTAL_FAILED,
     "FORMAT_FAILURE", "duplicate-id"},
    /* TS 101 903 v1.1.1 7.2.9, v1.2.2 7.2.9: HashDataInfo, Include */
    {"a stamp on data", VERSION_111, true, "</xades:SignedDataObjectProperties>", ALL_DATA,
     XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "old-property-not-judged"},
    {"a stamp of 1.1.1", VERSION_111, false, PROPERTIES_END,
     UNSIGNED("<xades:SignatureTimeStamp><xades:HashDataInfo uri=\"#v\"/>"
              "</xades:SignatureTimeStamp>"),
     XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "old-property-not-judged"},
    {"a stamp with Include", VERSION_122, false, PROPERTIES_END,
     UNSIGNED("<xades:SignatureTimeStamp><xades:Include URI=\"#v\"/></xades:SignatureTimeStamp>"),
     XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE", "old-property-not-judged"},
    {"an archive of then", VERSION_122, false, PROPERTIES_END,
     UNSIGNED("<xades:ArchiveTimeStamp/>"), XADES_INDETERMINATE, "SIG_CONSTRAINTS_FAILURE",
     "old-property-not-judged"},
};

START_TEST(judged)
{
    own(buf) file = buf_max(1u << 24);
    own_ptr(leaf) l = leaf_load(pki, "rsa");
    make(rows[_i].version, &file);
    if (!rows[_i].signed_) resigned_all(&file, l);
    if (*rows[_i].from) swap_all(&file, rows[_i].from, rows[_i].to);
    if (rows[_i].signed_) resigned_all(&file, l);
    own_ptr(xades_report) r = judge(&file);
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    const struct xades_signature_report *s = r->signatures;
    ck_assert_msg(s->indication == rows[_i].indication, "%s: %s", rows[_i].name, buf_cstr(&text));
    ck_assert_msg(strcmp(s->sub_indication, rows[_i].sub) == 0, "%s: %s", rows[_i].name,
                  buf_cstr(&text));
    ck_assert_msg(has_reason(s, rows[_i].slug), "%s: %s", rows[_i].name, buf_cstr(&text));
    ck_assert(strcmp(s->profile, "P1") != 0 || rows[_i].version == VERSION_132);
    if (s->indication != XADES_TOTAL_PASSED) return;
    ck_assert(s->has_signing_time);
    ck_assert_str_eq(s->data[0].mime, "text/plain");
    ck_assert_str_eq(s->commitment, "proof-of-approval");
}
END_TEST

/* TS 101 903 v1.2.2 7.3: without Include the stamp is on SignatureValue, as today. The lift of
 * today writes none of it: so the file is one of 1.3.2 for that while. */
START_TEST(stamped)
{
    own(buf) file = buf_max(1u << 24), out = buf_max(1u << 24);
    own_ptr(leaf) l = leaf_load(pki, "rsa");
    const struct stamped_by tsa = {pki, "tsa", utc_now()};
    struct xades_why why = {0};
    struct digest d;
    make(VERSION_122, &file);
    resigned_all(&file, l);
    const struct xades_lift lift = {
        .file = buf_bytes(&file), .max_xml_depth = 256, .max_xml_octets = 1u << 24};
    ck_assert_int_eq(xades_lift_imprint(&lift, DIGEST_SHA256, &d, &why), ERR_SIGNATURE_MALFORMED);
    swap_all(&file, "xmlns:xades=\"" NS_XADES122, "xmlns:xades=\"" NS_XADES);
    lifted_stamp(&file, &tsa, DIGEST_SHA256);
    swap_all(&file, "xmlns:xades=\"" NS_XADES, "xmlns:xades=\"" NS_XADES122);
    own_ptr(xades_report) good = judge(&file);
    ck_assert_int_eq(good->indication, XADES_TOTAL_PASSED);
    ck_assert(good->signatures[0].has_existed && good->signatures[0].stamps[0].trusted);
    ck_assert_str_eq(good->signatures[0].profile, "XAdES-T");
    resigned_swap(&file, "", "</xades:SigningTime>", "Z</xades:SigningTime>");
    resigned_all(&file, l);
    own_ptr(xades_report) other = judge(&file);
    ck_assert_int_eq(other->indication, XADES_TOTAL_FAILED);
    ck_assert(has_reason(other->signatures, "time-stamp-imprint"));
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
    pki = pki_make("old");
    Suite *s = suite_create("old");
    TCase *t = tcase_create("old");
    tcase_set_timeout(t, 60);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, judged, 0, ROWS(rows));
    tcase_add_test(t, stamped);
    suite_add_tcase(s, t);
    return suite_run(s);
}
