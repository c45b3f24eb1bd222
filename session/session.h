/* SPDX-License-Identifier: MIT */
/*
 * session: the one story. ask → choose → prepare → consent → sign → stamp → keep.
 *
 * What: approvals and the documents they sign, each owned by an origin or by the local user; a
 *       state table that moves when the token answers or a deadline passes.
 * Not:  HTTP or JSON (api), cards (pkcs11), XML (xades). No thread, no callback: the caller
 *       polls session_fd and session_timeout, calls session_step, and compares approval versions.
 * Use:  session_begin(s, &request, &id, &why); loop { poll; session_step(s); }
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include "core/err.h"
#include "core/settings.h"
#include "core/utc.h"
#include "pkcs11/token.h"
#include "xades/chain.h"
#include "xades/prepare.h"

#define SESSION_ID      33  /* 32 hex digits of 128 random bits, and NUL */
#define SESSION_OWNER   256 /* "https://portal.example", or "local" for this user's own shell */
#define SESSION_KEY_MAX 255 /* characters of an Idempotency-Key */

struct session;

/* session_new: `settings`, `token` and `trust` must outlive the session; trust may be NULL (then
 * the chain is not judged). NULL without memory. */
struct session *session_new(const struct settings *settings, struct token *token,
                            struct trust *trust);
void session_free(struct session *s);
OWN_PTR(session)

/* session_quiet: no audit lines; a command speaks for itself. */
void session_quiet(struct session *s);

/* session_remember: where used nonces are kept; must outlive the session. Without it no request
 * with a nonce is taken. */
struct nonces;
void session_remember(struct session *s, struct nonces *nonces);

/* session_stamp: who gives the time stamps of what is signed; must outlive the session. Without one
 * no profile with a stamp is offered. */
struct stamper;
err_t session_stamp(struct session *s, struct stamper *stamper);

/* session_uncompleted: every profile may be asked for, and is done when the card has signed; the
 * caller puts on it what belongs there. */
void session_uncompleted(struct session *s);

/* session_offers: whether that profile may be asked for. */
bool session_offers(const struct session *s, enum xades_profile p);

/* session_authority: the host of the authority that is asked as number i for them; false: no more.
 */
bool session_authority(const struct session *s, size_t i, char host[256]);

/* session_store keeps approvals in a file in `dir` from now on, and takes up those that are there:
 * each is what it was, or tells what became of it. On an error the session goes on, but begins no
 * approval before session_begin, which tries again, can open it. session_store_error: what is wrong
 * with the store, as it was last seen. Errors: STORAGE_FULL, STORE_UNUSABLE. */
err_t session_store(struct session *s, const char *dir);
err_t session_store_error(const struct session *s);

/* ---- the loop ---- */
int session_fd(const struct session *s);    /* poll for POLLIN; -1: none */
int session_timeout(struct session *s);     /* milliseconds to the next deadline, -1: none */
void session_step(struct session *s);       /* takes token events, deadlines; never blocks */
bool session_idle(const struct session *s); /* nothing open: the daemon may go to sleep */
void session_shut(struct session *s);       /* no new approvals; dialogs are closed */

/* ---- certificates and readers ---- */

/* session_listing gives the newest listing of the token, NULL before the first; *e says what is
 * wrong with the module (OK when nothing). session_refresh asks for a new one; when it is there,
 * session_listing_version has changed (also when asking failed). */
const struct token_listing *session_listing(const struct session *s, err_t *e);
uint64_t session_listing_version(const struct session *s);
void session_refresh(struct session *s);

/* session_readers: the readers and cards as PC/SC tells them, at any time and without a PKCS#11
 * module; valid until the next session_step. session_readers_version changes when they have. */
const struct readers *session_readers(const struct session *s);
uint64_t session_readers_version(const struct session *s);

/* session_listing_readers: the readers as they were when the newest listing was asked for; who came
 * or went since is not in it. session_listing_outdated: something has changed since, or there has
 * never been a listing. */
const struct readers *session_listing_readers(const struct session *s);
bool session_listing_outdated(const struct session *s);

/* Why a certificate is not usable for signing now; 0 = usable. Bits. */
enum unusable {
    UNUSABLE_EXPIRED = 1 << 0,
    UNUSABLE_NOT_YET_VALID = 1 << 1,
    UNUSABLE_NOT_QUALIFIED = 1 << 2,
    UNUSABLE_NO_KEY = 1 << 3,
    UNUSABLE_PIN_LOCKED = 1 << 4,
    UNUSABLE_PIN_NOT_SET = 1 << 5,
    UNUSABLE_KEY_TYPE = 1 << 6, /* unknown, or RSA under 2048 bits (Tebliğ art. 6) */
    UNUSABLE_REVOKED = 1 << 7,
    UNUSABLE_UNTRUSTED = 1 << 8,
    UNUSABLE_MALFORMED = 1 << 9,
};
unsigned session_unusable(const struct session *s, const struct token_cert *tc,
                          struct cert *parsed);
const char *unusable_slug(enum unusable u); /* = the slug of the error it becomes, or "no-key"… */
err_t unusable_error(unsigned bits);        /* the error of the most telling bit */

/* ---- documents ---- */

struct session_document_info {
    char id[SESSION_ID];
    uint64_t size;
    struct digest sha256;
    utc_t expires;
};
/* session_upload_begin … _add … _end: a document that arrives in pieces, hashed as it comes, in
 * memory or an unlinked file; session_upload_free drops an unfinished one. What a piece does may
 * fail with a later one, or at the end. _expect, before the first piece, says how many octets will
 * come: a large document is then never in memory, and has its room or is refused at once.
 * Errors: BODY_TOO_LARGE, TOO_MANY_REQUESTS (max_upload_total), STORAGE_FULL, SHUTTING_DOWN. */
struct session_upload;
err_t session_upload_begin(struct session *s, const char *owner, struct session_upload **out);
err_t session_upload_expect(struct session_upload *u, uint64_t octets);
err_t session_upload_add(struct session_upload *u, struct bytes part);
err_t session_upload_end(struct session_upload **u, struct session_document_info *out);
void session_upload_free(struct session_upload *u);
OWN_PTR(session_upload)

/* session_upload_digest: what a kept document of that owner is. Errors: DOCUMENT_UNKNOWN,
 * DOCUMENT_EXPIRED. */
err_t session_upload_digest(struct session *s, const char *owner, const char *id,
                            struct digest *sha256);

/* session_upload_hold views the octets of a kept document of that owner until
 * session_upload_release. Errors: DOCUMENT_UNKNOWN, DOCUMENT_EXPIRED, STORAGE_FULL. */
struct document;
err_t session_upload_hold(struct session *s, const char *owner, const char *id,
                          struct document **out, struct bytes *octets);
void session_upload_release(struct session *s, struct document *d);

/* session_trust: the trust folder as it is now; NULL: nobody is trusted. */
const struct trust *session_trust(struct session *s);

/* ---- approvals ---- */

enum document_role { ROLE_APPLICATION_FORM, ROLE_UNDERTAKING, ROLE_OTHER, ROLE_COUNT };
const char *document_role_name(
    enum document_role r); /* "application-form", "undertaking", "other" */
bool document_role_of(const char *name, enum document_role *out);

enum document_source { SOURCE_CONTENT, SOURCE_UPLOAD, SOURCE_DIGEST };
struct approval_document {
    enum document_role role;
    char name[256], mime[128]; /* checked by api: plain text, bounded */
    enum document_source source;
    struct bytes content; /* SOURCE_CONTENT: copied by session_begin */
    char id[SESSION_ID];  /* SOURCE_UPLOAD */
    struct digest digest; /* SOURCE_DIGEST */
};

struct approval_request {
    char owner[SESSION_OWNER];
    char key[SESSION_KEY_MAX + 1]; /* Idempotency-Key, "" = none (local user only) */
    struct digest body;            /* SHA-256 that tells one request from another */
    char order_no[65], order_type[65];
    char identity_no[12], applicant[129]; /* "" when not given */
    size_t n_documents;
    const struct approval_document *documents;
    enum xades_profile profile;
    enum xades_packaging packaging;
    enum xades_commitment commitment;
    bool has_certificate;
    struct digest certificate; /* signer.certificateId */
    char nonce[65];            /* of a signed order: opens one approval, ever; "" = none */
    utc_t nonce_until;         /* when that order cannot be presented any more */
    enum lang lang;
};

/* What was refused, for problem+json: a JSON pointer for INVALID_FIELD ("/documents/0/name"), one
 * sentence of detail in the request's language. */
struct session_why {
    char pointer[128];
    char detail[256];
};

/* session_known finds the approval of the same owner, key and body, if there is one (*existed).
 * Errors: IDEMPOTENCY_CONFLICT, APPROVAL_UNKNOWN, STORAGE_FULL, STORE_UNUSABLE (as session_begin).
 */
err_t session_known(struct session *s, const struct approval_request *r, char id[SESSION_ID],
                    bool *existed);

/* session_begin opens an approval, or finds the one of the same owner and key (*existed). All that
 * can be judged without the card is judged here. Errors: IDEMPOTENCY_CONFLICT, TOO_MANY_REQUESTS,
 * DOCUMENT_UNKNOWN, DOCUMENT_EXPIRED, INVALID_FIELD (a profile that is not offered among others),
 * XML_REJECTED, STORAGE_FULL, STORE_UNUSABLE, SHUTTING_DOWN, APPROVAL_UNKNOWN (the key was used for
 * an approval that has been forgotten), ORDER_REPLAYED (the nonce was used before), FILE_UNREADABLE
 * (nonces cannot be remembered). */
err_t session_begin(struct session *s, const struct approval_request *r, char id[SESSION_ID],
                    bool *existed, struct session_why *why);

enum approval_state {
    APPROVAL_WAITING_CARD,
    APPROVAL_WAITING_CONSENT,
    APPROVAL_SIGNING,
    APPROVAL_COMPLETING,
    APPROVAL_DONE,
    APPROVAL_FAILED,
    APPROVAL_CANCELLED,
    APPROVAL_EXPIRED,
    APPROVAL_INTERRUPTED,
    APPROVAL_STATE_COUNT
};
const char *approval_state_name(enum approval_state st); /* "waiting-card" … */
bool approval_state_final(enum approval_state st);

/* What one may know of an approval. Views are valid until the next call on the session. */
struct approval_view {
    char id[SESSION_ID];
    uint64_t version; /* grows with every change */
    enum approval_state state;
    utc_t since, created, expires; /* expires 0: never by itself */
    err_t problem;                 /* OK unless failed, expired or interrupted */
    char detail[256];  /* one sentence for problem or waiting_for, in the request's language */
    err_t waiting_for; /* waiting-card: what is missing; OK before the first look */
    enum pin_state pin;
    int tries; /* left of the PIN, -1 unknown */
    char order_no[65];
    enum xades_profile profile;
    enum xades_packaging packaging;
    bool has_signer;
    struct digest signer;
    utc_t signing_time;
    size_t signature_size;  /* octets, when done */
    const char *media_type; /* of the result */
};
/* session_approval: APPROVAL_UNKNOWN for what is not there or belongs to another owner. */
err_t session_approval(struct session *s, const char *owner, const char *id,
                       struct approval_view *out);

/* session_signature views the finished file. Errors: APPROVAL_UNKNOWN, APPROVAL_NOT_DONE; of one
 * that is read back from the store STORAGE_FULL, STORE_UNUSABLE. */
err_t session_signature(struct session *s, const char *owner, const char *id, struct bytes *out);

/* session_history and session_history_documents: store.h's, of this session's store; the person's
 * own record of what was signed, for whomever. session_forget deletes the line and the file of one
 * approval that is over, or of all (id NULL); keys stay used. Errors: APPROVAL_UNKNOWN,
 * STORAGE_FULL, STORE_UNUSABLE. */
struct stored;
struct store_document;
err_t session_history(struct session *s, int64_t before, size_t most,
                      void (*take)(void *ctx, const struct stored *one), void *ctx);
err_t session_history_documents(struct session *s, int64_t n,
                                void (*take)(void *ctx, const struct store_document *d), void *ctx);
err_t session_forget(struct session *s, const char *id);

/* session_history_version grows when something was signed, or may have been, and when lines are
 * deleted by session_forget; never 0. */
uint64_t session_history_version(const struct session *s);

/* session_cancel cancels an open approval, or forgets a finished one (its key stays used).
 * Errors: APPROVAL_UNKNOWN, APPROVAL_SIGNING. */
err_t session_cancel(struct session *s, const char *owner, const char *id);

#endif
