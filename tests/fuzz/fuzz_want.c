/* SPDX-License-Identifier: MIT */
/*
 * Law: what counts of an answer is what came, octet for octet (of a certificate: one that came),
 * and was signed by the issuer: nothing else can be made to count. What does not gives nothing and
 * has a clause. The first octet says which question it answers.
 *
 * fixtures/want/about is who is asked about; the keys are gone.
 */
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "core/file.h"
#include "xades/want.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FOLDER "fixtures/want/about"
#define WHEN   1795749000 /* 2026-11-27, when the seeds were made */

static struct want about = {.kind = WANT_RESPONSE};

static void law(bool holds)
{
    if (!holds) abort();
}

static void release(void)
{
    buf_free(&about.subject);
    buf_free(&about.issuer);
}

static void learn(void)
{
    about.subject = about.issuer = buf_max(65536);
    law(file_read(FOLDER "/leaf.der", &about.subject) == OK &&
        file_read(FOLDER "/issuer.der", &about.issuer) == OK);
    (void)atexit(release);
}

static X509 *issuer(void)
{
    const unsigned char *p = about.issuer.p;
    X509 *x = d2i_X509(NULL, &p, (long)about.issuer.len);
    law(x != NULL);
    return x;
}

static void must_be_signed_list(struct bytes out)
{
    const unsigned char *p = out.p;
    X509 *x = issuer();
    X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)out.len);
    law(crl && X509_CRL_verify(crl, X509_get0_pubkey(x)) == 1);
    X509_CRL_free(crl);
    X509_free(x);
}

/* Its own certificates may sign it, if the issuer signed them. */
static void must_be_signed_response(struct bytes out)
{
    const unsigned char *p = out.p;
    X509 *x = issuer();
    X509_STORE *store = X509_STORE_new();
    OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)out.len);
    OCSP_BASICRESP *b = r ? OCSP_response_get1_basic(r) : NULL;
    STACK_OF(X509) *known = sk_X509_new_null();
    law(store && b && known && X509_STORE_add_cert(store, x) == 1 && sk_X509_push(known, x) > 0);
    (void)X509_VERIFY_PARAM_set_flags(X509_STORE_get0_param(store),
                                      X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    law(OCSP_basic_verify(b, known, store, 0) == 1);
    sk_X509_free(known);
    OCSP_BASICRESP_free(b);
    OCSP_RESPONSE_free(r);
    X509_STORE_free(store);
    X509_free(x);
}

/* By its key: others may have cross-certified it. */
static void must_be_issuer(struct bytes out)
{
    const unsigned char *p = out.p, *leaf = about.subject.p;
    X509 *x = d2i_X509(NULL, &p, (long)out.len);
    X509 *under = d2i_X509(NULL, &leaf, (long)about.subject.len);
    law(x && under && X509_check_issued(x, under) == X509_V_OK);
    X509_free(x);
    X509_free(under);
}

static void judge(enum want_kind kind, struct bytes in)
{
    static const uint8_t nonce[WANT_NONCE];
    own(buf) out = buf_max(1u << 22);
    const char *clause = NULL;
    about.kind = kind;
    err_t e = want_take(&about, in, nonce, WHEN, &out, &clause);
    law((e == OK) == (clause == NULL) && (e == OK) == (out.len > 0));
    if (e) return;
    if (kind != WANT_CERTIFICATE) law(bytes_eq(buf_bytes(&out), in));
    if (kind == WANT_RESPONSE) must_be_signed_response(buf_bytes(&out));
    if (kind == WANT_LIST || kind == WANT_DELTA) must_be_signed_list(buf_bytes(&out));
    if (kind == WANT_CERTIFICATE) must_be_issuer(buf_bytes(&out));
    ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (about.subject.len == 0) learn();
    if (size > 0 && data[0] <= WANT_CERTIFICATE)
        judge((enum want_kind)data[0], bytes_of(data + 1, size - 1));
    return 0;
}
