/* SPDX-License-Identifier: MIT */
#include "xades/proof.h"

#include <stdio.h>

#include "core/text.h"
#include "xades/crl.h"
#include "xades/ocsp.h"
#include "xades/way.h"

void proof_free(struct proof *p)
{
    for (size_t i = 0; i < p->n_certificates; i++) buf_free(&p->certificates[i]);
    for (size_t i = 0; i < p->n_lists; i++) buf_free(&p->lists[i]);
    for (size_t i = 0; i < p->n_responses; i++) buf_free(&p->responses[i]);
    p->n_certificates = p->n_lists = p->n_responses = 0;
}

/* One question while its way is looked at. */
struct gathering {
    const struct chain_values *with;
    const struct proof_rules *rules;
    utc_t at;
    const struct shelves *shelves;
    crls *brought; /* the lists of `with`, delta lists too */
    struct proof *out;
    struct wants *wants;
    struct chain_result *result;
};

/* One certificate of the way, and what was found about it. */
struct link {
    X509 *x, *issuer;
    enum proof_source source;
    utc_t since;
    bool signer;
    X509_CRL *list;        /* borrowed; NULL: none */
    struct bytes response; /* empty: none */
};

/* ---- what there is ---- */

static bool newer(const X509_CRL *a, const X509_CRL *b)
{
    return !b || ASN1_TIME_compare(X509_CRL_get0_lastUpdate(a), X509_CRL_get0_lastUpdate(b)) > 0;
}

static void consider(const struct gathering *g, struct link *l, X509_CRL *crl)
{
    if (!crl_is_delta(crl) && newer(crl, l->list) && crl_made(crl) >= l->since &&
        !crl_refused(crl, l->issuer, false, g->at))
        l->list = crl;
}

static void find_list(const struct gathering *g, struct link *l)
{
    STACK_OF(X509_OBJECT) *all = X509_STORE_get0_objects(g->shelves->lists);
    for (int i = 0; i < sk_X509_OBJECT_num(all); i++) {
        X509_CRL *crl = X509_OBJECT_get0_X509_CRL(sk_X509_OBJECT_value(all, i));
        if (crl) consider(g, l, crl);
    }
    for (int i = 0; i < sk_X509_CRL_num(g->brought); i++)
        consider(g, l, sk_X509_CRL_value(g->brought, i));
}

static void say_revoked(const struct gathering *g, const struct link *l, utc_t when, const char *by)
{
    *g->result = (struct chain_result){CHAIN_REVOKED, .revoked_at = when, .signer = l->signer};
    (void)snprintf(g->result->detail, sizeof g->result->detail, "%s (%s)", by,
                   l->signer ? "the signer's certificate" : "a certificate above the signer's");
}

/* False: it says that the certificate is revoked. */
static bool find_response(const struct gathering *g, struct link *l)
{
    for (size_t i = 0; i < g->with->n_responses; i++) {
        struct ocsp_times when;
        const struct bytes one = g->with->responses[i];
        switch (ocsp_one(one, l->x, l->issuer, (struct chain_time){g->at, g->at}, &when)) {
        case OCSP_SAYS_REVOKED:
            say_revoked(g, l, when.revoked, "revoked, by OCSP");
            return false;
        case OCSP_SAYS_GOOD:
            if (when.made >= l->since) l->response = one;
            break;
        case OCSP_SAYS_NOTHING:
            break;
        }
    }
    return true;
}

/* RFC 5280 6.3.3 (c): a delta to the list that is taken. *known: there is one that holds. */
static bool delta_revokes(const struct gathering *g, const struct link *l, bool *known)
{
    utc_t when = 0;
    for (int i = 0; i < sk_X509_CRL_num(g->brought); i++) {
        X509_CRL *delta = sk_X509_CRL_value(g->brought, i);
        if (!crl_is_delta(delta) || crl_refused(delta, l->issuer, true, g->at) ||
            !crl_completes(delta, l->list))
            continue;
        *known = true;
        if (!crl_revokes(delta, l->x, &when)) continue;
        say_revoked(g, l, when, "revoked, by a delta list");
        return true;
    }
    return false;
}

/* ---- what is missing ---- */

static struct buf der_of_certificate(X509 *x)
{
    struct buf out = buf_max(1u << 20);
    unsigned char *der = NULL;
    int len = x ? i2d_X509(x, &der) : 0;
    if (len > 0) buf_add(&out, bytes_of(der, (size_t)len));
    OPENSSL_free(der);
    return out;
}

static bool is_http(struct bytes url)
{
    return bytes_starts(url, bytes_str("http://")) || bytes_starts(url, bytes_str("https://"));
}

static void want(const struct gathering *g, enum want_kind kind, const struct link *l,
                 const GENERAL_NAME *name)
{
    if (!g->wants || g->wants->n == WANT_MAX || name->type != GEN_URI) return;
    const ASN1_STRING *uri = name->d.uniformResourceIdentifier;
    struct bytes url = bytes_of(ASN1_STRING_get0_data(uri), (size_t)ASN1_STRING_length(uri));
    struct want *w = &g->wants->at[g->wants->n];
    if (!is_http(url) || url.len >= sizeof w->url || memchr(url.p, 0, url.len)) return;
    *w = (struct want){.kind = kind, .since = kind == WANT_DELTA ? 0 : l->since};
    memcpy(w->url, url.p, url.len);
    w->subject = der_of_certificate(l->x);
    w->issuer = der_of_certificate(l->issuer);
    g->wants->n++;
}

static void want_access(const struct gathering *g, enum want_kind kind, const struct link *l,
                        int method)
{
    AUTHORITY_INFO_ACCESS *all = X509_get_ext_d2i(l->x, NID_info_access, NULL, NULL);
    for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(all); i++) {
        const ACCESS_DESCRIPTION *one = sk_ACCESS_DESCRIPTION_value(all, i);
        if (OBJ_obj2nid(one->method) == method) want(g, kind, l, one->location);
    }
    AUTHORITY_INFO_ACCESS_free(all);
}

/* RFC 5280 4.2.1.13: of who issues its lists itself, as all that are taken here are. */
static void want_points(const struct gathering *g, enum want_kind kind, const struct link *l,
                        CRL_DIST_POINTS *points)
{
    for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
        const DIST_POINT *p = sk_DIST_POINT_value(points, i);
        if (p->CRLissuer || p->reasons || !p->distpoint || p->distpoint->type != 0) continue;
        const GENERAL_NAMES *names = p->distpoint->name.fullname;
        for (int k = 0; k < sk_GENERAL_NAME_num(names); k++)
            want(g, kind, l, sk_GENERAL_NAME_value(names, k));
    }
    CRL_DIST_POINTS_free(points);
}

static void want_lists(const struct gathering *g, const struct link *l)
{
    want_points(g, WANT_LIST, l, X509_get_ext_d2i(l->x, NID_crl_distribution_points, NULL, NULL));
}

static void want_deltas(const struct gathering *g, const struct link *l)
{
    want_points(g, WANT_DELTA, l, X509_CRL_get_ext_d2i(l->list, NID_freshest_crl, NULL, NULL));
}

/* ---- one certificate after the other ---- */

/* False: revoked. */
static bool look_at(const struct gathering *g, struct link *l)
{
    bool delta = false;
    if (l->source != PROOF_LIST && !find_response(g, l)) return false;
    if (l->source != PROOF_RESPONSE && !l->response.p) find_list(g, l);
    if (l->list && delta_revokes(g, l, &delta)) return false;
    const bool asks = l->source != PROOF_LIST && (l->signer || !l->list);
    if (!l->response.p && asks) want_access(g, WANT_RESPONSE, l, NID_ad_OCSP);
    if (!l->response.p && !l->list && l->source != PROOF_RESPONSE) want_lists(g, l);
    if (l->list && !delta) want_deltas(g, l);
    return true;
}

/* Each once; false when there is no room, or no memory. */
static bool keep(struct buf *shelf, size_t *n, struct bytes one)
{
    for (size_t i = 0; i < *n; i++)
        if (bytes_eq(buf_bytes(&shelf[i]), one)) return true;
    if (one.len == 0 || *n == PROOF_MAX) return false;
    shelf[*n] = buf_max(one.len);
    buf_add(&shelf[*n], one);
    return buf_ok(&shelf[(*n)++]);
}

static bool keep_list(struct proof *out, X509_CRL *crl)
{
    unsigned char *der = NULL;
    int len = i2d_X509_CRL(crl, &der);
    bool kept = keep(out->lists, &out->n_lists, bytes_of(der, len > 0 ? (size_t)len : 0));
    OPENSSL_free(der);
    return kept;
}

static bool keep_all(struct proof *out, const struct link *links, int n)
{
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        own(buf) issuer = der_of_certificate(links[i].issuer);
        good = keep(out->certificates, &out->n_certificates, buf_bytes(&issuer)) &&
               (links[i].response.p ? keep(out->responses, &out->n_responses, links[i].response)
                                    : keep_list(out, links[i].list));
    }
    return good;
}

static void say_missing(const struct gathering *g, const struct link *l)
{
    static const char *const texts[] = {
        [PROOF_ANY] = "no list and no OCSP response that counts",
        [PROOF_LIST] = "no list that counts",
        [PROOF_RESPONSE] = "no OCSP response that counts",
    };
    g->result->status = CHAIN_NO_REVOCATION;
    g->result->signer = l->signer;
    (void)snprintf(g->result->detail, sizeof g->result->detail, "%s (%s)", texts[l->source],
                   l->signer ? "the signer's certificate" : "a certificate above the signer's");
}

static void look_at_all(const struct gathering *g, const struct path *way)
{
    struct link links[PATH_LENGTH] = {0};
    const int n = way->n - 1;
    bool whole = true;
    for (int i = 0; i < n; i++) {
        links[i] = (struct link){.x = way->at[i],
                                 .issuer = way->at[i + 1],
                                 .source = i == 0 ? g->rules->signer : g->rules->above,
                                 .since = i == 0 ? g->rules->since : 0,
                                 .signer = i == 0};
        if (!look_at(g, &links[i])) return;
        if (whole && !links[i].response.p && !links[i].list) {
            say_missing(g, &links[i]);
            whole = false;
        }
    }
    if (whole && g->result->status == CHAIN_OK && !keep_all(g->out, links, n)) {
        g->result->status = CHAIN_NO_REVOCATION;
        (void)snprintf(g->result->detail, sizeof g->result->detail, "more than can be gathered");
    }
}

static crls *read_lists(const struct chain_values *with)
{
    crls *all = sk_X509_CRL_new_null();
    for (size_t i = 0; all && i < with->n_lists; i++) {
        const unsigned char *p = with->lists[i].p;
        X509_CRL *crl =
            with->lists[i].len > 0 ? d2i_X509_CRL(NULL, &p, (long)with->lists[i].len) : NULL;
        if (crl && sk_X509_CRL_push(all, crl) <= 0) X509_CRL_free(crl);
    }
    return all;
}

/* Without an anchor nothing is asked; with one, only for the certificate that is missing on the
 * way, of which nobody can tell before whether it leads there. A root that is not trusted has
 * nothing above it. */
static void want_issuer(const struct gathering *g, const struct path *way)
{
    X509 *last = way->at[way->n - 1];
    if (sk_X509_num(g->shelves->anchors) == 0 || (X509_get_extension_flags(last) & EXFLAG_SI))
        return;
    const struct link l = {.x = last};
    want_access(g, WANT_CERTIFICATE, &l, NID_ad_ca_issuers);
}

static void visit(void *ctx, const struct shelves *s, const struct path *way,
                  struct chain_result *r)
{
    struct gathering *g = ctx;
    owned(crls_all_own) crls *brought = read_lists(g->with);
    g->shelves = s;
    g->brought = brought;
    g->result = r;
    if (r->status == CHAIN_NONE && way->n > 0) want_issuer(g, way);
    if (r->status == CHAIN_OK || r->status == CHAIN_NO_REVOCATION) look_at_all(g, way);
}

void proof_gather(const struct trust *t, struct bytes cert, const struct chain_values *with,
                  const struct proof_rules *rules, utc_t at, struct proof *out, struct wants *wants,
                  struct chain_result *result)
{
    struct gathering g = {.with = with, .rules = rules, .at = at, .out = out, .wants = wants};
    chain_walk(t, cert, with, (struct chain_time){at, at}, visit, &g, result);
}
