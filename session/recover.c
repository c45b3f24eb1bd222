/* SPDX-License-Identifier: MIT */
#include "session/recover.h"

#include "session/audit.h"
#include "session/clock.h"
#include "session/detail.h"

/* Its owner may have seen versions that were not worth writing down. */
#define UNSEEN ((uint64_t)1 << 32)

static err_t finish(struct session *s, struct approval *a);
static err_t not_signed(struct session *s, struct approval *a);
static err_t in_doubt(struct session *s, struct approval *a);

/* What is final stays as it is. */
static err_t (*const truth[APPROVAL_STATE_COUNT])(struct session *s, struct approval *a) = {
    [APPROVAL_WAITING_CARD] = not_signed,
    [APPROVAL_WAITING_CONSENT] = not_signed,
    [APPROVAL_SIGNING] = in_doubt,
    [APPROVAL_COMPLETING] = finish,
};

struct reading {
    struct results *into;
    bool full; /* no memory for all */
};

static void take_up(void *ctx, const struct stored *one)
{
    struct reading *r = ctx;
    struct approval *a = calloc(1, sizeof *a);
    if (!a) {
        r->full = true;
        return;
    }
    memcpy(a->owner, one->owner, sizeof a->owner);
    a->shown = one->shown;
    a->lang = one->lang;
    a->file = buf_max(XADES_MAX_RESULT);
    a->ended = clock_ms();
    results_take(r->into, a);
}

static err_t write_end(struct session *s, struct approval *a, enum approval_state state, err_t why)
{
    approval_enter(a, state);
    a->shown.version += UNSEEN;
    a->shown.problem = why;
    a->shown.detail[0] = 0;
    if (why) detail_of(why, a->lang, "", a->shown.detail, sizeof a->shown.detail);
    if (!s->quiet) audit_write(a);
    return store_state(s->store, a);
}

static err_t not_signed(struct session *s, struct approval *a)
{
    a->shown.has_signer = false;
    return write_end(s, a, APPROVAL_FAILED, ERR_RESTARTED);
}

static err_t in_doubt(struct session *s, struct approval *a)
{
    return write_end(s, a, APPROVAL_INTERRUPTED, ERR_INTERRUPTED);
}

/* The very check that xades_finish would have made. */
static err_t check_value(struct store_resumed *r)
{
    struct cert c;
    enum sig_alg alg;
    struct der_latch why = {0};
    if (!cert_read(buf_bytes(&r->certificate), &c, &why) || !sig_alg_for_key(c.key_type, &alg))
        return err_raise(ERR_STORE_UNUSABLE);
    r->digest.alg = sig_alg_digest(alg);
    if (r->digest.len != digest_len(r->digest.alg)) return err_raise(ERR_STORE_UNUSABLE);
    own_ptr(pubkey) key = pubkey_of_spki(c.spki);
    bool good = key && pubkey_check(key, alg, &r->digest, bytes_of(r->value, r->value_len));
    return good ? OK : err_raise(ERR_CARD_ERROR);
}

/* What is left to do needs neither card nor person. */
static void go_on(struct session *s, struct approval *a)
{
    results_give_up(&s->results, a);
    a->next = s->open;
    s->open = a;
    s->n_open++;
    a->shown.version += UNSEEN;
    completing_begin(s, a);
}

static err_t finish(struct session *s, struct approval *a)
{
    own(store_resumed) r = {0};
    own(buf) file = buf_max(XADES_MAX_RESULT);
    err_t e = store_resume(s->store, a->shown.id, &r);
    if (!e) e = check_value(&r);
    if (!e) e = xades_fill(buf_bytes(&r.frame), r.hole, bytes_of(r.value, r.value_len), &file);
    if (e) return write_end(s, a, APPROVAL_FAILED, e);
    a->shown.signature_size = file.len;
    a->file = buf_take(&file);
    if (!xades_profile_stamped(a->shown.profile)) return write_end(s, a, APPROVAL_DONE, OK);
    go_on(s, a);
    return OK;
}

static err_t settle(struct session *s)
{
    for (struct approval *a = s->results.oldest, *next; a; a = next) {
        next = a->next;
        err_t e = truth[a->shown.state] ? truth[a->shown.state](s, a) : OK;
        if (e) return e;
    }
    results_trim(&s->results);
    results_expire(&s->results, utc_now());
    return OK;
}

static err_t read_all(struct session *s)
{
    struct reading r = {.into = &s->results};
    err_t e = store_keys(s->store, s->keys);
    if (!e) e = store_each(s->store, take_up, &r);
    if (!e && r.full) e = err_raise(ERR_STORAGE_FULL);
    return e ? e : settle(s);
}

/* Those that go_on has taken. */
static void drop_completing(struct session *s)
{
    while (s->open && s->open->shown.state == APPROVAL_COMPLETING) {
        struct approval *a = s->open;
        completing_end(s, a);
        s->open = a->next;
        s->n_open--;
        approval_free(a);
    }
}

err_t recover_ready(struct session *s)
{
    bool opened;
    err_t e = store_ready(s->store, &opened);
    if (!e && opened && (e = read_all(s))) {
        /* Half of it is not the truth. */
        store_close(s->store, e);
        results_free(&s->results);
        drop_completing(s);
        keys_clear(s->keys);
    }
    if (e && e != s->store_told) audit_store(e, store_why(s->store));
    s->store_told = e;
    return e;
}

err_t recover_file(struct session *s, struct approval *a)
{
    if (a->file.len > 0 || !s->store) return OK;
    own(buf) file = buf_max(XADES_MAX_RESULT);
    err_t e = store_file(s->store, a->shown.id, &file);
    if (!e) a->file = buf_take(&file);
    return e;
}
