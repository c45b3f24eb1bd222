/* SPDX-License-Identifier: MIT */
/*
 * members: the modules behind a proxy (token_proxy): their workers, what each last showed, and how
 * it fares.
 *
 * What: finds them, asks all of them for a listing, makes one listing of the answers. A module that
 *       crashes, hangs or is slow is a matter of its own and keeps no other waiting.
 * Not:  questions to one of them, and the card that such a question is about (proxy.c).
 */
#ifndef PKCS11_MEMBERS_H
#define PKCS11_MEMBERS_H

#include "pkcs11/readers.h"
#include "pkcs11/token.h"

struct member {
    struct members *all;
    unsigned number; /* struct token_source's */
    struct token *token;
    bool listing;             /* it has been asked and has not answered */
    bool late;                /* nobody waits for that answer any more */
    bool stale;               /* its workers were started before pcscd was */
    err_t error;              /* of its last answer */
    unsigned failures;        /* in a row */
    int64_t rest_until_ms;    /* one that fails again and again is left alone for a while */
    int64_t answer_before_ms; /* to a listing during which readers changed; 0: its own deadline */
    struct token_listing last;
    struct buf ders;
};

struct members {
    const struct token_source *source;
    unsigned call_seconds;
    int epoll; /* gets the descriptor of each */
    int64_t searched_ms;
    int64_t patience_ms; /* until when the slower ones are waited for; 0: for ever, or for nobody */
    size_t n;
    struct member *at[TOKEN_MAX_MODULES]; /* in the order of preference */
    struct token_listing merged;          /* the newest; views are the members' */
};

/* members_search looks for modules; those that are gone stay behind. Errors: source->search's,
 * STORAGE_FULL. */
err_t members_search(struct members *m);
void members_free(struct members *m);

/* members_ask asks all that are not resting for a listing. While there is no certificate, modules
 * are searched for again. Errors: members_search's, when there is no module at all. */
err_t members_ask(struct members *m);

/* members_answer takes the answer of one to that. */
void members_answer(struct member *one, const struct token_event *ev);

/* members_ready: the listing can be made: all that are waited for have answered, or patience is at
 * its end. */
bool members_ready(struct members *m);

/* members_merge makes m->merged of what is there; whoever has not answered is late, and its cards
 * are unknown. Error: that of the preferred one of those that failed, when all of them did; or when
 * `cards` (PC/SC sees one) and none of the others knows it. */
err_t members_merge(struct members *m, bool cards);

/* members_of_slot: whose that slot of m->merged is; NULL for no slot. */
struct member *members_of_slot(const struct members *m, size_t slot);

/* members_readers_changed: a module that is reading a card now may have lost it and hang; a worker
 * that has read one for its first question may have read another. */
void members_readers_changed(struct members *m);

/* members_keep_time ends what hangs; members_deadline: pinentry_now's time of the next such thing,
 * 0: none. The members' own deadlines are their tokens'. */
void members_keep_time(struct members *m);
int64_t members_deadline(const struct members *m);

#endif
