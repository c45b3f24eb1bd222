/* SPDX-License-Identifier: MIT */
#include "pkcs11/signedproperties.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/order.h"
#include "tests/support/suite.h"

static const struct test_document documents[] = {
    {"form.xml", "application/xml", "<form/>", false},
    {"elsewhere.bin", "application/octet-stream", "far away", true},
};
static const char cert[] = "stands for a certificate's DER";

static struct signedinfo info;

static void make(struct test_order *o, struct signedproperties *claims)
{
    const char *clause;
    order_make(o, bytes_str(cert), SIG_ECDSA_SHA384, documents, 2);
    ck_assert(signedinfo_read(o->order.signed_info, &info, &clause));
    *claims = (struct signedproperties){.info = &info,
                                        .certificate = bytes_str(cert),
                                        .documents = o->octets + 1,
                                        .profile = o->order.profile,
                                        .now = utc_now()};
}

START_TEST(another_profile)
{
    static const char *const others[] = {"P1", "P4", ""};
    own(test_order) o = {0};
    struct signedproperties claims;
    const char *clause = NULL;
    make(&o, &claims);
    claims.profile = others[_i];
    ck_assert(!signedproperties_match(buf_bytes(&o.properties), &claims, &clause));
    ck_assert_ptr_nonnull(clause);
}
END_TEST

/* EN 319 132-1 6.3: what is signed of a B-T is what a B-B has. */
START_TEST(stamped_later)
{
    own(test_order) o = {0};
    struct signedproperties claims;
    const char *clause = NULL;
    make(&o, &claims);
    claims.profile = "B-T";
    ck_assert(signedproperties_match(buf_bytes(&o.properties), &claims, &clause));
}
END_TEST

/* `text` with the first `from` replaced by `to`. */
static struct buf edited(struct bytes text, const char *from, const char *to)
{
    struct buf out = buf_max(65536);
    const uint8_t *at = memmem(text.p, text.len, from, strlen(from));
    ck_assert_msg(at != NULL, "%s is not there", from);
    size_t before = (size_t)(at - text.p);
    buf_add(&out, bytes_sub(text, 0, before));
    buf_str(&out, to);
    buf_add(&out, bytes_sub(text, before + strlen(from), SIZE_MAX));
    return out;
}

#define END "</xades:SignedDataObjectProperties>"
#define COMMITMENT(what, scope)                                                                    \
    "<xades:CommitmentTypeIndication><xades:CommitmentTypeId><xades:Identifier>" what              \
    "</xades:Identifier></xades:CommitmentTypeId>" scope "</xades:CommitmentTypeIndication>" END
#define ALL      "<xades:AllSignedDataObjects></xades:AllSignedDataObjects>"
#define APPROVAL "http://uri.etsi.org/01903/v1.2.2#ProofOfApproval"
#define V2       "<xades:SigningCertificateV2>"
#define TIME     "<xades:SigningTime>"

/* Each row changes one place of good SignedProperties. */
static const struct {
    const char *what, *from, *to;
    bool good;
} edits[] = {
    {"nothing", TIME, TIME, true},
    /* The start tag, as an apex (C14N 1.0 2.4). */
    {"inherited namespace", " xmlns:ds", " xmlns=\"urn:form\" xmlns:ds", true},
    {"> in an inherited namespace", " xmlns:ds", " xmlns:a=\"urn:>\" xmlns:ds", true},
    {"inherited attribute", "Id=\"sp\"", "Id=\"sp\" xml:base=\"a>b\" xml:lang=\"tr\"", true},
    {"attribute before Id", "Id=\"sp\"", "xml:lang=\"tr\" Id=\"sp\"", false},
    {"empty default namespace", " xmlns:ds", " xmlns=\"\" xmlns:ds", false},
    {"other Id", "Id=\"sp\"", "Id=\"other\"", false},
    {"Id inside a longer one", "Id=\"sp\"", "Id=\"sp2\"", false},
    {"other element", "<xades:SignedProperties ", "<xades:Signedproperties ", false},
    {"other namespace", "http://uri.etsi.org/01903/v1.3.2#", "urn:x", false},
    {"ds is another namespace", "http://www.w3.org/2000/09/xmldsig#", "urn:x", false},
    /* EN 319 132-1 5.2.1. */
    {"long ago", TIME "2", TIME "1", false},
    {"no time", "SigningTime>", "Time>", false},
    {"not a time", TIME, TIME "x", false},
    /* EN 319 132-1 5.2.2. */
    {"no certificate", V2, "<xades:Other>", false},
    {"two certificates", V2, V2 V2, false},
    {"V1 with the content of V2", "SigningCertificateV2>", "SigningCertificate>", false},
    {"something before the digest", "<xades:Cert>", "<xades:Cert><xades:X></xades:X>", false},
    {"a second Cert", "</xades:Cert>", "</xades:Cert><xades:Cert></xades:Cert>", false},
    {"issuer is not base64", "MAA=", "MA\nA=", false},
    {"no issuer", "<xades:IssuerSerialV2>MAA=</xades:IssuerSerialV2>", "", false},
    /* Nothing that nobody was shown. */
    {"a policy", "</xades:SignedSignatureProperties>",
     "<xades:SignaturePolicyIdentifier></xades:SignaturePolicyIdentifier>"
     "</xades:SignedSignatureProperties>",
     false},
    {"a role", "</xades:SignedSignatureProperties>",
     "<xades:SignerRoleV2></xades:SignerRoleV2></xades:SignedSignatureProperties>", false},
    {"a comment", V2, "<!---->" V2, false},
    {"an instruction that hides a tag", V2, "<?x " V2 "?>" V2, false},
    {"white space", V2, "\n" V2, false},
    {"octets behind", "</xades:SignedProperties>", "</xades:SignedProperties>\n", false},
    {"not finished", "</xades:SignedProperties>", "", false},
    /* EN 319 132-1 5.2.4: what kind of file each document is. */
    {"another kind", "application/xml", "text/plain", false},
    {"a kind that goes on", "application/xml", "application/xml+x", false},
    {"two kinds in the wrong order", "#ref0", "#ref1", false},
    {"of nothing", "#ref0", "#ref7", false},
    {"a third format", END,
     "<xades:DataObjectFormat ObjectReference=\"#sp\"><xades:MimeType></xades:MimeType>"
     "</xades:DataObjectFormat>" END,
     false},
    {"a description", "<xades:MimeType>", "<xades:Description></xades:Description><xades:MimeType>",
     false},
    /* EN 319 132-1 5.2.3. */
    {"approval", END, COMMITMENT(APPROVAL, ALL), true},
    {"approval of approvals", END, COMMITMENT(APPROVAL "s", ALL), false},
    {"receipt", END, COMMITMENT("http://uri.etsi.org/01903/v1.2.2#ProofOfReceipt", ALL), false},
    {"somebody's own", END, COMMITMENT("urn:i-owe-you", ALL), false},
    {"of one document", END,
     COMMITMENT(APPROVAL, "<xades:ObjectReference>#ref0</xades:ObjectReference>"), false},
};

START_TEST(one_edit)
{
    own(test_order) o = {0};
    struct signedproperties claims;
    const char *clause = NULL;
    make(&o, &claims);
    own(buf) text = edited(buf_bytes(&o.properties), edits[_i].from, edits[_i].to);
    bool good = signedproperties_match(buf_bytes(&text), &claims, &clause);
    ck_assert_msg(good == edits[_i].good, "%s: %s", edits[_i].what, clause ? clause : "accepted");
    ck_assert(good == (clause == NULL));
}
END_TEST

START_TEST(another_certificate)
{
    own(test_order) o = {0};
    struct signedproperties claims;
    const char *clause;
    make(&o, &claims);
    claims.certificate = bytes_str("another");
    ck_assert(!signedproperties_match(buf_bytes(&o.properties), &claims, &clause));
    ck_assert_str_eq(clause, "SigningCertificate names another certificate");
}
END_TEST

/* ---- BTK's policies ---- */

#define POLICY(n, text)                                                                            \
    "<xades:SignaturePolicyIdentifier><xades:SignaturePolicyId><xades:SigPolicyId>"                \
    "<xades:Identifier Qualifier=\"OIDAsURN\">urn:oid:2.16.792.1.61.0.1.5070.3." n ".1"            \
    "</xades:Identifier><xades:Description>" text                                                  \
    " Kontrollü Güvenli Elektronik İmza Politikası</xades:Description></xades:SigPolicyId>"    \
    "<xades:SigPolicyHash><ds:DigestMethod "                                                       \
    "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod><ds:DigestValue>"     \
    "/zm9KUYzg/abIFKsR0OeBs58O4ZG6Ii25a4+RroIEXo=</ds:DigestValue></xades:SigPolicyHash>"          \
    "<xades:SigPolicyQualifiers><xades:SigPolicyQualifier><xades:SPURI>"                           \
    "http://www.eimza.gov.tr/EimzaPolitikalari/2167921610150703" n "1.pdf</xades:SPURI>"           \
    "</xades:SigPolicyQualifier></xades:SigPolicyQualifiers></xades:SignaturePolicyId>"            \
    "</xades:SignaturePolicyIdentifier>"
#define TEXT_P2 POLICY("1", "Kısa Dönemli ve SİL")
#define TEXT_P3 POLICY("2", "Uzun Dönemli ve SİL")
#define TEXT_P4 POLICY("3", "Uzun Dönemli ve ÇİSDuP")

/* BTK guide (2012) 3.1: the profile that is shown is the policy that is signed. */
static const struct {
    const char *profile, *policy;
    bool good;
} policies[] = {
    {"P1", "", true},       {"P2", TEXT_P2, true},
    {"P3", TEXT_P3, true},  {"P4", TEXT_P4, true},
    {"P1", TEXT_P2, false}, {"P2", "", false},
    {"P2", TEXT_P3, false}, {"P3", TEXT_P4, false},
    {"P4", TEXT_P2, false}, {"P2", TEXT_P2 TEXT_P2, false},
    {"P5", TEXT_P2, false},
};

START_TEST(policy)
{
    static const char v2[] = "<xades:IssuerSerialV2>MAA=</xades:IssuerSerialV2></xades:Cert>"
                             "</xades:SigningCertificateV2>";
    static const char v1[] = "<xades:IssuerSerial><ds:X509IssuerName>CN=A</ds:X509IssuerName>"
                             "<ds:X509SerialNumber>1</ds:X509SerialNumber></xades:IssuerSerial>"
                             "</xades:Cert></xades:SigningCertificate>";
    own(test_order) o = {0};
    own(buf) end = buf_max(8192);
    struct signedproperties claims;
    const char *clause = NULL;
    make(&o, &claims);
    claims.profile = policies[_i].profile;
    buf_fmt(&end, "%s%s", v1, policies[_i].policy);
    own(buf) begun = edited(buf_bytes(&o.properties), V2, "<xades:SigningCertificate>");
    own(buf) text = edited(buf_bytes(&begun), v2, buf_cstr(&end));
    bool good = signedproperties_match(buf_bytes(&text), &claims, &clause);
    ck_assert_msg(good == policies[_i].good, "%s: %s", policies[_i].profile,
                  clause ? clause : "accepted");
}
END_TEST

static const struct {
    int64_t seconds;
    bool good;
} drifts[] = {{0, true}, {-3000, true}, {3000, true}, {-7200, false}, {7200, false}};

START_TEST(clock_drift)
{
    own(test_order) o = {0};
    struct signedproperties claims;
    const char *clause;
    make(&o, &claims);
    claims.now += drifts[_i].seconds;
    ck_assert(signedproperties_match(buf_bytes(&o.properties), &claims, &clause) ==
              drifts[_i].good);
}
END_TEST

/* C14N 1.0 2.3: a media type's characters, as text. */
START_TEST(escapes)
{
    own(test_order) o = {0};
    struct signedproperties claims;
    const char *clause = NULL;
    make(&o, &claims);
    (void)snprintf(o.octets[1].mime, sizeof o.octets[1].mime, "a/b&<>");
    own(buf) text = edited(buf_bytes(&o.properties), "application/xml", "a/b&amp;&lt;&gt;");
    ck_assert_msg(signedproperties_match(buf_bytes(&text), &claims, &clause), "%s", clause);
    own(buf) other = edited(buf_bytes(&o.properties), "application/xml", "a/b&amp;&lt;&lt;");
    ck_assert(!signedproperties_match(buf_bytes(&other), &claims, &clause));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("signedproperties");
    TCase *t = tcase_create("shape");
    tcase_add_loop_test(t, another_profile, 0, 3);
    tcase_add_test(t, stamped_later);
    tcase_add_loop_test(t, one_edit, 0, ROWS(edits));
    tcase_add_loop_test(t, policy, 0, ROWS(policies));
    tcase_add_test(t, another_certificate);
    tcase_add_loop_test(t, clock_drift, 0, ROWS(drifts));
    tcase_add_test(t, escapes);
    suite_add_tcase(s, t);
    return suite_run(s);
}
