/* SPDX-License-Identifier: MIT */
/*
 * event: waiting for what a token tells, as a caller's loop does.
 *
 * Use:  event_expect(t, TOKEN_LISTED); event_expect_failure(t, ERR_NO_CARD);
 *
 * TOKEN_CHANGED, which may come at any time, is passed over unless it is what is waited for.
 */
#ifndef TESTS_SUPPORT_EVENT_H
#define TESTS_SUPPORT_EVENT_H

#include "pkcs11/token.h"

/* event_wait: false when `ms` passed without one. */
bool event_wait(struct token *t, struct token_event *e, int ms);

/* event_expect: the next event is of that kind, within a minute. */
struct token_event event_expect(struct token *t, enum token_event_kind kind);
struct token_event event_expect_failure(struct token *t, err_t error);

/* event_none lets time pass without an event. */
void event_none(struct token *t, int ms);

#endif
