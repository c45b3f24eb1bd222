/* SPDX-License-Identifier: MIT */
#include "xades/path.h"

/* A signature once checked: of this certificate, by the key of that issuer. */
struct check {
    const X509 *x;
    const EVP_PKEY *key;
    bool good;
};

struct search {
    const struct shelves *shelves;
    certs *between;
    time_t at;
    path_judge *judge;
    void *ctx;
    struct path path;
    int length; /* of the ways that are looked for now */
    struct path reached;
    struct check checks[PATH_SIGNATURES];
    size_t n_checks;
    unsigned steps, ways; /* what is left */
    bool shown, enough, cut;
};

struct issuer {
    X509 *x;
    unsigned rank;
    bool anchor;
};

/* The best issuers of one certificate, best first. */
struct issuers {
    struct issuer at[PATH_ISSUERS];
    int n;
};

/* X509_check_issued compares the decoded names (RFC 5280 7.1), the key identifiers (4.2.1.1) and
 * the kind of key. A key that may not sign certificates fits all the same: it is for the judge to
 * say so. */
static bool fits(X509 *issuer, X509 *x)
{
    int result = X509_check_issued(issuer, x);
    return result == X509_V_OK || result == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

static bool valid_at(const X509 *x, time_t at)
{
    return X509_cmp_time(X509_get0_notBefore(x), &at) < 0 &&
           X509_cmp_time(X509_get0_notAfter(x), &at) > 0;
}

static unsigned rank_of(const struct search *s, X509 *issuer, X509 *x, bool anchor)
{
    const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(x);
    const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer);
    bool named = wanted && has && ASN1_OCTET_STRING_cmp(wanted, has) == 0;
    return (named ? 4u : 0) | (anchor ? 2u : 0) | (valid_at(issuer, s->at) ? 1u : 0);
}

static bool better(const struct issuer *a, const struct issuer *b)
{
    if (a->rank != b->rank) return a->rank > b->rank;
    return ASN1_TIME_compare(X509_get0_notAfter(a->x), X509_get0_notAfter(b->x)) > 0;
}

static void insert(struct search *s, struct issuers *list, struct issuer one)
{
    int i = list->n;
    s->cut = s->cut || i == PATH_ISSUERS; /* this one or another is left out */
    if (i == PATH_ISSUERS && !better(&one, &list->at[--i])) return;
    for (; i > 0 && better(&one, &list->at[i - 1]); i--) list->at[i] = list->at[i - 1];
    list->at[i] = one;
    if (list->n < PATH_ISSUERS) list->n++;
}

static bool among(X509 *const *p, int n, const X509 *x)
{
    for (int i = 0; i < n; i++) {
        if (X509_cmp(p[i], x) == 0) return true;
    }
    return false;
}

static bool known(const struct issuers *list, const X509 *x)
{
    for (int i = 0; i < list->n; i++) {
        if (X509_cmp(list->at[i].x, x) == 0) return true;
    }
    return false;
}

/* RFC 5280 6.1: a certificate must not appear more than once in a path. */
static void look_through(struct search *s, certs *shelf, bool anchor, struct issuers *out)
{
    X509 *x = s->path.at[s->path.n - 1];
    for (int i = 0; i < sk_X509_num(shelf); i++) {
        X509 *issuer = sk_X509_value(shelf, i);
        if (!fits(issuer, x) || among(s->path.at, s->path.n, issuer) || known(out, issuer))
            continue;
        insert(s, out, (struct issuer){issuer, rank_of(s, issuer, x, anchor), anchor});
    }
}

/* The many certificates of one authority in a mesh share a key, and one check. */
static bool signed_by(struct search *s, X509 *x, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    for (size_t i = 0; i < s->n_checks; i++) {
        if (s->checks[i].x == x && key && EVP_PKEY_eq(s->checks[i].key, key) == 1)
            return s->checks[i].good;
    }
    if (s->n_checks == PATH_SIGNATURES) {
        s->cut = true;
        return false;
    }
    bool good = key && X509_verify(x, key) == 1;
    s->checks[s->n_checks++] = (struct check){x, key, good};
    return good;
}

static void show(struct search *s)
{
    s->shown = true;
    s->ways--;
    s->enough = s->judge(s->ctx, &s->path) || s->ways == 0;
}

static void walk(struct search *s);

/* Every way is met again by every longer search, and shown by the one of its length. */
static void step(struct search *s, const struct issuer *to)
{
    s->path.at[s->path.n++] = to->x;
    if (s->path.n > s->reached.n) s->reached = s->path;
    if (to->anchor && s->path.n == s->length)
        show(s);
    else if (!to->anchor)
        walk(s);
    s->path.n--;
}

/* The path's last certificate is no anchor. */
static void walk(struct search *s)
{
    struct issuers list = {.n = 0};
    X509 *x = s->path.at[s->path.n - 1];
    if (s->path.n == s->length || s->steps == 0) {
        s->cut = true;
        return;
    }
    s->steps--;
    look_through(s, s->shelves->anchors, true, &list);
    look_through(s, s->between, false, &list);
    /* The judge checks every signature: with one issuer alone nothing is to be chosen by it. */
    for (int i = 0; i < list.n && !s->enough; i++) {
        if (list.n == 1 || signed_by(s, x, list.at[i].x)) step(s, &list.at[i]);
    }
}

static bool is_anchor(const struct shelves *s, const X509 *x)
{
    for (int i = 0; i < sk_X509_num(s->anchors); i++) {
        if (X509_cmp(sk_X509_value(s->anchors, i), x) == 0) return true;
    }
    return false;
}

enum path_end path_find(const struct shelves *shelves, X509 *signer, certs *between, utc_t at,
                        path_judge *judge, void *ctx, struct path *reached)
{
    struct search s = {.shelves = shelves,
                       .between = between,
                       .at = (time_t)at,
                       .judge = judge,
                       .ctx = ctx,
                       .path = {{signer}, 1},
                       .reached = {{signer}, 1},
                       .cut = true,
                       .steps = PATH_STEPS,
                       .ways = PATH_WAYS};
    if (is_anchor(shelves, signer)) {
        show(&s);
        s.cut = false;
    }
    for (s.length = 2; s.length <= PATH_LENGTH && s.cut && !s.enough; s.length++) {
        s.cut = false;
        walk(&s);
    }
    *reached = s.reached;
    return s.shown ? PATH_SHOWN : s.cut ? PATH_CUT : PATH_NOWHERE;
}
