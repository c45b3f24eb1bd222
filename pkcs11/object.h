/* SPDX-License-Identifier: MIT */
/*
 * object: finding objects on a token and reading their attributes, within bounds.
 *
 * What: C_FindObjects and C_GetAttributeValue for modules that answer nonsense: lengths and
 *       counts are checked before they are used.
 * Not:  which object is wanted (slot.c, card.c).
 */
#ifndef PKCS11_OBJECT_H
#define PKCS11_OBJECT_H

#include "core/bytes.h"
#include "core/cert.h"
#include "core/own.h"

#include <p11-kit/pkcs11.h>

#define OBJECT_MAX_ID    255         /* octets of CKA_ID */
#define OBJECT_MAX_VALUE (64u << 10) /* octets of a certificate */

struct object_session {
    const CK_FUNCTION_LIST *f;
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE h;
    bool open;
};

/* object_session_open opens a session, read-only unless `flags` is CKF_RW_SESSION.
 * object_session_free closes it; fine when it is not open. */
CK_RV object_session_open(const CK_FUNCTION_LIST *f, CK_SLOT_ID slot, CK_FLAGS flags,
                          struct object_session *out);
void object_session_free(struct object_session *s);
OWN(object_session)

/* object_session_alive: the module still knows it. A card that was away took its sessions along. */
bool object_session_alive(const struct object_session *s);

/* object_find gives at most `max` objects of a class with that CKA_ID (any when empty). */
CK_RV object_find(const struct object_session *s, CK_OBJECT_CLASS class, struct bytes id,
                  CK_OBJECT_HANDLE *out, size_t max, size_t *n);

/* One attribute to read: room for `cap` octets at p; afterwards there, and len ≤ cap. */
struct object_value {
    CK_ATTRIBUTE_TYPE type;
    void *p;
    size_t cap, len;
    bool there;
};

/* object_read reads n ≤ 4 attributes. One that the object lacks, hides, or that does not fit is
 * not `there`; anything else that goes wrong is returned. */
CK_RV object_read(const struct object_session *s, CK_OBJECT_HANDLE object,
                  struct object_value *values, size_t n);

/* What pairs a key with a certificate: its CKA_ID, and its public half. */
struct object_key {
    bool has_type;
    CK_KEY_TYPE type;
    size_t id_len, public_len;
    uint8_t id[OBJECT_MAX_ID];
    uint8_t public[1024]; /* modulus, or EC point, as it stands in a certificate */
};

CK_RV object_read_key(const struct object_session *s, CK_OBJECT_HANDLE object,
                      struct object_key *out);

/* object_key_of_type: not known to be of another type than a certificate's key: cackey calls every
 * key RSA, and can use no other. */
bool object_key_of_type(const struct object_key *k, enum key_type type);

/* object_key_pairs: the same not empty CKA_ID. object_key_public: the certificate's (DER) public
 * key. */
bool object_key_pairs(const struct object_key *k, struct bytes id);
bool object_key_public(const struct object_key *k, struct bytes cert);

#endif
