/* SPDX-License-Identifier: MIT */
/*
 * slot: one slot of a module and what was read from its token, without a PIN.
 *
 * What: notices another token, reads its certificates once, pairs them with keys.
 * Not:  many slots and their listing (card.c).
 */
#ifndef PKCS11_SLOT_H
#define PKCS11_SLOT_H

#include "pkcs11/object.h"
#include "pkcs11/token.h"
#include "pkcs11/uri.h"

struct slot_cert {
    struct bytes der;        /* owned by the slot */
    CK_OBJECT_HANDLE object; /* as long as the session stands in which it was read */
    struct digest id;
    size_t key_id_len;
    uint8_t key_id[OBJECT_MAX_ID];
    bool has_key; /* see card_list */
};

struct slot {
    CK_SLOT_ID id;
    bool fits;         /* slot and token match the URI (an empty slot's token does), and the token
                        * is not a mere store of certificates */
    bool read;         /* certs are those of the token at hand */
    CK_TOKEN_INFO now; /* as last seen; zero without a token */
    struct token_slot shown;
    size_t n_certs;
    struct slot_cert *certs;
    struct object_session session; /* kept open after reading: handles live as long */
};

/* slot_refresh looks at the slot and reads its token again if it is another one than before. A
 * slot that fails is empty, or has no certificates. Returns CKR_OK, or why (for the log). */
CK_RV slot_refresh(const CK_FUNCTION_LIST *f, const struct uri *uri, struct slot *s);
void slot_free(struct slot *s);

/* slot_token_info is C_GetTokenInfo, asked again (at most three times, 5 ms apart) when it shows an
 * initialised token without a PIN: SoftHSM does so while another process writes the token. */
CK_RV slot_token_info(const CK_FUNCTION_LIST *f, CK_SLOT_ID id, CK_TOKEN_INFO *out);

/* slot_same_token: label, serial number, manufacturer and model are equal. */
bool slot_same_token(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b);

/* slot_pin_state reads the PIN flags of CK_TOKEN_INFO. */
enum pin_state slot_pin_state(const CK_TOKEN_INFO *t);

#endif
