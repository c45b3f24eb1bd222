/* SPDX-License-Identifier: MIT */
#include "xades/chain.h"

#include <dirent.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

#include "core/file.h"

#define MAX_FILES  1000
#define MAX_OCTETS (64u << 20)
#define MAX_EXTRA  64
#define MAX_DEPTH  8

typedef STACK_OF(X509) certs;

static void x509_own(X509 **x)
{
    X509_free(*x);
}
static void crl_own(X509_CRL **c)
{
    X509_CRL_free(*c);
}
static void ctx_own(X509_STORE_CTX **c)
{
    X509_STORE_CTX_free(*c);
}
static void certs_own(certs **s)
{
    sk_X509_free(*s);
}
static void bio_own(BIO **b)
{
    (void)BIO_free(*b);
}
static void dir_own(DIR **d)
{
    if (*d) (void)closedir(*d);
}
#define owned(free_) __attribute__((cleanup(free_)))

/* Files are read at once, while they may be, and understood at the first question: a daemon
 * answers before it has parsed a single certificate. */
struct shelves {
    X509_STORE *store; /* anchors and CRLs; NULL before the first question */
    certs *between;    /* intermediates, owned */
    size_t n_anchors;
    struct buf *files; /* not yet understood */
    size_t n_files;
};

/* Callers see no change when the shelves fill: a trust is const to them. */
struct trust {
    struct shelves *shelves;
};

static void drop_files(struct shelves *s)
{
    for (size_t i = 0; i < s->n_files; i++) buf_free(&s->files[i]);
    free(s->files);
    s->files = NULL;
    s->n_files = 0;
}

struct trust *trust_empty(void)
{
    struct trust *t = calloc(1, sizeof *t);
    if (t && (t->shelves = calloc(1, sizeof *t->shelves))) return t;
    free(t);
    return NULL;
}

void trust_free(struct trust *t)
{
    if (!t) return;
    drop_files(t->shelves);
    X509_STORE_free(t->shelves->store);
    sk_X509_pop_free(t->shelves->between, X509_free);
    free(t->shelves);
    free(t);
}

/* ---- loading ----------------------------------------------------------------------------------
 */

/* X509_free is the owner's: both kinds of shelf take a reference of their own. */
static void add_certificate(struct shelves *s, X509 *x)
{
    if (X509_get_extension_flags(x) & EXFLAG_INVALID) return;
    if (X509_self_signed(x, 1) == 1) {
        if (X509_STORE_add_cert(s->store, x) == 1) s->n_anchors++;
    } else if (X509_up_ref(x) == 1 && sk_X509_push(s->between, x) <= 0) {
        X509_free(x);
    }
}

/* RFC 5280 5.1.2.5 demands nextUpdate: without it nobody can say when the list went stale. A list
 * signed with SHA-1 or older proves nothing any more (Tebliğ art. 6). */
static bool crl_usable(const X509_CRL *crl)
{
    int digest = NID_undef;
    if (!X509_CRL_get0_nextUpdate(crl)) return false;
    if (OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, NULL) != 1) return false;
    return digest != NID_sha1 && digest != NID_md5 && digest != NID_md2 && digest != NID_md4;
}

static bool add_der(struct shelves *s, struct bytes der)
{
    const unsigned char *p = der.p;
    owned(x509_own) X509 *x = d2i_X509(NULL, &p, (long)der.len);
    if (x && p == der.p + der.len) {
        add_certificate(s, x);
        return true;
    }
    p = der.p;
    owned(crl_own) X509_CRL *crl = d2i_X509_CRL(NULL, &p, (long)der.len);
    if (!crl || p != der.p + der.len) return false;
    if (crl_usable(crl)) (void)X509_STORE_add_crl(s->store, crl);
    return true;
}

static void add_pem(struct shelves *s, struct bytes text)
{
    owned(bio_own) BIO *in = BIO_new_mem_buf(text.p, (int)text.len);
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    while (in && PEM_read_bio(in, &name, &header, &der, &len) == 1) {
        if (strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_CRL) == 0)
            (void)add_der(s, bytes_of(der, (size_t)len));
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
}

static void add_file(struct shelves *s, struct bytes content)
{
    if (!add_der(s, content)) add_pem(s, content);
    ERR_clear_error(); /* what a foreign file is not is nobody's error */
}

static err_t load_file(struct shelves *s, const char *path, size_t *room)
{
    struct stat st;
    if (stat(path, &st) != 0) return err_raise(ERR_FILE_UNREADABLE);
    if (!S_ISREG(st.st_mode)) return OK;
    own(buf) content = buf_max(*room);
    err_t e = file_read(path, &content);
    if (e == ERR_BODY_TOO_LARGE) return err_raise(ERR_STORAGE_FULL);
    if (e) return e;
    *room -= content.len;
    s->files[s->n_files++] = buf_take(&content);
    return OK;
}

/* False without memory; tried again at the next question. */
static bool understand(struct shelves *s)
{
    if (s->store && s->n_files == 0) return true;
    if (!s->store) s->store = X509_STORE_new();
    if (!s->between) s->between = sk_X509_new_null();
    if (!s->store || !s->between) return false;
    for (size_t i = 0; i < s->n_files; i++) add_file(s, buf_bytes(&s->files[i]));
    drop_files(s);
    return true;
}

size_t trust_n_anchors(const struct trust *t)
{
    return understand(t->shelves) ? t->shelves->n_anchors : 0;
}

err_t trust_load(const char *dir, struct trust **out)
{
    owned(dir_own) DIR *d = opendir(dir);
    if (!d) return err_raise(ERR_FILE_UNREADABLE);
    own_ptr(trust) t = trust_empty();
    if (!t || !(t->shelves->files = calloc(MAX_FILES, sizeof *t->shelves->files)))
        return err_raise(ERR_STORAGE_FULL);
    size_t room = MAX_OCTETS, n = 0;
    for (const struct dirent *f; (f = readdir(d)) != NULL;) {
        if (f->d_name[0] == '.') continue;
        if (n++ == MAX_FILES) return err_raise(ERR_STORAGE_FULL);
        own(buf) path = buf_max(8192);
        buf_fmt(&path, "%s/%s", dir, f->d_name);
        if (!buf_ok(&path)) return err_raise(ERR_FILE_UNREADABLE);
        err_t e = load_file(t->shelves, buf_cstr(&path), &room);
        if (e) return e;
    }
    *out = give(t);
    return OK;
}

/* ---- judging ----------------------------------------------------------------------------------
 */

static const char *const slugs[] = {
    [CHAIN_OK] = "ok",
    [CHAIN_NO_REVOCATION] = "no-revocation",
    [CHAIN_NONE] = "no-chain",
    [CHAIN_EXPIRED] = "expired",
    [CHAIN_NOT_YET_VALID] = "not-yet-valid",
    [CHAIN_REVOKED] = "revoked",
    [CHAIN_CONSTRAINTS] = "constraints",
};

const char *chain_status_slug(enum chain_status s)
{
    return slugs[s];
}

/* The worst finding wins. Expired certificates and missing lists do not end the walk, so that a
 * revocation behind them is still found; everything else does. */
static const struct {
    int error;
    enum chain_status status;
    bool go_on;
} meaning[] = {
    {X509_V_ERR_CERT_HAS_EXPIRED, CHAIN_EXPIRED, true},
    {X509_V_ERR_CERT_NOT_YET_VALID, CHAIN_NOT_YET_VALID, true},
    {X509_V_ERR_UNABLE_TO_GET_CRL, CHAIN_NO_REVOCATION, true},
    {X509_V_ERR_CRL_HAS_EXPIRED, CHAIN_NO_REVOCATION, true},
    {X509_V_ERR_CRL_NOT_YET_VALID, CHAIN_NO_REVOCATION, true},
    {X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_CRL_SIGNATURE_FAILURE, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_ERROR_IN_CRL_LAST_UPDATE_FIELD, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_ERROR_IN_CRL_NEXT_UPDATE_FIELD, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_KEYUSAGE_NO_CRL_SIGN, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_DIFFERENT_CRL_SCOPE, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_CRL_PATH_VALIDATION_ERROR, CHAIN_NO_REVOCATION, false},
    {X509_V_ERR_CERT_REVOKED, CHAIN_REVOKED, false},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, CHAIN_NONE, false},
    {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, CHAIN_NONE, false},
    {X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, CHAIN_NONE, false},
    {X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, CHAIN_NONE, false},
    {X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, CHAIN_NONE, false},
    {X509_V_ERR_CERT_SIGNATURE_FAILURE, CHAIN_NONE, false},
    {X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, CHAIN_NONE, false},
    {X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, CHAIN_NONE, false},
    {X509_V_ERR_CERT_UNTRUSTED, CHAIN_NONE, false},
    {X509_V_ERR_OUT_OF_MEM, CHAIN_NONE, false},
};

static int rank(enum chain_status s)
{
    static const int ranks[] = {
        [CHAIN_OK] = 0,      [CHAIN_NO_REVOCATION] = 1, [CHAIN_NOT_YET_VALID] = 2,
        [CHAIN_EXPIRED] = 3, [CHAIN_REVOKED] = 4,       [CHAIN_CONSTRAINTS] = 5,
        [CHAIN_NONE] = 6,
    };
    return ranks[s];
}

static void note(struct chain_result *r, enum chain_status s, int depth, const char *text)
{
    if (rank(s) <= rank(r->status)) return;
    r->status = s;
    r->signer = depth == 0;
    (void)snprintf(r->detail, sizeof r->detail, "%s (%s)", text,
                   depth == 0 ? "the signer's certificate" : "a certificate above the signer's");
}

static utc_t utc_of(const ASN1_TIME *t)
{
    int days = 0, seconds = 0;
    ASN1_TIME *start = ASN1_TIME_set(NULL, 0);
    bool known = start && ASN1_TIME_diff(&days, &seconds, start, t) == 1;
    ASN1_TIME_free(start);
    return known ? (utc_t)days * 86400 + seconds : 0;
}

static void note_revocation(struct chain_result *r, X509_STORE_CTX *ctx)
{
    X509_REVOKED *entry = NULL;
    X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
    X509 *x = X509_STORE_CTX_get_current_cert(ctx);
    if (crl && x && X509_CRL_get0_by_cert(crl, &entry, x) == 1)
        r->revoked_at = utc_of(X509_REVOKED_get0_revocationDate(entry));
}

/* CRL_CHECK_ALL looks for a list about the anchor too; an anchor is trusted because the user says
 * so, and no list of its own making can change that. */
static bool about_anchor(X509_STORE_CTX *ctx, int depth)
{
    return depth == sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;
}

static int on_error(int ok, X509_STORE_CTX *ctx)
{
    if (ok) return 1;
    struct chain_result *r = X509_STORE_CTX_get_app_data(ctx);
    int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
    enum chain_status status = CHAIN_CONSTRAINTS;
    bool go_on = false;
    for (size_t i = 0; i < sizeof meaning / sizeof meaning[0]; i++) {
        if (meaning[i].error != error) continue;
        status = meaning[i].status;
        go_on = meaning[i].go_on;
    }
    if (status == CHAIN_NO_REVOCATION && about_anchor(ctx, depth)) return 1;
    note(r, status, depth, X509_verify_cert_error_string(error));
    if (status == CHAIN_REVOKED) note_revocation(r, ctx);
    return go_on;
}

/* Tebliğ art. 6: signer RSA ≥ 2048, EC ≥ 256; RFC 5280 4.2.1.3: a key for signatures. */
static void judge_signer(struct chain_result *r, X509 *x)
{
    const EVP_PKEY *key = X509_get0_pubkey(x);
    int type = key ? EVP_PKEY_get_base_id(key) : EVP_PKEY_NONE;
    int least = type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS ? 2048
                : type == EVP_PKEY_EC                            ? 256
                                                                 : INT32_MAX;
    if (!key || EVP_PKEY_get_bits(key) < least)
        note(r, CHAIN_CONSTRAINTS, 0, "key too small or of an unknown type");
    if (!(X509_get_key_usage(x) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
        note(r, CHAIN_CONSTRAINTS, 0, "keyUsage allows no signatures");
}

static bool gather(const struct shelves *s, const struct bytes *extra, size_t n_extra, certs *out,
                   certs *to_free)
{
    for (int i = 0; i < sk_X509_num(s->between); i++) {
        if (sk_X509_push(out, sk_X509_value(s->between, i)) <= 0) return false;
    }
    for (size_t i = 0; i < n_extra && i < MAX_EXTRA; i++) {
        const unsigned char *p = extra[i].p;
        X509 *x = d2i_X509(NULL, &p, (long)extra[i].len);
        if (!x) continue;
        if (sk_X509_push(to_free, x) <= 0) {
            X509_free(x);
            return false;
        }
        if (sk_X509_push(out, x) <= 0) return false;
    }
    return true;
}

static void certs_all_own(certs **s)
{
    sk_X509_pop_free(*s, X509_free);
}

static void walk(const struct shelves *s, X509 *signer, certs *between, utc_t at,
                 struct chain_result *out)
{
    owned(ctx_own) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (!ctx || X509_STORE_CTX_init(ctx, s->store, signer, between) != 1) {
        note(out, CHAIN_NONE, 0, "out of memory");
        return;
    }
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(rules, (time_t)at);
    X509_VERIFY_PARAM_set_depth(rules, MAX_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(rules, 2); /* 112 bits: no SHA-1, no RSA under 2048 */
    (void)X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_STORE_CTX_set_app_data(ctx, out);
    X509_STORE_CTX_set_verify_cb(ctx, on_error);
    /* A refusal without a call of on_error (memory, an unusable certificate) must not pass. */
    if (X509_verify_cert(ctx) != 1 && out->status == CHAIN_OK)
        note(out, CHAIN_NONE, 0, "no chain was built");
}

void chain_check(const struct trust *t, struct bytes cert, const struct bytes *extra,
                 size_t n_extra, utc_t at, struct chain_result *out)
{
    *out = (struct chain_result){.status = CHAIN_OK};
    const unsigned char *p = cert.p;
    owned(x509_own) X509 *signer = cert.len > 0 ? d2i_X509(NULL, &p, (long)cert.len) : NULL;
    owned(certs_own) certs *between = sk_X509_new_null();
    owned(certs_all_own) certs *to_free = sk_X509_new_null();
    if (!signer || !between || !to_free || !understand(t->shelves) ||
        !gather(t->shelves, extra, n_extra, between, to_free)) {
        note(out, CHAIN_NONE, 0, "the certificate cannot be read");
    } else {
        judge_signer(out, signer);
        walk(t->shelves, signer, between, at, out);
    }
    ERR_clear_error();
}
