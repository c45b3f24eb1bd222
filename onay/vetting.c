/* SPDX-License-Identifier: MIT */
#include "onay/vetting.h"

#include "core/own.h"

#include <stdlib.h>

struct vetting {
    struct token token;
    struct token *behind;
    vetting_look *look;
    void *ctx;
    size_t n;
    struct buf certs[TOKEN_MAX_CERTS]; /* of the last listing */
};

static struct vetting *of(struct token *t)
{
    return (struct vetting *)t;
}

static const struct vetting *of_const(const struct token *t)
{
    return (const struct vetting *)t;
}

/* ---- the certificate that is to sign ---- */

static void forget(struct vetting *v)
{
    while (v->n > 0) buf_free(&v->certs[--v->n]);
}

/* The order names it by its digest; the octets were in the listing. */
static void remember(struct vetting *v, const struct token_listing *l)
{
    forget(v);
    for (size_t i = 0; i < l->n_certs; i++) {
        v->certs[v->n] = buf_max(l->certs[i].der.len);
        buf_add(&v->certs[v->n++], l->certs[i].der);
    }
}

static bool is(const struct buf *cert, const struct digest *id)
{
    struct digest d;
    return digest_of(id->alg, buf_bytes(cert), &d) && bytes_eq(digest_bytes(&d), digest_bytes(id));
}

static err_t ask_signature(struct token *t, const struct token_order *order)
{
    struct vetting *v = of(t);
    for (size_t i = 0; i < v->n; i++) {
        if (!is(&v->certs[i], &order->certificate)) continue;
        err_t e = v->look(v->ctx, buf_bytes(&v->certs[i]));
        return e ? e : token_ask_signature(v->behind, order);
    }
    return err_raise(ERR_INTERNAL); /* none that was listed */
}

static bool next(struct token *t, struct token_event *out)
{
    struct vetting *v = of(t);
    if (!token_next(v->behind, out)) return false;
    if (out->kind == TOKEN_LISTED) remember(v, out->listing);
    return true;
}

/* ---- what goes on as it is ---- */

static err_t ask_listing(struct token *t)
{
    return token_ask_listing(of(t)->behind);
}

static err_t ask_choice(struct token *t, const struct digest *ids, size_t n,
                        const struct token_order *words)
{
    return token_ask_choice(of(t)->behind, ids, n, words);
}

static void proceed(struct token *t, bool go)
{
    token_proceed(of(t)->behind, go);
}

static void cancel(struct token *t)
{
    token_cancel(of(t)->behind);
}

static void abandon(struct token *t, err_t why)
{
    token_abandon(of(t)->behind, why);
}

static void cards_changed(struct token *t)
{
    token_cards_changed(of(t)->behind);
}

static int fd(const struct token *t)
{
    return token_fd(of_const(t)->behind);
}

static int timeout(const struct token *t)
{
    return token_timeout(of_const(t)->behind);
}

static const struct readers *readers(const struct token *t)
{
    return token_readers(of_const(t)->behind);
}

static err_t ask_pin(struct token *t, const struct token_pin_order *order)
{
    return token_ask_pin(of(t)->behind, order);
}

static void vetting_free(struct token *t)
{
    forget(of(t));
    free(t);
}

struct token *vetting_new(struct token *behind, vetting_look *look, void *ctx)
{
    static const struct token_ops ops = {
        .ask_listing = ask_listing,
        .ask_choice = ask_choice,
        .ask_signature = ask_signature,
        .proceed = proceed,
        .cancel = cancel,
        .abandon = abandon,
        .cards_changed = cards_changed,
        .fd = fd,
        .timeout = timeout,
        .next = next,
        .readers = readers,
        .free = vetting_free,
        .ask_pin = ask_pin,
    };
    struct vetting *v = calloc(1, sizeof *v);
    if (!v) return NULL;
    v->token.ops = &ops;
    v->behind = behind;
    v->look = look;
    v->ctx = ctx;
    return &v->token;
}
