/* SPDX-License-Identifier: MIT */
/*
 * self: which daemon this is, provable to a page that has met it before.
 *
 * What: a key of the daemon's own, made at its first start, 0600 in the state folder; and the
 * answer to a challenge: a signature over who asks, at which door, and what the challenge is.
 *       Another user's program on one of our ports cannot give it, nor fetch it from us: the door
 *       refuses other users' connections before anything is answered.
 * Not:  a proof at the first meeting. Nothing of a person's card.
 * Use:  own_ptr(self) s = NULL; self_open(dir, &s);
 *       e = self_answer(s, &question, &key, &signature);
 */
#ifndef API_SELF_H
#define API_SELF_H

#include "core/buf.h"
#include "core/err.h"

#define SELF_FILE          "daemon.key"
#define SELF_CHALLENGE_MIN 16 /* characters of base64url */
#define SELF_CHALLENGE_MAX 64

struct self;

/* self_open reads the key in the folder `dir` ("": there is none), or makes it. A key that cannot
 * be used is an answer too: self_error. Only without memory: STORAGE_FULL. */
err_t self_open(const char *dir, struct self **out);
void self_free(struct self *s);
OWN_PTR(self)

/* self_error: OK, or why no challenge can be answered: STORAGE_FULL, STORE_UNUSABLE (no folder; not
 * a file of ours alone; not such a key). */
err_t self_error(const struct self *s);

/* self_challenge_ok: 16 to 64 characters of base64url's alphabet (RFC 4648 5). */
bool self_challenge_ok(const char *text);

struct self_question {
    const char *owner; /* the origin, or "local" */
    struct bytes host; /* the Host header as it came */
    const char *challenge;
};

/* self_answer appends the SubjectPublicKeyInfo (DER) and, over
 *     "onayd-health-1" LF owner LF host LF challenge LF
 * an ECDSA signature with P-256 and SHA-256, R‖S of 64 octets (as Web Cryptography writes it).
 * Errors: those of self_error. */
err_t self_answer(struct self *s, const struct self_question *q, struct buf *key,
                  struct buf *signature);

/* self_key appends the SubjectPublicKeyInfo alone. Errors: those of self_error. */
err_t self_key(struct self *s, struct buf *key);

#endif
