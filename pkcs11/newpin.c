/* SPDX-License-Identifier: MIT */
#include "pkcs11/newpin.h"

struct newpin {
    struct card *card;
    const CK_FUNCTION_LIST *f;
    CK_SLOT_ID slot;
    CK_TOKEN_INFO token; /* the one it was opened for */
};

err_t newpin_open(struct card *c, const char *slot_id, struct newpin **out)
{
    struct slot *slot = card_slot(c, slot_id);
    if (!slot || !slot->shown.present) return err_raise(ERR_NO_CARD);
    own_ptr(newpin) n = calloc(1, sizeof *n);
    if (!n) return err_raise(ERR_STORAGE_FULL);
    *n = (struct newpin){c, card_functions(c), slot->id, slot->now};
    object_session_free(&slot->session);
    *out = give(n);
    return OK;
}

void newpin_free(struct newpin *n)
{
    free(n);
}

static enum pin_state puk_state(const CK_TOKEN_INFO *t)
{
    if (t->flags & CKF_SO_PIN_LOCKED) return PIN_LOCKED;
    if (t->flags & CKF_SO_PIN_FINAL_TRY) return PIN_FINAL;
    return t->flags & CKF_SO_PIN_COUNT_LOW ? PIN_LOW : PIN_OK;
}

err_t newpin_look(struct newpin *n, struct newpin_info *out)
{
    CK_TOKEN_INFO now;
    CK_RV rv = slot_token_info(n->f, n->slot, &now);
    if (rv != CKR_OK) return card_error(n->card, n->slot, rv);
    if (!slot_same_token(&now, &n->token)) return err_raise(ERR_CARD_REMOVED);
    card_pin_info_of(&now, &out->pin);
    out->puk = puk_state(&now);
    return OK;
}

/* ---- what an answer means: that depends on what was presented ---- */

enum call {
    LOGIN = 1,    /* C_Login with the old PIN */
    SET = 2,      /* C_SetPIN behind it */
    UNLOGGED = 4, /* C_SetPIN with the PUK in the place of the old PIN */
    LOGIN_SO = 8, /* C_Login with the PUK */
    INIT = 16,    /* C_InitPIN behind it; some modules look at the PUK only now */
    WITH_PUK = UNLOGGED | LOGIN_SO | INIT,
    ANY = LOGIN | SET | WITH_PUK,
};

static const struct {
    CK_RV rv;
    unsigned calls;
    err_t error;
} meanings[] = {
    {CKR_PIN_INCORRECT, WITH_PUK, ERR_PUK_WRONG},
    {CKR_PIN_INVALID, LOGIN_SO, ERR_PUK_WRONG},
    {CKR_PIN_LEN_RANGE, UNLOGGED | LOGIN_SO, ERR_PUK_WRONG}, /* the new one fits the limits */
    {CKR_PIN_LOCKED, WITH_PUK, ERR_PUK_LOCKED},
    {CKR_PIN_INVALID, SET | UNLOGGED | INIT, ERR_NEW_PIN_REFUSED},
    {CKR_PIN_LEN_RANGE, SET | INIT, ERR_NEW_PIN_REFUSED},
    {CKR_PIN_TOO_WEAK, SET | UNLOGGED | INIT, ERR_NEW_PIN_REFUSED},
    {CKR_FUNCTION_NOT_SUPPORTED, ANY, ERR_NOT_SUPPORTED},
    {CKR_ACTION_PROHIBITED, ANY, ERR_NOT_SUPPORTED},
    {CKR_TOKEN_WRITE_PROTECTED, ANY, ERR_NOT_SUPPORTED},
    {CKR_SESSION_READ_ONLY, ANY, ERR_NOT_SUPPORTED},
    {CKR_USER_NOT_LOGGED_IN, UNLOGGED, ERR_NOT_SUPPORTED},
    {CKR_USER_TYPE_INVALID, LOGIN_SO, ERR_NOT_SUPPORTED},
    {CKR_GENERAL_ERROR, LOGIN_SO | INIT, ERR_NOT_SUPPORTED}, /* OpenSC: the card has no such user */
    {CKR_USER_PIN_NOT_INITIALIZED, WITH_PUK, ERR_NOT_SUPPORTED},
};

static err_t answer(struct newpin *n, enum call call, CK_RV rv)
{
    if (rv == CKR_OK) return OK;
    err_t e = card_error(n->card, n->slot, rv);
    if (e == ERR_CARD_REMOVED) return e;
    for (size_t i = 0; i < sizeof meanings / sizeof meanings[0]; i++)
        if (meanings[i].rv == rv && meanings[i].calls & call)
            return err_raise_foreign(meanings[i].error, rv);
    return e;
}

/* ---- calls ---- */

/* Modules take plain pointers; they do not write there. */
static unsigned char *octets(const struct secret *s, CK_ULONG *len)
{
    struct bytes v = s ? secret_bytes(s) : bytes_of(NULL, 0);
    *len = v.len;
    return (unsigned char *)(uintptr_t)v.p;
}

static CK_RV set_pin(struct newpin *n, const struct object_session *s, const struct secret *old_pin,
                     const struct secret *new_pin)
{
    CK_ULONG old_len, new_len;
    unsigned char *old_p = octets(old_pin, &old_len), *new_p = octets(new_pin, &new_len);
    if (!n->f->C_SetPIN) return CKR_FUNCTION_NOT_SUPPORTED;
    if (!new_pin) card_pad(n->card, true);
    CK_RV rv = n->f->C_SetPIN(s->h, old_p, old_len, new_p, new_len);
    if (!new_pin) card_pad(n->card, false);
    return rv;
}

static CK_RV init_pin(struct newpin *n, const struct object_session *s,
                      const struct secret *new_pin)
{
    CK_ULONG len;
    unsigned char *p = octets(new_pin, &len);
    if (!n->f->C_InitPIN) return CKR_FUNCTION_NOT_SUPPORTED;
    if (!new_pin) card_pad(n->card, true);
    CK_RV rv = n->f->C_InitPIN(s->h, p, len);
    if (!new_pin) card_pad(n->card, false);
    return rv;
}

static err_t open_session(struct newpin *n, struct object_session *s)
{
    CK_RV rv = object_session_open(n->f, n->slot, CKF_RW_SESSION, s);
    return answer(n, ANY, rv);
}

/* The old PIN is presented by the login. Without one, modules differ in what C_SetPIN does. */
err_t newpin_change(struct newpin *n, const struct secret *old_pin, const struct secret *new_pin)
{
    own(object_session) s = {0};
    err_t e = open_session(n, &s);
    if (e) return e;
    CK_RV rv = card_login_session(n->card, &s, CKU_USER, old_pin);
    /* An expired PIN is right, and good for C_SetPIN alone (PKCS#11 2.40, 5.1.6). */
    e = rv == CKR_PIN_EXPIRED ? OK : answer(n, LOGIN, rv);
    if (e) return e;
    e = answer(n, SET, set_pin(n, &s, old_pin, new_pin));
    (void)n->f->C_Logout(s.h);
    return e;
}

static err_t set_unlogged(struct newpin *n, const struct secret *puk, const struct secret *new_pin)
{
    own(object_session) s = {0};
    err_t e = open_session(n, &s);
    return e ? e : answer(n, UNLOGGED, set_pin(n, &s, puk, new_pin));
}

static err_t init_as_officer(struct newpin *n, const struct secret *puk,
                             const struct secret *new_pin)
{
    own(object_session) s = {0};
    err_t e = open_session(n, &s);
    if (!e) e = answer(n, LOGIN_SO, card_login_session(n->card, &s, CKU_SO, puk));
    if (e) return e;
    e = answer(n, INIT, init_pin(n, &s, new_pin));
    (void)n->f->C_Logout(s.h);
    return e;
}

err_t newpin_unblock(struct newpin *n, const struct secret *puk, const struct secret *new_pin,
                     bool locked)
{
    err_t e = locked ? set_unlogged(n, puk, new_pin) : ERR_NOT_SUPPORTED;
    /* "Locked" may be said of the PIN, by a module that took the PUK for it. */
    if (e != ERR_NOT_SUPPORTED && e != ERR_PUK_LOCKED) return e;
    err_t officer = init_as_officer(n, puk, new_pin);
    if (officer != ERR_NOT_SUPPORTED) return officer;
    return locked ? officer : err_raise(ERR_PIN_NOT_LOCKED);
}
