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

#define FORM_NONCE 65 /* 16 to 64 characters, and NUL */

/* What an order says beside the request it was signed for (order.h). */
struct form_claims {
    char audience[64], origin[SESSION_OWNER], nonce[FORM_NONCE];
    utc_t issued, expires;
};

/* form_read: `why` gets pointer and sentence of a refusal. Errors: MALFORMED_JSON, INVALID_FIELD,
 * STORAGE_FULL. The body may be wiped afterwards. */
err_t form_read(struct bytes body, const struct settings *s, enum lang lang, struct form **out,
                struct session_why *why);
/* form_read_claims reads the payload of a signed order: the same members, each document by its
 * digest whatever the packaging, and the claims. form_read_draft reads what is to become both: each
 * document by content or digest, whatever the packaging, and no order. Errors: as form_read. */
err_t form_read_claims(struct bytes payload, const struct settings *s, enum lang lang,
                       struct form **out, struct session_why *why);
err_t form_read_draft(struct bytes text, const struct settings *s, enum lang lang,
                      struct form **out, struct session_why *why);

/* form_free wipes the documents' content. */
void form_free(struct form *f);
OWN_PTR(form)

/* form_request: all but owner and key, which the body does not say. Its `body` is a SHA-256 over
 * the meaning of the request: white space, order of members and escapes do not count. */
struct approval_request *form_request(struct form *f);

/* form_order views the signed order of the body, empty when there is none. form_claims: what
 * form_read_claims read. Both live with the form. */
struct bytes form_order(const struct form *f);
const struct form_claims *form_claims(const struct form *f);

/* form_media_type: type "/" subtype and parameters of RFC 9110 8.3.1, at most 127 characters. */
bool form_media_type(struct bytes text);

#endif
