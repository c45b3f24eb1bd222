/* SPDX-License-Identifier: MIT */
#include "xades/prepare.h"

#include <check.h>
#include <stdio.h>

#include "core/base64.h"
#include "tests/support/signer.h"
#include "tests/support/suite.h"
#include "xades/algorithm.h"
#include "xades/names.h"
#include "xades/xmldoc.h"

#define FORM "<form><ad>Ayşe</ad><soyad>Yılmaz Çiğdemoğlu</soyad></form>"

static const struct xmldoc_limits limits = {256, 64u << 20};

static struct signer *signers[KEY_P521 + 1];

static const struct {
    enum key_type key;
    enum sig_alg alg;
} algs[] = {
    {KEY_RSA, SIG_RSA_SHA256},    {KEY_RSA, SIG_RSA_SHA384},    {KEY_RSA, SIG_RSA_SHA512},
    {KEY_RSA, SIG_PSS_SHA256},    {KEY_RSA, SIG_PSS_SHA384},    {KEY_RSA, SIG_PSS_SHA512},
    {KEY_P256, SIG_ECDSA_SHA256}, {KEY_P384, SIG_ECDSA_SHA384}, {KEY_P521, SIG_ECDSA_SHA512},
};
#define N_ALGS (sizeof algs / sizeof algs[0])

static struct xades_document document(const char *name, const char *mime, struct bytes content)
{
    return (struct xades_document){
        .name = bytes_str(name), .mime = bytes_str(mime), .content = content};
}

static struct xades_request request(enum key_type key, enum sig_alg alg,
                                    const struct xades_document *documents, size_t n)
{
    return (struct xades_request){
        .profile = XADES_B_B,
        .packaging = XADES_ENVELOPING,
        .alg = alg,
        .documents = documents,
        .n_documents = n,
        .certificate = signer_certificate(signers[key]),
        .signing_time = 1632128400, /* 2021-09-20T09:00:00Z */
        .utc_offset_minutes = UTC_TURKEY_MINUTES,
        .id = {0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
        .max_xml_depth = limits.max_depth,
        .max_xml_octets = limits.max_octets,
    };
}

/* ---- reading back what was made ---- */

static const xmlNode *find(const xmlNode *from, const char *ns, const char *name)
{
    for (const xmlNode *n = from; n; n = n->next) {
        if (n->type != XML_ELEMENT_NODE) continue;
        if (n->ns && strcmp((const char *)n->ns->href, ns) == 0 &&
            strcmp((const char *)n->name, name) == 0)
            return n;
        const xmlNode *below = find(n->children, ns, name);
        if (below) return below;
    }
    return NULL;
}

static const xmlNode *find_id(const xmlNode *from, const char *id)
{
    for (const xmlNode *n = from; n; n = n->next) {
        if (n->type != XML_ELEMENT_NODE) continue;
        xmlChar *has = xmlGetNoNsProp(n, (const xmlChar *)"Id");
        bool same = has && strcmp((const char *)has, id) == 0;
        xmlFree(has);
        if (same) return n;
        const xmlNode *below = find_id(n->children, id);
        if (below) return below;
    }
    return NULL;
}

static void same_octets(struct bytes ours, struct bytes theirs, const char *what)
{
    if (bytes_eq(ours, theirs)) return;
    ck_abort_msg("%s: written\n%.*s\nbut C14N gives\n%.*s", what, (int)ours.len,
                 (const char *)ours.p, (int)theirs.len, (const char *)theirs.p);
}

static void same_as_c14n(const struct xmldoc *d, const xmlNode *apex, const xmlNode *without,
                         struct bytes ours, const char *what)
{
    own(buf) canonical = buf_max(XADES_MAX_RESULT);
    ck_assert(
        xmldoc_c14n(&canonical, d, apex, without, (struct xmldoc_form){.how = XMLDOC_C14N10}));
    same_octets(ours, buf_bytes(&canonical), what);
}

static void digest_matches(const struct xades_reference *ref)
{
    struct digest d;
    ck_assert(digest_of(ref->digest.alg, ref->octets, &d));
    ck_assert(bytes_eq(digest_bytes(&d), digest_bytes(&ref->digest)));
}

static void object_holds(const struct xmldoc *d, size_t i, struct bytes content)
{
    char id[64];
    (void)snprintf(id, sizeof id, "doc-a1b2c3d4e5f60708090a0b0c0d0e0f10-%zu", i);
    const xmlNode *object = find_id(d->doc->children, id);
    ck_assert_msg(object != NULL, "no %s", id);
    own(buf) octets = buf_max(XADES_MAX_RESULT);
    const char *text = object->children ? (const char *)object->children->content : "";
    ck_assert(base64_decode_xml(&octets, bytes_str(text)));
    ck_assert(bytes_eq(buf_bytes(&octets), content));
}

/* Everything that can be said of a finished signature without its key. */
static void check_result(const struct xades_request *r, struct xades_job *j, struct bytes file)
{
    struct xades_why why;
    own(xmldoc) d = {0};
    err_t e = xmldoc_parse(file, limits, &d, &why);
    ck_assert_msg(e == OK, "%s in %.*s", why.clause, (int)file.len, (const char *)file.p);
    const xmlNode *all = d.doc->children, *signature = find(all, NS_DS, "Signature");
    same_as_c14n(&d, find(all, NS_DS, "SignedInfo"), NULL, xades_signed_info(j), "SignedInfo");
    const struct xades_reference *properties = xades_reference_at(j, 0);
    same_as_c14n(&d, find(all, NS_XADES, "SignedProperties"), NULL, properties->octets,
                 "SignedProperties");
    ck_assert_int_eq(properties->kind, XADES_REF_SIGNED_PROPERTIES);
    digest_matches(properties);
    ck_assert_uint_eq(xades_n_references(j), r->n_documents + 1);
    for (size_t i = 0; i < r->n_documents; i++) {
        const struct xades_reference *ref = xades_reference_at(j, i + 1);
        ck_assert_uint_eq(ref->document, i);
        if (ref->kind == XADES_REF_DIGEST_ONLY) continue;
        digest_matches(ref);
        if (ref->kind == XADES_REF_CANONICAL)
            same_as_c14n(&d, NULL, signature, ref->octets, "document");
        else
            ck_assert_ptr_eq(ref->octets.p, r->documents[i].content.p);
        if (r->packaging == XADES_ENVELOPING) object_holds(&d, i, r->documents[i].content);
    }
}

/* In two steps, as who stores in between: the very same file. */
static void same_in_two_steps(const struct xades_job *j, struct bytes value, struct bytes file)
{
    own(buf) frame = buf_max(XADES_MAX_RESULT), filled = buf_max(XADES_MAX_RESULT);
    size_t hole;
    buf_str(&frame, "before");
    ck_assert_int_eq(xades_frame(j, &frame, &hole), OK);
    ck_assert_int_eq(xades_fill(bytes_sub(buf_bytes(&frame), 6, SIZE_MAX), hole, value, &filled),
                     OK);
    ck_assert(bytes_eq(buf_bytes(&filled), file));
}

/* Prepares, signs, finishes and checks; the file is appended to `file`. */
static void make(const struct xades_request *r, enum key_type key, struct buf *file)
{
    struct xades_why why;
    own_ptr(xades_job) j = NULL;
    err_t e = xades_prepare(r, &j, &why);
    ck_assert_msg(e == OK, "%s: %s", err_slug(e), why.clause);
    uint8_t value[SIGNER_MAX_VALUE];
    size_t len = signer_sign(signers[key], r->alg, xades_signed_info_digest(j), value);
    const size_t before = file->len;
    ck_assert_int_eq(xades_finish(j, bytes_of(value, len), file), OK);
    same_in_two_steps(j, bytes_of(value, len), bytes_sub(buf_bytes(file), before, SIZE_MAX));
    check_result(r, j, buf_bytes(file));
}

static bool contains(struct bytes file, const char *text)
{
    return memmem(file.p, file.len, text, strlen(text)) != NULL;
}

/* ---- every profile, packaging and algorithm ---- */

START_TEST(matrix)
{
    const enum xades_packaging packaging = (enum xades_packaging)_i;
    const struct xades_document documents[] = {
        document("basvuru formu.xml", "application/xml", bytes_str(FORM)),
        document("taahhütname.txt", "text/plain; charset=utf-8", bytes_str("Kabul ediyorum.\r\n"))};
    for (unsigned profile = 0; profile < XADES_PROFILE_COUNT; profile++) {
        for (size_t a = 0; a < N_ALGS; a++) {
            struct xades_request r =
                request(algs[a].key, algs[a].alg, documents, packaging == XADES_ENVELOPED ? 1 : 2);
            r.packaging = packaging;
            r.profile = (enum xades_profile)profile;
            r.commitment = (enum xades_commitment)(a % XADES_COMMITMENT_COUNT);
            own(buf) file = buf_max(XADES_MAX_RESULT);
            make(&r, algs[a].key, &file);
            struct bytes f = buf_bytes(&file);
            ck_assert(contains(f, algorithm_signature_uri(r.alg)));
            ck_assert(contains(f, algorithm_digest_uri(sig_alg_digest(r.alg))));
            ck_assert(contains(f, "<xades:SigningCertificate>") ==
                      xades_profile_turkish(r.profile));
            ck_assert(contains(f, "<xades:SigningCertificateV2>") !=
                      xades_profile_turkish(r.profile));
            ck_assert(contains(f, "CommitmentTypeIndication>") == (r.commitment != 0));
            ck_assert(contains(f, "<xades:SigningTime>2021-09-20T12:00:00+03:00</"));
            /* BTK guide table 1: no policy in P1, one in P2. EN 319 132-1: empty unsigned ones left out. */
            ck_assert(contains(f, "SignaturePolicy") == (profile == XADES_P2));
            ck_assert(!contains(f, "UnsignedProperties"));
        }
    }
}
END_TEST

/* ---- what an enveloped signature inherits ---- */

static const struct {
    const char *what, *before, *after; /* around the signature */
} roots[] = {
    {"plain", "<a>text", "</a>"},
    {"declaration, comments and PIs around",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- </a> "
     "--><?p </a>?><a><!-- c --><?q r?>x",
     "</a>\n<!-- </a> --><?p <a/> ?>\n\n"},
    {"byte order mark", "\xef\xbb\xbf<a>", "</a>"},
    {"end tag with space", "<a>", "</a \t\n>"},
    {"CDATA and references", "<a b=\"&lt;&amp;&#9;&#xA;>\"><![CDATA[</a>&<]]>&gt;&#13;", "</a>"},
    {"quotes that hide tags", "<a b='>/a>' c=\"/>\">", "</a>"},
    {"line ends", "<a>\r\n<b\r\n x='1'\r\n></b>\r\n", "</a>\r\n"},
    {"default namespace", "<a xmlns=\"urn:a\"><b/>", "</a>"},
    {"no namespace said", "<a xmlns=\"\"><b xmlns=\"urn:b\"/>", "</a>"},
    {"prefixes around ours",
     "<z:a xmlns:z=\"urn:z\" xmlns:a=\"urn:a\" xmlns:dr=\"urn:dr\" "
     "xmlns:ds2=\"urn:ds2\" xmlns:xa=\"urn:xa\" xmlns:xadesx=\"urn:x\" "
     "xmlns:A=\"urn:A\" xmlns=\"urn:d\">",
     "</z:a>"},
    {"our prefixes bound to something else",
     "<ds:a xmlns:ds=\"urn:not-ds\" xmlns:xades=\"urn:no\">"
     "<ds:b/>",
     "</ds:a>"},
    {"our namespaces under other names", "<a xmlns:s=\"" NS_DS "\" xmlns:x=\"" NS_XADES "\">",
     "</a>"},
    {"our namespaces as they are", "<a xmlns:ds=\"" NS_DS "\" xmlns:xades=\"" NS_XADES "\">",
     "</a>"},
    {"our namespace as default", "<Object xmlns=\"" NS_DS "\">", "</Object>"},
    {"xml attributes", "<a xml:space=\"preserve\" b=\"1\" xml:lang=\"tr\">", "</a>"},
    {"xml base", "<a xml:base=\"http://example/&quot;&amp;&#9;\" xmlns=\"urn:a\">", "</a>"},
    {"any xml attribute", "<a xml:yeni=\"&lt;ş>\" xml:lang=\"\">", "</a>"},
    {"a quote in a namespace", "<a xmlns:q=\"urn:a?b=1;c='2'\">", "</a>"},
    {"Turkish prefix", "<ğ:kök xmlns:ğ=\"urn:g\" xmlns:ı=\"urn:i\" ı:ö='ü'>", "</ğ:kök>"},
    {"the xml prefix declared", "<a xmlns:xml=\"" NS_XML "\">", "</a>"},
};

START_TEST(inherited)
{
    own(buf) doc = buf_max(4096);
    buf_str(&doc, roots[_i].before);
    buf_str(&doc, roots[_i].after);
    const struct xades_document d = document("a.xml", "application/xml", buf_bytes(&doc));
    for (unsigned profile = 0; profile < XADES_PROFILE_COUNT; profile++) {
        struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
        r.packaging = XADES_ENVELOPED;
        r.profile = (enum xades_profile)profile;
        own(buf) file = buf_max(1 << 20);
        make(&r, KEY_P256, &file);
        /* Every octet of the document is where it was. */
        struct bytes f = buf_bytes(&file), before = bytes_str(roots[_i].before);
        struct bytes after = bytes_str(roots[_i].after);
        ck_assert_msg(bytes_starts(f, before), "%s", roots[_i].what);
        ck_assert(bytes_eq(bytes_sub(f, f.len - after.len, after.len), after));
        ck_assert(bytes_starts(bytes_sub(f, before.len, f.len), bytes_str("<ds:Signature ")));
    }
}
END_TEST

/* A root without content has no end tag: it gets one, and nothing else changes. */
START_TEST(empty_root)
{
    static const struct {
        const char *doc, *before, *after;
    } rows[] = {{"<a/>", "<a>", "</a>"},
                {"<p:a xmlns:p='urn:p' b='/>' />\n", "<p:a xmlns:p='urn:p' b='/>' >", "</p:a>\n"}};
    for (size_t i = 0; i < 2; i++) {
        const struct xades_document d = document("a.xml", "text/xml", bytes_str(rows[i].doc));
        struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
        r.packaging = XADES_ENVELOPED;
        own(buf) file = buf_max(1 << 20);
        make(&r, KEY_P256, &file);
        struct bytes f = buf_bytes(&file), after = bytes_str(rows[i].after);
        ck_assert(bytes_starts(f, bytes_str(rows[i].before)));
        ck_assert(bytes_eq(bytes_sub(f, f.len - after.len, after.len), after));
    }
}
END_TEST

/* A second signature in a document that has one. */
START_TEST(signed_again)
{
    struct xades_document d = document("a.xml", "text/xml", bytes_str(FORM));
    struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
    r.packaging = XADES_ENVELOPED;
    own(buf) once = buf_max(1 << 20);
    make(&r, KEY_P256, &once);
    d.content = buf_bytes(&once);
    r.id[0] ^= 1;
    struct xades_why why;
    own_ptr(xades_job) j = NULL;
    ck_assert_int_eq(xades_prepare(&r, &j, &why), OK);
    ck_assert(contains(xades_reference_at(j, 1)->octets, "<ds:SignatureValue Id=\"val-"));
    digest_matches(xades_reference_at(j, 1));
}
END_TEST

/* ---- documents of all sizes and names ---- */

START_TEST(every_size)
{
    static const size_t sizes[] = {0, 1, 2, 3, 56, 57, 58, 4096, 1 << 20};
    own_mem(uint8_t) octets = malloc(1 << 20);
    for (size_t i = 0; i < 1 << 20; i++) octets[i] = (uint8_t)(i * 7 + (i >> 8));
    for (unsigned packaging = 0; packaging < XADES_PACKAGING_COUNT; packaging++) {
        if (packaging == XADES_ENVELOPED) continue;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            const struct xades_document d =
                document("a.bin", "application/octet-stream", bytes_of(octets, sizes[i]));
            struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
            r.packaging = (enum xades_packaging)packaging;
            own(buf) file = buf_max(XADES_MAX_RESULT);
            make(&r, KEY_P256, &file);
        }
    }
}
END_TEST

START_TEST(sixty_four)
{
    struct xades_document d[XADES_MAX_DOCUMENTS + 1];
    char names[XADES_MAX_DOCUMENTS + 1][16];
    for (size_t i = 0; i <= XADES_MAX_DOCUMENTS; i++) {
        (void)snprintf(names[i], sizeof names[i], "%zu.txt", i);
        d[i] = document(names[i], "text/plain", bytes_str(names[i]));
    }
    for (unsigned packaging = 0; packaging < XADES_PACKAGING_COUNT; packaging++) {
        if (packaging == XADES_ENVELOPED) continue;
        struct xades_request r = request(KEY_P384, SIG_ECDSA_SHA384, d, XADES_MAX_DOCUMENTS);
        r.packaging = (enum xades_packaging)packaging;
        own(buf) file = buf_max(1 << 20);
        make(&r, KEY_P384, &file);
    }
}
END_TEST

START_TEST(names)
{
    static const struct {
        const char *name, *uri;
    } rows[] = {
        {"a.txt", "a.txt"},
        {"iki söz.txt", "iki%20s%C3%B6z.txt"},
        {"ığüşöçİĞ.pdf", "%C4%B1%C4%9F%C3%BC%C5%9F%C3%B6%C3%A7%C4%B0%C4%9E.pdf"},
        {"#parça", "%23par%C3%A7a"},
        {"%20", "%2520"},
        {"a&b\"<c>'.txt", "a%26b%22%3Cc%3E%27.txt"},
        {"http://evil/", "http%3A%2F%2Fevil%2F"},
        {"a?b", "a%3Fb"},
        {"-._~", "-._~"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct xades_document d = document(rows[i].name, "text/plain", bytes_str("x"));
        struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
        r.packaging = XADES_DETACHED;
        own(buf) file = buf_max(1 << 20);
        make(&r, KEY_P256, &file);
        char uri[256];
        (void)snprintf(uri, sizeof uri, " URI=\"%s\">", rows[i].uri);
        ck_assert_msg(contains(buf_bytes(&file), uri), "%s", rows[i].name);
    }
}
END_TEST

START_TEST(known_and_given_digests)
{
    struct digest known, given;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("x"), &known));
    ck_assert(digest_of(DIGEST_SHA512, bytes_str("y"), &given));
    struct xades_document d[2] = {document("x", "text/plain", bytes_str("x")),
                                  document("y", "text/plain", bytes_str(""))};
    d[0].known = &known;
    d[1].digest_only = true;
    d[1].digest = given;
    struct xades_request r = request(KEY_P384, SIG_ECDSA_SHA384, d, 2);
    r.packaging = XADES_DETACHED;
    struct xades_why why;
    own_ptr(xades_job) j = NULL;
    ck_assert_int_eq(xades_prepare(&r, &j, &why), OK);
    /* Of another algorithm than is wanted: made anew. */
    ck_assert_int_eq(xades_reference_at(j, 1)->digest.alg, DIGEST_SHA384);
    digest_matches(xades_reference_at(j, 1));
    ck_assert_int_eq(xades_reference_at(j, 2)->kind, XADES_REF_DIGEST_ONLY);
    ck_assert_int_eq(xades_reference_at(j, 2)->digest.alg, DIGEST_SHA512);
    ck_assert(contains(xades_signed_info(j), algorithm_digest_uri(DIGEST_SHA512)));
    ck_assert_ptr_null(xades_reference_at(j, 3));
    /* Of the algorithm wanted: taken as it is. */
    own_ptr(xades_job) k = NULL;
    r.certificate = signer_certificate(signers[KEY_P256]);
    r.alg = SIG_ECDSA_SHA256;
    known.v[0] ^= 1;
    ck_assert_int_eq(xades_prepare(&r, &k, &why), OK);
    ck_assert(bytes_eq(digest_bytes(&xades_reference_at(k, 1)->digest), digest_bytes(&known)));
}
END_TEST

/* ---- refusals ---- */

static void refused(const struct xades_request *r, err_t wanted, const char *clause)
{
    struct xades_why why;
    struct xades_job *j = NULL;
    err_t e = xades_prepare(r, &j, &why);
    ck_assert_msg(e == wanted, "%s instead of %s (%s)", err_slug(e), err_slug(wanted), clause);
    ck_assert_msg(strstr(why.clause, clause), "'%s' is not '%s'", why.clause, clause);
    ck_assert_ptr_null(j);
}

static const struct {
    const char *doc, *clause;
} hostile[] = {
    {"", "XML 1.0 2.1"},
    {"text", "XML 1.0 2.1"},
    {"<a>", "XML 1.0 2.1"},
    {"<a></b>", "XML 1.0 2.1"},
    {"<a/><b/>", "XML 1.0 2.1"},
    {"<a>&x;</a>", "XML 1.0 2.1"},
    {"<a b='1' b='2'/>", "XML 1.0 2.1"},
    {"<p:a/>", "XML 1.0 2.1"},
    {"<a>\x01</a>", "XML 1.0 2.1"},
    {"<a>\xc0\x80</a>", "XML 1.0 2.1"},
    {"<!DOCTYPE a><a/>", "XML 1.0 2.8"},
    {"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "XML 1.0 2.8"},
    {"<?xml version='1.1'?><a/>", "XML 1.0 2.8"},
    {"<?xml version='1.0' encoding='UTF-7'?><a/>", "XML 1.0 4.3.3"},
    {"<?xml version='1.0' encoding='UTF-16'?><a/>", "XML 1.0 4.3.3"},
};

START_TEST(hostile_xml)
{
    for (unsigned packaging = 0; packaging < XADES_PACKAGING_COUNT; packaging++) {
        struct xades_document d = document("a", "application/xml", bytes_str(hostile[_i].doc));
        struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
        r.packaging = (enum xades_packaging)packaging;
        refused(&r, ERR_XML_REJECTED, hostile[_i].clause);
        if (packaging == XADES_ENVELOPED) continue;
        /* Nobody reads it as XML when it is not called XML. */
        d.mime = bytes_str("text/plain");
        own(buf) file = buf_max(1 << 20);
        make(&r, KEY_P256, &file);
    }
}
END_TEST

START_TEST(deep_and_large_xml)
{
    own(buf) deep = buf_max(1 << 20);
    for (int i = 0; i < 10000; i++) buf_str(&deep, "<a>");
    for (int i = 0; i < 10000; i++) buf_str(&deep, "</a>");
    const struct xades_document d = document("a", "image/svg+xml", buf_bytes(&deep));
    struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
    refused(&r, ERR_XML_REJECTED, "nested too deeply");
    r.packaging = XADES_ENVELOPED;
    refused(&r, ERR_XML_REJECTED, "nested too deeply");
    r.max_xml_octets = deep.len - 1;
    refused(&r, ERR_XML_REJECTED, "larger than");
}
END_TEST

/* What only an enveloped signature cannot take. */
START_TEST(not_enveloped)
{
    static const struct {
        const char *doc, *clause;
    } rows[] = {
        {"<a xml:id=\"x\"/>", "C14N 1.1 1.3"},
        {"<a xmlns:r=\"relative\"/>", "C14N 1.0 1.3"},
        {"<a xmlns:r=\"urn:ğ\"/>", "C14N 1.0 1.3"},
        {"<a><b xmlns:r=\"urn:a?b&amp;c\"/></a>", "C14N 1.0 1.3"},
        {"<?xml version=\"1.0\" encoding=\"ISO-8859-9\"?><a/>", "XML 1.0 4.3.3"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct xades_document d = document("a", "text/xml", bytes_str(rows[i].doc));
        struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
        r.packaging = XADES_ENVELOPED;
        refused(&r, ERR_XML_REJECTED, rows[i].clause);
        r.packaging = XADES_ENVELOPING;
        own(buf) file = buf_max(1 << 20);
        make(&r, KEY_P256, &file);
    }
    own(buf) crowd = buf_max(1 << 20);
    buf_str(&crowd, "<a");
    for (int i = 0; i < 65; i++) buf_fmt(&crowd, " xmlns:n%d=\"urn:%d\"", i, i);
    buf_str(&crowd, "/>");
    const struct xades_document d = document("a", "text/xml", buf_bytes(&crowd));
    struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
    r.packaging = XADES_ENVELOPED;
    refused(&r, ERR_XML_REJECTED, "namespaces");
}
END_TEST

START_TEST(shapes_that_cannot_be)
{
    struct xades_document two[2] = {document("a", "text/xml", bytes_str("<a/>")),
                                    document("a", "text/xml", bytes_str("<a/>"))};
    const struct xades_request good = request(KEY_P256, SIG_ECDSA_SHA256, two, 2);
    struct xades_request r = good;
    r.packaging = XADES_ENVELOPED;
    refused(&r, ERR_INVALID_FIELD, "one document");
    r.packaging = XADES_DETACHED; /* twice the same name */
    refused(&r, ERR_INVALID_FIELD, "XMLDSig 1.1 4.4.3.1");
    r = good;
    r.n_documents = 0;
    refused(&r, ERR_INVALID_FIELD, "1 to 64");
    r.n_documents = 65;
    refused(&r, ERR_INVALID_FIELD, "1 to 64");
    r = good;
    r.alg = SIG_RSA_SHA256;
    refused(&r, ERR_INVALID_FIELD, "does not fit");
    r = good;
    r.certificate = bytes_str("not a certificate");
    refused(&r, ERR_CERTIFICATE_MALFORMED, "");
    two[0].digest_only = true;
    two[0].digest = (struct digest){DIGEST_SHA256, 32, {0}};
    refused(&good, ERR_INVALID_FIELD, "given by its digest");
    r = good;
    r.packaging = XADES_DETACHED;
    r.n_documents = 1;
    two[0].digest.len = 31;
    refused(&r, ERR_INVALID_FIELD, "wrong length");
    static const char *const bad_names[] = {"", ".", "..", "\xff"};
    for (size_t i = 0; i < sizeof bad_names / sizeof bad_names[0]; i++) {
        two[0] = document(bad_names[i], "text/plain", bytes_str("x"));
        refused(&r, ERR_INVALID_FIELD, "XMLDSig 1.1 4.4.3.1");
    }
    static const char *const bad_types[] = {"", "text/plain\x01", "text/\xff"};
    for (size_t i = 0; i < sizeof bad_types / sizeof bad_types[0]; i++) {
        two[0] = document("a", bad_types[i], bytes_str("x"));
        refused(&r, ERR_INVALID_FIELD, "EN 319 132-1 5.2.4");
    }
}
END_TEST

/* 64 documents with names as long as they may be do not fit what the card's side takes. */
START_TEST(too_much_to_sign)
{
    struct xades_document d[XADES_MAX_DOCUMENTS];
    char long_names[XADES_MAX_DOCUMENTS][256];
    for (size_t i = 0; i < XADES_MAX_DOCUMENTS; i++) {
        memset(long_names[i], 0, sizeof long_names[i]);
        for (size_t k = 0; k + 2 < 250; k += 2) memcpy(long_names[i] + k, "ş", 2);
        long_names[i][248] = (char)('0' + i);
        d[i] = document(long_names[i], "text/plain", bytes_str("x"));
    }
    struct xades_request r = request(KEY_P521, SIG_ECDSA_SHA512, d, XADES_MAX_DOCUMENTS);
    r.packaging = XADES_DETACHED;
    refused(&r, ERR_INVALID_FIELD, "larger than 65536");
}
END_TEST

START_TEST(finish_checks_the_value)
{
    const struct xades_document d = document("a", "text/plain", bytes_str("x"));
    struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
    struct xades_why why;
    own_ptr(xades_job) j = NULL;
    ck_assert_int_eq(xades_prepare(&r, &j, &why), OK);
    uint8_t value[SIGNER_MAX_VALUE];
    size_t len = signer_sign(signers[KEY_P256], r.alg, xades_signed_info_digest(j), value);
    own(buf) file = buf_max(1 << 20), again = buf_max(1 << 20), small = buf_max(1000);
    value[5] ^= 1;
    ck_assert_int_eq(xades_finish(j, bytes_of(value, len), &file), ERR_CARD_ERROR);
    ck_assert_int_eq(xades_finish(j, bytes_of(value, len - 1), &file), ERR_CARD_ERROR);
    ck_assert_int_eq(xades_finish(j, bytes_str(""), &file), ERR_CARD_ERROR);
    ck_assert_uint_eq(file.len, 0);
    value[5] ^= 1;
    ck_assert_int_eq(xades_finish(j, bytes_of(value, len), &small), ERR_STORAGE_FULL);
    ck_assert_uint_eq(small.len, 0);
    ck_assert_int_eq(xades_finish(j, bytes_of(value, len), &file), OK);
    ck_assert_int_eq(xades_finish(j, bytes_of(value, len), &again), OK);
    ck_assert(bytes_eq(buf_bytes(&file), buf_bytes(&again)));
}
END_TEST

START_TEST(a_frame_has_bounds)
{
    const struct xades_document d = document("a", "text/plain", bytes_str("x"));
    struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
    struct xades_why why;
    size_t hole = 7;
    own_ptr(xades_job) j = NULL;
    own(buf) small = buf_max(1000), out = buf_max(100);
    ck_assert_int_eq(xades_prepare(&r, &j, &why), OK);
    ck_assert_int_eq(xades_frame(j, &small, &hole), ERR_STORAGE_FULL);
    ck_assert_uint_eq(small.len, 0);
    ck_assert_uint_eq(hole, 7);
    ck_assert_int_eq(xades_fill(bytes_str("<a></a>"), 8, bytes_str("x"), &out), ERR_STORAGE_FULL);
    ck_assert_int_eq(xades_fill(bytes_str("<a></a>"), 3, bytes_str("x"), &out), OK);
    ck_assert(bytes_eq_str(buf_bytes(&out), "<a>eA==</a>"));
    ck_assert_int_eq(xades_fill(bytes_str("<a></a>"), SIZE_MAX, bytes_str(""), &out),
                     ERR_STORAGE_FULL);
    ck_assert_uint_eq(out.len, 11);
}
END_TEST

/* The order and the words of the whole thing, once, to the letter. */
START_TEST(shape)
{
    const struct xades_document d = document("a", "text/plain", bytes_str("x"));
    struct xades_request r = request(KEY_P256, SIG_ECDSA_SHA256, &d, 1);
    struct xades_why why;
    own_ptr(xades_job) j = NULL;
    ck_assert_int_eq(xades_prepare(&r, &j, &why), OK);
    own(buf) sp_digest = buf_max(100);
    base64_encode(&sp_digest, digest_bytes(&xades_reference_at(j, 0)->digest), 0);
    own(buf) wanted = buf_max(8192);
#define HEX "a1b2c3d4e5f60708090a0b0c0d0e0f10"
    buf_fmt(&wanted,
            "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">"
            "<ds:CanonicalizationMethod "
            "Algorithm=\"http://www.w3.org/TR/2001/REC-xml-c14n-20010315\">"
            "</ds:CanonicalizationMethod>"
            "<ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\">"
            "</ds:SignatureMethod>"
            "<ds:Reference Type=\"http://uri.etsi.org/01903#SignedProperties\" URI=\"#sp-" HEX "\">"
            "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">"
            "</ds:DigestMethod><ds:DigestValue>%s</ds:DigestValue></ds:Reference>"
            "<ds:Reference Id=\"ref-" HEX "-0\" URI=\"#doc-" HEX "-0\"><ds:Transforms>"
            "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#base64\"></ds:Transform>"
            "</ds:Transforms>"
            "<ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">"
            "</ds:DigestMethod>"
            "<ds:DigestValue>LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=</ds:DigestValue>"
            "</ds:Reference></ds:SignedInfo>",
            buf_cstr(&sp_digest));
    same_octets(xades_signed_info(j), buf_bytes(&wanted), "SignedInfo");
}
END_TEST

static void setup(void)
{
    for (int k = KEY_RSA; k <= KEY_P521; k++) signers[k] = signer_new((enum key_type)k);
}

static void teardown(void)
{
    for (int k = KEY_RSA; k <= KEY_P521; k++) signer_free(signers[k]);
}

int main(void)
{
    Suite *s = suite_create("prepare");
    TCase *t = tcase_create("prepare");
    tcase_set_timeout(t, 60);
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, matrix, 0, XADES_PACKAGING_COUNT);
    tcase_add_loop_test(t, inherited, 0, ROWS(roots));
    tcase_add_test(t, empty_root);
    tcase_add_test(t, signed_again);
    tcase_add_test(t, every_size);
    tcase_add_test(t, sixty_four);
    tcase_add_test(t, names);
    tcase_add_test(t, known_and_given_digests);
    tcase_add_loop_test(t, hostile_xml, 0, ROWS(hostile));
    tcase_add_test(t, deep_and_large_xml);
    tcase_add_test(t, not_enveloped);
    tcase_add_test(t, shapes_that_cannot_be);
    tcase_add_test(t, too_much_to_sign);
    tcase_add_test(t, finish_checks_the_value);
    tcase_add_test(t, a_frame_has_bounds);
    tcase_add_test(t, shape);
    suite_add_tcase(s, t);
    return suite_run(s);
}
