/* SPDX-License-Identifier: MIT */
/*
 * story: what happens to an approval, in order.
 *
 * What: the state table (state × event → next state, action) and the one who reads the token's
 *       events and the clock to drive it. Approvals are served in the order they came; the token
 *       answers one question at a time.
 * Not:  the public face of the floor (session.c).
 */
#ifndef SESSION_STORY_H
#define SESSION_STORY_H

#include "session/completing.h"
#include "session/keys.h"
#include "session/nonces.h"
#include "session/results.h"
#include "session/store.h"

/* What the token is being asked; the question lasts until its answer, also when the approval that
 * asked is no longer there. */
enum question { ASKED_NOTHING, ASKED_LISTING, ASKED_CHOICE, ASKED_SIGNATURE };

/* What PC/SC said when something was asked. */
struct readers_then {
    uint64_t version;
    struct readers readers;
};

struct session {
    const struct settings *settings;
    struct token *token;
    struct trust *trust;
    struct documents *documents;
    struct keys *keys;
    struct nonces *nonces; /* NULL: none can be remembered */
    struct results results;
    struct store *store; /* NULL: nothing outlives the process */
    err_t store_told;    /* what the journal was told of it */

    struct listing *listing; /* its verdicts are a cache */
    err_t listing_error;
    uint64_t listing_version;
    uint64_t answers; /* listings that were answered, well or badly */
    uint64_t readers_version;
    uint64_t history_version;
    struct readers_then asked_at, listed_at; /* of the newest question for a listing; of the newest
                                                answer */
    int64_t listed; /* clock_ms of the newest answer, 0: it is not to be relied upon */

    struct approval *open; /* the first one's turn it is */
    size_t n_open;
    enum question question;
    struct approval *asked; /* whose question it is; NULL: a listing, or nobody's any more */
    int64_t look_at;        /* clock_ms before which the token is not asked again */
    unsigned looks;         /* since something last came or went */
    struct completing completing;
    int epoll; /* of the token and of who stamps; -1: of the token alone */
    bool shut;
    bool quiet; /* writes no audit lines */
};

/* Everything that can happen to an approval. */
enum happening {
    HAPPENS_NO_CARD,   /* a look at the token found nothing, but a card may still come */
    HAPPENS_SEVERAL,   /* several certificates may sign: `among` */
    HAPPENS_CHOSEN,    /* one certificate signs, alone or chosen by the person: `cert` */
    HAPPENS_DIALOG,    /* the person is being asked: `pin`, `tries` */
    HAPPENS_CONSENT,   /* the person agreed and gave the PIN */
    HAPPENS_SIGNATURE, /* the card signed: `signature` */
    HAPPENS_FINISHED,  /* the file is made */
    HAPPENS_FAILURE,   /* waiting will not mend it, and nothing had been sent to be signed */
    HAPPENS_SILENCE,   /* the question failed after something had been sent to be signed */
    HAPPENS_DEADLINE,
    HAPPENS_CANCEL, /* its owner took it back, or the daemon shuts down */
};
struct cause {
    err_t error;        /* why, for what ends it */
    const char *clause; /* of the error, or NULL */
    size_t cert;        /* index into the listing */
    const struct signer_choice *among;
    bool told_pin;
    enum pin_state pin;
    int tries;
    struct bytes signature;
};

/* story_happens moves one open approval. False: that cannot happen in its state, nothing moved.
 * When the approval becomes final it passes to the results, which may even forget it. */
bool story_happens(struct session *s, struct approval *a, enum happening h,
                   const struct cause *cause);

/* story_rules: by what certificates are judged now. A trust folder that has changed is read again;
 * one that cannot be read any more trusts nobody. */
struct signer_rules story_rules(const struct session *s);

/* story_step takes all that is there to take: token events, deadlines, the next turn. */
void story_step(struct session *s);

/* story_deadline: clock_ms of the next thing that the clock brings, 0: none. */
int64_t story_deadline(const struct session *s);

/* story_due: story_step has something to do at once. */
bool story_due(const struct session *s);

/* story_ask_listing asks the token what is there, unless it is busy; an answer that fails at once
 * is taken as the answer. */
void story_ask_listing(struct session *s);

#endif
