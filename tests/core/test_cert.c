/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <dirent.h>
#include <stdio.h>

#include "core/base64.h"
#include "core/cert.h"
#include "core/err.h"
#include "core/file.h"
#include "core/kimlik.h"
#include "core/name.h"
#include "core/oid.h"

#include "tests/support/suite.h"

#define KAMUSM "../shared/data/kamusm"

static void read_file(const char *path, struct buf *out)
{
    ck_assert_msg(file_read(path, out) == OK, "%s", path);
}

static void put_hex(struct buf *out, const char *hex)
{
    for (; *hex; hex += 2) {
        while (*hex == ' ') hex++;
        unsigned v;
        ck_assert(sscanf(hex, "%2x", &v) == 1);
        buf_byte(out, (uint8_t)v);
    }
}

/* ---- a certificate put together from parts, one of which is bad ---- */

enum part {
    VERSION,
    SERIAL,
    ALG,
    ISSUER,
    VALIDITY,
    SUBJECT,
    SPKI,
    IDS,
    EXTENSIONS,
    OUTER_ALG,
    SIG
};
#define N_PARTS (SIG + 1)

#define ECDSA  "300a 0608 2a8648ce3d040302"
#define NAME_X "300c 310a 3008 0603 550403 0c01 78"
#define POINT  "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"
#define UTC_OK "170d 3236313132323132303030305a"

/* Hex of each part; EXTENSIONS without its [3] and SEQUENCE. */
static const char *const sound[N_PARTS] = {
    "a003 0201 02",
    "0201 0a",
    ECDSA,
    NAME_X,
    "301e" UTC_OK UTC_OK,
    NAME_X,
    "3059 3013 0607 2a8648ce3d0201 0608 2a8648ce3d030107 0342 0004" POINT POINT,
    "",
    "300e 0603 551d0f 0101ff 0404 030206c0",
    ECDSA,
    "0303 00 aabb",
};

static void put_wrapped(struct buf *out, uint8_t tag, const struct buf *content)
{
    der_put(out, tag, buf_bytes(content));
}

static void build(struct buf *out, const char *const parts[N_PARTS])
{
    own(buf) tbs = buf_max(65536), list = buf_max(65536), wrapped = buf_max(65536);
    own(buf) whole = buf_max(65536);
    for (int i = VERSION; i < EXTENSIONS; i++) put_hex(&tbs, parts[i]);
    if (parts[EXTENSIONS]) {
        put_hex(&list, parts[EXTENSIONS]);
        put_wrapped(&wrapped, DER_SEQUENCE, &list);
        put_wrapped(&tbs, DER_CONTEXT_CONS(3), &wrapped);
    }
    put_wrapped(&whole, DER_SEQUENCE, &tbs);
    put_hex(&whole, parts[OUTER_ALG]);
    put_hex(&whole, parts[SIG]);
    put_wrapped(out, DER_SEQUENCE, &whole);
    ck_assert(buf_ok(out));
}

static const struct {
    enum part part;
    const char *hex;
    const char *clause; /* NULL: it is fine */
} mutations[] = {
    {VERSION, "a003 0201 02", NULL},
    {VERSION, "a003 0201 00", "X.690 11.5"},
    {VERSION, "a003 0201 03", "RFC 5280 4.1.2.1"},
    {VERSION, "a004 0202 0002", "X.690 8.3.2"},
    {VERSION, "a006 0201 02 0201 02", "X.690 8.1.1"},
    {VERSION, "", "RFC 5280 4.1.2.9"}, /* version 1 with extensions */
    {SERIAL, "0201 00", NULL},
    {SERIAL, "0200", "X.690 8.3.1"},
    {SERIAL, "0202 0001", "X.690 8.3.2"},
    {SERIAL, "0201 ff", "RFC 5280 4.1.2.2"},
    {SERIAL, "0215 00ff02030405060708090a0b0c0d0e0f1011121314", NULL},
    {SERIAL, "0215 0102030405060708090a0b0c0d0e0f101112131415", "RFC 5280 4.1.2.2"},
    {SERIAL, "0401 0a", "X.690 8.1.2"},
    {ALG, "300c 0608 2a8648ce3d040302 0500", "RFC 5280 4.1.1.2"},
    {ALG, "300a 0608 2a8648ce3d048002", "X.690 8.19.2"},
    {ALG, "3002 0600", "X.690 8.19.2"},
    {ALG, "300e 0608 2a8648ce3d040302 0500 0500", "X.690 8.1.1"},
    {ISSUER, "3000", "RFC 5280 4.1.2.4"},
    {ISSUER, "3002 3100", "RFC 5280 4.1.2.4"},
    {ISSUER, "300b 3109 3007 0603 550403 0c00", NULL},
    {SUBJECT, "3000", NULL},
    {SUBJECT, "300d 310b 3009 0603 550403 0c02 c0af", "X.690 8.23.10"},
    {SUBJECT, "300c 310a 3008 0603 550403 1e01 78", "X.690 8.23.8"},
    {SUBJECT, "300d 310b 3009 0603 550403 1e02 d800", "X.680 41"},
    {SUBJECT, "300f 310d 300b 0603 550403 1c04 0000015f", NULL},
    {SUBJECT, "300f 310d 300b 0603 550403 1c04 54657374", "X.680 41"},
    {SUBJECT, "300c 310a 3008 0603 550403 0201 78", "RFC 5280 4.1.2.4"},
    {SUBJECT, "3009 3107 3005 0603 550403", "RFC 5280 4.1.2.4"},
    {SUBJECT, "300e 310c 300a 0603 550403 0c01 78 0500", "X.690 8.1.1"},
    {SUBJECT, "3016 3114 3008 0603 550403 0c01 78 3008 0603 55040a 0c01 78", NULL},
    {SUBJECT, "3016 3114 3008 0603 55040a 0c01 78 3008 0603 550403 0c01 78", "X.690 11.6"},
    {VALIDITY, "301e" UTC_OK "170d 3236303233303132303030305a", "RFC 5280 4.1.2.5.1"},
    {VALIDITY, "301c 170b 323631313232313230305a" UTC_OK, "RFC 5280 4.1.2.5.1"},
    {VALIDITY, "3020 170f 3236313132323132303030302b30" UTC_OK, "RFC 5280 4.1.2.5.1"},
    {VALIDITY, "3020" UTC_OK "180f 32303530303130313030303030305a", NULL},
    {VALIDITY, "3022" UTC_OK "1811 32303530303130313030303030302e315a", "RFC 5280 4.1.2.5.2"},
    {VALIDITY, "300f" UTC_OK, "X.690 8.1.3"},
    {SPKI, "3059 3013 0607 2a8648ce3d0201 0608 2a8648ce3d030107 0342 0005" POINT POINT,
     "RFC 5480 2.2"},
    {SPKI, "3039 3013 0607 2a8648ce3d0201 0608 2a8648ce3d030107 0322 0002" POINT, NULL},
    {SPKI, "3039 3013 0607 2a8648ce3d0201 0608 2a8648ce3d030107 0322 0004" POINT, "RFC 5480 2.2"},
    {SPKI, "301c 300d 0609 2a864886f70d010101 0500 030b 00 3008 0203 00ffff 0201 03", NULL},
    {SPKI, "301a 300b 0609 2a864886f70d010101 030b 00 3008 0203 00ffff 0201 03", "RFC 3279 2.3.1"},
    {SPKI, "301c 300d 0609 2a864886f70d010101 0500 030b 00 3008 0203 80ffff 0201 03",
     "RFC 8017 A.1.1"},
    {SPKI, "301b 300d 0609 2a864886f70d010101 0500 030a 00 3007 0202 ff7f 0201 03",
     "RFC 8017 A.1.1"},
    {SPKI, "301c 300d 0609 2a864886f70d010101 0500 030b 01 3008 0203 00ffff 0201 02",
     "RFC 5280 4.1"},
    {SPKI, "300b 3005 0603 2b6570 0302 00 aa", NULL}, /* a key we do not know */
    {IDS, "8102 00 aa", NULL},
    {IDS, "8100", "X.690 8.6.2"},
    {EXTENSIONS, NULL, NULL},
    {EXTENSIONS, "", "RFC 5280 4.1.2.9"},
    {EXTENSIONS, "3007 0603 551d11 0400 3007 0603 551d11 0400", "RFC 5280 4.2"},
    {EXTENSIONS, "3007 0603 2a0304 0400 3007 0603 2a0304 0400", "RFC 5280 4.2"},
    {EXTENSIONS, "300a 0603 551d11 010100 0400", "X.690 11.5"},
    {EXTENSIONS, "300a 0603 551d11 010101 0400", "X.690 11.1"},
    {EXTENSIONS, "300d 0603 551d0f 0101ff 0403 0302 06", "X.690 8.1.3"},
    {EXTENSIONS, "300b 0603 551d0f 0404 030205c0", NULL}, /* see cert.c */
    {EXTENSIONS, "300b 0603 551d0f 0404 03020000", "RFC 5280 4.2.1.3"},
    {EXTENSIONS, "300b 0603 551d0f 0404 030206e0", "X.690 11.2.1"},
    {EXTENSIONS, "300b 0603 551d0f 0404 030208c0", "X.690 8.6.2.2"},
    {EXTENSIONS, "300a 0603 551d0f 0403 030100", "RFC 5280 4.2.1.3"},
    {EXTENSIONS, "300d 0603 551d0f 0406 030206c0 0500", "X.690 8.1.1"},
    {EXTENSIONS, "3009 0603 551d13 0402 3000", NULL},
    {EXTENSIONS, "300c 0603 551d13 0405 3003 010100", "X.690 11.5"},
    {EXTENSIONS, "300c 0603 551d13 0405 3003 020100", "RFC 5280 4.2.1.9"},
    {EXTENSIONS, "300f 0603 551d13 0408 3006 0101ff 0201ff", "X.690 8.3.3"},
    {EXTENSIONS, "3009 0603 551d20 0402 3000", "RFC 5280 4.2.1.4"},
    {EXTENSIONS, "3009 0603 551d1f 0402 3000", "RFC 5280 4.2.1.13"},
    {EXTENSIONS, "300e 0608 2b06010505070101 0402 3000", "RFC 5280 4.2.2.1"},
    {EXTENSIONS,
     "3023 0603 551d20 041c 301a 3018 0602 2a03 3012 3010 0608 2b06010505070202 3004 "
     "1302 6869",
     "RFC 5280 4.2.1.4"}, /* explicitText as PrintableString */
    {OUTER_ALG, "300c 0608 2a8648ce3d040302 0500", "RFC 5280 4.1.1.2"},
    {SIG, "0300", "X.690 8.6.2.1"},
    {SIG, "0303 01 aaba", "RFC 5280 4.1"},
    {SIG, "0303 00 aabb 00", "X.690 8.1.1"},
    {SIG, "0303 00 aabb 0500", "X.690 8.1.1"},
    {SIG, "", "X.690 8.1.3"},
};

START_TEST(test_mutations)
{
    const char *parts[N_PARTS];
    memcpy(parts, sound, sizeof parts);
    parts[mutations[_i].part] = mutations[_i].hex;
    own(buf) der = buf_max(65536);
    build(&der, parts);
    struct cert c;
    struct der_latch why = {0};
    bool ok = cert_read(buf_bytes(&der), &c, &why);
    const char *wanted = mutations[_i].clause;
    ck_assert_msg(ok == !wanted, "row %d: %s", _i, why.clause ? why.clause : "accepted");
    if (wanted)
        ck_assert_msg(strncmp(why.clause, wanted, strlen(wanted)) == 0, "row %d: %s, not %s", _i,
                      why.clause, wanted);
}
END_TEST

/* RFC 5280 4.2.1.3: each bit at its place. */
START_TEST(test_key_usage_bits)
{
    char hex[64];
    unsigned octet = 0x80u >> (_i % 8), unused = 7 - (unsigned)_i % 8;
    if (_i < 8)
        (void)snprintf(hex, sizeof hex, "300b 0603 551d0f 0404 0302%02x%02x", unused, octet);
    else
        (void)snprintf(hex, sizeof hex, "300c 0603 551d0f 0405 03030700%02x", octet);
    const char *parts[N_PARTS];
    memcpy(parts, sound, sizeof parts);
    parts[EXTENSIONS] = hex;
    own(buf) der = buf_max(65536);
    build(&der, parts);
    struct cert c;
    struct der_latch why = {0};
    ck_assert_msg(cert_read(buf_bytes(&der), &c, &why), "%s", why.clause);
    ck_assert(c.has_key_usage);
    ck_assert_uint_eq(c.key_usage, 1u << _i);
}
END_TEST

START_TEST(test_details)
{
    static const struct {
        enum part part;
        const char *hex;
        enum key_type type;
        unsigned bits;
        int path_len;
        bool is_ca, unknown_critical;
    } rows[] = {
        {SIG, "0303 00 aabb", KEY_P256, 256, -1, false, false},
        {SPKI, "301c 300d 0609 2a864886f70d010101 0500 030b 00 3008 0203 00ffff 0201 03", KEY_RSA,
         16, -1, false, false},
        {SPKI, "301a 300b 0609 2a864886f70d01010a 030b 00 3008 0203 01ffff 0201 03", KEY_RSA, 17,
         -1, false, false},
        {SPKI, "300b 3005 0603 2b6570 0302 00 aa", KEY_UNKNOWN, 0, -1, false, false},
        {EXTENSIONS, "300f 0603 551d13 0408 3006 0101ff 020103", KEY_P256, 256, 3, true, false},
        {EXTENSIONS, "3014 0603 551d13 040d 300b 0101ff 0206 010000000000", KEY_P256, 256,
         2147483647, true, false},
        {EXTENSIONS, "300c 0603 551d13 0405 3003 0101ff", KEY_P256, 256, -1, true, false},
        {EXTENSIONS, "300a 0603 551d1e 0101ff 0400", KEY_P256, 256, -1, false, true},
        {EXTENSIONS, "3007 0603 551d1e 0400", KEY_P256, 256, -1, false, false},
        {EXTENSIONS, "300a 0603 551d25 0101ff 0400", KEY_P256, 256, -1, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *parts[N_PARTS];
        memcpy(parts, sound, sizeof parts);
        parts[rows[i].part] = rows[i].hex;
        own(buf) der = buf_max(65536);
        build(&der, parts);
        struct cert c;
        struct der_latch why = {0};
        ck_assert_msg(cert_read(buf_bytes(&der), &c, &why), "row %zu: %s", i, why.clause);
        ck_assert_msg(c.key_type == rows[i].type && c.key_bits == rows[i].bits &&
                          c.path_len == rows[i].path_len && c.is_ca == rows[i].is_ca &&
                          c.unknown_critical == rows[i].unknown_critical,
                      "row %zu", i);
    }
}
END_TEST

/* qcStatements in every form of the facts; statements as hex of the SEQUENCE's content. */
START_TEST(test_statements)
{
    static const struct {
        const char *hex;
        unsigned qc;
    } rows[] = {
        {"3008 0606 04008e460101", QC_COMPLIANCE},
        {"3014 0608 2b06010505070b02 3008 0606 04008e460101", QC_COMPLIANCE},
        {"300a 0608 2b06010505070b02", 0},
        {"300c 0608 2b06010505070b02 0500", 0},
        {"3008 0606 04008e460104 3008 0606 04008e460102", QC_SSCD | QC_LIMIT},
        {"3010 060b 608618013d0001a74e0101 0c01 78", QC_TR_NES},
        {"300d 060b 608618013d0001a74e0101", QC_TR_NES},
        {"300d 060b 608618013d0001a74e0201", QC_TR_ESEAL},
        {"3008 0606 04008e460105", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        own(buf) list = buf_max(256), sequence = buf_max(256), extension = buf_max(256);
        own(buf) whole = buf_max(256), der = buf_max(65536), hex = buf_max(1024);
        put_hex(&list, rows[i].hex);
        put_wrapped(&sequence, DER_SEQUENCE, &list);
        put_hex(&extension, "0608 2b06010505070103");
        put_wrapped(&extension, DER_OCTET_STRING, &sequence);
        put_wrapped(&whole, DER_SEQUENCE, &extension);
        buf_hex(&hex, buf_bytes(&whole));
        const char *parts[N_PARTS];
        memcpy(parts, sound, sizeof parts);
        parts[EXTENSIONS] = buf_cstr(&hex);
        build(&der, parts);
        struct cert c;
        struct der_latch why = {0};
        ck_assert_msg(cert_read(buf_bytes(&der), &c, &why), "row %zu: %s", i, why.clause);
        ck_assert_msg(c.qc == rows[i].qc, "row %zu: %x", i, c.qc);
    }
}
END_TEST

/* ---- qualified, facts 2 ---- */

START_TEST(test_qualified)
{
    const unsigned all =
        NQ_NO_QC_COMPLIANCE | NQ_NO_TR_STATEMENT | NQ_NO_NON_REPUDIATION | NQ_NO_USER_NOTICE;
    struct cert good = {
        .qc = QC_COMPLIANCE | QC_TR_NES, .key_usage = KU_NON_REPUDIATION, .notice = bytes_str("x")};
    struct cert bare = {0};
    ck_assert_uint_eq(cert_qualified(&good), 0);
    ck_assert_uint_eq(cert_qualified(&bare), all);
    ck_assert(!cert_is_eseal(&good));
    struct cert c = good;
    c.qc = QC_COMPLIANCE | QC_TR_ESEAL;
    ck_assert_uint_eq(cert_qualified(&c), 0);
    ck_assert(cert_is_eseal(&c));
    c.qc = QC_TR_NES | QC_SSCD | QC_LIMIT;
    ck_assert_uint_eq(cert_qualified(&c), NQ_NO_QC_COMPLIANCE);
    c.qc = QC_COMPLIANCE;
    ck_assert_uint_eq(cert_qualified(&c), NQ_NO_TR_STATEMENT);
    c = good;
    c.key_usage = (unsigned)~KU_NON_REPUDIATION;
    ck_assert_uint_eq(cert_qualified(&c), NQ_NO_NON_REPUDIATION);
    c = good;
    c.notice.len = 0;
    ck_assert_uint_eq(cert_qualified(&c), NQ_NO_USER_NOTICE);
    ck_assert_str_eq(qualified_reason_slug(NQ_NO_QC_COMPLIANCE), "no-qc-compliance");
    ck_assert_str_eq(qualified_reason_slug(NQ_NO_TR_STATEMENT), "no-tr-statement");
    ck_assert_str_eq(qualified_reason_slug(NQ_NO_NON_REPUDIATION), "no-non-repudiation");
    ck_assert_str_eq(qualified_reason_slug(NQ_NO_USER_NOTICE), "no-user-notice");
}
END_TEST

/* ---- whole certificates ---- */

static const struct {
    const char *path;
    enum key_type type;
    unsigned bits, qc;
    bool is_ca, eseal;
    unsigned not_qualified;
    const char *serial_number;
} leaves[] = {
    {"fixtures/cert/rsa.der", KEY_RSA, 2048, QC_COMPLIANCE | QC_TR_NES, false, false, 0,
     "10000000146"},
    {"fixtures/cert/p256.der", KEY_P256, 256, QC_COMPLIANCE | QC_TR_NES, false, false, 0,
     "10000000146"},
    {"fixtures/cert/eseal.der", KEY_P256, 256, QC_COMPLIANCE | QC_TR_ESEAL, false, true, 0,
     "1234567890"},
    {"fixtures/cert/etugra.der", KEY_P256, 256, QC_COMPLIANCE | QC_TR_NES | QC_SSCD | QC_LIMIT,
     false, false, 0, "10000000146"},
    {"fixtures/cert/sub.der", KEY_RSA, 3072, 0, true, false,
     NQ_NO_QC_COMPLIANCE | NQ_NO_TR_STATEMENT | NQ_NO_NON_REPUDIATION, ""},
    {"fixtures/cert/root.der", KEY_P384, 384, 0, true, false,
     NQ_NO_QC_COMPLIANCE | NQ_NO_TR_STATEMENT | NQ_NO_NON_REPUDIATION | NQ_NO_USER_NOTICE, ""},
};

START_TEST(test_leaves)
{
    own(buf) der = buf_max(65536);
    read_file(leaves[_i].path, &der);
    struct cert c;
    struct der_latch why = {0};
    ck_assert_msg(cert_read(buf_bytes(&der), &c, &why), "%s", why.clause);
    ck_assert_int_eq(c.key_type, leaves[_i].type);
    ck_assert_uint_eq(c.key_bits, leaves[_i].bits);
    ck_assert_uint_eq(c.qc, leaves[_i].qc);
    ck_assert(c.is_ca == leaves[_i].is_ca);
    ck_assert(cert_is_eseal(&c) == leaves[_i].eseal);
    ck_assert(bytes_eq_str(c.serial_number, leaves[_i].serial_number));
    ck_assert_msg(cert_qualified(&c) == leaves[_i].not_qualified ||
                      (c.is_ca && cert_qualified(&c) & NQ_NO_NON_REPUDIATION),
                  "%s: %x", leaves[_i].path, cert_qualified(&c));
    if (!c.is_ca) {
        ck_assert(bytes_starts(c.crl_url, bytes_str("http://")));
        ck_assert(bytes_starts(c.ocsp_url, bytes_str("http://")));
        ck_assert(bytes_starts(c.ca_issuers_url, bytes_str("http://")));
        ck_assert(bytes_starts(c.cps, bytes_str("http://")));
        ck_assert(cert_has_policy(&c, c.policy));
        ck_assert(!cert_has_policy(&c, oid_content(OID_TR_P4)));
    }
}
END_TEST

/* No prefix of a certificate is one: X.690 8.1.3. */
START_TEST(test_truncation)
{
    own(buf) der = buf_max(65536);
    read_file("fixtures/cert/p256.der", &der);
    for (size_t n = 0; n < der.len; n++) {
        struct cert c;
        struct der_latch why = {0};
        ck_assert_msg(!cert_read(bytes_of(der.p, n), &c, &why), "%zu octets", n);
        ck_assert_ptr_nonnull(why.clause);
        ck_assert_uint_le(why.at, n);
    }
}
END_TEST

START_TEST(test_limits)
{
    own(buf) der = buf_max(1 << 20), big = buf_max(1 << 20);
    own(buf) hex = buf_max(65536);
    struct cert c;
    struct der_latch why = {0}, also = {0};
    for (size_t i = 0; i < 70000; i++) buf_byte(&big, 0);
    der_put(&der, DER_SEQUENCE, buf_bytes(&big));
    ck_assert(!cert_read(buf_bytes(&der), &c, &why));
    ck_assert_str_eq(why.clause, "limit: certificate above 64 KiB");
    for (unsigned i = 0; i < 65; i++) buf_fmt(&hex, "3007 0603 2a03%02x 0400 ", i);
    const char *parts[N_PARTS];
    memcpy(parts, sound, sizeof parts);
    parts[EXTENSIONS] = buf_cstr(&hex);
    buf_cut(&der, 0);
    hex.p[hex.len - 1] = 0; /* the last space */
    build(&der, parts);
    ck_assert(!cert_read(buf_bytes(&der), &c, &also));
    ck_assert_str_eq(also.clause, "limit: more than 64 extensions");
}
END_TEST

START_TEST(test_pem)
{
    own(buf) pem = buf_max(65536), der = buf_max(65536), wanted = buf_max(65536);
    read_file("fixtures/cert/p256.pem", &pem);
    read_file("fixtures/cert/p256.der", &wanted);
    size_t one = pem.len;
    own(buf) twice = buf_max(1 << 20);
    buf_str(&twice,
            "chatter\n-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n");
    buf_add(&twice, bytes_of(pem.p, one));
    buf_str(&twice, "x -----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    buf_add(&twice, bytes_of(pem.p, one));
    buf_str(&twice, "-----BEGIN CERTIFICATE-----\nAAAA\n");
    size_t at = 0, n = 0;
    while (cert_from_pem(buf_bytes(&twice), &at, &der)) {
        ck_assert(bytes_eq(buf_bytes(&der), buf_bytes(&wanted)));
        buf_cut(&der, 0);
        n++;
    }
    ck_assert_uint_eq(n, 2);
    struct digest d;
    ck_assert(cert_id(buf_bytes(&wanted), &d) && d.alg == DIGEST_SHA256 && d.len == 32);
}
END_TEST

/* ---- what others made, read where it lies ---- */

static void read_foreign(const char *name, struct buf *der)
{
    own(buf) file = buf_max(1 << 20);
    char path[256];
    (void)snprintf(path, sizeof path, KAMUSM "/%s", name);
    if (file_read(path, &file) != OK) return;
    size_t at = 0;
    if (!cert_from_pem(buf_bytes(&file), &at, der)) buf_add(der, buf_bytes(&file));
}

START_TEST(test_kamusm)
{
    static const struct {
        const char *name, *common_name;
        enum key_type type;
        unsigned bits;
        bool is_ca;
    } rows[] = {
        {"root-v4.pem", "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 4", KEY_RSA, 2048, true},
        {"root-v5.pem", "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 5", KEY_RSA, 2048, true},
        {"root-v6.pem", "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 6", KEY_P384, 384, true},
        {"root-v7.pem", "Kamu SM Kök Sertifika Hizmet Sağlayıcısı - Sürüm 7", KEY_P384, 384, true},
        {"sub-nes-v5.pem", "Kamu Elektronik Sertifika Hizmet Sağlayıcısı - Sürüm 5", KEY_RSA, 2048,
         true},
        {"sub-nes-v6.crt", "Kamu Elektronik Sertifika Hizmet Sağlayıcısı - Sürüm 6", KEY_P384, 384,
         true},
        {"nes-test-leaf-2015.der", "Test Kullanıcı Bir", KEY_RSA, 2048, false},
    };
    own(buf) der = buf_max(65536), name = buf_max(1024);
    read_foreign(rows[_i].name, &der);
    if (der.len == 0) {
        printf("# %s is not here: skipped\n", rows[_i].name);
        return;
    }
    struct cert c;
    struct der_latch why = {0};
    ck_assert_msg(cert_read(buf_bytes(&der), &c, &why), "%s: %s", rows[_i].name, why.clause);
    ck_assert(name_string(&name, c.common_name_tag, c.common_name));
    ck_assert_str_eq(buf_cstr(&name), rows[_i].common_name);
    ck_assert(c.key_type == rows[_i].type && c.key_bits == rows[_i].bits);
    ck_assert(c.is_ca == rows[_i].is_ca && c.version == 3 && c.has_key_usage);
}
END_TEST

/* The real test leaf of 2015, every field of facts 2. */
START_TEST(test_real_leaf)
{
    own(buf) der = buf_max(65536), policy = buf_max(64), notice = buf_max(1024);
    read_foreign("nes-test-leaf-2015.der", &der);
    if (der.len == 0) return;
    struct cert c;
    struct der_latch why = {0};
    ck_assert(cert_read(buf_bytes(&der), &c, &why));
    ck_assert_uint_eq(cert_qualified(&c), 0);
    ck_assert_uint_eq(c.key_usage, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION);
    ck_assert_uint_eq(c.qc, QC_COMPLIANCE | QC_TR_NES);
    ck_assert(bytes_eq_str(c.serial_number, "10000000111"));
    ck_assert(!kimlik_valid(c.serial_number)); /* a fact: warn, never reject */
    ck_assert(bytes_eq_str(c.crl_url, "http://depo.kamusm.gov.tr/nes/NESIL.v5.crl"));
    ck_assert(bytes_eq_str(c.ca_issuers_url, "http://depo.kamusm.gov.tr/nes/neshs.v5.crt"));
    ck_assert(bytes_eq_str(c.ocsp_url, "http://ocsp5.kamusm.gov.tr/"));
    ck_assert(bytes_eq_str(c.cps, "http://depo.kamusm.gov.tr/ilke/ksm_nes_sue"));
    ck_assert(oid_text(&policy, c.policy));
    ck_assert_str_eq(buf_cstr(&policy), "2.16.792.1.2.1.1.5.7.1.1");
    ck_assert(name_string(&notice, c.notice_tag, c.notice));
    ck_assert_str_eq(buf_cstr(&notice), "Bu sertifika, 5070 sayılı Elektronik İmza Kanununa göre "
                                        "nitelikli elektronik sertifikadır.");
    ck_assert_int_eq(c.not_before, 1439980375);
    ck_assert_int_eq(c.not_after, 1534588375);
    ck_assert_uint_eq(c.aki.len, 20);
    ck_assert_uint_eq(c.ski.len, 20);
}
END_TEST

/* Every certificate of an old SertifikaDeposu.xml parses. */
START_TEST(test_store)
{
    own(buf) xml = buf_max(1 << 22);
    if (file_read(KAMUSM "/SertifikaDeposu.xml", &xml) != OK) {
        printf("# SertifikaDeposu.xml is not here: skipped\n");
        return;
    }
    const char *p = buf_cstr(&xml);
    size_t n = 0;
    for (; (p = strstr(p, "<mValue>")); n++) {
        p += strlen("<mValue>");
        const char *end = strstr(p, "</mValue>");
        ck_assert_ptr_nonnull(end);
        own(buf) der = buf_max(65536), text = buf_max(65536);
        ck_assert(base64_decode_xml(&der, bytes_of(p, (size_t)(end - p))));
        struct cert c;
        struct der_latch why = {0};
        ck_assert_msg(cert_read(buf_bytes(&der), &c, &why), "certificate %zu: %s", n, why.clause);
        ck_assert(name_rfc2253(&text, c.subject) && name_rfc2253(&text, c.issuer));
        ck_assert(name_equal(c.subject, c.subject));
    }
    ck_assert_uint_gt(n, 0);
    printf("# SertifikaDeposu.xml: %zu certificates read\n", n);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cert");
    TCase *t = tcase_create("cert");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, test_mutations, 0, ROWS(mutations));
    tcase_add_loop_test(t, test_key_usage_bits, 0, 9);
    tcase_add_test(t, test_details);
    tcase_add_test(t, test_statements);
    tcase_add_test(t, test_qualified);
    tcase_add_loop_test(t, test_leaves, 0, ROWS(leaves));
    tcase_add_test(t, test_truncation);
    tcase_add_test(t, test_limits);
    tcase_add_test(t, test_pem);
    tcase_add_loop_test(t, test_kamusm, 0, 7);
    tcase_add_test(t, test_real_leaf);
    tcase_add_test(t, test_store);
    return suite_run(s);
}
