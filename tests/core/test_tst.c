/* SPDX-License-Identifier: MIT */
/*
 * Oracles: OpenSSL's cms makes the tokens, its TS functions judge other makers' ones as well.
 */
#include "core/tstcheck.h"

#include <check.h>
#include <dirent.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ts.h>
#include <stdio.h>

#include "core/base64.h"
#include "core/ber.h"
#include "core/file.h"
#include "core/oid.h"

#include "tests/support/scratch.h"
#include "tests/support/suite.h"

/* ---- what is stamped ---- */

static const uint8_t nonce[TST_NONCE] = {0, 0, 0x81, 4, 5, 6, 7, 8};
static const uint8_t policy[] = {0x60, 0x86, 0x18, 1, 2, 1, 1, 5, 7, 3, 1};

static struct digest digest_of_abc(enum digest_alg alg)
{
    struct digest d;
    ck_assert(digest_of(alg, bytes_str("abc"), &d));
    return d;
}

/* The members of TSTInfo, RFC 3161 2.4.2, written as they are given. */
struct info {
    enum digest_alg alg;
    uint8_t version;
    const char *time, *accuracy; /* accuracy: content in octets, or NULL */
    size_t accuracy_len;
    bool no_nonce;
    const char *behind; /* octets behind all that */
};

static void put_imprint(struct buf *out, enum digest_alg alg)
{
    static const enum oid oids[] = {OID_SHA256, OID_SHA384, OID_SHA512};
    struct digest d = digest_of_abc(alg);
    size_t imprint = der_put_open(out, DER_SEQUENCE), algorithm = der_put_open(out, DER_SEQUENCE);
    der_put(out, DER_OID, oid_content(oids[alg]));
    der_put_close(out, algorithm);
    der_put(out, DER_OCTET_STRING, digest_bytes(&d));
    der_put_close(out, imprint);
}

static void put_info(struct buf *out, const struct info *i)
{
    size_t info = der_put_open(out, DER_SEQUENCE);
    der_put_integer(out, bytes_of(&i->version, 1));
    der_put(out, DER_OID, bytes_of(policy, sizeof policy));
    put_imprint(out, i->alg);
    der_put_integer(out, bytes_of("\7", 1));
    der_put(out, DER_GENERALIZED_TIME, bytes_str(i->time));
    if (i->accuracy) der_put(out, DER_SEQUENCE, bytes_of(i->accuracy, i->accuracy_len));
    if (!i->no_nonce) der_put_integer(out, bytes_of(nonce, sizeof nonce));
    if (i->behind) buf_str(out, i->behind);
    der_put_close(out, info);
    ck_assert(buf_ok(out));
}

/* ---- asking ---- */

START_TEST(query)
{
    own(buf) der = buf_max(256);
    struct digest d = digest_of_abc((enum digest_alg)_i);
    tst_query(&der, &d, _i ? bytes_of(policy, sizeof policy) : bytes_of(NULL, 0), nonce);
    const unsigned char *p = der.p;
    TS_REQ *req = d2i_TS_REQ(NULL, &p, (long)der.len);
    ck_assert(req && p == der.p + der.len);
    ck_assert_int_eq(TS_REQ_get_version(req), 1);
    ck_assert_int_eq(TS_REQ_get_cert_req(req), 1);
    const ASN1_OCTET_STRING *msg = TS_MSG_IMPRINT_get_msg(TS_REQ_get_msg_imprint(req));
    ck_assert_uint_eq((size_t)ASN1_STRING_length(msg), d.len);
    ck_assert_mem_eq(ASN1_STRING_get0_data(msg), d.v, d.len);
    const ASN1_INTEGER *n = TS_REQ_get_nonce(req);
    ck_assert_uint_eq((size_t)ASN1_STRING_length(n), sizeof nonce - 2);
    ck_assert_mem_eq(ASN1_STRING_get0_data(n), nonce + 2, sizeof nonce - 2);
    ck_assert_int_eq(TS_REQ_get_policy_id(req) != NULL, _i != 0);
    TS_REQ_free(req);
}
END_TEST

/* ---- answers, RFC 3161 2.4.2 ---- */

#define OCTETS(literal)                                                                            \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }
static const struct {
    struct {
        const char *p;
        size_t len;
    } der;
    const char *clause; /* NULL: none is broken */
    unsigned status;
    const char *failure;
} answers[] = {
    {OCTETS("\x30\x08\x30\x03\x02\x01\x00\x30\x01\x00"), NULL, 0, ""},
    {OCTETS("\x30\x08\x30\x03\x02\x01\x01\x30\x01\x00"), NULL, 1, ""},
    {OCTETS("\x30\x05\x30\x03\x02\x01\x02"), NULL, 2, ""},
    {OCTETS("\x30\x09\x30\x07\x02\x01\x02\x03\x02\x07\x80"), NULL, 2, "badAlg"},
    {OCTETS("\x30\x0a\x30\x08\x02\x01\x02\x03\x03\x01\x00\x02"), NULL, 2, "timeNotAvailable"},
    {OCTETS("\x30\x0f\x30\x0d\x02\x01\x02\x30\x04\x0c\x02no\x03\x02\x02\x04"), NULL, 2,
     "badDataFormat"},
    {OCTETS("\x30\x06\x30\x04\x02\x02\x01\x00"), NULL, 100, ""},
    {OCTETS("\x30\x05\x30\x03\x02\x01\x00"), "RFC 3161 2.4.2: granted, but no token", 0, ""},
    {OCTETS("\x30\x05\x30\x03\x02\x01\xff"), "X.690 8.3.3: negative where none may be", 0, ""},
    {OCTETS("\x30\x06\x30\x03\x02\x01"), "X.690 8.1.3: longer than its container", 0, ""},
    {OCTETS("<html>"), "X.690 8.1.2: another tag was due", 0, ""},
};

START_TEST(answer)
{
    struct bytes token = {0}, in = bytes_of(answers[_i].der.p, answers[_i].der.len);
    struct tst_refusal refusal = {0};
    struct der_latch why = {0};
    bool granted = !answers[_i].clause && answers[_i].status < 2;
    ck_assert_int_eq(tst_answer(in, &token, &refusal, &why), granted);
    ck_assert_int_eq(why.clause != NULL, answers[_i].clause != NULL);
    ck_assert_uint_eq(token.len, granted ? 3 : 0);
    if (granted || answers[_i].clause) return;
    ck_assert_uint_eq(refusal.status, answers[_i].status);
    ck_assert_str_eq(refusal.failure, answers[_i].failure);
}
END_TEST

/* ---- tokens ---- */

#define GOOD_TIME "20261126120000Z"
#define TIMES     "-addext extendedKeyUsage=critical,timeStamping"

static const char *folder;

/* Signers, each a key and a certificate of its own. */
static const struct {
    const char *name, *key, *extensions;
} signers[] = {
    {"rsa", "rsa:2048", TIMES},
    {"p256", "ec -pkeyopt ec_paramgen_curve:P-256", TIMES},
    {"p384", "ec -pkeyopt ec_paramgen_curve:P-384", TIMES},
    {"p521", "ec -pkeyopt ec_paramgen_curve:P-521", TIMES},
    {"no-purpose", "ec -pkeyopt ec_paramgen_curve:P-256", ""},
    {"not-critical", "ec -pkeyopt ec_paramgen_curve:P-256",
     "-addext extendedKeyUsage=timeStamping"},
    {"two-purposes", "ec -pkeyopt ec_paramgen_curve:P-256",
     "-addext extendedKeyUsage=critical,timeStamping,OCSPSigning"},
    {"other-purpose", "ec -pkeyopt ec_paramgen_curve:P-256",
     "-addext extendedKeyUsage=critical,OCSPSigning"},
};

static void make_signers(void)
{
    folder = scratch_new();
    for (int i = 0; i < ROWS(signers); i++)
        scratch_run("cd %s && openssl req -x509 -newkey %s -nodes -days 30 -subj '/CN=Test TSA %s' "
                    "%s -keyout %s.key -out %s.pem",
                    folder, signers[i].key, signers[i].name, signers[i].extensions, signers[i].name,
                    signers[i].name);
}

#define CADES "-cades -econtent_type id-smime-ct-TSTInfo"
#define PSS   "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:digest "

static const struct {
    const char *name, *signer, *options;
    struct info info;
    const char *clause; /* of tst_read; NULL: it reads */
    enum tst_fault fault;
    unsigned accuracy_ms;
} tokens[] = {
    {"P-256", "p256", CADES " -md sha256", {.time = GOOD_TIME}, NULL, TST_GOOD, 0},
    {"P-384", "p384", CADES " -md sha384", {.time = GOOD_TIME, .alg = 1}, NULL, TST_GOOD, 0},
    {"P-521", "p521", CADES " -md sha512", {.time = GOOD_TIME, .alg = 2}, NULL, TST_GOOD, 0},
    {"RSA", "rsa", CADES " -md sha256", {.time = GOOD_TIME}, NULL, TST_GOOD, 0},
    {"RSA, SHA-512", "rsa", CADES " -md sha512", {.time = GOOD_TIME}, NULL, TST_GOOD, 0},
    {"RSA-PSS, RFC 4056", "rsa", PSS CADES " -md sha256", {.time = GOOD_TIME}, NULL, TST_GOOD, 0},
    {"by key id, RFC 5652 5.3", "p256", "-keyid " CADES, {.time = GOOD_TIME}, NULL, TST_GOOD, 0},
    {"fraction", "p256", CADES, {.time = "20261126120000.25Z"}, NULL, TST_GOOD, 0},
    {"accuracy of seconds",
     "p256",
     CADES,
     {.time = GOOD_TIME, .accuracy = "\2\1\2", .accuracy_len = 3},
     NULL,
     TST_GOOD,
     2000},
    {"accuracy of all three",
     "p256",
     CADES,
     {.time = GOOD_TIME, .accuracy = "\2\1\1\x80\2\1\xf4\x81\1\5", .accuracy_len = 10},
     NULL,
     TST_GOOD,
     1501},
    {"no nonce", "p256", CADES, {.time = GOOD_TIME, .no_nonce = true}, NULL, TST_GOOD, 0},
    {"attack: zero at the end of the fraction",
     "p256",
     CADES,
     {.time = "20261126120000.20Z"},
     "RFC 3161 2.4.2: genTime",
     TST_GOOD,
     0},
    {"attack: a comma",
     "p256",
     CADES,
     {.time = "20261126120000,2Z"},
     "RFC 3161 2.4.2: genTime",
     TST_GOOD,
     0},
    {"attack: local time",
     "p256",
     CADES,
     {.time = "20261126120000"},
     "RFC 3161 2.4.2: genTime",
     TST_GOOD,
     0},
    {"attack: version 2",
     "p256",
     CADES,
     {.time = GOOD_TIME, .version = 2},
     "RFC 3161 2.4.2: version is not 1",
     TST_GOOD,
     0},
    {"attack: octets behind", "p256", CADES, {.time = GOOD_TIME, .behind = "xx"}, "", TST_GOOD, 0},
    {"attack: accuracy of 3 octets",
     "p256",
     CADES,
     {.time = GOOD_TIME, .accuracy = "\x80\3\1\2\3", .accuracy_len = 5},
     "RFC 3161 2.4.2: accuracy",
     TST_GOOD,
     0},
    {"attack: another content",
     "p256",
     "-cades",
     {.time = GOOD_TIME},
     "RFC 3161 2.4.2: eContentType is not TSTInfo",
     TST_GOOD,
     0},
    {"attack: two signers",
     "p256 -signer rsa.pem -inkey rsa.key",
     CADES,
     {.time = GOOD_TIME},
     "RFC 3161 2.4.2: more than one signer",
     TST_GOOD,
     0},
    {"attack: no certificate",
     "p256",
     "-nocerts " CADES,
     {.time = GOOD_TIME},
     NULL,
     TST_NO_CERTIFICATE,
     0},
    {"attack: another's certificate",
     "p256",
     "-nocerts -certfile rsa.pem " CADES,
     {.time = GOOD_TIME},
     NULL,
     TST_NO_CERTIFICATE,
     0},
    {"attack: no name of the certificate",
     "p256",
     "-econtent_type id-smime-ct-TSTInfo",
     {.time = GOOD_TIME},
     NULL,
     TST_CERTIFICATE,
     0},
    {"attack: no purpose", "no-purpose", CADES, {.time = GOOD_TIME}, NULL, TST_CERTIFICATE, 0},
    {"attack: purpose not critical",
     "not-critical",
     CADES,
     {.time = GOOD_TIME},
     NULL,
     TST_CERTIFICATE,
     0},
    {"attack: two purposes", "two-purposes", CADES, {.time = GOOD_TIME}, NULL, TST_CERTIFICATE, 0},
    {"attack: OCSP's purpose",
     "other-purpose",
     CADES,
     {.time = GOOD_TIME},
     NULL,
     TST_CERTIFICATE,
     0},
    {"attack: SHA-1", "rsa", CADES " -md sha1", {.time = GOOD_TIME}, NULL, TST_ALGORITHM, 0},
    {"attack: PSS with a short salt",
     "rsa",
     "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:8 " CADES,
     {.time = GOOD_TIME},
     NULL,
     TST_ALGORITHM,
     0},
};

/* A token by openssl cms; the first of `signer` is also the name of its key. */
static void make_token(const char *signer, const char *options, const struct info *i,
                       struct buf *out)
{
    own(buf) info = buf_max(1024);
    struct info with = *i;
    char key[64] = "";
    if (!with.version) with.version = 1;
    put_info(&info, &with);
    ck_assert_int_eq(file_write(scratch_path("info"), buf_bytes(&info)), OK);
    size_t name = strcspn(signer, " ");
    (void)snprintf(key, sizeof key, "%.*s", (int)name, signer);
    scratch_run("cd %s && openssl cms -sign -binary -nodetach -nosmimecap -outform DER -in info "
                "-out token -signer %s.pem -inkey %s.key%s %s",
                folder, key, key, signer + name, options);
    buf_cut(out, 0);
    ck_assert_int_eq(file_read(scratch_path("token"), out), OK);
}

START_TEST(one_token)
{
    own(buf) der = buf_max(TST_MAX);
    struct tst t;
    struct der_latch why = {0};
    const char *clause = NULL;
    make_token(tokens[_i].signer, tokens[_i].options, &tokens[_i].info, &der);
    ck_assert_msg(tst_read(buf_bytes(&der), &t, &why) == !tokens[_i].clause, "%s: %s",
                  tokens[_i].name, why.clause);
    if (tokens[_i].clause && *tokens[_i].clause) ck_assert_str_eq(why.clause, tokens[_i].clause);
    if (tokens[_i].clause) return;
    struct digest d = digest_of_abc(tokens[_i].info.alg);
    struct digest other = digest_of_abc((tokens[_i].info.alg + 1) % DIGEST_COUNT);
    enum tst_fault fault = tst_check(&t, &clause);
    ck_assert_msg(fault == tokens[_i].fault, "%s: %d, %s", tokens[_i].name, fault,
                  clause ? clause : "");
    ck_assert_int_eq(clause != NULL, fault != TST_GOOD);
    ck_assert(tst_covers(&t, &d) && !tst_covers(&t, &other));
    d.v[0] ^= 1;
    ck_assert(!tst_covers(&t, &d));
    ck_assert_int_eq(t.time, 1795694400);
    ck_assert_uint_eq(t.accuracy_ms, tokens[_i].accuracy_ms);
    const uint8_t others[TST_NONCE] = {1};
    ck_assert(tst_answers(&t, bytes_of(policy, sizeof policy), nonce) == !tokens[_i].info.no_nonce);
    ck_assert(!tst_answers(&t, bytes_of(policy, 8), nonce) && !tst_answers(&t, t.policy, others));
}
END_TEST

/* ---- what OpenSSL says of a token ---- */

/* PKCS #7 does not know signers by their key's identifier. */
static bool cms_takes(struct bytes token)
{
    const unsigned char *p = token.p;
    CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)token.len);
    bool good = cms && CMS_verify(cms, NULL, NULL, NULL, NULL, CMS_NO_SIGNER_CERT_VERIFY) == 1;
    CMS_ContentInfo_free(cms);
    return good;
}

/* Trusting its signer alone, at any time: the signature, the purpose and the name of the
 * certificate, as tst_check judges them. */
static bool openssl_takes(struct bytes token, struct bytes signer)
{
    const unsigned char *p = token.p, *s = signer.p;
    PKCS7 *p7 = d2i_PKCS7(NULL, &p, (long)token.len);
    X509 *x = d2i_X509(NULL, &s, (long)signer.len);
    X509_STORE *store = X509_STORE_new();
    TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
    ck_assert(store && ctx);
    if (x) X509_STORE_add_cert(store, x);
    X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
    TS_VERIFY_CTX_set_store(ctx, store);
    TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE);
    bool good = x && (p7 ? TS_RESP_verify_token(ctx, p7) == 1 : cms_takes(token));
    TS_VERIFY_CTX_free(ctx);
    X509_free(x);
    PKCS7_free(p7);
    ERR_clear_error();
    return good;
}

/* Whatever octet is changed: what we take OpenSSL takes, and it is the very same statement. */
START_TEST(changed)
{
    own(buf) der = buf_max(TST_MAX);
    struct tst good, t;
    const char *clause;
    unsigned taken = 0;
    make_token(_i ? "rsa" : "p256", CADES " -md sha256", &(struct info){.time = GOOD_TIME}, &der);
    ck_assert(tst_read(buf_bytes(&der), &good, NULL));
    own(buf) info = buf_max(1024);
    buf_add(&info, good.info);
    ck_assert(openssl_takes(buf_bytes(&der), good.signer));
    for (size_t i = 0; i < der.len; i++) {
        der.p[i] ^= (uint8_t)(1u << i % 8);
        if (tst_read(buf_bytes(&der), &t, NULL) && tst_check(&t, &clause) == TST_GOOD) {
            taken++; /* what is not signed: SignedData's version and digest list */
            ck_assert(bytes_eq(t.info, buf_bytes(&info)));
        }
        der.p[i] ^= (uint8_t)(1u << i % 8);
    }
    ck_assert_uint_lt(taken, 40);
}
END_TEST

START_TEST(cut_short)
{
    own(buf) der = buf_max(TST_MAX);
    struct tst t;
    make_token("p256", CADES " -md sha256", &(struct info){.time = GOOD_TIME}, &der);
    for (size_t i = 0; i < der.len; i++) {
        struct der_latch why = {0};
        ck_assert(!tst_read(bytes_sub(buf_bytes(&der), 0, i), &t, &why) && why.clause);
    }
}
END_TEST

START_TEST(written_as_ber)
{
    own(buf) ber = buf_max(TST_MAX), der = buf_max(TST_MAX);
    struct tst t;
    const char *clause;
    make_token("p256", CADES " -md sha256 -stream -indef", &(struct info){.time = GOOD_TIME}, &ber);
    ck_assert(!tst_read(buf_bytes(&ber), &t, NULL));
    ck_assert(ber_to_der(&der, buf_bytes(&ber)));
    ck_assert(tst_read(buf_bytes(&der), &t, NULL) && tst_check(&t, &clause) == TST_GOOD);
    buf_cut(&der, 0);
    ck_assert(!ber_to_der(&der, bytes_sub(buf_bytes(&ber), 0, ber.len - 1)));
    ck_assert(!ber_to_der(&der, bytes_str("0\x80nonsense")));
}
END_TEST

/* ---- other makers' ---- */

#define FOLDER "../shared/data/xades/"

struct count {
    unsigned tokens, good, weak, ber, differ;
};

static void judge_foreign(struct bytes token, struct count *n)
{
    own(buf) der = buf_max(TST_MAX);
    struct tst t;
    struct der_latch why = {0};
    const char *clause = NULL;
    n->tokens++;
    if (!tst_read(token, &t, &why)) {
        if (!ber_to_der(&der, token) || !tst_read(buf_bytes(&der), &t, NULL)) {
            printf("# not read: %s at %zu of %zu\n", why.clause, why.at, token.len);
            return;
        }
        n->ber++;
    }
    enum tst_fault fault = tst_check(&t, &clause);
    bool ours = fault == TST_GOOD, theirs = openssl_takes(token, t.signer);
    n->good += ours;
    n->weak += fault == TST_ALGORITHM; /* SHA-1, which OpenSSL takes */
    if (ours == theirs || fault == TST_ALGORITHM) return;
    n->differ++;
    printf("# ours: %s, OpenSSL's: %d\n", clause ? clause : "good", theirs);
}

static void judge_file(const char *path, struct count *n)
{
    static const char mark[] = "EncapsulatedTimeStamp";
    own(buf) file = buf_max(64u << 20);
    ck_assert_int_eq(file_read(path, &file), OK);
    const char *at = buf_cstr(&file);
    while ((at = strstr(at, mark))) {
        own(buf) token = buf_max(TST_MAX);
        const char *from = strchr(at, '>'), *to = from ? strchr(from, '<') : NULL;
        if (!to) return;
        at = to + sizeof mark + 2;
        if (to > from + 100 &&
            base64_decode_xml(&token, bytes_of(from + 1, (size_t)(to - from - 1))))
            judge_foreign(buf_bytes(&token), n);
    }
}

static void judge_folder(const char *name, struct count *n)
{
    char path[512];
    DIR *d = opendir(name);
    ck_assert_ptr_nonnull(d);
    for (struct dirent *e; (e = readdir(d));) {
        (void)snprintf(path, sizeof path, "%s/%s", name, e->d_name);
        if (strstr(e->d_name, ".xml")) judge_file(path, n);
    }
    (void)closedir(d);
}

START_TEST(others_tokens)
{
    struct count n = {0};
    judge_folder(FOLDER "dss", &n);
    judge_folder(FOLDER "dss-made", &n);
    printf("# %u tokens of other makers: %u good, %u with SHA-1, %u in BER, %u judged "
           "otherwise by OpenSSL\n",
           n.tokens, n.good, n.weak, n.ber, n.differ);
    ck_assert_uint_eq(n.good + n.weak, n.tokens);
    ck_assert_uint_gt(n.tokens, 20);
    ck_assert_uint_eq(n.differ, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("tst");
    TCase *t = tcase_create("tst");
    make_signers();
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, query, 0, DIGEST_COUNT);
    tcase_add_loop_test(t, answer, 0, ROWS(answers));
    tcase_add_loop_test(t, one_token, 0, ROWS(tokens));
    tcase_add_loop_test(t, changed, 0, 2);
    tcase_add_test(t, cut_short);
    tcase_add_test(t, written_as_ber);
    tcase_add_test(t, others_tokens);
    suite_add_tcase(s, t);
    return suite_run(s);
}
