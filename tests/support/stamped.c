/* SPDX-License-Identifier: MIT */
#include "tests/support/stamped.h"

#include <openssl/pem.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <stdlib.h>

#define MUST(holds) must((holds), #holds)

static void must(bool holds, const char *what)
{
    if (holds) return;
    (void)fprintf(stderr, "tests/support/stamped: %s\n", what);
    exit(1);
}

static BIO *open_file(const struct stamped_by *by, const char *end)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s.%s", by->pki, by->name, end);
    BIO *b = BIO_new_file(path, "r");
    MUST(b != NULL);
    return b;
}

static void set_signer(TS_RESP_CTX *ctx, const struct stamped_by *by)
{
    BIO *pem = open_file(by, "pem"), *key_pem = open_file(by, "key");
    X509 *x = PEM_read_bio_X509(pem, NULL, NULL, NULL);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(key_pem, NULL, NULL, NULL);
    MUST(x && key && TS_RESP_CTX_set_signer_cert(ctx, x) == 1 &&
         TS_RESP_CTX_set_signer_key(ctx, key) == 1);
    EVP_PKEY_free(key);
    X509_free(x);
    BIO_free(key_pem);
    BIO_free(pem);
}

static int tell_time(TS_RESP_CTX *ctx, void *by, long *seconds, long *micros)
{
    (void)ctx;
    *seconds = (long)((struct stamped_by *)by)->time;
    *micros = 0;
    return 1;
}

static ASN1_INTEGER *next_serial(TS_RESP_CTX *ctx, void *data)
{
    (void)ctx, (void)data;
    static long serial;
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    MUST(n && ASN1_INTEGER_set(n, ++serial) == 1);
    return n;
}

static TS_RESP_CTX *new_tsa(struct stamped_by *by)
{
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("2.16.792.1.2.1.1.5.7.3.1", 1);
    MUST(ctx && policy && TS_RESP_CTX_set_def_policy(ctx, policy) == 1);
    MUST(TS_RESP_CTX_add_md(ctx, EVP_sha256()) == 1 && TS_RESP_CTX_add_md(ctx, EVP_sha384()) == 1 &&
         TS_RESP_CTX_add_md(ctx, EVP_sha512()) == 1);
    MUST(TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()) == 1 &&
         TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()) == 1);
    set_signer(ctx, by);
    TS_RESP_CTX_set_time_cb(ctx, tell_time, by);
    TS_RESP_CTX_set_serial_cb(ctx, next_serial, NULL);
    ASN1_OBJECT_free(policy);
    return ctx;
}

void stamped_answer(const struct stamped_by *by, struct bytes query, struct buf *answer)
{
    struct stamped_by who = *by;
    TS_RESP_CTX *ctx = new_tsa(&who);
    BIO *in = BIO_new_mem_buf(query.p, (int)query.len);
    TS_RESP *made = TS_RESP_create_response(ctx, in);
    unsigned char *der = NULL;
    int n = i2d_TS_RESP(made, &der);
    MUST(n > 0);
    buf_add(answer, bytes_of(der, (size_t)n));
    OPENSSL_free(der);
    TS_RESP_free(made);
    BIO_free(in);
    TS_RESP_CTX_free(ctx);
}

void stamped_token(const struct stamped_by *by, const struct digest *imprint, struct buf *token)
{
    static const uint8_t nonce[TST_NONCE] = {1, 2, 3, 4, 5, 6, 7, 8};
    own(buf) query = buf_max(1024), answer = buf_max(1 << 16);
    struct bytes found;
    struct tst_refusal refusal;
    tst_query(&query, imprint, bytes_of(NULL, 0), nonce);
    stamped_answer(by, buf_bytes(&query), &answer);
    MUST(tst_answer(buf_bytes(&answer), &found, &refusal, NULL));
    buf_add(token, found);
}
