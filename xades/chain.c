/* SPDX-License-Identifier: MIT */
#include "xades/chain.h"

#include <openssl/err.h>
#include <stdio.h>

#include "core/name.h"
#include "core/text.h"
#include "xades/ocsp.h"
#include "xades/way.h"

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

/* 0 when it cannot be told, which no signature is older than. */
static utc_t revocation_time(X509_STORE_CTX *ctx)
{
    X509_REVOKED *entry = NULL;
    X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
    X509 *x = X509_STORE_CTX_get_current_cert(ctx);
    if (!crl || !x || X509_CRL_get0_by_cert(crl, &entry, x) != 1) return 0;
    return x509_time(X509_REVOKED_get0_revocationDate(entry));
}

/* CRL_CHECK_ALL looks for a list about the anchor too; an anchor is trusted because the user says
 * so, and no list of its own making can change that. */
static bool about_anchor(X509_STORE_CTX *ctx, int depth)
{
    return depth == sk_X509_num(X509_STORE_CTX_get0_chain(ctx)) - 1;
}

struct judgement {
    struct chain_result *result;
    const struct chain_values *with; /* NULL: the folder's lists alone */
    struct chain_time time;
    bool stopped; /* by on_error */
};

/* What is known of that certificate beside the folder's lists. */
static enum chain_status from_values(const struct judgement *j, X509_STORE_CTX *ctx, int error,
                                     int depth)
{
    certs *chain = X509_STORE_CTX_get0_chain(ctx);
    const X509_CRL *crl = X509_STORE_CTX_get0_current_crl(ctx);
    /* A list of after the signature's time need not be today's. */
    if (error == X509_V_ERR_CRL_HAS_EXPIRED && crl && j->time.existed < j->time.at &&
        x509_time(X509_CRL_get0_lastUpdate(crl)) >= j->time.existed)
        return CHAIN_OK;
    switch (ocsp_ask(j->with, sk_X509_value(chain, depth), sk_X509_value(chain, depth + 1), j->time,
                     &j->result->revoked_at)) {
    case OCSP_SAYS_GOOD:
        return CHAIN_OK;
    case OCSP_SAYS_REVOKED:
        return CHAIN_REVOKED;
    case OCSP_SAYS_NOTHING:
        break;
    }
    return CHAIN_NO_REVOCATION;
}

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
    if (status == CHAIN_REVOKED) r->revoked_at = revocation_time(ctx);
    if (status == CHAIN_NO_REVOCATION && j->with) status = from_values(j, ctx, error, depth);
    /* EN 319 102-1 5.5.4: not yet, when it signed. */
    if (status == CHAIN_OK || (status == CHAIN_REVOKED && r->revoked_at > j->time.existed))
        return 1;
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

/* What a file brings may be older than what the folder has, and is asked second. */
static bool take_lists(const struct chain_values *with, crls *out)
{
    for (size_t i = 0; i < with->n_lists; i++) {
        const unsigned char *p = with->lists[i].p;
        owned(crl_own) X509_CRL *crl =
            with->lists[i].len > 0 ? d2i_X509_CRL(NULL, &p, (long)with->lists[i].len) : NULL;
        if (!crl || !shelves_list_counts(crl)) continue;
        if (sk_X509_CRL_push(out, crl) <= 0) return false;
        crl = NULL;
    }
    return true;
}

static void judge_path(const struct shelves *s, const struct path *p, struct judgement *j)
{
    owned(certs_own) certs *between = sk_X509_new_null();
    owned(certs_own) certs *anchors = sk_X509_new_null();
    owned(crls_all_own) crls *brought = sk_X509_CRL_new_null();
    owned(ctx_own) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (!between || !anchors || !brought || !ctx || !lay_out(p, between, anchors) ||
        (j->with && !take_lists(j->with, brought)) ||
        X509_STORE_CTX_init(ctx, s->lists, p->at[0], between) != 1 || !set_rules(ctx, j->time.at)) {
        note(j->result, CHAIN_NONE, 0, "out of memory");
        return;
    }
    X509_STORE_CTX_set0_trusted_stack(ctx, anchors);
    if (sk_X509_CRL_num(brought) > 0) X509_STORE_CTX_set0_crls(ctx, brought);
    X509_STORE_CTX_set_app_data(ctx, j);
    X509_STORE_CTX_set_verify_cb(ctx, on_error);
    /* A refusal without a call of on_error (memory, more policies than OpenSSL follows) must not
     * pass, nor as the lesser finding that was gone on from. */
    if (X509_verify_cert(ctx) != 1 && !j->stopped)
        note(j->result, CHAIN_NONE, 0, "no chain was built");
}

struct judging {
    const struct shelves *shelves;
    const struct chain_values *with;
    struct chain_time time;
    struct chain_result best;
    bool any;
    struct path *way; /* gets the best one, or how far it came; NULL: nobody asks */
};

static struct chain_result judge_once(const struct judging *j, const struct path *p,
                                      const struct chain_values *with)
{
    struct chain_result r = {.status = CHAIN_OK};
    struct judgement one = {.result = &r, .with = with, .time = j->time};
    judge_path(j->shelves, p, &one);
    return r;
}

/* The folder's lists first: OpenSSL would prefer a file's older ones to them. */
static struct chain_result judge_way(const struct judging *j, const struct path *p)
{
    struct chain_result r = {.status = CHAIN_OK};
    if (!judge_issuers(&r, p)) return r;
    r = judge_once(j, p, NULL);
    return r.status == CHAIN_NO_REVOCATION ? judge_once(j, p, j->with) : r;
}

/* The best way counts; but once the signer is found revoked no other way can mend that. */
static bool judge(void *ctx, const struct path *p)
{
    struct judging *j = ctx;
    struct chain_result r = judge_way(j, p);
    bool revoked = r.status == CHAIN_REVOKED && r.signer;
    if (!j->any || revoked || rank(r.status) < rank(j->best.status)) {
        j->best = r;
        if (j->way) *j->way = *p;
    }
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

static void build_and_judge(const struct judging *how, X509 *signer, certs *between,
                            struct chain_result *out)
{
    struct judging j = *how;
    struct path reached;
    enum path_end end = path_find(j.shelves, signer, between, j.time.at, judge, &j, &reached);
    if (end != PATH_SHOWN && j.way) *j.way = reached;
    if (end == PATH_CUT)
        note(out, CHAIN_NONE, reached.n - 1, "too many certificates on the way to an anchor");
    else if (end == PATH_NOWHERE)
        note_nowhere(out, &reached);
    else if (rank(j.best.status) > rank(out->status))
        *out = j.best;
    else
        out->revoked_at = j.best.revoked_at; /* after the signature existed */
}

/* What every question begins with: the signer, and what may stand between. */
struct asked {
    X509 *signer;
    certs *between, *to_free;
};

static void asked_free(struct asked *a)
{
    X509_free(a->signer);
    sk_X509_free(a->between);
    sk_X509_pop_free(a->to_free, X509_free);
    ERR_clear_error();
}
OWN(asked)

static bool read_asked(const struct shelves *s, struct bytes cert, const struct chain_values *with,
                       struct asked *out)
{
    const unsigned char *p = cert.p;
    out->signer = cert.len > 0 ? d2i_X509(NULL, &p, (long)cert.len) : NULL;
    out->between = sk_X509_new_null();
    out->to_free = sk_X509_new_null();
    return s && out->signer && out->between && out->to_free &&
           add_shelf(s->between, out->between) &&
           add_extra(with->certificates, with->n_certificates, out->to_free, out->between);
}

static void check(const struct judging *how, const struct asked *a, struct chain_result *out)
{
    judge_signer(out, a->signer);
    build_and_judge(how, a->signer, a->between, out);
}

void chain_check_with(const struct trust *t, struct bytes cert, const struct chain_values *with,
                      struct chain_time time, struct chain_result *out)
{
    own(asked) a = {0};
    const struct judging how = {.shelves = shelves_of(t), .with = with, .time = time};
    *out = (struct chain_result){.status = CHAIN_OK};
    if (read_asked(how.shelves, cert, with, &a))
        check(&how, &a, out);
    else
        note(out, CHAIN_NONE, 0, "the certificate cannot be read");
}

void chain_check_archived(const struct trust *t, struct bytes cert, const struct chain_values *with,
                          struct chain_time time, utc_t archived, struct chain_result *out)
{
    struct chain_result then;
    chain_check_with(t, cert, with, time, out);
    if (archived >= time.at || (out->status != CHAIN_NO_REVOCATION && out->status != CHAIN_EXPIRED))
        return;
    const utc_t existed = time.existed < archived ? time.existed : archived;
    chain_check_with(t, cert, with, (struct chain_time){archived, existed}, &then);
    if (rank(then.status) < rank(out->status) || then.status == CHAIN_REVOKED) *out = then;
}

void chain_walk(const struct trust *t, struct bytes cert, const struct chain_values *with,
                struct chain_time time, way_visitor *visit, void *ctx, struct chain_result *out)
{
    own(asked) a = {0};
    struct path way = {.n = 0};
    const struct judging how = {.shelves = shelves_of(t), .with = with, .time = time, .way = &way};
    *out = (struct chain_result){.status = CHAIN_OK};
    if (!read_asked(how.shelves, cert, with, &a)) {
        note(out, CHAIN_NONE, 0, "the certificate cannot be read");
        return;
    }
    check(&how, &a, out);
    visit(ctx, how.shelves, &way, out);
}

void chain_check(const struct trust *t, struct bytes cert, const struct bytes *extra,
                 size_t n_extra, utc_t at, struct chain_result *out)
{
    const struct chain_values with = {.certificates = extra, .n_certificates = n_extra};
    chain_check_with(t, cert, &with, (struct chain_time){at, at}, out);
}

struct chain_time chain_time_of(utc_t at, utc_t existed, utc_t not_after)
{
    struct chain_time t = {at, existed};
    if (at >= not_after && existed < not_after) t.at = not_after - 1;
    return t;
}
