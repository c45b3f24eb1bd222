/* SPDX-License-Identifier: MIT */
#include "pkcs11/signedinfo.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/order.h"
#include "tests/support/suite.h"

static const struct test_document documents[] = {
    {"form.xml", "application/xml", "<form/>", false},
    {"elsewhere.bin", "application/octet-stream", "far away", true},
};
static const char cert[] = "stands for a certificate's DER";

static void make(struct test_order *o)
{
    order_make(o, bytes_str(cert), SIG_ECDSA_SHA384, documents, 2);
}

/* `text` with the first `from` replaced by `to`. */
static struct buf edited(struct bytes text, const char *from, const char *to)
{
    struct buf out = buf_max(TOKEN_MAX_SIGNEDINFO + 1024);
    const uint8_t *at = memmem(text.p, text.len, from, strlen(from));
    ck_assert_msg(at != NULL, "%s is not there", from);
    size_t before = (size_t)(at - text.p);
    buf_add(&out, bytes_sub(text, 0, before));
    buf_str(&out, to);
    buf_add(&out, bytes_sub(text, before + strlen(from), SIZE_MAX));
    return out;
}

START_TEST(as_written)
{
    own(test_order) o = {0};
    struct signedinfo si;
    struct digest d;
    const char *clause = NULL;
    make(&o);
    ck_assert_msg(signedinfo_read(o.order.signed_info, &si, &clause), "%s", clause);
    ck_assert_int_eq(si.alg, SIG_ECDSA_SHA384);
    ck_assert_uint_eq(si.n, 3);
    ck_assert(bytes_eq_str(si.references[0].uri, "#sp"));
    ck_assert(bytes_eq_str(si.references[1].uri, "#doc0"));
    ck_assert_int_eq(si.references[1].transform, SIGNEDINFO_BASE64);
    ck_assert_int_eq(si.references[2].transform, SIGNEDINFO_AS_IS);
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("<form/>"), &d));
    ck_assert(bytes_eq(digest_bytes(&d), digest_bytes(&si.references[1].digest)));
}
END_TEST

#define NS " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
#define ENVELOPED                                                                                  \
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\">"           \
    "</ds:Transform>"
#define INCLUSIVE                                                                                  \
    "<ds:Transform Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\">"                 \
    "</ds:Transform>"
#define BASE64                                                                                     \
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\">"                        \
    "</ds:Transform>"

/* Each row changes one place of a good SignedInfo. */
static const struct {
    const char *what, *from, *to;
    bool good;
} edits[] = {
    /* C14N 1.0 2.3, 2.4: what an enveloped signature inherits. */
    {"default namespace", NS, " xmlns=\"urn:form\"" NS, true},
    {"sorted namespaces", NS, " xmlns:a=\"urn:a\"" NS " xmlns:z=\"urn:z\"", true},
    {"xml attributes", NS, NS " xml:lang=\"tr\" xml:space=\"preserve\"", true},
    {"escaped value", NS, " xmlns:a=\"urn:a&amp;b&quot;\"" NS, true},
    {"namespaces unsorted", NS, NS " xmlns:a=\"urn:a\"", false},
    {"namespace twice", NS, NS NS, false},
    {"xml attributes unsorted", NS, NS " xml:space=\"x\" xml:lang=\"tr\"", false},
    {"other attribute", NS, NS " Id=\"x\"", false},
    {"ds rebound", "\"http://www.w3.org/2000/09/xmldsig#\">", "\"urn:other\">", false},
    {"ds missing", NS, "", false},
    {"raw < in a value", NS, " xmlns:a=\"<\"" NS, false},
    {"bare & in a value", NS, " xmlns:a=\"&x;\"" NS, false},
    {"raw tab in a value", NS, " xmlns:a=\"\t\"" NS, false},
    /* XMLDSig 4.4: methods. */
    {"exclusive C14N", "TR/2001/REC-xml-c14n-20010315", "2001/10/xml-exc-c14n#", false},
    {"with comments", "c14n-20010315\"", "c14n-20010315#WithComments\"", false},
    {"SHA-1 signature", "xmldsig-more#ecdsa-sha384", "xmldsig-more#ecdsa-sha1", false},
    {"HMAC length", "ecdsa-sha384\">",
     "ecdsa-sha384\"><ds:HMACOutputLength>8</ds:HMACOutputLength>", false},
    {"SHA-1 digest", "xmlenc#sha256", "xmldsig#sha1", false},
    /* References. */
    {"no Type", " Type=\"http://uri.etsi.org/01903#SignedProperties\"", "", false},
    {"properties elsewhere", "URI=\"#sp\"", "URI=\"http://a.example/\"", false},
    {"properties with transform", "URI=\"#sp\">",
     "URI=\"#sp\"><ds:Transforms>" INCLUSIVE "</ds:Transforms>", false},
    {"enveloped", "URI=\"#doc0\"><ds:Transforms>" BASE64,
     "URI=\"\"><ds:Transforms>" ENVELOPED INCLUSIVE, true},
    {"enveloped with an address", BASE64, ENVELOPED INCLUSIVE, false},
    {"enveloped without C14N", "URI=\"#doc0\"><ds:Transforms>" BASE64,
     "URI=\"\"><ds:Transforms>" ENVELOPED, false},
    {"base64 of everything", "URI=\"#doc0\"", "URI=\"\"", false},
    {"XPath", "xmldsig#base64", "TR/1999/REC-xpath-19991116", false},
    {"two transforms", BASE64, BASE64 BASE64, false},
    {"Id not a name", "Id=\"ref0\"", "Id=\"0ref\"", false},
    {"entity in Id", "Id=\"ref0\"", "Id=\"ref&amp;\"", false},
    {"no Id", "<ds:Reference Id=\"ref0\" ", "<ds:Reference ", false},
    {"unknown element", "</ds:SignedInfo>", "<ds:Object></ds:Object></ds:SignedInfo>", false},
    {"comment", "<ds:Reference Id", "<!-- --><ds:Reference Id", false},
    {"white space", "<ds:Reference Id", " <ds:Reference Id", false},
    {"empty element", "></ds:SignatureMethod>", "/>", false},
    {"octets behind", "</ds:SignedInfo>", "</ds:SignedInfo>\n", false},
    {"not finished", "</ds:SignedInfo>", "", false},
    /* base64Binary. */
    {"digest cut", "=</ds:DigestValue>", "</ds:DigestValue>", false},
    {"digest empty", "<ds:DigestValue>", "<ds:DigestValue></ds:DigestValue><ds:DigestValue>",
     false},
    {"space in a digest", "<ds:DigestValue>", "<ds:DigestValue> ", false},
    {"line in a digest", "=</ds:DigestValue>", "=\n</ds:DigestValue>", false},
    {"digest of another length", "xmlenc#sha256", "xmlenc#sha512", false},
    /* One name for one thing. */
    {"Id of two documents", "Id=\"ref1\"", "Id=\"ref0\"", false},
    {"address of two documents", "#doc0", "#sp", false},
    /* XMLDSig 4.4.3.1: a file beside the signature, by name; nothing else without a transform. */
    {"escaped name", "elsewhere.bin", "ba%C5%9Fka%20bir", true},
    {"an element as it is", "elsewhere.bin", "#elsewhere", false},
    {"the whole file as it is", "elsewhere.bin", "", false},
    {"another machine", "elsewhere.bin", "http://a.example/", false},
    {"another folder", "elsewhere.bin", "../elsewhere.bin", false},
    {"a query", "elsewhere.bin", "elsewhere.bin?x", false},
    {"a fragment that is no Id", "#doc0", "#xpointer(/)", false},
};

START_TEST(one_edit)
{
    own(test_order) o = {0};
    struct signedinfo si;
    const char *clause = NULL;
    make(&o);
    own(buf) text = edited(o.order.signed_info, edits[_i].from, edits[_i].to);
    bool good = signedinfo_read(buf_bytes(&text), &si, &clause);
    ck_assert_msg(good == edits[_i].good, "%s: %s", edits[_i].what, clause ? clause : "accepted");
    ck_assert(good == (clause == NULL));
}
END_TEST

START_TEST(how_many)
{
    static struct test_document many[TOKEN_MAX_REFERENCES];
    static char names[TOKEN_MAX_REFERENCES][8];
    struct signedinfo si;
    const char *clause = NULL;
    for (size_t i = 0; i < TOKEN_MAX_REFERENCES; i++) {
        (void)snprintf(names[i], sizeof names[i], "n%zu", i);
        many[i] = (struct test_document){names[i], "", "", true};
    }
    own(test_order) most = {0}, none = {0};
    order_make(&most, bytes_str(cert), SIG_RSA_SHA256, many, TOKEN_MAX_REFERENCES - 1);
    ck_assert(signedinfo_read(most.order.signed_info, &si, &clause));
    own(buf) more =
        edited(most.order.signed_info, "<ds:Reference Id=\"ref0\"",
               "<ds:Reference Id=\"refx\" URI=\"x\"><ds:DigestMethod "
               "Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>"
               "<ds:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</ds:DigestValue>"
               "</ds:Reference><ds:Reference Id=\"ref0\"");
    ck_assert(!signedinfo_read(buf_bytes(&more), &si, &clause));
    ck_assert_str_eq(clause, "too many References");
    order_make(&none, bytes_str(cert), SIG_RSA_SHA256, many, 0);
    ck_assert(!signedinfo_read(none.order.signed_info, &si, &clause));
    ck_assert_str_eq(clause, "no Reference to a document");
}
END_TEST

/* RFC 3986 2.1, 2.3: one way to write a name. */
static const struct {
    const char *name, *uri;
    bool same;
} uris[] = {
    {"form.xml", "form.xml", true},
    {"ba\xc5\x9fka bir", "ba%C5%9Fka%20bir", true},
    {"a/b#c?d", "a%2Fb%23c%3Fd", true},
    {"a~b_c-d", "a~b_c-d", true},
    {"form.xml", "form.xm", false},
    {"form.xml", "form.xmll", false},
    {"form.xml", "taahhut.txt", false},
    {"form.xml", "%66orm.xml", false},
    {"a b", "a b", false},
    {"\xc5\x9f", "%c5%9f", false},
    {"", "", false},
};

START_TEST(uri_names)
{
    ck_assert(signedinfo_uri_names(bytes_str(uris[_i].uri), bytes_str(uris[_i].name)) ==
              uris[_i].same);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("signedinfo");
    TCase *t = tcase_create("shape");
    tcase_add_test(t, as_written);
    tcase_add_loop_test(t, one_edit, 0, ROWS(edits));
    tcase_add_test(t, how_many);
    tcase_add_loop_test(t, uri_names, 0, ROWS(uris));
    suite_add_tcase(s, t);
    return suite_run(s);
}
