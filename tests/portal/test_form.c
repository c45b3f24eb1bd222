/* SPDX-License-Identifier: MIT */
#include "fixtures/portal/form.h"

#include "tests/support/suite.h"

/* ---- drafts: what may be put into a field at all ---- */

static char long_text[(1 << 20) + 1]; /* 1 MiB of a */
static char chars_200[201], chars_201[202];

static const struct {
    const char *text, *kept; /* NULL: refused */
} drafts[] = {
    {"", ""},
    {"Bilgi İşlem", "Bilgi İşlem"},
    {"  \t Müdür \r\n", "Müdür"},
    {"R&D \"Birim\" 'A'", "R&D \"Birim\" 'A'"},
    {"<script>alert(1)</script>", NULL},
    {"a<b", NULL},
    {"a>b", NULL},
    {"\xe2\x80\xaetxt.exe", NULL}, /* U+202E, right to left override */
    {"a\xe2\x81\xa6 b", NULL},     /* U+2066, isolate */
    {"a\xe2\x80\x8f", NULL},       /* U+200F, right to left mark */
    {"a\xe2\x80\x8b\x62", NULL},   /* U+200B, zero width */
    {"a\nb", NULL},                /* a line more */
    {"a\x07\x62", NULL},           /* control */
    {"a\xff", NULL},               /* no UTF-8 */
    {"a\xc0\xbc", NULL},           /* RFC 3629 3: an overlong < */
    {"a  b", NULL},                /* as XML's token would not have it */
    {chars_200, chars_200},
    {chars_201, NULL},
    {long_text, NULL},
};

START_TEST(draft)
{
    struct form f = {.value[FORM_UNIT] = "before"};
    const char *why = form_take(&f, FORM_UNIT, bytes_str(drafts[_i].text));
    ck_assert_int_eq(why == NULL, drafts[_i].kept != NULL);
    ck_assert_str_eq(f.value[FORM_UNIT], drafts[_i].kept ? drafts[_i].kept : "before");
}
END_TEST

/* ---- whole forms ---- */

static struct form whole(void)
{
    return (struct form){.value = {
                             [FORM_PUBLISH] = "Hayır",
                             [FORM_EMAIL] = "ayse@kurum.example",
                             [FORM_MOBILE] = "+90 500 000 00 00",
                             [FORM_OPERATOR] = "Diğer",
                             [FORM_CHANNEL] = "SMS",
                             [FORM_INSTITUTION] = "Örnek Belediyesi",
                             [FORM_UNIT] = "Bilgi İşlem",
                             [FORM_TITLE] = "Müdür",
                             [FORM_PHONE] = "+90 312 000 00 00",
                             [FORM_EXTENSION] = "1146",
                             [FORM_ADDRESS] = "İş",
                         }};
}

static const struct {
    enum form_field field;
    const char *text, *written; /* NULL: refused */
} fields[] = {
    {FORM_PUBLISH, "Evet", "Evet"},
    {FORM_PUBLISH, "", NULL},
    {FORM_PUBLISH, "belki", NULL},
    {FORM_EMAIL, "", ""}, /* not demanded */
    {FORM_EMAIL, "a@b.example", "a@b.example"},
    {FORM_EMAIL, "a.b+c@x-y.b.example", "a.b+c@x-y.b.example"},
    {FORM_EMAIL, "a", NULL},
    {FORM_EMAIL, "@b.example", NULL},
    {FORM_EMAIL, "a@b", NULL},          /* one label */
    {FORM_EMAIL, "a@b.example.", NULL}, /* the root */
    {FORM_EMAIL, "a@-b.example", NULL}, /* RFC 1123 2.1 */
    {FORM_EMAIL, "a@b-.example", NULL},
    {FORM_EMAIL, "a@b..example", NULL},
    {FORM_EMAIL, ".a@b.example", NULL}, /* RFC 5321 4.1.2, Dot-string */
    {FORM_EMAIL, "a..b@b.example", NULL},
    {FORM_EMAIL, "a b@b.example", NULL},
    {FORM_EMAIL, "a@b@b.example", NULL},
    {FORM_EMAIL, "ş@b.example", NULL},
    {FORM_EMAIL, "a@b.example, c@d.example", NULL},
    {FORM_MOBILE, "", NULL},
    {FORM_MOBILE, "0500 000 00 00", "+90 500 000 00 00"},
    {FORM_MOBILE, "5001234567", "+90 500 123 45 67"},
    {FORM_MOBILE, "(0500) 123-45.67", "+90 500 123 45 67"},
    {FORM_MOBILE, "905001234567", "+90 500 123 45 67"},
    {FORM_MOBILE, "+90 312 000 00 00", NULL}, /* no mobile */
    {FORM_MOBILE, "500123456", NULL},
    {FORM_MOBILE, "50012345678", NULL},
    {FORM_MOBILE, "+49 500 123 45 67", NULL},
    {FORM_MOBILE, "0500 123 45 6a", NULL},
    {FORM_MOBILE, "+905001234567+905001234567", NULL},
    {FORM_PHONE, "", ""},
    {FORM_PHONE, "0312 123 45 67", "+90 312 123 45 67"},
    {FORM_PHONE, "00312 123 45 67", NULL},
    {FORM_EXTENSION, "", ""},
    {FORM_EXTENSION, "12345678", "12345678"},
    {FORM_EXTENSION, "123456789", NULL},
    {FORM_EXTENSION, "12a", NULL},
    {FORM_OPERATOR, "Türk Telekom", "Türk Telekom"},
    {FORM_OPERATOR, "turkcell", NULL},
    {FORM_CHANNEL, "E-Posta", "E-Posta"},
    {FORM_CHANNEL, "Mektup", NULL},
    {FORM_INSTITUTION, "", NULL},
    {FORM_UNIT, "", NULL},
    {FORM_TITLE, "", NULL},
    {FORM_ADDRESS, "Ev", "Ev"},
    {FORM_ADDRESS, "", NULL},
};

START_TEST(field)
{
    struct form f = whole();
    struct form_faults wrong = {0};
    const enum form_field at = fields[_i].field;
    ck_assert_ptr_null(form_take(&f, at, bytes_str(fields[_i].text)));
    const bool good = form_check(&f, &wrong);
    ck_assert_int_eq(good, fields[_i].written != NULL);
    ck_assert_int_eq(wrong.text[at] == NULL, good);
    if (good) ck_assert_str_eq(f.value[at], fields[_i].written);
    for (unsigned i = 0; i < FORM_FIELDS; i++)
        if (i != at) ck_assert_ptr_null(wrong.text[i]);
}
END_TEST

START_TEST(channel_needs_address)
{
    struct form f = whole();
    struct form_faults wrong = {0};
    f.value[FORM_EMAIL][0] = 0;
    ck_assert_ptr_null(form_take(&f, FORM_CHANNEL, bytes_str("E-Posta")));
    ck_assert(!form_check(&f, &wrong));
    ck_assert_ptr_nonnull(wrong.text[FORM_EMAIL]);
}
END_TEST

START_TEST(first_word_stays)
{
    struct form f = whole();
    struct form_faults wrong = {.text[FORM_UNIT] = "refused before"};
    ck_assert(!form_check(&f, &wrong));
    ck_assert_str_eq(wrong.text[FORM_UNIT], "refused before");
}
END_TEST

START_TEST(names)
{
    enum form_field at = FORM_FIELDS;
    for (unsigned i = 0; i < FORM_FIELDS; i++) {
        ck_assert(form_field_of(form_name((enum form_field)i), &at));
        ck_assert_uint_eq(at, i);
        ck_assert(form_label((enum form_field)i)[0] != 0);
    }
    ck_assert(!form_field_of("identityNo", &at)); /* the applicant cannot write it */
}
END_TEST

int main(void)
{
    Suite *s = suite_create("form");
    TCase *t = tcase_create("form");
    memset(long_text, 'a', sizeof long_text - 1);
    memset(chars_200, 'a', sizeof chars_200 - 1);
    memset(chars_201, 'a', sizeof chars_201 - 1);
    tcase_add_loop_test(t, draft, 0, ROWS(drafts));
    tcase_add_loop_test(t, field, 0, ROWS(fields));
    tcase_add_test(t, channel_needs_address);
    tcase_add_test(t, first_word_stays);
    tcase_add_test(t, names);
    suite_add_tcase(s, t);
    return suite_run(s);
}
