/* SPDX-License-Identifier: MIT */
/*
 * completing: what belongs on a signature once the card has made it, and comes from the network.
 *
 * What: which approval's stamp is asked for, again and again until it is there or the time is up;
 *       before a person is asked for such a signature, whether a stamp could be had at all.
 * Not:  the states (story.c moves them), who is asked and how (stamper.h).
 */
#ifndef SESSION_COMPLETING_H
#define SESSION_COMPLETING_H

#include "session/approval.h"
#include "session/stamper.h"

struct session;

struct completing {
    struct stamper *stamper; /* NULL: nothing above level B is offered */
    bool by_caller;          /* what the card has signed is done, and others complete it */
    enum { COMPLETING_NOTHING, COMPLETING_PROBE, COMPLETING_STAMP } asked;
    struct approval *of; /* whose stamp is asked for */
    err_t verdict;       /* of the newest probe */
    char detail[200];
    int64_t verdict_until; /* clock_ms; it counts that long */
};

/* completing_wanted: something belongs on what the card signs for that approval. */
bool completing_wanted(const struct session *s, const struct approval *a);

/* completing_clear: whether the person may be asked for that signature. NOT_YET: a probe is on its
 * way. NO: *e and `detail` (English, plain, valid until the next step) say why. */
enum completing_answer { COMPLETING_YES, COMPLETING_NOT_YET, COMPLETING_NO };
enum completing_answer completing_clear(struct session *s, const struct approval *a, err_t *e,
                                        const char **detail);

/* completing_pends: such a probe is on its way, and nothing is to be done for that approval before
 * it is there. completing_skew: seconds, 0 or less, by which its SigningTime is put back, so that
 * it does not lie behind its stamp. */
bool completing_pends(const struct session *s, const struct approval *a);
int64_t completing_skew(const struct session *s, const struct approval *a);

/* completing_begin: the approval is in that state now, its file is of level B; its documents are
 * not needed any more. completing_end: it is in that state no longer. */
void completing_begin(struct session *s, struct approval *a);
void completing_end(struct session *s, const struct approval *a);

/* completing_step takes what has come and asks what there is to ask; an approval whose stamp is
 * there is finished (HAPPENS_FINISHED). */
void completing_step(struct session *s);

/* completing_deadline: clock_ms of the next thing that the clock brings, 0: none. */
int64_t completing_deadline(const struct session *s);

#endif
