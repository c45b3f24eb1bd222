/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "core/der.h"
#include "core/name.h"
#include "core/oid.h"

#include "tests/support/suite.h"

/* A Name of up to four attributes; `+` in front of the type joins it to the RDN before. */
struct av {
    enum oid type;
    uint8_t tag;
    const char *value;
    size_t len; /* 0: strlen */
    bool joined;
};

static void put_name(struct buf *out, const struct av *v, size_t n)
{
    size_t name = der_put_open(out, DER_SEQUENCE), set = 0;
    for (size_t i = 0; i < n && v[i].type; i++) {
        if (!v[i].joined) set = der_put_open(out, DER_SET);
        size_t pair = der_put_open(out, DER_SEQUENCE);
        der_put(out, DER_OID, oid_content(v[i].type));
        der_put(out, v[i].tag, bytes_of(v[i].value, v[i].len ? v[i].len : strlen(v[i].value)));
        der_put_close(out, pair);
        if (i + 1 == n || !v[i + 1].type || !v[i + 1].joined) der_put_close(out, set);
    }
    der_put_close(out, name);
    ck_assert(buf_ok(out));
}

#define U DER_UTF8_STRING
#define P DER_PRINTABLE_STRING

/* RFC 2253 2.4 and 5 */
static const struct {
    struct av name[4];
    const char *text;
} texts[] = {
    {{{OID_COMMON_NAME, U, "Steve Kille", 0, false},
      {OID_ORGANIZATION, U, "Isode Limited", 0, false},
      {OID_COUNTRY, P, "GB", 0, false}},
     "C=GB,O=Isode Limited,CN=Steve Kille"},
    {{{OID_COUNTRY, P, "TR", 0, false},
      {OID_SERIAL_NUMBER, P, "10000000146", 0, false},
      {OID_COMMON_NAME, U, "Ayşe Yılmaz", 0, false}},
     "CN=Ayşe Yılmaz,2.5.4.5=#130b3130303030303030313436,C=TR"},
    {{{OID_ORGANIZATION, U, "Sue, Grabbit and Runn", 0, false}}, "O=Sue\\, Grabbit and Runn"},
    {{{OID_COMMON_NAME, U, "a\"+;<>\\b", 0, false}}, "CN=a\\\"\\+\\;\\<\\>\\\\b"},
    {{{OID_COMMON_NAME, U, " #a ", 0, false}}, "CN=\\ #a\\ "},
    {{{OID_COMMON_NAME, U, "#a", 0, false}}, "CN=\\#a"},
    {{{OID_COMMON_NAME, U, " ", 0, false}}, "CN=\\ "},
    {{{OID_COMMON_NAME, U, "a\nb\0c", 5, false}}, "CN=a\\0Ab\\00c"},
    {{{OID_ORGANIZATIONAL_UNIT, U, "Sales", 0, false}, {OID_COMMON_NAME, U, "J", 0, true}},
     "OU=Sales+CN=J"},
    {{{OID_COMMON_NAME, DER_BMP_STRING, "\x01\x30\x00x", 4, false}}, "CN=İx"},
    {{{OID_COMMON_NAME, DER_UNIVERSAL_STRING, "\0\1\xf6\0", 4, false}}, "CN=😀"},
    {{{OID_COMMON_NAME, DER_TELETEX_STRING, "\xe7", 1, false}}, "CN=ç"},
    {{{OID_COMMON_NAME, DER_BMP_STRING, "\xd8\x00", 2, false}}, "CN=#1e02d800"},
    {{{OID_DOMAIN_COMPONENT, DER_IA5_STRING, "tr", 0, false}}, "DC=tr"},
    {{{OID_NONE, 0, "", 0, false}}, ""},
};

START_TEST(written)
{
    own(buf) name = buf_max(1024), text = buf_max(1024);
    put_name(&name, texts[_i].name, 4);
    ck_assert(name_rfc2253(&text, buf_bytes(&name)));
    ck_assert(bytes_eq_str(buf_bytes(&text), texts[_i].text));
    ck_assert(name_equal(buf_bytes(&name), buf_bytes(&name)));
    ck_assert(name_equal_text(buf_bytes(&name), buf_bytes(&text)));
}
END_TEST

/* RFC 5280 7.1 */
START_TEST(compared)
{
    static const struct {
        struct av a[3], b[3];
        bool equal;
    } rows[] = {
        {{{OID_COMMON_NAME, U, "A", 0, false}}, {{OID_COMMON_NAME, P, "a", 0, false}}, true},
        {{{OID_COMMON_NAME, U, " a   b ", 0, false}},
         {{OID_COMMON_NAME, P, "A B", 0, false}},
         true},
        {{{OID_COMMON_NAME, U, "a b", 0, false}}, {{OID_COMMON_NAME, U, "ab", 0, false}}, false},
        {{{OID_COMMON_NAME, U, "a", 0, false}},
         {{OID_COMMON_NAME, DER_BMP_STRING, "\0a", 2, false}},
         true},
        {{{OID_COMMON_NAME, U, "İ", 0, false}}, {{OID_COMMON_NAME, U, "i", 0, false}}, false},
        {{{OID_COMMON_NAME, U, "a", 0, false}}, {{OID_ORGANIZATION, U, "a", 0, false}}, false},
        {{{OID_COMMON_NAME, U, "a", 0, false}, {OID_COUNTRY, P, "TR", 0, false}},
         {{OID_COUNTRY, P, "TR", 0, false}, {OID_COMMON_NAME, U, "a", 0, false}},
         false},
        {{{OID_COMMON_NAME, U, "a", 0, false}, {OID_COUNTRY, P, "TR", 0, true}},
         {{OID_COUNTRY, P, "TR", 0, false}, {OID_COMMON_NAME, U, "a", 0, true}},
         true},
        {{{OID_COMMON_NAME, U, "a", 0, false}, {OID_COUNTRY, P, "TR", 0, true}},
         {{OID_COMMON_NAME, U, "a", 0, false}, {OID_COUNTRY, P, "TR", 0, false}},
         false},
        {{{OID_COMMON_NAME, U, "a", 0, false}, {OID_COMMON_NAME, U, "a", 0, true}},
         {{OID_COMMON_NAME, U, "a", 0, false}, {OID_COMMON_NAME, U, "b", 0, true}},
         false},
        {{{OID_COMMON_NAME, U, "a,O=b", 0, false}},
         {{OID_ORGANIZATION, U, "b", 0, false}, {OID_COMMON_NAME, U, "a", 0, false}},
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        own(buf) a = buf_max(1024), b = buf_max(1024);
        put_name(&a, rows[i].a, 3);
        put_name(&b, rows[i].b, 3);
        ck_assert_msg(name_equal(buf_bytes(&a), buf_bytes(&b)) == rows[i].equal, "row %zu", i);
        ck_assert_msg(name_equal(buf_bytes(&b), buf_bytes(&a)) == rows[i].equal, "row %zu", i);
    }
}
END_TEST

START_TEST(foreign_texts)
{
    static const struct av name[] = {{OID_COUNTRY, P, "TR", 0, false},
                                     {OID_SERIAL_NUMBER, P, "10000000146", 0, false},
                                     {OID_COMMON_NAME, U, "Yılmaz, Ayşe", 0, false}};
    static const struct {
        const char *text;
        bool equal;
    } rows[] = {
        {"CN=Yılmaz\\, Ayşe,SERIALNUMBER=10000000146,C=TR", true},
        {"C=TR,SERIALNUMBER=10000000146,CN=Yılmaz\\, Ayşe", true},
        {"c=tr , serialNumber = 10000000146 ; cn = \"Yılmaz, Ayşe\"", true},
        {"CN=Y\\C4\\B1lmaz\\2C Ay\\C5\\9Fe,2.5.4.5=#130b3130303030303030313436,C=TR", true},
        {"OID.2.5.4.3=Yılmaz\\, Ayşe,oid.2.5.4.5=10000000146,2.5.4.6=TR", true},
        {"CN=Yılmaz\\, Ayşe,SERIALNUMBER=10000000146", false},
        {"CN=Yılmaz\\, Ayşe+SERIALNUMBER=10000000146,C=TR", false},
        {"SERIALNUMBER=10000000146,CN=Yılmaz\\, Ayşe,C=TR", false},
        {"CN=Yılmaz, Ayşe,SERIALNUMBER=10000000146,C=TR", false},
        {"CN=Yılmaz\\, Ayşe,SERIALNUMBER=10000000147,C=TR", false},
        {"CN=\"Yılmaz, Ayşe,SERIALNUMBER=10000000146,C=TR", false},
        {"CN=Yılmaz\\, Ayşe,2.5.4.5=#130b31,C=TR", false},
        {"CN=Yılmaz\\, Ayşe,SERIALNUMBER=10000000146,C=TR,", false},
        {"CN=\\", false},
        {"=", false},
        {"", false},
    };
    own(buf) der = buf_max(1024);
    put_name(&der, name, 3);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(name_equal_text(buf_bytes(&der), bytes_str(rows[i].text)) == rows[i].equal,
                      "%s", rows[i].text);
}
END_TEST

START_TEST(one_attribute)
{
    static const struct av name[] = {{OID_COMMON_NAME, U, "first", 0, false},
                                     {OID_COMMON_NAME, DER_BMP_STRING, "\0l", 2, false}};
    own(buf) der = buf_max(1024), out = buf_max(64);
    put_name(&der, name, 2);
    ck_assert(name_get(&out, buf_bytes(&der), OID_COMMON_NAME));
    ck_assert_str_eq(buf_cstr(&out), "l");
    ck_assert(!name_get(&out, buf_bytes(&der), OID_COUNTRY));
    ck_assert(!name_get(&out, bytes_of(der.p, der.len - 1), OID_COMMON_NAME));
    ck_assert_str_eq(buf_cstr(&out), "l");
}
END_TEST

/* X.680 41: which octets are of which type. */
START_TEST(strings)
{
    static const struct {
        uint8_t tag;
        const char *octets;
        size_t len;
        const char *utf8; /* NULL: refused */
    } rows[] = {
        {U, "ş", 2, "ş"},
        {U, "\xc0\xaf", 2, NULL},
        {U, "\xed\xa0\x80", 3, NULL},
        {P, "A-z 09'()+,./:=?", 16, "A-z 09'()+,./:=?"},
        {P, "a@b", 3, NULL},
        {P, "a_b", 3, NULL},
        {DER_NUMERIC_STRING, "1 2", 3, "1 2"},
        {DER_NUMERIC_STRING, "1a", 2, NULL},
        {DER_IA5_STRING, "a@b", 3, "a@b"},
        {DER_IA5_STRING, "\x80", 1, NULL},
        {DER_VISIBLE_STRING, "~", 1, "~"},
        {DER_VISIBLE_STRING, "\x7f", 1, NULL},
        {DER_VISIBLE_STRING, "\n", 1, NULL},
        {DER_BMP_STRING, "\1\x5f", 2, "ş"},
        {DER_BMP_STRING, "\1", 1, NULL},
        {DER_BMP_STRING, "\xdf\xff", 2, NULL},
        {DER_UNIVERSAL_STRING, "\0\x11\0\0", 4, NULL},
        {DER_UNIVERSAL_STRING, "\0\0\x20\xac", 4, "€"},
        {DER_TELETEX_STRING, "\xfc", 1, "ü"},
        {DER_OCTET_STRING, "a", 1, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        own(buf) out = buf_max(64);
        bool ok = name_string(&out, rows[i].tag, bytes_of(rows[i].octets, rows[i].len));
        ck_assert_msg(ok == (rows[i].utf8 != NULL), "row %zu", i);
        ck_assert_str_eq(buf_cstr(&out), ok ? rows[i].utf8 : "");
    }
}
END_TEST

START_TEST(not_a_name)
{
    own(buf) out = buf_max(64);
    static const struct bytes rows[] = {{NULL, 0},
                                        {(const uint8_t *)"\x30\x02\x31\x00", 4},
                                        {(const uint8_t *)"\x30\x01", 2},
                                        {(const uint8_t *)"\x30\x00\x00", 3},
                                        {(const uint8_t *)"\x31\x00", 2}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert(!name_rfc2253(&out, rows[i]) && out.len == 0);
        ck_assert(!name_equal(rows[i], rows[i]));
        ck_assert(!name_equal_text(rows[i], bytes_str("")));
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("name");
    TCase *t = tcase_create("name");
    tcase_add_loop_test(t, written, 0, ROWS(texts));
    tcase_add_test(t, compared);
    tcase_add_test(t, foreign_texts);
    tcase_add_test(t, one_attribute);
    tcase_add_test(t, strings);
    tcase_add_test(t, not_a_name);
    suite_add_tcase(s, t);
    return suite_run(s);
}
