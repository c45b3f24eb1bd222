/* SPDX-License-Identifier: MIT */
/*
 * The rules of BTK's profile guide, one broken at a time.
 */
#include <check.h>
#include <stdio.h>

#include "tests/support/lifted.h"
#include "tests/support/pki.h"
#include "tests/support/resigned.h"
#include "tests/support/suite.h"
#include "xades/verify.h"

static const char *pki;
static struct trust *trust;

#define HASH       "/zm9KUYzg/abIFKsR0OeBs58O4ZG6Ii25a4+RroIEXo="
#define OTHER_HASH "AAm9KUYzg/abIFKsR0OeBs58O4ZG6Ii25a4+RroIEXo="
#define SPURI                                                                                      \
    "<xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:SPURI>http://www.eimza.gov.tr/"   \
    "EimzaPolitikalari/216792161015070321.pdf</xades:SPURI></xades:SigPolicyQualifier>"            \
    "</xades:SigPolicyQualifiers>"
#define POLICY(oid, hash, qualifiers)                                                              \
    "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"                \
    "<xades:Identifier Qualifier=\"OIDAsURN\">" oid "</xades:Identifier></xades:SigPolicyId>"      \
    "<xades:SigPolicyHash><ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">" \
    "</ds:DigestMethod><ds:DigestValue>" hash "</ds:DigestValue></xades:SigPolicyHash>" qualifiers \
    "</xades:SignaturePolicyId></xades:SignaturePolicyIdentifier>"
#define OID(n) "urn:oid:2.16.792.1.61.0.1.5070.3." n ".1"

#define HOUR     3600
#define NO_STAMP INT64_MIN

static const struct {
    const char *name, *policy, *unsigned_property;
    utc_t stamp, at; /* seconds after signing; NO_STAMP */
    const char *profile, *slug;
    enum xades_indication indication;
    bool qualified;
} rows[] = {
    {"P2", POLICY(OID("1"), HASH, SPURI), "", 1, 2, "P2", "", XADES_TOTAL_PASSED, true},
    {"the numbers alone", POLICY("2.16.792.1.61.0.1.5070.3.1.1", HASH, SPURI), "", 1, 2, "P2", "",
     XADES_TOTAL_PASSED, false},
    {"two hours", POLICY(OID("1"), HASH, SPURI), "", 2 * HOUR, 2 * HOUR, "P2", "",
     XADES_TOTAL_PASSED, false},
    {"more than two hours", POLICY(OID("1"), HASH, SPURI), "", 2 * HOUR + 1, 2 * HOUR + 2, "P2",
     "btk-stamp-time", XADES_INDETERMINATE, false},
    {"before signing", POLICY(OID("1"), HASH, SPURI), "", -1, 2, "P2", "btk-stamp-time",
     XADES_INDETERMINATE, false},
    {"no stamp", POLICY(OID("1"), HASH, SPURI), "", NO_STAMP, 2, "P2", "btk-missing",
     XADES_INDETERMINATE, false},
    {"no SPURI", POLICY(OID("1"), HASH, ""), "", 1, 2, "P2", "btk-missing", XADES_INDETERMINATE,
     false},
    {"another hash", POLICY(OID("1"), OTHER_HASH, SPURI), "", 1, 2, "P2", "policy-hash",
     XADES_INDETERMINATE, false},
    {"refs in P2", POLICY(OID("1"), HASH, SPURI), "<xades:CompleteCertificateRefs/>", 1, 2, "P2",
     "btk-forbidden", XADES_INDETERMINATE, false},
    {"values in P2", POLICY(OID("1"), HASH, SPURI), "<xades:RevocationValues/>", 1, 2, "P2",
     "btk-forbidden", XADES_INDETERMINATE, false},
    {"RefsOnlyTimeStamp in P4", POLICY(OID("3"), HASH, SPURI), "<xades:RefsOnlyTimeStamp/>", 1, 2,
     "P4", "btk-forbidden", XADES_INDETERMINATE, false},
    {"P3 in its grace period", POLICY(OID("2"), HASH, SPURI), "", 1, 2, "P3", "btk-later",
     XADES_TOTAL_PASSED, false},
    {"P3 when that is over", POLICY(OID("2"), HASH, SPURI), "", 1, 24 * HOUR + 2, "P3",
     "btk-missing", XADES_INDETERMINATE, false},
    {"P4 has no grace", POLICY(OID("3"), HASH, SPURI), "", 1, 2, "P4", "btk-missing",
     XADES_INDETERMINATE, false},
    {"a policy that nobody knows", POLICY(OID("9"), HASH, SPURI), "", 1, 2, "XAdES-T",
     "signature-policy", XADES_INDETERMINATE, false},
    {"no identifier",
     "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId></xades:SignaturePolicyId>"
     "</xades:SignaturePolicyIdentifier>",
     "", 1, 2, "XAdES-T", "signed-property", XADES_INDETERMINATE, false},
    {"implied",
     "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyImplied></"
     "xades:SignaturePolicyImplied>"
     "</xades:SignaturePolicyIdentifier>",
     "", 1, 2, "XAdES-T", "signature-policy", XADES_INDETERMINATE, false},
    {"P1 with a late stamp", "", "", 3 * HOUR, 3 * HOUR + 1, "XAdES-T", "btk-stamp-time",
     XADES_INDETERMINATE, true},
    {"the same, not asked for", "", "", 3 * HOUR, 3 * HOUR + 1, "XAdES-T", "", XADES_TOTAL_PASSED,
     false},
};

static void make(int row, utc_t now, struct buf *file)
{
    own_ptr(leaf) l = leaf_load(pki, "p256");
    const struct xades_document d = {.name = bytes_str("s.txt"),
                                     .mime = bytes_str("text/plain"),
                                     .content = bytes_str("Taahhüt ederim.")};
    own(buf) with = buf_max(1u << 16);
    *file = buf_max(1u << 24);
    signed_make_at(l, XADES_P1, XADES_ENVELOPING, &d, 1, now, file);
    buf_fmt(&with, "</xades:SigningCertificate>%s", rows[row].policy);
    resigned_swap(file, "", "</xades:SigningCertificate>", buf_cstr(&with));
    resigned_all(file, l);
    buf_cut(&with, 0);
    buf_fmt(&with,
            "<xades:UnsignedProperties><xades:UnsignedSignatureProperties>%s"
            "</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
            "</xades:QualifyingProperties>",
            rows[row].unsigned_property);
    if (*rows[row].unsigned_property)
        resigned_swap(file, "", "</xades:QualifyingProperties>", buf_cstr(&with));
    if (rows[row].stamp != NO_STAMP)
        lifted_stamp(file, &(struct stamped_by){pki, "tsa", now + rows[row].stamp}, DIGEST_SHA256);
}

static bool has_reason(const struct xades_signature_report *s, const char *slug)
{
    for (size_t i = 0; i < s->n_reasons; i++)
        if (strcmp(s->reasons[i].slug, slug) == 0) return true;
    return false;
}

START_TEST(one_rule)
{
    own(buf) file = {0};
    /* So long ago that stamp and validation are in the past, and within the CRLs' time. */
    const utc_t signed_at = utc_now() - 60;
    make(_i, signed_at, &file);
    own_ptr(xades_report) r =
        signed_judge((struct xades_verification){.file = buf_bytes(&file),
                                                 .trust = trust,
                                                 .at = signed_at + rows[_i].at,
                                                 .demand_qualified = rows[_i].qualified});
    const struct xades_signature_report *s = &r->signatures[0];
    own(buf) text = buf_max(1u << 20);
    xades_report_text(&text, r, LANG_EN);
    ck_assert_msg(s->indication == rows[_i].indication, "%s: %s", rows[_i].name, buf_cstr(&text));
    ck_assert_msg(strcmp(s->profile, rows[_i].profile) == 0, "%s: %s", rows[_i].name, s->profile);
    ck_assert_msg(!*rows[_i].slug || has_reason(s, rows[_i].slug), "%s: %s", rows[_i].name,
                  buf_cstr(&text));
    ck_assert(!has_reason(s, "signature-value") && !has_reason(s, "reference-digest"));
    if (strstr(rows[_i].policy, OID("1"))) {
        ck_assert_str_eq(s->policy_oid, OID("1"));
        ck_assert_int_eq(*s->policy_uri != 0, strstr(rows[_i].policy, "SPURI") != NULL);
        ck_assert_ptr_nonnull(strstr(buf_cstr(&text), s->policy_hash));
    }
}
END_TEST

int main(void)
{
    pki = pki_make("btk");
    trust = signed_trust(pki);
    Suite *s = suite_create("btk");
    TCase *t = tcase_create("btk");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, one_rule, 0, ROWS(rows));
    suite_add_tcase(s, t);
    int failed = suite_run(s);
    trust_free(trust);
    return failed;
}
