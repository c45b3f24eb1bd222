/* SPDX-License-Identifier: MIT */
#include "pkcs11/slot.h"

#include "core/text.h"

#include <stdio.h>
#include <time.h>

static void forget_certs(struct slot *s)
{
    for (size_t i = 0; i < s->n_certs; i++) free((void *)(uintptr_t)s->certs[i].der.p);
    free(s->certs);
    s->certs = NULL;
    s->n_certs = 0;
    s->read = false;
    object_session_free(&s->session);
}

void slot_free(struct slot *s)
{
    forget_certs(s);
}

bool slot_same_token(const CK_TOKEN_INFO *a, const CK_TOKEN_INFO *b)
{
    return memcmp(a->label, b->label, sizeof a->label) == 0 &&
           memcmp(a->serialNumber, b->serialNumber, sizeof a->serialNumber) == 0 &&
           memcmp(a->manufacturerID, b->manufacturerID, sizeof a->manufacturerID) == 0 &&
           memcmp(a->model, b->model, sizeof a->model) == 0;
}

#define DOUBTFUL_LOOKS 3
#define DOUBTFUL_PAUSE 5000000L /* ns */

CK_RV slot_token_info(const CK_FUNCTION_LIST *f, CK_SLOT_ID id, CK_TOKEN_INFO *out)
{
    for (int look = 0;; look++) {
        *out = (CK_TOKEN_INFO){0};
        CK_RV rv = f->C_GetTokenInfo(id, out);
        bool doubtful = rv == CKR_OK && out->flags & CKF_TOKEN_INITIALIZED &&
                        !(out->flags & CKF_USER_PIN_INITIALIZED);
        if (!doubtful || look == DOUBTFUL_LOOKS) return rv;
        const struct timespec pause = {0, DOUBTFUL_PAUSE};
        (void)nanosleep(&pause, NULL);
    }
}

enum pin_state slot_pin_state(const CK_TOKEN_INFO *t)
{
    if (t->flags & CKF_USER_PIN_LOCKED) return PIN_LOCKED;
    if (!(t->flags & CKF_USER_PIN_INITIALIZED)) return PIN_NOT_SET;
    if (t->flags & CKF_USER_PIN_FINAL_TRY) return PIN_FINAL;
    return t->flags & CKF_USER_PIN_COUNT_LOW ? PIN_LOW : PIN_OK;
}

/* A field of a module, harmless to show: at most `room` octets with the NUL, whole characters. */
static void show(char *out, size_t room, const unsigned char *field, size_t size)
{
    text_plain_in(out, room, uri_field(field, size), 64);
}
#define SHOW(out, field) show((out), sizeof(out), (field), sizeof(field))

static bool known_cert(const struct slot *s, const struct digest *id)
{
    for (size_t i = 0; i < s->n_certs; i++)
        if (bytes_eq(digest_bytes(&s->certs[i].id), digest_bytes(id))) return true;
    return false;
}

static CK_RV read_cert(const struct object_session *session, CK_OBJECT_HANDLE object,
                       const struct uri *uri, uint8_t *scratch, struct slot *s)
{
    struct slot_cert c = {.object = object};
    uint8_t label[256];
    struct object_value values[] = {
        {.type = CKA_VALUE, .p = scratch, .cap = OBJECT_MAX_VALUE},
        {.type = CKA_ID, .p = c.key_id, .cap = sizeof c.key_id},
        {.type = CKA_LABEL, .p = label, .cap = sizeof label},
    };
    CK_RV rv = object_read(session, object, values, 3);
    if (rv != CKR_OK || values[0].len == 0) return rv;
    c.key_id_len = values[1].len;
    struct bytes value = bytes_of(scratch, values[0].len);
    if (!uri_fits_cert(uri, bytes_of(c.key_id, c.key_id_len), bytes_of(label, values[2].len)) ||
        !cert_id(value, &c.id) || known_cert(s, &c.id))
        return CKR_OK;
    uint8_t *der = malloc(value.len);
    if (!der) return CKR_HOST_MEMORY;
    memcpy(der, value.p, value.len);
    c.der = bytes_of(der, value.len);
    s->certs[s->n_certs++] = c;
    return CKR_OK;
}

static CK_RV read_certs(const struct object_session *session, const struct uri *uri, struct slot *s)
{
    CK_OBJECT_HANDLE objects[TOKEN_MAX_CERTS];
    size_t n = 0;
    CK_RV rv =
        object_find(session, CKO_CERTIFICATE, bytes_of(NULL, 0), objects, TOKEN_MAX_CERTS, &n);
    if (rv != CKR_OK || n == 0) return rv;
    own_mem(uint8_t) scratch = calloc(1, OBJECT_MAX_VALUE);
    s->certs = calloc(n, sizeof *s->certs);
    if (!scratch || !s->certs) return CKR_HOST_MEMORY;
    /* One object that cannot be read does not hide the others. */
    for (size_t i = 0; i < n; i++) (void)read_cert(session, objects[i], uri, scratch, s);
    return CKR_OK;
}

/* Of a certificate that cannot be read the type is unknown. */
static enum key_type type_of(struct bytes der)
{
    struct cert view;
    struct der_latch why = {0};
    return cert_read(der, &view, &why) ? view.key_type : KEY_UNKNOWN;
}

static bool pairs(const struct object_key *key, const struct slot_cert *c)
{
    if (object_key_pairs(key, bytes_of(c->key_id, c->key_id_len)))
        return object_key_of_type(key, type_of(c->der));
    return object_key_public(key, c->der);
}

/* True when any key of that class can be seen. */
static bool pair_with(const struct object_session *session, CK_OBJECT_CLASS class, struct slot *s)
{
    CK_OBJECT_HANDLE objects[TOKEN_MAX_CERTS];
    size_t n = 0;
    struct object_key key;
    if (object_find(session, class, bytes_of(NULL, 0), objects, TOKEN_MAX_CERTS, &n) != CKR_OK)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (object_read_key(session, objects[i], &key) != CKR_OK) continue;
        for (size_t j = 0; j < s->n_certs; j++)
            s->certs[j].has_key = s->certs[j].has_key || pairs(&key, &s->certs[j]);
    }
    return n > 0;
}

static bool is_ca(struct bytes der)
{
    struct cert view;
    struct der_latch why = {0};
    return cert_read(der, &view, &why) && view.is_ca;
}

/* Many tokens hide private keys until login. Then only login tells; a certificate that is not used
 * because of a guess would be worse than a PIN asked in vain. False when nothing is hidden and
 * there is no key: the token is a store of certificates. */
static bool pair_keys(const struct object_session *session, struct slot *s)
{
    if (s->n_certs == 0) return true;
    bool visible = pair_with(session, CKO_PRIVATE_KEY, s);
    bool hidden = !visible && s->now.flags & CKF_LOGIN_REQUIRED;
    if (visible) (void)pair_with(session, CKO_PUBLIC_KEY, s);
    for (size_t i = 0; hidden && i < s->n_certs; i++) s->certs[i].has_key = !is_ca(s->certs[i].der);
    return visible || hidden;
}

static CK_RV read_token(const CK_FUNCTION_LIST *f, const struct uri *uri, struct slot *s)
{
    CK_RV rv = object_session_open(f, s->id, 0, &s->session);
    if (rv == CKR_OK) rv = read_certs(&s->session, uri, s);
    if (rv == CKR_OK) s->fits = pair_keys(&s->session, s);
    if (rv != CKR_OK || !s->fits) forget_certs(s);
    s->read = rv == CKR_OK;
    return rv;
}

static void show_token(struct slot *s, bool present)
{
    SHOW(s->shown.label, s->now.label);
    SHOW(s->shown.manufacturer, s->now.manufacturerID);
    SHOW(s->shown.model, s->now.model);
    SHOW(s->shown.serial, s->now.serialNumber);
    s->shown.present = present;
}

static CK_RV look_at_slot(const CK_FUNCTION_LIST *f, const struct uri *uri, struct slot *s)
{
    CK_SLOT_INFO info = {0};
    CK_RV rv = f->C_GetSlotInfo(s->id, &info);
    if (rv != CKR_OK) return rv;
    SHOW(s->shown.reader, info.slotDescription);
    s->fits = uri_fits_slot(uri, s->id, &info);
    return CKR_OK;
}

CK_RV slot_refresh(const CK_FUNCTION_LIST *f, const struct uri *uri, struct slot *s)
{
    CK_TOKEN_INFO now;
    CK_RV rv = slot_token_info(f, s->id, &now);
    /* SoftHSM always shows one slot with a token that nobody has initialised. */
    bool present = rv == CKR_OK && now.flags & CKF_TOKEN_INITIALIZED;
    if (!present) now = (CK_TOKEN_INFO){0};
    bool same = present == s->shown.present && slot_same_token(&now, &s->now);
    s->now = now;
    s->shown.pin = present ? slot_pin_state(&now) : PIN_OK;
    s->shown.tries = -1;
    s->shown.pin_pad = (now.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
    if (same && s->read) return CKR_OK;
    forget_certs(s);
    show_token(s, present);
    rv = look_at_slot(f, uri, s);
    if (rv != CKR_OK) return rv;
    s->fits = s->fits && (!present || uri_fits_token(uri, &now));
    s->read = !present || !s->fits;
    return s->read ? CKR_OK : read_token(f, uri, s);
}
