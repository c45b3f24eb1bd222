/* SPDX-License-Identifier: MIT */
#include "xades/depo.h"

#include <check.h>
#include <stdio.h>

#include "core/cert.h"
#include "core/file.h"
#include "tests/support/suite.h"

#define REAL "../shared/data/kamusm/SertifikaDeposu.xml"

/* What was read, "number=octets;" each. */
static void note(void *ctx, size_t number, struct bytes der)
{
    buf_fmt(ctx, "%zu=%.*s;", number, (int)der.len, der.len ? (const char *)der.p : "");
}

#define ROOTS(entries) "<depo><koksertifikalar>" entries "</koksertifikalar></depo>"
#define ROOT(value)    "<koksertifika><mValue>" value "</mValue></koksertifika>"

static const struct {
    const char *text;
    err_t expected;
    const char *entries, *why;
} rows[] = {
    {ROOTS(ROOT("YWJj")), OK, "1=abc;", ""},
    {ROOTS(ROOT("\n YW\r\nJj \t")), OK, "1=abc;", ""},
    {ROOTS(ROOT("YWJj") ROOT("ZGVm")), OK, "1=abc;2=def;", ""},
    {"\xef\xbb\xbf<?xml version=\"1.0\"?>\n" ROOTS(ROOT("YWJj")), OK, "1=abc;", ""},
    {"<depo><Versiyon>1</Versiyon><sertifikalar><sertifika><mNo>1</mNo><mValue>YWJj</mValue>"
     "</sertifika></sertifikalar></depo>",
     OK, "1=abc;", ""},
    /* What cannot be read is counted and named. */
    {ROOTS(ROOT("YW=j") ROOT("ZGVm")), OK, "1=;2=def;", ""},
    {ROOTS(ROOT("")), OK, "1=;", ""},
    {ROOTS("<koksertifika/>"), OK, "1=;", ""},
    {ROOTS("<koksertifika><mValue>YWJj</mValue><mValue>ZGVm</mValue></koksertifika>"), OK, "1=;",
     ""},
    {ROOTS("<koksertifika><mValue>YW<x/>Jj</mValue></koksertifika>"), OK, "1=;", ""},
    {ROOTS("<koksertifika><x><mValue>YWJj</mValue></x></koksertifika>"), OK, "1=;", ""},
    {ROOTS("<sertifika><mValue>YWJj</mValue></sertifika>" ROOT("ZGVm")), OK, "1=def;", ""},
    /* What is no such store. */
    {"<depo/>", ERR_XML_REJECTED, "", "0 certificates"},
    {"<kasa/>", ERR_XML_REJECTED, "", "not depo"},
    {"<depo xmlns='urn:x'><koksertifikalar/></depo>", ERR_XML_REJECTED, "", "not depo"},
    {"<depo>", ERR_XML_REJECTED, "", ""},
    {"", ERR_XML_REJECTED, "", ""},
    {"<!DOCTYPE depo><depo/>", ERR_XML_REJECTED, "", "DOCTYPE"},
    {"<!DOCTYPE depo [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" ROOTS(ROOT("&a;")),
     ERR_XML_REJECTED, "", "DOCTYPE"},
    {ROOTS(ROOT("&a;")), ERR_XML_REJECTED, "", ""},
    {"<depo><a><a><a><a><a><a><a><a/></a></a></a></a></a></a></a></depo>", ERR_XML_REJECTED, "",
     "too deeply"},
};

START_TEST(reading)
{
    own(buf) seen = buf_max(4096);
    struct xades_why why = {0};
    err_t e = depo_read(bytes_str(rows[_i].text), note, &seen, &why);
    ck_assert_msg(e == rows[_i].expected, "%s: %s, %s", rows[_i].text, err_slug(e), why.clause);
    ck_assert_str_eq(buf_cstr(&seen), rows[_i].entries);
    ck_assert_msg(strstr(why.clause, rows[_i].why) != NULL, "%s", why.clause);
}
END_TEST

static void count(void *ctx, size_t number, struct bytes der)
{
    size_t *n = ctx;
    ck_assert_uint_eq(number, ++*n);
    ck_assert_uint_le(der.len, DEPO_MAX_DER);
}

START_TEST(bounded)
{
    own(buf) text = buf_max(DEPO_MAX_OCTETS * 2u);
    struct xades_why why = {0};
    size_t n = 0;
    int entries = DEPO_MAX_ENTRIES + _i;
    buf_str(&text, "<depo><koksertifikalar>");
    for (int i = 0; i < entries; i++) buf_str(&text, ROOT("YWJj"));
    buf_str(&text, "</koksertifikalar></depo>");
    ck_assert_int_eq(depo_read(buf_bytes(&text), count, &n, &why), _i ? ERR_XML_REJECTED : OK);
    ck_assert_uint_eq(n, _i ? 0 : DEPO_MAX_ENTRIES);
}
END_TEST

/* One value larger than any certificate: not read; a file larger than any store: not either. */
START_TEST(large)
{
    own(buf) text = buf_max(DEPO_MAX_OCTETS * 2u), seen = buf_max(4096);
    struct xades_why why = {0};
    buf_str(&text, "<depo><koksertifikalar><koksertifika><mValue>");
    for (int i = 0; i < DEPO_MAX_DER / 3 + 1; i++) buf_str(&text, "YWJj");
    buf_str(&text, "</mValue></koksertifika></koksertifikalar></depo>");
    ck_assert_int_eq(depo_read(buf_bytes(&text), note, &seen, &why), OK);
    ck_assert_str_eq(buf_cstr(&seen), "1=;");
    while (text.len <= DEPO_MAX_OCTETS) buf_str(&text, "                                ");
    ck_assert_int_eq(depo_read(buf_bytes(&text), note, &seen, &why), ERR_XML_REJECTED);
}
END_TEST

static void read_certificate(void *ctx, size_t number, struct bytes der)
{
    struct cert c;
    struct der_latch why = {0};
    ck_assert_msg(cert_read(der, &c, &why), "%zu: %s", number, why.clause);
    *(size_t *)ctx = number;
}

START_TEST(the_real_one)
{
    own(buf) file = buf_max(DEPO_MAX_OCTETS);
    struct xades_why why = {0};
    size_t n = 0;
    if (file_read(REAL, &file)) {
        printf("# SertifikaDeposu.xml is absent: skipped\n");
        return;
    }
    ck_assert_int_eq(depo_read(buf_bytes(&file), read_certificate, &n, &why), OK);
    ck_assert_uint_eq(n, 38);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("depo");
    TCase *t = tcase_create("depo");
    tcase_add_loop_test(t, reading, 0, ROWS(rows));
    tcase_add_loop_test(t, bounded, 0, 2);
    tcase_add_test(t, large);
    tcase_add_test(t, the_real_one);
    suite_add_tcase(s, t);
    return suite_run(s);
}
