/* SPDX-License-Identifier: MIT */
#include "xades/want.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/file.h"
#include "tests/support/pki.h"
#include "tests/support/responded.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "xades/proof.h"

#define DAY 86400

static const char *pki, *dir;
static const uint8_t nonce[WANT_NONCE] = "0123456789abcdef";

static void read_one(const char *folder, const char *name, struct buf *out)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    *out = buf_max(1u << 20);
    ck_assert_int_eq(file_read(path, out), OK);
}

static void make_all(void)
{
    responded_make(dir, pki, "good", "p256", "ocsp", false);
    responded_make(dir, pki, "direct", "p256", "sub", false);
    responded_make(dir, pki, "revoked", "p256", "ocsp", true);
    responded_make(dir, pki, "of-another", "mehmet", "ocsp", false);
    responded_make(dir, pki, "no-purpose", "p256", "noeku", false);
    responded_make(dir, pki, "self-made", "p256", "p256", false);
    scratch_run("cd %s && head -c 200 good.ocsp >cut.ocsp && "
                "cat good.ocsp %s/root.der >behind.ocsp && head -c 100 %s/sub.crl >cut.crl && "
                "cp %s/*.crl %s/sub.der %s/root.der %s/ocsp.der . && : >empty && "
                "openssl crl2pkcs7 -nocrl -certfile %s/ocsp.pem -certfile %s/sub.pem -outform der "
                "-out both.p7c && "
                "openssl crl2pkcs7 -nocrl -certfile %s/ocsp.pem -outform der -out other.p7c",
                dir, pki, pki, pki, pki, pki, pki, pki, pki, pki);
}

/* ---- which questions there are ---- */

static void gather(const char *leaf, const char *folder, const struct proof_rules *rules,
                   struct proof *proof, struct wants *wants, struct chain_result *r)
{
    char name[64], path[1024];
    own(buf) der = {0};
    own_ptr(trust) t = NULL;
    const struct chain_values none = {.n_lists = 0};
    (void)snprintf(name, sizeof name, "%s.der", leaf);
    (void)snprintf(path, sizeof path, "%s/%s", pki, folder);
    read_one(pki, name, &der);
    ck_assert_int_eq(trust_load(path, &t), OK);
    proof_gather(t, buf_bytes(&der), &none, rules, utc_now(), proof, wants, r);
}

/* What is missing, best first: kind and the end of its address. */
static const struct {
    const char *leaf, *folder;
    struct proof_rules rules;
    enum chain_status status;
    size_t n;
    struct {
        enum want_kind kind;
        const char *end;
    } wants[4];
} questions[] = {
    /* RFC 6960 before RFC 5280 5: OCSP is of now */
    {"p256",
     "trust-no-crl",
     {PROOF_ANY, PROOF_ANY, 0},
     CHAIN_NO_REVOCATION,
     3,
     {{WANT_RESPONSE, "/ocsp"}, {WANT_LIST, "/sub.crl"}, {WANT_LIST, "/root.crl"}}},
    /* with lists at hand OCSP still, and the delta that the list names (RFC 5280 5.2.6) */
    {"p256",
     "trust",
     {PROOF_ANY, PROOF_ANY, 0},
     CHAIN_OK,
     2,
     {{WANT_RESPONSE, "/ocsp"}, {WANT_DELTA, "/sub-delta.crl"}}},
    /* BTK P3: lists alone */
    {"p256",
     "trust-no-crl",
     {PROOF_LIST, PROOF_LIST, 0},
     CHAIN_NO_REVOCATION,
     2,
     {{WANT_LIST, "/sub.crl"}, {WANT_LIST, "/root.crl"}}},
    /* BTK P4: OCSP for the signer's */
    {"p256",
     "trust",
     {PROOF_RESPONSE, PROOF_ANY, 0},
     CHAIN_NO_REVOCATION,
     1,
     {{WANT_RESPONSE, "/ocsp"}}},
    /* a certificate without an OCSP address */
    {"tsa",
     "trust-no-crl",
     {PROOF_ANY, PROOF_ANY, 0},
     CHAIN_NO_REVOCATION,
     2,
     {{WANT_LIST, "/sub.crl"}, {WANT_LIST, "/root.crl"}}},
    /* RFC 5280 4.2.2.1: the issuer is missing */
    {"stranger",
     "trust",
     {PROOF_ANY, PROOF_ANY, 0},
     CHAIN_NONE,
     1,
     {{WANT_CERTIFICATE, "/sub.crt"}}},
    /* a root that nobody trusts has nothing above it */
    {"selfsigned", "trust", {PROOF_ANY, PROOF_ANY, 0}, CHAIN_NONE, 0, {{0, NULL}}},
    /* what is decided is not asked about */
    {"revoked", "trust", {PROOF_LIST, PROOF_LIST, 0}, CHAIN_REVOKED, 0, {{0, NULL}}},
    {"expired", "trust", {PROOF_ANY, PROOF_ANY, 0}, CHAIN_EXPIRED, 0, {{0, NULL}}},
};

START_TEST(asked)
{
    own(proof) proof = {0};
    own(wants) w = {0};
    struct chain_result r;
    gather(questions[_i].leaf, questions[_i].folder, &questions[_i].rules, &proof, &w, &r);
    ck_assert_int_eq(r.status, questions[_i].status);
    ck_assert_uint_eq(w.n, questions[_i].n);
    for (size_t i = 0; i < w.n; i++) {
        const char *end = questions[_i].wants[i].end, *url = w.at[i].url;
        ck_assert_int_eq(w.at[i].kind, questions[_i].wants[i].kind);
        ck_assert(strlen(url) > strlen(end));
        ck_assert_str_eq(url + strlen(url) - strlen(end), end);
    }
}
END_TEST

/* Without an anchor nothing is asked. */
START_TEST(nobody_trusted)
{
    own(buf) der = {0};
    own(proof) proof = {0};
    own(wants) w = {0};
    own_ptr(trust) t = trust_empty();
    struct chain_result r;
    const struct chain_values none = {.n_lists = 0};
    const struct proof_rules any = {.since = 0};
    read_one(pki, "p256.der", &der);
    proof_gather(t, buf_bytes(&der), &none, &any, utc_now(), &proof, &w, &r);
    ck_assert_int_eq(r.status, CHAIN_NONE);
    ck_assert_uint_eq(w.n, 0);
}
END_TEST

/* ---- what an answer is worth ---- */

/* The question of that kind about p256. */
static void question(enum want_kind kind, utc_t since, struct want *out)
{
    *out = (struct want){.kind = kind, .since = since};
    read_one(pki, "p256.der", &out->subject);
    if (kind != WANT_CERTIFICATE) read_one(pki, "sub.der", &out->issuer);
}

static const struct {
    enum want_kind kind;
    const char *file;
    int days, since;    /* from now; 0: at any time */
    const char *clause; /* NULL: it counts */
} answers[] = {
    {WANT_RESPONSE, "good.ocsp", 0, 0, NULL}, /* RFC 6960 4.2.2.2: a delegate */
    {WANT_RESPONSE, "direct.ocsp", 0, 0, NULL},
    {WANT_RESPONSE, "revoked.ocsp", 0, 0, NULL},        /* an answer that counts */
    {WANT_RESPONSE, "good.ocsp", 3, 0, "RFC 6960 3.2"}, /* nextUpdate is past */
    {WANT_RESPONSE, "good.ocsp", -3, 0, "RFC 6960 3.2"},
    {WANT_RESPONSE, "good.ocsp", 0, 1, "RFC 6960 2.4"},
    {WANT_RESPONSE, "of-another.ocsp", 0, 0, "RFC 6960 3.2"},
    {WANT_RESPONSE, "no-purpose.ocsp", 0, 0, "RFC 6960 3.2"},
    {WANT_RESPONSE, "self-made.ocsp", 0, 0, "RFC 6960 3.2"},
    {WANT_RESPONSE, "cut.ocsp", 0, 0, "RFC 6960 4.2.1"},
    {WANT_RESPONSE, "behind.ocsp", 0, 0, "RFC 6960 4.2.1"},
    {WANT_RESPONSE, "empty", 0, 0, "RFC 6960 4.2.1"},
    {WANT_RESPONSE, "sub.crl", 0, 0, "RFC 6960 4.2.1"},
    {WANT_LIST, "sub.crl", 0, 0, NULL},
    {WANT_LIST, "sub.crl", 60, 0, "RFC 5280 5.1.2.5"},
    {WANT_LIST, "sub.crl", -20, 0, "RFC 5280 5.1.2.4"},
    {WANT_LIST, "sub.crl", 0, 1, "the list is older"},
    {WANT_LIST, "sub-stale.crl", 0, 0, "RFC 5280 5.1.2.5"},
    {WANT_LIST, "root.crl", 0, 0, "RFC 5280 5.1.2.3"},
    {WANT_LIST, "sub-delta.crl", 0, 0, "RFC 5280 5.2.4"},
    {WANT_LIST, "cut.crl", 0, 0, "RFC 5280 5.1"},
    {WANT_LIST, "empty", 0, 0, "RFC 5280 5.1"},
    {WANT_DELTA, "sub-delta.crl", 0, 0, NULL},
    {WANT_DELTA, "sub.crl", 0, 0, "RFC 5280 5.2.4"},
    {WANT_DELTA, "sub-delta.crl", 9, 0, "RFC 5280 5.1.2.5"},
    {WANT_CERTIFICATE, "sub.der", 0, 0, NULL},
    {WANT_CERTIFICATE, "both.p7c", 0, 0, NULL}, /* RFC 5280 4.2.2.1: certs-only CMS */
    {WANT_CERTIFICATE, "other.p7c", 0, 0, "RFC 5280 4.2.2.1"},
    {WANT_CERTIFICATE, "root.der", 0, 0, "RFC 5280 4.2.2.1"},
    {WANT_CERTIFICATE, "ocsp.der", 0, 0, "RFC 5280 4.2.2.1"},
    {WANT_CERTIFICATE, "empty", 0, 0, "RFC 5280 4.2.2.1"},
};

START_TEST(taken)
{
    struct want w;
    const char *clause = NULL, *want = answers[_i].clause;
    own(buf) octets = {0}, out = buf_max(1u << 20);
    const utc_t now = utc_now();
    question(answers[_i].kind, answers[_i].since ? now + answers[_i].since * DAY : 0, &w);
    read_one(dir, answers[_i].file, &octets);
    err_t e = want_take(&w, buf_bytes(&octets), nonce, now + (utc_t)answers[_i].days * DAY, &out,
                        &clause);
    buf_free(&w.subject);
    buf_free(&w.issuer);
    ck_assert_msg((e == OK) == (want == NULL), "%s: %s", answers[_i].file, clause);
    if (!want) {
        ck_assert_uint_gt(out.len, 0);
        return;
    }
    ck_assert_msg(strncmp(clause, want, strlen(want)) == 0, "%s: %s", answers[_i].file, clause);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(e, answers[_i].kind == WANT_CERTIFICATE ? ERR_CERTIFICATE_UNTRUSTED
                                                             : ERR_REVOCATION_UNAVAILABLE);
}
END_TEST

/* ---- the request ---- */

/* RFC 6960 4.1.1, as OpenSSL reads it. */
START_TEST(request)
{
    struct want w;
    own(buf) out = buf_max(4096), text = buf_max(1u << 16);
    question(WANT_RESPONSE, 0, &w);
    want_ask(&w, nonce, &out);
    buf_free(&w.subject);
    buf_free(&w.issuer);
    ck_assert(buf_ok(&out));
    ck_assert_int_eq(file_write_private(scratch_path("asked"), buf_bytes(&out)), OK);
    scratch_run("cd %s && openssl ocsp -reqin asked -req_text >text && "
                "openssl ocsp -issuer %s/sub.pem -cert %s/p256.pem -no_nonce -req_text >theirs && "
                "for w in 'Hash Algorithm' 'Name Hash' 'Key Hash' 'Serial Number'; do "
                "grep -q \"$w\" text && [ \"$(grep \"$w\" text)\" = \"$(grep \"$w\" theirs)\" ] || "
                "exit 1; done && grep -q 0410303132333435363738396162636465 text",
                dir, pki, pki);
}
END_TEST

/* RFC 8954 2.1: the same, another, none. */
START_TEST(nonces)
{
    static const char *const options[] = {"", "-no_nonce"};
    for (size_t i = 0; i < 2; i++) {
        struct want w;
        const char *clause = NULL;
        own(buf) octets = {0}, out = buf_max(1u << 20);
        scratch_run("cd %s && openssl ocsp -issuer %s/sub.pem -cert %s/p256.pem -reqout req %s && "
                    "openssl ocsp -index index.txt -CA %s/sub.pem -rsigner %s/ocsp.pem "
                    "-rkey %s/ocsp.key -ndays 1 -reqin req -respout nonce.ocsp",
                    dir, pki, pki, options[i], pki, pki, pki);
        question(WANT_RESPONSE, 0, &w);
        read_one(dir, "nonce.ocsp", &octets);
        err_t e = want_take(&w, buf_bytes(&octets), nonce, utc_now(), &out, &clause);
        buf_free(&w.subject);
        buf_free(&w.issuer);
        ck_assert_int_eq(e, i == 0 ? ERR_REVOCATION_UNAVAILABLE : OK);
        if (i == 0) ck_assert_str_eq(clause, "RFC 8954 2.1: the nonce is another");
    }
}
END_TEST

int main(void)
{
    pki = realpath(pki_make("want"), NULL);
    dir = scratch_new();
    make_all();
    Suite *s = suite_create("want");
    TCase *t = tcase_create("want");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, asked, 0, ROWS(questions));
    tcase_add_test(t, nobody_trusted);
    tcase_add_loop_test(t, taken, 0, ROWS(answers));
    tcase_add_test(t, request);
    tcase_add_test(t, nonces);
    suite_add_tcase(s, t);
    return suite_run(s);
}
