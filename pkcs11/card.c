/* SPDX-License-Identifier: MIT */
#include "pkcs11/card.h"

#include "pkcs11/ckr.h"
#include "pkcs11/mechanism.h"
#include "pkcs11/module.h"
#include "pkcs11/pinfile.h"
#include "pkcs11/search.h"
#include "pkcs11/slot.h"

#include <stdio.h>

#define MAX_SLOT_IDS 1024 /* a module that tells of more is broken */

struct card {
    struct module module;
    char path[SEARCH_PATH];
    struct uri uri;
    struct pinfile *rule;
    const struct card_watch *watch;
    CK_RV foreign;
    unsigned last_number;
    size_t n_slots;
    struct slot slots[TOKEN_MAX_SLOTS];
};

/* ---- the module ---- */

/* The ids of all slots; the caller frees *ids. */
static CK_RV slot_ids(const CK_FUNCTION_LIST *f, CK_SLOT_ID **ids, size_t *n)
{
    /* Only the call without a list makes OpenSC look for readers again. */
    CK_ULONG count = 0;
    CK_RV rv = f->C_GetSlotList(CK_FALSE, NULL, &count);
    if (rv != CKR_OK) return rv;
    if (count > MAX_SLOT_IDS) return CKR_GENERAL_ERROR;
    CK_ULONG room = count + 8; /* a reader may arrive between the two calls */
    own_mem(CK_SLOT_ID) list = calloc(room, sizeof *list);
    if (!list) return CKR_HOST_MEMORY;
    count = room;
    rv = f->C_GetSlotList(CK_FALSE, list, &count);
    if (rv != CKR_OK) return rv;
    if (count > room) return CKR_GENERAL_ERROR;
    *ids = give(list);
    *n = count;
    return CKR_OK;
}

static err_t load(const char *path, struct card *c)
{
    struct module m = {0};
    err_t e = module_open(path, &m, &c->foreign);
    if (e) return e;
    if (!uri_fits_library(&c->uri, &m.info)) {
        module_free(&m);
        return err_raise(ERR_MODULE_NOT_FOUND);
    }
    c->module = m;
    (void)snprintf(c->path, sizeof c->path, "%s", path);
    return OK;
}

err_t card_open(const char *module, const char *token_uri, struct card **out)
{
    own_ptr(card) c = calloc(1, sizeof *c);
    if (!c) return err_raise(ERR_STORAGE_FULL);
    err_t e = uri_read(token_uri, &c->uri);
    if (!e) e = load(module, c);
    if (e) return e;
    c->foreign = CKR_OK;
    *out = give(c);
    return OK;
}

void card_free(struct card *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->n_slots; i++) slot_free(&c->slots[i]);
    module_free(&c->module);
    free(c);
}

void card_set_pinfile(struct card *c, struct pinfile *rule)
{
    c->rule = rule;
}

void card_set_watch(struct card *c, const struct card_watch *watch)
{
    c->watch = watch;
}

void card_pad(const struct card *c, bool typing)
{
    if (c->watch) c->watch->pad(c->watch->ctx, typing);
}

const CK_FUNCTION_LIST *card_functions(const struct card *c)
{
    return c->module.f;
}

const char *card_module(const struct card *c)
{
    return c->path;
}

unsigned long card_foreign(const struct card *c)
{
    return c->foreign;
}

bool card_login_lost(const struct card *c)
{
    return c->foreign == CKR_USER_NOT_LOGGED_IN;
}

/* ---- slots and certificates ---- */

static bool same_slots(const struct card *c, const CK_SLOT_ID *ids, size_t n)
{
    if (n != c->n_slots) return false;
    for (size_t i = 0; i < n; i++)
        if (c->slots[i].id != ids[i]) return false;
    return true;
}

/* Slots that were there keep what is known of them, others get the next number. */
static void arrange_slots(struct card *c, const CK_SLOT_ID *ids, size_t n)
{
    struct slot arranged[TOKEN_MAX_SLOTS] = {0};
    for (size_t i = 0; i < n; i++) {
        size_t j = 0;
        while (j < c->n_slots && c->slots[j].id != ids[i]) j++;
        if (j < c->n_slots) {
            arranged[i] = c->slots[j];
            c->slots[j] = c->slots[--c->n_slots];
            continue;
        }
        arranged[i].id = ids[i];
        (void)snprintf(arranged[i].shown.id, sizeof arranged[i].shown.id, "slot-%u",
                       ++c->last_number);
    }
    for (size_t j = 0; j < c->n_slots; j++) slot_free(&c->slots[j]);
    memcpy(c->slots, arranged, sizeof arranged);
    c->n_slots = n;
}

static err_t scan(struct card *c)
{
    own_mem(CK_SLOT_ID) ids = NULL;
    size_t n = 0;
    c->foreign = slot_ids(c->module.f, &ids, &n);
    if (c->foreign != CKR_OK) return err_raise_foreign(ckr_err(c->foreign), c->foreign);
    if (n > TOKEN_MAX_SLOTS) n = TOKEN_MAX_SLOTS;
    if (!same_slots(c, ids, n)) arrange_slots(c, ids, n);
    for (size_t i = 0; i < n; i++) {
        CK_RV rv = slot_refresh(c->module.f, &c->uri, &c->slots[i]);
        if (rv != CKR_OK) c->foreign = rv;
    }
    return OK;
}

/* One card can show in several slots (one a PIN); its certificate counts where its key is. */
static void list_cert(struct token_listing *out, const struct slot_cert *cert, unsigned slot)
{
    struct token_cert row = {cert->der, cert->id, slot, cert->has_key};
    for (size_t i = 0; i < out->n_certs; i++) {
        struct token_cert *other = &out->certs[i];
        if (!bytes_eq(digest_bytes(&other->id), digest_bytes(&row.id))) continue;
        if (!other->has_key) *other = row;
        return;
    }
    if (out->n_certs < TOKEN_MAX_CERTS) out->certs[out->n_certs++] = row;
}

err_t card_list(struct card *c, struct token_listing *out)
{
    err_t e = scan(c);
    if (e) return e;
    const char *slash = strrchr(c->path, '/');
    (void)snprintf(out->module, sizeof out->module, "%.255s", slash ? slash + 1 : c->path);
    out->n_slots = out->n_certs = 0;
    for (size_t i = 0; i < c->n_slots; i++) {
        struct slot *s = &c->slots[i];
        if (!s->fits) continue;
        s->shown.unattended = s->shown.present && pinfile_applies(c->rule, &s->now);
        for (size_t j = 0; j < s->n_certs; j++)
            list_cert(out, &s->certs[j], (unsigned)out->n_slots);
        out->slots[out->n_slots++] = s->shown;
    }
    return OK;
}

struct slot *card_slot(struct card *c, const char *shown_id)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i].fits && strcmp(c->slots[i].shown.id, shown_id) == 0) return &c->slots[i];
    return NULL;
}

err_t card_error(struct card *c, CK_SLOT_ID slot, CK_RV rv)
{
    c->foreign = rv;
    err_t e = ckr_err(rv);
    if (e == ERR_CARD_ERROR) {
        CK_TOKEN_INFO t;
        err_t now = ckr_err(c->module.f->C_GetTokenInfo(slot, &t));
        if (now == ERR_NO_CARD || now == ERR_CARD_REMOVED) e = now;
    }
    return err_raise_foreign(e == ERR_NO_CARD ? ERR_CARD_REMOVED : e, rv);
}

static CK_RV login(struct card *c, const struct object_session *s, CK_USER_TYPE user,
                   const struct secret *pin)
{
    struct bytes p = pin ? secret_bytes(pin) : bytes_of(NULL, 0);
    if (!pin) card_pad(c, true);
    /* The module takes a plain pointer; it does not write there. */
    CK_RV rv = s->f->C_Login(s->h, user, (unsigned char *)(uintptr_t)p.p, p.len);
    if (!pin) card_pad(c, false);
    return rv;
}

CK_RV card_login_session(struct card *c, const struct object_session *s, CK_USER_TYPE user,
                         const struct secret *pin)
{
    CK_RV rv = login(c, s, user, pin);
    if (rv != CKR_USER_ALREADY_LOGGED_IN) return rv;
    rv = s->f->C_Logout(s->h);
    return rv == CKR_OK ? login(c, s, user, pin) : rv;
}

/* ---- one key ---- */

struct card_key {
    struct card *card;
    CK_SLOT_ID slot;
    char reader[sizeof((struct token_slot *)0)->reader];
    CK_TOKEN_INFO token; /* the one it was opened on */
    bool fresh;          /* token has just been read */
    struct object_session session;
    bool logged_in;
    CK_OBJECT_HANDLE object;
    bool always_authenticate;
    struct slot_cert cert; /* der is ours */
    struct cert view;
    struct pubkey *pubkey;
};

static struct slot *slot_with(struct card *c, const struct digest *id, struct slot_cert **cert)
{
    struct slot *found = NULL;
    for (size_t i = 0; i < c->n_slots; i++) {
        struct slot *s = &c->slots[i];
        for (size_t j = 0; s->fits && j < s->n_certs; j++) {
            if (!bytes_eq(digest_bytes(&s->certs[j].id), digest_bytes(id))) continue;
            if (found && !s->certs[j].has_key) continue;
            found = s;
            *cert = &s->certs[j];
            if (s->certs[j].has_key) return s;
        }
    }
    return found;
}

/* A listing that was just made needs one look at its slot, not at all of them. */
static err_t find_cert(struct card *c, const struct digest *id, struct slot **slot,
                       struct slot_cert **cert)
{
    *slot = slot_with(c, id, cert);
    if (*slot && slot_refresh(c->module.f, &c->uri, *slot) == CKR_OK) {
        *slot = slot_with(c, id, cert);
        if (*slot) return OK;
    }
    err_t e = scan(c);
    if (e) return e;
    *slot = slot_with(c, id, cert);
    if (*slot) return OK;
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i].fits && c->slots[i].shown.present) return err_raise(ERR_NO_CERTIFICATE);
    return err_raise(ERR_NO_CARD);
}

static err_t key_error(struct card_key *k, CK_RV rv)
{
    return card_error(k->card, k->slot, rv);
}

/* Ends everything that the token knows of us: login, and an operation that was begun. */
static void end_session(struct card_key *k)
{
    if (k->logged_in) (void)k->session.f->C_Logout(k->session.h);
    k->logged_in = false;
    object_session_free(&k->session);
}

void card_key_free(struct card_key *k)
{
    if (!k) return;
    end_session(k);
    pubkey_free(k->pubkey);
    free((void *)(uintptr_t)k->cert.der.p);
    free(k);
}

static err_t copy_cert(struct card_key *k, const struct slot_cert *cert)
{
    uint8_t *der = malloc(cert->der.len);
    if (!der) return err_raise(ERR_STORAGE_FULL);
    memcpy(der, cert->der.p, cert->der.len);
    k->cert = *cert;
    k->cert.der = bytes_of(der, cert->der.len);
    struct der_latch why = {0};
    if (!cert_read(k->cert.der, &k->view, &why)) return err_raise(ERR_NO_CERTIFICATE);
    k->pubkey = pubkey_of_spki(k->view.spki);
    return k->pubkey ? OK : err_raise(ERR_NO_CERTIFICATE);
}

/* The session of the listing becomes the key's: never two on one token (AKİS), and the handle of
 * the certificate stays good. */
static CK_RV take_session(struct card_key *k, struct slot *slot)
{
    if (object_session_alive(&slot->session)) {
        k->session = slot->session;
        slot->session.open = false;
        return CKR_OK;
    }
    object_session_free(&slot->session);
    return object_session_open(k->card->module.f, k->slot, 0, &k->session);
}

err_t card_key_open(struct card *c, const struct digest *cert_id, struct card_key **out)
{
    own_ptr(card_key) k = calloc(1, sizeof *k);
    struct slot *slot = NULL;
    struct slot_cert *cert = NULL;
    if (!k) return err_raise(ERR_STORAGE_FULL);
    err_t e = find_cert(c, cert_id, &slot, &cert);
    if (e) return e;
    k->card = c;
    k->slot = slot->id;
    memcpy(k->reader, slot->shown.reader, sizeof k->reader);
    k->token = slot->now;
    k->fresh = true;
    e = copy_cert(k, cert);
    if (e) return e;
    CK_RV rv = take_session(k, slot);
    if (rv != CKR_OK) return key_error(k, rv);
    *out = give(k);
    return OK;
}

/* Reads the token's state; another token than the key's is none. */
static err_t read_token(struct card_key *k, CK_TOKEN_INFO *now)
{
    *now = k->token;
    if (k->fresh) {
        k->fresh = false;
        return OK;
    }
    CK_RV rv = slot_token_info(k->card->module.f, k->slot, now);
    if (rv != CKR_OK) return key_error(k, rv);
    return slot_same_token(now, &k->token) ? OK : err_raise(ERR_CARD_REMOVED);
}

void card_pin_info_of(const CK_TOKEN_INFO *t, struct card_pin_info *out)
{
    size_t min = t->ulMinPinLen, max = t->ulMaxPinLen;
    bool sane =
        min <= PINFILE_MAX_PIN && max >= 4 && max >= min && max != CK_UNAVAILABLE_INFORMATION;
    *out = (struct card_pin_info){
        .state = slot_pin_state(t),
        .tries = -1,
        .min_len = sane && min > 0 ? min : 4,
        .max_len = sane && max < PINFILE_MAX_PIN ? max : PINFILE_MAX_PIN,
        .pin_pad = (t->flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0,
    };
}

err_t card_key_pin(struct card_key *k, struct card_pin_info *out)
{
    CK_TOKEN_INFO t;
    err_t e = read_token(k, &t);
    if (e) return e;
    card_pin_info_of(&t, out);
    out->unattended = pinfile_applies(k->card->rule, &t);
    return OK;
}

const char *card_key_reader(const struct card_key *k)
{
    return k->reader;
}

err_t card_key_pinfile(struct card_key *k, struct secret **pin)
{
    return pinfile_load(k->card->rule, &k->token, k->cert.der, pin);
}

/* The certificate is read again: between listing and PIN the token may have been rewritten. */
static CK_RV is_cert(const struct card_key *k, CK_OBJECT_HANDLE object, bool *same)
{
    own_mem(uint8_t) value = calloc(1, k->cert.der.len);
    if (!value) return CKR_HOST_MEMORY;
    struct object_value v = {.type = CKA_VALUE, .p = value, .cap = k->cert.der.len};
    CK_RV rv = object_read(&k->session, object, &v, 1);
    *same = rv == CKR_OK && v.there && bytes_eq(bytes_of(value, v.len), k->cert.der);
    return rv;
}

static CK_RV same_cert(const struct card_key *k, bool *same)
{
    CK_OBJECT_HANDLE objects[TOKEN_MAX_CERTS];
    size_t n = 0;
    struct bytes id = bytes_of(k->cert.key_id, k->cert.key_id_len);
    /* The handle of the listing, unless its session has gone: searching costs far more. */
    *same = false;
    if (is_cert(k, k->cert.object, same) == CKR_OK && *same) return CKR_OK;
    CK_RV rv = object_find(&k->session, CKO_CERTIFICATE, id, objects, TOKEN_MAX_CERTS, &n);
    for (size_t i = 0; rv == CKR_OK && !*same && i < n; i++) rv = is_cert(k, objects[i], same);
    return rv;
}

/* Looks among the objects of a class for the certificate's public key; *found is CK_INVALID_HANDLE
 * when none has it. `key` gets what was read of it. */
static CK_RV find_by_public(const struct card_key *k, CK_OBJECT_CLASS class, struct bytes id,
                            struct object_key *key, CK_OBJECT_HANDLE *found)
{
    CK_OBJECT_HANDLE objects[TOKEN_MAX_CERTS];
    size_t n = 0;
    CK_RV rv = object_find(&k->session, class, id, objects, TOKEN_MAX_CERTS, &n);
    *found = 0;
    for (size_t i = 0; rv == CKR_OK && *found == 0 && i < n; i++) {
        rv = object_read_key(&k->session, objects[i], key);
        if (rv == CKR_OK && object_key_public(key, k->cert.der)) *found = objects[i];
    }
    return rv;
}

static CK_RV find_by_id(const struct card_key *k, struct bytes id, CK_OBJECT_HANDLE *found)
{
    CK_OBJECT_HANDLE objects[2];
    struct object_key key;
    size_t n = 0;
    *found = 0;
    if (id.len == 0) return CKR_OK;
    CK_RV rv = object_find(&k->session, CKO_PRIVATE_KEY, id, objects, 2, &n);
    if (rv != CKR_OK || n == 0) return rv;
    if (n > 1) rv = find_by_public(k, CKO_PRIVATE_KEY, id, &key, found);
    if (rv == CKR_OK && *found == 0) *found = objects[0];
    return rv;
}

/* By CKA_ID; else by the private key's own public half; else through its public key object. */
static CK_RV find_private(const struct card_key *k, CK_OBJECT_HANDLE *found)
{
    struct object_key key;
    struct bytes none = bytes_of(NULL, 0);
    CK_RV rv = find_by_id(k, bytes_of(k->cert.key_id, k->cert.key_id_len), found);
    if (rv != CKR_OK || *found != 0) return rv;
    rv = find_by_public(k, CKO_PRIVATE_KEY, none, &key, found);
    if (rv != CKR_OK || *found != 0) return rv;
    rv = find_by_public(k, CKO_PUBLIC_KEY, none, &key, found);
    if (rv != CKR_OK || *found == 0) return rv;
    return find_by_id(k, bytes_of(key.id, key.id_len), found);
}

static err_t select_key(struct card_key *k)
{
    bool same = false;
    CK_RV rv = same_cert(k, &same);
    if (rv != CKR_OK) return key_error(k, rv);
    if (!same) return err_raise(ERR_NO_CERTIFICATE);
    rv = find_private(k, &k->object);
    if (rv != CKR_OK) return key_error(k, rv);
    if (k->object == 0) return err_raise(ERR_NO_CERTIFICATE);
    CK_BBOOL always = CK_FALSE;
    struct object_value v = {.type = CKA_ALWAYS_AUTHENTICATE, .p = &always, .cap = sizeof always};
    rv = object_read(&k->session, k->object, &v, 1);
    if (rv != CKR_OK) return key_error(k, rv);
    k->always_authenticate = v.there && v.len == sizeof always && always != CK_FALSE;
    return OK;
}

err_t card_login(struct card_key *k, const struct secret *pin)
{
    if (k->logged_in) end_session(k);
    k->fresh = false;
    k->card->foreign = CKR_OK;
    CK_RV rv = CKR_OK;
    if (!k->session.open) rv = object_session_open(k->card->module.f, k->slot, 0, &k->session);
    if (rv == CKR_OK) rv = card_login_session(k->card, &k->session, CKU_USER, pin);
    if (rv != CKR_OK) return key_error(k, rv);
    k->logged_in = true;
    err_t e = select_key(k);
    if (e) end_session(k);
    return e;
}

/* ---- one signature ---- */

static CK_RV sign(struct card_key *k, struct mechanism *what, const struct secret *pin,
                  uint8_t *value, CK_ULONG *len, bool *sent)
{
    const CK_FUNCTION_LIST *f = k->session.f;
    CK_RV rv = f->C_SignInit(k->session.h, &what->ck, k->object);
    if (rv == CKR_OK && k->always_authenticate)
        rv = login(k->card, &k->session, CKU_CONTEXT_SPECIFIC, pin);
    if (rv != CKR_OK) return rv;
    if (k->card->watch) k->card->watch->sign(k->card->watch->ctx);
    *sent = true;
    return f->C_Sign(k->session.h, what->data, what->len, value, len);
}

err_t card_sign(struct card_key *k, enum sig_alg alg, const struct digest *d,
                const struct secret *pin, struct buf *signature, bool *sent)
{
    uint8_t value[TOKEN_MAX_SIGNATURE] = {0};
    CK_ULONG len = sizeof value;
    struct mechanism what;
    *sent = false;
    if (!k->logged_in || !sig_alg_fits(alg, k->view.key_type) || d->alg != sig_alg_digest(alg) ||
        d->len != digest_len(d->alg))
        return err_raise(ERR_INTERNAL);
    mechanism_for(alg, d, k->view.key_type, &what);
    CK_RV rv = sign(k, &what, pin, value, &len, sent);
    err_t e = OK;
    if (rv != CKR_OK)
        e = key_error(k, rv);
    else if (len > sizeof value || !pubkey_check(k->pubkey, alg, d, bytes_of(value, len)))
        e = err_raise(ERR_CARD_ERROR);
    if (e) {
        if (!card_login_lost(k->card)) end_session(k);
        return e;
    }
    buf_add(signature, bytes_of(value, len));
    return buf_ok(signature) ? OK : err_raise(ERR_STORAGE_FULL);
}
