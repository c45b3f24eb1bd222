/* SPDX-License-Identifier: MIT */
#include "xades/trust.h"

#include <check.h>
#include <stdio.h>

#include "core/file.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

static void read_file(const char *name, struct buf *out)
{
    ck_assert_int_eq(file_read(scratch_path(name), out), OK);
}

/* What each file of the test PKI would be in a trust folder. */
static const struct {
    const char *file;
    enum trust_kind kind;
} kinds[] = {
    {"pki/root.der", TRUST_ANCHOR},       {"pki/root2.der", TRUST_ANCHOR},
    {"pki/selfsigned.der", TRUST_ANCHOR}, {"pki/sub.der", TRUST_INTERMEDIATE},
    {"pki/rsa.der", TRUST_INTERMEDIATE},  {"pki/root.crl", TRUST_CRL},
    {"pki/truncated.der", TRUST_NOTHING}, {"pki/root.pem", TRUST_NOTHING},
    {"pki/index.txt", TRUST_NOTHING},
};

START_TEST(kind)
{
    own(buf) der = buf_max(1u << 20);
    read_file(kinds[_i].file, &der);
    ck_assert_int_eq(trust_kind(buf_bytes(&der)), kinds[_i].kind);
    buf_byte(&der, 0);
    ck_assert_int_eq(trust_kind(buf_bytes(&der)), TRUST_NOTHING); /* an octet behind it */
}
END_TEST

/* The name says "I issued myself", the signature says "no": not an anchor. */
START_TEST(spoilt_self_signature)
{
    own(buf) der = buf_max(65536);
    read_file("pki/root.der", &der);
    der.p[der.len - 1] ^= 1;
    ck_assert_int_eq(trust_kind(buf_bytes(&der)), TRUST_INTERMEDIATE);
    ck_assert_int_eq(trust_kind(bytes_of(NULL, 0)), TRUST_NOTHING);
}
END_TEST

static void note(void *ctx, const struct trust_item *item)
{
    static const char *const words[] = {"nothing", "anchor", "intermediate", "crl"};
    buf_fmt(ctx, "%s:%s%s;", item->file, words[item->kind], item->usable ? "+" : "");
    if (item->kind == TRUST_CRL) {
        ck_assert(item->this_update < item->next_update && item->issuer.len > 2);
        ck_assert(item->next_update > 1600000000);
    }
    ck_assert((item->kind == TRUST_NOTHING) == (item->der.len == 0));
}

START_TEST(visit)
{
    own(buf) seen = buf_max(4096);
    struct trust_extent extent;
    scratch_run("mkdir %s && cd %s && cp ../pki/chain.pem b.pem && cp ../pki/root.crl a.crl && "
                "cp ../pki/sub.der c && echo hello >d && touch .hidden && mkdir folder",
                scratch_path("visited"), scratch_path("visited"));
    ck_assert_int_eq(trust_visit(scratch_path("visited"), note, &seen, &extent), OK);
    ck_assert_str_eq(buf_cstr(&seen), "a.crl:crl+;b.pem:intermediate;b.pem:anchor;c:intermediate;"
                                      "d:nothing;folder:nothing;");
    ck_assert_uint_eq(extent.files, 5);
    ck_assert_uint_gt(extent.octets, 1000);
    ck_assert_int_eq(trust_visit("/nonexistent", note, &seen, &extent), ERR_FILE_UNREADABLE);
}
END_TEST

/* What is configured has to be there; the user's own folder only may. */
START_TEST(configured)
{
    static struct settings s;
    struct trust *none = (struct trust *)&s;
    own_ptr(trust) t = NULL;
    own(buf) dir = buf_max(4096), why = buf_max(256);
    settings_default(&s);
    (void)setenv("XDG_CONFIG_HOME", scratch_path("config"), 1);
    ck_assert_int_eq(trust_configured(&s, &dir, &none), OK);
    ck_assert_ptr_null(none);
    ck_assert_str_eq(buf_cstr(&dir), scratch_path("config/onayd/trust"));

    scratch_run("mkdir -p %s && cp %s %s", scratch_path("config/onayd/trust"),
                scratch_path("pki/root.der"), scratch_path("config/onayd/trust"));
    buf_cut(&dir, 0);
    ck_assert_int_eq(trust_configured(&s, &dir, &t), OK);
    ck_assert_uint_eq(trust_n_anchors(t), 1);

    /* A link that leads nowhere is there: not to be taken for "nothing is configured". */
    scratch_run("rm -r %s && ln -s nowhere %s", buf_cstr(&dir), buf_cstr(&dir));
    buf_cut(&dir, 0);
    ck_assert_int_eq(trust_configured(&s, &dir, &none), ERR_FILE_UNREADABLE);

    buf_cut(&dir, 0);
    ck_assert_int_eq(settings_set(&s, "trust_dir", "/nonexistent", &why), OK);
    ck_assert_int_eq(trust_configured(&s, &dir, &none), ERR_FILE_UNREADABLE);
    ck_assert_str_eq(buf_cstr(&dir), "/nonexistent");
}
END_TEST

/* What is done to a folder that holds pki/root.der, and what is then trusted. */
static const struct {
    const char *command; /* in the folder */
    err_t error;
    size_t anchors;
    bool changed;
} changes[] = {
    {"true", OK, 1, false},
    {"cat root.der >/dev/null", OK, 1, false},
    {"cp ../pki/root2.der .", OK, 2, true},
    {"mv root.der .hidden", OK, 0, true},
    {"rm root.der", OK, 0, true},
    {"cat ../pki/root2.pem >>root.der", OK, 0, true}, /* in its place; it is nothing now */
    {"touch -d 2000-01-01 root.der", OK, 1, true},
    {"cp ../pki/chain.pem root.der", OK, 1, true},
    {"ln -s ../pki/root2.der link", OK, 2, true},
    {"ln -s nowhere link", ERR_FILE_UNREADABLE, 0, true},
    {"mkfifo pipe", OK, 1, true},
    {"chmod g+w .", ERR_TRUST_REFUSED, 0, true},
    {"chmod o+w .", ERR_TRUST_REFUSED, 0, true},
    {"chmod g+w root.der", ERR_TRUST_REFUSED, 0, true},
    {"chmod o+w root.der", ERR_TRUST_REFUSED, 0, true},
    {"cp ../pki/root2.der . && chmod 666 root2.der", ERR_TRUST_REFUSED, 0, true},
    {"for i in $(seq 1000); do : >$i; done", ERR_STORAGE_FULL, 0, true},
    {"cd .. && rm -r changing && mkdir changing && cp pki/root.der changing", OK, 0, true},
};

START_TEST(refresh)
{
    own_ptr(trust) t = NULL;
    own_ptr(trust) again = NULL;
    const char *dir = scratch_path("changing");
    scratch_run("rm -rf %s && mkdir %s && cp %s %s", dir, dir, scratch_path("pki/root.der"), dir);
    ck_assert_int_eq(trust_load(dir, &t), OK);
    ck_assert_uint_eq(trust_n_anchors(t), 1);
    uint64_t before = trust_version(t);
    scratch_run("cd %s && %s", dir, changes[_i].command);
    ck_assert_int_eq(trust_refresh(t), changes[_i].error);
    ck_assert_uint_eq(trust_n_anchors(t), changes[_i].anchors);
    ck_assert((trust_version(t) != before) == changes[_i].changed);
    if (changes[_i].error) ck_assert_int_eq(trust_load(dir, &again), changes[_i].error);

    /* What is mended is trusted again. */
    scratch_run("mkdir -p %s && cd %s && rm -rf ./* && chmod 755 . && cp ../pki/root.der .", dir,
                dir);
    err_t e = trust_refresh(t);
    bool gone = strstr(changes[_i].command, "rm -r changing") != NULL;
    ck_assert_int_eq(e, OK);
    ck_assert_uint_eq(trust_n_anchors(t), gone ? 0 : 1);
}
END_TEST

/* Another user's file is not ours to believe; only root can make one. */
START_TEST(owner)
{
    own_ptr(trust) t = NULL;
    const char *dir = scratch_path("owned");
    if (geteuid() != 0) {
        printf("# not root: whose file it is was not tried\n");
        return;
    }
    scratch_run("rm -rf %s && mkdir %s && cp %s %s", dir, dir, scratch_path("pki/root.der"), dir);
    scratch_run("chown nobody %s/root.der", dir);
    ck_assert_int_eq(trust_load(dir, &t), ERR_TRUST_REFUSED);
    scratch_run("chown root %s/root.der && chown nobody %s", dir, dir);
    ck_assert_int_eq(trust_load(dir, &t), ERR_TRUST_REFUSED);
}
END_TEST

START_TEST(nothing_to_refresh)
{
    own_ptr(trust) t = trust_empty();
    ck_assert_int_eq(trust_folder(t), -1);
    ck_assert_int_eq(trust_refresh(t), OK);
    ck_assert_uint_eq(trust_version(t), 0);
}
END_TEST

/* More octets than the folder may have. */
START_TEST(too_large)
{
    struct trust *t = NULL;
    struct trust_extent extent;
    own(buf) seen = buf_max(4096);
    scratch_run("mkdir %s && truncate -s %u %s", scratch_path("large"), TRUST_MAX_OCTETS + 1,
                scratch_path("large/a"));
    ck_assert_int_eq(trust_load(scratch_path("large"), &t), ERR_STORAGE_FULL);
    ck_assert_int_eq(trust_visit(scratch_path("large"), note, &seen, &extent), ERR_STORAGE_FULL);
}
END_TEST

int main(void)
{
    scratch_run("fixtures/pki/make %s/pki >/dev/null", scratch_new());
    Suite *s = suite_create("trust");
    TCase *t = tcase_create("trust");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, kind, 0, ROWS(kinds));
    tcase_add_test(t, spoilt_self_signature);
    tcase_add_test(t, visit);
    tcase_add_test(t, configured);
    tcase_add_loop_test(t, refresh, 0, ROWS(changes));
    tcase_add_test(t, owner);
    tcase_add_test(t, nothing_to_refresh);
    tcase_add_test(t, too_large);
    suite_add_tcase(s, t);
    return suite_run(s);
}
