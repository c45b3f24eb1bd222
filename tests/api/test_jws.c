/* SPDX-License-Identifier: MIT */
/* The compact serialisation, taken apart and put together wrong in each place (RFC 7515, 7518,
 * 8725). */
#include "api/jws.h"

#include <check.h>

#include "core/base64url.h"

#include "tests/support/suite.h"

#define PAYLOAD "{\"a\":1}"

static struct jwskey *key, *other;

static struct jwskey *made(void)
{
    own(buf) pem = buf_max(1024);
    struct jwskey *k = NULL;
    ck_assert_int_eq(jwskey_make(&pem), OK);
    ck_assert_int_eq(jwskey_private(buf_bytes(&pem), &k), OK);
    return k;
}

static void set_up(void)
{
    key = made();
    other = made();
}

static void tear_down(void)
{
    jwskey_free(key);
    jwskey_free(other);
}

/* header and payload as they are, signed by `by`. */
static void put_together(struct buf *out, const char *header, const char *payload,
                         const struct jwskey *by)
{
    own(buf) signature = buf_max(JWSKEY_SIGNATURE);
    base64url_encode(out, bytes_str(header));
    buf_byte(out, '.');
    base64url_encode(out, bytes_str(payload));
    ck_assert_int_eq(jwskey_sign(by, buf_bytes(out), &signature), OK);
    buf_byte(out, '.');
    base64url_encode(out, buf_bytes(&signature));
}

static err_t verify(struct bytes text, struct buf *payload, enum jws_flaw *flaw)
{
    struct jwskey *const keys[] = {other, key};
    return jws_verify(text, keys, 2, payload, flaw);
}

/* ---- what is signed is taken, and nothing else ---- */

START_TEST(round_trip)
{
    own(buf) text = buf_max(1024), payload = buf_max(1024);
    enum jws_flaw flaw = JWS_FLAW_COUNT;
    ck_assert_int_eq(jws_sign(key, bytes_str(PAYLOAD), &text), OK);
    ck_assert_int_eq(verify(buf_bytes(&text), &payload, &flaw), OK);
    ck_assert_str_eq(buf_cstr(&payload), PAYLOAD);
    struct jwskey *const wrong[] = {other};
    ck_assert_int_eq(jws_verify(buf_bytes(&text), wrong, 1, &payload, &flaw), ERR_ORDER_INVALID);
    ck_assert_int_eq(flaw, JWS_SIGNATURE);
    ck_assert_int_eq(jws_verify(buf_bytes(&text), wrong, 0, &payload, &flaw), ERR_ORDER_INVALID);
    ck_assert_uint_eq(payload.len, strlen(PAYLOAD)); /* nothing was appended */
}
END_TEST

/* Every octet of it counts (RFC 7515 5.2): header, payload, signature and the dots. */
START_TEST(every_octet)
{
    own(buf) text = buf_max(1024);
    ck_assert_int_eq(jws_sign(key, bytes_str(PAYLOAD), &text), OK);
    for (size_t i = 0; i < text.len; i++) {
        own(buf) payload = buf_max(1024);
        enum jws_flaw flaw = JWS_SOUND;
        const uint8_t was = text.p[i];
        text.p[i] = was == 'A' ? 'B' : 'A';
        ck_assert_int_eq(verify(buf_bytes(&text), &payload, &flaw), ERR_ORDER_INVALID);
        ck_assert_int_ne(flaw, JWS_SOUND);
        ck_assert_uint_eq(payload.len, 0);
        text.p[i] = was;
    }
}
END_TEST

/* ---- headers: signed well, and not ours ---- */

static const struct {
    const char *header;
    enum jws_flaw flaw;
} headers[] = {
    {"{\"alg\":\"ES256\"}", JWS_SOUND},
    {"{\"alg\":\"ES256\",\"typ\":\"onayd-order\"}", JWS_SOUND}, /* RFC 8725 3.11 */
    {"{\"alg\":\"ES256\",\"typ\":\"JWT\"}", JWS_SOUND},
    {" { \"alg\" : \"ES256\" } ", JWS_SOUND},
    {"{\"alg\":\"none\"}", JWS_HEADER},  /* RFC 8725 2.1 */
    {"{\"alg\":\"HS256\"}", JWS_HEADER}, /* RFC 8725 2.1: a public key as the secret */
    {"{\"alg\":\"ES384\"}", JWS_HEADER},
    {"{\"alg\":\"es256\"}", JWS_HEADER},    /* RFC 7515 4.1.1: case-sensitive */
    {"{\"alg\":\"RS256\"}", JWS_SIGNATURE}, /* known, but no key of ours has it */
    {"{\"alg\":\"EdDSA\"}", JWS_SIGNATURE},
    {"{}", JWS_HEADER},
    {"{\"alg\":1}", JWS_HEADER},
    {"{\"alg\":[\"ES256\"]}", JWS_HEADER},
    {"{\"alg\":\"ES256\",\"alg\":\"none\"}", JWS_HEADER}, /* RFC 7515 4: unique names */
    {"{\"alg\":\"ES256\",\"typ\":\"other\"}", JWS_HEADER},
    {"{\"alg\":\"ES256\",\"typ\":1}", JWS_HEADER},
    {"{\"alg\":\"ES256\",\"kid\":\"1\"}", JWS_HEADER},
    {"{\"alg\":\"ES256\",\"jwk\":{}}", JWS_HEADER}, /* RFC 8725 2.7: keys that it brings along */
    {"{\"alg\":\"ES256\",\"x5u\":\"https://evil.example\"}", JWS_HEADER},
    {"{\"alg\":\"ES256\",\"crit\":[\"b64\"],\"b64\":false}", JWS_HEADER}, /* RFC 7797 */
    {"{\"alg\":\"ES256\",\"zip\":\"DEF\"}", JWS_HEADER},
    {"[\"ES256\"]", JWS_HEADER},
    {"\"ES256\"", JWS_HEADER},
    {"ES256", JWS_HEADER},
    {"{\"alg\":\"ES256\"}x", JWS_HEADER},
    {"{\"alg\":\"ES256\",\"typ\":null}", JWS_HEADER},
};

START_TEST(header)
{
    own(buf) text = buf_max(2048), payload = buf_max(1024);
    enum jws_flaw flaw = JWS_FLAW_COUNT;
    put_together(&text, headers[_i].header, PAYLOAD, key);
    ck_assert_int_eq(verify(buf_bytes(&text), &payload, &flaw),
                     headers[_i].flaw ? ERR_ORDER_INVALID : OK);
    ck_assert_int_eq(flaw, headers[_i].flaw);
    ck_assert_uint_eq(payload.len, headers[_i].flaw ? 0 : strlen(PAYLOAD));
}
END_TEST

START_TEST(long_header)
{
    own(buf) head = buf_max(1024), text = buf_max(4096), payload = buf_max(1024);
    enum jws_flaw flaw = JWS_SOUND;
    buf_str(&head, "{\"alg\":\"ES256\"");
    while (head.len < JWS_MAX_HEADER) buf_byte(&head, ' ');
    buf_byte(&head, '}');
    put_together(&text, buf_cstr(&head), PAYLOAD, key);
    ck_assert_int_eq(verify(buf_bytes(&text), &payload, &flaw), ERR_ORDER_INVALID);
    ck_assert_int_eq(flaw, JWS_NOT_COMPACT);
}
END_TEST

/* ---- not three parts of base64url (RFC 7515 2, 7.1) ---- */

static const struct {
    const char *before, *after; /* put around, or in the place of, a good one */
    bool alone;
} shapes[] = {
    {"", "", true},    {".", "", true},      {"..", "", true},
    {"a.b", "", true}, {"...", "", true},    {"", ".", false},
    {".", "", false},  {"", ".AAAA", false},                   /* five parts would be a JWE */
    {" ", "", false},  {"", "\n", false},    {"", "=", false}, /* no padding */
    {"", "==", false}, {"", "+", false},     {"", "/", false},
    {"", "A", false},
};

START_TEST(shape)
{
    own(buf) good = buf_max(1024), text = buf_max(4096), payload = buf_max(1024);
    enum jws_flaw flaw = JWS_SOUND;
    ck_assert_int_eq(jws_sign(key, bytes_str(PAYLOAD), &good), OK);
    buf_str(&text, shapes[_i].before);
    if (!shapes[_i].alone) buf_add(&text, buf_bytes(&good));
    buf_str(&text, shapes[_i].after);
    ck_assert_int_eq(verify(buf_bytes(&text), &payload, &flaw), ERR_ORDER_INVALID);
    ck_assert_int_ne(flaw, JWS_SOUND);
    ck_assert_uint_eq(payload.len, 0);
}
END_TEST

/* RFC 7518 3.4: R and S of 32 octets each, never DER, never shorter. */
START_TEST(short_signature)
{
    own(buf) text = buf_max(1024), payload = buf_max(1024);
    enum jws_flaw flaw = JWS_SOUND;
    ck_assert_int_eq(jws_sign(key, bytes_str(PAYLOAD), &text), OK);
    for (size_t cut = 1; cut < 80; cut++)
        ck_assert_int_eq(verify(bytes_sub(buf_bytes(&text), 0, text.len - cut), &payload, &flaw),
                         ERR_ORDER_INVALID);
    ck_assert_uint_eq(payload.len, 0);
}
END_TEST

START_TEST(too_long)
{
    own(buf) large = buf_max(JWS_MAX), text = buf_max(4 * JWS_MAX), payload = buf_max(JWS_MAX);
    enum jws_flaw flaw = JWS_SOUND;
    while (large.len < JWS_MAX) buf_byte(&large, 'x');
    ck_assert_int_eq(jws_sign(key, buf_bytes(&large), &text), OK);
    ck_assert_int_eq(verify(buf_bytes(&text), &payload, &flaw), ERR_ORDER_INVALID);
    ck_assert_int_eq(flaw, JWS_NOT_COMPACT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("jws");
    TCase *t = tcase_create("jws");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, round_trip);
    tcase_add_test(t, every_octet);
    tcase_add_loop_test(t, header, 0, ROWS(headers));
    tcase_add_test(t, long_header);
    tcase_add_loop_test(t, shape, 0, ROWS(shapes));
    tcase_add_test(t, short_signature);
    tcase_add_test(t, too_long);
    suite_add_tcase(s, t);
    return suite_run(s);
}
