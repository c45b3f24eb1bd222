/* SPDX-License-Identifier: MIT */
/*
 * token: everything the house wants of cards: list certificates, let the person choose,
 * get consent and a signature.
 *
 * What: one set of questions with two implementations: in this process (token.c: the worker
 *       and tests) and over a socketpair to a worker (remote.c: onayd and onay).
 * Not:  a generic PKCS#11 wrapper. There is no "sign this hash": a signature is only given
 *       for octets that the worker itself has hashed, matched and shown.
 * Use:  ask; then take events with token_next whenever token_fd is readable.
 *
 *   token_ask_listing ──▶ TOKEN_LISTED
 *   token_ask_choice  ──▶ TOKEN_CHOSEN
 *   token_ask_signature ▶ TOKEN_ASKING ▶ TOKEN_CONSENTED ─ token_proceed(true) ▶ TOKEN_SIGNED
 *                             ▲      wrong PIN: the person is asked again │
 *                             └───────────────────────────────────────────┘
 *   token_ask_pin ──▶ TOKEN_ASKING (again after a wrong one) ──▶ TOKEN_PIN_SET
 *   any of them ──▶ TOKEN_FAILED (the question is over)
 *   unasked, at any time: TOKEN_CHANGED
 *
 * One question at a time. The PIN never passes through this interface.
 */
#ifndef PKCS11_TOKEN_H
#define PKCS11_TOKEN_H

#include "core/cert.h"
#include "core/err.h"
#include "core/pubkey.h"
#include "pkcs11/readers.h"

#define TOKEN_MAX_SLOTS      32
#define TOKEN_MAX_CERTS      128
#define TOKEN_MAX_MODULES    16
#define TOKEN_MAX_REFERENCES 65          /* 64 documents and SignedProperties */
#define TOKEN_MAX_SIGNATURE  1024        /* octets: RSA-8192 */
#define TOKEN_MAX_SIGNEDINFO 65536       /* octets */
#define TOKEN_MAP_MAX        (64u << 20) /* larger octets come as an unlinked file */
#define TOKEN_MAX_TRIES      99          /* of a PIN */

enum pin_state { PIN_OK, PIN_LOW, PIN_FINAL, PIN_LOCKED, PIN_NOT_SET };
/* pin_state_slug: "ok", "low", "final", "locked", "not-set". Static string. */
const char *pin_state_slug(enum pin_state s);

/* One slot, as PKCS#11 shows it. Texts are UTF-8, trimmed, sanitised (core/text.h). */
struct token_slot {
    char id[24];     /* stable while the worker lives: "slot-1" … */
    uint8_t module;  /* number of its module (struct token_source); 0 in a worker */
    char reader[65]; /* slotDescription */
    char label[97];  /* token label, "" without a token */
    char model[49], manufacturer[97], serial[49];
    bool present;    /* an initialised token is there */
    bool pin_pad;    /* CKF_PROTECTED_AUTHENTICATION_PATH */
    bool unattended; /* its PIN comes from a configured file */
    enum pin_state pin;
    int tries; /* left of its PIN, where the card itself tells (counter.h); -1 unknown */
};

struct token_cert {
    struct bytes der;
    struct digest id; /* SHA-256 of der */
    unsigned slot;    /* index into the listing's slots */
    bool has_key;     /* a private key with the same CKA_ID, or the same public key */
};

struct token_listing {
    char module[256]; /* file name of the PKCS#11 module */
    size_t n_slots, n_certs;
    struct token_slot slots[TOKEN_MAX_SLOTS];
    struct token_cert certs[TOKEN_MAX_CERTS]; /* views valid until the next question */
};

/* What one ds:Reference of SignedInfo covers, in the order of the References. */
enum token_octets_kind {
    TOKEN_DOCUMENT,          /* octets that were hashed: shown to the person */
    TOKEN_DIGEST_ONLY,       /* the caller gave a digest: the person is told nobody saw it */
    TOKEN_SIGNED_PROPERTIES, /* octets; exactly one, and it must name the certificate */
};
struct token_octets {
    enum token_octets_kind kind;
    int fd; /* sealed memfd, or unlinked file above TOKEN_MAP_MAX; -1 digest only */
    char name[256], mime[128]; /* as the caller named it: sanitised by the worker again */
};

/* A new PIN for one token: typed by the person, who also chooses it when it is not named. */
enum token_pin_task { TOKEN_PIN_CHANGE, TOKEN_PIN_UNBLOCK, TOKEN_PIN_TASK_COUNT };
struct token_pin_order {
    enum token_pin_task task;
    bool has_certificate;
    struct digest certificate; /* of the token that is meant */
    enum lang lang;
    unsigned consent_seconds; /* for all dialogs together */
};

struct token_order {
    struct digest certificate; /* id of the certificate that must sign */
    enum sig_alg alg;
    struct bytes signed_info; /* canonical octets */
    size_t n_octets;
    const struct token_octets *octets;
    /* who asks and for what: caller's words, shown after sanitising */
    char origin[256]; /* "https://portal.example" or "" for this machine's own user */
    char order_no[65], order_type[65], applicant[129];
    char profile[16]; /* "P1", "B-B", "B-T": shown */
    enum lang lang;
    unsigned consent_seconds;
    /* a choice: how many candidates another worker has offered before and will offer after */
    unsigned n_before, n_after;
};

enum token_event_kind {
    TOKEN_LISTED,    /* listing */
    TOKEN_CHOSEN,    /* chosen; none: the person wants to see those that come after */
    TOKEN_ASKING,    /* pin, tries: a dialog is open (again) */
    TOKEN_CONSENTED, /* the person agreed and gave the PIN; answer with token_proceed. An unattended
                      * token tells it once the order is judged, and may still fail (PIN file) */
    TOKEN_SIGNED,    /* signature: RSA octets, or ECDSA r‖s in fixed width; already verified */
    TOKEN_FAILED,    /* error, pin, tries, foreign */
    TOKEN_PIN_SET,   /* the card has taken the new PIN */
    TOKEN_CHANGED,   /* no answer: token_readers has changed, or a new listing would be another */
};
struct token_event {
    enum token_event_kind kind;
    err_t error;
    enum pin_state pin;    /* tries left as far as the token tells */
    int tries;             /* beside pin: how many, -1 unknown */
    unsigned long foreign; /* CK_RV for the log, 0 when none */
    bool sent;             /* TOKEN_FAILED: something had been sent to the card to sign */
    const struct token_listing *listing;
    struct digest chosen;
    bool none;
    struct bytes signature; /* valid until the next question */
};

/* token_choice_ok: a choice among n certificates is one, and within bounds. */
bool token_choice_ok(size_t n, const struct token_order *words);

struct token;

/* The operations of one implementation; see the functions below for their contracts. */
struct token_ops {
    err_t (*ask_listing)(struct token *t);
    err_t (*ask_choice)(struct token *t, const struct digest *ids, size_t n,
                        const struct token_order *words);
    err_t (*ask_signature)(struct token *t, const struct token_order *order);
    void (*proceed)(struct token *t, bool go);
    void (*cancel)(struct token *t);
    void (*abandon)(struct token *t, err_t why);
    void (*cards_changed)(struct token *t); /* or NULL */
    int (*fd)(const struct token *t);
    int (*timeout)(const struct token *t);
    bool (*next)(struct token *t, struct token_event *out);
    const struct readers *(*readers)(const struct token *t);
    void (*free)(struct token *t);
    err_t (*ask_pin)(struct token *t, const struct token_pin_order *order);
};
struct token {
    const struct token_ops *ops;
};

/* token_ask_listing asks for slots and certificates; never asks for a PIN. A worker's first listing
 * is its warm start, which may run while another one signs, and tells no tries.
 * Errors (also later, as TOKEN_FAILED): MODULE_NOT_FOUND, MODULE_CRASHED, MODULE_TIMEOUT,
 * CARD_ERROR, TOO_MANY_REQUESTS when a question is open. */
static inline err_t token_ask_listing(struct token *t)
{
    return t->ops->ask_listing(t);
}

/* token_ask_choice lets the person choose one of several certificates, one CONFIRM each. Of `words`
 * only the texts, lang, consent_seconds, n_before and n_after count; n and these together are at
 * least 2. Errors: CONSENT_DECLINED, CONSENT_TIMEOUT, DIALOG_UNAVAILABLE. */
static inline err_t token_ask_choice(struct token *t, const struct digest *ids, size_t n,
                                     const struct token_order *words)
{
    return t->ops->ask_choice(t, ids, n, words);
}

/* token_ask_signature hashes, matches, shows and asks. The order is copied; fds are duplicated.
 * Errors: DOCUMENT_CHANGED, NO_CARD, NO_CERTIFICATE, CONSENT_*, DIALOG_UNAVAILABLE, PIN_*,
 * CARD_*, MODULE_*, PIN_FILE_REFUSED. */
static inline err_t token_ask_signature(struct token *t, const struct token_order *order)
{
    return t->ops->ask_signature(t, order);
}

/* token_ask_pin changes the PIN of a token, or sets a new one with the PUK. Old PIN, PUK and new
 * PIN are typed in dialogs of the token's own; each is presented to the card once, and asked for
 * again when it was wrong. Errors: NO_CARD, NO_CERTIFICATE, CONSENT_*, DIALOG_UNAVAILABLE,
 * PIN_WRONG, PIN_LOCKED, PIN_NOT_SET, PIN_NOT_LOCKED, PUK_WRONG, PUK_LOCKED, NEW_PIN_REFUSED,
 * NOT_SUPPORTED, CARD_*, MODULE_*. */
static inline err_t token_ask_pin(struct token *t, const struct token_pin_order *order)
{
    return t->ops->ask_pin(t, order);
}

/* token_proceed answers TOKEN_CONSENTED: only after true is anything sent to the card. */
static inline void token_proceed(struct token *t, bool go)
{
    t->ops->proceed(t, go);
}

/* token_cancel closes the dialog of the open question, whose TOKEN_FAILED (CONSENT_DECLINED, after
 * a wrong PIN PIN_WRONG) follows; no effect once token_proceed(true) was called. */
static inline void token_cancel(struct token *t)
{
    t->ops->cancel(t);
}

/* token_abandon ends the open question at once, whatever its worker is doing: TOKEN_FAILED with
 * `why` follows. Without a question the workers are replaced before the next one. Of no effect in
 * this process, where no question outlasts its call. */
static inline void token_abandon(struct token *t, err_t why)
{
    t->ops->abandon(t, why);
}

/* token_cards_changed: a card has come or gone. A worker that has not been asked anything yet was
 * started before and read another card, perhaps; some modules (OpenSC) do not notice unless they
 * look at all slots. It is replaced. */
static inline void token_cards_changed(struct token *t)
{
    if (t->ops->cards_changed) t->ops->cards_changed(t);
}

/* token_fd is readable (POLLIN) when token_next may have something; constant for t's life;
 * -1 for the in-process one, whose answers are there when the asking call returns. */
static inline int token_fd(const struct token *t)
{
    return t->ops->fd(t);
}

/* token_timeout: milliseconds until token_next must be called even if the fd is silent
 * (deadlines of module calls); -1: none. */
static inline int token_timeout(const struct token *t)
{
    return t->ops->timeout(t);
}

/* token_next takes the next event; false when there is none now. Never blocks (remote). */
static inline bool token_next(struct token *t, struct token_event *out)
{
    return t->ops->next(t, out);
}

/* token_readers: the readers and cards of this machine as PC/SC tells them; never NULL, valid until
 * the next token_next. Asks no module. A token that watches no readers has none (readers.h). */
static inline const struct readers *token_readers(const struct token *t)
{
    return t->ops->readers(t);
}

static inline void token_free(struct token *t)
{
    if (t) t->ops->free(t);
}
OWN_PTR(token)

/* ---- in this process ---- */

/* For a caller that must pass events on while an asking call still runs (the worker): events go
 * to `event` instead of the queue; `at_card` comes right before a step that only the card ends. */
enum token_step {
    TOKEN_STEP_PIN_PAD, /* the PIN is being typed on the reader */
    TOKEN_STEP_SIGN,    /* the card is asked to sign */
    TOKEN_STEP_TRIES,   /* the card is asked how many tries are left */
    TOKEN_STEP_NEW_PIN, /* the card is given the old PIN or the PUK, and the new PIN */
    TOKEN_STEP_COUNT
};
struct token_watch {
    void *ctx;
    void (*event)(void *ctx, const struct token_event *e);
    void (*at_card)(void *ctx, enum token_step step);
    /* TOKEN_FAILED is out, told in another thread while the module waits for the reader: only the
     * end of the process ends that. */
    void (*gone)(void *ctx);
};

struct token_config {
    const char *module;    /* path */
    const char *token_uri; /* RFC 7512 or ""; pin-value and pin-source are refused */
    const char *pinentry;
    const char *unattended_token, *unattended_pin_file, *unattended_issuer; /* or "" */
    int cancel_fd;                   /* readable or hung up: close the dialog; -1 = none */
    const struct token_watch *watch; /* NULL: events wait for token_next */
};

/* token_open loads the module and initialises it. Errors: MODULE_NOT_FOUND, CARD_ERROR,
 * URI_REFUSED, PIN_FILE_REFUSED, FILE_UNREADABLE. */
err_t token_open(const struct token_config *c, struct token **out);

/* ---- in a worker ---- */

/* Where the workers of one module come from. */
struct worker_source {
    void *ctx;
    /* A new worker's socket (SOCK_SEQPACKET) that nobody has used; *id names it for end(). */
    err_t (*get)(void *ctx, int *fd, uint64_t *id);
    /* SIGKILL it; it is hung or no longer wanted. */
    void (*end)(void *ctx, uint64_t id);
};

/* token_connect takes its workers from `source` (copied; ctx must outlive the token), the first one
 * with the first token_next. call_seconds bounds every module call. A worker that saw a PIN is
 * never used again: the successor is fetched while the person reads, or as soon as the answer is
 * there. Errors: STORAGE_FULL; what source->get says comes with the first question. */
err_t token_connect(const struct worker_source *source, unsigned call_seconds, struct token **out);

/* ---- in several workers, one a module ---- */

/* In place of a module's number: who asks whether a site may come in (admission.h), and who watches
 * the readers (watch.h). */
#define TOKEN_ADMISSION 0xfe
#define TOKEN_WATCHER   0xff

struct token_modules {
    size_t n;
    uint8_t numbers[TOKEN_MAX_MODULES]; /* in the order of preference */
};

/* Where modules and their workers come from: the supervisor, through onayd's hatch, or spawn.h for
 * onay. A number names a module for good. */
struct token_source {
    void *ctx;
    err_t (*search)(void *ctx, struct token_modules *out);
    err_t (*get)(void *ctx, unsigned number, int *fd, uint64_t *id); /* as worker_source's */
    void (*end)(void *ctx, uint64_t id);
};

/* token_proxy makes all modules of `source` (copied; ctx must outlive the token) one token, and
 * watches the readers. A module that crashes, hangs or takes long never keeps another's card
 * waiting: a listing is answered without it, and TOKEN_CHANGED tells when it has come round. A
 * certificate that several modules show belongs to the preferred one. When PC/SC says that the card
 * of an open question has gone, the question fails with CARD_REMOVED (CARD_SERVICE when pcscd has):
 * its dialog is closed, and a module that does not notice within a second is ended.
 * Errors: STORAGE_FULL; what source->search says comes with the first question. */
err_t token_proxy(const struct token_source *source, unsigned call_seconds, struct token **out);

#endif
