/* SPDX-License-Identifier: MIT */
/*
 * body: a JSON body as its resource's reader takes it: fields by name, and what to tell of a fault.
 *
 * Not:  what a field means (form.h, verification.h), JSON itself (json.h).
 * Use:  e = body_read(text, settings, lang, &doc, &why); struct json_fault f = {0};
 *       struct json_at root = json_root(doc, &f); … getters …; e = body_fault(&f, lang, &why);
 */
#ifndef API_BODY_H
#define API_BODY_H

#include "api/json.h"
#include "session/session.h"

#define BODY_WORD 64 /* room for a word of a closed set */

/* body_read: json_read within the settings' depth; `why` says where it is broken. Errors:
 * MALFORMED_JSON, STORAGE_FULL. */
err_t body_read(struct bytes text, const struct settings *s, enum lang lang, struct json **out,
                struct session_why *why);

/* body_nothing: the body is {}. Errors: MALFORMED_JSON, INVALID_FIELD, STORAGE_FULL. */
err_t body_nothing(struct bytes text, const struct settings *s, enum lang lang,
                   struct session_why *why);

/* body_fault: OK, or INVALID_FIELD with pointer and sentence. */
err_t body_fault(const struct json_fault *f, enum lang lang, struct session_why *why);

/* body_text copies a text that may be shown to a person: one plain line of less than `cap` octets.
 */
void body_text(const struct json_at *in, const char *key, bool required, char *out, size_t cap);

/* body_word copies a short word; false when it is absent or at a fault. */
bool body_word(const struct json_at *in, const char *key, bool required, char word[BODY_WORD]);

/* body_base64 decodes a required member (RFC 4648 4) into *out, which the caller frees; false at a
 * fault. */
bool body_base64(const struct json_at *in, const char *key, struct buf *out);

/* body_hex reads exactly n octets, as 2 × n lower-case digits, from a required member; false at a
 * fault. body_id copies the digits of an id of ours. */
bool body_hex(const struct json_at *in, const char *key, uint8_t *out, size_t n);
bool body_id(const struct json_at *in, const char *key, char id[SESSION_ID]);

#endif
