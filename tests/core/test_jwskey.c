/* SPDX-License-Identifier: MIT */
/* Keys as OpenSSL's command writes them; signatures that only look alike. */
#include "core/jwskey.h"

#include <check.h>

#include "core/file.h"

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static const struct {
    const char *name, *options;
    bool taken; /* RFC 7518 3.3: RSA of 2048 bits or more; 3.4: ES256 is P-256; RFC 8037 3.1 */
    enum jws_alg alg;
    size_t signature; /* octets */
} keys[] = {
    {"rsa", "rsa -pkeyopt rsa_keygen_bits:2048", true, JWS_RS256, 256},
    {"p256", "ec -pkeyopt ec_paramgen_curve:P-256", true, JWS_ES256, 64},
    {"ed25519", "ed25519", true, JWS_EDDSA, 64},
    {"rsa1024", "rsa -pkeyopt rsa_keygen_bits:1024", false, 0, 0},
    {"pss", "rsa-pss -pkeyopt rsa_keygen_bits:2048", false, 0, 0},
    {"p384", "ec -pkeyopt ec_paramgen_curve:P-384", false, 0, 0},
    {"k1", "ec -pkeyopt ec_paramgen_curve:secp256k1", false, 0, 0},
    {"ed448", "ed448", false, 0, 0},
    {"x25519", "x25519", false, 0, 0},
};

static void make_keys(void)
{
    for (int i = 0; i < ROWS(keys); i++) {
        const char *path = scratch_path(keys[i].name);
        scratch_run("openssl genpkey -algorithm %s -out %s.key 2>&1", keys[i].options, path);
        scratch_run("openssl pkey -in %s.key -pubout -out %s.pub 2>&1", path, path);
    }
}

static void read_pem(struct buf *out, const char *name, const char *suffix)
{
    own(buf) path = buf_max(512);
    buf_fmt(&path, "%s%s", scratch_path(name), suffix);
    ck_assert_int_eq(file_read(buf_cstr(&path), out), OK);
}

START_TEST(kinds)
{
    own(buf) pub = buf_max(JWSKEY_MAX_PEM), key = buf_max(JWSKEY_MAX_PEM);
    own_ptr(jwskey) k = NULL;
    own_ptr(jwskey) secret = NULL;
    read_pem(&pub, keys[_i].name, ".pub");
    read_pem(&key, keys[_i].name, ".key");
    ck_assert_int_eq(jwskey_of_pem(buf_bytes(&pub), &k), keys[_i].taken ? OK : ERR_SETTING_INVALID);
    ck_assert_int_eq(jwskey_private(buf_bytes(&key), &secret),
                     keys[_i].taken ? OK : ERR_SETTING_INVALID);
    if (keys[_i].taken) ck_assert_int_eq(jwskey_alg(k), keys[_i].alg);
    struct jwskey *none = NULL;
    ck_assert_int_eq(jwskey_of_pem(buf_bytes(&key), &none), ERR_SETTING_INVALID);
    buf_cut(&key, 0);
    buf_add(&key, buf_bytes(&pub));
    buf_add(&key, buf_bytes(&pub));
    ck_assert_int_eq(jwskey_of_pem(buf_bytes(&key), &none), ERR_SETTING_INVALID);
}
END_TEST

START_TEST(signing)
{
    own(buf) pub = buf_max(JWSKEY_MAX_PEM), key = buf_max(JWSKEY_MAX_PEM);
    own(buf) sig = buf_max(JWSKEY_SIGNATURE + 1);
    own_ptr(jwskey) k = NULL;
    own_ptr(jwskey) secret = NULL;
    const struct bytes input = bytes_str("a.b");
    read_pem(&pub, keys[_i].name, ".pub");
    read_pem(&key, keys[_i].name, ".key");
    ck_assert_int_eq(jwskey_of_pem(buf_bytes(&pub), &k), OK);
    ck_assert_int_eq(jwskey_private(buf_bytes(&key), &secret), OK);
    ck_assert_int_eq(jwskey_sign(secret, input, &sig), OK);
    ck_assert_uint_eq(sig.len, keys[_i].signature);
    ck_assert(jwskey_check(k, input, buf_bytes(&sig)));
    ck_assert(!jwskey_check(k, bytes_str("a.c"), buf_bytes(&sig)));
    ck_assert(!jwskey_check(k, input, bytes_sub(buf_bytes(&sig), 0, sig.len - 1)));
    buf_byte(&sig, 0);
    ck_assert(!jwskey_check(k, input, buf_bytes(&sig)));
    buf_cut(&sig, sig.len - 1);
    for (size_t i = 0; i < sig.len; i += 7) {
        sig.p[i] ^= 0x40;
        ck_assert(!jwskey_check(k, input, buf_bytes(&sig)));
        sig.p[i] ^= 0x40;
    }
    memset(sig.p, 0, sig.len); /* r = s = 0 */
    ck_assert(!jwskey_check(k, input, buf_bytes(&sig)));
    ck_assert_int_eq(jwskey_sign(k, input, &sig), ERR_INTERNAL); /* the public half alone */
}
END_TEST

/* RFC 7518 3.4; the public half is what openssl makes of the private one. */
START_TEST(making)
{
    own(buf) pem = buf_max(JWSKEY_MAX_PEM), der = buf_max(1024), wanted = buf_max(1024);
    own_ptr(jwskey) k = NULL;
    ck_assert_int_eq(jwskey_make(&pem), OK);
    ck_assert_int_eq(jwskey_private(buf_bytes(&pem), &k), OK);
    ck_assert_int_eq(jwskey_alg(k), JWS_ES256);
    ck_assert_int_eq(jwskey_public(k, &der), OK);
    ck_assert_int_eq(file_write_private(scratch_path("made.key"), buf_bytes(&pem)), OK);
    const char *path = scratch_path("made");
    scratch_run("openssl pkey -in %s.key -pubout -outform DER -out %s.der", path, path);
    ck_assert_int_eq(file_read(scratch_path("made.der"), &wanted), OK);
    ck_assert(bytes_eq(buf_bytes(&der), buf_bytes(&wanted)));
    struct buf none = buf_max(16);
    ck_assert_int_eq(jwskey_public(k, &none), ERR_STORAGE_FULL);
    ck_assert_int_eq(jwskey_make(&none), ERR_STORAGE_FULL);
}
END_TEST

int main(void)
{
    (void)scratch_new();
    make_keys();
    Suite *s = suite_create("jwskey");
    TCase *t = tcase_create("jwskey");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, kinds, 0, ROWS(keys));
    tcase_add_loop_test(t, signing, 0, 3);
    tcase_add_test(t, making);
    suite_add_tcase(s, t);
    return suite_run(s);
}
