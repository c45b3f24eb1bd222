/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "core/base64.h"

#include "tests/support/suite.h"

/* RFC 4648 section 10 */
static const struct {
    const char *octets, *text;
} vectors[] = {{"", ""},
               {"f", "Zg=="},
               {"fo", "Zm8="},
               {"foo", "Zm9v"},
               {"foob", "Zm9vYg=="},
               {"fooba", "Zm9vYmE="},
               {"foobar", "Zm9vYmFy"}};

START_TEST(known_vectors)
{
    own(buf) text = buf_max(64), octets = buf_max(64);
    base64_encode(&text, bytes_str(vectors[_i].octets), 0);
    ck_assert(bytes_eq_str(buf_bytes(&text), vectors[_i].text));
    ck_assert(base64_decode(&octets, buf_bytes(&text)));
    ck_assert(bytes_eq_str(buf_bytes(&octets), vectors[_i].octets));
}
END_TEST

static const struct {
    const char *text;
    bool strict, xml;
} refusals[] = {
    {"Zh==", false, false},  /* RFC 4648 3.5: bits under the padding */
    {"Zm9=", false, false},  /* the same for two octets */
    {"Zg", false, false},    /* 3.2: padding missing */
    {"Zg=", false, false},   /* half of it */
    {"Zg===", false, false}, /* too much */
    {"Z===", false, false},  /* six bits are no octet */
    {"====", false, false},
    {"=", false, false},
    {"Zg==Zg==", false, false}, /* data after the end */
    {"Zm9v====", false, false},
    {"Z=g=", false, false},
    {"Zm-_", false, false}, /* section 5's alphabet */
    {"Zm9\xc3", false, false},
    {"Zm9v\n", false, true}, /* XML Schema part 2, 3.2.16: white space */
    {" Z m\t9\r\nv ", false, true},
    {"Zg=\n=", false, true},
    {"Zg==  ", false, true},
    {"Zm9v\v", false, false}, /* not XML white space */
    {"Zm9v Z", false, false},
    {"  ", false, true},
};

START_TEST(one_encoding_for_each_input)
{
    own(buf) octets = buf_max(64), xml = buf_max(64);
    buf_str(&octets, "kept");
    ck_assert(base64_decode(&octets, bytes_str(refusals[_i].text)) == refusals[_i].strict);
    ck_assert(bytes_eq_str(buf_bytes(&octets), "kept"));
    ck_assert(base64_decode_xml(&xml, bytes_str(refusals[_i].text)) == refusals[_i].xml);
    ck_assert(refusals[_i].xml || xml.len == 0);
}
END_TEST

START_TEST(lines_of_76)
{
    static const size_t lengths[] = {56, 57, 58, 114, 115, 1000};
    own(buf) data = buf_max(4096);
    for (size_t i = 0; i < 1000; i++) buf_byte(&data, (uint8_t)(i * 7));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        own(buf) text = buf_max(4096), back = buf_max(lengths[i]);
        struct bytes in = bytes_of(data.p, lengths[i]);
        base64_encode(&text, in, 76);
        for (size_t k = 0; k < text.len; k++) ck_assert((text.p[k] == '\n') == (k % 77 == 76));
        ck_assert(text.p[text.len - 1] != '\n');
        ck_assert(base64_decode_xml(&back, buf_bytes(&text)));
        ck_assert(bytes_eq(buf_bytes(&back), in));
    }
}
END_TEST

START_TEST(room_is_exact)
{
    own(buf) exact = buf_max(4), short_by_one = buf_max(3), octets = buf_max(2), few = buf_max(1);
    base64_encode(&exact, bytes_str("fo"), 0);
    ck_assert(buf_ok(&exact));
    base64_encode(&short_by_one, bytes_str("fo"), 0);
    ck_assert(!buf_ok(&short_by_one));
    ck_assert(base64_decode(&octets, bytes_str("Zm8=")) && octets.len == 2);
    ck_assert(!base64_decode(&few, bytes_str("Zm8=")) && few.len == 0);
}
END_TEST

/* Each octet at each place: in the alphabet it has its value, else it is refused. */
START_TEST(every_character)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned c = 0; c < 256; c++) {
        const char *known = c ? strchr(alphabet, (int)c) : NULL;
        for (unsigned place = 0; place < 4; place++) {
            uint8_t text[4] = {'A', 'A', 'A', 'A'};
            text[place] = (uint8_t)c;
            own(buf) out = buf_max(3);
            bool ok = base64_decode(&out, bytes_of(text, 4));
            bool padding = c == '=' && place == 3;
            ck_assert_msg(ok == (known || padding), "%u at %u", c, place);
            if (!known) continue;
            uint32_t v = (uint32_t)out.p[0] << 16 | (uint32_t)out.p[1] << 8 | out.p[2];
            ck_assert_uint_eq(v, (uint32_t)(known - alphabet) << (18 - 6 * place));
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("base64");
    TCase *t = tcase_create("base64");
    tcase_add_loop_test(t, known_vectors, 0, ROWS(vectors));
    tcase_add_loop_test(t, one_encoding_for_each_input, 0, ROWS(refusals));
    tcase_add_test(t, lines_of_76);
    tcase_add_test(t, room_is_exact);
    tcase_add_test(t, every_character);
    suite_add_tcase(s, t);
    return suite_run(s);
}
