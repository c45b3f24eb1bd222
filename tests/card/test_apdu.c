/* SPDX-License-Identifier: MIT */
#include "fixtures/card/apdu.h"

#include "tests/support/suite.h"

/* ISO 7816-3 12.1.3: the cases of the short form. */
static const struct {
    const char *octets;
    size_t len;
    bool good;
    size_t lc, ne;
} forms[] = {
    {"\x00\x20\x00\x80", 4, true, 0, 0},
    {"\x00\xc0\x00\x00\x08", 5, true, 0, 8},
    {"\x00\xc0\x00\x00\x00", 5, true, 0, 256},
    {"\x00\xa4\x04\x00\x01\xa0", 6, true, 1, 0},
    {"\x00\xa4\x04\x00\x01\xa0\x00", 7, true, 1, 256},
    {"", 0, false, 0, 0},
    {"\x00\x20\x00", 3, false, 0, 0},
    {"\x00\xa4\x04\x00\x02\xa0", 6, false, 0, 0},         /* data cut */
    {"\x00\xa4\x04\x00\x01\xa0\x00\x00", 8, false, 0, 0}, /* octets behind */
    {"\x00\xa4\x04\x00\x00\x00\x01\xa0", 8, false, 0, 0}, /* extended */
    {"\x00\xa4\x04\x00\x00\x00", 6, false, 0, 0},         /* Lc 0 and Le */
};

START_TEST(form)
{
    struct apdu a = {.cla = 0x55};
    ck_assert_int_eq(apdu_read(bytes_of(forms[_i].octets, forms[_i].len), &a), forms[_i].good);
    if (!forms[_i].good) {
        ck_assert_uint_eq(a.cla, 0x55);
        return;
    }
    ck_assert_uint_eq(a.data.len, forms[_i].lc);
    ck_assert_uint_eq(a.ne, forms[_i].ne);
}
END_TEST

/* ---- chains ---- */

static struct apdu piece(uint8_t cla, uint8_t ins, const char *data)
{
    return (struct apdu){.cla = cla, .ins = ins, .data = bytes_str(data)};
}

#define TAKE(cla, ins, data) (a = piece(cla, ins, data), chain_in(&c, &a, &sw))

START_TEST(joined)
{
    struct chain c = chain_new();
    struct apdu a;
    uint16_t sw = 0;
    ck_assert_int_eq(TAKE(0x10, 0x87, "ab"), CHAIN_ANSWER);
    ck_assert_uint_eq(sw, SW_OK);
    ck_assert_int_eq(TAKE(0x10, 0x87, ""), CHAIN_ANSWER);
    ck_assert_int_eq(TAKE(0x00, 0x87, "cd"), CHAIN_WHOLE);
    ck_assert(bytes_eq_str(a.data, "abcd"));
    ck_assert_int_eq(TAKE(0x00, 0x87, "e"), CHAIN_WHOLE); /* begins anew */
    ck_assert(bytes_eq_str(a.data, "e"));
    chain_free(&c);
}
END_TEST

START_TEST(broken)
{
    struct chain c = chain_new();
    struct apdu a;
    uint16_t sw = 0;
    ck_assert_int_eq(TAKE(0x10, 0x87, "ab"), CHAIN_ANSWER);
    ck_assert_int_eq(TAKE(0x10, 0x20, "cd"), CHAIN_ANSWER);
    ck_assert_uint_eq(sw, SW_CHAIN_END);
    ck_assert_int_eq(TAKE(0x10, 0x87, "ab"), CHAIN_ANSWER);
    ck_assert_int_eq(TAKE(0x00, 0x20, "cd"), CHAIN_WHOLE); /* another command is served alone */
    ck_assert(bytes_eq_str(a.data, "cd"));
    ck_assert_int_eq(TAKE(0x80, 0x20, ""), CHAIN_ANSWER);
    ck_assert_uint_eq(sw, SW_CLA);
    ck_assert_int_eq(TAKE(0x01, 0x20, ""), CHAIN_ANSWER);
    ck_assert_uint_eq(sw, SW_CHANNEL);
    chain_free(&c);
}
END_TEST

START_TEST(endless)
{
    struct chain c = chain_new();
    struct apdu a;
    uint16_t sw = SW_OK;
    char data[256];
    memset(data, 'x', 255);
    data[255] = 0;
    int n = 0;
    for (; n < 1000 && sw == SW_OK; n++) ck_assert_int_eq(TAKE(0x10, 0x87, data), CHAIN_ANSWER);
    ck_assert_uint_eq(sw, SW_LENGTH);
    ck_assert_int_eq(n, APDU_MAX_CHAIN / 255 + 1);
    ck_assert_int_eq(TAKE(0x00, 0x87, "e"), CHAIN_WHOLE);
    ck_assert(bytes_eq_str(a.data, "e"));
    chain_free(&c);
}
END_TEST

/* ---- answers in pieces ---- */

static void response_is(struct buf *response, size_t len, uint16_t sw)
{
    ck_assert(buf_ok(response));
    ck_assert_uint_eq(response->len, len + 2);
    ck_assert_uint_eq((unsigned)response->p[len] << 8 | response->p[len + 1], sw);
    buf_free(response);
}

START_TEST(pieces)
{
    static const uint8_t answer[600];
    struct chain c = chain_new();
    struct apdu a;
    uint16_t sw = 0;
    own(buf) response = buf_max(258);
    chain_out(&c, bytes_of(answer, 600), SW_OK, 256, &response);
    response_is(&response, 256, SW_MORE);
    ck_assert_int_eq(TAKE(0x00, INS_GET_RESPONSE, ""), CHAIN_REST);
    chain_rest(&c, 256, &response);
    response_is(&response, 256, SW_MORE + 88);
    chain_rest(&c, 80, &response);
    response_is(&response, 80, SW_MORE + 8);
    chain_rest(&c, 256, &response);
    response_is(&response, 8, SW_OK);
    chain_rest(&c, 256, &response);
    response_is(&response, 0, SW_CONDITIONS);
    chain_out(&c, bytes_of(answer, 5), SW_OK, 256, &response);
    response_is(&response, 5, SW_OK);
    chain_out(&c, bytes_of(answer, 5), SW_OK, 0, &response); /* case 3: nothing was asked for */
    response_is(&response, 0, SW_MORE + 5);
    ck_assert_int_eq(TAKE(0x00, INS_SELECT, ""), CHAIN_WHOLE); /* what was not fetched is gone */
    chain_rest(&c, 256, &response);
    response_is(&response, 0, SW_CONDITIONS);
    chain_free(&c);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("apdu");
    TCase *t = tcase_create("apdu");
    tcase_add_loop_test(t, form, 0, ROWS(forms));
    tcase_add_test(t, joined);
    tcase_add_test(t, broken);
    tcase_add_test(t, endless);
    tcase_add_test(t, pieces);
    suite_add_tcase(s, t);
    return suite_run(s);
}
