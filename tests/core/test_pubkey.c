/* SPDX-License-Identifier: MIT */
/*
 * Oracles: wycheproof's vectors (read in place) and OpenSSL's own signing.
 */
#include "core/pubkey.h"

#include <check.h>
#include <json-c/json.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdio.h>

#include "core/file.h"

#include "tests/support/suite.h"

#define FOLDER "../shared/data/wycheproof/"

static const struct {
    const char *file;
    enum sig_alg alg;
} sets[] = {
    {"ecdsa_secp256r1_sha256_p1363_test.json", SIG_ECDSA_SHA256},
    {"ecdsa_secp384r1_sha384_p1363_test.json", SIG_ECDSA_SHA384},
    {"ecdsa_secp521r1_sha512_p1363_test.json", SIG_ECDSA_SHA512},
    {"rsa_signature_2048_sha256_test.json", SIG_RSA_SHA256},
    {"rsa_signature_3072_sha384_test.json", SIG_RSA_SHA384},
    {"rsa_pss_2048_sha256_mgf1_32_test.json", SIG_PSS_SHA256},
};
#define N_SETS (int)(sizeof sets / sizeof *sets)

static const char *member(struct json_object *o, const char *key)
{
    struct json_object *v = NULL;
    return json_object_object_get_ex(o, key, &v) ? json_object_get_string(v) : NULL;
}

static void unhex(struct buf *out, const char *hex)
{
    for (; hex && hex[0] && hex[1]; hex += 2) {
        char pair[3] = {hex[0], hex[1], 0};
        buf_byte(out, (uint8_t)strtoul(pair, NULL, 16));
    }
}

static void run_group(struct json_object *group, enum sig_alg alg, unsigned *run)
{
    own(buf) spki = buf_max(4096);
    struct json_object *tests = NULL;
    const char *hex = member(group, "publicKeyDer");
    unhex(&spki, hex ? hex : member(group, "keyDer"));
    own_ptr(pubkey) key = pubkey_of_spki(buf_bytes(&spki));
    ck_assert_ptr_nonnull(key);
    ck_assert(json_object_object_get_ex(group, "tests", &tests));
    for (size_t i = 0; i < json_object_array_length(tests); i++) {
        struct json_object *t = json_object_array_get_idx(tests, i);
        own(buf) msg = buf_max(1 << 20), sig = buf_max(1 << 16);
        struct digest d;
        unhex(&msg, member(t, "msg"));
        unhex(&sig, member(t, "sig"));
        ck_assert(digest_of(sig_alg_digest(alg), buf_bytes(&msg), &d));
        bool good = pubkey_check(key, alg, &d, buf_bytes(&sig));
        const char *result = member(t, "result");
        if (strcmp(result, "acceptable") == 0) continue; /* either answer is right */
        ck_assert_msg(good == (strcmp(result, "valid") == 0), "tcId %s %s", member(t, "tcId"),
                      result);
        ++*run;
    }
}

START_TEST(wycheproof)
{
    own(buf) path = buf_max(256), text = buf_max(4 << 20);
    buf_fmt(&path, FOLDER "%s", sets[_i].file);
    if (file_read(buf_cstr(&path), &text)) {
        printf("# %s is absent: skipped\n", sets[_i].file);
        return;
    }
    struct json_object *o = json_tokener_parse(buf_cstr(&text)), *groups = NULL;
    ck_assert(json_object_object_get_ex(o, "testGroups", &groups));
    unsigned run = 0;
    for (size_t i = 0; i < json_object_array_length(groups); i++)
        run_group(json_object_array_get_idx(groups, i), sets[_i].alg, &run);
    printf("# wycheproof %s: %u cases\n", sets[_i].file, run);
    ck_assert_uint_gt(run, 50);
    json_object_put(o);
}
END_TEST

static struct pubkey *key_of(EVP_PKEY *pkey, struct buf *spki)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(pkey, &der);
    ck_assert_int_gt(n, 0);
    buf_add(spki, bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    return pubkey_of_spki(buf_bytes(spki));
}

START_TEST(rsa_made_by_openssl)
{
    EVP_PKEY *pkey = EVP_RSA_gen(2048);
    own(buf) spki = buf_max(4096);
    own_ptr(pubkey) key = key_of(pkey, &spki);
    struct digest d;
    uint8_t sig[256];
    size_t n = sizeof sig;
    ck_assert_ptr_nonnull(key);
    ck_assert_int_eq(pubkey_type(key), KEY_RSA);
    ck_assert(digest_of(DIGEST_SHA512, bytes_str("form"), &d));
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
    ck_assert(EVP_PKEY_sign_init(ctx) == 1 &&
              EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha512()) == 1 &&
              EVP_PKEY_sign(ctx, sig, &n, d.v, d.len) == 1);
    ck_assert(pubkey_check(key, SIG_RSA_SHA512, &d, bytes_of(sig, n)));
    ck_assert(!pubkey_check(key, SIG_PSS_SHA512, &d, bytes_of(sig, n)));
    ck_assert(!pubkey_check(key, SIG_RSA_SHA256, &d, bytes_of(sig, n)));   /* another digest */
    ck_assert(!pubkey_check(key, SIG_ECDSA_SHA512, &d, bytes_of(sig, n))); /* another family */
    ck_assert(!pubkey_check(key, SIG_RSA_SHA512, &d, bytes_of(sig, n - 1)));
    ck_assert(!pubkey_check(key, SIG_RSA_SHA512, &d, bytes_of(NULL, 0)));
    sig[9] ^= 1;
    ck_assert(!pubkey_check(key, SIG_RSA_SHA512, &d, bytes_of(sig, n)));
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(pkey);
}
END_TEST

/* SEC 1 2.3.4: a point must lie on its curve; and every cut of the encoding is refused. */
START_TEST(bad_keys_are_refused)
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    own(buf) spki = buf_max(4096);
    own_ptr(pubkey) key = key_of(pkey, &spki);
    ck_assert_ptr_nonnull(key);
    ck_assert_int_eq(pubkey_type(key), KEY_P256);
    for (size_t n = 0; n < spki.len; n++)
        ck_assert_ptr_null(pubkey_of_spki(bytes_sub(buf_bytes(&spki), 0, n)));
    spki.p[spki.len - 1] ^= 1;
    ck_assert_ptr_null(pubkey_of_spki(buf_bytes(&spki)));
    EVP_PKEY_free(pkey);
    EVP_PKEY *weak = EVP_RSA_gen(512);
    own(buf) weak_spki = buf_max(4096);
    if (weak) ck_assert_ptr_null(key_of(weak, &weak_spki));
    EVP_PKEY_free(weak);
}
END_TEST

START_TEST(algorithms_by_key)
{
    static const struct {
        enum key_type key;
        enum sig_alg alg;
    } rows[] = {{KEY_RSA, SIG_RSA_SHA256},
                {KEY_P256, SIG_ECDSA_SHA256},
                {KEY_P384, SIG_ECDSA_SHA384},
                {KEY_P521, SIG_ECDSA_SHA512}};
    enum sig_alg a;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert(sig_alg_for_key(rows[i].key, &a));
        ck_assert_int_eq(a, rows[i].alg);
        ck_assert(sig_alg_fits(a, rows[i].key));
    }
    ck_assert(!sig_alg_for_key(KEY_UNKNOWN, &a) && !sig_alg_fits(SIG_RSA_SHA256, KEY_UNKNOWN));
    ck_assert(!sig_alg_fits(SIG_RSA_SHA256, KEY_P256) && !sig_alg_fits(SIG_ECDSA_SHA256, KEY_RSA));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("pubkey");
    TCase *t = tcase_create("pubkey");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, wycheproof, 0, N_SETS);
    tcase_add_test(t, rsa_made_by_openssl);
    tcase_add_test(t, bad_keys_are_refused);
    tcase_add_test(t, algorithms_by_key);
    suite_add_tcase(s, t);
    return suite_run(s);
}
