/* SPDX-License-Identifier: MIT */
/*
 * newpin: a token's new PIN, set with the old one or with the PUK.
 *
 * What: the calls, in the ways that modules know, and what their answers mean.
 * Not:  dialogs and the choice of a token (pintask.h).
 * Use:  own_ptr(newpin) n = NULL; newpin_open(card, slot_id, &n); newpin_look(n, &info);
 *       newpin_change(n, old, new) or newpin_unblock(n, puk, new).
 *
 * What is typed is presented to the card once. Secrets are NULL where they are typed on the reader.
 */
#ifndef PKCS11_NEWPIN_H
#define PKCS11_NEWPIN_H

#include "pkcs11/card.h"

struct newpin;

/* newpin_open: the slot as the last card_list shows it. Its session of the listing is closed: no
 * security officer may log in beside it. Errors: NO_CARD, STORAGE_FULL. */
err_t newpin_open(struct card *c, const char *slot_id, struct newpin **out);
void newpin_free(struct newpin *n);
OWN_PTR(newpin)

struct newpin_info {
    struct card_pin_info pin; /* its length limits hold for the new PIN; unattended is not set */
    enum pin_state puk;       /* from the flags of the security officer's PIN */
};

/* newpin_look reads the token's state. Errors: CARD_REMOVED (also: another token), CARD_ERROR. */
err_t newpin_look(struct newpin *n, struct newpin_info *out);

/* newpin_change logs the user in with the old PIN and sets the new one. Errors: PIN_WRONG (the old
 * one), PIN_LOCKED, PIN_NOT_SET, NEW_PIN_REFUSED, NOT_SUPPORTED, CONSENT_DECLINED (at the pin pad),
 * CARD_REMOVED, CARD_ERROR. */
err_t newpin_change(struct newpin *n, const struct secret *old_pin, const struct secret *new_pin);

/* newpin_unblock sets a new PIN with the PUK. While the PIN is locked first by C_SetPIN without a
 * login, as OpenSC can be told to do it: where a module takes the PUK for the old PIN instead, the
 * card says that this is locked, and no try of anything is lost. Else as security officer
 * (C_InitPIN). Errors: PUK_WRONG, PUK_LOCKED, NEW_PIN_REFUSED, PIN_NOT_LOCKED (not supported while
 * the PIN is not locked), and as above. */
err_t newpin_unblock(struct newpin *n, const struct secret *puk, const struct secret *new_pin,
                     bool locked);

#endif
