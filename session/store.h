/* SPDX-License-Identifier: MIT */
/*
 * store: approvals on the disk, so that they outlive this process.
 *
 * What: one SQLite file in a folder of the user's own. Of each approval: what its owner was told;
 *       from the question to the token until its answer everything that finishing needs; the
 *       signed file until it is too old; and for longer what was signed, when, for whom. Of each
 *       Idempotency-Key a digest, for good.
 * Not:  documents that nobody has consented to: an approval that was not yet put before the person
 *       is told after a restart as what it is. No PIN.
 * Use:  store_new(&settings, dir); if (!store_ready(st)) store_each(st, …);
 *       store_begin → store_prepared → store_state (signing) → store_value → store_state (done).
 *
 * Every function that takes a store takes NULL too, as one that remembers nothing and never fails.
 * All errors: STORAGE_FULL, STORE_UNUSABLE. What store_begin and store_prepared have accepted finds
 * room on the disk until its end: neither fails for want of it once the person was asked.
 */
#ifndef SESSION_STORE_H
#define SESSION_STORE_H

#include "session/approval.h"
#include "session/keys.h"

#define STORE_FILE "approvals.db"

struct store;
/* store_new copies `dir`, which is not touched before store_ready; `settings` must outlive it. NULL
 * without memory. */
struct store *store_new(const struct settings *settings, const char *dir);
void store_free(struct store *st);
OWN_PTR(store)

/* store_ready opens the file unless it is open: OK then, and *opened says whether it was just now.
 * It is not tried twice within a second. */
err_t store_ready(struct store *st, bool *opened);

/* store_close: what was read is not to be believed, because of `e`. */
void store_close(struct store *st, err_t e);

/* store_error: what went wrong last, OK once something went well again. store_why: the reason in
 * English, for the journal. */
err_t store_error(const struct store *st);
const char *store_why(const struct store *st); /* not NULL */

/* ---- the life of an approval ---- */

/* store_begin writes a new approval and, unless NULL, its key. Durable. */
err_t store_begin(struct store *st, const struct approval *a, const struct keys_entry *key);

/* What finishing needs, and what the history tells: of a prepared approval. */
struct store_prepared {
    struct bytes certificate, frame;
    size_t hole;
    struct digest digest; /* of SignedInfo */
    char subject[256], identity[32];
    size_t n_documents;
    struct store_document {
        char name[256];
        struct digest digest;
    } documents[XADES_MAX_DOCUMENTS];
};
err_t store_prepared(struct store *st, const struct approval *a, const struct store_prepared *p);

/* store_state writes the state an approval has entered: durable, but for the `done` that a restart
 * would find out again; with it the file, when something was put on it since. What finishing needs
 * is deleted with a final state, the file of a finished one excepted. */
err_t store_state(struct store *st, const struct approval *a);

/* store_value writes the signature value and the state `completing`. Durable. */
err_t store_value(struct store *st, const struct approval *a, struct bytes signature);

/* ---- afterwards ---- */

/* store_file appends the signed file of a finished approval, compared with its digest. */
err_t store_file(struct store *st, const char *id, struct buf *out);

/* store_drop deletes the file and lets its owner know the approval no more; the history still does.
 * store_forget deletes the history's line as well, of one approval that is over (id NULL: of all);
 * *n says how many. store_expire does what the settings' days say, at most once an hour. */
void store_drop(struct store *st, const char *id);
err_t store_forget(struct store *st, const char *id, size_t *n);
void store_expire(struct store *st);

/* store_rest: no approval is open: what was deleted since is now gone from the log as well.
 * store_shed: let it, also what store_drop has deleted. */
void store_rest(struct store *st);
void store_shed(struct store *st);

/* ---- reading back ---- */

/* One approval as it was left. */
struct stored {
    int64_t n; /* grows from one to the next */
    char owner[SESSION_OWNER];
    enum lang lang;
    struct approval_view shown;
    char subject[256], identity[32]; /* masked */
    bool kept;                       /* its owner may still ask for it */
};

/* store_keys gives the newest KEYS_MAX keys, oldest first; store_each the approvals that are kept,
 * oldest first. */
err_t store_keys(struct store *st, struct keys *into);
err_t store_each(struct store *st, void (*take)(void *ctx, const struct stored *one), void *ctx);

/* store_resume views what store_prepared and store_value wrote of one that is `completing`; `work`
 * holds it. */
struct store_resumed {
    struct buf certificate, frame;
    size_t hole;
    struct digest digest;
    uint8_t value[TOKEN_MAX_SIGNATURE];
    size_t value_len;
};
void store_resumed_free(struct store_resumed *r);
OWN(store_resumed)
err_t store_resume(struct store *st, const char *id, struct store_resumed *out);

/* store_history gives at most `most` of what was signed, or may have been, newest first, from the
 * ones before number `before` on. */
err_t store_history(struct store *st, int64_t before, size_t most,
                    void (*take)(void *ctx, const struct stored *one), void *ctx);

/* store_documents gives what was signed with it. */
err_t store_documents(struct store *st, int64_t n,
                      void (*take)(void *ctx, const struct store_document *d), void *ctx);

#endif
