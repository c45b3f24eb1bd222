/* SPDX-License-Identifier: MIT */
#include "api/form.h"

#include <check.h>

#include "tests/support/suite.h"

#define APPLICATION "\"application\":{\"orderNo\":\"SD-780\"}"
#define DOCUMENT                                                                                   \
    "{\"role\":\"other\",\"name\":\"a.txt\",\"mimeType\":\"text/plain\",\"content\":\"YQ==\"}"
#define SIGNATURE "\"signature\":{\"profile\":\"P1\",\"packaging\":\"detached\"}"
#define BODY      "{" APPLICATION ",\"documents\":[" DOCUMENT "]," SIGNATURE "}"

static struct settings settings;

static void set_up(void)
{
    settings_default(&settings);
}

static struct form *read_ok(const char *text)
{
    struct form *f = NULL;
    struct session_why why = {0};
    err_t e = form_read(bytes_str(text), &settings, LANG_EN, &f, &why);
    ck_assert_msg(e == OK, "%s: %s %s", err_slug(e), why.pointer, why.detail);
    return f;
}

START_TEST(every_field)
{
    own_ptr(form) f = read_ok(
        "{\"application\":{\"orderNo\":\"SD-780\",\"type\":\"Yenileme\",\"applicant\":{"
        "\"identityNo\":\"10000000146\",\"name\":\"Ay\\u015fe Yılmaz\"}},\"documents\":["
        "{\"role\":\"application-form\",\"name\":\"f.xml\",\"mimeType\":\"application\\/xml\","
        "\"content\":\"PGYvPg==\"},{\"role\":\"undertaking\",\"name\":\"t.txt\",\"mimeType\":"
        "\"text/plain; charset=utf-8\",\"documentId\":\"0123456789abcdef0123456789abcdef\"},"
        "{\"role\":\"other\",\"name\":\"e.pdf\",\"mimeType\":\"application/pdf\",\"digest\":{"
        "\"algorithm\":\"SHA-256\",\"value\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}}],"
        "\"signature\":{\"profile\":\"B-B\",\"packaging\":\"detached\",\"commitment\":"
        "\"proof-of-origin\"},\"signer\":{\"certificateId\":\"0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef\"}}");
    const struct approval_request *q = form_request(f);
    ck_assert_str_eq(q->order_no, "SD-780");
    ck_assert_str_eq(q->order_type, "Yenileme");
    ck_assert_str_eq(q->identity_no, "10000000146");
    ck_assert_str_eq(q->applicant, "Ayşe Yılmaz");
    ck_assert_uint_eq(q->n_documents, 3);
    ck_assert_int_eq(q->documents[0].role, ROLE_APPLICATION_FORM);
    ck_assert_int_eq(q->documents[0].source, SOURCE_CONTENT);
    ck_assert(bytes_eq_str(q->documents[0].content, "<f/>"));
    ck_assert_str_eq(q->documents[0].mime, "application/xml");
    ck_assert_int_eq(q->documents[1].source, SOURCE_UPLOAD);
    ck_assert_str_eq(q->documents[1].id, "0123456789abcdef0123456789abcdef");
    ck_assert_int_eq(q->documents[2].source, SOURCE_DIGEST);
    ck_assert_uint_eq(q->documents[2].digest.len, 32);
    ck_assert_int_eq(q->profile, XADES_B_B);
    ck_assert_int_eq(q->packaging, XADES_DETACHED);
    ck_assert_int_eq(q->commitment, XADES_PROOF_OF_ORIGIN);
    ck_assert(q->has_certificate && q->certificate.v[31] == 0xef);
    ck_assert_int_eq(q->lang, LANG_EN);
}
END_TEST

START_TEST(defaults)
{
    own_ptr(form) f = read_ok(BODY);
    const struct approval_request *q = form_request(f);
    ck_assert_int_eq(q->commitment, XADES_PROOF_OF_APPROVAL);
    ck_assert(!q->has_certificate);
    ck_assert_str_eq(q->identity_no, "");
}
END_TEST

/* ---- what tells one request from another ---- */

static const struct {
    const char *text;
    bool same; /* means what BODY means */
} meanings[] = {
    {BODY, true},
    {" {\n" SIGNATURE " , \"documents\" : [" DOCUMENT "] ," APPLICATION "}\n", true},
    {"{\"application\":{\"orderNo\":\"\\u0053D-780\"},\"documents\":[" DOCUMENT "]," SIGNATURE "}",
     true},
    {"{" APPLICATION ",\"documents\":[" DOCUMENT "],\"signature\":{\"commitment\":"
     "\"proof-of-approval\",\"packaging\":\"detached\",\"profile\":\"P1\"}}",
     true},
    {"{\"application\":{\"orderNo\":\"SD-781\"},\"documents\":[" DOCUMENT "]," SIGNATURE "}",
     false},
    {"{\"application\":{\"orderNo\":\"SD-780\",\"type\":\"x\"},\"documents\":[" DOCUMENT
     "]," SIGNATURE "}",
     false},
    /* a text that moves from one field to the next */
    {"{\"application\":{\"orderNo\":\"SD-78\",\"type\":\"0\"},\"documents\":[" DOCUMENT
     "]," SIGNATURE "}",
     false},
    {"{" APPLICATION ",\"documents\":[{\"role\":\"other\",\"name\":\"a.txt\",\"mimeType\":"
     "\"text/plain\",\"content\":\"Yg==\"}]," SIGNATURE "}",
     false},
    {"{" APPLICATION ",\"documents\":[" DOCUMENT "],\"signature\":{\"profile\":\"B-B\","
     "\"packaging\":\"detached\"}}",
     false},
    {"{" APPLICATION ",\"documents\":[" DOCUMENT "]," SIGNATURE ",\"signer\":{\"certificateId\":"
     "\"0000000000000000000000000000000000000000000000000000000000000000\"}}",
     false},
};

START_TEST(meaning)
{
    own_ptr(form) first = read_ok(BODY);
    own_ptr(form) other = read_ok(meanings[_i].text);
    bool same = bytes_eq(digest_bytes(&form_request(first)->body),
                         digest_bytes(&form_request(other)->body));
    ck_assert_msg(same == meanings[_i].same, "%s", meanings[_i].text);
}
END_TEST

START_TEST(refusals_name_the_place)
{
    struct form *f = NULL;
    struct session_why why = {0};
    const char *text = "{" APPLICATION ",\"documents\":[" DOCUMENT "," DOCUMENT "]," SIGNATURE "}";
    ck_assert_int_eq(form_read(bytes_str(text), &settings, LANG_TR, &f, &why), ERR_INVALID_FIELD);
    ck_assert_str_eq(why.pointer, "/documents/1/name");
    ck_assert_ptr_nonnull(strstr(why.detail, "adı aynı olamaz"));
    ck_assert_int_eq(form_read(bytes_str("{\"a\":1,}"), &settings, LANG_EN, &f, &why),
                     ERR_MALFORMED_JSON);
    ck_assert_str_eq(why.detail, "At octet 7: unexpected character.");
    settings.max_documents = 1;
    ck_assert_int_eq(form_read(bytes_str(text), &settings, LANG_TR, &f, &why), ERR_INVALID_FIELD);
    ck_assert_ptr_null(f);
}
END_TEST

static const struct {
    const char *text;
    bool ok;
} media_rows[] = {
    {"text/plain", true},
    {"application/xml", true},
    {"text/plain; charset=utf-8", true},
    {"text/plain;charset=\"utf-8\"", true},
    {"application/vnd.etsi.asic-e+zip", true},
    {"a/b;c=d ; e=f", true},
    {"", false},
    {"text", false},
    {"/plain", false},
    {"text/", false},
    {"text/plain;", false},
    {"text/plain; charset", false},
    {"text/plain; charset=", false},
    {"text/plain; charset=\"", false},
    {"text/plain charset=utf-8", false},
    {"text /plain", false},
    {"text/pla\"in", false},
    {"text/plain, text/html", false},
    {"*/*", false},
    {"text/*", false},
    {"m\xc3\xbcz/ik", false},
};

START_TEST(media_type)
{
    ck_assert_msg(form_media_type(bytes_str(media_rows[_i].text)) == media_rows[_i].ok, "%s",
                  media_rows[_i].text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("form");
    TCase *t = tcase_create("form");
    tcase_add_checked_fixture(t, set_up, NULL);
    tcase_add_test(t, every_field);
    tcase_add_test(t, defaults);
    tcase_add_loop_test(t, meaning, 0, ROWS(meanings));
    tcase_add_test(t, refusals_name_the_place);
    tcase_add_loop_test(t, media_type, 0, ROWS(media_rows));
    suite_add_tcase(suite, t);
    return suite_run(suite);
}
