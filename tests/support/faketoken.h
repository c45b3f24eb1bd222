/* SPDX-License-Identifier: MIT */
/*
 * faketoken: a token on a script, for what no real card does on demand.
 *
 * What: certificates and keys of fixtures/pki; real signatures by OpenSSL; answers at once, or when
 *       the test says so; the faults that the test names. Counts every question.
 * Not:  what a worker checks (pkcs11/token.c); but one question at a time is demanded as there, and
 *       every octet offered must be found by its digest in the SignedInfo.
 *       Events may be queued from another thread than the one that takes them.
 * Use:  fake_new(&f, "build/…/pki"); fake_add(f, "p256"); session_new(&settings, &f->token, NULL);
 */
#ifndef TESTS_SUPPORT_FAKETOKEN_H
#define TESTS_SUPPORT_FAKETOKEN_H

#include "pkcs11/token.h"

#include <pthread.h>

#define FAKE_EVENTS 8

enum fake_question { FAKE_NOTHING, FAKE_LISTING, FAKE_CHOICE, FAKE_SIGNATURE };

struct fake {
    struct token token;
    /* the script */
    bool by_hand;        /* dialogs are answered by fake_event alone */
    err_t listing_fault; /* the answer to the next `listing_faults` questions for a listing */
    unsigned listing_faults;
    struct token_event fault; /* TOKEN_FAILED: instead of asking, or of signing when `sent` or
                                 fault_late */
    bool has_fault, fault_late, wrong_value;
    struct readers readers;
    void (*on_go)(void *ctx); /* told of every go, before it is followed; NULL: nobody */
    void *on_go_ctx;
    /* what was asked so far */
    unsigned listings, choices, signatures, gos, no_gos, cancels;
    size_t n_choices;
    char origin[256], order_no[65];
    /* inside */
    const char *pki;
    struct token_listing listing;
    void *keys[TOKEN_MAX_CERTS]; /* EVP_PKEY */
    void *ders[TOKEN_MAX_CERTS];
    enum fake_question question;
    pthread_mutex_t lock; /* of what follows, up to the empty line */
    int event_fd;         /* readable while there are events */
    struct token_event events[FAKE_EVENTS];
    size_t n_events;
    struct readers coming;
    bool has_coming;

    enum sig_alg alg;
    size_t signer;
    struct digest to_sign;
    uint8_t value[TOKEN_MAX_SIGNATURE];
};

/* fake_new starts with one empty slot; `pki` must outlive it. fake_free ends it (token_free too).
 */
struct fake *fake_new(const char *pki);
void fake_free(struct fake *f);
OWN_PTR(fake)

/* fake_add puts NAME.der and NAME.key of the PKI into the slot; fake_eject takes all out. */
size_t fake_add(struct fake *f, const char *name);
void fake_eject(struct fake *f);

/* fake_readers queues TOKEN_CHANGED; when it is taken, these are the token's readers. */
void fake_readers(struct fake *f, const struct readers *r);

/* fake_event queues one event of the open question; fake_fail ends it. */
void fake_event(struct fake *f, enum token_event_kind kind);
void fake_chosen(struct fake *f, size_t cert);
void fake_fail(struct fake *f, err_t e, bool sent);

#endif
