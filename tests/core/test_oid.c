/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "core/oid.h"

#include "tests/support/suite.h"

/* The rows by the numbers of their registrations, so that a slip in the octets shows. */
static const struct {
    enum oid row;
    const char *dotted;
} rows[] = {
    {OID_RSA_ENCRYPTION, "1.2.840.113549.1.1.1"},
    {OID_RSA_PSS, "1.2.840.113549.1.1.10"},
    {OID_RSA_SHA1, "1.2.840.113549.1.1.5"},
    {OID_RSA_SHA256, "1.2.840.113549.1.1.11"},
    {OID_RSA_SHA384, "1.2.840.113549.1.1.12"},
    {OID_RSA_SHA512, "1.2.840.113549.1.1.13"},
    {OID_EC_PUBLIC_KEY, "1.2.840.10045.2.1"},
    {OID_ECDSA_SHA256, "1.2.840.10045.4.3.2"},
    {OID_ECDSA_SHA384, "1.2.840.10045.4.3.3"},
    {OID_ECDSA_SHA512, "1.2.840.10045.4.3.4"},
    {OID_P256, "1.2.840.10045.3.1.7"},
    {OID_P384, "1.3.132.0.34"},
    {OID_P521, "1.3.132.0.35"},
    {OID_SHA1, "1.3.14.3.2.26"},
    {OID_SHA256, "2.16.840.1.101.3.4.2.1"},
    {OID_SHA384, "2.16.840.1.101.3.4.2.2"},
    {OID_SHA512, "2.16.840.1.101.3.4.2.3"},
    {OID_COMMON_NAME, "2.5.4.3"},
    {OID_SURNAME, "2.5.4.4"},
    {OID_SERIAL_NUMBER, "2.5.4.5"},
    {OID_COUNTRY, "2.5.4.6"},
    {OID_LOCALITY, "2.5.4.7"},
    {OID_STATE, "2.5.4.8"},
    {OID_STREET, "2.5.4.9"},
    {OID_ORGANIZATION, "2.5.4.10"},
    {OID_ORGANIZATIONAL_UNIT, "2.5.4.11"},
    {OID_TITLE, "2.5.4.12"},
    {OID_GIVEN_NAME, "2.5.4.42"},
    {OID_EMAIL, "1.2.840.113549.1.9.1"},
    {OID_DOMAIN_COMPONENT, "0.9.2342.19200300.100.1.25"},
    {OID_USER_ID, "0.9.2342.19200300.100.1.1"},
    {OID_SUBJECT_KEY_ID, "2.5.29.14"},
    {OID_KEY_USAGE, "2.5.29.15"},
    {OID_SUBJECT_ALT_NAME, "2.5.29.17"},
    {OID_BASIC_CONSTRAINTS, "2.5.29.19"},
    {OID_CRL_DISTRIBUTION_POINTS, "2.5.29.31"},
    {OID_CERTIFICATE_POLICIES, "2.5.29.32"},
    {OID_AUTHORITY_KEY_ID, "2.5.29.35"},
    {OID_EXT_KEY_USAGE, "2.5.29.37"},
    {OID_AUTHORITY_INFO_ACCESS, "1.3.6.1.5.5.7.1.1"},
    {OID_QC_STATEMENTS, "1.3.6.1.5.5.7.1.3"},
    {OID_CPS, "1.3.6.1.5.5.7.2.1"},
    {OID_USER_NOTICE, "1.3.6.1.5.5.7.2.2"},
    {OID_AD_OCSP, "1.3.6.1.5.5.7.48.1"},
    {OID_AD_CA_ISSUERS, "1.3.6.1.5.5.7.48.2"},
    {OID_QC_COMPLIANCE, "0.4.0.1862.1.1"},
    {OID_QC_LIMIT_VALUE, "0.4.0.1862.1.2"},
    {OID_QC_SSCD, "0.4.0.1862.1.4"},
    {OID_QC_TYPE, "0.4.0.1862.1.6"},
    {OID_QCS_PKIX_V2, "1.3.6.1.5.5.7.11.2"},
    {OID_TR_NES, "2.16.792.1.61.0.1.5070.1.1"},
    {OID_TR_ESEAL, "2.16.792.1.61.0.1.5070.2.1"},
    {OID_SIGNED_DATA, "1.2.840.113549.1.7.2"},
    {OID_TST_INFO, "1.2.840.113549.1.9.16.1.4"},
    {OID_CONTENT_TYPE, "1.2.840.113549.1.9.3"},
    {OID_MESSAGE_DIGEST, "1.2.840.113549.1.9.4"},
    {OID_ESS_CERT, "1.2.840.113549.1.9.16.2.12"},
    {OID_ESS_CERT_V2, "1.2.840.113549.1.9.16.2.47"},
    {OID_KP_TIME_STAMPING, "1.3.6.1.5.5.7.3.8"},
    {OID_TR_P2, "2.16.792.1.61.0.1.5070.3.1.1"},
    {OID_TR_P3, "2.16.792.1.61.0.1.5070.3.2.1"},
    {OID_TR_P4, "2.16.792.1.61.0.1.5070.3.3.1"},
};

START_TEST(every_row_is_here)
{
    ck_assert_uint_eq(sizeof rows / sizeof *rows, OID_COUNT - 1);
}
END_TEST

START_TEST(rows_are_found_and_written)
{
    own(buf) text = buf_max(128), content = buf_max(64);
    struct bytes v = oid_content(rows[_i].row);
    ck_assert(oid_text(&text, v));
    ck_assert_str_eq(buf_cstr(&text), rows[_i].dotted);
    ck_assert(oid_from_text(&content, buf_bytes(&text)) && bytes_eq(buf_bytes(&content), v));
    ck_assert_int_eq(oid_of(buf_bytes(&content)), rows[_i].row);
    ck_assert(oid_is(v, rows[_i].row) && *oid_name(rows[_i].row));
    /* One bit away lies another object, or none of ours. */
    for (size_t bit = 0; bit < 8 * content.len; bit++) {
        content.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert_int_ne(oid_of(buf_bytes(&content)), rows[_i].row);
        content.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(texts_at_the_edges)
{
    static const struct {
        const char *text;
        bool ok;
    } texts[] = {{"0.0", true},
                 {"0.39", true},
                 {"1.39", true},
                 {"2.40", true},
                 {"2.999.1", true},
                 {"1.2.18446744073709551615", true},
                 {"1.2.18446744073709551616", false},
                 {"2.18446744073709551615", false},
                 {"0.40", false},
                 {"3.1", false},
                 {"1", false},
                 {"", false},
                 {"1.", false},
                 {".1", false},
                 {"1..2", false},
                 {"1.2.", false},
                 {"1.02", false},
                 {"1.2 ", false},
                 {"1.2a", false},
                 {"-1.2", false}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        own(buf) v = buf_max(64), text = buf_max(64);
        ck_assert_msg(oid_from_text(&v, bytes_str(texts[i].text)) == texts[i].ok, "%s",
                      texts[i].text);
        if (!texts[i].ok) ck_assert_uint_eq(v.len, 0);
        if (texts[i].ok) {
            ck_assert(oid_text(&text, buf_bytes(&v)));
            ck_assert_str_eq(buf_cstr(&text), texts[i].text);
        }
    }
}
END_TEST

/* X.690 8.19.2 */
START_TEST(octets_that_are_none)
{
    own(buf) text = buf_max(64);
    ck_assert(!oid_text(&text, bytes_of("", 0)));
    ck_assert(!oid_text(&text, bytes_of("\x2a\x80\x01", 3)));
    ck_assert(!oid_text(&text, bytes_of("\x2a\x81", 2)));
    ck_assert(!oid_text(&text, bytes_of("\x2a\x83\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11)));
    ck_assert_uint_eq(text.len, 0);
    ck_assert_int_eq(oid_of(bytes_of("\x55", 1)), OID_NONE);
    ck_assert_int_eq(oid_of(bytes_of("", 0)), OID_NONE);
    ck_assert_str_eq(oid_name(OID_NONE), "");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("oid");
    TCase *t = tcase_create("oid");
    tcase_add_test(t, every_row_is_here);
    tcase_add_loop_test(t, rows_are_found_and_written, 0, ROWS(rows));
    tcase_add_test(t, texts_at_the_edges);
    tcase_add_test(t, octets_that_are_none);
    suite_add_tcase(s, t);
    return suite_run(s);
}
