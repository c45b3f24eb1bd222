/* SPDX-License-Identifier: MIT */
#include "xades/chain.h"

#include <openssl/err.h>
#include <stdio.h>

#include "core/name.h"
#include "core/text.h"
#include "xades/path.h"

#define MAX_EXTRA 64
#define MAX_DEPTH (PATH_LENGTH - 2) /* intermediates */

static void ctx_own(X509_STORE_CTX **c)
{
    X509_STORE_CTX_free(*c);
}

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

/* 0 when it cannot be told, which no signature is older than. */
static utc_t revocation_time(X509_STORE_CTX *ctx)
{
    X509_REVOKED *entry = NULL;
    X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
    X509 *x = X509_STORE_CTX_get_current_cert(ctx);
    if (!crl || !x || X509_CRL_get0_by_cert(crl, &entry, x) != 1) return 0;
    return utc_of(X509_REVOKED_get0_revocationDate(entry));
}

/* CRL_CHECK_ALL looks for a list about the anchor too; an anchor is trusted because the user says
 * so, and no list of its own making can change that. */
static bool about_anchor(X509_STORE_CTX *ctx, int depth)
{
    return depth == sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;
}

struct judgement {
    struct chain_result *result;
    utc_t existed;
    bool stopped; /* by on_error */
};

static int on_error(int ok, X509_STORE_CTX *ctx)
{
    if (ok) return 1;
    struct judgement *j = X509_STORE_CTX_get_app_data(ctx);
    struct chain_result *r = j->result;
    int error = X509_STORE_CTX_get_error(ctx), depth = X509_STORE_CTX_get_error_depth(ctx);
    enum chain_status status = CHAIN_CONSTRAINTS;
    bool go_on = false;
    for (size_t i = 0; i < sizeof meaning / sizeof meaning[0]; i++) {
        if (meaning[i].error != error) continue;
        status = meaning[i].status;
        go_on = meaning[i].go_on;
    }
    if (status == CHAIN_NO_REVOCATION && about_anchor(ctx, depth)) return 1;
    if (status == CHAIN_REVOKED) {
        r->revoked_at = revocation_time(ctx);
        if (r->revoked_at > j->existed) return 1; /* EN 319 102-1 5.5.4: not yet, when it signed */
    }
    note(r, status, depth, X509_verify_cert_error_string(error));
    j->stopped = !go_on;
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

/* OpenSSL would say of such an issuer that there is none. */
static bool judge_issuers(struct chain_result *r, const struct path *p)
{
    for (int i = 1; i < p->n; i++) {
        if (X509_get_key_usage(p->at[i]) & KU_KEY_CERT_SIGN) continue;
        note(r, CHAIN_CONSTRAINTS, i, "RFC 5280 6.1.4 (n): keyUsage without keyCertSign");
        return false;
    }
    return true;
}

static bool add_extra(const struct bytes *extra, size_t n, certs *owned_by, certs *out)
{
    for (size_t i = 0; i < n && i < MAX_EXTRA; i++) {
        const unsigned char *p = extra[i].p;
        X509 *x = extra[i].len > 0 ? d2i_X509(NULL, &p, (long)extra[i].len) : NULL;
        if (!x) continue;
        if (sk_X509_push(owned_by, x) <= 0) {
            X509_free(x);
            return false;
        }
        if (sk_X509_push(out, x) <= 0) return false;
    }
    return true;
}

static bool add_shelf(certs *shelf, certs *out)
{
    for (int i = 0; i < sk_X509_num(shelf); i++) {
        if (sk_X509_push(out, sk_X509_value(shelf, i)) <= 0) return false;
    }
    return true;
}

/* The path alone is what OpenSSL gets to choose from. */
static bool lay_out(const struct path *p, certs *between, certs *anchors)
{
    for (int i = 1; i < p->n - 1; i++) {
        if (sk_X509_push(between, p->at[i]) <= 0) return false;
    }
    return sk_X509_push(anchors, p->at[p->n - 1]) > 0;
}

static bool set_rules(X509_STORE_CTX *ctx, utc_t at)
{
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(rules, (time_t)at);
    X509_VERIFY_PARAM_set_depth(rules, MAX_DEPTH);
    X509_VERIFY_PARAM_set_auth_level(rules, 2); /* 112 bits: no SHA-1, no RSA under 2048 */
    /* POLICY_CHECK: without it a critical policyConstraints would count as understood. Any policy
     * will do (RFC 5280 6.1.1 (c)), which OpenSSL wants to be told. */
    (void)X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL |
                                                 X509_V_FLAG_POLICY_CHECK);
    return X509_VERIFY_PARAM_add0_policy(rules, OBJ_nid2obj(NID_any_policy)) == 1;
}

static void judge_path(const struct shelves *s, const struct path *p, struct chain_time time,
                       struct chain_result *out)
{
    owned(certs_own) certs *between = sk_X509_new_null();
    owned(certs_own) certs *anchors = sk_X509_new_null();
    owned(ctx_own) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    struct judgement j = {.result = out, .existed = time.existed};
    if (!between || !anchors || !ctx || !lay_out(p, between, anchors) ||
        X509_STORE_CTX_init(ctx, s->lists, p->at[0], between) != 1 || !set_rules(ctx, time.at)) {
        note(out, CHAIN_NONE, 0, "out of memory");
        return;
    }
    X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
    X509_STORE_CTX_set_app_data(ctx, &j);
    X509_STORE_CTX_set_verify_cb(ctx, on_error);
    /* A refusal without a call of on_error (memory, more policies than OpenSSL follows) must not
     * pass, nor as the lesser finding that was gone on from. */
    if (X509_verify_cert(ctx) != 1 && !j.stopped) note(out, CHAIN_NONE, 0, "no chain was built");
}

struct judging {
    const struct shelves *shelves;
    struct chain_time time;
    struct chain_result best;
    bool any;
};

/* The best way counts; but once the signer is found revoked no other way can mend that. */
static bool judge(void *ctx, const struct path *p)
{
    struct judging *j = ctx;
    struct chain_result r = {.status = CHAIN_OK};
    if (judge_issuers(&r, p)) judge_path(j->shelves, p, j->time, &r);
    bool revoked = r.status == CHAIN_REVOKED && r.signer;
    if (!j->any || revoked || rank(r.status) < rank(j->best.status)) j->best = r;
    j->any = true;
    return revoked || r.status == CHAIN_OK;
}

static void take_name(X509 *x, char *out, size_t room)
{
    const unsigned char *der = NULL;
    size_t len = 0;
    own(buf) text = buf_max(65536);
    if (X509_NAME_get0_der(X509_get_issuer_name(x), &der, &len) == 1 &&
        name_rfc2253(&text, bytes_of(der, len)))
        text_plain_in(out, room, buf_bytes(&text), room);
}

static void take_address(X509 *x, char *out, size_t room)
{
    AUTHORITY_INFO_ACCESS *all = X509_get_ext_d2i(x, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(all) && !out[0]; i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(all, i);
        if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI)
            continue;
        const ASN1_STRING *uri = one->location->d.uniformResourceIdentifier;
        text_plain_in(out, room,
                      bytes_of(ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri)), room);
    }
    AUTHORITY_INFO_ACCESS_free(all);
}

/* What is missing at the end of the way. A certificate that names itself as its issuer is a root
 * that nobody trusts; a person who does so is not named. */
static void note_nowhere(struct chain_result *r, const struct path *way)
{
    X509 *last = way->at[way->n - 1];
    bool root = X509_get_extension_flags(last) & EXFLAG_SI;
    note(r, CHAIN_NONE, way->n - 1,
         root ? "the root is not trusted" : "the certificate of the issuer is missing");
    if (!root || X509_check_ca(last)) take_name(last, r->missing, sizeof r->missing);
    if (!root) take_address(last, r->address, sizeof r->address);
}

static void build_and_judge(const struct shelves *s, X509 *signer, certs *between,
                            struct chain_time time, struct chain_result *out)
{
    struct judging j = {.shelves = s, .time = time};
    struct path reached;
    enum path_end end = path_find(s, signer, between, time.at, judge, &j, &reached);
    if (end == PATH_CUT)
        note(out, CHAIN_NONE, reached.n - 1, "too many certificates on the way to an anchor");
    else if (end == PATH_NOWHERE)
        note_nowhere(out, &reached);
    else if (rank(j.best.status) > rank(out->status))
        *out = j.best;
    else
        out->revoked_at = j.best.revoked_at; /* after the signature existed */
}

void chain_check(const struct trust *t, struct bytes cert, const struct bytes *extra,
                 size_t n_extra, utc_t at, struct chain_result *out)
{
    chain_check_at(t, cert, extra, n_extra, (struct chain_time){at, at}, out);
}

void chain_check_at(const struct trust *t, struct bytes cert, const struct bytes *extra,
                    size_t n_extra, struct chain_time time, struct chain_result *out)
{
    *out = (struct chain_result){.status = CHAIN_OK};
    const unsigned char *p = cert.p;
    const struct shelves *s = shelves_of(t);
    owned(x509_own) X509 *signer = cert.len > 0 ? d2i_X509(NULL, &p, (long)cert.len) : NULL;
    owned(certs_own) certs *between = sk_X509_new_null();
    owned(certs_all_own) certs *to_free = sk_X509_new_null();
    if (!s || !signer || !between || !to_free || !add_shelf(s->between, between) ||
        !add_extra(extra, n_extra, to_free, between)) {
        note(out, CHAIN_NONE, 0, "the certificate cannot be read");
    } else {
        judge_signer(out, signer);
        build_and_judge(s, signer, between, time, out);
    }
    ERR_clear_error();
}
