/* SPDX-License-Identifier: MIT */
#include "pkcs11/object.h"

#include <string.h>

#define MAX_ATTRIBUTES 4

CK_RV object_session_open(const CK_FUNCTION_LIST *f, CK_SLOT_ID slot, CK_FLAGS flags,
                          struct object_session *out)
{
    struct object_session s = {.f = f, .slot = slot, .open = true};
    CK_RV rv = f->C_OpenSession(slot, CKF_SERIAL_SESSION | flags, NULL, NULL, &s.h);
    if (rv == CKR_OK) *out = s;
    return rv;
}

void object_session_free(struct object_session *s)
{
    if (s->open) (void)s->f->C_CloseSession(s->h);
    s->open = false;
}

bool object_session_alive(const struct object_session *s)
{
    CK_SESSION_INFO info;
    return s->open && s->f->C_GetSessionInfo && s->f->C_GetSessionInfo(s->h, &info) == CKR_OK &&
           info.slotID == s->slot;
}

static CK_RV take_objects(const struct object_session *s, CK_OBJECT_HANDLE *out, size_t max,
                          size_t *n)
{
    size_t got = 0;
    while (got < max) {
        CK_ULONG count = 0;
        CK_RV rv = s->f->C_FindObjects(s->h, out + got, max - got, &count);
        if (rv != CKR_OK) return rv;
        if (count > max - got) return CKR_GENERAL_ERROR;
        if (count == 0) break;
        got += count;
    }
    *n = got;
    return CKR_OK;
}

CK_RV object_find(const struct object_session *s, CK_OBJECT_CLASS class, struct bytes id,
                  CK_OBJECT_HANDLE *out, size_t max, size_t *n)
{
    uint8_t wanted[OBJECT_MAX_ID];
    if (id.len > sizeof wanted) return CKR_ARGUMENTS_BAD;
    if (id.len > 0) memcpy(wanted, id.p, id.len);
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof class}, {CKA_ID, wanted, id.len}};
    CK_RV rv = s->f->C_FindObjectsInit(s->h, template, id.len > 0 ? 2 : 1);
    if (rv != CKR_OK) return rv;
    rv = take_objects(s, out, max, n);
    CK_RV final = s->f->C_FindObjectsFinal(s->h);
    return rv != CKR_OK ? rv : final;
}

static bool merely_absent(CK_RV rv)
{
    return rv == CKR_ATTRIBUTE_TYPE_INVALID || rv == CKR_ATTRIBUTE_SENSITIVE ||
           rv == CKR_BUFFER_TOO_SMALL;
}

static CK_RV read_once(const struct object_session *s, CK_OBJECT_HANDLE object,
                       struct object_value *values, size_t n)
{
    CK_ATTRIBUTE a[MAX_ATTRIBUTES];
    for (size_t i = 0; i < n; i++)
        a[i] = (CK_ATTRIBUTE){values[i].type, values[i].p, values[i].cap};
    CK_RV rv = s->f->C_GetAttributeValue(s->h, object, a, n);
    for (size_t i = 0; i < n; i++) {
        values[i].there = rv == CKR_OK && a[i].ulValueLen <= values[i].cap;
        values[i].len = values[i].there ? a[i].ulValueLen : 0;
    }
    return rv;
}

CK_RV object_read(const struct object_session *s, CK_OBJECT_HANDLE object,
                  struct object_value *values, size_t n)
{
    if (n > MAX_ATTRIBUTES) return CKR_ARGUMENTS_BAD;
    CK_RV rv = read_once(s, object, values, n);
    if (!merely_absent(rv)) return rv;
    /* Modules differ in what they fill in beside an attribute that is missing: ask one by one. */
    for (size_t i = 0; i < n; i++) {
        rv = read_once(s, object, values + i, 1);
        if (rv != CKR_OK && !merely_absent(rv)) return rv;
    }
    return CKR_OK;
}

/* CKA_EC_POINT is a DER OCTET STRING around the point (PKCS#11 2.40, 2.3.3); some modules give
 * the bare point. Three coordinates' sizes are known: 65, 97 and 133 octets. */
static struct bytes bare_point(struct bytes v)
{
    if (v.len > 2 && v.p[0] == 0x04 && v.p[1] == v.len - 2 && v.p[1] < 0x80)
        return bytes_sub(v, 2, v.len);
    if (v.len > 3 && v.p[0] == 0x04 && v.p[1] == 0x81 && v.p[2] == v.len - 3)
        return bytes_sub(v, 3, v.len);
    return v;
}

CK_RV object_read_key(const struct object_session *s, CK_OBJECT_HANDLE object,
                      struct object_key *out)
{
    CK_KEY_TYPE type = 0;
    struct object_value facts[] = {
        {.type = CKA_KEY_TYPE, .p = &type, .cap = sizeof type},
        {.type = CKA_ID, .p = out->id, .cap = sizeof out->id},
    };
    out->id_len = out->public_len = 0;
    out->has_type = false;
    CK_RV rv = object_read(s, object, facts, 2);
    if (rv != CKR_OK) return rv;
    out->id_len = facts[1].len;
    out->has_type = facts[0].there;
    out->type = type;
    if (!facts[0].there || (type != CKK_RSA && type != CKK_EC)) return CKR_OK;
    uint8_t raw[sizeof out->public];
    struct object_value half = {
        .type = type == CKK_RSA ? CKA_MODULUS : CKA_EC_POINT, .p = raw, .cap = sizeof raw};
    rv = object_read(s, object, &half, 1);
    if (rv != CKR_OK) return rv;
    struct bytes v = bytes_of(raw, half.len);
    if (type == CKK_EC) v = bare_point(v);
    while (type == CKK_RSA && v.len > 0 && v.p[0] == 0) v = bytes_sub(v, 1, v.len);
    if (v.len > 0) memcpy(out->public, v.p, v.len);
    out->public_len = v.len;
    return CKR_OK;
}

bool object_key_of_type(const struct object_key *k, enum key_type type)
{
    if (!k->has_type || type == KEY_UNKNOWN) return true;
    return k->type == (type == KEY_RSA ? CKK_RSA : CKK_EC);
}

bool object_key_pairs(const struct object_key *k, struct bytes id)
{
    return id.len > 0 && bytes_eq(bytes_of(k->id, k->id_len), id);
}

bool object_key_public(const struct object_key *k, struct bytes cert)
{
    /* The modulus or point stands in the certificate as it is, and is far too long to stand there
     * by chance. What is signed is checked with the certificate's key anyway. */
    return k->public_len >= 65 && memmem(cert.p, cert.len, k->public, k->public_len) != NULL;
}
