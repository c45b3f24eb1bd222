/* SPDX-License-Identifier: MIT */
/* The RFCs' own examples, signatures that OpenSSL makes and judges, and texts that are no JWS. */
#include "api/jws.h"

#include <check.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "core/base64url.h"
#include "tests/support/suite.h"

/* ---- what the RFCs sign ---- */

static const struct {
    const char *clause, *key, *text, *payload;
} vectors[] = {
    {"RFC 7515 A.2",
     "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
     "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
     "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
     "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
     "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
     "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
     "oQIDAQAB\n",
     "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
     "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XO"
     "iZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
     "nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwus"
     "C-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVm"
     "tVrBp0igcN_IoypGlUPQGe77Rw",
     "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"},
    {"RFC 7515 A.3",
     "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
     "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n",
     "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
     "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5dj"
     "xLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
     "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"},
    {"RFC 8037 A.4", "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n",
     "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-0"
     "9PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
     "Example of Ed25519 signing"},
};

START_TEST(vector)
{
    char pem[1024];
    own_ptr(jwskey) k = NULL;
    own(buf) payload = buf_max(256);
    enum jws_flaw flaw;
    (void)snprintf(pem, sizeof pem, "-----BEGIN PUBLIC KEY-----\n%s-----END PUBLIC KEY-----\n",
                   vectors[_i].key);
    ck_assert_int_eq(jwskey_of_pem(bytes_str(pem), &k), OK);
    ck_assert_msg(jws_verify(bytes_str(vectors[_i].text), &k, 1, &payload, &flaw) == OK, "%s",
                  vectors[_i].clause);
    ck_assert_int_eq(flaw, JWS_SOUND);
    ck_assert_str_eq(buf_cstr(&payload), vectors[_i].payload);
}
END_TEST

/* ---- keys of OpenSSL's making ---- */

static struct pair {
    EVP_PKEY *openssl;
    struct jwskey *public, *private;
} pairs[JWS_ALG_COUNT];

static struct bytes text_of(BIO *b)
{
    char *p;
    long n = BIO_get_mem_data(b, &p);
    return bytes_of(p, (size_t)n);
}

static void make_pair(enum jws_alg alg, EVP_PKEY *key)
{
    BIO *public = BIO_new(BIO_s_mem()), *private = BIO_new(BIO_s_mem());
    if (!PEM_write_bio_PUBKEY(public, key) ||
        !PEM_write_bio_PrivateKey(private, key, NULL, NULL, 0, NULL, NULL) ||
        jwskey_of_pem(text_of(public), &pairs[alg].public) ||
        jwskey_private(text_of(private), &pairs[alg].private))
        exit(99);
    pairs[alg].openssl = key;
    BIO_free(public);
    BIO_free(private);
}

static void make_pairs(void)
{
    make_pair(JWS_RS256, EVP_RSA_gen(2048));
    make_pair(JWS_ES256, EVP_EC_gen("P-256"));
    make_pair(JWS_EDDSA, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

/* RFC 8037 3.1: the message itself, no digest of it. */
static const EVP_MD *md_of(enum jws_alg alg)
{
    return alg == JWS_EDDSA ? NULL : EVP_sha256();
}

/* RFC 7518 3.4: R and S as octets of a fixed width; OpenSSL has them in DER. */
static size_t fixed_width(uint8_t *signature, size_t n)
{
    const uint8_t *p = signature;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)n);
    ck_assert(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), signature, 32) == 32 &&
              BN_bn2binpad(ECDSA_SIG_get0_s(sig), signature + 32, 32) == 32);
    ECDSA_SIG_free(sig);
    return 64;
}

static void add_signature(struct buf *text, enum jws_alg alg, bool der)
{
    uint8_t signature[512];
    size_t n = sizeof signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    ck_assert(EVP_DigestSignInit(ctx, NULL, md_of(alg), NULL, pairs[alg].openssl) == 1 &&
              EVP_DigestSign(ctx, signature, &n, text->p, text->len) == 1);
    EVP_MD_CTX_free(ctx);
    if (alg == JWS_ES256 && !der) n = fixed_width(signature, n);
    buf_byte(text, '.');
    base64url_encode(text, bytes_of(signature, n));
}

/* Any header and payload under a good signature: what is refused is refused for them. */
static void sign(struct buf *text, enum jws_alg alg, const char *header, const char *payload)
{
    base64url_encode(text, bytes_str(header));
    buf_byte(text, '.');
    base64url_encode(text, bytes_str(payload));
    add_signature(text, alg, false);
}

static enum jws_flaw flaw_of(struct bytes text)
{
    struct jwskey *const keys[] = {pairs[0].public, pairs[1].public, pairs[2].public};
    own(buf) payload = buf_max(JWS_MAX);
    enum jws_flaw flaw;
    buf_byte(&payload, '>');
    const err_t e = jws_verify(text, keys, 3, &payload, &flaw);
    ck_assert_int_eq(e, flaw == JWS_SOUND ? OK : ERR_ORDER_INVALID);
    if (e) ck_assert_str_eq(buf_cstr(&payload), ">");
    return flaw;
}

static const char *const names[JWS_ALG_COUNT] = {"RS256", "ES256", "EdDSA"};

START_TEST(openssl_signs)
{
    own(buf) text = buf_max(JWS_MAX);
    own(buf) payload = buf_max(64);
    enum jws_flaw flaw;
    char header[64];
    (void)snprintf(header, sizeof header, "{\"alg\":\"%s\"}", names[_i]);
    sign(&text, (enum jws_alg)_i, header, "{}");
    for (int k = 0; k < JWS_ALG_COUNT; k++) {
        const err_t e = jws_verify(buf_bytes(&text), &pairs[k].public, 1, &payload, &flaw);
        ck_assert_int_eq(e, k == _i ? OK : ERR_ORDER_INVALID);
        ck_assert_int_eq(flaw, k == _i ? JWS_SOUND : JWS_SIGNATURE);
    }
    ck_assert_str_eq(buf_cstr(&payload), "{}");
    ck_assert_int_eq(flaw_of(buf_bytes(&text)), JWS_SOUND);
    ck_assert_int_eq(jws_verify(buf_bytes(&text), NULL, 0, &payload, &flaw), ERR_ORDER_INVALID);
    ck_assert_int_eq(flaw, JWS_SIGNATURE);
}
END_TEST

/* jws_sign's text, taken apart and judged by OpenSSL. */
START_TEST(openssl_judges)
{
    own(buf) text = buf_max(JWS_MAX);
    own(buf) signature = buf_max(512);
    ck_assert_int_eq(jws_sign(pairs[_i].private, bytes_str("{\"a\":1}"), &text), OK);
    const char *last = strrchr(buf_cstr(&text), '.');
    ck_assert(base64url_decode(&signature, bytes_str(last + 1)));
    uint8_t der[80], *end = der;
    struct bytes sig = buf_bytes(&signature);
    if (_i == JWS_ES256) {
        ck_assert_uint_eq(sig.len, 64);
        ECDSA_SIG *s = ECDSA_SIG_new();
        ck_assert(ECDSA_SIG_set0(s, BN_bin2bn(sig.p, 32, NULL), BN_bin2bn(sig.p + 32, 32, NULL)));
        sig = bytes_of(der, (size_t)i2d_ECDSA_SIG(s, &end));
        ECDSA_SIG_free(s);
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    const size_t n = (size_t)(last - buf_cstr(&text));
    ck_assert(EVP_DigestVerifyInit(ctx, NULL, md_of((enum jws_alg)_i), NULL, pairs[_i].openssl) ==
                  1 &&
              EVP_DigestVerify(ctx, sig.p, sig.len, text.p, n) == 1);
    EVP_MD_CTX_free(ctx);
    ck_assert_int_eq(flaw_of(buf_bytes(&text)), JWS_SOUND);
}
END_TEST

/* ---- headers, all under a good ES256 signature ---- */

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *clause, *header;
    enum jws_flaw flaw;
} headers[] = {
    {"7515 4.1.1", "{\"alg\":\"ES256\"}", JWS_SOUND},
    {"white space and escapes are JSON's", " { \"al\\u0067\" : \"ES256\" } ", JWS_SOUND},
    {"7515 4.1.9", "{\"alg\":\"ES256\",\"typ\":\"JWT\"}", JWS_SOUND},
    {"7515 4.1.9", "{\"typ\":\"JOSE\",\"alg\":\"ES256\"}", JWS_SOUND},
    {"8725 3.11", "{\"alg\":\"ES256\",\"typ\":\"onayd-order\"}", JWS_SOUND},
    {"8725 3.11: another type", "{\"alg\":\"ES256\",\"typ\":\"at+jwt\"}", JWS_HEADER},
    {"7515 4.1.9: JSON serialisation", "{\"alg\":\"ES256\",\"typ\":\"JOSE+JSON\"}", JWS_HEADER},
    {"an empty typ", "{\"alg\":\"ES256\",\"typ\":\"\"}", JWS_HEADER},
    {"typ is no string", "{\"alg\":\"ES256\",\"typ\":1}", JWS_HEADER},

    {"7518 3.6: none", "{\"alg\":\"none\"}", JWS_HEADER},
    {"8725 2.1: None", "{\"alg\":\"None\"}", JWS_HEADER},
    {"an empty alg", "{\"alg\":\"\"}", JWS_HEADER},
    {"8725 2.1: HMAC", "{\"alg\":\"HS256\"}", JWS_HEADER},
    {"7518 3.1: not ours", "{\"alg\":\"ES384\"}", JWS_HEADER},
    {"7518 3.1: not ours", "{\"alg\":\"PS256\"}", JWS_HEADER},
    {"7515 4.1.1: case counts", "{\"alg\":\"es256\"}", JWS_HEADER},
    {"a NUL behind", "{\"alg\":\"ES256\\u0000\"}", JWS_HEADER},
    {"a space behind", "{\"alg\":\"ES256 \"}", JWS_HEADER},
    {"7515 4.1.1: must be there", "{}", JWS_HEADER},
    {"7515 4.1.1: a string", "{\"alg\":256}", JWS_HEADER},
    {"7515 4.1.1: a string", "{\"alg\":null}", JWS_HEADER},
    {"7515 4.1.1: a string", "{\"alg\":[\"ES256\"]}", JWS_HEADER},
    {"another of the keys' algorithms", "{\"alg\":\"RS256\"}", JWS_SIGNATURE},
    {"another of the keys' algorithms", "{\"alg\":\"EdDSA\"}", JWS_SIGNATURE},

    {"7515 4.1.2", "{\"alg\":\"ES256\",\"jku\":\"https://evil.example/k\"}", JWS_HEADER},
    {"7515 4.1.3", "{\"alg\":\"ES256\",\"jwk\":{\"kty\":\"EC\"}}", JWS_HEADER},
    {"7515 4.1.4", "{\"alg\":\"ES256\",\"kid\":\"1\"}", JWS_HEADER},
    {"7515 4.1.5", "{\"alg\":\"ES256\",\"x5u\":\"https://evil.example/c\"}", JWS_HEADER},
    {"7515 4.1.6", "{\"alg\":\"ES256\",\"x5c\":[\"MAA=\"]}", JWS_HEADER},
    {"7515 4.1.7", "{\"alg\":\"ES256\",\"x5t\":\"AAAA\"}", JWS_HEADER},
    {"7515 4.1.8", "{\"alg\":\"ES256\",\"x5t#S256\":\"AAAA\"}", JWS_HEADER},
    {"7515 4.1.10", "{\"alg\":\"ES256\",\"cty\":\"JWT\"}", JWS_HEADER},
    {"7515 4.1.11", "{\"alg\":\"ES256\",\"crit\":[\"exp\"],\"exp\":1}", JWS_HEADER},
    {"7515 4.1.11: empty", "{\"alg\":\"ES256\",\"crit\":[]}", JWS_HEADER},
    {"7797 3", "{\"alg\":\"ES256\",\"b64\":false}", JWS_HEADER},
    {"7516 4.1.3", "{\"alg\":\"ES256\",\"zip\":\"DEF\"}", JWS_HEADER},
    {"a member that nobody knows", "{\"alg\":\"ES256\",\"x\":1}", JWS_HEADER},
    {"a member without a name", "{\"alg\":\"ES256\",\"\":1}", JWS_HEADER},

    {"7515 4: twice", "{\"alg\":\"none\",\"alg\":\"ES256\"}", JWS_HEADER},
    {"7515 4: twice, once escaped", "{\"alg\":\"ES256\",\"\\u0061lg\":\"none\"}", JWS_HEADER},
    {"7515 5.2 step 3: an object", "[\"ES256\"]", JWS_HEADER},
    {"7515 5.2 step 3: an object", "\"ES256\"", JWS_HEADER},
    {"7515 5.2 step 3: JSON", "{\"alg\":\"ES256\"", JWS_HEADER},
    {"7515 5.2 step 3: JSON alone", "{\"alg\":\"ES256\"}{}", JWS_HEADER},
    {"7515 5.2 step 3: JSON", "{'alg':'ES256'}", JWS_HEADER},
    {"7515 5.2 step 3: UTF-8", "{\"alg\":\"ES256\",\"typ\":\"\xff\"}", JWS_HEADER},
    {"8259 8.1: a byte order mark", "\xef\xbb\xbf{\"alg\":\"ES256\"}", JWS_HEADER},
    {"too long", "{\"alg\":\"ES256\",\"typ\":\"" A64 A64 "\"}", JWS_NOT_COMPACT},
};

START_TEST(header_row)
{
    own(buf) text = buf_max(JWS_MAX);
    sign(&text, JWS_ES256, headers[_i].header, "{}");
    ck_assert_msg(flaw_of(buf_bytes(&text)) == headers[_i].flaw, "%s: %s", headers[_i].clause,
                  headers[_i].header);
}
END_TEST

/* ---- texts: each row says what stands in place of a part of a good one ---- */

#define GOOD NULL

static const struct {
    const char *clause;
    const char *before, *header, *payload, *signature, *after;
    enum jws_flaw flaw;
} texts[] = {
    {"good", "", GOOD, GOOD, GOOD, "", JWS_SOUND},
    {"7515 7.1: two parts", "", "", GOOD, GOOD, "", JWS_NOT_COMPACT},
    {"7515 7.1: a fourth part", "", GOOD, GOOD, GOOD, ".", JWS_NOT_COMPACT},
    {"7515 7.1: a fourth part", "", GOOD, GOOD, GOOD, ".AAAA", JWS_NOT_COMPACT},
    {"7516 7.1: a JWE", "", GOOD, GOOD, GOOD, ".AAAA.AAAA", JWS_NOT_COMPACT},
    {"7515 7.1: a dot in front", ".", GOOD, GOOD, GOOD, "", JWS_NOT_COMPACT},
    {"7515 F: detached", "", GOOD, "", GOOD, "", JWS_NOT_COMPACT},
    {"7515 A.5: no signature", "", GOOD, GOOD, "", "", JWS_NOT_COMPACT},
    {"7515 A.5: none", "", "eyJhbGciOiJub25lIn0", GOOD, "", "", JWS_NOT_COMPACT},
    {"7518 3.6: none, signed by nobody", "", "eyJhbGciOiJub25lIn0", GOOD, "AA", "", JWS_HEADER},
    {"7515 7.2: JSON serialisation", "{\"payload\":\"", GOOD, GOOD, GOOD, "\"}", JWS_NOT_COMPACT},
    {"7515 2: padding", "", GOOD, GOOD, GOOD, "=", JWS_NOT_COMPACT},
    {"7515 2: padding", "", GOOD, GOOD, GOOD, "==", JWS_NOT_COMPACT},
    {"7515 2: a line break", "", GOOD, GOOD, GOOD, "\n", JWS_NOT_COMPACT},
    {"7515 2: white space", " ", GOOD, GOOD, GOOD, "", JWS_NOT_COMPACT},
    {"7515 2: white space", "", GOOD, GOOD, GOOD, " ", JWS_NOT_COMPACT},
    {"4648 5: not section 4's plus", "", GOOD, GOOD, "+AAA", "", JWS_NOT_COMPACT},
    {"4648 5: not section 4's slash", "", GOOD, GOOD, "/AAA", "", JWS_NOT_COMPACT},
    {"4648 4: one character is no octet", "", GOOD, GOOD, "AAAAA", "", JWS_NOT_COMPACT},
    {"4648 3.5: unused bits", "", GOOD, GOOD, "AB", "", JWS_NOT_COMPACT},
    {"4648 3.5: unused bits", "", "e31", GOOD, GOOD, "", JWS_NOT_COMPACT},
    {"4648 3.3: another character", "", "e!0", GOOD, GOOD, "", JWS_NOT_COMPACT},
    {"4648 3.3: UTF-8", "", "é", GOOD, GOOD, "", JWS_NOT_COMPACT},
    {"7515 5.2 step 8: another payload", "", GOOD, "e30", GOOD, "", JWS_SIGNATURE},
    {"7515 5.2 step 8: payload of no octets' text", "", GOOD, "e", GOOD, "", JWS_SIGNATURE},
    {"7515 5.2 step 8: another header", "", "eyJhbGciOiJFUzI1NiIgfQ", GOOD, GOOD, "",
     JWS_SIGNATURE},
    {"7518 3.4: 64 octets", "", GOOD, GOOD, "AAAA", "", JWS_SIGNATURE},
};

static const char *or_good(const char *given, const char *good)
{
    return given ? given : good;
}

START_TEST(text_row)
{
    own(buf) good = buf_max(1024);
    own(buf) bad = buf_max(1024);
    sign(&good, JWS_ES256, "{\"alg\":\"ES256\"}", "{\"a\":1}");
    char copy[1024];
    (void)snprintf(copy, sizeof copy, "%s", buf_cstr(&good));
    const char *header = strtok(copy, "."), *payload = strtok(NULL, "."),
               *signature = strtok(NULL, ".");
    const char *h = or_good(texts[_i].header, header);
    /* Without a header there is no dot behind it either: a text of two parts. */
    buf_fmt(&bad, "%s%s%s%s.%s%s", texts[_i].before, h, *h ? "." : "",
            or_good(texts[_i].payload, payload), or_good(texts[_i].signature, signature),
            texts[_i].after);
    ck_assert_msg(flaw_of(buf_bytes(&bad)) == texts[_i].flaw, "%s: %s", texts[_i].clause,
                  buf_cstr(&bad));
}
END_TEST

/* Each bit of the whole: the header's, the payload's, the signature's, the dots'. */
START_TEST(every_bit)
{
    own(buf) text = buf_max(1024);
    sign(&text, JWS_EDDSA, "{\"alg\":\"EdDSA\"}", "{\"a\":1}");
    for (size_t i = 0; i < text.len; i++) {
        for (unsigned bit = 1; bit < 256; bit <<= 1) {
            text.p[i] ^= (uint8_t)bit;
            ck_assert(flaw_of(buf_bytes(&text)) != JWS_SOUND);
            text.p[i] ^= (uint8_t)bit;
        }
        ck_assert(flaw_of(bytes_sub(buf_bytes(&text), 0, i)) != JWS_SOUND);
    }
    ck_assert_int_eq(flaw_of(buf_bytes(&text)), JWS_SOUND);
}
END_TEST

/* RFC 7518 3.4: what OpenSSL itself writes is not what a JWS has. */
START_TEST(der)
{
    own(buf) text = buf_max(1024);
    buf_str(&text, "eyJhbGciOiJFUzI1NiJ9.e30");
    add_signature(&text, JWS_ES256, true);
    ck_assert_int_eq(flaw_of(buf_bytes(&text)), JWS_SIGNATURE);
}
END_TEST

/* RFC 8725 2.1: the public key, which everybody knows, as the secret of an HMAC. */
START_TEST(hmac)
{
    own(buf) text = buf_max(4096);
    uint8_t mac[32];
    size_t n;
    BIO *pem = BIO_new(BIO_s_mem());
    ck_assert(PEM_write_bio_PUBKEY(pem, pairs[JWS_RS256].openssl));
    base64url_encode(&text, bytes_str("{\"alg\":\"HS256\"}"));
    buf_str(&text, ".e30");
    const struct bytes key = text_of(pem);
    ck_assert(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key.p, key.len, text.p, text.len, mac,
                        sizeof mac, &n));
    BIO_free(pem);
    buf_byte(&text, '.');
    base64url_encode(&text, bytes_of(mac, n));
    ck_assert_int_eq(flaw_of(buf_bytes(&text)), JWS_HEADER);
}
END_TEST

/* Signed, but not base64url: told from a forgery, and nothing is handed out. */
START_TEST(signed_rubbish)
{
    static const char *const payloads[] = {"e", "e30=", "e31", "e 30", "+/+/"};
    own(buf) text = buf_max(1024);
    buf_fmt(&text, "eyJhbGciOiJFUzI1NiJ9.%s", payloads[_i]);
    add_signature(&text, JWS_ES256, false);
    ck_assert_int_eq(flaw_of(buf_bytes(&text)), JWS_NOT_COMPACT);
}
END_TEST

/* ---- sizes ---- */

/* The longest that is taken, and one character more. */
START_TEST(longest)
{
    enum { REST = 22 + 1 + 1 + 86 }; /* of header, dots and signature */
    own(buf) text = buf_max(JWS_MAX + 8);
    own(buf) payload = buf_max(JWS_MAX);
    const size_t n = JWS_MAX - REST + (size_t)_i; /* either is a whole number of octets */
    for (size_t i = 0; i < n; i++) buf_byte(&payload, 'A');
    base64url_encode(&text, bytes_str("{\"alg\":\"ES256\" }"));
    buf_byte(&text, '.');
    buf_add(&text, buf_bytes(&payload));
    add_signature(&text, JWS_ES256, false);
    ck_assert(buf_ok(&text));
    ck_assert_uint_eq(text.len, JWS_MAX + (size_t)_i);
    ck_assert_int_eq(flaw_of(buf_bytes(&text)), _i ? JWS_NOT_COMPACT : JWS_SOUND);
}
END_TEST

START_TEST(no_room)
{
    own(buf) text = buf_max(1024);
    own(buf) payload = buf_max(6);
    own(buf) small = buf_max(40);
    enum jws_flaw flaw;
    sign(&text, JWS_EDDSA, "{\"alg\":\"EdDSA\"}", "{\"a\":1}");
    ck_assert_int_eq(jws_verify(buf_bytes(&text), &pairs[JWS_EDDSA].public, 1, &payload, &flaw),
                     ERR_STORAGE_FULL);
    ck_assert_uint_eq(payload.len, 0);
    ck_assert_int_eq(jws_sign(pairs[JWS_EDDSA].private, bytes_str("{}"), &small), ERR_STORAGE_FULL);
    ck_assert_int_eq(jws_sign(pairs[JWS_EDDSA].public, bytes_str("{}"), &text), ERR_INTERNAL);
}
END_TEST

int main(void)
{
    make_pairs();
    Suite *s = suite_create("jws");
    TCase *t = tcase_create("jws");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, vector, 0, ROWS(vectors));
    tcase_add_loop_test(t, openssl_signs, 0, JWS_ALG_COUNT);
    tcase_add_loop_test(t, openssl_judges, 0, JWS_ALG_COUNT);
    tcase_add_loop_test(t, header_row, 0, ROWS(headers));
    tcase_add_loop_test(t, text_row, 0, ROWS(texts));
    tcase_add_test(t, every_bit);
    tcase_add_test(t, der);
    tcase_add_test(t, hmac);
    tcase_add_loop_test(t, signed_rubbish, 0, 5);
    tcase_add_loop_test(t, longest, 0, 2);
    tcase_add_test(t, no_room);
    suite_add_tcase(s, t);
    return suite_run(s);
}
