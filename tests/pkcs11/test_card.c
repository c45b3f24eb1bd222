/* SPDX-License-Identifier: MIT */
#include "pkcs11/card.h"

#include "core/file.h"
#include "pkcs11/pinfile.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#include <check.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <time.h>

#define PIN "123456"

static char module[256];

/* Token "a" holds one key of each kind and a certificate without key; "b" a certificate whose
 * CKA_ID is not its key's, and a key that wants the PIN for each signature. */
static void make_tokens(void)
{
    const char *dir = scratch_new();
    scratch_run("for p in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do "
                "[ -e $p ] && printf %%s $p >%s/module && break; done",
                dir);
    own(buf) path = buf_max(sizeof module - 1);
    if (file_read(scratch_path("module"), &path) != OK) exit(99);
    (void)snprintf(module, sizeof module, "%s", buf_cstr(&path));
    scratch_run("fixtures/pki/make %s/pki", dir);
    scratch_run(
        "cd %s/pki && printf '[req]\\ndistinguished_name = dn\\n[dn]\\n' >p521.cnf && "
        "openssl req -x509 -config p521.cnf -newkey ec -pkeyopt ec_paramgen_curve:P-521 -nodes "
        "-keyout p521.key -subj /CN=P-521 -days 30 -outform DER -out p521.der 2>/dev/null && "
        "cp mehmet.der keyless.der && cp sub.der ca.der",
        dir);
    scratch_run("fixtures/token/make --attended %s/a %s/pki rsa p256 p384 p521 keyless ca", dir,
                dir);
    scratch_run("fixtures/token/make --attended %s/b %s/pki rsa", dir, dir);
    scratch_run(
        "cd %s/pki && export SOFTHSM2_CONF=%s/b/softhsm2.conf && t='--module %s "
        "--token-label Test\\ NES --login --pin " PIN "' && "
        "softhsm2-util --import p256.key --token 'Test NES' --pin " PIN
        " --id 21 --label other && eval pkcs11-tool $t --write-object p256.der --type cert "
        "--id 22 --label other && eval pkcs11-tool $t --write-object p384.key --type privkey "
        "--id 31 --always-auth --usage-sign && eval pkcs11-tool $t --write-object p384.der "
        "--type cert --id 31",
        dir, dir, module);
    scratch_run("mkdir %s/none %s/none/tokens && printf 'directories.tokendir = %s/none/tokens\\n' "
                ">%s/none/softhsm2.conf",
                dir, dir, dir, dir);
}

static void use_token(const char *name)
{
    char conf[64];
    (void)snprintf(conf, sizeof conf, "%s/softhsm2.conf", name);
    ck_assert_int_eq(setenv("SOFTHSM2_CONF", scratch_path(conf), 1), 0);
}

static struct card *open_card(const char *token, const char *uri)
{
    struct card *c = NULL;
    use_token(token);
    ck_assert_int_eq(card_open(module, uri, &c), OK);
    return c;
}

static struct secret *pin_of(const char *digits)
{
    struct secret *pin = secret_new(64);
    memcpy(secret_room(pin), digits, strlen(digits));
    secret_set_len(pin, strlen(digits));
    return pin;
}

static void read_der(const char *name, struct buf *der, struct digest *id)
{
    char path[64];
    (void)snprintf(path, sizeof path, "pki/%s.der", name);
    *der = buf_max(65536);
    ck_assert_int_eq(file_read(scratch_path(path), der), OK);
    ck_assert(cert_id(buf_bytes(der), id));
}

static const struct token_cert *listed(const struct token_listing *l, const char *name)
{
    struct digest id;
    own(buf) der = {0};
    read_der(name, &der, &id);
    for (size_t i = 0; i < l->n_certs; i++)
        if (bytes_eq(digest_bytes(&l->certs[i].id), digest_bytes(&id)) &&
            bytes_eq(l->certs[i].der, buf_bytes(&der)))
            return &l->certs[i];
    return NULL;
}

static struct card_key *open_key(struct card *c, const char *name)
{
    struct digest id;
    own(buf) der = {0};
    struct card_key *k = NULL;
    read_der(name, &der, &id);
    ck_assert_int_eq(card_key_open(c, &id, &k), OK);
    return k;
}

/* ---- listing ---- */

START_TEST(listing)
{
    static const char *const names[] = {"rsa", "p256", "p384", "p521"};
    own_ptr(card) c = open_card("a", "");
    struct token_listing l;
    ck_assert_int_eq(card_list(c, &l), OK);
    ck_assert_str_eq(l.module, "libsofthsm2.so");
    ck_assert_str_eq(card_module(c), module);
    ck_assert_uint_eq(l.n_slots, 2);
    ck_assert_uint_eq(l.n_certs, 6);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct token_cert *cert = listed(&l, names[i]);
        ck_assert_ptr_nonnull(cert);
        ck_assert(cert->has_key);
        const struct token_slot *s = &l.slots[cert->slot];
        ck_assert(s->present && !s->pin_pad && !s->unattended && s->pin == PIN_OK);
        ck_assert_str_eq(s->label, "Test NES");
        ck_assert_str_eq(s->manufacturer, "SoftHSM project");
        ck_assert_uint_eq(strlen(s->serial), 16);
        /* PKCS#11 2.40 3.2: the slot that nobody has initialised is empty for us. */
        const struct token_slot *empty = &l.slots[1 - cert->slot];
        ck_assert(!empty->present && !empty->label[0]);
        ck_assert_str_ne(empty->id, s->id);
    }
    ck_assert_ptr_nonnull(listed(&l, "keyless"));
    ck_assert(listed(&l, "keyless")->has_key); /* SoftHSM hides keys: nobody knows yet */
    ck_assert_ptr_nonnull(listed(&l, "sub"));
    ck_assert(!listed(&l, "sub")->has_key);
}
END_TEST

START_TEST(listing_again)
{
    own_ptr(card) c = open_card("a", "");
    struct token_listing l, again;
    ck_assert_int_eq(card_list(c, &l), OK);
    ck_assert_int_eq(card_list(c, &again), OK);
    ck_assert_uint_eq(again.n_certs, l.n_certs);
    for (size_t i = 0; i < l.n_certs; i++) /* not read again: the very same octets */
        ck_assert_ptr_eq(again.certs[i].der.p, l.certs[i].der.p);
    for (size_t i = 0; i < l.n_slots; i++) ck_assert_str_eq(again.slots[i].id, l.slots[i].id);
    struct timespec from, to;
    (void)clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < 200; i++) ck_assert_int_eq(card_list(c, &again), OK);
    (void)clock_gettime(CLOCK_MONOTONIC, &to);
    (void)printf(
        "# card_list of an unchanged token: %.0f us\n",
        ((double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3) /
            200);
}
END_TEST

START_TEST(listing_by_uri)
{
    struct token_listing l;
    own_ptr(card) c = open_card("a", "pkcs11:token=Test%20NES;id=%02");
    ck_assert_int_eq(card_list(c, &l), OK);
    ck_assert_uint_eq(l.n_certs, 1);
    ck_assert_ptr_nonnull(listed(&l, "p256"));
    card_free(give(c));
    c = open_card("a", "pkcs11:token=Other");
    ck_assert_int_eq(card_list(c, &l), OK);
    ck_assert_uint_eq(l.n_certs, 0);
    ck_assert_uint_eq(l.n_slots, 1);
    ck_assert(!l.slots[0].present);
}
END_TEST

static const struct {
    const char *module, *uri;
    err_t err;
} openings[] = {
    {"/no/such/module.so", "", ERR_MODULE_NOT_FOUND},
    {"/etc/passwd", "", ERR_MODULE_NOT_FOUND},
    {"/lib/x86_64-linux-gnu/libm.so.6", "", ERR_MODULE_NOT_FOUND},
    {module, "pkcs11:library-manufacturer=nobody", ERR_MODULE_NOT_FOUND},
    {module, "pkcs11:library-manufacturer=SoftHSM", OK},
    {module, "pkcs11:?pin-value=1", ERR_URI_REFUSED},
};

START_TEST(opening)
{
    own_ptr(card) c = NULL;
    use_token("a");
    ck_assert_int_eq(card_open(openings[_i].module, openings[_i].uri, &c), openings[_i].err);
    ck_assert((c != NULL) == (openings[_i].err == OK));
    if (c) ck_assert_ptr_nonnull(strstr(card_module(c), "softhsm"));
}
END_TEST

/* ---- keys ---- */

START_TEST(nothing_there)
{
    struct digest id;
    struct card_key *k = NULL;
    struct token_listing l;
    own(buf) der = {0};
    read_der("stranger", &der, &id);
    own_ptr(card) c = open_card("a", "");
    ck_assert_int_eq(card_key_open(c, &id, &k), ERR_NO_CERTIFICATE);
    ck_assert_ptr_null(k);
    card_free(give(c));
    c = open_card("none", "");
    ck_assert_int_eq(card_list(c, &l), OK);
    ck_assert_uint_eq(l.n_certs, 0);
    ck_assert_int_eq(card_key_open(c, &id, &k), ERR_NO_CARD);
}
END_TEST

START_TEST(wrong_pin)
{
    own_ptr(card) c = open_card("a", "");
    own_ptr(card_key) k = open_key(c, "p256");
    own_ptr(secret) wrong = pin_of("654321"), *shortest = pin_of("1"), *right = pin_of(PIN);
    own(buf) value = buf_max(TOKEN_MAX_SIGNATURE);
    struct card_pin_info info;
    struct digest d;
    bool sent = true;
    ck_assert_int_eq(card_key_pin(k, &info), OK);
    ck_assert(info.state == PIN_OK && !info.pin_pad && !info.unattended);
    ck_assert_uint_eq(info.min_len, 4);
    ck_assert_uint_eq(info.max_len, 64); /* SoftHSM says 255 */
    ck_assert_int_eq(card_login(k, wrong), ERR_PIN_WRONG);
    ck_assert_uint_eq(card_foreign(c), CKR_PIN_INCORRECT);
    ck_assert_int_eq(card_key_pin(k, &info), OK);
    ck_assert_int_eq(info.state, PIN_LOW);
    ck_assert_int_eq(card_login(k, shortest), ERR_PIN_WRONG);
    /* Without a login nothing is signed. */
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("x"), &d));
    ck_assert_int_eq(card_sign(k, SIG_ECDSA_SHA256, &d, wrong, &value, &sent), ERR_INTERNAL);
    ck_assert(!sent && value.len == 0);
    ck_assert_int_eq(card_login(k, right), OK);
    ck_assert_int_eq(card_sign(k, SIG_ECDSA_SHA256, &d, right, &value, &sent), OK);
    ck_assert(sent && value.len == 64);
    ck_assert_int_eq(card_key_pin(k, &info), OK);
    ck_assert_int_eq(info.state, PIN_OK);
}
END_TEST

static const struct {
    const char *token, *name;
    enum sig_alg alg;
} signatures[] = {
    {"a", "rsa", SIG_RSA_SHA256},    {"a", "rsa", SIG_RSA_SHA384},
    {"a", "rsa", SIG_RSA_SHA512},    {"a", "rsa", SIG_PSS_SHA256},
    {"a", "rsa", SIG_PSS_SHA384},    {"a", "rsa", SIG_PSS_SHA512},
    {"a", "p256", SIG_ECDSA_SHA256}, {"a", "p256", SIG_ECDSA_SHA384},
    {"a", "p256", SIG_ECDSA_SHA512}, {"a", "p384", SIG_ECDSA_SHA384},
    {"a", "p384", SIG_ECDSA_SHA512}, {"a", "p521", SIG_ECDSA_SHA512},
    {"b", "p256", SIG_ECDSA_SHA256}, /* paired by public key: its CKA_ID is another */
    {"b", "p384", SIG_ECDSA_SHA384}, /* CKA_ALWAYS_AUTHENTICATE */
};

START_TEST(signing)
{
    own_ptr(card) c = open_card(signatures[_i].token, "");
    struct token_listing l;
    ck_assert_int_eq(card_list(c, &l), OK);
    ck_assert(listed(&l, signatures[_i].name)->has_key);
    own_ptr(card_key) k = open_key(c, signatures[_i].name);
    own_ptr(secret) pin = pin_of(PIN);
    own(buf) value = buf_max(TOKEN_MAX_SIGNATURE);
    struct cert view;
    struct der_latch why = {0};
    struct digest d, id;
    bool sent = false;
    own(buf) der = {0};
    read_der(signatures[_i].name, &der, &id);
    ck_assert(cert_read(buf_bytes(&der), &view, &why));
    own_ptr(pubkey) key = pubkey_of_spki(view.spki);
    ck_assert(digest_of(sig_alg_digest(signatures[_i].alg), bytes_str("SignedInfo"), &d));
    ck_assert_int_eq(card_login(k, pin), OK);
    for (int twice = 0; twice < 2; twice++) {
        buf_cut(&value, 0);
        ck_assert_int_eq(card_sign(k, signatures[_i].alg, &d, pin, &value, &sent), OK);
        ck_assert(sent);
        ck_assert(pubkey_check(key, signatures[_i].alg, &d, buf_bytes(&value)));
    }
}
END_TEST

START_TEST(always_authenticate)
{
    own_ptr(card) c = open_card("b", "");
    own_ptr(card_key) k = open_key(c, "p384");
    own_ptr(secret) wrong = pin_of("654321"), *right = pin_of(PIN);
    own(buf) value = buf_max(TOKEN_MAX_SIGNATURE);
    struct digest d;
    bool sent = true;
    ck_assert(digest_of(DIGEST_SHA384, bytes_str("x"), &d));
    ck_assert_int_eq(card_login(k, right), OK);
    ck_assert_int_eq(card_sign(k, SIG_ECDSA_SHA384, &d, wrong, &value, &sent), ERR_PIN_WRONG);
    ck_assert(!sent && value.len == 0);
    ck_assert_int_eq(card_login(k, right), OK);
    ck_assert_int_eq(card_sign(k, SIG_ECDSA_SHA384, &d, right, &value, &sent), OK);
    ck_assert_uint_eq(value.len, 96);
}
END_TEST

static const struct {
    const char *name;
    enum sig_alg alg;
    enum digest_alg digest;
} misfits[] = {
    {"rsa", SIG_ECDSA_SHA256, DIGEST_SHA256},
    {"p256", SIG_RSA_SHA256, DIGEST_SHA256},
    {"p256", SIG_ECDSA_SHA256, DIGEST_SHA384},
};

START_TEST(misfit)
{
    own_ptr(card) c = open_card("a", "");
    own_ptr(card_key) k = open_key(c, misfits[_i].name);
    own_ptr(secret) pin = pin_of(PIN);
    own(buf) value = buf_max(TOKEN_MAX_SIGNATURE);
    struct digest d;
    bool sent = true;
    ck_assert(digest_of(misfits[_i].digest, bytes_str("x"), &d));
    ck_assert_int_eq(card_login(k, pin), OK);
    ck_assert_int_eq(card_sign(k, misfits[_i].alg, &d, pin, &value, &sent), ERR_INTERNAL);
    ck_assert(!sent && value.len == 0);
}
END_TEST

/* The URI that fixtures/token/make wrote down for token "a". */
static void token_uri(char *out, size_t room)
{
    own(buf) conf = buf_max(65536);
    ck_assert_int_eq(file_read(scratch_path("a/onayd.conf"), &conf), OK);
    const char *at = strstr(buf_cstr(&conf), "token_uri = ");
    ck_assert_ptr_nonnull(at);
    at += strlen("token_uri = ");
    (void)snprintf(out, room, "%.*s", (int)strcspn(at, "\n"), at);
}

static const struct {
    const char *cert, *issuer;
    err_t err;
} unattended_rows[] = {
    {"p256", "pki/chain.pem", OK},
    {"p521", "pki/chain.pem", ERR_PIN_FILE_REFUSED}, /* not issued by the test CA */
    {"p256", "pki/root2.pem", ERR_PIN_FILE_REFUSED}, /* issued by another one */
};

START_TEST(unattended)
{
    char uri[256];
    own_ptr(pinfile) rule = NULL;
    own_ptr(secret) pin = NULL;
    struct token_listing l;
    struct card_pin_info info;
    token_uri(uri, sizeof uri);
    scratch_run("umask 077 && printf " PIN " >%s", scratch_path("pin"));
    ck_assert_int_eq(
        pinfile_open(uri, scratch_path("pin"), scratch_path(unattended_rows[_i].issuer), &rule),
        OK);
    own_ptr(card) c = open_card("a", "");
    card_set_pinfile(c, rule);
    ck_assert_int_eq(card_list(c, &l), OK);
    for (size_t i = 0; i < l.n_slots; i++)
        ck_assert_int_eq(l.slots[i].unattended, l.slots[i].present);
    own_ptr(card_key) k = open_key(c, unattended_rows[_i].cert);
    ck_assert_int_eq(card_key_pin(k, &info), OK);
    ck_assert(info.unattended);
    ck_assert_int_eq(card_key_pinfile(k, &pin), unattended_rows[_i].err);
    if (pin) ck_assert_int_eq(card_login(k, pin), OK);
}
END_TEST

START_TEST(unattended_elsewhere)
{
    char uri[256];
    own_ptr(pinfile) rule = NULL;
    struct secret *pin = NULL;
    struct token_listing l;
    token_uri(uri, sizeof uri); /* of token "a", while "b" (same label) is there */
    ck_assert_int_eq(pinfile_open(uri, scratch_path("pin"), scratch_path("pki/chain.pem"), &rule),
                     OK);
    own_ptr(card) c = open_card("b", "");
    card_set_pinfile(c, rule);
    ck_assert_int_eq(card_list(c, &l), OK);
    for (size_t i = 0; i < l.n_slots; i++) ck_assert(!l.slots[i].unattended);
    own_ptr(card_key) k = open_key(c, "rsa");
    ck_assert_int_eq(card_key_pinfile(k, &pin), ERR_PIN_FILE_REFUSED);
    ck_assert_ptr_null(pin);
}
END_TEST

/* A module that still holds a login has not looked at this PIN: it has to. */
START_TEST(logged_in_already)
{
    own_ptr(card) c = open_card("a", "");
    own_ptr(card_key) first = open_key(c, "rsa"), *second = open_key(c, "p256");
    own_ptr(secret) right = pin_of(PIN), *wrong = pin_of("654321");
    ck_assert_int_eq(card_login(first, right), OK);
    ck_assert_int_eq(card_login(second, wrong), ERR_PIN_WRONG);
    ck_assert_int_eq(card_login(second, right), OK);
}
END_TEST

START_TEST(certificate_without_key)
{
    own_ptr(card) c = open_card("a", "");
    own_ptr(card_key) k = open_key(c, "keyless");
    own_ptr(secret) pin = pin_of(PIN);
    ck_assert_int_eq(card_login(k, pin), ERR_NO_CERTIFICATE);
}
END_TEST

START_TEST(certificate_replaced_before_login)
{
    scratch_run("cp -r %s %s && sed 's,/a/,/replaced/,' %s >%s", scratch_path("a"),
                scratch_path("replaced"), scratch_path("a/softhsm2.conf"),
                scratch_path("replaced/softhsm2.conf"));
    own_ptr(card) c = open_card("replaced", "");
    own_ptr(card_key) k = open_key(c, "p256");
    own_ptr(secret) pin = pin_of(PIN);
    scratch_run(
        "export SOFTHSM2_CONF=%s && t='--module %s --token-label Test\\ NES --login --pin " PIN
        "' && eval pkcs11-tool $t --delete-object --type cert --id 02 && eval pkcs11-tool $t "
        "--write-object %s --type cert --id 02",
        scratch_path("replaced/softhsm2.conf"), module, scratch_path("pki/p384.der"));
    ck_assert_int_eq(card_login(k, pin), ERR_NO_CERTIFICATE);
}
END_TEST

START_TEST(many_times)
{
    own_ptr(card) c = open_card("a", "");
    own_ptr(secret) pin = pin_of(PIN);
    struct digest d;
    bool sent;
    ck_assert(digest_of(DIGEST_SHA256, bytes_str("x"), &d));
    for (int i = 0; i < 50; i++) { /* sessions and logins are given back */
        own_ptr(card_key) k = open_key(c, "p256");
        own(buf) value = buf_max(TOKEN_MAX_SIGNATURE);
        ck_assert_int_eq(card_login(k, pin), OK);
        ck_assert_int_eq(card_sign(k, SIG_ECDSA_SHA256, &d, pin, &value, &sent), OK);
    }
}
END_TEST

int main(void)
{
    make_tokens();
    Suite *s = suite_create("card");
    TCase *t = tcase_create("card");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, listing);
    tcase_add_test(t, listing_again);
    tcase_add_test(t, listing_by_uri);
    tcase_add_loop_test(t, opening, 0, ROWS(openings));
    tcase_add_test(t, nothing_there);
    tcase_add_test(t, wrong_pin);
    tcase_add_loop_test(t, signing, 0, ROWS(signatures));
    tcase_add_test(t, always_authenticate);
    tcase_add_loop_test(t, misfit, 0, ROWS(misfits));
    tcase_add_loop_test(t, unattended, 0, ROWS(unattended_rows));
    tcase_add_test(t, unattended_elsewhere);
    tcase_add_test(t, logged_in_already);
    tcase_add_test(t, certificate_without_key);
    tcase_add_test(t, certificate_replaced_before_login);
    tcase_add_test(t, many_times);
    suite_add_tcase(s, t);
    return suite_run(s);
}
