/* SPDX-License-Identifier: MIT */
/*
 * card: one loaded PKCS#11 module and what is on its tokens. Lives in the worker alone.
 *
 * What: listing without a PIN; a key for one certificate; login; one C_Sign.
 * Not:  consent, dialogs, what is being signed (token.c).
 * Use:  card_open → card_list → card_key_open → card_login → card_sign → card_key_free.
 *
 * Every CK_RV becomes an err_t through ckr.h; card_foreign gives the last one for the log.
 */
#ifndef PKCS11_CARD_H
#define PKCS11_CARD_H

#include "core/secret.h"
#include "pkcs11/slot.h"
#include "pkcs11/token.h"

struct card;
struct pinfile;

/* card_open loads the module at that path and calls C_Initialize. Errors: MODULE_NOT_FOUND (no such
 * module, or not the one that the URI describes), CARD_ERROR, URI_REFUSED. */
err_t card_open(const char *module, const char *token_uri, struct card **out);
void card_free(struct card *c); /* C_Finalize, dlclose */
OWN_PTR(card)

/* card_set_pinfile: which token is unattended (pkcs11/pinfile.h). The rule is borrowed, must
 * outlive the card, and may be NULL. */
void card_set_pinfile(struct card *c, struct pinfile *rule);

/* What happens while a call on the card runs, for whoever waits for it. */
struct card_watch {
    void *ctx;
    void (*pad)(void *ctx,
                bool typing); /* a PIN is going to be typed on the reader; that is over */
    void (*sign)(void *ctx);  /* right before C_Sign */
};
/* card_set_watch: borrowed, must outlive the card, and may be NULL. */
void card_set_watch(struct card *c, const struct card_watch *watch);

/* card_list fills *out; the certificates' views live until the next card_list, card_key_open or
 * card_free. Slots whose token does not match the URI, or has certificates but needs no login and
 * shows no key (cackey's of authorities), are left out; an empty slot stays. A slot that fails is
 * shown without certificates; only a module that fails as a whole is an error.
 *
 * Cheap when nothing changed: a token seen before (same slot, label, serial, manufacturer, model;
 * not away in between) is not read again. Objects written to a token meanwhile are therefore seen
 * by the next worker only; card_login compares the certificate with the token in any case.
 *
 * has_key means "not known to be missing". Where private keys can be seen without a login: one of
 * them, or a public key beside them, has the certificate's CKA_ID and type, or its public key.
 * Where they are hidden (most tokens): true unless the certificate is a CA's. Only card_login
 * knows. */
err_t card_list(struct card *c, struct token_listing *out);

/* card_key_open opens a session on the token that holds that certificate. One key at a time.
 * Errors: NO_CARD, NO_CERTIFICATE, CARD_REMOVED, CARD_ERROR, MODULE_*. */
struct card_key;
err_t card_key_open(struct card *c, const struct digest *cert_id, struct card_key **out);
void card_key_free(struct card_key *k); /* logs out and closes the session */
OWN_PTR(card_key)

/* What the dialog must know before a PIN is typed: the token as card_key_open has just seen it,
 * read again from the second call on. */
struct card_pin_info {
    enum pin_state state;    /* as the module tells */
    int tries;               /* -1: a module tells no number */
    size_t min_len, max_len; /* octets, CK_TOKEN_INFO; 4…64 where the token tells nonsense */
    bool pin_pad;
    bool unattended; /* no dialog: card_key_pinfile gives the PIN, or a reason why not */
};
err_t card_key_pin(struct card_key *k, struct card_pin_info *out);
void card_pin_info_of(const CK_TOKEN_INFO *t, struct card_pin_info *out); /* all but unattended */

/* card_key_reader: the description of the slot the token is in. */
const char *card_key_reader(const struct card_key *k);

/* card_key_pinfile gives the PIN of an unattended token: pinfile_load for the token and the
 * certificate the key was opened for. The caller frees *pin. Error: PIN_FILE_REFUSED. */
err_t card_key_pinfile(struct card_key *k, struct secret **pin);

/* card_login logs in once, with the PIN or (pin NULL) through the reader's pin pad. Never retried.
 * Then the private key is found and the certificate read again from the token and compared with
 * the one the key was opened for. May be called again after PIN_WRONG, from here or card_sign.
 * Errors: PIN_WRONG, PIN_LOCKED, PIN_NOT_SET, CONSENT_DECLINED (cancelled at the pin pad),
 * CARD_REMOVED, NO_CERTIFICATE (gone, or without its key), CARD_ERROR. */
err_t card_login(struct card_key *k, const struct secret *pin);

/* card_sign makes one signature over the digest: RSA PKCS#1 v1.5 (DigestInfo made here), PSS, or
 * ECDSA (r‖s). A CKA_ALWAYS_AUTHENTICATE key gets its CKU_CONTEXT_SPECIFIC login with the same PIN
 * between C_SignInit and C_Sign. One C_Sign; the value is checked against the certificate before it
 * is returned. Appends to `signature`. *sent says whether the card may have signed, also on errors:
 * C_Sign was called. After an error the key must be logged in again. Errors: those of card_login;
 * INTERNAL when `alg`, the digest and the certificate's key do not fit together. */
err_t card_sign(struct card_key *k, enum sig_alg alg, const struct digest *d,
                const struct secret *pin, struct buf *signature, bool *sent);

/* card_login_lost: the last error was, says the module, that nobody is logged in. The login is as
 * it was, so that the card can be asked (counter_knows_pin). */
bool card_login_lost(const struct card *c);

/* ---- for newpin.h ---- */

/* card_slot: the slot that the last listing shows under this id; NULL when there is none. */
struct slot *card_slot(struct card *c, const char *shown_id);

/* card_functions: the module's; every one that card.h's own functions need is there. */
const CK_FUNCTION_LIST *card_functions(const struct card *c);

/* card_login_session is C_Login on an open session, with the PIN or (NULL) through the pin pad. A
 * module that believes somebody logged in is made to look at the PIN. */
CK_RV card_login_session(struct card *c, const struct object_session *s, CK_USER_TYPE user,
                         const struct secret *pin);

/* card_pad tells the watch. */
void card_pad(const struct card *c, bool typing);

/* card_error notes a module's answer about a slot in which a token is being worked on, and gives
 * the error: a card that is not there any more was taken out, which modules tell in many ways. */
err_t card_error(struct card *c, CK_SLOT_ID slot, CK_RV rv);

/* card_module: the path of the loaded module; lives as long as the card. */
const char *card_module(const struct card *c);

/* card_foreign: the CK_RV behind the last error; 0 when there was none. */
unsigned long card_foreign(const struct card *c);

#endif
