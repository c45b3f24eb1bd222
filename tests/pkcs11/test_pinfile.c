/* SPDX-License-Identifier: MIT */
#include "pkcs11/pinfile.h"

#include "core/cert.h"
#include "core/file.h"
#include "core/pins.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#include <check.h>
#include <stdio.h>

#define TOKEN "pkcs11:token=Test%20NES;serial=0123456789abcdef"

static CK_TOKEN_INFO token(const char *label)
{
    CK_TOKEN_INFO t = {0};
    memset(t.label, ' ', sizeof t.label);
    memcpy(t.label, label, strlen(label));
    memcpy(t.serialNumber, "0123456789abcdef", 16);
    return t;
}

/* A second test CA (EC), its chain in every wrong shape, and PIN files good and bad. */
static void make_files(void)
{
    const char *dir = scratch_new();
    scratch_run("fixtures/pki/make %s/pki", dir);
    scratch_run(
        "cd %s/pki && cat root.pem sub.pem >upside-down.pem && cat sub.pem >rootless.pem && "
        "cat sub.pem root2.pem >foreign.pem && cat rsa.pem sub.pem root.pem >leaf-first.pem && "
        "cat root2.pem >root2-alone.pem && : >empty.pem && "
        "for i in 1 2 3 4 5 6 7 8; do cat root2.pem; done >long.pem && cat root2.pem >>long.pem",
        dir);
    scratch_run(
        "cd %s && umask 077 && printf 123456 >pin && printf '123456\\n' >pin-lf && "
        "printf '123456\\n\\n' >pin-lf-lf && : >pin-empty && printf '\\n' >pin-only-lf && "
        "printf %%064d 0 >pin-64 && printf '%%064d\\n' 0 >pin-64-lf && printf %%065d 0 >pin-65 && "
        "printf %%066d 0 >pin-66 && printf %%0900d 0 >pin-900 && ln -s pin pin-link && "
        "cp pin pin-644 && chmod 644 pin-644 && cp pin pin-660 && chmod 660 pin-660 && "
        "cp pin pin-400 && chmod 400 pin-400 && mkdir pin-dir && mkfifo pin-fifo",
        dir);
}

static const struct {
    const char *uri, *pin, *issuer;
    err_t err;
} rules[] = {
    {TOKEN, "pin", "pki/chain.pem", OK},
    {TOKEN, "pin", "pki/root2-alone.pem", OK},
    {TOKEN, NULL, "pki/chain.pem", ERR_PIN_FILE_REFUSED},
    {TOKEN, "pin", NULL, ERR_PIN_FILE_REFUSED},
    {"", "pin", "pki/chain.pem", ERR_PIN_FILE_REFUSED},
    {"pkcs11:token=Test%20NES", "pin", "pki/chain.pem", ERR_URI_REFUSED},
    {"pkcs11:serial=0123456789abcdef", "pin", "pki/chain.pem", ERR_URI_REFUSED},
    {TOKEN "?pin-value=123456", "pin", "pki/chain.pem", ERR_URI_REFUSED},
    {TOKEN "?pin-source=/x", "pin", "pki/chain.pem", ERR_URI_REFUSED},
    {TOKEN, "pin", "pki/none.pem", ERR_FILE_UNREADABLE},
    {TOKEN, "pin", "pki/empty.pem", ERR_PIN_FILE_REFUSED},
    {TOKEN, "pin", "pki/upside-down.pem", ERR_PIN_FILE_REFUSED},
    {TOKEN, "pin", "pki/rootless.pem", ERR_PIN_FILE_REFUSED},   /* not self-signed at its end */
    {TOKEN, "pin", "pki/foreign.pem", ERR_PIN_FILE_REFUSED},    /* another root's */
    {TOKEN, "pin", "pki/rsa.pem", ERR_PIN_FILE_REFUSED},        /* not a CA */
    {TOKEN, "pin", "pki/selfsigned.pem", ERR_PIN_FILE_REFUSED}, /* self-signed, but no CA */
    {TOKEN, "pin", "pki/long.pem", ERR_PIN_FILE_REFUSED},
};

static const char *path_or_empty(const char *name)
{
    return name ? scratch_path(name) : "";
}

START_TEST(opening)
{
    own_ptr(pinfile) r = NULL;
    ck_assert_int_eq(pinfile_open(rules[_i].uri, path_or_empty(rules[_i].pin),
                                  path_or_empty(rules[_i].issuer), &r),
                     rules[_i].err);
    ck_assert((r != NULL) == (rules[_i].err == OK));
}
END_TEST

START_TEST(no_rule)
{
    struct pinfile *r = NULL;
    CK_TOKEN_INFO t = token("Test NES");
    struct secret *pin = NULL;
    ck_assert_int_eq(pinfile_open("", "", "", &r), OK);
    ck_assert_ptr_null(r);
    ck_assert(!pinfile_applies(NULL, &t));
    ck_assert_int_eq(pinfile_load(NULL, &t, bytes_str("x"), &pin), ERR_PIN_FILE_REFUSED);
    ck_assert_ptr_null(pin);
}
END_TEST

static const struct {
    const char *file, *issuer, *token, *cert;
    size_t len; /* of the PIN; 0: refused */
} loads[] = {
    {"pin", "pki/chain.pem", "Test NES", "rsa", 6},
    {"pin", "pki/chain.pem", "Test NES", "p256", 6},
    {"pin", "pki/chain.pem", "Test NES", "p384", 6},
    {"pin", "pki/root2-alone.pem", "Test NES", "stranger", 6}, /* a CA with an EC key */
    {"pin-lf", "pki/chain.pem", "Test NES", "p256", 6},
    {"pin-400", "pki/chain.pem", "Test NES", "p256", 6},
    {"pin-64", "pki/chain.pem", "Test NES", "p256", 64},
    {"pin-64-lf", "pki/chain.pem", "Test NES", "p256", 64},
    /* another token, another issuer */
    {"pin", "pki/chain.pem", "Test", "rsa", 0},
    {"pin", "pki/chain.pem", "Test NES", "stranger", 0},
    {"pin", "pki/chain.pem", "Test NES", "selfsigned", 0},
    {"pin", "pki/chain.pem", "Test NES", "sub", 0}, /* the root's, not the first one's */
    {"pin", "pki/root2-alone.pem", "Test NES", "rsa", 0},
    {"pin", "pki/chain.pem", "Test NES", "truncated", 0},
    /* the file */
    {"pin-lf-lf", "pki/chain.pem", "Test NES", "p256", 7}, /* one LF is taken off, not two */
    {"pin-none", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-empty", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-only-lf", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-65", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-66", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-900", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-link", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-644", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-660", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-dir", "pki/chain.pem", "Test NES", "p256", 0},
    {"pin-fifo", "pki/chain.pem", "Test NES", "p256", 0},
};

static void read_der(const char *name, struct buf *der)
{
    char path[64];
    (void)snprintf(path, sizeof path, "pki/%s.der", name);
    ck_assert_int_eq(file_read(scratch_path(path), der), OK);
}

START_TEST(loading)
{
    own_ptr(pinfile) r = NULL;
    own_ptr(secret) pin = NULL;
    own(buf) der = buf_max(65536);
    CK_TOKEN_INFO t = token(loads[_i].token);
    read_der(loads[_i].cert, &der);
    ck_assert_int_eq(
        pinfile_open(TOKEN, scratch_path(loads[_i].file), scratch_path(loads[_i].issuer), &r), OK);
    err_t e = pinfile_load(r, &t, buf_bytes(&der), &pin);
    ck_assert_int_eq(e, loads[_i].len > 0 ? OK : ERR_PIN_FILE_REFUSED);
    ck_assert((pin != NULL) == (e == OK));
    if (pin) ck_assert_uint_eq(secret_bytes(pin).len, loads[_i].len);
    if (loads[_i].len == 6) ck_assert(bytes_eq_str(secret_bytes(pin), "123456"));
}
END_TEST

/* One octet of the signature, or of what is signed, and the issuer has not signed it. */
START_TEST(changed_certificate)
{
    static const char *const names[] = {"rsa", "p256"};
    own_ptr(pinfile) r = NULL;
    own_ptr(secret) pin = NULL;
    own(buf) der = buf_max(65536);
    CK_TOKEN_INFO t = token("Test NES");
    struct cert view;
    struct der_latch why = {0};
    read_der(names[_i], &der);
    ck_assert(cert_read(buf_bytes(&der), &view, &why));
    size_t at[] = {(size_t)(view.signature.p - der.p) + view.signature.len - 1,
                   (size_t)(view.common_name.p - der.p), (size_t)(view.spki.p - der.p) + 60};
    ck_assert_int_eq(pinfile_open(TOKEN, scratch_path("pin"), scratch_path("pki/chain.pem"), &r),
                     OK);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        der.p[at[i]] ^= 1;
        ck_assert_int_eq(pinfile_load(r, &t, buf_bytes(&der), &pin), ERR_PIN_FILE_REFUSED);
        der.p[at[i]] ^= 1;
    }
    ck_assert_int_eq(pinfile_load(r, &t, buf_bytes(&der), &pin), OK);
}
END_TEST

/* The real roots, where they are at hand: never, whatever the settings say. */
START_TEST(pinned_roots)
{
    static const char find[] =
        "for f in $(find -L ../shared/data/kamusm -name '*.der' -o -name '*.cer' -o -name '*.crt' "
        "2>/dev/null); do openssl x509 -inform DER -in $f 2>/dev/null; done >%s; "
        "find -L ../shared/data/kamusm -name '*.pem' -exec cat {} + >>%s 2>/dev/null; true";
    scratch_run(find, scratch_path("kamusm.pem"), scratch_path("kamusm.pem"));
    own(buf) pem = buf_max(1 << 20);
    ck_assert_int_eq(file_read(scratch_path("kamusm.pem"), &pem), OK);
    size_t at = 0, n = 0;
    for (;;) {
        own(buf) der = buf_max(65536);
        own_ptr(pinfile) r = NULL;
        struct digest id;
        size_t from = at;
        if (!cert_from_pem(buf_bytes(&pem), &at, &der)) break;
        if (!cert_id(buf_bytes(&der), &id) || !pins_find(&id)) continue;
        ck_assert_int_eq(
            file_write(scratch_path("one.pem"), bytes_sub(buf_bytes(&pem), from, at - from)), OK);
        ck_assert_int_eq(pinfile_open(TOKEN, scratch_path("pin"), scratch_path("one.pem"), &r),
                         ERR_PIN_FILE_REFUSED);
        n++;
    }
    (void)printf("# pinned roots at hand: %zu\n", n);
}
END_TEST

int main(void)
{
    make_files();
    Suite *s = suite_create("pinfile");
    TCase *t = tcase_create("pinfile");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, opening, 0, ROWS(rules));
    tcase_add_test(t, no_rule);
    tcase_add_loop_test(t, loading, 0, ROWS(loads));
    tcase_add_loop_test(t, changed_certificate, 0, 2);
    tcase_add_test(t, pinned_roots);
    suite_add_tcase(s, t);
    return suite_run(s);
}
