/* SPDX-License-Identifier: MIT */
#include "pkcs11/consent.h"

#include <check.h>
#include <stdio.h>

#include "core/text.h"
#include "pkcs11/pinentry.h"
#include "tests/support/signer.h"
#include "tests/support/suite.h"

static struct signer *person;
static struct cert cert;

static void make_cert(void)
{
    static struct der_latch why;
    person = signer_new(KEY_P256);
    if (!cert_read(signer_certificate(person), &cert, &why)) exit(99);
}

static struct token_order order(enum lang lang)
{
    return (struct token_order){.origin = "https://xn--rnek-4qa.example",
                                .order_no = "SD-780",
                                .order_type = "Yenileme",
                                .applicant = "Ayşe Yılmaz",
                                .profile = "P1",
                                .lang = lang};
}

static struct consent_document document(const char *name, const char *mime, const char *content)
{
    struct consent_document d = {.name = bytes_str(name),
                                 .mime = bytes_str(mime),
                                 .size = strlen(content),
                                 .seen = true,
                                 .beginning = bytes_str(content)};
    ck_assert(digest_of(DIGEST_SHA256, bytes_str(content), &d.digest));
    return d;
}

/* SHA-256 of "abc" (FIPS 180-4, appendix) begins so. */
#define ABC "SHA-256 ba78 16bf 8f01 cfea 4141 40de 5dae 2223 …"

static void pages_of(const struct consent *c, struct consent_pages *p)
{
    ck_assert(consent_pages_make(c, p));
    ck_assert_uint_ge(p->n, 1);
    for (size_t i = 0; i < p->n; i++) {
        ck_assert(pinentry_fits("SETDESC", buf_cstr(&p->text[i])));
        ck_assert(text_utf8_ok(buf_bytes(&p->text[i])));
    }
    own(buf) last = buf_max(CONSENT_PAGE);
    buf_add(&last, buf_bytes(&p->text[p->n - 1]));
    consent_tries(&last, TOKEN_MAX_TRIES, c->order->lang);
    ck_assert(pinentry_fits("SETDESC", buf_cstr(&last)));
}

static void expect(struct consent_pages *p, size_t page, const char *words)
{
    const char *text = buf_cstr(&p->text[page]);
    ck_assert_msg(strstr(text, words) != NULL, "\"%s\" is not in:\n%s", words, text);
}

START_TEST(everything_is_there)
{
    static const char *const wanted[][2] = {
        {"İsteyen: https://xn--rnek-4qa.example (örnek.example)\n",
         "Asked by: https://xn--rnek-4qa.example (örnek.example)\n"},
        {"Başvuru no: SD-780\n", "Application: SD-780\n"},
        {"Başvuru türü: Yenileme\n", "Type: Yenileme\n"},
        {"Başvuran: Ayşe Yılmaz\n", "Applicant: Ayşe Yılmaz\n"},
        {"İmza: P1, 2 belge\n", "Signature: P1, 2 documents\n"},
        {"1) form.xml · ", "1) form.xml · "},
        {" · application/xml\n", " · application/xml\n"},
        {"   " ABC "\n", "   " ABC "\n"},
        {"2) uzak.pdf", "2) uzak.pdf"},
        {"içeriği görülmedi\n", "content not seen\n"},
        {"Sertifika: ", "Certificate: "},
        {"Veren: ", "Issued by: "},
        {"Geçerlilik sonu: ", "Valid until: "},
    };
    struct token_order o = order((enum lang)_i);
    struct consent_document d[2] = {document("form.xml", "application/xml", "abc"),
                                    {.name = bytes_str("uzak.pdf"), .seen = false}};
    d[1].digest = d[0].digest;
    struct consent c = {&o, &cert, 2, d, false};
    own(consent_pages) p = {0};
    pages_of(&c, &p);
    ck_assert_uint_eq(p.n, 1);
    for (int i = 0; i < ROWS(wanted); i++) expect(&p, 0, wanted[i][_i]);
}
END_TEST

START_TEST(local)
{
    struct token_order o = order(LANG_TR);
    o.origin[0] = 0;
    struct consent_document d = document("a", "", "");
    struct consent c = {&o, &cert, 1, &d, true};
    own(consent_pages) p = {0};
    pages_of(&c, &p);
    expect(&p, 0, "İsteyen: bu bilgisayardaki bir program\n");
    expect(&p, 0, "okuyucunun tuşlarından");
}
END_TEST

static const struct {
    const char *mime, *content, *shown; /* NULL: nothing of it */
} glances[] = {
    {"text/plain; charset=utf-8", "Taahhüt  ederim\r\nki", "«Taahhüt ederim ki»"},
    {"application/xml", "<?xml version=\"1.0\"?><f a=\"x\"><ad>Ayşe</ad><no>1</no></f>",
     "«Ayşe 1»"},
    {"text/xml", "<f", NULL},
    {"application/pdf", "%PDF-1.7 text", NULL},
    {"text/plain", "\xff\xfe binary", NULL},
    {"text/plain", "a\x1b[2J\xe2\x80\xae\x07z", "«a[2Jz»"},
    {"text/plain", "", NULL},
};

START_TEST(beginnings)
{
    struct token_order o = order(LANG_TR);
    struct consent_document d = document("x", glances[_i].mime, glances[_i].content);
    struct consent c = {&o, &cert, 1, &d, false};
    own(consent_pages) p = {0};
    pages_of(&c, &p);
    if (glances[_i].shown)
        expect(&p, 0, glances[_i].shown);
    else
        ck_assert_ptr_null(strstr(buf_cstr(&p.text[0]), "«"));
}
END_TEST

/* The longest of everything, in characters of each size; no document may be left out. */
START_TEST(nothing_is_left_out)
{
    static const char *const units[] = {"x", "%", "ş", "€", "😀"};
    static char names[64][256];
    struct consent_document d[64];
    struct token_order o = order(LANG_TR);
    own(buf) fill = buf_max(1024);
    while (fill.len < 240) buf_str(&fill, units[_i]);
    for (size_t i = 0; i < 64; i++) {
        (void)snprintf(names[i], sizeof names[i], "doc%zu-%s", i, buf_cstr(&fill));
        d[i] = document(names[i], buf_cstr(&fill), names[i]);
    }
    memcpy(o.origin, fill.p, fill.len);
    memcpy(o.order_no, fill.p, 60);
    memcpy(o.order_type, fill.p, 60);
    memcpy(o.applicant, fill.p, 120);
    struct consent c = {&o, &cert, 64, d, true};
    own(consent_pages) p = {0};
    pages_of(&c, &p);
    ck_assert_uint_gt(p.n, 10);
    size_t page = 0;
    for (size_t i = 0; i < 64; i++) {
        char start[32];
        (void)snprintf(start, sizeof start, "\n%zu) doc%zu-", i + 1, i);
        while (page < p.n && !strstr(buf_cstr(&p.text[page]), start)) page++;
        ck_assert_msg(page < p.n, "document %zu is not shown", i);
    }
    expect(&p, p.n - 1, "Sertifika: ");
    for (size_t i = 0; i < p.n; i++) expect(&p, i, "İsteyen: ");
}
END_TEST

START_TEST(tries)
{
    static const struct {
        int tries;
        enum lang lang;
        const char *text;
    } rows[] = {{2, LANG_TR, "Kalan deneme: 2\n"},
                {0, LANG_TR, "Kalan deneme: 0\n"},
                {TOKEN_MAX_TRIES, LANG_EN, "Tries left: 99\n"},
                {-1, LANG_EN, ""}};
    for (int i = 0; i < ROWS(rows); i++) {
        own(buf) b = buf_max(64);
        consent_tries(&b, rows[i].tries, rows[i].lang);
        ck_assert_str_eq(buf_cstr(&b), rows[i].text);
    }
}
END_TEST

START_TEST(too_many)
{
    static struct consent_document d[CONSENT_MAX_PAGES];
    struct token_order o = order(LANG_TR);
    struct consent c = {&o, &cert, CONSENT_MAX_PAGES, d, false};
    own(consent_pages) p = {0};
    ck_assert(!consent_pages_make(&c, &p));
}
END_TEST

/* What is said of the PIN names the request as well, and fits whatever the caller is called. */
START_TEST(beside)
{
    static const enum consent_word texts[] = {CONSENT_FINAL_TRY, CONSENT_LOCKED, CONSENT_NOT_SET};
    struct token_order o = order((enum lang)_i);
    struct consent_document d = document("a", "text/plain", "abc");
    struct consent c = {&o, &cert, 1, &d, false};
    memset(o.order_no, '%', sizeof o.order_no - 1);
    own(consent_pages) p = {0};
    pages_of(&c, &p);
    for (size_t i = 0; i < ROWS(texts); i++) {
        own(buf) text = buf_max(CONSENT_PAGE);
        consent_beside(&text, &p, texts[i], o.lang);
        ck_assert_ptr_nonnull(
            strstr(buf_cstr(&text), ": https://xn--rnek-4qa.example (örnek.example)\n"));
        ck_assert_ptr_nonnull(strstr(buf_cstr(&text), ": %%%"));
        ck_assert_ptr_nonnull(strstr(buf_cstr(&text), consent_word(texts[i], o.lang)));
        ck_assert(pinentry_fits("SETDESC", buf_cstr(&text)));
    }
}
END_TEST

START_TEST(choosing)
{
    struct token_order o = order(LANG_TR);
    own(buf) text = buf_max(4096);
    consent_choice(&text, &o, &cert, 1, 3);
    ck_assert_ptr_nonnull(strstr(buf_cstr(&text), "Hangi sertifika imzalasın? (2/3)\n"));
    ck_assert_ptr_nonnull(strstr(buf_cstr(&text), "Sertifika: "));
    ck_assert(pinentry_fits("SETDESC", buf_cstr(&text)));
}
END_TEST

START_TEST(words)
{
    for (int lang = LANG_TR; lang <= LANG_EN; lang++) {
        for (int w = 0; w < CONSENT_WORD_COUNT; w++) {
            const char *text = consent_word((enum consent_word)w, (enum lang)lang);
            ck_assert(text && *text && pinentry_fits("SETDESC", text));
        }
        for (int s = PIN_OK; s <= PIN_NOT_SET; s++)
            for (int why = 0; why < CONSENT_REASON_COUNT; why++) {
                const char *text = consent_pin_warning((enum pin_state)s, (enum consent_reason)why,
                                                       (enum lang)lang);
                ck_assert(text && (*text == 0) == (s == PIN_OK && why == CONSENT_FIRST));
            }
    }
    ck_assert_ptr_nonnull(strstr(consent_word(CONSENT_LOCKED, LANG_TR), "PUK"));
    ck_assert_ptr_nonnull(strstr(consent_word(CONSENT_LOCKED, LANG_TR), "Kamu SM"));
    ck_assert_ptr_nonnull(strstr(consent_word(CONSENT_LOCKED, LANG_TR), "onay pin unblock"));
    ck_assert_ptr_nonnull(strstr(consent_word(CONSENT_NOT_SET, LANG_EN), "onay pin unblock"));
}
END_TEST

int main(void)
{
    make_cert();
    Suite *s = suite_create("consent");
    TCase *t = tcase_create("texts");
    tcase_add_loop_test(t, everything_is_there, LANG_TR, LANG_EN + 1);
    tcase_add_test(t, local);
    tcase_add_loop_test(t, beginnings, 0, ROWS(glances));
    tcase_add_loop_test(t, nothing_is_left_out, 0, 5);
    tcase_add_test(t, tries);
    tcase_add_test(t, too_many);
    tcase_add_loop_test(t, beside, LANG_TR, LANG_EN + 1);
    tcase_add_test(t, choosing);
    tcase_add_test(t, words);
    suite_add_tcase(s, t);
    int failed = suite_run(s);
    signer_free(person);
    return failed;
}
