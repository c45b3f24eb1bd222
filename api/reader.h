/* SPDX-License-Identifier: MIT */
/*
 * reader: the card readers: GET /v1/readers.
 *
 * What: what PC/SC says of readers and cards, at once and at any time, with what the newest listing
 *       knew of the very card that is there; slots that have no reader (SoftHSM) as themselves.
 * Not:  certificates (certificate.h), being told of changes (event.h).
 *
 * A label or a count of tries is shown only beside the card that it was read from: a card that has
 * been swapped since the listing was asked for has neither until there is a new one.
 */
#ifndef API_READER_H
#define API_READER_H

#include "api/call.h"

#define READER_ID 24 /* octets of an id, with its NUL; those of slots fit too */

err_t reader_list(struct call *c);

/* reader_write writes the one object that GET /v1/readers answers. */
void reader_write(struct jsonw *w, const struct session *s, enum lang lang);

/* reader_id_of_slot: the id of the reader that the slot belongs to, or the slot's own. */
void reader_id_of_slot(const struct readers *r, const struct token_slot *s, char id[READER_ID]);

#endif
