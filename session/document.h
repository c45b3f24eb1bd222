/* SPDX-License-Identifier: MIT */
/*
 * document: uploaded documents, kept until they are signed or too old.
 *
 * What: octets that arrive in pieces, hashed as they come, in a memfd that is sealed when complete
 *       (above TOKEN_MAP_MAX in an unlinked file), owned by an origin or the local user.
 * Not:  content that comes inside a request: an approval keeps that itself.
 * Use:  documents_begin(store, owner, &u); session_upload_add …; then, by an approval,
 *       documents_take(store, owner, id, &d); document_view(d, &octets); documents_release(store,
 * d).
 *
 * No name in any file system ever leads to a document: nobody else can open one, and the kernel
 * frees it however this process ends.
 */
#ifndef SESSION_DOCUMENT_H
#define SESSION_DOCUMENT_H

#include "session/session.h"

#define DOCUMENTS_MAX        256 /* kept or arriving, of all owners: each holds a descriptor */
#define DOCUMENTS_OF_OWNER   128 /* kept, of one owner: two full approvals */
#define DOCUMENTS_REMEMBERED 512 /* expired ones that are told from unknown ones */

struct documents;
struct document;

/* documents_new: `settings` must outlive the store. NULL without memory. documents_free also drops
 * what approvals still use: they must be gone. */
struct documents *documents_new(const struct settings *settings);
void documents_free(struct documents *store);
OWN_PTR(documents)

/* documents_begin starts an upload; the rest is session_upload_* (session.h). The store must
 * outlive the upload. Errors: TOO_MANY_REQUESTS, STORAGE_FULL. */
err_t documents_begin(struct documents *store, const char *owner, struct session_upload **out);

/* documents_take finds a document of that owner and keeps it until documents_release.
 * Errors: DOCUMENT_UNKNOWN, DOCUMENT_EXPIRED. */
err_t documents_take(struct documents *store, const char *owner, const char *id,
                     struct document **out);
void documents_release(struct documents *store, struct document *d);

/* document_view maps the octets; valid until the last documents_release. STORAGE_FULL. */
err_t document_view(struct document *d, struct bytes *out);
int document_fd(const struct document *d);
const struct digest *document_sha256(const struct document *d);

/* documents_expire forgets what is too old and unused; documents_deadline says when (clock_ms) that
 * is next due, 0: never. documents_count: kept and arriving ones. */
void documents_expire(struct documents *store);
int64_t documents_deadline(const struct documents *store);
size_t documents_count(const struct documents *store);

/* document_hold gives octets of our own a descriptor, as a worker takes them: a sealed memfd, above
 * TOKEN_MAP_MAX an unlinked file. STORAGE_FULL. */
err_t document_hold(struct bytes octets, int *fd);

/* document_folder: where those files without a name go, the first with room; the daemon's own
 * runtime folder, then the machine's for temporary files. NULL: not known. Valid while `room`. */
#define DOCUMENT_FOLDERS 3
const char *document_folder(size_t i, struct buf *room);

#endif
