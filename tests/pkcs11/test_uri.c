/* SPDX-License-Identifier: MIT */
#include "pkcs11/uri.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"

static const struct {
    const char *text, *why;
} refused[] = {
    {"pkcs12:token=a", "another scheme"},
    {"token=a", "no scheme"},
    {"pkcs11", "no colon"},
    {"pkcs11:token", "RFC 7512 2.3: an attribute has a value"},
    {"pkcs11:token=a;", "RFC 7512 2.3: nothing after the separator"},
    {"pkcs11:;token=a", "RFC 7512 2.3: nothing before the separator"},
    {"pkcs11:token=a;token=a", "RFC 7512 2.3: not twice"},
    {"pkcs11:?module-name=a&module-name=b", "RFC 7512 2.4: not twice"},
    {"pkcs11:token=a b", "a blank is percent-encoded"},
    {"pkcs11:token=a/b", "RFC 7512 2.3: pk11-pchar"},
    {"pkcs11:token=\"a\"", "RFC 7512 2.3: pk11-pchar"},
    {"pkcs11:token=Ay\xc5\x9f"
     "e",
     "RFC 3986 2: octets outside ASCII are encoded"},
    {"pkcs11:token=%4", "RFC 3986 2.1: two digits"},
    {"pkcs11:token=%", "RFC 3986 2.1: two digits"},
    {"pkcs11:token=%4g", "RFC 3986 2.1: hexadecimal"},
    {"pkcs11:token=%c5", "not UTF-8"},
    {"pkcs11:token=%c0%80", "not UTF-8: overlong"},
    {"pkcs11:token=a%00b", "NUL"},
    {"pkcs11:colour=red", "an unknown attribute"},
    {"pkcs11:x-vendor=1", "a vendor's attribute"},
    {"pkcs11:module-name=a", "a query attribute in the path"},
    {"pkcs11:?token=a", "a path attribute in the query"},
    {"pkcs11:token=a?pin-value=1234", "RFC 7512 2.4: never a PIN in a URI"},
    {"pkcs11:token=a?pin-source=file:/etc/pin", "RFC 7512 2.4: nor where it lies"},
    {"pkcs11:token=a?module-name=x&pin-value=1234", "pin-value behind others"},
    {"pkcs11:token=a?pin%2dvalue=1234", "a name is not encoded"},
    {"pkcs11:token=a?PIN-VALUE=1234", "names are in lower case"},
    {"pkcs11:slot-id=x", "a number"},
    {"pkcs11:slot-id=", "a number"},
    {"pkcs11:slot-id=-1", "a number"},
    {"pkcs11:slot-id=9999999999999999999", "a number of at most 18 digits"},
    {"pkcs11:library-version=1.", "RFC 7512 2.3: major and minor"},
    {"pkcs11:library-version=1.2.3", "RFC 7512 2.3: major and minor"},
    {"pkcs11:type=key", "RFC 7512 2.3: five types"},
    {"pkcs11:?module-path=lib.so", "RFC 7512 2.4: an absolute path"},
    {"pkcs11:?module-name=a%2fb", "a name, not a path"},
    {"pkcs11:?module-path=/lib%00.so", "NUL"},
};

START_TEST(refusals)
{
    struct uri u;
    ck_assert_msg(uri_read(refused[_i].text, &u) == ERR_URI_REFUSED, "%s: %s", refused[_i].text,
                  refused[_i].why);
}
END_TEST

static const struct {
    const char *text;
    enum uri_attribute attribute;
    const char *value;
} read[] = {
    {"pkcs11:token=Test%20NES", URI_TOKEN, "Test NES"},
    {"PKCS11:token=a", URI_TOKEN, "a"}, /* RFC 3986 3.1 */
    {"pkcs11:token=a;serial=01", URI_SERIAL, "01"},
    {"pkcs11:serial=01;token=a", URI_SERIAL, "01"},
    {"pkcs11:token=Ay%C5%9Fe", URI_TOKEN, "Ayşe"},
    {"pkcs11:token=a%3bb%3Dc", URI_TOKEN, "a;b=c"},
    {"pkcs11:token=:[]@!$'()*+,=&-._~", URI_TOKEN, ":[]@!$'()*+,=&-._~"},
    {"pkcs11:manufacturer=T%c3%9cB%c4%b0TAK", URI_MANUFACTURER, "TÜBİTAK"},
    {"pkcs11:model=AKIS", URI_MODEL, "AKIS"},
    {"pkcs11:object=SIGN0;type=private", URI_OBJECT, "SIGN0"},
    {"pkcs11:type=cert", URI_TYPE, "cert"},
    {"pkcs11:type=cert?", URI_TYPE, "cert"}, /* RFC 7512 2.3: pk11-query may be empty */
    {"pkcs11:id=%01%ff", URI_ID, "\x01\xff"},
    {"pkcs11:library-version=3", URI_LIBRARY_VERSION, "3"},
    {"pkcs11:token=?module-name=softhsm2", URI_MODULE_NAME, "softhsm2"},
    {"pkcs11:?module-path=/usr/lib/x.so", URI_MODULE_PATH, "/usr/lib/x.so"},
    {"pkcs11:token=a?module-path=/a?b|c", URI_MODULE_PATH, "/a?b|c"},
};

START_TEST(values)
{
    struct uri u;
    ck_assert_int_eq(uri_read(read[_i].text, &u), OK);
    ck_assert(u.has[read[_i].attribute]);
    ck_assert(bytes_eq_str(uri_value(&u, read[_i].attribute), read[_i].value));
}
END_TEST

START_TEST(bounds)
{
    struct uri u;
    char text[URI_MAX + 2] = "pkcs11:token=";
    memset(text + 13, 'a', sizeof text - 14);
    ck_assert_int_eq(uri_read(text, &u), ERR_URI_REFUSED);
    text[URI_MAX] = 0;
    ck_assert_int_eq(uri_read(text, &u), OK);
    ck_assert_uint_eq(uri_value(&u, URI_TOKEN).len, URI_MAX - 13);
}
END_TEST

static void fill(unsigned char *field, size_t size, const char *text, int padding)
{
    memset(field, padding, size);
    memcpy(field, text, strlen(text));
}

static CK_TOKEN_INFO token_of(int padding)
{
    CK_TOKEN_INFO t = {0};
    fill(t.label, sizeof t.label, "Test NES", padding);
    fill(t.manufacturerID, sizeof t.manufacturerID, "AKIS", padding);
    fill(t.model, sizeof t.model, "v2", padding);
    fill(t.serialNumber, sizeof t.serialNumber, "0123456789abcdef", padding);
    return t;
}

static const struct {
    const char *text;
    bool fits;
} tokens[] = {
    {"", true},
    {"pkcs11:", true},
    {"pkcs11:token=Test%20NES", true},
    {"pkcs11:token=Test%20NES%20%20", true},
    {"pkcs11:token=Test", false},
    {"pkcs11:token=test%20nes", false},
    {"pkcs11:token=", false},
    {"pkcs11:token=Test%20NES;serial=0123456789abcdef;model=v2;manufacturer=AKIS", true},
    {"pkcs11:token=Test%20NES;serial=0123456789abcdee", false},
    {"pkcs11:serial=0123456789abcdef0", false},
    {"pkcs11:model=v1", false},
    {"pkcs11:manufacturer=other", false},
};

START_TEST(matching_tokens)
{
    struct uri u;
    CK_TOKEN_INFO blanks = token_of(' '), zeros = token_of(0);
    ck_assert_int_eq(uri_read(tokens[_i].text, &u), OK);
    ck_assert_int_eq(uri_fits_token(&u, &blanks), tokens[_i].fits);
    ck_assert_int_eq(uri_fits_token(&u, &zeros), tokens[_i].fits);
}
END_TEST

static const struct {
    const char *text;
    bool library, slot, cert;
} others[] = {
    {"pkcs11:", true, true, true},
    {"pkcs11:library-manufacturer=SoftHSM;library-version=2.6", true, true, true},
    {"pkcs11:library-version=2", false, true, true},
    {"pkcs11:library-version=2.7", false, true, true},
    {"pkcs11:library-description=x", false, true, true},
    {"pkcs11:slot-id=7", true, true, true},
    {"pkcs11:slot-id=007", true, true, true},
    {"pkcs11:slot-id=8", true, false, true},
    {"pkcs11:slot-description=ACS%20ACR39U", true, true, true},
    {"pkcs11:slot-description=ACS", true, false, true},
    {"pkcs11:slot-manufacturer=ACS", true, true, true},
    {"pkcs11:id=%01;object=SIGN0;type=cert", true, true, true},
    {"pkcs11:type=private", true, true, true},
    {"pkcs11:type=data", true, true, false},
    {"pkcs11:type=secret-key", true, true, false},
    {"pkcs11:id=%01%00", true, true, false},
    {"pkcs11:object=ENCR0", true, true, false},
};

START_TEST(matching_others)
{
    struct uri u;
    CK_INFO info = {.libraryVersion = {2, 6}};
    CK_SLOT_INFO slot = {0};
    fill(info.manufacturerID, sizeof info.manufacturerID, "SoftHSM", ' ');
    fill(info.libraryDescription, sizeof info.libraryDescription, "PKCS#11", ' ');
    fill(slot.slotDescription, sizeof slot.slotDescription, "ACS ACR39U", ' ');
    fill(slot.manufacturerID, sizeof slot.manufacturerID, "ACS", ' ');
    ck_assert_int_eq(uri_read(others[_i].text, &u), OK);
    ck_assert_int_eq(uri_fits_library(&u, &info), others[_i].library);
    ck_assert_int_eq(uri_fits_slot(&u, 7, &slot), others[_i].slot);
    ck_assert_int_eq(uri_fits_cert(&u, bytes_of("\x01", 1), bytes_str("SIGN0")), others[_i].cert);
}
END_TEST

static const struct {
    const char *text;
    bool one;
} ones[] = {
    {"", false},
    {"pkcs11:token=a", false},
    {"pkcs11:serial=1", false},
    {"pkcs11:token=a;serial=", false},
    {"pkcs11:token=%20;serial=1", false},
    {"pkcs11:token=a;serial=1", true},
};

START_TEST(one_token)
{
    struct uri u;
    ck_assert_int_eq(uri_read(ones[_i].text, &u), OK);
    ck_assert_int_eq(uri_names_one_token(&u), ones[_i].one);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("uri");
    TCase *t = tcase_create("uri");
    tcase_add_loop_test(t, refusals, 0, ROWS(refused));
    tcase_add_loop_test(t, values, 0, ROWS(read));
    tcase_add_test(t, bounds);
    tcase_add_loop_test(t, matching_tokens, 0, ROWS(tokens));
    tcase_add_loop_test(t, matching_others, 0, ROWS(others));
    tcase_add_loop_test(t, one_token, 0, ROWS(ones));
    suite_add_tcase(s, t);
    return suite_run(s);
}
