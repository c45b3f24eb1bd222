/* SPDX-License-Identifier: MIT */
/*
 * counter: how many PIN tries are left, asked of the card itself; and a PIN taken back from it.
 *
 * What: one question over PC/SC to families of cards (family.h) that are known to answer it without
 *       a try being spent; and what such a number means beside the flags of the PKCS#11 module.
 * Not:  the flags themselves (slot.h). Most kinds of card, and every token that is no card, tell
 *       nothing; then the flags are all there is.
 * Use:  tries = counter_tries(slot_description); state = counter_state(state, &tries);
 *
 * Never while a signature runs: the caller is the one thread that signs. The card is shared, and
 * what is selected on it stays selected. Another program that holds the card lets the question wait
 * as it would the module's own next call; the client's deadline ends both (TOKEN_STEP_TRIES).
 */
#ifndef PKCS11_COUNTER_H
#define PKCS11_COUNTER_H

#include "pkcs11/token.h"

/* counter_tries: the tries left of the user's PIN, 0…TOKEN_MAX_TRIES, on the card in the reader
 * that the slot's description names; -1 unknown: no PC/SC, no such reader or card, a kind of card
 * that cannot tell, or anything that went wrong. */
int counter_tries(const char *slot_description);

/* counter_knows_pin: such a card says that its PIN has been given and is not forgotten. False also
 * when it cannot tell. */
bool counter_knows_pin(const char *slot_description);

/* counter_forget makes such a card forget that the PIN was given. C_Logout should have: OpenSC
 * leaves a PIV card as it is, and any program could go on where the person has stopped; besides, a
 * card that knows the PIN tells no number. */
void counter_forget(const char *slot_description);

/* counter_state: the one state that follows from the module's and from the card's own number: 0 is
 * locked, 1 is final, 2 is low at the least. A number that contradicts a module which speaks of
 * fewer tries counts another PIN than the module's: *tries becomes -1. */
enum pin_state counter_state(enum pin_state told, int *tries);

#endif
