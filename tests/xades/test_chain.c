/* SPDX-License-Identifier: MIT */
#include "xades/chain.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/cert.h"
#include "core/file.h"
#include "tests/support/pki.h"
#include "tests/support/suite.h"

static const char *pki;

static const char *path_of(const char *name)
{
    static char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", pki, name);
    return path;
}

static void read_der(const char *name, struct buf *der)
{
    char file[128];
    (void)snprintf(file, sizeof file, "%s.der", name);
    ck_assert_int_eq(file_read(path_of(file), der), OK);
}

static struct trust *load(const char *name)
{
    struct trust *t = NULL;
    ck_assert_int_eq(trust_load(path_of(name), &t), OK);
    return t;
}

#define DAY 86400

/* RFC 5280 6.1: each leaf against each folder, at a time. */
static const struct {
    const char *leaf, *folder;
    int days; /* from now */
    enum chain_status status;
    bool signer;
} rows[] = {
    {"rsa", "trust", 0, CHAIN_OK, false},
    {"p256", "trust", 0, CHAIN_OK, false},
    {"p384", "trust", 0, CHAIN_OK, false},
    {"etugra", "trust", 0, CHAIN_OK, false},
    {"p256", "trust-no-crl", 0, CHAIN_NO_REVOCATION, true},
    {"p256", "trust-stale", 0, CHAIN_NO_REVOCATION, true},
    {"p256", "trust", 60, CHAIN_NO_REVOCATION, true},  /* nextUpdate passed */
    {"p256", "trust", -20, CHAIN_NO_REVOCATION, true}, /* thisUpdate not reached */
    {"expired", "trust", 0, CHAIN_EXPIRED, true},
    {"expired", "trust-no-crl", 0, CHAIN_EXPIRED, true},
    {"notyet", "trust", 0, CHAIN_NOT_YET_VALID, true},
    {"p256", "trust", 2000, CHAIN_EXPIRED, true},
    {"revoked", "trust", 0, CHAIN_REVOKED, true},
    {"revoked", "trust-stale", 0, CHAIN_REVOKED, true}, /* a revocation does not go stale */
    {"revoked", "trust-no-crl", 0, CHAIN_NO_REVOCATION, true},
    {"stranger", "trust", 0, CHAIN_NONE, true},
    {"selfsigned", "trust", 0, CHAIN_NONE, true},
    {"weak", "trust", 0, CHAIN_CONSTRAINTS, true}, /* Tebliğ art. 6: RSA ≥ 2048 */
    {"sub", "trust", 0, CHAIN_CONSTRAINTS, true},  /* keyUsage: no signatures on documents */
};

START_TEST(statuses)
{
    own(buf) der = buf_max(65536);
    own_ptr(trust) t = load(rows[_i].folder);
    struct chain_result r;
    read_der(rows[_i].leaf, &der);
    chain_check(t, buf_bytes(&der), NULL, 0, utc_now() + (utc_t)rows[_i].days * DAY, &r);
    ck_assert_msg(r.status == rows[_i].status, "%s in %s at %d: %s, %s", rows[_i].leaf,
                  rows[_i].folder, rows[_i].days, chain_status_slug(r.status), r.detail);
    if (r.status == CHAIN_OK) return;
    ck_assert(r.signer == rows[_i].signer);
    ck_assert(r.detail[0] != 0 && !strstr(r.detail, "Ay"));
}
END_TEST

START_TEST(revocation_time)
{
    own(buf) der = buf_max(65536);
    own_ptr(trust) t = load("trust");
    struct chain_result r;
    read_der("revoked", &der);
    chain_check(t, buf_bytes(&der), NULL, 0, utc_now(), &r);
    ck_assert(r.revoked_at > utc_now() - 11 * DAY && r.revoked_at < utc_now() - 9 * DAY);
}
END_TEST

/* A folder of our own: which files make which chain. */
static void folder(const char *name, const char *const files[])
{
    char command[4096], dir[1024];
    (void)snprintf(dir, sizeof dir, "%s", path_of(name));
    (void)mkdir(dir, 0700);
    for (; *files; files++) {
        own(buf) content = buf_max(1u << 20);
        ck_assert_int_eq(file_read(path_of(*files), &content), OK);
        (void)snprintf(command, sizeof command, "%s/%s", dir, *files);
        ck_assert_int_eq(file_write(command, buf_bytes(&content)), OK);
    }
}

START_TEST(shapes_of_files)
{
    own(buf) leaf = buf_max(65536), sub = buf_max(65536), root2 = buf_max(65536);
    struct chain_result r;
    read_der("p256", &leaf);
    read_der("sub", &sub);
    read_der("root2", &root2);

    /* One bundle, a DER file, CRLs, and what is nothing at all. */
    folder("t1", (const char *const[]){"chain.pem", "root.crl", "sub.crl", "index.txt", "p256.key",
                                       "truncated.der", NULL});
    own_ptr(trust) bundle = load("t1");
    ck_assert_uint_eq(trust_n_anchors(bundle), 1);
    chain_check(bundle, buf_bytes(&leaf), NULL, 0, utc_now(), &r);
    ck_assert_msg(r.status == CHAIN_OK, "%s", r.detail);

    /* The intermediate comes with the signature; a stranger's root that comes with it is none. */
    folder("t2", (const char *const[]){"root.der", "root.crl", "sub.crl", NULL});
    own_ptr(trust) anchor = load("t2");
    chain_check(anchor, buf_bytes(&leaf), NULL, 0, utc_now(), &r);
    ck_assert_int_eq(r.status, CHAIN_NONE);
    const struct bytes extra[] = {buf_bytes(&root2), buf_bytes(&sub), bytes_str("no certificate")};
    chain_check(anchor, buf_bytes(&leaf), extra, 3, utc_now(), &r);
    ck_assert_msg(r.status == CHAIN_OK, "%s", r.detail);

    /* An intermediate is not an anchor, also when it stands in the folder. */
    folder("t3", (const char *const[]){"sub.pem", "sub.crl", NULL});
    own_ptr(trust) between = load("t3");
    ck_assert_uint_eq(trust_n_anchors(between), 0);
    chain_check(between, buf_bytes(&leaf), NULL, 0, utc_now(), &r);
    ck_assert_int_eq(r.status, CHAIN_NONE);

    /* An anchor itself needs no list: the user trusts it by putting it there. */
    own(buf) alone = buf_max(65536);
    read_der("selfsigned", &alone);
    folder("t7", (const char *const[]){"selfsigned.pem", NULL});
    own_ptr(trust) itself = load("t7");
    chain_check(itself, buf_bytes(&alone), NULL, 0, utc_now(), &r);
    ck_assert_msg(r.status == CHAIN_OK, "%s", r.detail);

    /* A CRL of another issuer does not help, nor one about the leaf alone. */
    folder("t4", (const char *const[]){"chain.pem", "root2.crl", "sub.crl", NULL});
    own_ptr(trust) half = load("t4");
    chain_check(half, buf_bytes(&leaf), NULL, 0, utc_now(), &r);
    ck_assert_int_eq(r.status, CHAIN_NO_REVOCATION);
    ck_assert(!r.signer);
}
END_TEST

/* A CRL that somebody changed says nothing, neither "good" nor "revoked". */
START_TEST(forged_crl)
{
    static const char *const leaves[] = {"p256", "revoked"};
    char forged[1200];
    own(buf) crl = buf_max(1u << 20);
    struct chain_result r;
    folder("t5", (const char *const[]){"chain.pem", "root.crl", NULL});
    ck_assert_int_eq(file_read(path_of("sub.crl"), &crl), OK);
    crl.p[crl.len - 5] ^= 1;
    (void)snprintf(forged, sizeof forged, "%s/sub.crl", path_of("t5"));
    ck_assert_int_eq(file_write(forged, buf_bytes(&crl)), OK);
    own_ptr(trust) t = load("t5");
    for (size_t i = 0; i < 2; i++) {
        own(buf) der = buf_max(65536);
        read_der(leaves[i], &der);
        chain_check(t, buf_bytes(&der), NULL, 0, utc_now(), &r);
        ck_assert_msg(r.status == CHAIN_NO_REVOCATION, "%s: %s", leaves[i], r.detail);
    }
}
END_TEST

START_TEST(nothing)
{
    own_ptr(trust) t = trust_empty();
    struct trust *none = NULL;
    struct chain_result r;
    ck_assert_int_eq(trust_load("/nonexistent", &none), ERR_FILE_UNREADABLE);
    ck_assert_ptr_null(none);
    ck_assert_uint_eq(trust_n_anchors(t), 0);
    static const char *const texts[] = {"", "0", "\x30\x82\xff\xff", "hello"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        chain_check(t, bytes_str(texts[i]), NULL, 0, utc_now(), &r);
        ck_assert_int_eq(r.status, CHAIN_NONE);
    }
    trust_free(NULL);
}
END_TEST

START_TEST(bounded)
{
    char file[1200];
    struct trust *t = NULL;
    folder("t6", (const char *const[]){"root.pem", NULL});
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(file, sizeof file, "%s/%04d.pem", path_of("t6"), i);
        own_fd fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        ck_assert_int_ge(fd, 0);
    }
    ck_assert_int_eq(trust_load(path_of("t6"), &t), ERR_STORAGE_FULL);
    ck_assert_ptr_null(t);
}
END_TEST

START_TEST(slugs)
{
    for (int s = CHAIN_OK; s <= CHAIN_CONSTRAINTS; s++) {
        for (int other = CHAIN_OK; other < s; other++)
            ck_assert_str_ne(chain_status_slug((enum chain_status)s),
                             chain_status_slug((enum chain_status)other));
    }
}
END_TEST

int main(void)
{
    pki = pki_make("chain");
    Suite *s = suite_create("chain");
    TCase *t = tcase_create("chain");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, statuses, 0, ROWS(rows));
    tcase_add_test(t, revocation_time);
    tcase_add_test(t, shapes_of_files);
    tcase_add_test(t, forged_crl);
    tcase_add_test(t, nothing);
    tcase_add_test(t, bounded);
    tcase_add_test(t, slugs);
    suite_add_tcase(s, t);
    return suite_run(s);
}
