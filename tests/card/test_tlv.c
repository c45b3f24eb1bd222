/* SPDX-License-Identifier: MIT */
#include "fixtures/card/tlv.h"

#include "tests/support/suite.h"

/* ISO 7816-4 5.2.2 */
static const struct {
    const char *octets;
    size_t len;
    bool good;
    uint32_t tag;
    size_t value_len;
} forms[] = {
    {"\x53\x01\x00", 3, true, 0x53, 1},
    {"\x53\x00", 2, true, 0x53, 0},
    {"\x5f\x2f\x02\x40\x00", 5, true, 0x5f2f, 2},
    {"\x5f\xc1\x05\x00", 4, true, 0x5fc105, 0},
    {"\x70\x81\x01\x00", 4, true, 0x70, 1},
    {"\x70\x82\x00\x01\x00", 5, true, 0x70, 1},
    {"", 0, false, 0, 0},
    {"\x53", 1, false, 0, 0},                     /* no length */
    {"\x53\x02\x00", 3, false, 0, 0},             /* value too short */
    {"\x5f", 1, false, 0, 0},                     /* half a tag */
    {"\x5f\xc1\x85\x01\x00", 5, false, 0, 0},     /* a tag of four octets */
    {"\x30\x80\x00\x00", 4, false, 0, 0},         /* indefinite */
    {"\x30\x81", 2, false, 0, 0},                 /* length cut */
    {"\x30\x82\xff", 3, false, 0, 0},             /* length cut */
    {"\x30\x82\xff\xff\x00", 5, false, 0, 0},     /* longer than all there is */
    {"\x30\x83\x00\x00\x01\x00", 6, false, 0, 0}, /* longer than cards speak */
};

START_TEST(form)
{
    struct bytes all = bytes_of(forms[_i].octets, forms[_i].len), rest = all;
    struct tlv t = {0};
    ck_assert_int_eq(tlv_get(&rest, &t), forms[_i].good);
    if (forms[_i].good) {
        ck_assert_uint_eq(t.tag, forms[_i].tag);
        ck_assert_uint_eq(t.value.len, forms[_i].value_len);
        ck_assert_uint_eq(rest.len, 0);
    } else {
        ck_assert(rest.p == all.p && rest.len == all.len);
    }
}
END_TEST

static const size_t lengths[] = {0, 1, 127, 128, 255, 256, 65535};

START_TEST(round_trip)
{
    static const uint8_t value[65536];
    own(buf) out = buf_max(70000);
    tlv_put(&out, 0x5fc105, bytes_of(value, lengths[_i]));
    tlv_put(&out, 0x7c, bytes_of(value, 3));
    struct bytes rest = buf_bytes(&out);
    struct tlv t;
    ck_assert(tlv_get(&rest, &t) && t.tag == 0x5fc105 && t.value.len == lengths[_i]);
    ck_assert(tlv_get(&rest, &t) && t.tag == 0x7c && t.value.len == 3 && rest.len == 0);
    tlv_put(&out, 0x53, bytes_of(value, sizeof value));
    ck_assert(!buf_ok(&out));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tlv");
    TCase *t = tcase_create("tlv");
    tcase_add_loop_test(t, form, 0, ROWS(forms));
    tcase_add_loop_test(t, round_trip, 0, ROWS(lengths));
    suite_add_tcase(s, t);
    return suite_run(s);
}
