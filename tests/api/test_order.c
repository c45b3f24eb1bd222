/* SPDX-License-Identifier: MIT */
/* A signed order beside the request it was signed for, and beside each that differs in one place.
 */
#include "api/order.h"

#include <check.h>
#include <stdio.h>

#include "api/jws.h"

#include "tests/support/suite.h"

#define NOW    1000000000
#define ORIGIN "https://portal.example"
#define NONCE  "0123456789abcdef"

/* What the page asks; each piece can be swapped for another. */
struct asked {
    const char *order_no, *type, *applicant, *document, *more, *signature, *signer;
};
static const struct asked good = {
    .order_no = "SD-780",
    .type = ",\"type\":\"Yenileme\"",
    .applicant = ",\"applicant\":{\"identityNo\":\"10000000146\",\"name\":\"Ayşe Yılmaz\"}",
    .document =
        "{\"role\":\"undertaking\",\"name\":\"t.txt\",\"mimeType\":\"text/plain\",\"content\":"
        "\"YQ==\"}",
    .more = "",
    .signature =
        "\"profile\":\"P1\",\"packaging\":\"enveloping\",\"commitment\":\"proof-of-approval\"",
    .signer = "",
};

static struct settings settings;
static struct jwskey *key;

static void set_up(void)
{
    own(buf) pem = buf_max(1024);
    settings_default(&settings);
    ck_assert_int_eq(jwskey_make(&pem), OK);
    ck_assert_int_eq(jwskey_private(buf_bytes(&pem), &key), OK);
}

static void tear_down(void)
{
    jwskey_free(key);
}

static struct form *form_of(const struct asked *a)
{
    own(buf) text = buf_max(8192);
    struct form *f = NULL;
    struct session_why why = {0};
    buf_fmt(&text,
            "{\"application\":{\"orderNo\":\"%s\"%s%s},\"documents\":[%s%s],\"signature\":{%s}%s}",
            a->order_no, a->type, a->applicant, a->document, a->more, a->signature, a->signer);
    err_t e = form_read(buf_bytes(&text), &settings, LANG_EN, &f, &why);
    ck_assert_msg(e == OK, "%s: %s %s", err_slug(e), why.pointer, why.detail);
    return f;
}

static const struct form_claims claims = {.audience = ORDER_AUDIENCE,
                                          .origin = ORIGIN,
                                          .nonce = NONCE,
                                          .issued = NOW,
                                          .expires = NOW + 300};

static struct order order_of(struct form *f, struct digest *digests)
{
    const struct approval_request *q = form_request(f);
    for (size_t i = 0; i < q->n_documents; i++)
        ck_assert(order_digest(&q->documents[i], &digests[i]));
    return (struct order){ORIGIN, q, digests};
}

struct verdict {
    err_t error;
    struct session_why why;
    char nonce[FORM_NONCE];
    utc_t until;
};

/* The JWS as it was signed for one request, judged beside another, at a time. */
static struct verdict judge(const struct asked *signed_for, const struct form_claims *c,
                            const struct asked *asked, const char *origin, utc_t now)
{
    struct verdict v = {0};
    struct digest first[4], second[4];
    own(buf) jws = buf_max(65536);
    own_ptr(form) before = form_of(signed_for);
    own_ptr(form) after = form_of(asked);
    const struct order made = order_of(before, first);
    struct order beside = order_of(after, second);
    struct jwskey *const keys[] = {key};
    const struct order_rules rules = {keys, 1, &settings, now};
    beside.origin = origin;
    ck_assert_int_eq(order_sign(&made, c, key, &jws), OK);
    v.error = order_judge(&beside, buf_bytes(&jws), &rules, v.nonce, &v.until, &v.why);
    return v;
}

START_TEST(the_same)
{
    const struct verdict v = judge(&good, &claims, &good, ORIGIN, NOW);
    ck_assert_msg(v.error == OK, "%s %s", v.why.pointer, v.why.detail);
    ck_assert_str_eq(v.nonce, NONCE);
    ck_assert_int_ge(v.until, NOW + 300);
    ck_assert_int_le(v.until, NOW + 300 + ORDER_SKEW);
}
END_TEST

/* ---- a request that differs in one place (api/PROTOCOL 5.6.1) ---- */

#define DOCUMENT(role, name, mime, content)                                                        \
    "{\"role\":\"" role "\",\"name\":\"" name "\",\"mimeType\":\"" mime                            \
    "\",\"content\":\"" content "\"}"
static const struct {
    const char *pointer;
    struct asked instead; /* NULL: as in `good` */
} swaps[] = {
    {"/application/orderNo", {.order_no = "SD-781"}},
    {"/application/type", {.type = ",\"type\":\"Yeni\""}},
    {"/application/type", {.type = ""}},
    {"/application/applicant/identityNo",
     {.applicant = ",\"applicant\":{\"identityNo\":\"12345678950\",\"name\":\"Ayşe Yılmaz\"}"}},
    {"/application/applicant/name",
     {.applicant = ",\"applicant\":{\"identityNo\":\"10000000146\",\"name\":\"Ayşe Yilmaz\"}"}},
    {"/application/applicant/name",
     {.applicant = ",\"applicant\":{\"identityNo\":\"10000000146\"}"}},
    {"/documents/0/role",
     {.document = DOCUMENT("application-form", "t.txt", "text/plain", "YQ==")}},
    {"/documents/0/name", {.document = DOCUMENT("undertaking", "u.txt", "text/plain", "YQ==")}},
    {"/documents/0/mimeType", {.document = DOCUMENT("undertaking", "t.txt", "text/html", "YQ==")}},
    {"/documents/0", {.document = DOCUMENT("undertaking", "t.txt", "text/plain", "Yg==")}},
    {"/documents/0", {.document = DOCUMENT("undertaking", "t.txt", "text/plain", "")}},
    {"/documents", {.more = "," DOCUMENT("other", "x.txt", "text/plain", "YQ==")}},
    {"/signature/profile",
     {.signature = "\"profile\":\"B-B\",\"packaging\":\"enveloping\",\"commitment\":"
                   "\"proof-of-approval\""}},
    {"/signature/packaging",
     {.signature = "\"profile\":\"P1\",\"packaging\":\"detached\",\"commitment\":"
                   "\"proof-of-approval\""}},
    {"/signature/commitment",
     {.signature = "\"profile\":\"P1\",\"packaging\":\"enveloping\",\"commitment\":"
                   "\"proof-of-origin\""}},
    {"/signer/certificateId",
     {.signer = ",\"signer\":{\"certificateId\":\"0123456789abcdef0123456789abcdef"
                "0123456789abcdef0123456789abcdef\"}"}},
};

static struct asked with(const struct asked *instead)
{
    struct asked a = good;
#define INSTEAD(member)                                                                            \
    if (instead->member) a.member = instead->member
    INSTEAD(order_no);
    INSTEAD(type);
    INSTEAD(applicant);
    INSTEAD(document);
    INSTEAD(more);
    INSTEAD(signature);
    INSTEAD(signer);
#undef INSTEAD
    return a;
}

/* Both ways: what the page has more, and what it has less. */
START_TEST(swapped)
{
    const struct asked other = with(&swaps[_i].instead);
    const struct verdict page = judge(&good, &claims, &other, ORIGIN, NOW);
    const struct verdict server = judge(&other, &claims, &good, ORIGIN, NOW);
    ck_assert_int_eq(page.error, ERR_ORDER_INVALID);
    ck_assert_msg(strncmp(page.why.pointer, swaps[_i].pointer, strlen(swaps[_i].pointer)) == 0,
                  "%s, wanted %s", page.why.pointer, swaps[_i].pointer);
    ck_assert_int_eq(server.error, ERR_ORDER_INVALID);
    ck_assert_str_eq(page.nonce, "");
    ck_assert_int_eq(judge(&other, &claims, &other, ORIGIN, NOW).error, OK);
}
END_TEST

/* ---- claims ---- */

static const struct {
    const char *why;
    struct form_claims claims;
    int64_t now; /* from NOW */
    const char *origin;
    err_t error;
} rows[] = {
#define CLAIMS(aud, org, issued, expires)                                                          \
    {                                                                                              \
        aud, org, NONCE, NOW + (issued), NOW + (expires)                                           \
    }
    {"as it should be", CLAIMS(ORDER_AUDIENCE, ORIGIN, 0, 300), 0, ORIGIN, OK},
    {"ten minutes, the longest", CLAIMS(ORDER_AUDIENCE, ORIGIN, 0, 600), 0, ORIGIN, OK},
    {"eleven", CLAIMS(ORDER_AUDIENCE, ORIGIN, 0, 601), 0, ORIGIN, ERR_ORDER_INVALID},
    {"over before it begins", CLAIMS(ORDER_AUDIENCE, ORIGIN, 0, -1), 0, ORIGIN, ERR_ORDER_INVALID},
    {"its last second", CLAIMS(ORDER_AUDIENCE, ORIGIN, 0, 300), 300 + ORDER_SKEW, ORIGIN, OK},
    {"too late", CLAIMS(ORDER_AUDIENCE, ORIGIN, 0, 300), 301 + ORDER_SKEW, ORIGIN,
     ERR_ORDER_EXPIRED},
    {"a clock that is a little ahead", CLAIMS(ORDER_AUDIENCE, ORIGIN, ORDER_SKEW, 300), 0, ORIGIN,
     OK},
    {"from the future", CLAIMS(ORDER_AUDIENCE, ORIGIN, ORDER_SKEW + 1, 300), 0, ORIGIN,
     ERR_ORDER_EXPIRED},
    {"another service's", CLAIMS("urn:onayd:approval:2", ORIGIN, 0, 300), 0, ORIGIN,
     ERR_ORDER_INVALID},
    {"another portal's", CLAIMS(ORDER_AUDIENCE, "https://other.example", 0, 300), 0, ORIGIN,
     ERR_ORDER_INVALID},
    {"carried to another portal", CLAIMS(ORDER_AUDIENCE, ORIGIN, 0, 300), 0,
     "https://other.example", ERR_ORDER_INVALID},
#undef CLAIMS
};

START_TEST(claim)
{
    struct digest digests[4];
    own(buf) jws = buf_max(65536), payload = buf_max(65536);
    own_ptr(form) f = form_of(&good);
    struct order o = order_of(f, digests);
    struct jwskey *const keys[] = {key};
    const struct order_rules rules = {keys, 1, &settings, NOW + rows[_i].now};
    struct verdict v = {0};
    o.origin = rows[_i].claims.origin; /* order_sign writes the origin it is told */
    ck_assert_int_eq(order_sign(&o, &rows[_i].claims, key, &jws), OK);
    if (strcmp(rows[_i].claims.audience, ORDER_AUDIENCE) != 0) { /* it writes no other audience */
        enum jws_flaw flaw;
        ck_assert_int_eq(jws_verify(buf_bytes(&jws), keys, 1, &payload, &flaw), OK);
        char *at = strstr((char *)(uintptr_t)buf_cstr(&payload), ORDER_AUDIENCE);
        ck_assert_ptr_nonnull(at);
        memcpy(at, rows[_i].claims.audience, strlen(ORDER_AUDIENCE));
        buf_cut(&jws, 0);
        ck_assert_int_eq(jws_sign(key, buf_bytes(&payload), &jws), OK);
    }
    o.origin = rows[_i].origin;
    v.error = order_judge(&o, buf_bytes(&jws), &rules, v.nonce, &v.until, &v.why);
    ck_assert_msg(v.error == rows[_i].error, "%s: %s %s", rows[_i].why, err_slug(v.error),
                  v.why.detail);
    if (v.error) ck_assert_str_eq(v.why.pointer, "/order");
}
END_TEST

/* RFC 8785: signed well, and yet not the one way to write it. */
START_TEST(canonical)
{
    static const char *const before[] = {"{\"application\":", "{\"application\": "};
    struct digest digests[4];
    own(buf) jws = buf_max(65536), payload = buf_max(65536), other = buf_max(65536);
    own_ptr(form) f = form_of(&good);
    const struct order o = order_of(f, digests);
    struct jwskey *const keys[] = {key};
    const struct order_rules rules = {keys, 1, &settings, NOW};
    struct verdict v = {0};
    enum jws_flaw flaw;
    ck_assert_int_eq(order_sign(&o, &claims, key, &jws), OK);
    ck_assert_int_eq(jws_verify(buf_bytes(&jws), keys, 1, &payload, &flaw), OK);
    ck_assert_int_eq(strncmp(buf_cstr(&payload), before[0], strlen(before[0])), 0);
    buf_fmt(&other, "%s%s", before[1], buf_cstr(&payload) + strlen(before[0]));
    buf_cut(&jws, 0);
    ck_assert_int_eq(jws_sign(key, buf_bytes(&other), &jws), OK);
    v.error = order_judge(&o, buf_bytes(&jws), &rules, v.nonce, &v.until, &v.why);
    ck_assert_int_eq(v.error, ERR_ORDER_INVALID);
    ck_assert_ptr_nonnull(strstr(v.why.detail, "RFC 8785"));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("order");
    TCase *t = tcase_create("order");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, the_same);
    tcase_add_loop_test(t, swapped, 0, ROWS(swaps));
    tcase_add_loop_test(t, claim, 0, ROWS(rows));
    tcase_add_test(t, canonical);
    suite_add_tcase(s, t);
    return suite_run(s);
}
