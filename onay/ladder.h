/* SPDX-License-Identifier: MIT */
/*
 * ladder: raises one signature of a file from level to level, for `onay extend` and `onay sign`.
 *
 * What: what each level adds, in its order: EN 319 132-1 6 (B-T, B-LT, B-LTA) and the table of
 *       BTK's profile guide (P2, P3, P4). The two families do not mix.
 * Not:  judging the file before and after; writing it.
 */
#ifndef ONAY_LADDER_H
#define ONAY_LADDER_H

#include "onay/evidence.h"
#include "onay/proving.h"

enum ladder_level {
    LADDER_NONE,
    LADDER_B_T,
    LADDER_B_LT,
    LADDER_B_LTA,
    LADDER_P2,
    LADDER_P3,
    LADDER_P4,
    LADDER_COUNT
};

#define LADDER_GRACE (24 * 3600) /* s; P3: from the time stamp until the list that completes it */

const char *ladder_name(enum ladder_level l);
bool ladder_of(const char *name, enum ladder_level *out);

/* ladder_proves: the level holds the proof of its certificates; *rules: of which kind. */
bool ladder_proves(enum ladder_level l, struct proof_rules *rules);

struct ladder {
    const char *path; /* whom errors are about */
    enum ladder_level level;
    bool archive; /* P3, P4: the ArchiveTimeStamp that may be there */
    const struct settings *settings;
    const char *tsa; /* NULL: of the settings */
    const struct xades_detached *detached;
    size_t n_detached;
    struct stamping stamping;
    struct proving proving;
    struct buf now;                       /* the file as far as it is raised */
    size_t stamped[XADES_MAX_SIGNATURES]; /* stamps added to each */
    utc_t due;                            /* P3: a T for now, the rest when this has come; else 0 */
};
void ladder_free(struct ladder *l);

/* ladder_open makes ready: whom to ask for stamps is looked up before anything is asked. Errors, of
 * which it has been said why: those of stamping_open. */
err_t ladder_open(struct ladder *l);

/* ladder_climb raises signature number `which`, of which `s` tells, and says what failed. What was
 * added until then stays. Errors: those of stamping_lift, xades_lift_prove, xades_lift_values;
 * INVALID_FIELD: a signature of the other family, or one with all there is to the level. */
err_t ladder_climb(struct ladder *l, size_t which, const struct xades_signature_report *s);

/* ladder_say_due says on stderr when a P3 can be completed, if it waits. */
void ladder_say_due(const struct ladder *l);

#endif
