/* SPDX-License-Identifier: MIT */
/*
 * stamper: time stamps for a session. Inside the session floor, and for who makes one.
 *
 * What: a process that fetches (onayd-fetch), started when there is something to ask and ended when
 *       there is not, and the authorities of the settings through it (tsa.h); one question at a
 *       time, and a time for each.
 * Not:  whose signature is stamped, and when it is tried again (completing.h).
 * Use:  stamper_new(&settings, &source, &st, &why); stamper_ask(st, &imprint);
 *       loop { poll stamper_fd(st); if (stamper_step(st) == STAMPER_ANSWERED) stamper_token(st) … }
 */
#ifndef SESSION_STAMPER_H
#define SESSION_STAMPER_H

#include "core/digest.h"
#include "core/settings.h"
#include "core/utc.h"
#include "pkcs11/token.h"

enum stamper_state { STAMPER_IDLE, STAMPER_BUSY, STAMPER_ANSWERED, STAMPER_FAILED };

struct stamper;

/* stamper_new reads the accounts of the settings, which must outlive it, and starts nothing.
 * `source` (copied; ctx must outlive it) gives processes that fetch. Errors and *why as tsa_new. */
err_t stamper_new(const struct settings *settings, const struct worker_source *source,
                  struct stamper **out, const char **why);
void stamper_free(struct stamper *st);
OWN_PTR(stamper)

/* stamper_probe asks whether a stamp could be had (tsa_begin_probe), stamper_ask for one. What was
 * open is given up. */
void stamper_probe(struct stamper *st);
void stamper_ask(struct stamper *st, const struct digest *imprint);

/* stamper_step takes what has come. Never blocks. */
enum stamper_state stamper_step(struct stamper *st);

/* stamper_rest gives up what is open and ends the process. */
void stamper_rest(struct stamper *st);

/* stamper_fd: constant; readable when stamper_step has something. stamper_deadline: clock_ms at
 * which it has to be called all the same, 0: never. */
int stamper_fd(const struct stamper *st);
int64_t stamper_deadline(const struct stamper *st);

/* ANSWERED: the token (DER; of a probe perhaps none), valid until the next question. */
struct bytes stamper_token(const struct stamper *st);

/* FAILED: CLOCK_SKEW (an authority's clock and ours are too far apart), TSA_REJECTED,
 * TSA_UNREACHABLE, or why nobody could be asked; `detail` (may be NULL) gets the reason in English,
 * plain and bounded. */
err_t stamper_error(const struct stamper *st, char detail[200]);

/* stamper_skew: seconds that the authorities' clock is before ours, as far as one has told: 0 or
 * less. SigningTime put back by that never lies behind the stamp. */
int64_t stamper_skew(const struct stamper *st);

#endif
