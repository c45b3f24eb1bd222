/* SPDX-License-Identifier: MIT */
/* What an order says, altered claim by claim; and the request, altered field by field. */
#include "api/order.h"

#include "api/jws.h"

#include <check.h>
#include <stdio.h>

#include "tests/support/suite.h"

#define ORIGIN "https://portal.example"
#define NOW    1795706532
#define IAT    "1795706532"
#define EXP    "1795706832"
#define NONCE  "0123456789abcdef"
#define HEX64  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* RFC 8410 10.3, and the one of RFC 8037 A.1: keys that everybody knows. */
static const char ours_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
                               "-----END PRIVATE KEY-----\n";
static const char other_pem[] = "-----BEGIN PRIVATE KEY-----\n"
                                "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
                                "-----END PRIVATE KEY-----\n";

static struct settings settings;
static struct jwskey *ours, *other;

/* The request as its page asks it: content, an upload, a digest. */
static struct approval_document documents[3];
static struct approval_request request;
static struct digest digests[3];
static struct order order;

static void put(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text);
}
#define PUT(to, text) put(to, sizeof(to), text)

static void set_document(size_t i, enum document_role role, const char *name, const char *mime,
                         enum document_source source)
{
    documents[i] = (struct approval_document){.role = role, .source = source};
    PUT(documents[i].name, name);
    PUT(documents[i].mime, mime);
}

static void set_up(void)
{
    settings_default(&settings);
    set_document(0, ROLE_APPLICATION_FORM, "f.xml", "application/xml", SOURCE_CONTENT);
    set_document(1, ROLE_UNDERTAKING, "t.txt", "text/plain", SOURCE_UPLOAD);
    set_document(2, ROLE_OTHER, "e.pdf", "application/pdf", SOURCE_DIGEST);
    documents[0].content = bytes_str("<f/>");
    ck_assert(digest_of(DIGEST_SHA512, bytes_str("e"), &documents[2].digest));
    request = (struct approval_request){.n_documents = 3,
                                        .documents = documents,
                                        .profile = XADES_B_B,
                                        .packaging = XADES_DETACHED,
                                        .commitment = XADES_PROOF_OF_APPROVAL,
                                        .has_certificate = true,
                                        .lang = LANG_EN};
    PUT(request.order_no, "SD-780");
    PUT(request.order_type, "Yenileme");
    PUT(request.identity_no, "10000000146");
    PUT(request.applicant, "Ayşe Yılmaz");
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("certificate"), &request.certificate));
    ck_assert(order_digest(&documents[0], &digests[0]));
    ck_assert(!order_digest(&documents[1], &digests[1])); /* an upload: its keeper knows */
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("t"), &digests[1]));
    ck_assert(order_digest(&documents[2], &digests[2]));
    ck_assert_int_eq(digests[2].alg, DIGEST_SHA512);
    order = (struct order){ORIGIN, &request, digests};
}

static void sign(struct buf *jws, utc_t issued, utc_t expires)
{
    const struct form_claims claims = {.nonce = NONCE, .issued = issued, .expires = expires};
    ck_assert_int_eq(order_sign(&order, &claims, ours, jws), OK);
}

struct verdict {
    err_t e;
    struct session_why why;
    char nonce[FORM_NONCE];
    utc_t until;
};

/* What is refused must not have told a nonce: nobody may use one up. */
static struct verdict judge_by(struct jwskey *key, struct bytes jws, utc_t now)
{
    const struct order_rules rules = {&key, 1, &settings, now};
    struct verdict v = {.nonce = "untouched", .until = -1};
    v.e = order_judge(&order, jws, &rules, v.nonce, &v.until, &v.why);
    if (v.e) ck_assert(strcmp(v.nonce, "untouched") == 0 && v.until == -1);
    return v;
}

static struct verdict judge(struct buf *jws, utc_t now)
{
    return judge_by(ours, buf_bytes(jws), now);
}

START_TEST(good)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign(&jws, NOW, NOW + 300);
    struct verdict v = judge(&jws, NOW);
    ck_assert_int_eq(v.e, OK);
    ck_assert_str_eq(v.nonce, NONCE);
    ck_assert_int_eq(v.until, NOW + 300 + ORDER_SKEW);
    v = judge_by(other, buf_bytes(&jws), NOW);
    ck_assert_int_eq(v.e, ERR_ORDER_INVALID);
    ck_assert_str_eq(v.why.pointer, "/order");
    v = judge_by(ours, bytes_str("no.jws"), NOW);
    ck_assert_int_eq(v.e, ERR_ORDER_INVALID);
    ck_assert_str_eq(v.why.pointer, "/order");
}
END_TEST

/* ---- time ---- */

static const struct {
    const char *why;
    int issued, expires, now; /* seconds after NOW */
    err_t e;
} times[] = {
    {"at once", 0, 300, 0, OK},
    {"the longest", 0, ORDER_SECONDS, 0, OK},
    {"a second too long", 0, ORDER_SECONDS + 1, 0, ERR_ORDER_INVALID},
    {"the shortest", 0, 1, 0, OK},
    {"no time at all", 0, 0, 0, ERR_ORDER_INVALID},
    {"ends before it begins", 0, -1, 0, ERR_ORDER_INVALID},
    {"the last second", 0, 300, 300, OK},
    {"their clock is behind: the last second", 0, 300, 300 + ORDER_SKEW, OK},
    {"their clock is behind: a second later", 0, 300, 300 + ORDER_SKEW + 1, ERR_ORDER_EXPIRED},
    {"years later", 0, 300, 100000000, ERR_ORDER_EXPIRED},
    {"their clock is ahead: the first second", ORDER_SKEW, ORDER_SKEW + 300, 0, OK},
    {"their clock is ahead: a second before", ORDER_SKEW + 1, ORDER_SKEW + 300, 0,
     ERR_ORDER_EXPIRED},
    {"their clock is ahead, and the longest", ORDER_SKEW, ORDER_SKEW + ORDER_SECONDS, 0, OK},
    {"for next year", 30000000, 30000300, 0, ERR_ORDER_EXPIRED},
    {"too long is never good, early or late", 0, ORDER_SECONDS + 1, 100000, ERR_ORDER_INVALID},
};

START_TEST(time_row)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign(&jws, NOW + times[_i].issued, NOW + times[_i].expires);
    const struct verdict v = judge(&jws, NOW + times[_i].now);
    ck_assert_msg(v.e == times[_i].e, "%s: %s", times[_i].why, err_slug(v.e));
    ck_assert_str_eq(v.why.pointer, v.e ? "/order" : "");
    if (!v.e) ck_assert_int_eq(v.until, NOW + times[_i].expires + ORDER_SKEW);
}
END_TEST

/* ---- claims: what is signed differs from what order_sign writes, in one place ---- */

static const struct {
    const char *why, *from, *to;
    const char *pointer; /* NULL: it is good */
} claims[] = {
    {"nothing altered", "", "", NULL},
    {"another nonce", "\"nonce\":\"" NONCE "\"", "\"nonce\":\"-_XYZxyz01234567\"", NULL},
    {"the longest nonce", NONCE "\"", HEX64 "\"", NULL},
    {"a nonce too long", NONCE "\"", HEX64 "0\"", "/order"},
    {"a nonce too short", NONCE "\"", "0123456789abcde\"", "/order"},
    {"a nonce of other characters", NONCE "\"", "0123456789abcde=\"", "/order"},
    {"an empty nonce", NONCE "\"", "\"", "/order"},
    {"a nonce that is no text", "\"" NONCE "\"", "1", "/order"},
    {"no nonce", "\"nonce\":\"" NONCE "\",", "", "/order"},

    {"another service", ORDER_AUDIENCE, "urn:onayd:approval:2", "/order"},
    {"a longer audience", ORDER_AUDIENCE, ORDER_AUDIENCE ":1", "/order"},
    {"an empty audience", ORDER_AUDIENCE, "", "/order"},
    {"a list of audiences", "\"" ORDER_AUDIENCE "\"", "[\"" ORDER_AUDIENCE "\"]", "/order"},
    {"no audience", "\"aud\":\"" ORDER_AUDIENCE "\",", "", "/order"},

    {"another origin", ORIGIN, "https://evil.example", "/order"},
    {"an origin that only begins so", ORIGIN, ORIGIN ".evil.example", "/order"},
    {"case counts", ORIGIN, "https://Portal.example", "/order"},
    {"a slash behind", ORIGIN, ORIGIN "/", "/order"},
    {"an empty origin", ORIGIN, "", "/order"},
    {"no origin", "\"origin\":\"" ORIGIN "\",", "", "/order"},

    {"no iat", "\"iat\":" IAT ",", "", "/order"},
    {"no exp", "\"exp\":" EXP ",", "", "/order"},
    {"iat is no number", "\"iat\":" IAT, "\"iat\":\"" IAT "\"", "/order"},
    {"exp is no number", "\"exp\":" EXP, "\"exp\":true", "/order"},
    {"a negative iat", "\"iat\":" IAT, "\"iat\":-1", "/order"},
    {"an exp of half a second", "\"exp\":" EXP, "\"exp\":" EXP ".5", "/order"},
    {"an exp beyond all time", "\"exp\":" EXP, "\"exp\":9007199254740991", "/order"},
    {"an iat beyond 63 bits", "\"iat\":" IAT, "\"iat\":10000000000000000000", "/order"},

    {"a claim that nobody knows", "\"nonce\"", "\"nbf\":1,\"nonce\"", "/order"},
    {"an order in the order", "\"origin\"", "\"order\":\"\",\"origin\"", "/order"},
    {"a document's content beside its digest", "\"digest\"", "\"content\":\"\",\"digest\"",
     "/order"},
    {"no documents", "\"documents\"", "\"documentx\"", "/order"},
    {"RFC 8785 3.2.1: white space", "\"aud\":", "\"aud\": ", "/order"},
    {"RFC 8785 3.2.1: a line break behind", "}}", "}}\n", "/order"},
    {"RFC 8785 3.2.2.2: an escape", "SD-780", "SD\\u002d780", "/order"},
    {"RFC 8785 3.2.2.3: another spelling", "\"iat\":" IAT, "\"iat\":" IAT ".0", "/order"},
    {"RFC 8785 3.2.3: another order of members", "\"exp\":" EXP ",\"iat\":" IAT,
     "\"iat\":" IAT ",\"exp\":" EXP, "/order"},
    {"RFC 8785 3.1: a member twice", "\"aud\":", "\"aud\":\"x\",\"aud\":", "/order"},
    {"RFC 8785 3.1: no JSON", "{\"application\"", "\"application\"", "/order"},
    {"RFC 8785 3.2.4: no UTF-8", "SD-780", "SD-\xff", "/order"},

    {"order number", "SD-780", "SD-781", "/application/orderNo"},
    {"order type", "\"type\":\"Yenileme\"", "\"type\":\"Yeni\"", "/application/type"},
    {"no order type", ",\"type\":\"Yenileme\"", "", "/application/type"},
    {"identity number", "10000000146", "20000000046", "/application/applicant/identityNo"},
    {"no identity number", "\"identityNo\":\"10000000146\",", "",
     "/application/applicant/identityNo"},
    {"name", "Ayşe", "Ayşa", "/application/applicant/name"},
    {"no name", ",\"name\":\"Ayşe Yılmaz\"", "", "/application/applicant/name"},
    {"profile", "\"B-B\"", "\"P1\"", "/signature/profile"},
    {"packaging", "\"detached\"", "\"enveloping\"", "/signature/packaging"},
    {"commitment", "proof-of-approval", "proof-of-origin", "/signature/commitment"},
    {"role", "\"application-form\"", "\"other\"", "/documents/0/role"},
    {"document's name", "f.xml", "g.xml", "/documents/0/name"},
    {"media type", "application/pdf", "text/html", "/documents/2/mimeType"},
};

/* What order_sign writes, with `from` replaced, under a good signature. */
static void sign_altered(struct buf *jws, const char *from, const char *to)
{
    own(buf) plain = buf_max(JWS_MAX);
    own(buf) payload = buf_max(JWS_MAX);
    own(buf) altered = buf_max(JWS_MAX);
    enum jws_flaw flaw;
    sign(&plain, NOW, NOW + 300);
    ck_assert_int_eq(jws_verify(buf_bytes(&plain), &ours, 1, &payload, &flaw), OK);
    const char *text = buf_cstr(&payload), *at = strstr(text, from);
    ck_assert_msg(at != NULL, "%s is not in %s", from, text);
    buf_add(&altered, bytes_of(text, (size_t)(at - text)));
    buf_str(&altered, to);
    buf_str(&altered, at + strlen(from));
    ck_assert_int_eq(jws_sign(ours, buf_bytes(&altered), jws), OK);
}

START_TEST(claim_row)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign_altered(&jws, claims[_i].from, claims[_i].to);
    const struct verdict v = judge(&jws, NOW);
    ck_assert_msg(v.e == (claims[_i].pointer ? ERR_ORDER_INVALID : OK), "%s: %s %s", claims[_i].why,
                  err_slug(v.e), v.why.pointer);
    ck_assert_msg(strcmp(v.why.pointer, claims[_i].pointer ? claims[_i].pointer : "") == 0,
                  "%s: %s", claims[_i].why, v.why.pointer);
    ck_assert((v.why.detail[0] != 0) == (v.e != OK));
}
END_TEST

/* ---- the request: what is asked differs from what was signed, in one place ---- */

static const struct {
    const char *why;
    void *at;
    size_t size;      /* of a text */
    const char *text; /* NULL: the lowest bit is another one */
    const char *pointer;
} fields[] = {
#define TEXT(of) of, sizeof of
#define BIT(of)  &(of), 0, NULL
    {"order number", TEXT(request.order_no), "SD-781", "/application/orderNo"},
    {"a longer order number", TEXT(request.order_no), "SD-7800", "/application/orderNo"},
    {"order type", TEXT(request.order_type), "yenileme", "/application/type"},
    {"no order type", TEXT(request.order_type), "", "/application/type"},
    {"identity number", TEXT(request.identity_no), "20000000046",
     "/application/applicant/identityNo"},
    {"no identity number", TEXT(request.identity_no), "", "/application/applicant/identityNo"},
    {"name", TEXT(request.applicant), "Ayşe Yilmaz", "/application/applicant/name"},
    {"no name", TEXT(request.applicant), "", "/application/applicant/name"},
    {"profile", BIT(request.profile), "/signature/profile"},
    {"packaging", BIT(request.packaging), "/signature/packaging"},
    {"commitment", BIT(request.commitment), "/signature/commitment"},
    {"certificate", BIT(request.certificate.v[31]), "/signer/certificateId"},
    {"no certificate", BIT(request.has_certificate), "/signer/certificateId"},
    {"a document less", BIT(request.n_documents), "/documents"},
    {"role", BIT(documents[0].role), "/documents/0/role"},
    {"role of the last", BIT(documents[2].role), "/documents/2/role"},
    {"document's name", TEXT(documents[0].name), "F.xml", "/documents/0/name"},
    {"name of an upload", TEXT(documents[1].name), "t.txt ", "/documents/1/name"},
    {"media type", TEXT(documents[1].mime), "text/html", "/documents/1/mimeType"},
    {"content", BIT(digests[0].v[0]), "/documents/0/content"},
    {"content, in its last bit", BIT(digests[0].v[31]), "/documents/0/content"},
    {"an upload", BIT(digests[1].v[0]), "/documents/1/documentId"},
    {"a digest", BIT(digests[2].v[63]), "/documents/2/digest"},
    {"a digest's algorithm", BIT(digests[2].alg), "/documents/2/digest"},
#undef TEXT
#undef BIT
};

START_TEST(field_row)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign(&jws, NOW, NOW + 300);
    if (fields[_i].text)
        put(fields[_i].at, fields[_i].size, fields[_i].text);
    else
        *(uint8_t *)fields[_i].at ^= 1;
    const struct verdict v = judge(&jws, NOW);
    ck_assert_msg(v.e == ERR_ORDER_INVALID, "%s: %s", fields[_i].why, err_slug(v.e));
    ck_assert_msg(strcmp(v.why.pointer, fields[_i].pointer) == 0, "%s: %s", fields[_i].why,
                  v.why.pointer);
    ck_assert(v.why.detail[0] != 0);
}
END_TEST

/* Two documents that changed places are two others. */
START_TEST(changed_places)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign(&jws, NOW, NOW + 300);
    const struct digest first = digests[0];
    digests[0] = digests[1];
    digests[1] = first;
    ck_assert_str_eq(judge(&jws, NOW).why.pointer, "/documents/0/content");
}
END_TEST

START_TEST(another_portal)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign(&jws, NOW, NOW + 300);
    order.origin = "https://portal2.example";
    const struct verdict v = judge(&jws, NOW);
    ck_assert_int_eq(v.e, ERR_ORDER_INVALID);
    ck_assert_str_eq(v.why.pointer, "/order");
}
END_TEST

/* What need not be there is compared, too: not there on both sides. */
START_TEST(least)
{
    own(buf) jws = buf_max(JWS_MAX);
    request.order_type[0] = request.identity_no[0] = request.applicant[0] = 0;
    request.has_certificate = false;
    request.certificate = (struct digest){0};
    documents[1].role = ROLE_OTHER;
    sign(&jws, NOW, NOW + 300);
    ck_assert_int_eq(judge(&jws, NOW).e, OK);
    PUT(request.applicant, "Ayşe Yılmaz");
    ck_assert_str_eq(judge(&jws, NOW).why.pointer, "/application/applicant/name");
}
END_TEST

/* In the language of who asks. */
START_TEST(language)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign(&jws, NOW, NOW + 300);
    ck_assert_str_eq(judge(&jws, NOW + 1000).why.detail,
                     "The order has expired; ask for a new one.");
    request.lang = LANG_TR;
    ck_assert_str_eq(judge(&jws, NOW + 1000).why.detail,
                     "Siparişin süresi dolmuş; yenisini isteyin.");
}
END_TEST

/* Until the signature is known to be good nothing else is told about a text. */
START_TEST(signature_first)
{
    own(buf) jws = buf_max(JWS_MAX);
    sign_altered(&jws, ORIGIN, "https://evil.example");
    const struct verdict v = judge_by(other, buf_bytes(&jws), NOW + 100000);
    ck_assert_str_eq(v.why.detail, "The order was not signed with the origin's key.");
}
END_TEST

int main(void)
{
    if (jwskey_private(bytes_str(ours_pem), &ours) || jwskey_private(bytes_str(other_pem), &other))
        return 99;
    Suite *s = suite_create("order");
    TCase *t = tcase_create("order");
    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_test(t, good);
    tcase_add_loop_test(t, time_row, 0, ROWS(times));
    tcase_add_loop_test(t, claim_row, 0, ROWS(claims));
    tcase_add_loop_test(t, field_row, 0, ROWS(fields));
    tcase_add_test(t, changed_places);
    tcase_add_test(t, another_portal);
    tcase_add_test(t, least);
    tcase_add_test(t, language);
    tcase_add_test(t, signature_first);
    suite_add_tcase(s, t);
    return suite_run(s);
}
