/* SPDX-License-Identifier: MIT */
/*
 * form: the JSON body of POST /v1/approvals, read into a session's request.
 *
 * What: every field by name, bounded and checked; base64 decoded once; unknown members refused;
 *       the digest that tells one request from another.
 * Not:  anything that needs the card, the clock or other requests (session).
 * Use:  e = form_read(body, settings, &form, &why); then form_request(form).
 */
#ifndef API_FORM_H
#define API_FORM_H

#include "session/session.h"

struct form;

/* form_read: `why` gets pointer and sentence of a refusal. Errors: MALFORMED_JSON, INVALID_FIELD,
 * STORAGE_FULL. The body may be wiped afterwards. */
err_t form_read(struct bytes body, const struct settings *s, enum lang lang, struct form **out,
                struct session_why *why);
/* form_free wipes the documents' content. */
void form_free(struct form *f);
OWN_PTR(form)

/* form_request: all but owner and key, which the body does not say. Its `body` is a SHA-256 over
 * the meaning of the request: white space, order of members and escapes do not count. */
struct approval_request *form_request(struct form *f);

/* form_media_type: type "/" subtype and parameters of RFC 9110 8.3.1, at most 127 characters. */
bool form_media_type(struct bytes text);

#endif
