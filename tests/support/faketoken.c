/* SPDX-License-Identifier: MIT */
#include "tests/support/faketoken.h"

#include <check.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <sys/eventfd.h>

#include "core/base64.h"
#include "core/file.h"

static struct fake *fake_of(struct token *t)
{
    return (struct fake *)(void *)t; /* token is the first member */
}

/* ---- signing as a card does ---- */

static const EVP_MD *md_of(enum digest_alg a)
{
    return a == DIGEST_SHA256 ? EVP_sha256() : a == DIGEST_SHA384 ? EVP_sha384() : EVP_sha512();
}

/* A card gives r‖s in fixed width; OpenSSL gives DER. */
static size_t to_fixed(const uint8_t *der, size_t len, size_t width, uint8_t *out)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    ck_assert_ptr_nonnull(sig);
    ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)width), (int)width);
    ck_assert_int_eq(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + width, (int)width), (int)width);
    ECDSA_SIG_free(sig);
    return 2 * width;
}

static size_t sign(struct fake *f)
{
    EVP_PKEY *key = f->keys[f->signer];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
    uint8_t der[TOKEN_MAX_SIGNATURE];
    size_t len = sizeof der;
    ck_assert_int_eq(EVP_PKEY_sign_init(ctx), 1);
    if (EVP_PKEY_base_id(key) == EVP_PKEY_RSA)
        ck_assert_int_eq(EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING), 1);
    ck_assert_int_eq(EVP_PKEY_CTX_set_signature_md(ctx, md_of(f->to_sign.alg)), 1);
    ck_assert_int_eq(EVP_PKEY_sign(ctx, der, &len, f->to_sign.v, f->to_sign.len), 1);
    EVP_PKEY_CTX_free(ctx);
    if (EVP_PKEY_base_id(key) == EVP_PKEY_EC)
        return to_fixed(der, len, (size_t)(EVP_PKEY_bits(key) + 7) / 8, f->value);
    memcpy(f->value, der, len);
    return len;
}

/* ---- events ---- */

static void put(struct fake *f, struct token_event ev)
{
    const uint64_t one = 1;
    (void)pthread_mutex_lock(&f->lock);
    ck_assert_uint_lt(f->n_events, FAKE_EVENTS);
    f->events[f->n_events++] = ev;
    ck_assert_int_eq(write(f->event_fd, &one, sizeof one), sizeof one);
    (void)pthread_mutex_unlock(&f->lock);
}

void fake_readers(struct fake *f, const struct readers *r)
{
    (void)pthread_mutex_lock(&f->lock);
    f->coming = *r;
    f->has_coming = true;
    (void)pthread_mutex_unlock(&f->lock);
    put(f, (struct token_event){.kind = TOKEN_CHANGED});
}

void fake_fail(struct fake *f, err_t e, bool sent)
{
    put(f, (struct token_event){.kind = TOKEN_FAILED, .error = e, .tries = -1, .sent = sent});
}

void fake_chosen(struct fake *f, size_t cert)
{
    put(f, (struct token_event){.kind = TOKEN_CHOSEN, .chosen = f->listing.certs[cert].id});
}

void fake_event(struct fake *f, enum token_event_kind kind)
{
    struct token_event ev = {.kind = kind, .tries = -1, .listing = &f->listing};
    if (kind == TOKEN_SIGNED) {
        ev.signature = bytes_of(f->value, sign(f));
        if (f->wrong_value) f->value[7] ^= 1;
    }
    put(f, ev);
}

static bool ends_question(enum token_event_kind k)
{
    return k == TOKEN_LISTED || k == TOKEN_CHOSEN || k == TOKEN_SIGNED || k == TOKEN_FAILED;
}

static bool take(struct fake *f, struct token_event *out)
{
    uint64_t many;
    (void)!read(f->event_fd, &many, sizeof many);
    if (f->n_events == 0) return false;
    *out = f->events[0];
    f->n_events--;
    memmove(f->events, f->events + 1, f->n_events * sizeof *f->events);
    if (out->kind == TOKEN_CHANGED && f->has_coming) f->readers = f->coming;
    return true;
}

static bool next(struct token *t, struct token_event *out)
{
    struct fake *f = fake_of(t);
    (void)pthread_mutex_lock(&f->lock);
    bool taken = take(f, out);
    (void)pthread_mutex_unlock(&f->lock);
    if (!taken) return false;
    if (ends_question(out->kind)) f->question = FAKE_NOTHING;
    return true;
}

/* ---- questions ---- */

static err_t ask(struct fake *f, enum fake_question q)
{
    if (f->question != FAKE_NOTHING) return ERR_TOO_MANY_REQUESTS;
    f->question = q;
    return OK;
}

static err_t ask_listing(struct token *t)
{
    struct fake *f = fake_of(t);
    err_t e = ask(f, FAKE_LISTING);
    if (e) return e;
    f->listings++;
    if (f->listing_faults > 0) {
        f->listing_faults--;
        fake_fail(f, f->listing_fault, false);
    } else {
        fake_event(f, TOKEN_LISTED);
    }
    return OK;
}

static err_t ask_choice(struct token *t, const struct digest *ids, size_t n,
                        const struct token_order *words)
{
    struct fake *f = fake_of(t);
    err_t e = ask(f, FAKE_CHOICE);
    if (e) return e;
    ck_assert_uint_ge(n, 2);
    ck_assert_uint_gt(words->consent_seconds, 0);
    ck_assert_uint_gt(ids[0].len, 0);
    f->choices++;
    f->n_choices = n;
    return OK;
}

/* What the worker does before it shows anything, in small. */
static void check_octets(const struct token_order *o)
{
    for (size_t i = 0; i < o->n_octets; i++) {
        if (o->octets[i].kind == TOKEN_DIGEST_ONLY) {
            ck_assert_int_eq(o->octets[i].fd, -1);
            continue;
        }
        struct digest d;
        uint64_t size;
        own(buf) text = buf_max(256);
        ck_assert(file_memory_sealed(o->octets[i].fd));
        ck_assert(digest_of_fd(sig_alg_digest(o->alg), o->octets[i].fd, &d, &size));
        base64_encode(&text, digest_bytes(&d), 0);
        ck_assert_ptr_nonnull(memmem(o->signed_info.p, o->signed_info.len, text.p, text.len));
    }
}

static err_t ask_signature(struct token *t, const struct token_order *o)
{
    struct fake *f = fake_of(t);
    err_t e = ask(f, FAKE_SIGNATURE);
    if (e) return e;
    f->signatures++;
    check_octets(o);
    memcpy(f->origin, o->origin, sizeof f->origin);
    memcpy(f->order_no, o->order_no, sizeof f->order_no);
    f->alg = o->alg;
    ck_assert(digest_of(sig_alg_digest(o->alg), o->signed_info, &f->to_sign));
    for (f->signer = 0; f->signer < f->listing.n_certs; f->signer++)
        if (memcmp(f->listing.certs[f->signer].id.v, o->certificate.v, 32) == 0) break;
    if (f->signer == f->listing.n_certs) {
        fake_fail(f, f->signer ? ERR_NO_CERTIFICATE : ERR_NO_CARD, false);
    } else if (f->has_fault && !f->fault_late) {
        put(f, f->fault);
    } else if (!f->by_hand) {
        fake_event(f, TOKEN_ASKING);
        fake_event(f, TOKEN_CONSENTED);
    }
    return OK;
}

static void proceed(struct token *t, bool go)
{
    struct fake *f = fake_of(t);
    if (go && f->on_go) f->on_go(f->on_go_ctx);
    f->gos += go;
    f->no_gos += !go;
    if (!go) {
        fake_fail(f, ERR_CONSENT_DECLINED, false);
    } else if (f->has_fault) {
        put(f, f->fault);
    } else if (!f->by_hand) {
        fake_event(f, TOKEN_SIGNED);
    }
}

static void cancel(struct token *t)
{
    fake_of(t)->cancels++;
}

static int fd(const struct token *t)
{
    return ((const struct fake *)t)->event_fd;
}

static int timeout(const struct token *t)
{
    (void)t;
    return -1;
}

static const struct readers *readers(const struct token *t)
{
    return &((const struct fake *)t)->readers;
}

static void free_token(struct token *t)
{
    fake_free(fake_of(t));
}

static void abandon(struct token *t, err_t why)
{
    fake_fail(fake_of(t), why, false);
}

static const struct token_ops ops = {.ask_listing = ask_listing,
                                     .ask_choice = ask_choice,
                                     .ask_signature = ask_signature,
                                     .proceed = proceed,
                                     .cancel = cancel,
                                     .abandon = abandon,
                                     .fd = fd,
                                     .timeout = timeout,
                                     .next = next,
                                     .readers = readers,
                                     .free = free_token,
                                     .ask_pin = NULL /* no session asks it */};

/* ---- what is on it ---- */

struct fake *fake_new(const char *pki)
{
    struct fake *f = calloc(1, sizeof *f);
    ck_assert_ptr_nonnull(f);
    f->token.ops = &ops;
    f->pki = pki;
    f->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    ck_assert_int_ge(f->event_fd, 0);
    ck_assert_int_eq(pthread_mutex_init(&f->lock, NULL), 0);
    f->listing.n_slots = 1;
    f->listing.slots[0].tries = -1;
    (void)snprintf(f->listing.slots[0].id, sizeof f->listing.slots[0].id, "slot-1");
    return f;
}

void fake_eject(struct fake *f)
{
    for (size_t i = 0; i < f->listing.n_certs; i++) {
        EVP_PKEY_free(f->keys[i]);
        free(f->ders[i]);
    }
    f->listing.n_certs = 0;
    f->listing.slots[0].present = false;
}

void fake_free(struct fake *f)
{
    if (!f) return;
    fake_eject(f);
    (void)close(f->event_fd);
    (void)pthread_mutex_destroy(&f->lock);
    free(f);
}

size_t fake_add(struct fake *f, const char *name)
{
    size_t i = f->listing.n_certs++;
    struct token_cert *c = &f->listing.certs[i];
    char path[512];
    own(buf) der = buf_max(65536);
    (void)snprintf(path, sizeof path, "%s/%s.der", f->pki, name);
    ck_assert_int_eq(file_read(path, &der), OK);
    (void)snprintf(path, sizeof path, "%s/%s.key", f->pki, name);
    FILE *key = fopen(path, "re");
    f->keys[i] = key ? PEM_read_PrivateKey(key, NULL, NULL, NULL) : NULL;
    if (key) (void)fclose(key);
    struct buf taken = buf_take(&der);
    f->ders[i] = taken.p;
    c->der = bytes_of(taken.p, taken.len);
    c->has_key = f->keys[i] != NULL;
    c->slot = 0;
    ck_assert(cert_id(c->der, &c->id));
    f->listing.slots[0].present = true;
    return i;
}
