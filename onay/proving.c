/* SPDX-License-Identifier: MIT */
#include "onay/proving.h"

#include "onay/cache.h"
#include "onay/command.h"
#include "session/clock.h"

#include <poll.h>
#include <stdio.h>
#include <sys/random.h>

#define WAIT_MS (PUBLISHED_MAX_MS + 10000) /* it says itself that nobody answered */

void proving_free(struct proving *p)
{
    for (size_t k = 0; k < PUBLISHED_COUNT; k++)
        for (size_t i = 0; i < p->n_kept[k]; i++) buf_free(&p->kept[k][i]);
    memset(p->n_kept, 0, sizeof p->n_kept);
}

/* ---- one question ---- */

static enum published published_of(enum want_kind kind)
{
    static const enum published kinds[] = {
        [WANT_RESPONSE] = PUBLISHED_RESPONSE,
        [WANT_LIST] = PUBLISHED_LIST,
        [WANT_DELTA] = PUBLISHED_LIST,
        [WANT_CERTIFICATE] = PUBLISHED_CERTIFICATE,
    };
    return kinds[kind];
}

/* Waits for the answer, whose octets live until it is freed. */
static err_t ask(struct proving *p, const struct want *w, struct bytes request,
                 struct fetch_answer *out, char detail[FETCH_ROOM_DETAIL])
{
    const enum published what = published_of(w->kind);
    uint32_t question;
    err_t e = stamping_connect(p->stamping, p->settings);
    if (!e) e = published_ask(p->stamping->fetch, what, w->url, request, &question);
    if (e) {
        (void)snprintf(detail, FETCH_ROOM_DETAIL, "%s", err_title(e, LANG_EN));
        return e;
    }
    while (!fetch_next(p->stamping->fetch, out)) {
        struct pollfd door = {.fd = fetch_fd(p->stamping->fetch), .events = POLLIN};
        if (poll(&door, 1, WAIT_MS) != 0) continue;
        fetch_cancel(p->stamping->fetch, question);
        (void)snprintf(detail, FETCH_ROOM_DETAIL, "onayd-fetch");
        return err_raise(ERR_REVOCATION_UNAVAILABLE);
    }
    return published_good(what, out, detail)
               ? OK
               : err_raise(w->kind == WANT_CERTIFICATE ? ERR_CERTIFICATE_UNTRUSTED
                                                       : ERR_REVOCATION_UNAVAILABLE);
}

static utc_t now(const struct proving *p)
{
    return utc_now() + p->stamping->ahead;
}

static bool is_list(const struct want *w)
{
    return w->kind == WANT_LIST || w->kind == WANT_DELTA;
}

static bool from_cache(const struct proving *p, const struct want *w, struct buf *out)
{
    const char *clause;
    own(buf) octets = buf_max(FETCH_MAX_ANSWER);
    return is_list(w) && cache_get(w->url, &octets) &&
           want_take(w, buf_bytes(&octets), NULL, now(p), out, &clause) == OK;
}

static err_t from_world(struct proving *p, const struct want *w, struct buf *out,
                        char detail[FETCH_ROOM_DETAIL])
{
    const char *clause = NULL;
    uint8_t nonce[WANT_NONCE];
    own(buf) request = buf_max(4096);
    own(fetch_answer) a = {0};
    if (getrandom(nonce, sizeof nonce, 0) != sizeof nonce) return err_raise(ERR_INTERNAL);
    want_ask(w, nonce, &request);
    if (!buf_ok(&request)) return err_raise(ERR_INTERNAL);
    err_t e = ask(p, w, buf_bytes(&request), &a, detail);
    if (e) return e;
    e = want_take(w, a.body, nonce, now(p), out, &clause);
    if (clause) (void)snprintf(detail, FETCH_ROOM_DETAIL, "%s", clause);
    if (!e && is_list(w)) cache_put(w->url, buf_bytes(out));
    return e;
}

/* What was got counts at the next attempt; what was not is said. */
static void fetch_one(struct proving *p, const struct want *w)
{
    const enum published what = published_of(w->kind);
    char detail[FETCH_ROOM_DETAIL] = "";
    size_t n = p->n_kept[what];
    struct buf *kept = &p->kept[what][n];
    *kept = buf_max(FETCH_MAX_ANSWER);
    err_t e = from_cache(p, w, kept) ? OK : from_world(p, w, kept, detail);
    if (e) {
        buf_free(kept);
        (void)command_fail(w->url, e, detail);
        return;
    }
    p->views[what][n] = buf_bytes(kept);
    p->n_kept[what]++;
}

/* ---- until nothing is missing ---- */

static bool name_of(const struct want *w, struct digest *out)
{
    own(buf) all = buf_max(1u << 20);
    buf_fmt(&all, "%d %s ", (int)w->kind, w->url);
    buf_add(&all, buf_bytes(&w->subject));
    return buf_ok(&all) && digest_of(DIGEST_SHA256, buf_bytes(&all), out);
}

static bool was_tried(const struct proving *p, const struct digest *name)
{
    for (size_t i = 0; i < p->n_tried; i++)
        if (bytes_eq(digest_bytes(&p->tried[i]), digest_bytes(name))) return true;
    return false;
}

/* Each answer is waited for by itself; many that drip must not keep a person for an hour. */
static bool may_ask(struct proving *p)
{
    const int64_t at = clock_ms();
    if (!p->until) p->until = at + PROVING_MAX_MS;
    return p->n_tried < PROVING_MAX_TRIES && at < p->until;
}

/* The first that was not asked yet; false: there is none. */
static bool fetch_next_of(struct proving *p, const struct wants *w)
{
    for (size_t i = 0; i < w->n && may_ask(p); i++) {
        struct digest name;
        if (!name_of(&w->at[i], &name) || was_tried(p, &name)) continue;
        p->tried[p->n_tried++] = name;
        fetch_one(p, &w->at[i]);
        return true;
    }
    return false;
}

/* What no answer would mend. */
static bool is_final(err_t e)
{
    return e && e != ERR_REVOCATION_UNAVAILABLE && e != ERR_CERTIFICATE_UNTRUSTED;
}

static struct chain_values fetched(const struct proving *p)
{
    return (struct chain_values){.certificates = p->views[PUBLISHED_CERTIFICATE],
                                 .n_certificates = p->n_kept[PUBLISHED_CERTIFICATE],
                                 .lists = p->views[PUBLISHED_LIST],
                                 .n_lists = p->n_kept[PUBLISHED_LIST],
                                 .responses = p->views[PUBLISHED_RESPONSE],
                                 .n_responses = p->n_kept[PUBLISHED_RESPONSE]};
}

struct attempt {
    const struct xades_lift *lift; /* NULL: the certificate alone */
    struct bytes signer;
    const struct proof_rules *rules;
};

static err_t try_once(const struct proving *p, const struct attempt *a, struct xades_proofs *out,
                      struct wants *wants, struct xades_why *why)
{
    const struct chain_values have = fetched(p);
    const struct xades_proving how = {
        .trust = p->trust, .fetched = &have, .rules = *a->rules, .at = now(p)};
    why->clause[0] = 0;
    return a->lift ? xades_lift_prove(a->lift, a->signer, &how, out, wants, why)
                   : xades_prove_certificate(a->signer, &how, &out->signer, wants, why);
}

static err_t gather(struct proving *p, const struct attempt *a, struct xades_proofs *out,
                    struct xades_why *why)
{
    for (;;) {
        own(wants) wants = {0};
        xades_proofs_free(out);
        err_t e = try_once(p, a, out, &wants, why);
        if (is_final(e) || p->offline || !fetch_next_of(p, &wants)) return e;
    }
}

err_t proving_lift(struct proving *p, const struct xades_lift *t, struct bytes signer,
                   const struct proof_rules *rules, struct xades_proofs *out, struct xades_why *why)
{
    return gather(p, &(struct attempt){t, signer, rules}, out, why);
}

err_t proving_certificate(struct proving *p, struct bytes signer, const struct proof_rules *rules,
                          struct xades_why *why)
{
    own(xades_proofs) out = {0};
    return gather(p, &(struct attempt){NULL, signer, rules}, &out, why);
}
