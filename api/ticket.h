/* SPDX-License-Identifier: MIT */
/*
 * ticket: what lets the person's status page in: tickets and passes.
 *
 * What: texts of 256 random bits. A ticket becomes a pass, once, within TICKET_MS; a pass is good
 *       until it has not been used for PASS_IDLE_MS. Kept is a digest of each, and a text is
 *       compared with all of them, in a time that does not tell which was near.
 * Not:  who gets a ticket (status_page.h), what a pass may see (route.h). No clock: `now` is
 *       clock_ms.
 * Use:  tickets_issue(&t, now, ticket); tickets_exchange(&t, its text, now, pass);
 *       id = tickets_enter(&t, the text of a pass, now); … tickets_leave(&t, id, now);
 *
 * All of them end with the process.
 */
#ifndef API_TICKET_H
#define API_TICKET_H

#include "core/digest.h"
#include "core/err.h"

#define TICKET_TEXT  44 /* 43 characters of base64url, and NUL */
#define TICKETS_MAX  4
#define TICKET_MS    60000
#define PASSES_MAX   8
#define PASS_IDLE_MS 900000

struct ticket {
    struct digest digest;
    int64_t until; /* 0: there is none */
};

struct pass {
    struct digest digest;
    uint64_t id;    /* 0: there is none */
    unsigned calls; /* under way: while there are any it does not grow old */
    int64_t used;
};

struct tickets {
    struct ticket tickets[TICKETS_MAX];
    struct pass passes[PASSES_MAX];
    uint64_t last_id;
};

/* tickets_issue makes a ticket; one too many takes the place of the oldest. Errors: INTERNAL (no
 * randomness). */
err_t tickets_issue(struct tickets *t, int64_t now, char text[TICKET_TEXT]);

/* tickets_exchange uses a ticket up; one too many pass takes the place of the one that was used
 * longest ago. Errors: TOKEN_REQUIRED (not a ticket, or not any more); TOO_MANY_REQUESTS (every
 * pass is being used; the ticket stays good), INTERNAL. */
err_t tickets_exchange(struct tickets *t, struct bytes ticket, int64_t now, char pass[TICKET_TEXT]);

/* tickets_enter: a call begins with this pass: its id, or 0 when it is none. tickets_leave: that
 * call has ended; 0 is allowed. */
uint64_t tickets_enter(struct tickets *t, struct bytes pass, int64_t now);
void tickets_leave(struct tickets *t, uint64_t id, int64_t now);

#endif
