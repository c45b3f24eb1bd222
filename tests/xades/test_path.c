/* SPDX-License-Identifier: MIT */
/*
 * Certification paths made for the test, in a table whose rows cite RFC 5280, judged by chain_check
 * and by `openssl verify`; and meshes of cross-certificates.
 */
#include "xades/chain.h"

#include <check.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <sys/stat.h>

#include "core/base64.h"
#include "core/file.h"
#include "core/name.h"
#include "core/text.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "xades/path.h"

#define DAY 86400

static utc_t now;

/* ---- keys ---- */

enum key { K_P256, K_P384, K_P521, K_RSA, K_OTHER, K_RSA1024, N_KEYS };

static EVP_PKEY *keys[N_KEYS];

static void make_keys(void)
{
    static const char *const curves[] = {
        [K_P256] = "P-256", [K_P384] = "P-384", [K_P521] = "P-521", [K_OTHER] = "P-256"};
    for (int k = 0; k < N_KEYS; k++) {
        unsigned bits = k == K_RSA ? 2048 : 1024;
        keys[k] = k == K_RSA || k == K_RSA1024 ? EVP_RSA_gen(bits) : EVP_EC_gen(curves[k]);
        if (!keys[k]) abort();
    }
}

/* ---- certificates ---- */

enum with { WITH_SHA256, WITH_SHA384, WITH_SHA512, WITH_PSS, WITH_SHA1, WITH_PSS_SHA1 };

struct extension {
    const char *name, *value; /* as in openssl.cnf */
};

struct forged {
    const char *subject, *issuer; /* CN; "B:" before it: as BMPString, "P:": PrintableString */
    enum key key, by;
    enum with with;
    int from, to; /* days from now; 0, 0: -30, +300 */
    bool spoilt;  /* the signature is */
    struct extension ext[8];
};

#define CA(limit)                                                                                  \
    {                                                                                              \
        "basicConstraints", "critical,CA:TRUE" limit                                               \
    }
#define CERT_SIGN                                                                                  \
    {                                                                                              \
        "keyUsage", "critical,keyCertSign,cRLSign"                                                 \
    }
#define AUTHORITY(...)                                                                             \
    {                                                                                              \
        CA(""), CERT_SIGN, __VA_ARGS__                                                             \
    }
#define PERSON(...)                                                                                \
    {                                                                                              \
        {"keyUsage", "critical,digitalSignature,nonRepudiation"}, __VA_ARGS__                      \
    }
#define SKI(hex)                                                                                   \
    {                                                                                              \
        "subjectKeyIdentifier", hex                                                                \
    }
#define AKI(hex)                                                                                   \
    {                                                                                              \
        "2.5.29.35", "DER:30048002" hex                                                            \
    }
#define ROOT                                                                                       \
    {                                                                                              \
        "Root", "Root", K_P384, K_P384, .ext = AUTHORITY()                                         \
    }
#define SUB(...)                                                                                   \
    {                                                                                              \
        "Sub", "Root", K_P256, K_P384, .ext = __VA_ARGS__                                          \
    }
#define LEAF                                                                                       \
    {                                                                                              \
        "Leaf", "Sub", K_OTHER, K_P256, .ext = PERSON()                                            \
    }

/* permitted: directory names under CN=only (RFC 5280 4.2.1.10). */
#define NAMES_UNDER_ONLY "critical,DER:3017a0153013a411300f310d300b06035504030c046f6e6c79"

/* UTF-8 as BMPString; true to X.680 for what is below U+10000. */
static int widen(const char *text, unsigned char wide[256])
{
    int n = 0;
    uint32_t cp;
    for (struct bytes rest = bytes_str(text); n < 254 && text_utf8_next(&rest, &cp);) {
        wide[n++] = (unsigned char)(cp >> 8);
        wide[n++] = (unsigned char)cp;
    }
    return n;
}

static X509_NAME *name_of(const char *text)
{
    unsigned char wide[256];
    bool tagged = text[1] == ':';
    int type = !tagged          ? V_ASN1_UTF8STRING
               : text[0] == 'P' ? V_ASN1_PRINTABLESTRING
                                : V_ASN1_BMPSTRING;
    const char *cn = tagged ? text + 2 : text;
    int n = type == V_ASN1_BMPSTRING ? widen(cn, wide) : (int)strlen(cn);
    const unsigned char *octets = n && type == V_ASN1_BMPSTRING ? wide : (const unsigned char *)cn;
    X509_NAME *name = X509_NAME_new();
    ck_assert_int_eq(X509_NAME_add_entry_by_txt(name, "CN", type, octets, n, -1, 0), 1);
    return name;
}

static void add_extension(X509 *x, const struct extension *e)
{
    X509V3_CTX ctx;
    CONF *none = NCONF_new(NULL); /* certificatePolicies asks for one */
    X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
    X509V3_set_nconf(&ctx, none);
    X509_EXTENSION *ext = X509V3_EXT_nconf(none, &ctx, e->name, e->value);
    NCONF_free(none);
    ck_assert_msg(ext != NULL, "%s = %s", e->name, e->value);
    ck_assert_int_eq(X509_add_ext(x, ext, -1), 1);
    X509_EXTENSION_free(ext);
}

static EVP_MD_CTX *signing(EVP_PKEY *key, enum with with)
{
    static const char *const digests[] = {"SHA256", "SHA384", "SHA512", "SHA256", "SHA1", "SHA1"};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *how = NULL;
    const EVP_MD *md = EVP_get_digestbyname(digests[with]);
    ck_assert_int_eq(EVP_DigestSignInit(ctx, &how, md, NULL, key), 1);
    if (with == WITH_PSS || with == WITH_PSS_SHA1) {
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    return ctx;
}

static void sign(X509 *x, EVP_PKEY *key, enum with with)
{
    EVP_MD_CTX *ctx = signing(key, with);
    ck_assert_int_gt(X509_sign_ctx(x, ctx), 0);
    EVP_MD_CTX_free(ctx);
}

static X509 *forge(const struct forged *f)
{
    static long serial;
    X509 *x = X509_new();
    X509_NAME *subject = name_of(f->subject), *issuer = name_of(f->issuer);
    bool dated = f->from || f->to;
    ck_assert_int_eq(X509_set_version(x, X509_VERSION_3), 1);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(x), ++serial);
    (void)X509_set_subject_name(x, subject);
    (void)X509_set_issuer_name(x, issuer);
    (void)X509_set_pubkey(x, keys[f->key]);
    (void)ASN1_TIME_set(X509_getm_notBefore(x), (time_t)now + (dated ? f->from : -30) * DAY);
    (void)ASN1_TIME_set(X509_getm_notAfter(x), (time_t)now + (dated ? f->to : 300) * DAY);
    for (const struct extension *e = f->ext; e->name; e++) add_extension(x, e);
    sign(x, keys[f->by], f->with);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    return x;
}

static void to_der(X509 *x, bool spoilt, struct buf *out)
{
    unsigned char *der = NULL;
    int len = i2d_X509(x, &der);
    ck_assert_int_gt(len, 0);
    if (spoilt) der[len - 1] ^= 1;
    buf_add(out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
}

static void forge_der(const struct forged *f, struct buf *out)
{
    X509 *x = forge(f);
    to_der(x, f->spoilt, out);
    X509_free(x);
}

/* ---- the table: the first is the signer; those whose bit is set in `anchors` are trusted ---- */

/* clang-format off */
static const struct {
    const char *clause;
    enum chain_status status; /* CHAIN_NO_REVOCATION: good, no list was asked for */
    bool openssl;             /* what `openssl verify` says */
    unsigned anchors;
    struct forged at[12];
} rows[] = {
    {"6.1 a path", CHAIN_NO_REVOCATION, true, 1 << 2,
     {LEAF, SUB(AUTHORITY()), ROOT}},
    {"6.1 in any order", CHAIN_NO_REVOCATION, true, 1 << 1,
     {LEAF, ROOT, SUB(AUTHORITY())}},
    {"6.1.1 (d) the anchor is not trusted", CHAIN_NONE, false, 0,
     {LEAF, SUB(AUTHORITY()), ROOT}},
    {"6.1.3 (a)(1) the signature", CHAIN_NONE, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, .spoilt = true, .ext = PERSON()}, SUB(AUTHORITY()), ROOT}},
    {"6.1.3 (a)(1) of a CA", CHAIN_NONE, false, 1 << 2,
     {LEAF, {"Sub", "Root", K_P256, K_P384, .spoilt = true, .ext = AUTHORITY()}, ROOT}},
    {"6.1.3 (a)(1) by another key of that kind", CHAIN_NONE, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_OTHER, .ext = PERSON()}, SUB(AUTHORITY()), ROOT}},
    {"6.1.3 (a)(1) RSA", CHAIN_NO_REVOCATION, true, 1 << 1,
     {{"Leaf", "Root", K_RSA, K_RSA, .ext = PERSON()},
      {"Root", "Root", K_RSA, K_RSA, .ext = AUTHORITY()}}},
    {"6.1.3 (a)(1) RSASSA-PSS, RFC 4055 3.1", CHAIN_NO_REVOCATION, true, 1 << 1,
     {{"Leaf", "Root", K_P256, K_RSA, WITH_PSS, .ext = PERSON()},
      {"Root", "Root", K_RSA, K_RSA, WITH_PSS, .ext = AUTHORITY()}}},
    {"6.1.3 (a)(1) RSASSA-PSS spoilt", CHAIN_NONE, false, 1 << 1,
     {{"Leaf", "Root", K_P256, K_RSA, WITH_PSS, .spoilt = true, .ext = PERSON()},
      {"Root", "Root", K_RSA, K_RSA, WITH_PSS, .ext = AUTHORITY()}}},
    {"6.1.3 (a)(1) P-521 over P-384, RFC 5758 3.2", CHAIN_NO_REVOCATION, true, 1 << 2,
     {{"Leaf", "Sub", K_P256, K_P384, WITH_SHA384, .ext = PERSON()},
      {"Sub", "Root", K_P384, K_P521, WITH_SHA512, .ext = AUTHORITY()},
      {"Root", "Root", K_P521, K_P521, WITH_SHA512, .ext = AUTHORITY()}}},
    {"6.1.3 (a)(1) RSASSA-PSS with SHA-1", CHAIN_CONSTRAINTS, false, 1 << 1,
     {{"Leaf", "Root", K_P256, K_RSA, WITH_PSS_SHA1, .ext = PERSON()},
      {"Root", "Root", K_RSA, K_RSA, WITH_PSS, .ext = AUTHORITY()}}},
    {"Tebliğ 6: SHA-1", CHAIN_CONSTRAINTS, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, WITH_SHA1, .ext = PERSON()}, SUB(AUTHORITY()), ROOT}},
    {"an anchor's own signature does not count", CHAIN_NO_REVOCATION, true, 1 << 1,
     {{"Leaf", "Root", K_P256, K_RSA, .ext = PERSON()},
      {"Root", "Root", K_RSA, K_RSA, WITH_SHA1, .ext = AUTHORITY()}}},
    {"Tebliğ 6: RSA-1024 of a CA", CHAIN_CONSTRAINTS, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_RSA1024, .ext = PERSON()},
      {"Sub", "Root", K_RSA1024, K_P384, .ext = AUTHORITY()},
      ROOT}},
    {"6.1.3 (a)(2) the signer has expired", CHAIN_EXPIRED, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, .from = -30, .to = -2, .ext = PERSON()},
      SUB(AUTHORITY()),
      ROOT}},
    {"6.1.3 (a)(2) the CA has expired", CHAIN_EXPIRED, false, 1 << 2,
     {LEAF, {"Sub", "Root", K_P256, K_P384, .from = -30, .to = -2, .ext = AUTHORITY()}, ROOT}},
    {"6.1.3 (a)(2) not yet", CHAIN_NOT_YET_VALID, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, .from = 2, .to = 9, .ext = PERSON()},
      SUB(AUTHORITY()),
      ROOT}},
    {"6.1.3 (a)(4) another name", CHAIN_NONE, false, 1 << 2,
     {{"Leaf", "Sup", K_OTHER, K_P256, .ext = PERSON()}, SUB(AUTHORITY()), ROOT}},
    {"7.1 case, spaces and string types", CHAIN_NO_REVOCATION, true, 1 << 2,
     {{"Leaf", "P:aLT  Kok ", K_OTHER, K_P256, .ext = PERSON()},
      {"B:Alt kok", "Root", K_P256, K_P384, .ext = AUTHORITY()},
      ROOT}},
    {"7.1 Turkish letters, BMPString and UTF8String", CHAIN_NO_REVOCATION, true, 1 << 2,
     {{"Leaf", "B:Kök Sağlayıcı", K_OTHER, K_P256, .ext = PERSON()},
      {"Kök Sağlayıcı", "Root", K_P256, K_P384, .ext = AUTHORITY()},
      ROOT}},
    {"7.1 ı is not i", CHAIN_NONE, false, 1 << 2,
     {{"Leaf", "Altı", K_OTHER, K_P256, .ext = PERSON()},
      {"Alti", "Root", K_P256, K_P384, .ext = AUTHORITY()},
      ROOT}},
    {"6.1.4 (k) cA FALSE", CHAIN_CONSTRAINTS, false, 1 << 2,
     {LEAF, SUB({{"basicConstraints", "critical,CA:FALSE"}, CERT_SIGN}), ROOT}},
    {"6.1.4 (k) no basicConstraints", CHAIN_CONSTRAINTS, false, 1 << 2,
     {LEAF, SUB({CERT_SIGN}), ROOT}},
    {"6.1.4 (k) a person as issuer", CHAIN_CONSTRAINTS, false, 1 << 2,
     {LEAF, SUB(PERSON()), ROOT}},
    {"6.1.4 (l), (m) pathLen 0 with a CA below", CHAIN_CONSTRAINTS, false, 1 << 3,
     {LEAF,
      {"Sub", "Mid", K_P256, K_P521, .ext = AUTHORITY()},
      {"Mid", "Root", K_P521, K_P384, .ext = {CA(",pathlen:0"), CERT_SIGN}},
      ROOT}},
    {"6.1.4 (m) pathLen 1 with a CA below", CHAIN_NO_REVOCATION, true, 1 << 3,
     {LEAF,
      {"Sub", "Mid", K_P256, K_P521, .ext = AUTHORITY()},
      {"Mid", "Root", K_P521, K_P384, .ext = {CA(",pathlen:1"), CERT_SIGN}},
      ROOT}},
    {"6.1.4 (l) self-issued ones are not counted", CHAIN_NO_REVOCATION, true, 1 << 3,
     {{"Leaf", "Mid", K_OTHER, K_P256, .ext = PERSON()},
      {"Mid", "Mid", K_P256, K_P521, .ext = AUTHORITY(SKI("aa01"), AKI("aa02"))},
      {"Mid", "Root", K_P521, K_P384, .ext = {CA(",pathlen:0"), CERT_SIGN, SKI("aa02")}},
      ROOT}},
    {"6.1.4 (n) no keyCertSign", CHAIN_CONSTRAINTS, false, 1 << 2,
     {LEAF, SUB({CA(""), {"keyUsage", "critical,cRLSign"}}), ROOT}},
    {"6.1.4 (n) no keyUsage at all", CHAIN_NO_REVOCATION, true, 1 << 2,
     {LEAF, SUB({CA("")}), ROOT}},
    {"6.1.4 (o) unknown critical, of a CA", CHAIN_CONSTRAINTS, false, 1 << 2,
     {LEAF, SUB(AUTHORITY({"1.2.3.4", "critical,ASN1:NULL"})), ROOT}},
    {"6.1.5 (f) unknown critical, of the signer", CHAIN_CONSTRAINTS, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, .ext = PERSON({"1.2.3.4", "critical,ASN1:NULL"})},
      SUB(AUTHORITY()),
      ROOT}},
    {"4.2 unknown, not critical", CHAIN_NO_REVOCATION, true, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, .ext = PERSON({"1.2.3.4", "ASN1:NULL"})},
      SUB(AUTHORITY()),
      ROOT}},
    {"6.1.3 (b) outside the permitted names", CHAIN_CONSTRAINTS, false, 1 << 2,
     {LEAF, SUB(AUTHORITY({"nameConstraints", NAMES_UNDER_ONLY})), ROOT}},
    /* OpenSSL looks at policies when asked to (-policy_check). */
    {"6.1.5 (g) a policy is demanded and there is none", CHAIN_CONSTRAINTS, true, 1 << 2,
     {LEAF, SUB(AUTHORITY({"policyConstraints", "critical,requireExplicitPolicy:0"})), ROOT}},
    {"6.1.5 (g) a policy is demanded and the CA alone has one", CHAIN_CONSTRAINTS, true, 1 << 2,
     {LEAF, SUB(AUTHORITY({"policyConstraints", "critical,requireExplicitPolicy:0"},
                         {"certificatePolicies", "2.5.29.32.0"})), ROOT}},
    {"6.1.5 (g) a policy is demanded and there is one", CHAIN_NO_REVOCATION, true, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, .ext = PERSON({"certificatePolicies", "2.16.792.1.2.1"})},
      SUB(AUTHORITY({"policyConstraints", "critical,requireExplicitPolicy:0"},
                    {"certificatePolicies", "2.5.29.32.0"})),
      ROOT}},
    {"4.2.1.1 the key identifiers say which of two", CHAIN_NO_REVOCATION, true, 1 << 3,
     {{"Leaf", "Sub", K_OTHER, K_P256, .ext = PERSON(AKI("aa02"))},
      {"Sub", "Root", K_P521, K_P384, .ext = AUTHORITY(SKI("aa01"))},
      {"Sub", "Root", K_P256, K_P384, .ext = AUTHORITY(SKI("aa02"))},
      ROOT}},
    {"4.2.1.1 a key identifier that no issuer has", CHAIN_NONE, false, 1 << 2,
     {{"Leaf", "Sub", K_OTHER, K_P256, .ext = PERSON(AKI("bb02"))},
      SUB(AUTHORITY(SKI("aa02"))),
      ROOT}},
    /* OpenSSL takes the first that has the name and goes no way back. */
    {"RFC 4158 2.4.1 two keys under one name, one has signed", CHAIN_NO_REVOCATION, false, 1 << 3,
     {LEAF,
      {"Sub", "Root", K_OTHER, K_P384, .ext = AUTHORITY()},
      {"Sub", "Root", K_P256, K_P384, .ext = AUTHORITY()},
      ROOT}},
    {"RFC 4158 2.4.1 a dead end, and another way", CHAIN_NO_REVOCATION, false, 1 << 3,
     {LEAF,
      {"Sub", "Gone", K_P256, K_OTHER, .to = 900, .ext = AUTHORITY()},
      {"Sub", "Root", K_P256, K_P384, .ext = AUTHORITY()},
      ROOT}},
    {"RFC 4158 2.4.2 the expired one, and its renewal", CHAIN_NO_REVOCATION, true, 1 << 3,
     {LEAF,
      {"Sub", "Root", K_P256, K_P384, .from = -30, .to = -2, .ext = AUTHORITY()},
      {"Sub", "Root", K_P256, K_P384, .ext = AUTHORITY()},
      ROOT}},
    {"6.1.1 (d) self-signed, and nobody has accepted it", CHAIN_NONE, false, 1 << 1,
     {{"Leaf", "Rogue", K_OTHER, K_P256, .ext = PERSON()},
      ROOT,
      {"Rogue", "Rogue", K_P256, K_P256, .ext = AUTHORITY()}}},
    {"6.1.1 (d) with an anchor's name, and another key", CHAIN_NONE, false, 1 << 1,
     {{"Leaf", "Root", K_OTHER, K_P256, .ext = PERSON()},
      ROOT,
      {"Root", "Root", K_P256, K_P256, .ext = AUTHORITY()}}},
    {"3.2 self-issued by another key: an intermediate, trusted by nobody", CHAIN_NONE, false, 0,
     {{"Leaf", "Root", K_OTHER, K_P256, .ext = PERSON()},
      {"Root", "Root", K_P256, K_P384, .ext = AUTHORITY()}}},
    {"6.1 two CAs that certify each other alone", CHAIN_NONE, false, 1 << 3,
     {LEAF,
      {"Sub", "Mid", K_P256, K_P521, .ext = AUTHORITY()},
      {"Mid", "Sub", K_P521, K_P256, .ext = AUTHORITY()},
      ROOT}},
};
/* clang-format on */
#define N_OF_ROW (sizeof rows[0].at / sizeof rows[0].at[0])

static void write_file(const char *path, struct bytes data)
{
    ck_assert_int_eq(file_write(path, data), OK);
}

static void add_pem(struct buf *out, struct bytes der)
{
    buf_str(out, "-----BEGIN CERTIFICATE-----\n");
    base64_encode(out, der, 64);
    buf_str(out, "\n-----END CERTIFICATE-----\n");
}

/* The oracle: the same certificates, given to the command. */
static bool openssl_verifies(const char *leaf, const char *anchors, const char *between)
{
    own(buf) command = buf_max(8192);
    buf_fmt(&command,
            "openssl verify -no-CApath -no-CAstore -auth_level 2 -CAfile %s %s%s %s >%s 2>&1",
            anchors, between[0] ? "-untrusted " : "", between, leaf, scratch_path("openssl"));
    return system(buf_cstr(&command)) == 0;
}

static struct trust *load_row(size_t row, struct buf *leaf, bool *openssl)
{
    char dir[256], path[512], l[512], a[512], b[512];
    own(buf) anchors = buf_max(65536), between = buf_max(65536), pem = buf_max(65536);
    (void)snprintf(dir, sizeof dir, "%s", scratch_path("row"));
    scratch_run("rm -rf %s && mkdir %s", dir, dir);
    forge_der(&rows[row].at[0], leaf);
    add_pem(&pem, buf_bytes(leaf));
    for (size_t i = 1; i < N_OF_ROW && rows[row].at[i].subject; i++) {
        bool anchor = rows[row].anchors >> i & 1;
        own(buf) der = buf_max(65536);
        forge_der(&rows[row].at[i], &der);
        add_pem(anchor ? &anchors : &between, buf_bytes(&der));
        /* What is self-signed and not accepted comes with the signature alone, never by folder. */
        (void)snprintf(path, sizeof path, "%s/%zu.der", dir, i);
        if (anchor || trust_kind(buf_bytes(&der)) == TRUST_INTERMEDIATE)
            write_file(path, buf_bytes(&der));
    }
    (void)snprintf(l, sizeof l, "%s", scratch_path("leaf.pem"));
    (void)snprintf(a, sizeof a, "%s", scratch_path("anchors.pem"));
    (void)snprintf(b, sizeof b, "%s", scratch_path("between.pem"));
    write_file(l, buf_bytes(&pem));
    write_file(a, buf_bytes(&anchors));
    write_file(b, buf_bytes(&between));
    *openssl = openssl_verifies(l, anchors.len ? a : "/dev/null", between.len ? b : "");
    struct trust *t = NULL;
    ck_assert_int_eq(trust_load(dir, &t), OK);
    return t;
}

static bool has(const struct forged *f, const char *extension)
{
    for (const struct extension *e = f->ext; e->name; e++) {
        if (strcmp(e->name, extension) == 0) return true;
    }
    return false;
}

/* OpenSSL 3.0's X509_policy_check leaks the policyConstraints (42 octets) of a CA that has no
 * certificatePolicies: the cache that it makes once for each X509 is left without freeing what was
 * read. It comes to that only after every signature of the path was found good, so only authorities
 * that the user trusts can have it done. */
static bool openssl_leaks(size_t row)
{
    for (size_t i = 1; i < N_OF_ROW && rows[row].at[i].subject; i++) {
        const struct forged *f = &rows[row].at[i];
        if (has(f, "policyConstraints") && !has(f, "certificatePolicies")) return true;
    }
    return false;
}

/* LeakSanitizer's stacks end at CRYPTO_zalloc, below the function that a suppression would have to
 * name; so nothing is noted while such a row is judged. The rows beside it take the same way. */
static void watch_leaks(bool on)
{
#ifdef __SANITIZE_ADDRESS__
    (on ? __lsan_enable : __lsan_disable)();
#else
    (void)on;
#endif
}

static void judge(size_t row, const struct trust *t, struct bytes leaf, const struct bytes *extra,
                  size_t n_extra, struct chain_result *r)
{
    bool theirs = openssl_leaks(row);
    if (theirs) watch_leaks(false);
    chain_check(t, leaf, extra, n_extra, now, r);
    if (theirs) watch_leaks(true);
}

START_TEST(clauses)
{
    own(buf) leaf = buf_max(65536);
    bool openssl = false;
    struct chain_result r;
    size_t anchors = 0;
    own_ptr(trust) t = load_row((size_t)_i, &leaf, &openssl);
    for (unsigned bits = rows[_i].anchors; bits; bits >>= 1) anchors += bits & 1;
    ck_assert_uint_eq(trust_n_anchors(t), anchors);
    judge((size_t)_i, t, buf_bytes(&leaf), NULL, 0, &r);
    ck_assert_msg(r.status == rows[_i].status, "%s: %s, %s", rows[_i].clause,
                  chain_status_slug(r.status), r.detail);
    ck_assert_msg(openssl == rows[_i].openssl, "%s: openssl verify says %s", rows[_i].clause,
                  openssl ? "OK" : "no");
}
END_TEST

/* The same rows with everything but the anchors coming with the signature: nothing that comes so is
 * an anchor, whatever it says of itself. */
START_TEST(clauses_by_signature)
{
    own(buf) leaf = buf_max(65536), all = buf_max(1u << 20);
    char dir[256], path[512];
    struct bytes extra[N_OF_ROW];
    size_t n = 0, start[N_OF_ROW], end[N_OF_ROW];
    struct chain_result r;
    (void)snprintf(dir, sizeof dir, "%s", scratch_path("anchors"));
    scratch_run("rm -rf %s && mkdir %s", dir, dir);
    forge_der(&rows[_i].at[0], &leaf);
    for (size_t i = 1; i < N_OF_ROW && rows[_i].at[i].subject; i++) {
        own(buf) der = buf_max(65536);
        forge_der(&rows[_i].at[i], &der);
        (void)snprintf(path, sizeof path, "%s/%zu.der", dir, i);
        if (rows[_i].anchors >> i & 1) write_file(path, buf_bytes(&der));
        start[n] = all.len;
        buf_add(&all, buf_bytes(&der));
        end[n++] = all.len;
    }
    for (size_t i = 0; i < n; i++)
        extra[i] = bytes_sub(buf_bytes(&all), start[i], end[i] - start[i]);
    own_ptr(trust) t = NULL;
    ck_assert_int_eq(trust_load(dir, &t), OK);
    judge((size_t)_i, t, buf_bytes(&leaf), extra, n, &r);
    ck_assert_msg(r.status == rows[_i].status, "%s: %s, %s", rows[_i].clause,
                  chain_status_slug(r.status), r.detail);
}
END_TEST

/* Where OpenSSL's comparison of names (which the paths are built by) and ours meet. */
START_TEST(names_agree)
{
    static const char *const names[] = {"Alt Kök",   "B:alt  kök", "Altı",     "ALT KÖK",
                                        "P:Alt Kok", "Alti",       "alt KOK ", "Alt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
            X509_NAME *a = name_of(names[i]), *b = name_of(names[k]);
            const unsigned char *p = NULL, *q = NULL;
            size_t n = 0, m = 0;
            ck_assert(X509_NAME_get0_der(a, &p, &n) == 1 && X509_NAME_get0_der(b, &q, &m) == 1);
            bool theirs = X509_NAME_cmp(a, b) == 0,
                 ours = name_equal(bytes_of(p, n), bytes_of(q, m));
            ck_assert_msg(theirs == ours, "%s and %s: %d, %d", names[i], names[k], theirs, ours);
            X509_NAME_free(a);
            X509_NAME_free(b);
        }
    }
}
END_TEST

/* ---- lists ---- */

struct listed {
    int from, until; /* days from now; until 0: no nextUpdate */
    bool revokes;    /* the signer */
    bool delta;
    enum with with;
};

/* A root with an RSA key, a signer below it, and up to two lists of the root's. */
static const struct {
    const char *clause;
    enum chain_status status;
    struct listed lists[2];
} lists[] = {
    {"6.3 a whole list", CHAIN_OK, {{-2, 9, .with = WITH_SHA256}}},
    {"6.3.3 (i) revoked", CHAIN_REVOKED, {{-2, 9, .revokes = true}}},
    {"6.3.3 (c) a delta does not stand for a whole one",
     CHAIN_NO_REVOCATION,
     {{-2, 9, .delta = true}}},
    {"6.3.3 (c) nor does a newer one beside it",
     CHAIN_REVOKED,
     {{-2, 9, .revokes = true}, {-1, 9, .delta = true}}},
    {"5.1.2.5 no nextUpdate", CHAIN_NO_REVOCATION, {{-2, .with = WITH_SHA256}}},
    {"Tebliğ 6: SHA-1", CHAIN_NO_REVOCATION, {{-2, 9, .with = WITH_SHA1}}},
    {"RFC 4055 3.1 RSASSA-PSS with SHA-256", CHAIN_OK, {{-2, 9, .with = WITH_PSS}}},
    {"Tebliğ 6: RSASSA-PSS with SHA-1", CHAIN_NO_REVOCATION, {{-2, 9, .with = WITH_PSS_SHA1}}},
};

static void add_revoked(X509_CRL *crl, X509 *leaf)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *when = ASN1_TIME_set(NULL, (time_t)now - 3 * DAY);
    ck_assert_int_eq(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(leaf)), 1);
    ck_assert_int_eq(X509_REVOKED_set_revocationDate(entry, when), 1);
    ck_assert_int_eq(X509_CRL_add0_revoked(crl, entry), 1);
    ASN1_TIME_free(when);
}

static void add_number(X509_CRL *crl, int nid, long number, int critical)
{
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    ck_assert_int_eq(ASN1_INTEGER_set(n, number), 1);
    ck_assert_int_eq(X509_CRL_add1_ext_i2d(crl, nid, n, critical, 0), 1);
    ASN1_INTEGER_free(n);
}

static void list_der(const struct listed *l, X509 *root, X509 *leaf, struct buf *out)
{
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)now + l->from * DAY);
    ASN1_TIME *until = ASN1_TIME_set(NULL, (time_t)now + l->until * DAY);
    unsigned char *der = NULL;
    (void)X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    (void)X509_CRL_set_issuer_name(crl, X509_get_subject_name(root));
    (void)X509_CRL_set1_lastUpdate(crl, from);
    if (l->until) (void)X509_CRL_set1_nextUpdate(crl, until);
    if (l->revokes) add_revoked(crl, leaf);
    add_number(crl, NID_crl_number, 100 + l->from, 0);
    if (l->delta) add_number(crl, NID_delta_crl, 1, 1);
    EVP_MD_CTX *ctx = signing(keys[K_RSA], l->with);
    ck_assert_int_gt(X509_CRL_sign_ctx(crl, ctx), 0);
    int len = i2d_X509_CRL(crl, &der);
    ck_assert_int_gt(len, 0);
    buf_add(out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    EVP_MD_CTX_free(ctx);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    X509_CRL_free(crl);
}

static void write_in(const char *dir, const char *name, struct bytes data)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    write_file(path, data);
}

START_TEST(revocation)
{
    const char *dir = scratch_path("lists"), *names[] = {"1.crl", "2.crl"};
    own(buf) signer = buf_max(65536), anchor = buf_max(65536);
    struct chain_result r;
    scratch_run("rm -rf %s && mkdir %s", dir, dir);
    X509 *root = forge(&(struct forged){"Root", "Root", K_RSA, K_RSA, .ext = AUTHORITY()});
    X509 *leaf = forge(&(struct forged){"Leaf", "Root", K_P256, K_RSA, .ext = PERSON()});
    to_der(root, false, &anchor);
    to_der(leaf, false, &signer);
    write_in(dir, "root.der", buf_bytes(&anchor));
    for (size_t i = 0; i < 2 && lists[_i].lists[i].from; i++) {
        own(buf) der = buf_max(65536);
        list_der(&lists[_i].lists[i], root, leaf, &der);
        ck_assert_int_eq(trust_kind(buf_bytes(&der)), TRUST_CRL);
        write_in(dir, names[i], buf_bytes(&der));
    }
    X509_free(root);
    X509_free(leaf);
    own_ptr(trust) t = NULL;
    ck_assert_int_eq(trust_load(dir, &t), OK);
    chain_check(t, buf_bytes(&signer), NULL, 0, now, &r);
    ck_assert_msg(r.status == lists[_i].status, "%s: %s, %s", lists[_i].clause,
                  chain_status_slug(r.status), r.detail);
}
END_TEST

/* ---- what is missing ---- */

/* clang-format off */
static const struct {
    const char *clause, *missing, *address;
    struct forged at[3]; /* none is trusted */
} nowhere[] = {
    {"4.2.2.1 the issuer and where it is published", "CN=Sub", "http://ca.example/sub.cer",
     {{"Leaf", "Sub", K_OTHER, K_P256,
       .ext = PERSON({"authorityInfoAccess", "OCSP;URI:http://ocsp.example,"
                                             "caIssuers;URI:http://ca.example/sub.cer"})}}},
    {"4.2.2.1 no address", "CN=Sub", "", {LEAF}},
    {"4.2.2.1 the end of the way, not its beginning", "CN=Root", "ldap://ca.example/",
     {LEAF, SUB(AUTHORITY({"authorityInfoAccess", "caIssuers;URI:ldap://ca.example/"}))}},
    {"6.1.1 (d) a root that nobody trusts", "CN=Root", "", {LEAF, SUB(AUTHORITY()), ROOT}},
    {"a person who certifies himself is not named", "", "",
     {{"Leaf", "Leaf", K_OTHER, K_OTHER, .ext = PERSON()}}},
    {"control characters", "CN=a\\1B\\0Ab", "http://ca.example/ x",
     {{"Leaf", "a\033\nb", K_OTHER, K_P256,
       .ext = PERSON({"authorityInfoAccess", "caIssuers;URI:http://ca.example/\033\r\nx"})}}},
};
/* clang-format on */

START_TEST(missing)
{
    own(buf) leaf = buf_max(65536), above = buf_max(65536), top = buf_max(65536);
    struct buf *const der[] = {&above, &top};
    struct bytes extra[2];
    struct chain_result r;
    size_t n = 0;
    own_ptr(trust) t = trust_empty();
    forge_der(&nowhere[_i].at[0], &leaf);
    for (; n < 2 && nowhere[_i].at[n + 1].subject; n++) {
        forge_der(&nowhere[_i].at[n + 1], der[n]);
        extra[n] = buf_bytes(der[n]);
    }
    chain_check(t, buf_bytes(&leaf), extra, n, now, &r);
    ck_assert_int_eq(r.status, CHAIN_NONE);
    ck_assert_msg(strcmp(r.missing, nowhere[_i].missing) == 0, "%s: %s", nowhere[_i].clause,
                  r.missing);
    ck_assert_msg(strcmp(r.address, nowhere[_i].address) == 0, "%s: %s", nowhere[_i].clause,
                  r.address);
}
END_TEST

/* ---- policies ---- */

/* Three policies, each mapped to all three by every authority, are 3^n nodes of OpenSSL's tree,
 * which it gives up (RFC 5280 6.1.3 (d)) without a word to the caller: that is no chain, and not
 * one that lacks lists alone. */
START_TEST(policies_without_end)
{
    static const char three[] = "1.2.3.1,1.2.3.2,1.2.3.3";
    static const char mappings[] = "1.2.3.1:1.2.3.1,1.2.3.1:1.2.3.2,1.2.3.1:1.2.3.3,"
                                   "1.2.3.2:1.2.3.1,1.2.3.2:1.2.3.2,1.2.3.2:1.2.3.3,"
                                   "1.2.3.3:1.2.3.1,1.2.3.3:1.2.3.2,1.2.3.3:1.2.3.3";
    char names[PATH_LENGTH][16];
    const char *dir = scratch_path("policies");
    own(buf) leaf = buf_max(65536);
    struct chain_result r;
    const int last = PATH_LENGTH - 2;
    scratch_run("rm -rf %s && mkdir %s", dir, dir);
    for (int i = 0; i <= last; i++) (void)snprintf(names[i], sizeof names[i], "CA %d", i);
    for (int i = 0; i <= last; i++) {
        own(buf) der = buf_max(65536);
        const char *issuer = names[i < last ? i + 1 : i];
        struct forged f = {names[i], issuer, K_P256, K_P256,
                           .ext = AUTHORITY({"certificatePolicies", three})};
        if (i < last && _i == 1) f.ext[3] = (struct extension){"policyMappings", mappings};
        forge_der(&f, &der);
        write_in(dir, names[i], buf_bytes(&der));
    }
    forge_der(&(struct forged){"Leaf", names[0], K_OTHER, K_P256,
                               .ext = PERSON({"certificatePolicies", three})},
              &leaf);
    own_ptr(trust) t = NULL;
    ck_assert_int_eq(trust_load(dir, &t), OK);
    chain_check(t, buf_bytes(&leaf), NULL, 0, now, &r);
    ck_assert_msg(r.status == (_i == 1 ? CHAIN_NONE : CHAIN_NO_REVOCATION), "%s, %s",
                  chain_status_slug(r.status), r.detail);
}
END_TEST

/* ---- meshes ---- */

#define MESH 12

/* A folder in which each of MESH authorities has a certificate of each other one, all with the same
 * lifetime; the root, if it is there, has certified the last one alone. */
static struct trust *mesh(bool root, struct buf *leaf)
{
    char dir[256], path[512], names[MESH][16];
    (void)snprintf(dir, sizeof dir, "%s", scratch_path("mesh"));
    scratch_run("rm -rf %s && mkdir %s", dir, dir);
    for (int i = 0; i < MESH; i++) (void)snprintf(names[i], sizeof names[i], "CA %d", i);
    for (int i = 0; i < MESH; i++) {
        own(buf) pem = buf_max(1u << 20);
        for (int k = 0; k <= MESH; k++) {
            if (k == i || (k == MESH && i != MESH - 1)) continue;
            struct forged f = {names[i], k < MESH ? names[k] : "Root", K_P256,
                               k < MESH ? K_P256 : K_P384, .ext = AUTHORITY()};
            own(buf) der = buf_max(65536);
            forge_der(&f, &der);
            add_pem(&pem, buf_bytes(&der));
        }
        (void)snprintf(path, sizeof path, "%s/%d.pem", dir, i);
        write_file(path, buf_bytes(&pem));
    }
    own(buf) der = buf_max(65536);
    forge_der(&(struct forged)ROOT, &der);
    (void)snprintf(path, sizeof path, "%s/root.der", dir);
    if (root) write_file(path, buf_bytes(&der));
    forge_der(&(struct forged){"Leaf", names[0], K_OTHER, K_P256, .ext = PERSON()}, leaf);
    struct trust *t = NULL;
    ck_assert_int_eq(trust_load(dir, &t), OK);
    return t;
}

struct counting {
    int ways, longest;
};

static bool count_way(void *ctx, const struct path *p)
{
    struct counting *c = ctx;
    c->ways++;
    if (p->n > c->longest) c->longest = p->n;
    return false;
}

/* Ten steps through twelve authorities are more than 10^9 ways. */
START_TEST(mesh_is_bounded)
{
    own(buf) leaf = buf_max(65536);
    own_ptr(trust) t = mesh(_i == 1, &leaf);
    struct chain_result r;
    chain_check(t, buf_bytes(&leaf), NULL, 0, now, &r);
    ck_assert_msg(r.status == (_i == 1 ? CHAIN_NO_REVOCATION : CHAIN_NONE), "%s", r.detail);

    struct counting c = {0};
    struct path reached;
    const unsigned char *p = leaf.p;
    const struct shelves *s = shelves_of(t);
    X509 *x = d2i_X509(NULL, &p, (long)leaf.len);
    enum path_end end = path_find(s, x, s->between, now, count_way, &c, &reached);
    X509_free(x);
    ck_assert_int_eq(end, _i == 1 ? PATH_SHOWN : PATH_CUT);
    ck_assert_int_le(c.ways, PATH_WAYS);
    ck_assert_int_le(reached.n, PATH_LENGTH);
}
END_TEST

/* More issuers of that name than are looked at, all of which last longer than the one that signed:
 * the answer is no, and does not say that nobody is known. */
START_TEST(crowd)
{
    const char *dir = scratch_path("crowd");
    own(buf) leaf = buf_max(65536);
    struct chain_result r;
    char name[16];
    scratch_run("rm -rf %s && mkdir %s", dir, dir);
    for (int i = 0; i <= PATH_ISSUERS; i++) {
        own(buf) der = buf_max(65536);
        bool good = i == PATH_ISSUERS;
        (void)snprintf(name, sizeof name, "%d.der", i);
        forge_der(&(struct forged){"Sub", "Root", good ? K_P256 : K_OTHER, K_P384, .from = -9,
                                   .to = good ? 300 : 400, .ext = AUTHORITY()},
                  &der);
        if (i != 0 || _i == 1) write_in(dir, name, buf_bytes(&der));
    }
    own(buf) root = buf_max(65536);
    forge_der(&(struct forged)ROOT, &root);
    write_in(dir, "root.der", buf_bytes(&root));
    forge_der(&(struct forged)LEAF, &leaf);
    own_ptr(trust) t = NULL;
    ck_assert_int_eq(trust_load(dir, &t), OK);
    chain_check(t, buf_bytes(&leaf), NULL, 0, now, &r);
    ck_assert_int_eq(r.status, _i == 1 ? CHAIN_NONE : CHAIN_NO_REVOCATION);
    if (_i == 1) ck_assert_msg(strstr(r.detail, "too many") && !r.missing[0], "%s", r.detail);
}
END_TEST

/* A line of authorities: the longest that is walked, and one more. */
START_TEST(length)
{
    char dir[256], path[512], names[PATH_LENGTH + 1][16];
    int between = _i == 0 ? PATH_LENGTH - 2 : PATH_LENGTH - 1;
    own(buf) leaf = buf_max(65536);
    struct chain_result r;
    (void)snprintf(dir, sizeof dir, "%s", scratch_path("line"));
    scratch_run("rm -rf %s && mkdir %s", dir, dir);
    for (int i = 0; i <= between; i++) (void)snprintf(names[i], sizeof names[i], "CA %d", i);
    for (int i = 0; i <= between; i++) {
        own(buf) der = buf_max(65536);
        const char *issuer = i < between ? names[i + 1] : names[i];
        forge_der(&(struct forged){names[i], issuer, K_P256, K_P256, .ext = AUTHORITY()}, &der);
        (void)snprintf(path, sizeof path, "%s/%d.der", dir, i);
        write_file(path, buf_bytes(&der));
    }
    forge_der(&(struct forged){"Leaf", names[0], K_OTHER, K_P256, .ext = PERSON()}, &leaf);
    own_ptr(trust) t = NULL;
    ck_assert_int_eq(trust_load(dir, &t), OK);
    ck_assert_uint_eq(trust_n_anchors(t), 1);
    chain_check(t, buf_bytes(&leaf), NULL, 0, now, &r);
    ck_assert_msg(r.status == (_i == 0 ? CHAIN_NO_REVOCATION : CHAIN_NONE), "%s", r.detail);
}
END_TEST

int main(void)
{
    (void)scratch_new();
    now = utc_now();
    make_keys();
    Suite *s = suite_create("path");
    TCase *t = tcase_create("path");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, clauses, 0, ROWS(rows));
    tcase_add_loop_test(t, clauses_by_signature, 0, ROWS(rows));
    tcase_add_loop_test(t, revocation, 0, ROWS(lists));
    tcase_add_loop_test(t, missing, 0, ROWS(nowhere));
    tcase_add_loop_test(t, policies_without_end, 0, 2);
    tcase_add_test(t, names_agree);
    tcase_add_loop_test(t, mesh_is_bounded, 0, 2);
    tcase_add_loop_test(t, crowd, 0, 2);
    tcase_add_loop_test(t, length, 0, 2);
    suite_add_tcase(s, t);
    return suite_run(s);
}
